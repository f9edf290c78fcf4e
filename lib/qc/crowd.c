#include "qc/crowd.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "qc/robust.h"

autan_crowd_options autan_crowd_defaults(void)
{
    return (autan_crowd_options){.m1_most = 1,
                                 .m2_low = 0.01,
                                 .m2_high = 0.95,
                                 .lapse_rate = 0.0065,
                                 .m3_share = 0.2,
                                 .m4_correlation = 0.9,
                                 .m5_radius_m = 3000,
                                 .m5_buddies = 5,
                                 .m5_alpha = 0.1,
                                 .m5_max_elevation_m = 100,
                                 .o1_gap = 1,
                                 .o2_share = 0.8,
                                 .o3_share = 0.8};
}

/* A run of the levels. Values at [t * n + i]. */
typedef struct {
    const autan_panel *panel;
    const autan_points *points;
    const autan_crowd_options *options;
    size_t n, n_times;
    double mean_elevation;
    size_t *episode, *day; /* of each row, rising */
    double *level_value;   /* values that passed, at the mean height; NaN others */
    double *median;        /* of each row */
    double *quantile;      /* t quantiles by count of values: low, high, buddies */
    size_t *buddy_first, *buddy; /* of station i: buddy[buddy_first[i]] onwards */
    uint8_t *level;
} crowd;

static void crowd_clear(crowd *c)
{
    free(c->episode);
    free(c->day);
    free(c->level_value);
    free(c->median);
    free(c->quantile);
    free(c->buddy_first);
    free(c->buddy);
    free(c->level);
}

static autan_status crowd_new(const autan_panel *panel, const autan_points *points,
                              const autan_crowd_options *options, crowd *c)
{
    size_t n = panel->n_stations, cells = panel->n_times * n + 1;
    *c = (crowd){.panel = panel,
                 .points = points,
                 .options = options,
                 .n = n,
                 .n_times = panel->n_times};
    c->episode = malloc((panel->n_times + 1) * sizeof *c->episode);
    c->day = malloc((panel->n_times + 1) * sizeof *c->day);
    c->level_value = malloc(cells * sizeof *c->level_value);
    c->median = malloc((panel->n_times + 1) * sizeof *c->median);
    c->quantile = malloc(3 * (n + 1) * sizeof *c->quantile);
    c->buddy_first = malloc((n + 1) * sizeof *c->buddy_first);
    c->buddy = malloc((n * n + 1) * sizeof *c->buddy);
    c->level = calloc(cells, sizeof *c->level);
    if (!c->episode || !c->day || !c->level_value || !c->median || !c->quantile ||
        !c->buddy_first || !c->buddy || !c->level) {
        crowd_clear(c);
        return AUTAN_NO_MEMORY;
    }
    return AUTAN_OK;
}

static void number_rows(crowd *c)
{
    const autan_panel *panel = c->panel;
    long length = c->options->episode_s;
    int month = 0, day = 0;
    for (size_t t = 0; t < c->n_times; t++) {
        autan_civil civil;
        autan_civil_utc(autan_panel_time(panel, t), &civil);
        bool first = t == 0;
        c->day[t] = first ? 0 : c->day[t - 1] + (civil.day != day);
        c->episode[t] = first ? 0 : c->episode[t - 1] + (civil.month != month);
        if (length < 0)
            c->episode[t] = 0;
        if (length > 0)
            c->episode[t] =
                length > panel->step_s ? t / (size_t)(length / panel->step_s) : t;
        day = civil.day;
        month = civil.month;
    }
}

/* Quantiles for every count of values that can occur; freedom is count - 1 at M2 and
 * count - 2 at M5, which counts the station and one mean, as in the R package. */
static void table_quantiles(crowd *c)
{
    const autan_crowd_options *o = c->options;
    bool student = o->m2_distribution == AUTAN_CROWD_STUDENT ||
                   (o->m2_distribution == AUTAN_CROWD_AUTO && c->n < 100);
    double low = autan_normal_quantile(o->m2_low);
    double high = autan_normal_quantile(o->m2_high);
    for (size_t count = 0; count <= c->n; count++) {
        double freedom = (double)count - 1, *row = c->quantile + 3 * count;
        row[0] = student ? autan_student_quantile(o->m2_low, freedom) : low;
        row[1] = student ? autan_student_quantile(o->m2_high, freedom) : high;
        row[2] = fabs(autan_student_quantile(o->m5_alpha / 2, freedom - 1));
    }
}

