/* autan qc: checks the archive's readings and keeps their flags beside them. */
#include "command.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files/archive.h"
#include "files/archive_flags.h"
#include "files/city.h"
#include "files/limits_file.h"
#include "files/station_file.h"
#include "message.h"
#include "options.h"
#include "qc/check.h"
#include "qc_expected.h"
#include "qc_report.h"

static const char help[] =
    "Usage: autan qc [options] CITY.ini\n"
    "Checks the readings of the archive. Flags are kept beside the readings, never "
    "over\n"
    "them; maps use what no check refused. Checking again gives the same flags.\n\n"
    "      --from T      first time to check (the archive's first)\n"
    "      --to T        last time to check, inclusive (the archive's last)\n"
    "      --report DIR  write what was found, with pictures, into a folder\n"
    "      --list        list the checks with their numbers for this city, and end\n"
    "  -q, --quiet       say errors only\n"
    "  -v, --verbose     name every finding\n"
    "  -h, --help        print this\n"
    "  -V, --version     print the version\n\n"
    "T is ISO 8601 UTC (2019-06-30T15:00Z); a bare date is that day's 00:00Z.\n";

enum { OPTION_REPORT = OPTION_FIRST_LONG, OPTION_LIST };

enum {
    DAY_S = 86400,
    SPAN_D = 366,   /* checked at a time, so that memory has a bound */
    BEFORE_D = 120, /* read before it: what drift and relocation look back to */
    AFTER_D = 14    /* read after it: what steps and offsets look ahead to */
};

typedef struct {
    autan_city city;
    autan_station_table stations;
    autan_archive *archive;
    autan_month_limits limits[AUTAN_VARIABLES];
    double *latitude, *longitude, *elevation;
    autan_time first, last; /* of what is to be checked */
    autan_time begin, end;  /* of the archive */
    int step_s;
    autan_panel panel[AUTAN_VARIABLES];
    bool present[AUTAN_VARIABLES];
    qc_report report;
} checking;

static autan_status out_of_memory(const checking *c, autan_error *err)
{
    return autan_fail(err, AUTAN_NO_MEMORY, "%s: out of memory", c->city.path);
}

static autan_time floor_to(autan_time time, int step_s)
{
    autan_time rest = time % step_s;
    return time - (rest < 0 ? rest + step_s : rest);
}

/* The archive's whole period, and the variables it holds. */
static autan_status find_extent(checking *c, autan_error *err)
{
    bool any = false;
    for (int v = 0; v < AUTAN_VARIABLES; v++) {
        autan_time first, last;
        autan_status status =
            autan_archive_period(c->archive, (autan_variable)v, &first, &last, err);
        if (status == AUTAN_NO_DATA)
            continue;
        if (status != AUTAN_OK)
            return status;
        c->begin = any && c->begin < first ? c->begin : first;
        c->end = any && c->end > last ? c->end : last;
        c->present[v] = any = true;
    }
    return any ? AUTAN_OK
               : autan_fail(err, AUTAN_NO_DATA, "%s: holds no reading; run ingest",
                            c->city.archive);
}

static autan_status open_city(const char *path, checking *c, autan_error *err)
{
    size_t n;
    autan_status status = autan_city_read(path, &c->city, err);
    if (status == AUTAN_OK)
        status = autan_station_file_read(c->city.stations, &c->stations, err);
    if (status == AUTAN_OK && c->city.qc_limits)
        status =
            autan_limits_file_read(c->city.qc_limits, &c->stations, c->limits, err);
    if (status == AUTAN_OK)
        status =
            autan_archive_open(c->city.archive, AUTAN_ARCHIVE_CHANGE, &c->archive, err);
    if (status == AUTAN_OK)
        status = find_extent(c, err);
    if (status != AUTAN_OK)
        return status;
    n = c->stations.n;
    c->latitude = malloc((3 * n + 1) * sizeof *c->latitude);
    if (!c->latitude)
        return out_of_memory(c, err);
    c->longitude = c->latitude + n;
    c->elevation = c->latitude + 2 * n;
    for (size_t i = 0; i < n; i++) {
        c->latitude[i] = c->stations.station[i].latitude;
        c->longitude[i] = c->stations.station[i].longitude;
        c->elevation[i] = c->stations.station[i].elevation;
    }
    return AUTAN_OK;
}

