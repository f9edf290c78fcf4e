/* Charts of the report as inline SVG: no script, a title and a description each. */
#ifndef AUTAN_REPORT_CHARTS_H
#define AUTAN_REPORT_CHARTS_H

#include <glib.h>

#include "report.h"

/* A curve through the day: 24 numbers, the interval around it as a band. */
typedef struct {
    const char *name;            /* plain text, escaped when written */
    const report_number *number; /* REPORT_HOURS */
} chart_curve;

enum { CHART_CURVES = 8 };

/* Curves (at most CHART_CURVES) over the local hour. id is unique on the page; title
 * and axis are plain text. */
void chart_day(GString *out, const char *id, const char *title, const char *axis,
               size_t n, const chart_curve *curve);

/* One line a zone: name, value, and the interval of 90 %, in the order given. */
typedef struct {
    const char *name;
    const report_number *number;
} chart_row;
void chart_ranking(GString *out, const char *id, const char *title, const char *axis,
                   int decimals, size_t n, const chart_row *row);

/* Appends plain text: characters that mean something in HTML escaped, and what is
 * longer than a line cut with an ellipsis. */
void page_text(GString *out, const char *text);

/* A number as French has it, with a comma and a true minus sign; "–" for NaN. */
void page_number(GString *out, double value, int decimals);

#endif
