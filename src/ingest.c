#include "ingest.h"

#include <stdio.h>
#include <time.h>

#include "message.h"

enum { PROGRESS_ROWS = 1000 }; /* between two looks at the clock */

typedef struct {
    const char *path;
    autan_archive *archive;
    const autan_station_table *stations;
    autan_error *err;
    char progress[200]; /* what it is called */
    size_t rows;
    size_t outcome[AUTAN_ROW_OUTCOMES];
    size_t rejected[AUTAN_REJECTIONS];
    size_t first_line[AUTAN_REJECTIONS];
    char first_text[AUTAN_REJECTIONS][128];
} ingest;

static void on_rejected(autan_rejection reason, size_t line, const char *text,
                        void *user)
{
    ingest *in = user;
    if (in->rejected[reason]++ == 0) {
        in->first_line[reason] = line;
        snprintf(in->first_text[reason], sizeof in->first_text[reason], "%s",
                 text ? text : "");
    }
    message_detail("%s:%zu: rejected: %s%s%s", in->path, line,
                   autan_rejection_text(reason), text ? ": " : "", text ? text : "");
}

static autan_status on_observation(const autan_observation *row, size_t line,
                                   void *user)
{
    ingest *in = user;
    autan_row_outcome outcome;
    autan_status status =
        autan_archive_add(in->archive, in->stations, row, &outcome, in->err);
    if (status != AUTAN_OK)
        return status;
    in->outcome[outcome]++;
    if (++in->rows % PROGRESS_ROWS == 0)
        message_progress(in->progress, in->rows, 0);
    if (outcome == AUTAN_ROW_CONFLICT)
        on_rejected(AUTAN_REJECT_CONFLICT, line, in->stations->station[row->station].id,
                    in);
    return AUTAN_OK;
}

static size_t count_kept(const ingest *in)
{
    return in->outcome[AUTAN_ROW_NEW] + in->outcome[AUTAN_ROW_COMPLETED] +
           in->outcome[AUTAN_ROW_CORRECTED] + in->outcome[AUTAN_ROW_KNOWN];
}

static size_t count_rejected(const ingest *in)
{
    size_t rejected = 0;
    for (int k = 0; k < AUTAN_REJECTIONS; k++)
        rejected += in->rejected[k];
    return rejected;
}

static void report(const ingest *in)
{
    message_note(
        ngettext("%s: %zu row new, %zu completed, %zu corrected, %zu already known, "
                 "%zu rejected",
                 "%s: %zu rows new, %zu completed, %zu corrected, %zu already known, "
                 "%zu rejected",
                 in->outcome[AUTAN_ROW_NEW]),
        in->path, in->outcome[AUTAN_ROW_NEW], in->outcome[AUTAN_ROW_COMPLETED],
        in->outcome[AUTAN_ROW_CORRECTED], in->outcome[AUTAN_ROW_KNOWN],
        count_rejected(in));
    for (int k = 0; k < AUTAN_REJECTIONS; k++) {
        if (in->rejected[k])
            message_note("%s:%zu: %zu rejected: %s%s%s", in->path, in->first_line[k],
                         in->rejected[k], autan_rejection_text((autan_rejection)k),
                         in->first_text[k][0] ? "; first: " : "", in->first_text[k]);
    }
}

autan_status ingest_file(autan_archive *archive, const autan_source *source,
                         const char *name, autan_error *err)
{
    ingest in = {
        .path = name, .archive = archive, .stations = source->stations, .err = err};
    autan_observation_sink sink = {on_observation, on_rejected, &in};
    autan_status status = autan_archive_begin(archive, name, err);
    snprintf(in.progress, sizeof in.progress, "%s: rows", name);
    if (status != AUTAN_OK)
        return status;
    status = autan_format_read(source, &sink, err);
    if (status == AUTAN_OK && count_rejected(&in) > 0 && count_kept(&in) == 0)
        status = autan_fail(err, AUTAN_NO_DATA, "%s: no row of it could be kept", name);
    if (status == AUTAN_OK)
        status = autan_archive_commit(archive, err);
    else
        autan_archive_rollback(archive);
    if (status == AUTAN_OK || status == AUTAN_NO_DATA)
        report(&in);
    return status;
}
