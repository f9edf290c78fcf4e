#include "files/chunkfile.h"

#include <float.h>
#include <glib.h>
#include <hdf5.h>
#include <libdeflate.h>
#include <math.h>
#include <omp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clones.h"
#include "files/hdf5_sink.h"
#include "files/planes.h"

enum {
    RANK = 4,        /* of members */
    BATCH_CHUNKS = 8 /* of a thread, compressed before any is written */
};

/* The last chunk written of a variable, to look at when all is done. */
typedef struct {
    char *name;
    int outer; /* dimensions of RANK that it does not have */
    hid_t dataset;
    size_t time, first_row, n_rows; /* n_rows 0: none */
    uint32_t crc;                   /* of the rows, fill values in place */
} variable;

/* What a thread needs to itself. */
typedef struct {
    autan_planes *planes;
    float *plain;            /* rows x columns */
    unsigned char *shuffled; /* its bytes */
} worker;

/* A chunk ready to be written. */
typedef struct {
    unsigned char *bytes;
    size_t n;
    uint32_t crc;
} stream;

struct autan_chunkfile {
    char *path, *name;
    autan_hdf5_sink sink;
    hid_t file;
    size_t n_variables;
    variable *variable;
    size_t n_times, rows, columns;
    float fill;
    int n_workers;
    worker *worker;
    size_t n_streams; /* chunks in a batch; there are twice as many */
    stream *stream;
};

/* HDF5's messages go into autan_error, not to the terminal. */
typedef struct {
    H5E_auto2_t print;
    void *data;
} printer;

static printer quiet(void)
{
    printer before = {NULL, NULL};
    H5Eget_auto2(H5E_DEFAULT, &before.print, &before.data);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    return before;
}

static void loud(printer before)
{
    H5Eset_auto2(H5E_DEFAULT, before.print, before.data);
}

static herr_t keep_message(unsigned depth, const H5E_error2_t *entry, void *data)
{
    if (depth == 0 && entry->desc)
        g_string_assign(data, entry->desc);
    return 0;
}

/* The system's reason where it was the system, else HDF5's innermost message. */
static autan_status failed(const autan_chunkfile *f, const char *what, autan_error *err)
{
    GString *text = g_string_new("HDF5 gives no reason");
    if (f->sink.reason != 0)
        g_string_assign(text, strerror(f->sink.reason));
    else
        H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_message, text);
    autan_fail(err, AUTAN_IO, "%s: cannot be %s: %s", f->path, what, text->str);
    g_string_free(text, TRUE);
    return AUTAN_IO;
}

/* To write, through the sink; to read, as any program would, but without a lock, which
 * some file systems do not have. */
static hid_t open_file(autan_chunkfile *f, bool to_write)
{
    hid_t access =
        to_write ? autan_hdf5_sink_access(&f->sink) : H5Pcreate(H5P_FILE_ACCESS);
    hid_t file = -1;
    if (access >= 0 && H5Pset_file_locking(access, false, true) >= 0 &&
        H5Pset_fclose_degree(access, H5F_CLOSE_STRONG) >= 0)
        file = H5Fopen(f->name, to_write ? H5F_ACC_RDWR : H5F_ACC_RDONLY, access);
    if (access >= 0)
        H5Pclose(access);
    return file;
}

static autan_status open_all(autan_chunkfile *f, bool to_write, autan_error *err)
{
    f->file = open_file(f, to_write);
    if (f->file < 0)
        return failed(f, "opened", err);
    for (size_t v = 0; v < f->n_variables; v++) {
        f->variable[v].dataset = H5Dopen2(f->file, f->variable[v].name, H5P_DEFAULT);
        if (f->variable[v].dataset < 0)
            return failed(f, "opened", err);
    }
    return AUTAN_OK;
}

/* Closes every handle, even when one fails. */
static bool close_all(autan_chunkfile *f)
{
    bool good = true;
    for (size_t v = 0; v < f->n_variables; v++) {
        if (f->variable[v].dataset >= 0 && H5Dclose(f->variable[v].dataset) < 0)
            good = false;
        f->variable[v].dataset = -1;
    }
    if (f->file >= 0 && H5Fclose(f->file) < 0)
        good = false;
    f->file = -1;
    return good;
}

static void free_workers(autan_chunkfile *f)
{
    for (int k = 0; k < f->n_workers; k++) {
        autan_planes_free(f->worker[k].planes);
        free(f->worker[k].plain);
        free(f->worker[k].shuffled);
    }
    for (size_t k = 0; f->stream && k < 2 * f->n_streams; k++)
        free(f->stream[k].bytes);
    free(f->worker);
    free(f->stream);
    f->worker = NULL;
    f->stream = NULL;
    f->n_workers = 0;
    f->n_streams = 0;
}

static void free_file(autan_chunkfile *f)
{
    free_workers(f);
    for (size_t v = 0; v < f->n_variables; v++)
        g_free(f->variable[v].name);
    g_free(f->variable);
    g_free(f->path);
    g_free(f->name);
    g_free(f);
}

