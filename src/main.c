/* autan VERB [options] CITY.ini */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "command.h"
#include "kernels.h"
#include "kriging/matrix.h"
#include "message.h"

static const command table[] = {
    {"grid", cmd_grid, "make the covariate stack from vector and raster sources",
     false},
    {"ingest", cmd_ingest, "add observation files to the archive", false},
    {"fetch", cmd_fetch, "fetch new readings from the network's portal", false},
    {"archive", cmd_archive, "check, count, export or repair the archive", false},
    {"qc", cmd_qc, "check the readings of the archive", false},
    {"fit", cmd_fit, "learn trend and covariance from the archive", true},
    {"map", cmd_map, "make hourly maps with their standard error", false},
    {"scenario", cmd_scenario, "say what a change of the ground would do to the maps",
     false},
    {"explain", cmd_explain, "say what a map is made of", false},
    {"validate", cmd_validate, "score the maps at withheld stations", true},
    {"picture", cmd_picture, "draw the maps of a file, or an animation of them", false},
    {"report", cmd_report, "tell what a period was like, by district and hour", false},
    {"forecast", cmd_forecast, "forecast the days ahead, at stations and as maps",
     true},
    {"alert", cmd_alert, "tell the heatwave risk by zone and day", true},
    {"verify", cmd_verify, "score forecasts and alerts with what came", false},
    {"publish", cmd_publish, "publish the readings as open data, month by month",
     false},
    {"view", cmd_view, "make the web site that shows maps, forecast and alert", false},
    {"run", cmd_run, "run one operational cycle, from fetch to view", true},
};
enum { COMMANDS = sizeof table / sizeof table[0] };

static void print_help(FILE *out)
{
    fputs("Usage: autan VERB [options] CITY.ini\n"
          "Hourly heat maps of a city from its weather stations.\n\nVerbs:\n",
          out);
    for (int i = 0; i < COMMANDS; i++)
        fprintf(out, "  %-10s %s\n", table[i].verb, table[i].summary);
    fputs("\n`autan VERB --help` lists the options of a verb; `man autan-VERB` "
          "explains it.\n",
          out);
}

int main(int argc, char **argv)
{
    const char *verb = argc > 1 ? argv[1] : "";
    kernels_remember(argv);
    autan_matrix_stop_threads();
    if (strcmp(verb, "--help") == 0 || strcmp(verb, "-h") == 0) {
        print_help(stdout);
        return message_close_output(0);
    }
    if (strcmp(verb, "--version") == 0 || strcmp(verb, "-V") == 0) {
        puts(PACKAGE_STRING);
        return message_close_output(0);
    }
    for (int i = 0; i < COMMANDS; i++) {
        if (strcmp(verb, table[i].verb) != 0)
            continue;
        if (table[i].algebra)
            kernels_choose();
        return message_close_output(table[i].run(argc - 1, argv + 1));
    }
    if (*verb == '-')
        message_error("unknown option '%s', expected a verb first", verb);
    else if (*verb)
        message_error("unknown verb '%s'", verb);
    else
        message_error("no verb given");
    print_help(stderr);
    return 2;
}
