#include "base/number.h"

#include <glib.h>
#include <math.h>
#include <string.h>

autan_status autan_number_parse(const char *text, double *value)
{
    char *end;
    double parsed;
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
