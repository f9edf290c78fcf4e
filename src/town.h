/* Everything a verb needs of a town, opened from its city file. */
#ifndef AUTAN_TOWN_H
#define AUTAN_TOWN_H

#include <stdbool.h>
#include <stddef.h>

#include "data/panel.h"
#include "data/station.h"
#include "files/archive.h"
#include "files/city.h"
#include "files/raster.h"
#include "kriging/design.h"
#include "kriging/hours.h"
#include "kriging/model.h"
#include "kriging/near.h"

enum { TOWN_HOUR_S = 3600 }; /* step of the panels */

typedef struct {
    autan_city city;
    autan_station_table stations; /* projected */
    const char **station_id;      /* borrowed from stations */
    double *x, *y;                /* n stations */
    double *covariate;            /* n stations x n covariates */
    autan_raster **raster;        /* n covariates */
    autan_sites sites;            /* the stations, over the arrays above */
    autan_archive *archive;
    autan_model *saved; /* read ahead of town_model, which takes it; NULL: not read */
} town;

/* Opens the city file, the stations with their covariates, and the archive for
 * reading. Covariates missing at stations are noted. All rural stations that the city
 * file names are in the table. */
autan_status town_open(const char *path, town *town, autan_error *err);

/* The same for a verb that will ask for town_model: a model file is read at the same
 * time as the covariates. */
autan_status town_open_with_model(const char *path, town *town, autan_error *err);
void town_close(town *town);

/* Tells that memory is short, and returns that. */
autan_status town_no_memory(const town *town, autan_error *err);

/* The covariates of the cells of some rows, cell by cell: covariate (n_rows * nx x
 * n_covariates); row (n_rows * nx) is for work. */
autan_status town_read_ground(const town *town, size_t first, size_t n_rows,
                              double *row, double *covariate, autan_error *err);

/* Hourly temperatures from .. to (inclusive) of the town's stations. What was left
 * aside is noted. */
autan_status town_read_panel(town *town, autan_time from, autan_time to,
                             autan_panel *panel, autan_error *err);

/* The same with other variables in one pass over the archive: request[0] is that of the
 * temperatures, whose flags alone are looked at; panels are made. */
autan_status town_read_panels(town *town, autan_time from, autan_time to, size_t n,
                              autan_panel_request *request, autan_error *err);

/* The panel with `beside` hours more at either end, into wide (made). Nothing is noted.
 */
autan_status town_read_beside(const town *town, const autan_panel *panel, size_t beside,
                              autan_panel *wide, autan_error *err);

/* Solves the hours of a panel under the model; what was borrowed, dropped, rejected or
 * carried over to silent stations is noted. hours borrows model. */
autan_status town_solve(const town *town, const autan_model *model,
                        const autan_panel *panel, autan_hours *hours, autan_error *err);

/* Whether the town has more stations than can be solved exactly. */
bool town_is_large(const town *t);

/* The same for such a town, from the stations nearby; that it is so is noted. */
autan_status town_solve_near(const town *t, const autan_model *model,
                             const autan_panel *panel, autan_near **near,
                             autan_error *err);

/* Fills err with why the hours of the town could not be solved, and returns status. */
autan_status town_unsolved(const town *town, autan_status status, autan_error *err);

/* The model that the city file asks for: the given covariance (saved when refit is
 * set), or the model file of the archive. When there is none, when it was made for
 * another trend, other covariates or other values of them at its stations, or when
 * refit is set, a model is fitted on the whole archive and saved; the first two are
 * noted. Stations added since do not call for a new fit. */
autan_status town_model(town *town, bool refit, autan_model **model, autan_error *err);

/* The same for a moment in the past: a model that was fitted on readings after `until`
 * would look into its future, so that one is fitted on those before, and not saved. A
 * covariance given by hand, and a model that ends within the hour, serve. */
autan_status town_model_until(town *town, autan_time until, autan_model **model,
                              autan_error *err);

/* A model fitted on the whole archive but one station, an index; it is not saved. */
autan_status town_model_without(town *town, size_t station, autan_model **model,
                                autan_error *err);

#endif
