/* Attribute filters: which features of a source belong to a layer.
 *
 * The grammar is the WHERE of SQL, as far as it is needed:
 *
 *     class = 'wood'   height >= 12.5   class IN ('river', 'canal')   name IS NOT NULL
 *     class = 'grass' AND NOT (subclass = 'park' OR "old name" IS NULL)
 *
 * with =, <>, !=, <, <=, >, >=, IN, NOT IN, LIKE, NOT LIKE (% any text, _ any byte), IS
 * NULL, IS NOT NULL, NOT, AND, OR and parentheses.
 * Texts stand in single quotes, odd attribute names in double quotes; keywords may have
 * any case. A feature without the attribute, or with none that can be compared (a text
 * that is no number beside a number), has NULL there, and logic is three-valued as in
 * SQL. Vector tiles do not all have the same attributes with the same types, which is
 * why GDAL's own filters cannot be used on them. */
#ifndef AUTAN_GROUND_FILTER_H
#define AUTAN_GROUND_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct autan_filter autan_filter;

/* What a feature has under a name: a text, or NULL. Numbers come as text too. */
typedef const char *(*autan_attribute_get)(void *user, const char *name);

/* Parses a filter. AUTAN_BAD_SYNTAX with what was expected and where, in err.
 * Free with autan_filter_free. */
autan_status autan_filter_parse(const char *text, autan_filter **filter,
                                autan_error *err);
void autan_filter_free(autan_filter *filter);

/* Whether a feature passes: true only when the filter is true, not NULL. A NULL filter
 * passes everything. */
bool autan_filter_passes(const autan_filter *filter, autan_attribute_get get,
                         void *user);

/* The attribute names in the filter, in order of appearance; NULL from the number after
 * the last on. */
const char *autan_filter_attribute(const autan_filter *filter, size_t number);

#ifdef __cplusplus
}
#endif
#endif
