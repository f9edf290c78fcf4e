#include "config.h"

#include "report.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/quantile.h"
#include "files/area_shape.h"
#include "message.h"

enum {
    SAMPLE = 144,       /* places of a zone for its own variance */
    LCZ_CLASSES = 17,   /* 1 to 10 built, 11 to 17 (A to G) land cover */
    COARSE_MOST = 1400, /* squares of the maps of standard errors */
    SQUARE_SIDE = 4     /* places of a square for its own variance, along a side */
};

const char *const report_kind_key[REPORT_KINDS] = {"town", "district", "lcz",
                                                   "lcz_stations", "station"};

static const char *lcz_label(int class)
{
    static const char *const label[LCZ_CLASSES + 1] = {
        "",      "LCZ 1", "LCZ 2", "LCZ 3", "LCZ 4",  "LCZ 5",
        "LCZ 6", "LCZ 7", "LCZ 8", "LCZ 9", "LCZ 10", "LCZ A",
        "LCZ B", "LCZ C", "LCZ D", "LCZ E", "LCZ F",  "LCZ G"};
    return label[class];
}

/* A class from 1 to 17 of a text: 1 to 17, 101 to 107, A to G; 0 for none. */
static int lcz_class(const char *text)
{
    char *end;
    long number;
    if (g_ascii_strncasecmp(text, "LCZ", 3) == 0)
        text += 3;
    text += strspn(text, " _");
    if (g_ascii_isalpha(*text) && !text[1]) {
        const int letter = g_ascii_toupper(*text) - 'A';
        return letter < 7 ? 11 + letter : 0;
    }
    number = strtol(text, &end, 10);
    if (end == text || *end)
        return 0;
    if (number > 100)
        number -= 90;
    return number >= 1 && number <= LCZ_CLASSES ? (int)number : 0;
}

/* An even sample of the places of a zone. */
typedef struct {
    size_t n, seen, every;
    double x[SAMPLE], y[SAMPLE];
} sample;

/* Keeps every k-th place, k doubling when the sample is full. */
static void sample_take(sample *s, double x, double y)
{
    if (s->every == 0)
        s->every = 1;
    if (s->seen++ % s->every != 0)
        return;
    if (s->n == SAMPLE) {
        for (size_t k = 0; k < SAMPLE / 2; k++) {
            s->x[k] = s->x[2 * k];
            s->y[k] = s->y[2 * k];
        }
        s->n = SAMPLE / 2;
        s->every *= 2;
        if ((s->seen - 1) % s->every != 0)
            return;
    }
    s->x[s->n] = x;
    s->y[s->n++] = y;
}

/* What is needed while zones are found. */
typedef struct {
    report *r;
    size_t n_stations, nc;
    sample *sample; /* by zone */
    sample rural_sample;
    autan_block rural;
    /* Cells as they are read. */
    size_t rows;
    double *x, *y, *covariate, *row, *lcz;
    int *owner;
    int lcz_zone[LCZ_CLASSES + 1]; /* by class: the zone, -1 for none */
    size_t first_district;
} finder;

static autan_status out_of_memory(const finder *f, autan_error *err)
{
    return town_no_memory(f->r->town, err);
}

/* A new zone of that kind; its number in *zone. */
static autan_status add_zone(finder *f, report_kind kind, const char *name, int class,
                             size_t *zone, autan_error *err)
{
    report *r = f->r;
    report_zone made = {.kind = kind, .name = strdup(name), .class = class};
    report_zone *grown = realloc(r->zone, (r->n_zones + 1) * sizeof *grown);
    sample *more = realloc(f->sample, (r->n_zones + 1) * sizeof *more);
    r->zone = grown ? grown : r->zone;
    f->sample = more ? more : f->sample;
    if (!grown || !more || !made.name ||
        autan_block_make(r->model, f->n_stations, &made.temperature) != AUTAN_OK ||
        autan_block_make(r->model, f->n_stations, &made.island) != AUTAN_OK) {
        free(made.name);
        autan_block_clear(&made.temperature);
        return out_of_memory(f, err);
    }
    memset(&f->sample[r->n_zones], 0, sizeof *f->sample);
    if (zone)
        *zone = r->n_zones;
    r->zone[r->n_zones++] = made;
    return AUTAN_OK;
}