static void set_if(uint8_t *level, bool passed, int bit)
{
    if (passed)
        *level |= (uint8_t)bit;
}

static bool has_values(const crowd *c, size_t i)
{
    for (size_t t = 0; t < c->n_times; t++) {
        if (!isnan(c->panel->value[t * c->n + i]))
            return true;
    }
    return false;
}

static void level_m1(crowd *c)
{
    const autan_points *p = c->points;
    for (size_t i = 0; i < c->n; i++) {
        int same = 0;
        for (size_t j = 0; j < c->n; j++) {
            if (p->latitude[i] == p->latitude[j] && p->longitude[i] == p->longitude[j])
                same += has_values(c, j);
        }
        for (size_t t = 0; t < c->n_times; t++)
            set_if(&c->level[t * c->n + i],
                   same <= c->options->m1_most && !isnan(c->panel->value[t * c->n + i]),
                   AUTAN_CROWD_M1);
    }
}

/* The value at the mean height when it passed the level, else NaN. */
static double passed_value(const crowd *c, size_t t, size_t i, int bit)
{
    double value = c->panel->value[t * c->n + i];
    if (!(c->level[t * c->n + i] & bit))
        return NAN;
    if (c->points->elevation)
        value += c->options->lapse_rate * (c->points->elevation[i] - c->mean_elevation);
    return value;
}

static void select_values(crowd *c, int bit)
{
    for (size_t t = 0; t < c->n_times; t++) {
        for (size_t i = 0; i < c->n; i++)
            c->level_value[t * c->n + i] = passed_value(c, t, i, bit);
    }
}

static void row_m2(crowd *c, size_t t, double *work)
{
    const double *value = c->level_value + t * c->n, *limit;
    size_t count = autan_collect(value, c->n, 1, work), there_count = 0;
    for (size_t i = 0; i < c->n; i++)
        there_count += c->level[t * c->n + i] & AUTAN_CROWD_M1;
    /* The R package counts stations of unknown height as freedom. */
    limit = c->quantile + 3 * there_count;
    double centre = autan_median(work, count), scale = autan_qn(work, count);
    for (size_t i = 0; i < c->n; i++) {
        bool unknown_height = c->points->elevation && isnan(c->points->elevation[i]);
        double z = value[i] / scale - centre / scale;
        bool there = c->level[t * c->n + i] & AUTAN_CROWD_M1;
        bool inside = !isnan(z) && !(z < limit[0]) && !(z > limit[1]);
        set_if(&c->level[t * c->n + i], there && (inside || unknown_height),
               AUTAN_CROWD_M2);
    }
}

/* Passes `to` where `from` passed and more than share of the group's rows did. */
static void level_share(crowd *c, const size_t *group, int from, int to, double share)
{
    for (size_t first = 0, last; first < c->n_times; first = last) {
        for (last = first; last < c->n_times && group[last] == group[first];)
            last++;
        for (size_t i = 0; i < c->n; i++) {
            size_t passed = 0;
            for (size_t t = first; t < last; t++)
                passed += (c->level[t * c->n + i] & from) != 0;
            bool enough = (double)passed / (double)(last - first) > share;
            for (size_t t = first; t < last; t++)
                set_if(&c->level[t * c->n + i],
                       enough && (c->level[t * c->n + i] & from), to);
        }
    }
}

/* Correlation of a station's values that passed M3 with the rows' medians; NaN with
 * fewer than two or without variance. */
static double correlation(const crowd *c, size_t i, size_t first, size_t last)
{
    double sx = 0, sy = 0, xx = 0, yy = 0, xy = 0, count = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t t = first; t < last; t++) {
            double x = c->panel->value[t * c->n + i], y = c->median[t];
            if (!(c->level[t * c->n + i] & AUTAN_CROWD_M3) || isnan(y))
                continue;
            if (!pass) {
                sx += x;
                sy += y;
                count++;
                continue;
            }
            xx += (x - sx) * (x - sx);
            yy += (y - sy) * (y - sy);
            xy += (x - sx) * (y - sy);
        }
        sx /= pass ? 1 : count;
        sy /= pass ? 1 : count;
    }
    return xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : (double)NAN;
}

