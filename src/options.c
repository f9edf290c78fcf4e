#include "config.h"

#include "options.h"

#include <stdio.h>

#include "message.h"

bool options_common(int option, const char *verb, const char *help, int *code)
{
    *code = 0;
    switch (option) {
    case 'h':
        fputs(help, stdout);
        return true;
    case 'V':
        puts(PACKAGE_STRING);
        return true;
    case 'q':
        message_set_level(-1);
        return false;
    case 'v':
        message_set_level(1);
        return false;
    default:
        /* getopt_long has named the option. */
        fprintf(stderr, "Try 'autan %s --help'.\n", verb);
        *code = 2;
        return true;
    }
}

bool options_time(const char *option, const char *text, autan_time *time)
{
    if (autan_time_parse_argument(text, time) == AUTAN_OK)
        return true;
    message_error("--%s is '%s', expected ISO 8601 UTC such as 2019-06-30T15:00Z or a date "
                  "such as 2019-06-30, from 1850 to 2150",
                  option, text);
    return false;
}

bool options_period(bool has_from, autan_time from, bool has_to, autan_time to)
{
    if (!has_from || !has_to)
        message_error("--from and --to are both needed, such as --from 2019-06-24 --to "
                      "2019-07-01");
    else if (to < from)
        message_error("--to lies before --from");
    return has_from && has_to && to >= from;
}

const char *options_city(int argc, char **argv, bool more_allowed)
{
    if (optind >= argc) {
        message_error("no city file given");
        return NULL;
    }
    if (!more_allowed && optind + 1 < argc) {
        message_error("'%s' is one argument too many", argv[optind + 1]);
        return NULL;
    }
    return argv[optind];
}
