/* CSV tables, gzipped when the name ends in .gz, written whole or not at all. */
#ifndef AUTAN_EXAMPLES_OUTPUT_H
#define AUTAN_EXAMPLES_OUTPUT_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef struct output output;

/* Opens the table for writing. AUTAN_IO, AUTAN_NO_MEMORY. End with output_close or
 * output_abandon. */
autan_status output_open(const char *path, output **out, autan_error *err);

/* Appends to the present row. What goes wrong is told by output_close. */
void output_text(output *out, const char *text);

/* A number with that many decimals (0 to 3), nothing when it is NaN; |value| < 1e12. */
void output_number(output *out, double value, int decimals);

/* Bytes before compression so far. */
uint64_t output_size(const output *out);

/* Brings the table to its name and frees out in any case. */
autan_status output_close(output *out, autan_error *err);

/* Leaves no file; NULL does nothing. */
void output_abandon(output *out);

#endif
