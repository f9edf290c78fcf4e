/* Numbers written as text, read strictly. */
#ifndef AUTAN_BASE_NUMBER_H
#define AUTAN_BASE_NUMBER_H

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Reads a decimal number (`-3.25`, `1e-3`) that fills the whole text, with a point
 * whatever the locale. AUTAN_BAD_SYNTAX for anything else: blanks, hexadecimal,
 * `nan`, `inf`, a decimal comma, an empty text. AUTAN_OUT_OF_DOMAIN when it overflows
 * a double (`1e999`). */
autan_status autan_number_parse(const char *text, double *value);

enum { AUTAN_NUMBER_TEXT = 32 }; /* a buffer large enough for any number written here */

/* Writes the shortest decimal number that reads back as value, which is finite, with a
 * point whatever the locale. */
void autan_number_format(double value, char text[AUTAN_NUMBER_TEXT]);

#ifdef __cplusplus
}
#endif
#endif