static void close_city(checking *c)
{
    qc_report_clear(&c->report);
    for (int v = 0; v < AUTAN_VARIABLES; v++) {
        autan_panel_clear(&c->panel[v]);
        autan_month_limits_clear(&c->limits[v]);
    }
    free(c->latitude);
    autan_archive_close(c->archive);
    autan_station_table_clear(&c->stations);
    autan_city_clear(&c->city);
}

/* Readings as they came, implausible ones too, from whole days on so that rows of a day
 * stay together. */
static autan_status read_panels(checking *c, autan_time from, autan_time to,
                                autan_error *err)
{
    const autan_reading_choice raw = {.implausible = true};
    autan_status status = AUTAN_OK;
    from = floor_to(from, DAY_S);
    to = floor_to(to + c->step_s - 1, c->step_s);
    for (int v = 0; status == AUTAN_OK && v < AUTAN_VARIABLES; v++) {
        autan_panel_clear(&c->panel[v]);
        if (!c->present[v])
            continue;
        if (autan_panel_make(from, to, c->step_s, c->stations.n, &c->panel[v]) !=
            AUTAN_OK)
            return out_of_memory(c, err);
        status = autan_archive_read_panel(c->archive, &c->stations, (autan_variable)v,
                                          raw, &c->panel[v], NULL, err);
    }
    return status;
}

static autan_status keep_findings(const checking *c, autan_variable variable,
                                  const autan_qc_details *details,
                                  autan_finding **finding, autan_error *err)
{
    *finding = malloc((details->n + 1) * sizeof **finding);
    if (!*finding)
        return out_of_memory(c, err);
    for (size_t k = 0; k < details->n; k++) {
        const autan_qc_detail *d = &details->detail[k];
        (*finding)[k] = (autan_finding){.variable = variable,
                                        .station = d->station,
                                        .mask = autan_qc_bit(d->check),
                                        .first = d->from,
                                        .last = d->until,
                                        .value = d->value,
                                        .statistic = d->statistic,
                                        .threshold = d->limit};
    }
    return AUTAN_OK;
}

static void name_findings(const checking *c, const autan_qc_details *details,
                          autan_variable variable, autan_time first, autan_time end)
{
    for (size_t k = 0; k < details->n; k++) {
        char text[256];
        if (details->detail[k].from < first || details->detail[k].from >= end)
            continue;
        autan_qc_detail_text(&details->detail[k], text, sizeof text);
        message_detail("%s %s: %s", c->stations.station[details->detail[k].station].id,
                       autan_variable_get(variable)->name, text);
    }
}

/* Keeps the flags of the rows and adds them to the report. */
static autan_status keep(checking *c, autan_flags *flags,
                         const autan_qc_details *details, autan_error *err)
{
    const char *meaning[AUTAN_QC_CHECKS];
    autan_finding *finding = NULL;
    autan_status status = keep_findings(c, flags->variable, details, &finding, err);
    for (int k = 0; k < AUTAN_QC_CHECKS; k++)
        meaning[k] = autan_qc_get((autan_qc_id)k)->name;
    flags->n_findings = details->n;
    flags->finding = finding;
    if (status == AUTAN_OK)
        status = autan_archive_write_flags(c->archive, &c->stations, flags,
                                           AUTAN_QC_CHECKS, meaning, err);
    if (status == AUTAN_OK && qc_report_add(&c->report, flags) != AUTAN_OK)
        status = out_of_memory(c, err);
    free(finding);
    return status;
}