/* Adds places with weight 1 each to the zones of their owners. */
static autan_status gather(finder *f, const autan_sites *places, const int *owner,
                           autan_error *err)
{
    report *r = f->r;
    autan_block *block = malloc((r->n_zones + 1) * sizeof *block);
    size_t *count = calloc(r->n_zones + 1, sizeof *count);
    autan_status status = AUTAN_NO_MEMORY;
    if (block && count) {
        for (size_t k = 0; k < r->n_zones; k++)
            block[k] = r->zone[k].temperature;
        status = autan_block_gather(r->model, &r->town->sites, places, owner,
                                    r->n_zones, block, count);
        for (size_t k = 0; k < r->n_zones; k++) {
            r->zone[k].temperature = block[k];
            r->zone[k].cells += count[k];
        }
        for (size_t i = 0; i < places->n; i++) {
            if (owner[i] >= 0)
                sample_take(&f->sample[owner[i]], places->x[i], places->y[i]);
        }
    }
    free(block);
    free(count);
    return status == AUTAN_OK ? AUTAN_OK : out_of_memory(f, err);
}

static autan_status read_districts(finder *f, autan_error *err)
{
    report *r = f->r;
    const autan_city *city = &r->town->city;
    const char *path = city->report.zones ? city->report.zones : city->alert.zones;
    const char *name =
        city->report.zones ? city->report.zone_name : city->alert.zone_name;
    autan_status status;
    r->district = malloc(city->grid.nx * city->grid.ny * sizeof *r->district);
    if (!r->district)
        return out_of_memory(f, err);
    for (size_t k = 0; k < city->grid.nx * city->grid.ny; k++)
        r->district[k] = 0;
    if (!path)
        return AUTAN_OK;
    status = autan_areas_read(path, name, city->crs, &city->grid, &r->areas, err);
    if (status == AUTAN_OK)
        status = autan_areas_burn(&r->areas, city->crs, &city->grid, r->district, err);
    if (status == AUTAN_OK)
        status =
            autan_areas_outlines(&r->areas, city->crs, &r->outline, &r->n_outline, err);
    f->first_district = r->n_zones;
    r->districts = true;
    for (size_t k = 0; status == AUTAN_OK && k < r->areas.n; k++)
        status = add_zone(f, REPORT_DISTRICT, r->areas.area[k].name, 0, NULL, err);
    return status;
}

/* Stations: each a zone, and a zone for each class of the attribute lcz. */
static autan_status add_stations(finder *f, autan_error *err)
{
    const autan_station_table *stations = &f->r->town->stations;
    size_t attribute = 0, zone;
    int class_zone[LCZ_CLASSES + 1];
    int *site = malloc((stations->n + 1) * sizeof *site);
    int *class = malloc((stations->n + 1) * sizeof *class);
    autan_status status = site && class ? AUTAN_OK : out_of_memory(f, err);
    while (attribute < stations->n_attributes &&
           g_ascii_strcasecmp(stations->attribute_name[attribute], "lcz") != 0)
        attribute++;
    for (int c = 0; c <= LCZ_CLASSES; c++)
        class_zone[c] = -1;
    for (size_t i = 0; status == AUTAN_OK && i < stations->n; i++) {
        const autan_station *s = &stations->station[i];
        const char *text = attribute < stations->n_attributes && s->attribute[attribute]
                               ? s->attribute[attribute]
                               : "";
        class[i] = lcz_class(text);
    }
    for (int c = 1; status == AUTAN_OK && c <= LCZ_CLASSES; c++) {
        bool any = false;
        for (size_t i = 0; i < stations->n; i++)
            any = any || class[i] == c;
        if (!any)
            continue;
        status = add_zone(f, REPORT_LCZ_SITES, lcz_label(c), c, &zone, err);
        class_zone[c] = (int)zone;
    }
    for (size_t i = 0; status == AUTAN_OK && i < stations->n; i++) {
        status =
            add_zone(f, REPORT_SITE, stations->station[i].name, class[i], &zone, err);
        site[i] = (int)zone;
        class[i] = class_zone[class[i]];
    }
    if (status == AUTAN_OK)
        status = gather(f, &f->r->town->sites, site, err);
    if (status == AUTAN_OK)
        status = gather(f, &f->r->town->sites, class, err);
    free(site);
    free(class);
    return status;
}