static void level_m4(crowd *c, double *work)
{
    for (size_t t = 0; t < c->n_times; t++) {
        size_t count = 0;
        for (size_t i = 0; i < c->n; i++) {
            if (c->level[t * c->n + i] & AUTAN_CROWD_M3)
                work[count++] = c->panel->value[t * c->n + i];
        }
        c->median[t] = autan_median(work, count);
    }
    for (size_t first = 0, last; first < c->n_times; first = last) {
        for (last = first; last < c->n_times && c->episode[last] == c->episode[first];)
            last++;
        for (size_t i = 0; i < c->n; i++) {
            bool goes = correlation(c, i, first, last) >= c->options->m4_correlation;
            for (size_t t = first; t < last; t++)
                set_if(&c->level[t * c->n + i],
                       goes && (c->level[t * c->n + i] & AUTAN_CROWD_M3),
                       AUTAN_CROWD_M4);
        }
    }
}

static bool are_buddies(const crowd *c, size_t i, size_t j)
{
    const autan_points *p = c->points;
    double most = c->options->m5_max_elevation_m;
    if (i == j)
        return false;
    if (p->elevation && most >= 0 && !(fabs(p->elevation[i] - p->elevation[j]) <= most))
        return false;
    return autan_geodesic(p->latitude[i], p->longitude[i], p->latitude[j],
                          p->longitude[j]) <= c->options->m5_radius_m;
}

static void list_buddies(crowd *c)
{
    size_t count = 0;
    for (size_t i = 0; i < c->n; i++) {
        c->buddy_first[i] = count;
        for (size_t j = 0; j < c->n; j++) {
            if (are_buddies(c, i, j))
                c->buddy[count++] = j;
        }
    }
    c->buddy_first[c->n] = count;
}

static size_t buddies_of(const crowd *c, size_t i)
{
    return c->buddy_first[i + 1] - c->buddy_first[i];
}

static bool passes_m5(const crowd *c, size_t t, size_t i, double *work)
{
    const double *value = c->level_value + t * c->n;
    size_t count = 0, counted = 0, least = (size_t)c->options->m5_buddies;
    double centre;
    if (buddies_of(c, i) < least)
        return c->options->m5_keep_isolated;
    for (size_t k = c->buddy_first[i]; k < c->buddy_first[i + 1]; k++) {
        size_t j = c->buddy[k];
        counted += (c->level[t * c->n + j] & AUTAN_CROWD_M4) != 0;
        if (!isnan(value[j]))
            work[count++] = value[j];
    }
    if (count < least)
        return false;
    centre = autan_median(work, count);
    return fabs((value[i] - centre) / autan_qn(work, count)) <
           c->quantile[3 * counted + 2];
}

static void row_m5(crowd *c, size_t t, double *work)
{
    for (size_t i = 0; i < c->n; i++) {
        uint8_t *level = &c->level[t * c->n + i];
        if (*level & AUTAN_CROWD_M4)
            set_if(level, passes_m5(c, t, i, work), AUTAN_CROWD_M5);
    }
}

/* Applies a row function to all rows in parallel. */
static autan_status each_row(crowd *c, void (*row)(crowd *, size_t, double *))
{
    bool no_memory = false;
#pragma omp parallel if (c->n_times > 100)
    {
        double *work = malloc((c->n + 1) * sizeof *work);
#pragma omp for schedule(static)
        for (size_t t = 0; t < c->n_times; t++) {
            if (work)
                row(c, t, work);
        }
#pragma omp critical
        no_memory |= !work;
        free(work);
    }
    return no_memory ? AUTAN_NO_MEMORY : AUTAN_OK;
}

/* Fills gaps of up to o1_gap rows between values that passed M5. A refused value that
 * the interpolation happens to meet exactly stays refused, as in the R package. */
static void level_o1(crowd *c, double *interpolated)
{
    for (size_t i = 0; i < c->n; i++) {
        size_t before = c->n_times;
        for (size_t t = 0; t < c->n_times; t++) {
            if (!(c->level[t * c->n + i] & AUTAN_CROWD_M5))
                continue;
            interpolated[t * c->n + i] = c->panel->value[t * c->n + i];
            c->level[t * c->n + i] |= AUTAN_CROWD_O1;
            size_t gap = before < t ? t - before - 1 : 0;
            double from = before < t ? interpolated[before * c->n + i] : 0;
            for (size_t k = 1; k <= gap && gap <= (size_t)c->options->o1_gap; k++) {
                size_t cell = (before + k) * c->n + i;
                double share = (double)k / (double)(gap + 1);
                interpolated[cell] = from + (interpolated[t * c->n + i] - from) * share;
                set_if(&c->level[cell], c->panel->value[cell] != interpolated[cell],
                       AUTAN_CROWD_O1);
            }
            before = t;
        }
    }
}

