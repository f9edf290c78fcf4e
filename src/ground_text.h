/* City files as text: a first one for a town, and the sections that stand behind the
 * keys of [grid]. */
#ifndef AUTAN_GROUND_TEXT_H
#define AUTAN_GROUND_TEXT_H

#include <stdio.h>

#include "files/city.h"

/* Writes a city file for the stations of a table: a grid of 100 m that reaches 5 km
 * beyond them, in Lambert-93 in and around France and in UTM elsewhere. path must not
 * exist yet; the table stands in it as given. */
autan_status ground_start(const char *stations, const char *path, autan_error *err);

/* Prints every layer and covariate as sections of a city file, those of the open data
 * named in [grid] too. */
void ground_print_sections(const autan_city *city, FILE *out);

#endif
