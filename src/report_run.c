#include "config.h"

#include "report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kriging/matrix.h"
#include "message.h"
#include "pictures.h"
#include "qc/sun.h"

enum {
    DRAWS = 100,          /* pairs of members */
    MEMBERS = 2 * DRAWS,  /* mean + error and mean - error */
    CHUNK_DAYS = 366,     /* read and solved at once */
    ZONES_AT_ONCE = 256,  /* statistics of members held at once */
    NIGHT_HOURS_MOST = 14 /* of a night that are mapped */
};

/* A tropical night; nights that stay below this much under it are not mapped. */
static const double TROPICAL = 20.0, NEAR = 3.0;

/* The sun's upper limb at the horizon, refraction included. */
static const double SUNSET_SINE = -0.01454;

/* Rows of the panel that are read and solved together. */
typedef struct {
    report *r;
    autan_panel panel;
    autan_hours hours;
    autan_field *field;
    autan_block_likeness likeness;
    autan_moment *moment; /* n_times */
    long first;           /* number of the first hour */
} chunk;

static void chunk_clear(chunk *c)
{
    autan_block_likeness_clear(&c->likeness);
    autan_field_free(c->field);
    autan_hours_clear(&c->hours);
    autan_panel_clear(&c->panel);
    free(c->moment);
}

static long floor_divide(autan_time a, autan_time b)
{
    return (long)((a >= 0 ? a : a - b + 1) / b);
}

/* The place whose sunset counts: the middle of the stations. */
static bool sun_is_up(const town *t, autan_time time)
{
    double longitude = 0.0, latitude = 0.0;
    for (size_t i = 0; i < t->stations.n; i++) {
        longitude += t->stations.station[i].longitude / (double)t->stations.n;
        latitude += t->stations.station[i].latitude / (double)t->stations.n;
    }
    return autan_sun_sine(time, latitude, longitude) > SUNSET_SINE;
}

/* Nights run from 18 to 18 UTC, as Meteo-France counts minima. */
static autan_moment moment_of(const town *t, autan_time time)
{
    autan_civil local;
    autan_civil_local(t->city.zone, time, &local);
    return (autan_moment){
        .season = autan_season(local.month),
        .hour = local.hour,
        .sunset = sun_is_up(t, time - TOWN_HOUR_S) && !sun_is_up(t, time),
        .number = floor_divide(time, TOWN_HOUR_S),
        .day = floor_divide(time - TOWN_HOUR_S + local.utc_offset_s, 86400),
        .night = floor_divide(time - TOWN_HOUR_S + 6 * TOWN_HOUR_S, 86400)};
}

/* Where the archive has no reading in it, the chunk has no rows. */
static autan_status chunk_make(report *r, autan_time from, autan_time to, chunk *c,
                               autan_error *err)
{
    autan_status status;
    bool any = false;
    *c = (chunk){.r = r, .first = floor_divide(from, TOWN_HOUR_S)};
    status = town_read_panel(r->town, from, to, &c->panel, err);
    if (status != AUTAN_OK)
        return status;
    for (size_t k = 0; !any && k < c->panel.n_times * c->panel.n_stations; k++)
        any = !isnan(c->panel.value[k]);
    if (!any) {
        autan_panel_clear(&c->panel);
        return AUTAN_OK;
    }
    status = town_solve(r->town, r->model, &c->panel, &c->hours, err);
    if (status != AUTAN_OK)
        return status;
    c->moment = malloc(c->panel.n_times * sizeof *c->moment);
    if (!c->moment ||
        autan_field_new(&r->town->sites, &c->hours, c->panel.n_times, &c->field) !=
            AUTAN_OK ||
        autan_block_likeness_make(&c->hours, c->panel.n_times, r->town->stations.n,
                                  &c->likeness) != AUTAN_OK)
        return town_no_memory(r->town, err);
    for (size_t k = 0; k < c->panel.n_times; k++)
        c->moment[k] = moment_of(r->town, autan_panel_time(&c->panel, k));
    return AUTAN_OK;
}

/* Zones */