static bool make_rows(finder *f)
{
    const autan_grid *g = &f->r->town->city.grid;
    size_t n;
    f->rows = 65536 / g->nx + 1;
    n = f->rows * g->nx;
    f->x = malloc(n * sizeof *f->x);
    f->y = malloc(n * sizeof *f->y);
    f->row = malloc(n * sizeof *f->row);
    f->lcz = malloc(n * sizeof *f->lcz);
    f->owner = malloc(n * sizeof *f->owner);
    f->covariate = malloc((n * f->nc + 1) * sizeof *f->covariate);
    return f->x && f->y && f->row && f->lcz && f->owner && f->covariate;
}

static autan_status read_rows(finder *f, size_t first, size_t n, autan_error *err)
{
    autan_grid_places(&f->r->town->city.grid, first, n, f->x, f->y);
    return town_read_ground(f->r->town, first, n, f->row, f->covariate, err);
}

/* Covariates of the town's cells, some thousands of them, for their quantiles. */
typedef struct {
    size_t n, every, seen;
    double *value; /* nc x CELLS_MOST */
} spread_of;
enum { CELLS_MOST = 8192 };

static void note_covariates(const finder *f, size_t i, spread_of *s)
{
    if (s->seen++ % s->every != 0 || s->n == CELLS_MOST)
        return;
    for (size_t k = 0; k < f->nc; k++)
        s->value[k * CELLS_MOST + s->n] = f->covariate[i * f->nc + k];
    s->n++;
}

static autan_status read_lcz(finder *f, autan_raster *raster, size_t cells,
                             autan_error *err)
{
    autan_status status =
        autan_raster_read_places(raster, cells, f->x, f->y, f->lcz, err);
    for (size_t i = 0; status == AUTAN_OK && i < cells; i++) {
        long class = isnan(f->lcz[i]) ? 0 : lround(f->lcz[i]);
        class -= class > 100 ? 90 : 0;
        f->owner[i] = -1;
        if (class < 1 || class > LCZ_CLASSES)
            continue;
        if (f->lcz_zone[class] < 0) {
            size_t zone;
            status =
                add_zone(f, REPORT_LCZ, lcz_label((int)class), (int)class, &zone, err);
            f->lcz_zone[class] = status == AUTAN_OK ? (int)zone : -1;
        }
        f->owner[i] = f->lcz_zone[class];
    }
    return status;
}

/* The squares of the maps of standard errors. */
static autan_status make_squares(finder *f, autan_error *err)
{
    report *r = f->r;
    const autan_grid *g = &r->town->city.grid;
    size_t step = 1, n;
    while (((g->nx + step - 1) / step) * ((g->ny + step - 1) / step) > COARSE_MOST)
        step++;
    r->coarse = *g;
    r->coarse.resolution = g->resolution * (double)step;
    r->coarse.nx = (g->nx + step - 1) / step;
    r->coarse.ny = (g->ny + step - 1) / step;
    r->coarse.xmax = g->xmin + r->coarse.resolution * (double)r->coarse.nx;
    r->coarse.ymin = g->ymax - r->coarse.resolution * (double)r->coarse.ny;
    n = r->coarse.nx * r->coarse.ny;
    r->square = calloc(n, sizeof *r->square);
    r->square_cells = calloc(n, sizeof *r->square_cells);
    for (size_t k = 0; r->square && k < n; k++) {
        if (autan_block_make(r->model, f->n_stations, &r->square[k]) != AUTAN_OK)
            return out_of_memory(f, err);
    }
    return r->square && r->square_cells ? AUTAN_OK : out_of_memory(f, err);
}

static autan_status gather_squares(finder *f, const autan_sites *places,
                                   autan_error *err)
{
    const autan_grid *c = &f->r->coarse;
    for (size_t i = 0; i < places->n; i++)
        f->owner[i] = (int)((size_t)((c->ymax - places->y[i]) / c->resolution) * c->nx +
                            (size_t)((places->x[i] - c->xmin) / c->resolution));
    return autan_block_gather(f->r->model, &f->r->town->sites, places, f->owner,
                              c->nx * c->ny, f->r->square,
                              f->r->square_cells) == AUTAN_OK
               ? AUTAN_OK
               : out_of_memory(f, err);
}

