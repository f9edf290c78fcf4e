/* What is told of the risk: tables, maps for other programs, messages, a bulletin. */
#ifndef AUTAN_ALERT_PRODUCTS_H
#define AUTAN_ALERT_PRODUCTS_H

#include <glib.h>
#include <stdbool.h>

#include "alert_state.h"
#include "files/area_file.h"
#include "files/forecast_file.h"
#include "risk.h"
#include "verification.h"

/* Everything the products speak of. risk->n_days is 0 where nothing is known. */
typedef struct {
    const autan_city *city;
    autan_time at;
    const autan_forecast *forecast; /* NULL: none */
    const autan_areas *areas;
    const town_risk *risk;
    const alert_state *before;
    const verification *skill; /* of the last 30 days; NULL: not known */
    const char *notes;         /* what is missing (notes.h); empty: nothing */
} alert_report;

/* Name of a colour, French and English. */
const char *colour_french(int level);
const char *colour_english(int level);

/* One row a zone and day, zones in the order of their risk. */
autan_status alert_write_csv(const char *path, const alert_report *report,
                             autan_error *err);

/* One row a zone, day and heatwave rule of those that can judge there: its value and
 * its chances. */
autan_status alert_write_systems(const char *path, const alert_report *report,
                                 autan_error *err);

/* Zones as GeoJSON (WGS 84) with their days as properties. */
autan_status alert_write_geojson(const char *path, const alert_report *report,
                                 autan_error *err);

/* CAP 1.2 in French and English: written when a colour above green is shown, or was;
 * when nothing is to be told, a file of that name is removed. message becomes what
 * later ones refer to: free() its texts. A message made again for the same moment
 * refers to what the first one referred to. */
autan_status alert_write_cap(const char *path, const alert_report *report,
                             alert_message *message, autan_error *err);

/* The bulletin, as a page to print and as text; French, then English. */
autan_status alert_write_html(const char *path, const alert_report *report,
                              autan_error *err);
autan_status alert_write_text(const char *path, const alert_report *report,
                              autan_error *err);

/* A map of the zones in their worst colours as SVG, width px wide, for a page. */
void alert_append_map(GString *out, const alert_report *report, double width);

/* The paint of a colour, #rrggbb. */
const char *colour_paint(int level);

/* Zones by falling risk (n_zones numbers from 1 on, the town itself left out): colour,
 * then chance of orange times people. */
void alert_rank(const alert_report *report, size_t *zone);

#endif
