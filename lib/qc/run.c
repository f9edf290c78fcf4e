/* Running the checks of the table. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qc/work.h"

void autan_qc_details_clear(autan_qc_details *details)
{
    free(details->detail);
    *details = (autan_qc_details){0};
}

size_t autan_qc_detail_text(const autan_qc_detail *detail, char *text, size_t size)
{
    char from[AUTAN_TIME_TEXT], until[AUTAN_TIME_TEXT];
    const char *name = autan_qc_get(detail->check)->name;
    int length;
    autan_time_format(detail->from, from);
    autan_time_format(detail->until, until);
    if (detail->from == detail->until)
        length = snprintf(text, size, "%s: %g at %s, statistic %.4g, limit %.4g", name,
                          detail->value, from, detail->statistic, detail->limit);
    else
        length = snprintf(text, size,
                          "%s: from %g at %s to %s, statistic %.4g, limit %.4g", name,
                          detail->value, from, until, detail->statistic, detail->limit);
    return length > 0 ? (size_t)length : 0;
}

static bool make_room(autan_qc_details *details, size_t more)
{
    size_t capacity = details->capacity ? details->capacity : 64;
    autan_qc_detail *grown;
    while (capacity < details->n + more)
        capacity *= 2;
    if (capacity == details->capacity)
        return true;
    grown = realloc(details->detail, capacity * sizeof *grown);
    if (!grown)
        return false;
    details->detail = grown;
    details->capacity = capacity;
    return true;
}

size_t autan_flag(autan_qc_work *work, size_t i, size_t first, size_t last,
                  double statistic, double limit)
{
    const autan_panel *panel = work->data->panel;
    uint32_t bit = autan_qc_bit(work->check);
    size_t count = 0;
    for (size_t t = first; t < last; t++) {
        if (isnan(panel->value[t * work->n + i]))
            continue;
        work->flag[t * work->n + i] |= bit;
        count++;
    }
    if (count == 0)
        return 0;
    if (!make_room(&work->details, 1)) {
        work->lacks_memory = true;
        return count;
    }
    work->details.detail[work->details.n++] =
        (autan_qc_detail){.check = work->check,
                          .station = i,
                          .from = autan_panel_time(panel, first),
                          .until = autan_panel_time(panel, last - 1),
                          .value = panel->value[first * work->n + i],
                          .statistic = statistic,
                          .limit = limit};
    return count;
}

static bool same_shape(const autan_panel *a, const autan_panel *b)
{
    return !b || (a->n_times == b->n_times && a->n_stations == b->n_stations &&
                  a->from == b->from && a->step_s == b->step_s);
}

static bool fits(const autan_qc_data *data)
{
    const autan_panel *panel = data->panel;
    bool fit = data->points.n == panel->n_stations && panel->n_stations <= 65535 &&
               !data->points.cartesian && same_shape(panel, data->dew_point) &&
               same_shape(panel, data->gust) && same_shape(panel, data->expected) &&
               same_shape(panel, data->expected_error) &&
               !data->expected == !data->expected_error &&
               !data->climate_low == !data->climate_high;
    for (int v = 0; v < AUTAN_VARIABLES; v++)
        fit = fit && same_shape(panel, data->other[v]);
    return fit;
}

static void work_clear(autan_qc_work *work)
{
    free(work->series);
    free(work->reference);
    free(work->flag);
    free(work->usual);
    free(work->centre);
    free(work->hour);
    free(work->witness);
    free(work->n_witnesses);
    autan_qc_details_clear(&work->details);
}

static autan_status find_witnesses(autan_qc_work *work)
{
    autan_neighbour found[AUTAN_WITNESSES + 1];
    autan_neighbours *tree = NULL;
    autan_status status = autan_neighbours_new(&work->data->points, &tree);
    if (status != AUTAN_OK)
        return status;
    for (size_t i = 0; i < work->n; i++) {
        size_t count = autan_neighbours_nearest(tree, i, INFINITY, AUTAN_WITNESSES + 1,
                                                NULL, found);
        work->n_witnesses[i] = 0;
        for (size_t k = 0; k < count; k++) {
            size_t place = i * AUTAN_WITNESSES + work->n_witnesses[i];
            if (found[k].index == i || work->n_witnesses[i] == AUTAN_WITNESSES)
                continue;
            work->witness[place] = found[k].index;
            work->n_witnesses[i]++;
        }
    }
    autan_neighbours_free(tree);
    return AUTAN_OK;
}

static autan_status work_new(const autan_qc_data *data, autan_qc_work *work)
{
    size_t n = data->panel->n_stations, n_times = data->panel->n_times;
    size_t cells = n * n_times + 1;
    *work = (autan_qc_work){
        .data = data, .n = n, .n_times = n_times, .step_s = data->panel->step_s};
    work->series = malloc(cells * sizeof *work->series);
    work->reference = malloc(cells * sizeof *work->reference);
    work->flag = calloc(cells, sizeof *work->flag);
    work->usual = malloc((24 * n + 1) * sizeof *work->usual);
    work->centre = malloc((n_times + 1) * sizeof *work->centre);
    work->hour = malloc(n_times + 1);
    work->witness = malloc((n * AUTAN_WITNESSES + 1) * sizeof *work->witness);
    work->n_witnesses = malloc((n + 1) * sizeof *work->n_witnesses);
    if (!work->series || !work->reference || !work->flag || !work->usual ||
        !work->centre || !work->hour || !work->witness || !work->n_witnesses)
        return AUTAN_NO_MEMORY;
    for (size_t t = 0; t < n_times; t++) {
        autan_time day = autan_panel_time(data->panel, t) % 86400;
        work->hour[t] = (unsigned char)((day + 86400) % 86400 / 3600);
    }
    return find_witnesses(work);
}

/* Copies the readings that no masking check refused. */
static void refresh(autan_qc_work *work)
{
    const double *value = work->data->panel->value;
    uint32_t masks = 0;
    for (int k = 0; k < AUTAN_QC_CHECKS; k++)
        masks |= autan_qc_get((autan_qc_id)k)->traits & AUTAN_QC_MASKS
                     ? autan_qc_bit((autan_qc_id)k)
                     : 0;
    for (size_t t = 0; t < work->n_times; t++) {
        for (size_t i = 0; i < work->n; i++) {
            bool refused = work->flag[t * work->n + i] & masks;
            work->series[i * work->n_times + t] =
                refused ? (double)NAN : value[t * work->n + i];
        }
    }
}