autan_status autan_chunkfile_open(const autan_chunkfile_info *info,
                                  autan_chunkfile **file, autan_error *err)
{
    autan_chunkfile *made = g_new(autan_chunkfile, 1);
    printer before = quiet();
    autan_status status;
    *made = (autan_chunkfile){.path = g_strdup(info->path),
                              .name = g_strdup(info->file),
                              .sink = {.descriptor = info->descriptor},
                              .file = -1,
                              .n_variables = info->n_variables,
                              .variable = g_new0(variable, info->n_variables),
                              .n_times = info->n_times,
                              .rows = info->rows,
                              .columns = info->columns,
                              .fill = info->fill};
    for (size_t v = 0; v < info->n_variables; v++) {
        made->variable[v].name = g_strdup(info->variable[v]);
        made->variable[v].outer = info->members[v] ? 0 : info->timeless[v] ? 2 : 1;
        made->variable[v].dataset = -1;
    }
    status = open_all(made, true, err);
    loud(before);
    if (status == AUTAN_OK)
        *file = made;
    else
        autan_chunkfile_abandon(made);
    return status;
}

static size_t chunk_bytes(const autan_chunkfile *f)
{
    return f->rows * f->columns * sizeof(float);
}

static bool make_worker(const autan_chunkfile *f, worker *w)
{
    *w = (worker){.planes = autan_planes_new(f->rows * f->columns),
                  .plain = malloc(chunk_bytes(f)),
                  .shuffled = malloc(chunk_bytes(f))};
    return w->planes && w->plain && w->shuffled;
}

static bool make_stream(const autan_chunkfile *f, stream *s)
{
    s->bytes = malloc(autan_planes_bound(f->worker->planes));
    return s->bytes != NULL;
}

/* A worker for each of n threads, and streams for a batch. */
static bool make_all(autan_chunkfile *f, int n)
{
    const size_t streams = BATCH_CHUNKS * (size_t)n;
    bool good;
    f->worker = calloc((size_t)n, sizeof *f->worker);
    f->stream = calloc(2 * streams, sizeof *f->stream);
    good = f->worker && f->stream;
    for (; good && f->n_workers < n; f->n_workers++)
        good = make_worker(f, &f->worker[f->n_workers]);
    for (size_t k = 0; good && k < 2 * streams; k++)
        good = make_stream(f, &f->stream[k]);
    f->n_streams = streams;
    return good;
}

/* There may be more threads than in the call before. */
static autan_status make_workers(autan_chunkfile *f, autan_error *err)
{
    int n = omp_get_max_threads();
    if (n <= f->n_workers)
        return AUTAN_OK;
    free_workers(f);
    if (make_all(f, n))
        return AUTAN_OK;
    free_workers(f);
    return autan_fail(err, AUTAN_NO_MEMORY, "%s: out of memory", f->path);
}

/* Rounds to the nearest multiple, halves to even: adding and taking away 1.5 * 2^52
 * leaves no fraction, which vectorises where rint() does not. What is too large for
 * that has no fraction, or loses less than a float shows. */
AUTAN_EVEN_CLONES static void round_row(size_t n, const float *value, double less,
                                        double quantum, float *rounded)
{
    const double magic = 0x1.8p52, inverse = 1 / quantum;
    const double whole = rint(less * inverse);
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        rounded[i] =
            (float)((((value[i] * inverse + magic) - magic) - whole) * quantum);
}

AUTAN_EVEN_CLONES static void subtract_row(size_t n, const float *value, double less,
                                           float *rest)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        rest[i] = (float)(value[i] - less);
}

AUTAN_EVEN_CLONES static void fill_row(size_t n, float fill, float *value)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        value[i] = fabsf(value[i]) <= FLT_MAX ? value[i] : fill;
}

/* HDF5's shuffle: the first bytes of all values, then the second ... */
AUTAN_EVEN_CLONES static void shuffle(size_t n, const float *value,
                                      unsigned char *shuffled)
{
    for (int byte = 0; byte < 4; byte++) {
        const unsigned char *from = (const unsigned char *)value + byte;
        unsigned char *to = shuffled + (size_t)byte * n;
#pragma omp simd
        for (size_t i = 0; i < n; i++)
            to[i] = from[4 * i];
    }
}

/* The chunk as it stands in the file, whole even at the edge of the grid. */
static void pack(const autan_chunkfile *f, const autan_chunk *c, worker *w, stream *s)
{
    const size_t columns = f->columns, n = f->rows * columns;
    for (size_t r = 0; r < c->n_rows; r++) {
        const float *value = c->value + r * c->row_stride;
        float *plain = w->plain + r * columns;
        if (c->quantum > 0)
            round_row(columns, value, c->less, c->quantum, plain);
        else
            subtract_row(columns, value, c->less, plain);
        fill_row(columns, f->fill, plain);
    }
    for (size_t i = c->n_rows * columns; i < n; i++)
        w->plain[i] = f->fill;
    s->crc = libdeflate_crc32(0, w->plain, c->n_rows * columns * sizeof(float));
    shuffle(n, w->plain, w->shuffled);
    s->n = autan_planes_deflate(w->planes, w->shuffled, s->bytes);
}

