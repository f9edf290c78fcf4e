#include "qc_expected.h"

#include <math.h>
#include <stdlib.h>

#include "kriging/leave_one_out.h"
#include "qc/check.h"
#include "town.h"

static autan_status make_like(const autan_panel *panel, autan_panel *made)
{
    autan_time last = autan_panel_time(panel, panel->n_times - 1);
    return autan_panel_make(panel->from, last, panel->step_s, panel->n_stations, made);
}

/* What the others say of each reading: of very many stations, those nearby. */
static autan_status leave_each_out(const town *t, const autan_model *model,
                                   const autan_panel *good, autan_left_out **row,
                                   size_t *n)
{
    autan_near *near = NULL;
    autan_status status;
    if (!town_is_large(t))
        return autan_leave_one_out(model, &t->sites, t->station_id, good, row, n);
    status = autan_near_solve(model, &t->sites, t->station_id, good,
                              AUTAN_NEAR_STATIONS, &near);
    if (status == AUTAN_OK)
        status = autan_near_leave_one_out(near, good, row, n);
    autan_near_free(near);
    return status;
}

static autan_status predict(town *t, const autan_panel *good, autan_panel *expected,
                            autan_panel *standard_error, autan_error *err)
{
    autan_model *model = NULL;
    autan_left_out *row = NULL;
    size_t n = 0;
    autan_status status = town_model(t, false, &model, err);
    if (status != AUTAN_OK)
        return status;
    status = leave_each_out(t, model, good, &row, &n);
    if (status == AUTAN_NO_DATA)
        status = AUTAN_OK;
    else if (status != AUTAN_OK)
        autan_fail(err, status, "%s: the readings cannot be estimated: %s",
                   t->city.path, autan_status_text(status));
    for (size_t k = 0; k < n; k++) {
        size_t cell = row[k].row * good->n_stations + row[k].site;
        expected->value[cell] = row[k].predicted;
        standard_error->value[cell] = row[k].standard_error;
    }
    free(row);
    autan_model_free(model);
    return status;
}

autan_status qc_expected(const char *city_path, const autan_panel *panel,
                         const uint32_t *flag, autan_panel *expected,
                         autan_panel *standard_error, autan_error *err)
{
    autan_panel good = {0};
    town t = {0};
    autan_status status = make_like(panel, &good);
    if (status == AUTAN_OK)
        status = make_like(panel, expected);
    if (status == AUTAN_OK)
        status = make_like(panel, standard_error);
    if (status != AUTAN_OK) {
        autan_fail(err, status, "%s: out of memory", city_path);
    } else {
        for (size_t k = 0; k < panel->n_times * panel->n_stations; k++)
            good.value[k] =
                flag[k] & autan_qc_refusing() ? (double)NAN : panel->value[k];
        status = town_open(city_path, &t, err);
    }
    if (status == AUTAN_OK) {
        status = predict(&t, &good, expected, standard_error, err);
        town_close(&t);
    }
    autan_panel_clear(&good);
    return status;
}