/* Runs the checks; the comparison with the model's estimates, where it is asked for,
 * after the others, whose refusals it leaves out of the estimates. */
static autan_status run_checks(const checking *c, autan_qc_data *data, uint32_t *flag,
                               autan_qc_details *details, autan_error *err)
{
    const uint32_t kriging = autan_qc_bit(AUTAN_QC_KRIGING);
    autan_qc_settings settings = c->city.qc[data->variable];
    bool compare =
        settings.enabled & kriging && data->variable == AUTAN_AIR_TEMPERATURE;
    autan_panel expected = {0}, standard_error = {0};
    autan_status status = AUTAN_OK;
    if (compare) {
        settings.enabled &= ~kriging;
        status = autan_qc_run(data, &settings, flag, NULL);
        if (status == AUTAN_OK)
            status = qc_expected(c->city.path, data->panel, flag, &expected,
                                 &standard_error, err);
        if (status == AUTAN_OK) {
            data->expected = &expected;
            data->expected_error = &standard_error;
        }
    }
    if (status == AUTAN_OK) {
        status = autan_qc_run(data, &c->city.qc[data->variable], flag, details);
        if (status != AUTAN_OK)
            autan_fail(err, status, "%s: %s cannot be checked: %s", c->city.path,
                       autan_variable_get(data->variable)->name,
                       autan_status_text(status));
    }
    data->expected = data->expected_error = NULL;
    autan_panel_clear(&expected);
    autan_panel_clear(&standard_error);
    return status;
}

static autan_status check_variable(checking *c, autan_variable variable,
                                   autan_time first, autan_time end, autan_error *err)
{
    const autan_panel *panel = &c->panel[variable];
    autan_qc_data data = {.variable = variable,
                          .panel = panel,
                          .points = {.n = c->stations.n,
                                     .latitude = c->latitude,
                                     .longitude = c->longitude,
                                     .elevation = c->elevation},
                          .climate_low = c->limits[variable].low,
                          .climate_high = c->limits[variable].high,
                          .climate_by_station = true};
    autan_qc_details details = {0};
    uint32_t *flag = malloc((panel->n_times * panel->n_stations + 1) * sizeof *flag);
    autan_flags flags = {.variable = variable, .panel = panel, .flag = flag};
    autan_status status;
    for (int v = 0; v < AUTAN_VARIABLES; v++)
        data.other[v] = c->present[v] && v != (int)variable ? &c->panel[v] : NULL;
    status = flag ? run_checks(c, &data, flag, &details, err) : out_of_memory(c, err);
    if (status != AUTAN_OK)
        goto cleanup;
    while (flags.first < panel->n_times && autan_panel_time(panel, flags.first) < first)
        flags.first++;
    flags.last = flags.first;
    while (flags.last < panel->n_times && autan_panel_time(panel, flags.last) < end)
        flags.last++;
    name_findings(c, &details, variable, first, end);
    status = keep(c, &flags, &details, err);
cleanup:
    autan_qc_details_clear(&details);
    free(flag);
    return status;
}

/* Checks the rows of the panels from first to end (exclusive). */
static autan_status check_span(checking *c, autan_time first, autan_time end,
                               autan_error *err)
{
    autan_time from = first - (autan_time)BEFORE_D * DAY_S;
    autan_time to = end + (autan_time)AFTER_D * DAY_S;
    autan_status status = read_panels(c, from > c->begin ? from : c->begin,
                                      to < c->end ? to : c->end, err);
    for (int v = 0; status == AUTAN_OK && v < AUTAN_VARIABLES; v++) {
        if (c->present[v])
            status = check_variable(c, (autan_variable)v, first, end, err);
    }
    return status;
}

