/* autan fit: learn the model from the archive. */
#include "command.h"

#include <stdio.h>

#include "message.h"
#include "options.h"
#include "town.h"

static const char help[] =
    "Usage: autan fit [options] CITY.ini\n"
    "Learns trend and covariance from the whole archive and writes the model file,\n"
    "model.json in the archive's folder. With a covariance given by hand nothing is\n"
    "learnt.\n\n"
    "  -q, --quiet    say errors only\n"
    "  -v, --verbose  say more\n"
    "  -h, --help     print this\n"
    "  -V, --version  print the version\n";

/* Hours of the day by season with a regime of any class, and those of them with a
 * persistent level. */
static size_t count_slots(const autan_model *model, size_t *persistent)
{
    size_t known = 0;
    *persistent = 0;
    for (size_t slot = 0; slot < AUTAN_SLOTS; slot++) {
        const autan_regime *class = &model->regime[slot * AUTAN_CLASSES];
        int is_known = 0, lasts = 0;
        for (size_t c = 0; c < AUTAN_CLASSES; c++) {
            is_known |= class[c].n_hours > 0;
            lasts |= class[c].n_hours > 0 && class[c].two_levels;
        }
        known += is_known ? 1 : 0;
        *persistent += lasts ? 1 : 0;
    }
    return known;
}

/* Stations that vary on their own so many times as much as a typical one are worth a
 * look. */
static void report_noise(const autan_model *model)
{
    static const double NOISY = 4.0;
    size_t noisy = 0, most = 0;
    for (size_t i = 0; i < model->n_stations; i++) {
        if (model->noise[i] < NOISY)
            continue;
        noisy++;
        most = model->noise[i] > model->noise[most] ? i : most;
        message_detail(
            "station %s varies on its own %.1f times as much as a typical one",
            model->station[i], model->noise[i]);
    }
    if (noisy)
        message_note(
            ngettext("%zu station varies on its own %.0f times as much as a "
                     "typical one or more, and weighs less: %s, %.1f times",
                     "%zu stations vary on their own %.0f times as much as a "
                     "typical one or more, and weigh less: most so %s, %.1f times",
                     noisy),
            noisy, NOISY, model->station[most], model->noise[most]);
}

static void report(const autan_model *model)
{
    char from[AUTAN_TIME_TEXT], to[AUTAN_TIME_TEXT];
    size_t persistent, known = count_slots(model, &persistent), hours = 0;
    if (model->given) {
        message_note("the covariance is given by hand; nothing was learnt");
        return;
    }
    for (size_t r = 0; r < AUTAN_REGIMES; r++)
        hours += model->regime[r].n_hours;
    autan_time_format(model->from, from);
    autan_time_format(model->to, to);
    message_note("fitted on %zu readings of %zu hours from %s to %s, with %zu trend %s",
                 model->n_readings, hours, from, to, model->n_terms,
                 ngettext("term", "terms", model->n_terms));
    if (model->n_rejected)
        message_note(
            ngettext("%zu reading was left out: too far from its neighbours",
                     "%zu readings were left out: too far from their neighbours",
                     model->n_rejected),
            model->n_rejected);
    report_noise(model);
    if (persistent < known)
        message_note(
            "at %zu of %zu hours of the day by season nothing was found that stays "
            "from day to day; that takes 5 days or more",
            known - persistent, known);
    if (known < AUTAN_SLOTS)
        message_note(
            "%zu of %d hours of the day by season have too few readings; maps there "
            "borrow the nearest season's variances",
            AUTAN_SLOTS - known, AUTAN_SLOTS);
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

    while ((option = getopt_long(argc, argv, OPTIONS_COMMON_SHORT, options, NULL)) !=
           -1) {
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