/* The members of a zone, from chunk to chunk. */
typedef struct {
    autan_island island;
    autan_nights nights;
    autan_block_draw *draw[2]; /* of the temperature, of the heat island */
} zone_members;

static void members_clear(size_t n, zone_members *m)
{
    for (size_t k = 0; m && k < n; k++) {
        autan_island_clear(&m[k].island);
        autan_nights_clear(&m[k].nights);
        autan_block_draw_free(m[k].draw[0]);
        autan_block_draw_free(m[k].draw[1]);
    }
    free(m);
}

/* Streams of numbers follow from the zone's place in the list: the same report twice
 * has the same numbers. */
static autan_status members_make(const report *r, size_t first, size_t n,
                                 zone_members **members, autan_error *err)
{
    const autan_city_report *wanted = &r->town->city.report;
    zone_members *m = calloc(n, sizeof *m);
    bool good = m != NULL;
    for (size_t k = 0; good && k < n; k++)
        good = autan_island_make(MEMBERS, &m[k].island) == AUTAN_OK &&
               autan_nights_make(MEMBERS, TROPICAL, wanted->n_thresholds,
                                 wanted->threshold, &m[k].nights) == AUTAN_OK &&
               autan_block_draw_new(r->town->stations.n, DRAWS, 1, 2 * (first + k),
                                    &m[k].draw[0]) == AUTAN_OK &&
               autan_block_draw_new(r->town->stations.n, DRAWS, 1, 2 * (first + k) + 1,
                                    &m[k].draw[1]) == AUTAN_OK;
    if (!good) {
        members_clear(n, m);
        return town_no_memory(r->town, err);
    }
    *members = m;
    return AUTAN_OK;
}

/* Work space of a thread for a chunk. */
typedef struct {
    autan_block_row *row;
    autan_block_group *group;
    double *error;
} space;

static bool space_make(const chunk *c, space *s)
{
    s->row = malloc(c->panel.n_times * sizeof *s->row);
    s->group = malloc((c->hours.n_groups + 1) * sizeof *s->group);
    s->error = malloc(DRAWS * c->panel.n_times * sizeof *s->error);
    return s->row && s->group && s->error;
}

static void space_clear(space *s)
{
    free(s->row);
    free(s->group);
    free(s->error);
}

static void spread_members(const space *s, size_t t, double *member)
{
    for (size_t k = 0; k < DRAWS; k++) {
        const double error = s->error[t * DRAWS + k];
        member[2 * k] = s->row[t].mean + error;
        member[2 * k + 1] = s->row[t].mean - error;
    }
}

static autan_status add_zone_chunk(const chunk *c, const report_zone *z,
                                   zone_members *m, space *s)
{
    const size_t T = c->panel.n_times;
    double member[MEMBERS];
    for (int which = 0; which < 2; which++) {
        const autan_block *block = which ? &z->island : &z->temperature;
        autan_status status =
            autan_block_evaluate(c->field, &c->hours, block, T, s->row, s->group);
        if (status == AUTAN_OK)
            status = autan_block_draw_run(m->draw[which], &c->likeness, T, s->row,
                                          s->group, c->first, s->error);
        if (status != AUTAN_OK)
            return status;
        for (size_t t = 0; t < T; t++) {
            if (isnan(s->row[t].mean))
                continue;
            spread_members(s, t, member);
            if (which)
                autan_island_add(&m->island, &c->moment[t], member);
            else
                autan_nights_add(&m->nights, &c->moment[t], member);
        }
    }
    return AUTAN_OK;
}

static autan_status add_zones(const chunk *c, size_t first, size_t n, zone_members *m,
                              autan_error *err)
{
    autan_status worst = AUTAN_OK;
    autan_matrix_single_thread();
#pragma omp parallel
    {
        space s = {0};
        const bool ready = space_make(c, &s);
#pragma omp for schedule(dynamic)
        for (long k = 0; k < (long)n; k++) {
            const autan_status status =
                ready ? add_zone_chunk(c, &c->r->zone[first + (size_t)k], &m[k], &s)
                      : AUTAN_NO_MEMORY;
            if (status != AUTAN_OK) {
#pragma omp critical
                worst = status;
            }
        }
        space_clear(&s);
    }
    return worst == AUTAN_OK ? AUTAN_OK : town_no_memory(c->r->town, err);
}