/* The heat island of a square: fewer places than for a district do. */
static void set_square(const finder *f, size_t k)
{
    enum { OWN = SQUARE_SIDE * SQUARE_SIDE, STEP = SAMPLE / 36 };
    const sample *b = &f->rural_sample;
    const autan_grid *c = &f->r->coarse;
    autan_block *square = &f->r->square[k];
    double x[OWN + SAMPLE], y[OWN + SAMPLE], weight[OWN + SAMPLE];
    size_t n = OWN;
    if (f->r->square_cells[k] == 0)
        return;
    for (size_t i = 0; i < OWN; i++) {
        const double right = ((double)(i % SQUARE_SIDE) + 0.5) / SQUARE_SIDE;
        const double down = ((double)(i / SQUARE_SIDE) + 0.5) / SQUARE_SIDE;
        x[i] = c->xmin + c->resolution * ((double)(k % c->nx) + right);
        y[i] = c->ymax - c->resolution * ((double)(k / c->nx) + down);
        weight[i] = 1.0 / OWN;
    }
    for (size_t i = 0; i < b->n; i += STEP) {
        x[n] = b->x[i];
        y[n++] = b->y[i];
    }
    for (size_t i = OWN; i < n; i++)
        weight[i] = -1.0 / (double)(n - OWN);
    autan_block_mix(1.0 / (double)f->r->square_cells[k], -1.0, &f->rural, square);
    autan_block_set_within(f->r->model, n, x, y, weight, square);
}

/* All cells, some rows at a time, into town, districts and classes. */
static autan_status gather_cells(finder *f, spread_of *s, autan_error *err)
{
    report *r = f->r;
    const autan_city *city = &r->town->city;
    const autan_grid *g = &city->grid;
    const long covariate = autan_city_find_covariate(city, "lcz");
    const char *path = city->report.lcz ? city->report.lcz
                       : covariate >= 0 ? city->covariate[covariate].file
                                        : NULL;
    autan_raster *lcz = NULL;
    autan_status status = AUTAN_OK;
    if (path)
        status = autan_raster_open("lcz", path, 0, city->crs, g, &lcz, err);
    for (size_t row = 0; status == AUTAN_OK && row < g->ny; row += f->rows) {
        const size_t n = g->ny - row < f->rows ? g->ny - row : f->rows;
        const size_t cells = n * g->nx;
        const int *district = r->district + row * g->nx;
        const autan_sites places = {cells, f->nc, f->x, f->y, f->covariate};
        status = read_rows(f, row, n, err);
        for (size_t i = 0; status == AUTAN_OK && i < cells; i++) {
            f->owner[i] = district[i] >= 0 ? 0 : -1;
            if (district[i] >= 0)
                note_covariates(f, i, s);
        }
        if (status == AUTAN_OK)
            status = gather(f, &places, f->owner, err);
        for (size_t i = 0; i < cells; i++)
            f->owner[i] = district[i] >= 0 ? (int)f->first_district + district[i] : -1;
        if (status == AUTAN_OK && r->districts)
            status = gather(f, &places, f->owner, err);
        if (status == AUTAN_OK && lcz)
            status = read_lcz(f, lcz, cells, err);
        if (status == AUTAN_OK && lcz)
            status = gather(f, &places, f->owner, err);
        if (status == AUTAN_OK)
            status = gather_squares(f, &places, err);
        message_progress("rows of the grid", row + n, g->ny);
    }
    autan_raster_close(lcz);
    return status;
}

/* Districts smaller than a cell are their places. */
static autan_status gather_small(finder *f, autan_error *err)
{
    report *r = f->r;
    double *covariate = malloc((AUTAN_AREA_POINTS * f->nc + 1) * sizeof *covariate);
    int owner[AUTAN_AREA_POINTS];
    autan_status status = covariate ? AUTAN_OK : out_of_memory(f, err);
    for (size_t k = 0; status == AUTAN_OK && k < r->areas.n; k++) {
        const autan_area *area = &r->areas.area[k];
        const autan_sites places = {area->n_points, f->nc, area->x, area->y, covariate};
        double value[AUTAN_AREA_POINTS];
        if (r->zone[f->first_district + k].cells > 0)
            continue;
        for (size_t c = 0; status == AUTAN_OK && c < f->nc; c++) {
            status = autan_raster_read_places(r->town->raster[c], area->n_points,
                                              area->x, area->y, value, err);
            for (size_t i = 0; i < area->n_points; i++)
                covariate[i * f->nc + c] = value[i];
        }
        for (size_t i = 0; i < area->n_points; i++)
            owner[i] = (int)(f->first_district + k);
        if (status == AUTAN_OK)
            status = gather(f, &places, owner, err);
    }
    free(covariate);
    return status;
}

