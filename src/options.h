/* Options common to all verbs, and texts that several verbs read alike. */
#ifndef AUTAN_OPTIONS_H
#define AUTAN_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>

#include "base/calendar.h"

/* Values that getopt_long returns for long options without a short one start here. */
enum { OPTION_FIRST_LONG = 256 };

/* Rows every verb's table of long options starts with, and their short options. The
 * colon leaves complaints to options_common. */
#define OPTIONS_COMMON                                                                 \
    {"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'V'},             \
        {"quiet", no_argument, NULL, 'q'}, {"verbose", no_argument, NULL, 'v'}
#define OPTIONS_COMMON_SHORT ":hVqv"

/* Acts on a common option; argv is what getopt_long reads, the verb first. Returns true
 * when the verb is to end now with *code: after --help (help is printed), --version, or
 * a wrong option, which is named. */
bool options_common(int option, char **argv, const char *help, int *code);

/* Reads a time given to an option; false, after a message, when it is none. */
bool options_time(const char *option, const char *text, autan_time *time);

/* Whether --from and --to were both given and in order; false after a message. */
bool options_period(bool has_from, autan_time from, bool has_to, autan_time to);

/* The city file: the first argument after the options. NULL, after a message, when it
 * is missing, or when there are more arguments and more_allowed is false. */
const char *options_city(int argc, char **argv, bool more_allowed);

#endif