/* Maps, their errors, and effects: what is linear in the field */

typedef struct {
    double *coefficient;          /* functions x REPORT_MAPS, sums over hours */
    autan_block_sum *square;      /* squares x REPORT_MAPS */
    autan_block_sum *effect;      /* effects x SLOTS */
    autan_block_sum *effect_part; /* effects x REPORT_MAPS */
    double *effect_mean, *effect_part_mean;
    size_t slot_hours[REPORT_SEASONS * REPORT_HOURS];
    double *tropical; /* drawn: expected nights so far; NULL until one came near */
} linear;
enum { SLOTS = REPORT_SEASONS * REPORT_HOURS };

static size_t n_squares(const report *r)
{
    return r->coarse.nx * r->coarse.ny;
}

static size_t n_functions(const report *r)
{
    return r->zone[0].island.n_functions;
}

static autan_block_sum *make_sums(size_t n_stations, size_t n)
{
    autan_block_sum *sum = calloc(n + 1, sizeof *sum);
    bool good = sum != NULL;
    for (size_t k = 0; good && k < n; k++)
        good = autan_block_sum_make(n_stations, &sum[k]) == AUTAN_OK;
    if (good)
        return sum;
    for (size_t k = 0; sum && k < n; k++)
        autan_block_sum_clear(&sum[k]);
    free(sum);
    return NULL;
}

static void free_sums(size_t n, autan_block_sum *sum)
{
    for (size_t k = 0; sum && k < n; k++)
        autan_block_sum_clear(&sum[k]);
    free(sum);
}

static autan_status linear_make(const report *r, linear *l, autan_error *err)
{
    const size_t n = r->town->stations.n, E = r->n_effects;
    *l = (linear){
        .coefficient = calloc(n_functions(r) * REPORT_MAPS, sizeof(double)),
        .square = make_sums(n, n_squares(r) * REPORT_MAPS),
        .effect = make_sums(n, E * SLOTS),
        .effect_part = make_sums(n, E * REPORT_MAPS),
        .effect_mean = calloc(E * SLOTS + 1, sizeof(double)),
        .effect_part_mean = calloc(E * REPORT_MAPS + 1, sizeof(double)),
    };
    return l->coefficient && l->square && l->effect && l->effect_part &&
                   l->effect_mean && l->effect_part_mean
               ? AUTAN_OK
               : town_no_memory(r->town, err);
}

static void linear_clear(const report *r, linear *l)
{
    free(l->coefficient);
    free_sums(n_squares(r) * REPORT_MAPS, l->square);
    free_sums(r->n_effects * SLOTS, l->effect);
    free_sums(r->n_effects * REPORT_MAPS, l->effect_part);
    free(l->effect_mean);
    free(l->effect_part_mean);
    free(l->tropical);
}

static bool in_part(const autan_moment *m, int map)
{
    const report_part *p = &report_parts[map % REPORT_PARTS];
    return m->season == map / REPORT_PARTS &&
           (m->hour - p->first + REPORT_HOURS) % REPORT_HOURS < p->n;
}

/* weight (n_times x REPORT_MAPS): 1 where an hour with readings belongs to the map. */
static double *map_weights(const chunk *c, linear *l)
{
    report *r = c->r;
    const size_t T = c->panel.n_times;
    double *weight = calloc(T * REPORT_MAPS + 1, sizeof *weight);
    double *mean = malloc((T + 1) * sizeof *mean);
    if (!weight || !mean) {
        free(weight);
        free(mean);
        return NULL;
    }
    autan_field_combine(c->field, 1, r->zone[0].temperature.linear, mean);
    for (size_t t = 0; t < T; t++) {
        r->n_hours++;
        r->n_empty += isnan(mean[t]) ? 1 : 0;
        if (isnan(mean[t]))
            continue;
        l->slot_hours[c->moment[t].season * REPORT_HOURS + c->moment[t].hour]++;
        for (int k = 0; k < REPORT_MAPS; k++) {
            weight[t * REPORT_MAPS + (size_t)k] = in_part(&c->moment[t], k) ? 1.0 : 0.0;
            r->map_hours[k] += in_part(&c->moment[t], k) ? 1 : 0;
        }
    }
    free(mean);
    return weight;
}

