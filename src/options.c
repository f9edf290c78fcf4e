#include "config.h"

#include "options.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "message.h"

/* What getopt_long returned ':' or '?' for. A short option is known by optopt alone, as
 * optind stays at its argument while more of it follows. */
static void name_wrong_option(int option, char **argv)
{
    const char *argument = argv[optind - 1];
    const bool is_short = optopt > 0 && optopt < OPTION_FROM;
    const bool known =
        optopt > 0 && (!is_short || strchr(OPTIONS_COMMON_SHORT + 1, optopt));
    if (option == ':' && is_short)
        message_error("option '-%c' needs a value", optopt);
    else if (option == ':')
        message_error("option '%s' needs a value", argument);
    else if (known)
        message_error("option '%s' takes no value", argument);
    else if (is_short)
        message_error("unknown option '-%c'", isprint(optopt) ? optopt : '?');
    else
        message_error("unknown option '%s'", argument);
}

bool options_common(int option, char **argv, const char *help, int *code)
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
        name_wrong_option(option, argv);
        fprintf(stderr, "Try 'autan %s --help'.\n", argv[0]);
        *code = 2;
        return true;
    }
}

bool options_time(const char *option, const char *text, autan_time *time)
{
    if (autan_time_parse_argument(text, time) == AUTAN_OK)
        return true;
    message_error(
        "--%s is '%s', expected ISO 8601 UTC such as 2019-06-30T15:00Z or a date "
        "such as 2019-06-30, from 1850 to 2150",
        option, text);
    return false;
}

bool options_take_period(int option, options_period *period)
{
    return option == OPTION_FROM ? options_time("from", optarg, &period->from)
                                 : options_time("to", optarg, &period->to);
}

bool options_check_period(const options_period *period, bool needed)
{
    char first[AUTAN_TIME_TEXT], last[AUTAN_TIME_TEXT];
    if (needed && (period->from == INT64_MIN || period->to == INT64_MAX)) {
        message_error("--from and --to are both needed, such as --from 2019-06-24 --to "
                      "2019-07-01");
        return false;
    }
    if (period->to < period->from) {
        autan_time_format(period->from, first);
        autan_time_format(period->to, last);
        message_error("--to %s lies before --from %s", last, first);
        return false;
    }
    return true;
}

const char *options_city(int argc, char **argv, bool more_allowed)
{
    if (optind >= argc) {
        message_error("no city file given, expected CITY.ini");
        return NULL;
    }
    if (!more_allowed && optind + 1 < argc) {
        message_error("'%s' is one argument too many after the city file %s",
                      argv[optind + 1], argv[optind]);
        return NULL;
    }
    return argv[optind];
}
