/* autan fit: learn the model from the archive. */
#include "command.h"

#include <stdio.h>

#include "message.h"
#include "options.h"
#include "town.h"

static const char help[] =
    "Usage: autan fit [options] CITY.ini\n"
    "Learns trend and covariance from the whole archive and writes the model file,\n"
    "ARCHIVE/model.json. With a covariance given by hand nothing is learnt.\n\n"
    "  -q, --quiet    say errors only\n"
    "  -v, --verbose  say more\n"
    "  -h, --help     print this\n"
    "  -V, --version  print the version\n";

static void report(const autan_model *model)
{
    char from[AUTAN_TIME_TEXT], to[AUTAN_TIME_TEXT];
    size_t regimes = 0, hours = 0, single = 0;
    for (size_t r = 0; r < AUTAN_REGIMES; r++) {
        regimes += model->regime[r].n_hours > 0;
        hours += model->regime[r].n_hours;
        single += model->regime[r].n_hours > 0 && !model->regime[r].two_levels;
    }
    if (model->given) {
        message_note("the covariance is given by hand; nothing was learnt");
        return;
    }
    autan_time_format(model->from, from);
    autan_time_format(model->to, to);
    message_note("fitted on %zu readings of %zu hours from %s to %s: %zu regimes, %zu trend "
                 "terms",
                 model->n_readings, hours, from, to, regimes, model->n_terms);
    if (model->n_rejected)
        message_note("%zu readings were left out as too far from their neighbours",
                     model->n_rejected);
    if (single)
        message_note("%zu regimes have too few days for a persistent level of their own",
                     single);
    if (regimes < AUTAN_REGIMES)
        message_note("%zu of %d regimes (hour of day by season) have no readings; maps there "
                     "borrow the nearest season's variances",
                     AUTAN_REGIMES - regimes, AUTAN_REGIMES);
}

int cmd_fit(int argc, char **argv)
{
    static const struct option options[] = {OPTIONS_COMMON, {NULL, 0, NULL, 0}};
    autan_error err = {0};
    town t = {0};
    autan_model *model = NULL;
    const char *path;
    autan_status status;
    int option, code;

    while ((option = getopt_long(argc, argv, OPTIONS_COMMON_SHORT, options, NULL)) != -1) {
        if (options_common(option, argv, help, &code))
            return code;
    }
    path = options_city(argc, argv, false);
    if (!path)
        return 2;
    status = town_open(path, &t, &err);
    if (status == AUTAN_OK)
        status = town_model(&t, true, &model, &err);
    if (status == AUTAN_OK)
        report(model);
    autan_model_free(model);
    town_close(&t);
    return status == AUTAN_OK ? 0 : message_fail(&err);
}