/* Takes a block's rows into the sums of the maps, and into those of season and hour. */
static void add_rows(const chunk *c, const double *weight, const space *s, double *one,
                     autan_block_sum *maps, double *maps_mean, autan_block_sum *slots,
                     double *slots_mean)
{
    const size_t T = c->panel.n_times;
    for (size_t k = 0; k < REPORT_MAPS; k++) {
        for (size_t t = 0; t < T; t++) {
            one[t] = weight[t * REPORT_MAPS + k];
            if (maps_mean && one[t] > 0.0)
                maps_mean[k] += s->row[t].mean;
        }
        autan_block_sum_add(&c->likeness, T, s->row, s->group, one, c->first, &maps[k]);
    }
    for (size_t k = 0; slots && k < SLOTS; k++) {
        for (size_t t = 0; t < T; t++) {
            const autan_moment *m = &c->moment[t];
            one[t] = (size_t)(m->season * REPORT_HOURS + m->hour) == k &&
                             s->row[t].group != SIZE_MAX
                         ? 1.0
                         : 0.0;
            slots_mean[k] += one[t] > 0.0 ? s->row[t].mean : 0.0;
        }
        autan_block_sum_add(&c->likeness, T, s->row, s->group, one, c->first,
                            &slots[k]);
    }
}

/* The block of an effect: from the low to the high value of one covariate. */
static void effect_block(const report *r, const report_effect *e, autan_block *block)
{
    const autan_model *m = r->model;
    const size_t terms = r->town->stations.n * m->n_kernels;
    memset(block->linear, 0, block->n_functions * sizeof *block->linear);
    for (size_t k = 0; k < m->n_terms; k++) {
        if (m->term[k].covariate == e->covariate && !m->term[k].indicator)
            block->linear[terms + k] = (e->high - e->low) / m->term[k].scale;
    }
}

static autan_status add_linear(const chunk *c, linear *l, autan_error *err)
{
    report *r = c->r;
    const size_t T = c->panel.n_times;
    const long n = (long)(n_squares(r) + r->n_effects);
    double *weight = map_weights(c, l);
    bool failed = weight == NULL;
    if (!failed)
        autan_field_sum(c->field, REPORT_MAPS, weight, l->coefficient);
#pragma omp parallel
    {
        space s = {0};
        autan_block effect = {0};
        double *one = malloc((T + 1) * sizeof *one);
        bool ready =
            !failed && one && space_make(c, &s) &&
            autan_block_make(r->model, r->town->stations.n, &effect) == AUTAN_OK;
        if (!ready) {
#pragma omp atomic write
            failed = true;
        }
#pragma omp for schedule(dynamic, 8)
        for (long k = 0; k < n; k++) {
            const size_t e = (size_t)k - n_squares(r);
            const bool is_square = (size_t)k < n_squares(r);
            const autan_block *block = is_square ? &r->square[k] : &effect;
            if (!ready || (is_square && r->square_cells[k] == 0))
                continue;
            if (!is_square)
                effect_block(r, &r->effect[e], &effect);
            if (autan_block_evaluate(is_square ? NULL : c->field, &c->hours, block, T,
                                     s.row, s.group) != AUTAN_OK) {
#pragma omp atomic write
                failed = true;
            } else if (is_square) {
                add_rows(c, weight, &s, one, l->square + (size_t)k * REPORT_MAPS, NULL,
                         NULL, NULL);
            } else {
                add_rows(c, weight, &s, one, l->effect_part + e * REPORT_MAPS,
                         l->effect_part_mean + e * REPORT_MAPS, l->effect + e * SLOTS,
                         l->effect_mean + e * SLOTS);
            }
        }
        free(one);
        space_clear(&s);
        autan_block_clear(&effect);
    }
    free(weight);
    return failed ? town_no_memory(r->town, err) : AUTAN_OK;
}