static autan_status run_checks(autan_qc_work *work, const autan_qc_settings *settings)
{
    refresh(work);
    for (int k = 0; k < AUTAN_QC_CHECKS; k++) {
        const autan_qc_check *check = autan_qc_get((autan_qc_id)k);
        autan_status status = AUTAN_OK;
        /* The reference is drawn up once values out of range are gone, and again
         * after the checks of single readings. */
        if (k == AUTAN_QC_UNIT || k == AUTAN_QC_CONSISTENCY)
            status = autan_refer(work);
        work->check = (autan_qc_id)k;
        if (status == AUTAN_OK && settings->enabled & autan_qc_bit(work->check) &&
            !isnan(settings->threshold[k][0]))
            status = check->run(work, settings->threshold[k]);
        if (status == AUTAN_OK && work->lacks_memory)
            status = AUTAN_NO_MEMORY;
        if (status != AUTAN_OK)
            return status;
        if (check->traits & AUTAN_QC_MASKS)
            refresh(work);
    }
    return AUTAN_OK;
}

autan_status autan_qc_run(const autan_qc_data *data, const autan_qc_settings *settings,
                          uint32_t *flag, autan_qc_details *details)
{
    autan_qc_work work;
    autan_status status;
    if (!fits(data))
        return AUTAN_BAD_ARGUMENT;
    status = work_new(data, &work);
    if (status == AUTAN_OK)
        status = run_checks(&work, settings);
    if (status == AUTAN_OK && details && !make_room(details, work.details.n))
        status = AUTAN_NO_MEMORY;
    if (status != AUTAN_OK)
        goto cleanup;
    memcpy(flag, work.flag, work.n * work.n_times * sizeof *flag);
    if (details && work.details.n) {
        memcpy(details->detail + details->n, work.details.detail,
               work.details.n * sizeof *details->detail);
        details->n += work.details.n;
    }
cleanup:
    work_clear(&work);
    return status;
}
