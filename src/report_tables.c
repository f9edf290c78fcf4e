/* The tables of the report as CSV: one row a number. */
#include "config.h"

#include "report.h"

#include <glib.h>
#include <math.h>
#include <stdio.h>

#include "files/csv.h"
#include "files/outfile.h"
#include "files/publish/text.h"

static void print_name(FILE *file, const char *name)
{
    char *safe = autan_text_no_formula(name);
    autan_csv_print(file, safe);
    g_free(safe);
}

static void print_value(FILE *file, double value)
{
    fputc(',', file);
    if (isfinite(value))
        fprintf(file, "%.4f", value);
}

static void print_number(FILE *file, const report_number *n, const char *unit)
{
    print_value(file, n->value);
    print_value(file, n->standard_error);
    print_value(file, n->low);
    print_value(file, n->high);
    fprintf(file, ",%s\n", unit);
}

typedef void (*table_body)(const report *r, FILE *file);

static autan_status write_table(const report *r, const char *folder, const char *name,
                                const char *header, table_body body, autan_error *err)
{
    char *path = g_build_filename(folder, name, NULL);
    autan_outfile *out;
    autan_status status = autan_outfile_open(path, &out, err);
    g_free(path);
    if (status != AUTAN_OK)
        return status;
    fprintf(autan_outfile_stream(out), "%s\n", header);
    body(r, autan_outfile_stream(out));
    return autan_outfile_commit(out, err);
}

static void start_row(FILE *file, const report_zone *z)
{
    fprintf(file, "%s,", report_kind_key[z->kind]);
    print_name(file, z->name);
}

static void zones(const report *r, FILE *file)
{
    for (size_t k = 0; k < r->n_zones; k++) {
        const report_zone *z = &r->zone[k];
        start_row(file, z);
        fprintf(file, ",%zu,", z->cells);
        if (z->class)
            fprintf(file, "%d", z->class);
        fputc('\n', file);
    }
}

static void island_row(FILE *file, const report_zone *z, int season, const char *hours,
                       const char *statistic, const report_number *number)
{
    if (isnan(number->value))
        return;
    start_row(file, z);
    fprintf(file, ",%s,%s,%s", report_season_key[season], hours, statistic);
    print_number(file, number, "K");
}

static void heat_island(const report *r, FILE *file)
{
    for (size_t k = 0; k < r->n_zones; k++) {
        const report_zone *z = &r->zone[k];
        const report_results *n = &z->result;
        for (int s = 0; s <= REPORT_SEASONS; s++) {
            for (int h = 0; h < REPORT_HOURS; h++) {
                char hour[8];
                g_snprintf(hour, sizeof hour, "%02d", h);
                island_row(file, z, s, hour, "mean", &n->mean[s][h]);
                island_row(file, z, s, hour, "highest", &n->highest[s][h]);
            }
            for (int p = 0; p < REPORT_PARTS; p++)
                island_row(file, z, s, report_parts[p].key, "mean", &n->part[s][p]);
            island_row(file, z, s, "night", "mean", &n->night[s]);
            island_row(file, z, s, "day", "mean_daily_maximum", &n->daily[s]);
            island_row(file, z, s, "all", "highest", &n->extreme[s]);
        }
    }
}

static void night_row(FILE *file, const report_zone *z, int season,
                      const char *statistic, const char *threshold,
                      const report_number *number, const char *unit, size_t of)
{
    if (isnan(number->value) || of == 0)
        return;
    start_row(file, z);
    fprintf(file, ",%s,%s,%s,%zu", report_season_key[season], statistic, threshold, of);
    print_number(file, number, unit);
}

static size_t total(const size_t *by_season, int season)
{
    size_t n = 0;
    for (int s = 0; s < REPORT_SEASONS; s++)
        n += season == REPORT_YEAR || season == s ? by_season[s] : 0;
    return n;
}

static void nights(const report *r, FILE *file)
{
    const autan_city_report *wanted = &r->town->city.report;
    for (size_t k = 0; k < r->n_zones; k++) {
        const report_zone *z = &r->zone[k];
        const report_results *n = &z->result;
        for (int s = 0; s <= REPORT_SEASONS; s++) {
            night_row(file, z, s, "tropical_nights", "20", &n->tropical[s], "1",
                      total(n->nights, s));
            night_row(file, z, s, "mean_night_minimum", "", &n->lowest[s], "degC",
                      total(n->nights, s));
            for (size_t t = 0; t < wanted->n_thresholds; t++) {
                char threshold[32];
                g_snprintf(threshold, sizeof threshold, "%.4g", wanted->threshold[t]);
                night_row(file, z, s, "hours_at_or_above", threshold, &n->above[t][s],
                          "h", total(n->hours, s));
            }
            night_row(file, z, s, "cooling_after_sunset", "", &n->cooling[s], "K h-1",
                      total(n->evenings, s));
        }
        night_row(file, z, REPORT_YEAR, "longest_run_of_tropical_nights", "20", &n->run,
                  "1", total(n->nights, REPORT_YEAR));
    }
}

static void effects(const report *r, FILE *file)
{
    for (size_t e = 0; e < r->n_effects; e++) {
        const report_effect *effect = &r->effect[e];
        for (int s = 0; s < REPORT_SEASONS; s++) {
            for (int h = 0; h < REPORT_HOURS + REPORT_PARTS; h++) {
                const bool is_part = h >= REPORT_HOURS;
                const report_number *number =
                    is_part ? &effect->part[s][h - REPORT_HOURS] : &effect->hour[s][h];
                char hour[8];
                if (isnan(number->value))
                    continue;
                g_snprintf(hour, sizeof hour, "%02d", h);
                print_name(file, r->town->city.covariate[effect->covariate].name);
                fprintf(file, ",%.6g,%.6g,%s,%s", effect->low, effect->high,
                        report_season_key[s],
                        is_part ? report_parts[h - REPORT_HOURS].key : hour);
                print_number(file, number, "K");
            }
        }
    }
}

autan_status report_write_tables(const report *r, const char *folder, autan_error *err)
{
    static const struct {
        const char *name, *header;
        table_body body;
    } table[] = {
        {"zones.csv", "kind,zone,places,lcz", zones},
        {"heat_island.csv",
         "kind,zone,season,hours,statistic,value,standard_error,low,high,unit",
         heat_island},
        {"nights.csv",
         "kind,zone,season,statistic,threshold,out_of,value,standard_error,low,high,"
         "unit",
         nights},
        {"effects.csv",
         "covariate,from,to,season,hours,value,standard_error,low,high,unit", effects},
    };
    autan_status status = AUTAN_OK;
    for (size_t k = 0; status == AUTAN_OK && k < sizeof table / sizeof *table; k++)
        status =
            write_table(r, folder, table[k].name, table[k].header, table[k].body, err);
    return status;
}