/* Tropical nights on the map */

/* The hours of one night that may hold its lowest: around the town's. */
typedef struct {
    size_t first, n;
} night_hours;

/* Nights of the chunk that may be tropical somewhere; their number. */
static size_t find_nights(const chunk *c, const double *mean, night_hours *night)
{
    const size_t T = c->panel.n_times;
    size_t n = 0;
    for (size_t t = 0; t < T;) {
        size_t end = t, lowest = SIZE_MAX;
        night_hours hours;
        for (; end < T && c->moment[end].night == c->moment[t].night; end++) {
            if (!isnan(mean[end]) && (lowest == SIZE_MAX || mean[end] < mean[lowest]))
                lowest = end;
        }
        if (end - t >= 20 && lowest != SIZE_MAX && mean[lowest] >= TROPICAL - NEAR) {
            hours.first = lowest;
            hours.n = 1;
            while (hours.first > t && hours.n < NIGHT_HOURS_MOST / 2 &&
                   mean[hours.first - 1] < mean[lowest] + NEAR) {
                hours.first--;
                hours.n++;
            }
            while (hours.first + hours.n < end && hours.n < NIGHT_HOURS_MOST &&
                   mean[hours.first + hours.n] < mean[lowest] + NEAR)
                hours.n++;
            night[n++] = hours;
        }
        t = end;
    }
    return n;
}

/* The chance that each place's night stays at 20 degC or above, from its lowest hour.
 */
static void find_chance(size_t cells, size_t n_hours, const float *mean,
                        const float *error, double *chance)
{
    for (size_t i = 0; i < cells; i++) {
        double lowest = INFINITY, sd = 1.0;
        for (size_t t = 0; t < n_hours; t++) {
            const double value = (double)mean[t * cells + i];
            if (value < lowest) {
                lowest = value;
                sd = (double)error[t * cells + i];
            }
        }
        chance[i] = isinf(lowest) ? (double)NAN
                                  : 0.5 * erfc((TROPICAL - lowest) / (sd * M_SQRT2));
    }
}

/* Rows that are worked on at once, whole squares of what is drawn. */
static size_t rows_at_once(const report *r)
{
    const size_t rows = 65536 / r->town->city.grid.nx + 1, by = r->drawn_by;
    return (rows + by - 1) / by * by;
}

/* Adds the chances of a night in some rows, `at` the first, to what is drawn of them.
 */
static void add_chance(const report *r, size_t at, size_t n_rows, double *chance,
                       double *expected)
{
    const size_t n = n_rows / r->drawn_by * r->drawn.nx;
    double *to = expected + at / r->drawn_by * r->drawn.nx;
    picture_thin(chance, r->town->city.grid.nx, n_rows, r->drawn_by, chance);
    for (size_t i = 0; i < n; i++)
        to[i] += chance[i];
}

