#include "base/number.h"

#include <float.h>
#include <glib.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Reads what has up to 15 digits and no exponent, as readings do. Its digits and the
 * power of ten are exact in a double, and their quotient is rounded once, as strtod's
 * answer. W. Clinger, How to read floating point numbers accurately, PLDI 1990. */
static bool parse_short(const char *text, double *value)
{
    static const double POWER[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    const bool negative = *text == '-';
    const char *at = text + (negative || *text == '+'), *point = NULL;
    uint64_t digits = 0;
    size_t n;
    for (n = 0; n <= 15; at++) {
        if (*at == '.' && !point) {
            point = at;
        } else if (*at >= '0' && *at <= '9') {
            digits = digits * 10 + (uint64_t)(*at - '0');
            n++;
        } else {
            break;
        }
    }
    if (*at != '\0' || n == 0 || n > 15 || FLT_EVAL_METHOD != 0)
        return false;
    *value = (double)digits / POWER[point ? at - point - 1 : 0];
    if (negative)
        *value = -*value;
    return true;
}

autan_status autan_number_parse(const char *text, double *value)
{
    char *end;
    double parsed;
    if (parse_short(text, value))
        return AUTAN_OK;
    if (*text == '\0' || text[strspn(text, "0123456789+-.eE")] != '\0')
        return AUTAN_BAD_SYNTAX;
    parsed = g_ascii_strtod(text, &end);
    if (*end != '\0')
        return AUTAN_BAD_SYNTAX;
    if (!isfinite(parsed))
        return AUTAN_OUT_OF_DOMAIN;
    *value = parsed;
    return AUTAN_OK;
}

void autan_number_format(double value, char text[AUTAN_NUMBER_TEXT])
{
    for (int digits = 6; digits <= 17; digits++) {
        char format[8];
        g_snprintf(format, sizeof format, "%%.%dg", digits);
        g_ascii_formatd(text, AUTAN_NUMBER_TEXT, format, value);
        if (g_ascii_strtod(text, NULL) == value)
            return;
    }
}
