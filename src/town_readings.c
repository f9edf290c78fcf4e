/* The readings of a town, and what is not used of them. */
#include "town.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "files/archive_flags.h"
#include "message.h"
#include "qc/check.h"

/* Stations closer than this are in one place. */
static const double SAME_PLACE_M = 1e-3;

/* Readings are used unchecked where qc has not been; that is worth a word. */
static void note_unchecked(town *t, autan_time to)
{
    char text[AUTAN_TIME_TEXT];
    autan_time last;
    size_t since;
    autan_status status =
        autan_archive_checked(t->archive, AUTAN_AIR_TEMPERATURE, &last, &since, NULL);
    if (status == AUTAN_NO_DATA) {
        message_detail("air_temperature was never checked; qc does");
    } else if (status == AUTAN_OK && (last < to || since)) {
        autan_time_format(last, text);
        message_detail(
            ngettext("air_temperature was checked up to %s, %zu batch came since",
                     "air_temperature was checked up to %s, %zu batches came since",
                     since),
            text, since);
    }
}

/* For each station the first one in the same place, and what those say in an hour;
 * order is for work. */
typedef struct {
    size_t *first, *count, *order;
    double *sum;
} twins;

static int by_x(const void *a, const void *b, void *town_of)
{
    const town *t = town_of;
    const size_t i = *(const size_t *)a, j = *(const size_t *)b;
    if (t->x[i] != t->x[j])
        return t->x[i] < t->x[j] ? -1 : 1;
    return (i > j) - (i < j);
}

/* From west to east, each is held against those just west of it. */
static bool find_twins(town *t, twins *w)
{
    const size_t n = t->stations.n;
    bool any = false;
    for (size_t k = 0; k < n; k++)
        w->first[k] = w->order[k] = k;
    g_qsort_with_data(w->order, (gint)n, sizeof *w->order, by_x, t);
    for (size_t k = 0; k < n; k++) {
        const size_t i = w->order[k];
        for (size_t e = k; e-- > 0 && t->x[i] - t->x[w->order[e]] <= SAME_PLACE_M;) {
            const size_t j = w->order[e];
            if (hypot(t->x[i] - t->x[j], t->y[i] - t->y[j]) > SAME_PLACE_M)
                continue;
            w->first[i] = MIN(w->first[i], w->first[j]);
            w->first[j] = w->first[i];
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (w->first[i] == i)
            continue;
        any = true;
        message_note(
            "stations %s and %s are in one place and the covariance has no nugget: "
            "they count as one, with the mean of their readings",
            t->station_id[w->first[i]], t->station_id[i]);
    }
    return any;
}

static void merge_hour(size_t n, const twins *w, double *reading)
{
    for (size_t i = 0; i < n; i++) {
        w->sum[i] = 0.0;
        w->count[i] = 0;
    }
    for (size_t i = 0; i < n; i++) {
        if (!isnan(reading[i])) {
            w->sum[w->first[i]] += reading[i];
            w->count[w->first[i]]++;
        }
    }
    for (size_t i = 0; i < n; i++)
        reading[i] = w->count[i] ? w->sum[i] / (double)w->count[i] : NAN;
}

/* Without a nugget, two readings in one place leave no system to solve. */
static autan_status merge_twins(town *t, autan_panel *panel, autan_error *err)
{
    const size_t n = t->stations.n;
    twins w = {malloc((n + 1) * sizeof *w.first), malloc((n + 1) * sizeof *w.count),
               malloc((n + 1) * sizeof *w.order), malloc((n + 1) * sizeof *w.sum)};
    autan_status status = AUTAN_OK;
    if (!w.first || !w.count || !w.order || !w.sum)
        status = town_no_memory(t, err);
    else if (find_twins(t, &w)) {
        for (size_t h = 0; h < panel->n_times; h++)
            merge_hour(n, &w, panel->value + h * n);
    }
    free(w.first);
    free(w.count);
    free(w.order);
    free(w.sum);
    return status;
}

static void note_losses(const town *t, const autan_panel_losses *losses)
{
    if (losses->implausible)
        message_note(
            ngettext("%zu reading outside the limits of air_temperature was not used",
                     "%zu readings outside the limits of air_temperature were not used",
                     losses->implausible),
            losses->implausible);
    if (losses->flagged)
        message_note(ngettext("%zu reading that did not pass the checks was not used",
                              "%zu readings that did not pass the checks were not used",
                              losses->flagged),
                     losses->flagged);
    if (losses->unknown)
        message_note(
            ngettext("%zu reading of a station that is no longer in %s was not used",
                     "%zu readings of stations that are no longer in %s were not used",
                     losses->unknown),
            losses->unknown, t->city.stations);
}

autan_status town_read_panels(town *t, autan_time from, autan_time to, size_t n,
                              autan_panel_request *request, autan_error *err)
{
    autan_panel *panel = request[0].panel;
    autan_status status = AUTAN_OK;
    size_t made = 0;
    for (; status == AUTAN_OK && made < n; made += status == AUTAN_OK ? 1 : 0)
        status =
            autan_panel_make(from, to, TOWN_HOUR_S, t->stations.n, request[made].panel);
    if (status != AUTAN_OK) {
        status = town_no_memory(t, err);
    } else {
        request[0].choice.refused = autan_qc_refusing();
        status = autan_archive_read_panels(t->archive, &t->stations, n, request, err);
        note_losses(t, &request[0].losses);
        note_unchecked(t, to);
    }
    if (status == AUTAN_OK && t->city.covariance_given &&
        t->city.covariance.nugget == 0.0)
        status = merge_twins(t, panel, err);
    for (size_t k = 0; status != AUTAN_OK && k < made; k++)
        autan_panel_clear(request[k].panel);
    return status;
}

autan_status town_read_panel(town *t, autan_time from, autan_time to,
                             autan_panel *panel, autan_error *err)
{
    autan_panel_request one = {.variable = AUTAN_AIR_TEMPERATURE, .panel = panel};
    return town_read_panels(t, from, to, 1, &one, err);
}

autan_status town_read_beside(const town *t, const autan_panel *panel, size_t beside,
                              autan_panel *wide, autan_error *err)
{
    const size_t n = panel->n_stations;
    const autan_time step = panel->step_s, length = step * (autan_time)beside;
    const autan_time last = autan_panel_time(panel, panel->n_times - 1);
    autan_status status =
        autan_panel_make(panel->from - length, last + length, panel->step_s, n, wide);
    if (status != AUTAN_OK)
        return town_no_memory(t, err);
    for (int side = 0; status == AUTAN_OK && side < 2; side++) {
        autan_panel part = {0};
        autan_panel_request request = {.variable = AUTAN_AIR_TEMPERATURE,
                                       .panel = &part,
                                       .choice.refused = autan_qc_refusing()};
        const autan_time from = side ? last + step : panel->from - length;
        if (autan_panel_make(from, from + length - step, panel->step_s, n, &part) !=
            AUTAN_OK) {
            status = town_no_memory(t, err);
            break;
        }
        status = autan_archive_read_panels(t->archive, &t->stations, 1, &request, err);
        memcpy(wide->value + (side ? (beside + panel->n_times) * n : 0), part.value,
               beside * n * sizeof *part.value);
        autan_panel_clear(&part);
    }
    memcpy(wide->value + beside * n, panel->value,
           panel->n_times * n * sizeof *panel->value);
    if (status != AUTAN_OK)
        autan_panel_clear(wide);
    return status;
}