static autan_status map_nights(const chunk *c, linear *l, autan_error *err)
{
    report *r = c->r;
    const autan_grid *g = &r->town->city.grid;
    const size_t nc = r->town->city.n_covariates, T = c->panel.n_times;
    const size_t rows = rows_at_once(r), most = rows * g->nx;
    double *town_mean = malloc((T + 1) * sizeof *town_mean);
    night_hours *night = malloc((T + 1) * sizeof *night);
    double *covariate = malloc((most * nc + 1) * sizeof *covariate);
    double *row = malloc(most * sizeof *row);
    float *mean = malloc(NIGHT_HOURS_MOST * most * sizeof *mean);
    float *error = malloc(NIGHT_HOURS_MOST * most * sizeof *error);
    autan_status status = AUTAN_OK;
    size_t n = 0;
    if (!town_mean || !night || !covariate || !row || !mean || !error)
        status = town_no_memory(r->town, err);
    if (status == AUTAN_OK) {
        autan_field_combine(c->field, 1, r->zone[0].temperature.linear, town_mean);
        n = find_nights(c, town_mean, night);
    }
    if (n > 0 && !l->tropical) {
        l->tropical = calloc(r->drawn.nx * r->drawn.ny, sizeof *l->tropical);
        if (!l->tropical)
            status = town_no_memory(r->town, err);
    }
    for (size_t at = 0; status == AUTAN_OK && n > 0 && at < g->ny; at += rows) {
        const size_t n_rows = g->ny - at < rows ? g->ny - at : rows;
        const size_t cells = n_rows * g->nx;
        const autan_field_rows wanted = {g, at, n_rows, nc, covariate};
        status = town_read_ground(r->town, at, n_rows, row, covariate, err);
        for (size_t k = 0; status == AUTAN_OK && k < n; k++) {
            if (autan_field_evaluate_rows(c->field, &wanted, night[k].first, night[k].n,
                                          cells, mean, error) != AUTAN_OK)
                status = town_no_memory(r->town, err);
            if (status != AUTAN_OK)
                break;
            find_chance(cells, night[k].n, mean, error, row);
            add_chance(r, at, n_rows, row, l->tropical);
        }
        message_progress("rows of warm nights", at + n_rows, g->ny);
    }
    free(town_mean);
    free(night);
    free(covariate);
    free(row);
    free(mean);
    free(error);
    return status;
}

/* From sums to numbers */

static report_number normal_number(double value, double standard_error)
{
    const double half = 1.6448536269514722 * standard_error;
    return (report_number){value, standard_error, value - half, value + half};
}

static void finish_effects(report *r, const linear *l)
{
    for (size_t e = 0; e < r->n_effects; e++) {
        for (size_t k = 0; k < SLOTS; k++) {
            const double n = (double)l->slot_hours[k];
            r->effect[e].hour[k / REPORT_HOURS][k % REPORT_HOURS] =
                normal_number(l->effect_mean[e * SLOTS + k] / n,
                              sqrt(autan_block_sum_variance(&l->effect[e * SLOTS + k],
                                                            1.0 / n, NULL, 0.0)));
        }
        for (size_t k = 0; k < REPORT_MAPS; k++) {
            const double n = (double)r->map_hours[k];
            r->effect[e].part[k / REPORT_PARTS][k % REPORT_PARTS] = normal_number(
                l->effect_part_mean[e * REPORT_MAPS + k] / n,
                sqrt(autan_block_sum_variance(&l->effect_part[e * REPORT_MAPS + k],
                                              1.0 / n, NULL, 0.0)));
        }
    }
}

static double error_of(const report *r, const linear *l, size_t square, int a, int b)
{
    const autan_block_sum *sum = l->square + square * REPORT_MAPS;
    const size_t na = r->map_hours[a], nb = b < 0 ? 1 : r->map_hours[b];
    if (r->square_cells[square] == 0 || na == 0 || nb == 0)
        return NAN;
    return sqrt(autan_block_sum_variance(&sum[a], 1.0 / (double)na,
                                         b < 0 ? NULL : &sum[b], -1.0 / (double)nb));
}

static autan_status finish_errors(report *r, const linear *l, autan_error *err)
{
    const size_t n = n_squares(r);
    const int summer = 2 * REPORT_PARTS, winter = 0;
    r->error = malloc(REPORT_ERRORS * n * sizeof *r->error);
    if (!r->error)
        return town_no_memory(r->town, err);
    for (size_t k = 0; k < n; k++) {
        for (int m = 0; m < REPORT_MAPS; m++)
            r->error[(size_t)m * n + k] = (float)error_of(r, l, k, m, -1);
        r->error[REPORT_DAY_DIFFERENCE * n + k] =
            (float)error_of(r, l, k, summer + REPORT_EVENING, summer + REPORT_MORNING);
        r->error[REPORT_YEAR_DIFFERENCE * n + k] =
            (float)error_of(r, l, k, summer + REPORT_EVENING, winter + REPORT_EVENING);
    }
    return AUTAN_OK;
}

/* Some rows of the mean maps, `at` the first, into what is drawn of them; value is room
 * for one. */