static autan_status put(autan_chunkfile *f, const autan_chunk *c, const stream *s,
                        autan_error *err)
{
    const hsize_t offset[RANK] = {c->time / f->n_times, c->time % f->n_times,
                                  c->first_row, 0};
    variable *v = &f->variable[c->variable];
    if (H5Dwrite_chunk(v->dataset, H5P_DEFAULT, 0, offset + v->outer, s->n, s->bytes) <
            0 ||
        f->sink.reason != 0)
        return failed(f, "written", err);
    v->time = c->time;
    v->first_row = c->first_row;
    v->n_rows = c->n_rows;
    v->crc = s->crc;
    return AUTAN_OK;
}

/* Chunks first .. first + count - 1, count being at most a batch; batches take the two
 * halves of the streams in turn. */
typedef struct {
    size_t first, count;
    stream *stream;
} batch;

static batch batch_at(autan_chunkfile *f, size_t k, size_t n)
{
    const size_t first = k * f->n_streams;
    return (batch){first, first < n ? MIN(f->n_streams, n - first) : 0,
                   f->stream + k % 2 * f->n_streams};
}

/* While one batch is compressed, the first thread writes the one before and then helps.
 * Threads that took turns writing would wait for each other after every chunk, and lose
 * much on a busy machine. */
autan_status autan_chunkfile_write(autan_chunkfile *file, size_t n,
                                   const autan_chunk *chunk, autan_error *err)
{
    autan_status status = make_workers(file, err);
    printer before = quiet();
    const size_t n_batches =
        status == AUTAN_OK ? (n + file->n_streams - 1) / file->n_streams : 0;
#pragma omp parallel num_threads(MAX(file->n_workers, 1))
    for (size_t b = 0; b < n_batches + 1; b++) {
        const batch now = batch_at(file, b, n);
#pragma omp master
        {
            const batch done = batch_at(file, b > 0 ? b - 1 : 0, b > 0 ? n : 0);
            for (size_t k = 0; status == AUTAN_OK && k < done.count; k++)
                status = put(file, &chunk[done.first + k], &done.stream[k], err);
        }
#pragma omp for schedule(dynamic, 1)
        for (size_t k = 0; k < now.count; k++)
            pack(file, &chunk[now.first + k], &file->worker[omp_get_thread_num()],
                 &now.stream[k]);
    }
    loud(before);
    return status;
}

static bool read_rows(const autan_chunkfile *f, const variable *v, float *value)
{
    const hsize_t start[RANK] = {v->time / f->n_times, v->time % f->n_times,
                                 v->first_row, 0};
    const hsize_t count[RANK] = {1, 1, v->n_rows, f->columns};
    hid_t space = H5Dget_space(v->dataset);
    hid_t memory = H5Screate_simple(RANK - v->outer, count + v->outer, NULL);
    bool good =
        space >= 0 && memory >= 0 &&
        H5Sselect_hyperslab(space, H5S_SELECT_SET, start + v->outer, NULL,
                            count + v->outer, NULL) >= 0 &&
        H5Dread(v->dataset, H5T_NATIVE_FLOAT, memory, space, H5P_DEFAULT, value) >= 0;
    if (memory >= 0)
        H5Sclose(memory);
    if (space >= 0)
        H5Sclose(space);
    return good;
}

static autan_status check_variable(const autan_chunkfile *f, const variable *v,
                                   float *value, autan_error *err)
{
    if (v->n_rows == 0)
        return AUTAN_OK;
    if (!read_rows(f, v, value))
        return failed(f, "read back", err);
    if (libdeflate_crc32(0, value, v->n_rows * f->columns * sizeof(float)) != v->crc)
        return autan_fail(err, AUTAN_IO, "%s: %s, read back, is not what was written",
                          f->path, v->name);
    return AUTAN_OK;
}

static autan_status check(autan_chunkfile *f, autan_error *err)
{
    float *value = malloc(f->rows * f->columns * sizeof *value);
    autan_status status =
        value ? open_all(f, false, err)
              : autan_fail(err, AUTAN_NO_MEMORY, "%s: out of memory", f->path);
    for (size_t v = 0; status == AUTAN_OK && v < f->n_variables; v++)
        status = check_variable(f, &f->variable[v], value, err);
    free(value);
    return status;
}

autan_status autan_chunkfile_close(autan_chunkfile *file, autan_error *err)
{
    printer before = quiet();
    autan_status status = AUTAN_OK;
    if (!close_all(file) || file->sink.reason != 0)
        status = failed(file, "written", err);
    else
        status = check(file, err);
    loud(before);
    autan_chunkfile_abandon(file);
    return status;
}

void autan_chunkfile_abandon(autan_chunkfile *file)
{
    printer before = quiet();
    if (file) {
        close_all(file);
        free_file(file);
    }
    loud(before);
}