static void find_mean_elevation(crowd *c)
{
    double total = 0, count = 0;
    for (size_t i = 0; c->points->elevation && i < c->n; i++) {
        if (isnan(c->points->elevation[i]))
            continue;
        total += c->points->elevation[i];
        count++;
    }
    c->mean_elevation = total / count;
}

static autan_status check_options(const autan_panel *panel, const autan_points *points,
                                  const autan_crowd_options *o)
{
    if (points->n != panel->n_stations || points->cartesian)
        return AUTAN_BAD_ARGUMENT;
    if (!(o->m2_low > 0 && o->m2_low < o->m2_high && o->m2_high < 1) ||
        !(o->m5_alpha > 0 && o->m5_alpha < 1) || !(o->m5_radius_m >= 0) ||
        o->m1_most < 1 || o->m5_buddies < 1 || o->o1_gap < 0)
        return AUTAN_OUT_OF_DOMAIN;
    return AUTAN_OK;
}

static autan_status compute(crowd *c, double *filled, double *work)
{
    const autan_crowd_options *o = c->options;
    autan_status status;
    number_rows(c);
    table_quantiles(c);
    find_mean_elevation(c);
    list_buddies(c);
    level_m1(c);
    select_values(c, AUTAN_CROWD_M1);
    status = each_row(c, row_m2);
    if (status != AUTAN_OK)
        return status;
    level_share(c, c->episode, AUTAN_CROWD_M2, AUTAN_CROWD_M3, o->m3_share);
    level_m4(c, work);
    select_values(c, AUTAN_CROWD_M4);
    status = each_row(c, row_m5);
    if (status != AUTAN_OK)
        return status;
    level_o1(c, filled);
    level_share(c, c->day, AUTAN_CROWD_O1, AUTAN_CROWD_O2, o->o2_share);
    level_share(c, c->episode, AUTAN_CROWD_O2, AUTAN_CROWD_O3, o->o3_share);
    return AUTAN_OK;
}

autan_status autan_crowd_levels(const autan_panel *panel, const autan_points *points,
                                const autan_crowd_options *options, uint8_t *level,
                                bool *isolated, double *interpolated)
{
    crowd c = {0};
    size_t cells = panel->n_times * panel->n_stations;
    double *filled = NULL, *work = NULL;
    autan_status status = check_options(panel, points, options);
    if (status != AUTAN_OK)
        return status;
    status = crowd_new(panel, points, options, &c);
    if (status != AUTAN_OK)
        return status;
    filled = malloc((cells + 1) * sizeof *filled);
    work = malloc((panel->n_stations + 1) * sizeof *work);
    if (!filled || !work) {
        status = AUTAN_NO_MEMORY;
        goto cleanup;
    }
    for (size_t k = 0; k < cells; k++)
        filled[k] = NAN;
    status = compute(&c, filled, work);
    if (status != AUTAN_OK)
        goto cleanup;
    memcpy(level, c.level, cells * sizeof *level);
    for (size_t i = 0; isolated && i < c.n; i++)
        isolated[i] = buddies_of(&c, i) < (size_t)options->m5_buddies;
    if (interpolated)
        memcpy(interpolated, filled, cells * sizeof *filled);
cleanup:
    free(filled);
    free(work);
    crowd_clear(&c);
    return status;
}

autan_status autan_crowd_unlag(const autan_panel *panel, double time_constant_s,
                               double *corrected)
{
    double kept = exp(-panel->step_s / time_constant_s);
    size_t n = panel->n_stations;
    if (!(time_constant_s > 0))
        return AUTAN_OUT_OF_DOMAIN;
    for (size_t t = 0; t < panel->n_times; t++) {
        for (size_t i = 0; i < n; i++) {
            double before = t ? panel->value[(t - 1) * n + i] : (double)NAN;
            double now = panel->value[t * n + i];
            corrected[t * n + i] = (now - before * kept) / (1 - kept);
        }
    }
    return AUTAN_OK;
}