static void keep_drawn(report *r, size_t at, size_t n_rows, const float *band,
                       double *value)
{
    const size_t cells = n_rows * r->town->city.grid.nx;
    const size_t n = n_rows / r->drawn_by * r->drawn.nx;
    for (size_t k = 0; k < REPORT_MAPS; k++) {
        float *to = r->map + (k * r->drawn.ny + at / r->drawn_by) * r->drawn.nx;
        for (size_t i = 0; i < cells; i++)
            value[i] = (double)band[k * cells + i];
        picture_thin(value, r->town->city.grid.nx, n_rows, r->drawn_by, value);
        for (size_t i = 0; i < n; i++)
            to[i] = (float)value[i];
    }
}

/* Paints the mean maps of the heat island, some rows at a time. */
static autan_status paint_maps(report *r, linear *l, autan_error *err)
{
    const autan_grid *g = &r->town->city.grid;
    const size_t nc = r->town->city.n_covariates;
    const size_t rows = rows_at_once(r), nf = n_functions(r);
    double reference[REPORT_MAPS] = {0};
    double *covariate = malloc((rows * g->nx * nc + 1) * sizeof *covariate);
    double *x = malloc(rows * g->nx * sizeof *x), *y = malloc(rows * g->nx * sizeof *y);
    double *row = malloc(rows * g->nx * sizeof *row);
    float *band = malloc(REPORT_MAPS * rows * g->nx * sizeof *band);
    autan_status status = AUTAN_OK;
    r->map = malloc(REPORT_MAPS * r->drawn.nx * r->drawn.ny * sizeof *r->map);
    if (!covariate || !x || !y || !row || !band || !r->map)
        status = town_no_memory(r->town, err);
    for (size_t f = 0; f < nf; f++) {
        for (size_t k = 0; k < REPORT_MAPS; k++) {
            double *c = &l->coefficient[f * REPORT_MAPS + k];
            *c = r->map_hours[k] ? *c / (double)r->map_hours[k] : (double)NAN;
            /* Town less island is the reference. */
            reference[k] +=
                *c * (r->zone[0].temperature.linear[f] - r->zone[0].island.linear[f]);
        }
    }
    for (size_t k = 0; k < REPORT_MAPS; k++)
        l->coefficient[(nf - 1) * REPORT_MAPS + k] -= reference[k];
    for (size_t at = 0; status == AUTAN_OK && at < g->ny; at += rows) {
        const size_t n_rows = g->ny - at < rows ? g->ny - at : rows;
        const autan_sites places = {n_rows * g->nx, nc, x, y, covariate};
        autan_grid_places(g, at, n_rows, x, y);
        status = town_read_ground(r->town, at, n_rows, row, covariate, err);
        if (status == AUTAN_OK &&
            autan_block_paint(r->model, &r->town->sites, &places, REPORT_MAPS,
                              l->coefficient, places.n, band) != AUTAN_OK)
            status = town_no_memory(r->town, err);
        if (status == AUTAN_OK)
            keep_drawn(r, at, n_rows, band, row);
    }
    free(covariate);
    free(x);
    free(y);
    free(row);
    free(band);
    return status;
}

static autan_status finish_linear(report *r, linear *l, autan_error *err)
{
    const size_t cells = r->drawn.nx * r->drawn.ny;
    autan_status status = finish_errors(r, l, err);
    finish_effects(r, l);
    if (status == AUTAN_OK)
        status = paint_maps(r, l, err);
    if (status != AUTAN_OK || !l->tropical)
        return status;
    r->tropical = malloc(cells * sizeof *r->tropical);
    if (!r->tropical)
        return town_no_memory(r->town, err);
    for (size_t k = 0; k < cells; k++)
        r->tropical[k] = (float)l->tropical[k];
    return AUTAN_OK;
}