static autan_status gather_rural(finder *f, autan_error *err)
{
    report *r = f->r;
    rural_places places;
    int *owner = NULL;
    size_t count = 0;
    autan_status status = rural_find(r->town, &places, &r->reference, err);
    if (status == AUTAN_OK &&
        autan_block_make(r->model, f->n_stations, &f->rural) != AUTAN_OK)
        status = out_of_memory(f, err);
    r->rural = r->reference.known;
    if (status == AUTAN_OK && r->rural) {
        const autan_sites sites = {places.n, f->nc, places.x, places.y,
                                   places.covariate};
        owner = calloc(places.n + 1, sizeof *owner);
        if (!owner || autan_block_gather(r->model, &r->town->sites, &sites, owner, 1,
                                         &f->rural, &count) != AUTAN_OK)
            status = out_of_memory(f, err);
        autan_block_mix(1.0 / (double)count, 0.0, NULL, &f->rural);
        for (size_t i = 0; i < places.n; i++)
            sample_take(&f->rural_sample, places.x[i], places.y[i]);
    } else if (status == AUTAN_OK) {
        message_note("the heat island is told against the town's mean: %s",
                     r->reference.text);
        autan_block_mix(0.0, 1.0, &r->zone[0].temperature, &f->rural);
        f->rural_sample = f->sample[0];
    }
    free(owner);
    rural_places_clear(&places);
    return status;
}

/* The heat island: the zone's mean less the reference's, and the variance of that. */
static void set_island(finder *f, size_t zone)
{
    const sample *a = &f->sample[zone], *b = &f->rural_sample;
    report_zone *z = &f->r->zone[zone];
    double x[2 * SAMPLE], y[2 * SAMPLE], weight[2 * SAMPLE];
    for (size_t i = 0; i < a->n + b->n; i++) {
        const bool own = i < a->n;
        x[i] = own ? a->x[i] : b->x[i - a->n];
        y[i] = own ? a->y[i] : b->y[i - a->n];
        weight[i] = own ? 1.0 / (double)a->n : -1.0 / (double)b->n;
    }
    autan_block_set_within(f->r->model, a->n, x, y, weight, &z->temperature);
    autan_block_mix(0.0, 1.0, &z->temperature, &z->island);
    autan_block_mix(1.0, -1.0, &f->rural, &z->island);
    autan_block_set_within(f->r->model, a->n + b->n, x, y, weight, &z->island);
}

static bool is_vegetation(const char *name)
{
    static const char *const part[] = {"wood",  "tree",   "veg",   "grass", "green",
                                       "ndvi",  "forest", "park",  "canop", "bois",
                                       "arbre", "herb",   "pelou", "jardin"};
    for (size_t k = 0; k < sizeof part / sizeof *part; k++) {
        if (strstr(name, part[k]))
            return true;
    }
    return false;
}

/* One effect for each term that is a covariate. */
static autan_status find_effects(finder *f, spread_of *s, autan_error *err)
{
    report *r = f->r;
    r->effect = calloc(r->model->n_terms + 1, sizeof *r->effect);
    if (!r->effect)
        return out_of_memory(f, err);
    for (size_t k = 0; k < r->model->n_terms; k++) {
        const autan_term *term = &r->model->term[k];
        double *value = s->value + term->covariate * CELLS_MOST;
        size_t n = 0;
        if (term->indicator)
            continue;
        for (size_t i = 0; i < s->n; i++) {
            if (!isnan(value[i]))
                value[n++] = value[i];
        }
        autan_sort(n, value);
        r->effect[r->n_effects++] = (report_effect){
            .covariate = term->covariate,
            .vegetation = is_vegetation(r->town->city.covariate[term->covariate].name),
            .low = autan_quantile_sorted(n, value, 0.1),
            .high = autan_quantile_sorted(n, value, 0.9)};
    }
    return AUTAN_OK;
}