static autan_status check_all(checking *c, autan_error *err)
{
    autan_time span = (autan_time)SPAN_D * DAY_S;
    autan_status status =
        autan_archive_step(c->archive, c->begin, c->end, &c->step_s, err);
    if (status == AUTAN_OK && qc_report_new(&c->stations, &c->report) != AUTAN_OK)
        status = out_of_memory(c, err);
    for (autan_time from = c->first; status == AUTAN_OK && from <= c->last;
         from += span) {
        /* The row after the last reading's moment may hold it. */
        autan_time end = from + span <= c->last ? from + span : c->last + c->step_s;
        message_progress("days checked", (size_t)((from - c->first) / DAY_S),
                         (size_t)((c->last - c->first) / DAY_S + 1));
        status = check_span(c, from, end, err);
    }
    message_progress("days checked", 1, 1);
    return status;
}

static void list_checks(const autan_city *city)
{
    for (int k = 0; k < AUTAN_QC_CHECKS; k++) {
        const autan_qc_check *check = autan_qc_get((autan_qc_id)k);
        printf("%s: %s%s\n", check->name, check->summary,
               check->traits & AUTAN_QC_ON_REQUEST ? " (on request)" : "");
        for (int v = 0; v < AUTAN_VARIABLES; v++) {
            bool on = city->qc[v].enabled & autan_qc_bit((autan_qc_id)k);
            for (int j = 0; j < AUTAN_QC_THRESHOLDS && check->threshold[j].name; j++) {
                double value = city->qc[v].threshold[k][j];
                if (!isnan(value))
                    printf("    %s.%s.%s = %g ; %s%s\n",
                           autan_variable_get((autan_variable)v)->name, check->name,
                           check->threshold[j].name, value,
                           strcmp(check->threshold[j].unit, "unit") == 0
                               ? autan_variable_get((autan_variable)v)->unit
                               : check->threshold[j].unit,
                           on ? "" : ", off");
            }
        }
    }
}

typedef struct {
    options_period period;
    bool list;
    const char *report;
} arguments;

static autan_status run(const arguments *a, checking *c, autan_error *err)
{
    autan_status status;
    c->first = a->period.from > c->begin ? a->period.from : c->begin;
    c->last = a->period.to < c->end ? a->period.to : c->end;
    if (c->last < c->first)
        return autan_fail(err, AUTAN_NO_DATA,
                          "%s: holds no reading in the period asked for",
                          c->city.archive);
    status = check_all(c, err);
    if (status == AUTAN_OK)
        qc_report_say(&c->report);
    if (status == AUTAN_OK && a->report)
        status = qc_report_write(&c->report, &c->city, c->archive, c->step_s, a->report,
                                 err);
    return status;
}

int cmd_qc(int argc, char **argv)
{
    static const struct option options[] = {
        OPTIONS_COMMON,
        OPTIONS_PERIOD,
        {"report", required_argument, NULL, OPTION_REPORT},
        {"list", no_argument, NULL, OPTION_LIST},
        {NULL, 0, NULL, 0},
    };
    arguments a = {.period = OPTIONS_ALL_TIMES};
    checking c = {0};
    autan_error err = {0};
    autan_status status;
    const char *path;
    int option, code;

    while ((option = getopt_long(argc, argv, OPTIONS_COMMON_SHORT, options, NULL)) !=
           -1) {
        if (option == OPTION_FROM || option == OPTION_TO) {
            if (!options_take_period(option, &a.period))
                return 2;
        } else if (option == OPTION_REPORT) {
            a.report = optarg;
        } else if (option == OPTION_LIST) {
            a.list = true;
        } else if (options_common(option, argv, help, &code)) {
            return code;
        }
    }
    path = options_city(argc, argv, false);
    if (!path || !options_check_period(&a.period, false))
        return 2;
    if (a.list) {
        status = autan_city_read(path, &c.city, &err);
        if (status == AUTAN_OK)
            list_checks(&c.city);
    } else {
        status = open_city(path, &c, &err);
        if (status == AUTAN_OK)
            status = run(&a, &c, &err);
    }
    close_city(&c);
    return status == AUTAN_OK ? 0 : message_fail(&err);
}