/* The numbers of a zone. */
static void take_results(zone_members *m, report_results *out)
{
    double member[MEMBERS];
    autan_island_finish(&m->island);
    autan_nights_finish(&m->nights);
    for (int s = 0; s <= REPORT_SEASONS; s++) {
        for (int h = 0; h < REPORT_HOURS; h++) {
            autan_island_mean(&m->island, s, h, 1, member);
            out->mean[s][h] = report_summarise(MEMBERS, member);
            autan_island_highest(&m->island, s, h, 1, member);
            out->highest[s][h] = report_summarise(MEMBERS, member);
        }
        for (int p = 0; p < REPORT_PARTS; p++) {
            autan_island_mean(&m->island, s, report_parts[p].first, report_parts[p].n,
                              member);
            out->part[s][p] = report_summarise(MEMBERS, member);
        }
        autan_island_mean(&m->island, s, REPORT_NIGHT_FIRST, REPORT_NIGHT_HOURS,
                          member);
        out->night[s] = report_summarise(MEMBERS, member);
        autan_island_daily(&m->island, s, member);
        out->daily[s] = report_summarise(MEMBERS, member);
        autan_island_highest(&m->island, s, 0, REPORT_HOURS, member);
        out->extreme[s] = report_summarise(MEMBERS, member);
        autan_nights_tropical(&m->nights, s, member);
        out->tropical[s] = report_summarise(MEMBERS, member);
        autan_nights_lowest(&m->nights, s, member);
        out->lowest[s] = report_summarise(MEMBERS, member);
        autan_nights_cooling(&m->nights, s, member);
        out->cooling[s] = report_summarise(MEMBERS, member);
        for (size_t k = 0; k < m->nights.n_thresholds; k++) {
            autan_nights_above(&m->nights, k, s, member);
            out->above[k][s] = report_summarise(MEMBERS, member);
        }
    }
    memcpy(member, m->nights.longest_run, sizeof member);
    out->run = report_summarise(MEMBERS, member);
    memcpy(out->hours, m->nights.hours, sizeof out->hours);
    memcpy(out->nights, m->nights.nights, sizeof out->nights);
    memcpy(out->evenings, m->nights.evenings, sizeof out->evenings);
}

/* All of the period for some zones; with l, what is linear too. */
static autan_status run_zones(report *r, size_t first, size_t n, linear *l,
                              autan_error *err)
{
    const autan_time step = (autan_time)CHUNK_DAYS * 86400;
    zone_members *m = NULL;
    autan_status status = members_make(r, first, n, &m, err);
    for (autan_time from = r->from; status == AUTAN_OK && from <= r->to; from += step) {
        const autan_time end = from + step - TOWN_HOUR_S;
        const autan_time last = end < r->to ? end : r->to;
        chunk c;
        status = chunk_make(r, from, last, &c, err);
        if (status == AUTAN_OK && c.panel.n_times > 0) {
            status = add_zones(&c, first, n, m, err);
            if (status == AUTAN_OK && l)
                status = add_linear(&c, l, err);
            if (status == AUTAN_OK && l)
                status = map_nights(&c, l, err);
        } else if (l) {
            const size_t hours = (size_t)((last - from) / TOWN_HOUR_S) + 1;
            r->n_hours += hours;
            r->n_empty += hours;
        }
        chunk_clear(&c);
    }
    for (size_t k = 0; status == AUTAN_OK && k < n; k++)
        take_results(&m[k], &r->zone[first + k].result);
    members_clear(n, m);
    return status;
}

autan_status report_run(report *r, autan_error *err)
{
    linear l;
    autan_status status = linear_make(r, &l, err);
    r->drawn = picture_grid(&r->town->city.grid, &r->drawn_by);
    for (size_t k = 0; status == AUTAN_OK && k < r->n_zones; k += ZONES_AT_ONCE) {
        const size_t left = r->n_zones - k;
        status = run_zones(r, k, left < ZONES_AT_ONCE ? left : ZONES_AT_ONCE,
                           k == 0 ? &l : NULL, err);
    }
    if (status == AUTAN_OK && r->n_hours == r->n_empty)
        status = town_unsolved(r->town, AUTAN_NO_DATA, err);
    if (status == AUTAN_OK)
        status = finish_linear(r, &l, err);
    linear_clear(r, &l);
    if (status == AUTAN_OK)
        report_widen(r);
    return status;
}