/* Zones whose places all lack a covariate of the trend are left out, and said. */
static void drop_empty(report *r, sample *sample_of)
{
    size_t kept = 0;
    for (size_t k = 0; k < r->n_zones; k++) {
        report_zone *z = &r->zone[k];
        if (z->cells == 0 && k > 0) {
            message_note("%s has no place with all covariates and is left out",
                         z->name);
            free(z->name);
            autan_block_clear(&z->temperature);
            autan_block_clear(&z->island);
            continue;
        }
        sample_of[kept] = sample_of[k];
        r->zone[kept++] = *z;
    }
    r->n_zones = kept;
}

static int by_kind(const void *a, const void *b)
{
    const report_zone *p = *(const report_zone *const *)a;
    const report_zone *q = *(const report_zone *const *)b;
    if (p->kind != q->kind)
        return p->kind < q->kind ? -1 : 1;
    if (p->class != q->class && p->kind != REPORT_SITE)
        return p->class < q->class ? -1 : 1;
    return p < q ? -1 : p > q;
}

static autan_status order_zones(finder *f, autan_error *err)
{
    report *r = f->r;
    report_zone **order = malloc((r->n_zones + 1) * sizeof *order);
    report_zone *sorted = malloc((r->n_zones + 1) * sizeof *sorted);
    if (!order || !sorted) {
        free(order);
        free(sorted);
        return out_of_memory(f, err);
    }
    for (size_t k = 0; k < r->n_zones; k++)
        order[k] = &r->zone[k];
    qsort(order, r->n_zones, sizeof *order, by_kind);
    for (size_t k = 0; k < r->n_zones; k++)
        sorted[k] = *order[k];
    free(r->zone);
    free(order);
    r->zone = sorted;
    return AUTAN_OK;
}

autan_status report_find_zones(report *r, autan_error *err)
{
    const autan_grid *g = &r->town->city.grid;
    finder f = {
        .r = r, .n_stations = r->town->stations.n, .nc = r->town->city.n_covariates};
    spread_of s = {.every = g->nx * g->ny / CELLS_MOST + 1,
                   .value = malloc((f.nc * CELLS_MOST + 1) * sizeof *s.value)};
    autan_status status = AUTAN_OK;
    for (int c = 0; c <= LCZ_CLASSES; c++)
        f.lcz_zone[c] = -1;
    if (!s.value || !make_rows(&f))
        status = out_of_memory(&f, err);
    if (status == AUTAN_OK)
        status = add_zone(&f, REPORT_TOWN, r->town->city.name, 0, NULL, err);
    if (status == AUTAN_OK)
        status = read_districts(&f, err);
    if (status == AUTAN_OK)
        status = make_squares(&f, err);
    if (status == AUTAN_OK)
        status = gather_cells(&f, &s, err);
    if (status == AUTAN_OK)
        status = gather_small(&f, err);
    if (status == AUTAN_OK)
        status = add_stations(&f, err);
    if (status == AUTAN_OK && r->zone[0].cells == 0)
        status = autan_fail(err, AUTAN_NO_DATA,
                            "%s: no cell of the grid has all covariates of the trend",
                            r->town->city.path);
    if (status == AUTAN_OK) {
        drop_empty(r, f.sample);
        for (size_t k = 0; k < r->n_zones; k++)
            autan_block_mix(1.0 / (double)r->zone[k].cells, 0.0, NULL,
                            &r->zone[k].temperature);
        status = gather_rural(&f, err);
    }
    for (size_t k = 0; status == AUTAN_OK && k < r->n_zones; k++)
        set_island(&f, k);
    for (size_t k = 0; status == AUTAN_OK && k < r->coarse.nx * r->coarse.ny; k++)
        set_square(&f, k);
    if (status == AUTAN_OK)
        status = find_effects(&f, &s, err);
    if (status == AUTAN_OK)
        status = order_zones(&f, err);
    free(s.value);
    free(f.sample);
    free(f.x);
    free(f.y);
    free(f.covariate);
    free(f.row);
    free(f.lcz);
    free(f.owner);
    autan_block_clear(&f.rural);
    return status;
}
