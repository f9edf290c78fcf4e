/* Options common to all verbs, and texts that several verbs read alike. */
#ifndef AUTAN_OPTIONS_H
#define AUTAN_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>

#include "base/calendar.h"

/* What getopt_long returns for long options without a short one: those of the period,
 * then a verb's own from OPTION_FIRST_LONG on. */
enum { OPTION_FROM = 256, OPTION_TO, OPTION_FIRST_LONG };

/* Rows every verb's table of long options starts with, and their short options. The
 * colon leaves complaints to options_common. */
#define OPTIONS_COMMON                                                                 \
    {"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'V'},             \
        {"quiet", no_argument, NULL, 'q'}, {"verbose", no_argument, NULL, 'v'}
#define OPTIONS_COMMON_SHORT ":hVqv"

/* Rows of the options of a period, for verbs that have one. */
#define OPTIONS_PERIOD                                                                 \
    {"from", required_argument, NULL, OPTION_FROM},                                    \
        {"to", required_argument, NULL, OPTION_TO}

/* The first and the last time asked for, inclusive. */
typedef struct {
    autan_time from, to;
} options_period;

/* The period before --from and --to are met: all times. */
#define OPTIONS_ALL_TIMES {INT64_MIN, INT64_MAX}

/* Acts on a common option; argv is what getopt_long reads, the verb first. Returns true
 * when the verb is to end now with *code: after --help (help is printed), --version, or
 * a wrong option, which is named. */
bool options_common(int option, char **argv, const char *help, int *code);

/* Reads a time given to an option; false, after a message, when it is none. */
bool options_time(const char *option, const char *text, autan_time *time);

/* Takes the value of OPTION_FROM or OPTION_TO; false, after a message, when it is no
 * time. */
bool options_take_period(int option, options_period *period);

/* Whether the times are in order and, when they are needed, both given; false after a
 * message. */
bool options_check_period(const options_period *period, bool needed);

/* The city file: the first argument after the options. NULL, after a message, when it
 * is missing, or when there are more arguments and more_allowed is false. */
const char *options_city(int argc, char **argv, bool more_allowed);

#endif
