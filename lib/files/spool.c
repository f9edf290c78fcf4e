#include "files/spool.h"

#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files/outfile.h"
#include "ground/clip.h"

/* Bytes held before they go to the disk. */
static const size_t HELD_MAX = (size_t)256 << 20;

/* Before the points of each part and the coordinates. */
typedef struct {
    uint32_t rule, dimension, n_parts, n_points;
    float value, width;
    uint32_t block;
} header;

struct autan_spool {
    char *folder;
    const autan_frame *frame;
    size_t n_blocks, n_sources, source;
    GByteArray **held; /* n_blocks, NULL where nothing */
    size_t held_bytes;
    GMutex mutex;
};

autan_status autan_spool_open(const char *folder, const autan_frame *frame,
                              autan_spool **spool, autan_error *err)
{
    autan_spool *made = calloc(1, sizeof *made);
    if (made) {
        made->frame = frame;
        made->n_blocks = frame->blocks_x * frame->blocks_y;
        made->folder = strdup(folder);
        made->held = calloc(made->n_blocks, sizeof *made->held);
        g_mutex_init(&made->mutex);
    }
    if (!made || !made->folder || !made->held) {
        autan_spool_close(made);
        return autan_fail(err, AUTAN_NO_MEMORY, "%s: out of memory", folder);
    }
    *spool = made;
    return AUTAN_OK;
}

static void drop_held(autan_spool *s)
{
    for (size_t b = 0; s->held && b < s->n_blocks; b++) {
        if (s->held[b])
            g_byte_array_unref(s->held[b]);
        s->held[b] = NULL;
    }
    s->held_bytes = 0;
}

void autan_spool_close(autan_spool *spool)
{
    if (!spool)
        return;
    drop_held(spool);
    g_mutex_clear(&spool->mutex);
    free(spool->held);
    free(spool->folder);
    free(spool);
}

static char *block_path(const autan_spool *s, size_t source, size_t block)
{
    return g_strdup_printf("%s/%zu-%zu.shapes", s->folder, source, block);
}

static char *mark_path(const autan_spool *s, size_t source)
{
    return g_strdup_printf("%s/%zu.done", s->folder, source);
}

autan_status autan_spool_begin(autan_spool *s, size_t number, void *note, size_t size,
                               bool *done, autan_error *err)
{
    char *path = mark_path(s, number), *text = NULL;
    gsize length = 0;
    (void)err;
    s->source = number;
    s->n_sources = MAX(s->n_sources, number + 1);
    *done = g_file_get_contents(path, &text, &length, NULL) && length == size;
    if (*done)
        memcpy(note, text, size);
    g_free(text);
    g_free(path);
    for (size_t b = 0; !*done && b < s->n_blocks; b++) {
        path = block_path(s, number, b);
        g_unlink(path);
        g_free(path);
    }
    return AUTAN_OK;
}

static autan_status flush_block(autan_spool *s, size_t block, autan_error *err)
{
    GByteArray *bytes = s->held[block];
    char *path;
    FILE *file;
    bool good;
    if (!bytes)
        return AUTAN_OK;
    path = block_path(s, s->source, block);
    file = fopen(path, "ab");
    good = file && fwrite(bytes->data, 1, bytes->len, file) == bytes->len;
    if (file)
        good = fclose(file) == 0 && good;
    if (!good)
        autan_fail(err, AUTAN_IO, "%s: cannot write: %s", path, strerror(errno));
    g_free(path);
    return good ? AUTAN_OK : AUTAN_IO;
}

static autan_status flush(autan_spool *s, autan_error *err)
{
    autan_status status = AUTAN_OK;
    for (size_t b = 0; status == AUTAN_OK && b < s->n_blocks; b++)
        status = flush_block(s, b, err);
    drop_held(s);
    return status;
}

static size_t count_points(const autan_shape *shape)
{
    size_t n = 0;
    for (size_t p = 0; p < shape->n_parts; p++)
        n += shape->part[p];
    return n;
}

static void hold(autan_spool *s, size_t block, const autan_mark *item,
                 const autan_shape *shape)
{
    const header h = {.rule = item->rule,
                      .dimension = shape->dimension,
                      .n_parts = (uint32_t)shape->n_parts,
                      .n_points = (uint32_t)count_points(shape),
                      .value = item->value,
                      .width = item->width,
                      .block = (uint32_t)block};
    GByteArray *bytes = s->held[block];
    const guint before = bytes ? bytes->len : 0;
    if (!bytes)
        bytes = s->held[block] = g_byte_array_new();
    g_byte_array_append(bytes, (const guint8 *)&h, sizeof h);
    g_byte_array_append(bytes, (const guint8 *)shape->part,
                        (guint)(h.n_parts * sizeof *shape->part));
    g_byte_array_append(bytes, (const guint8 *)shape->xy,
                        (guint)(h.n_points * 2 * sizeof *shape->xy));
    s->held_bytes += bytes->len - before;
}

/* Room for what is left of a shape of n points. */
typedef struct {
    uint32_t *part;
    int32_t *xy;
} room;

static room room_for(size_t n)
{
    return (room){g_new(uint32_t, n + 1), g_new(int32_t, 4 * n)};
}

static void room_clear(room *r)
{
    g_free(r->part);
    g_free(r->xy);
}

/* What a shape has in the blocks from one to another of a row. */
static autan_shape clip_to_blocks(const autan_spool *s, size_t first, size_t last,
                                  const autan_shape *shape, int32_t reach,
                                  const room *to)
{
    const autan_window a = autan_frame_block(s->frame, first);
    const autan_window b = autan_frame_block(s->frame, last);
    const int32_t low[2] = {a.column * AUTAN_SUBPIXELS - reach,
                            a.row * AUTAN_SUBPIXELS - reach};
    const int32_t high[2] = {(b.column + b.nx) * AUTAN_SUBPIXELS + reach,
                             (b.row + b.ny) * AUTAN_SUBPIXELS + reach};
    return autan_clip(shape, low, high, to->part, to->xy);
}

/* Row by row, so that a long outline is not gone through for every block. */
static size_t hold_in_blocks(autan_spool *s, const size_t range[4],
                             const autan_mark *item, int32_t reach)
{
    const size_t n = count_points(&item->shape);
    room in_row = room_for(n), in_block = room_for(2 * n);
    size_t touched = 0;
    for (size_t row = range[2]; row < range[3]; row++) {
        const size_t first = row * s->frame->blocks_x + range[0];
        const size_t end = row * s->frame->blocks_x + range[1];
        const autan_shape strip =
            clip_to_blocks(s, first, end - 1, &item->shape, reach, &in_row);
        for (size_t block = first; strip.n_parts > 0 && block < end; block++) {
            const autan_shape shape =
                clip_to_blocks(s, block, block, &strip, reach, &in_block);
            if (shape.n_parts == 0)
                continue;
            hold(s, block, item, &shape);
            touched++;
        }
    }
    room_clear(&in_row);
    room_clear(&in_block);
    return touched;
}

autan_status autan_spool_add(autan_spool *s, const autan_mark *item, size_t *touched,
                             autan_error *err)
{
    const int32_t reach = (int32_t)(item->width / 2.0f) + AUTAN_SUBPIXELS;
    const size_t n = count_points(&item->shape);
    int32_t low[2] = {INT32_MAX, INT32_MAX}, high[2] = {INT32_MIN, INT32_MIN};
    size_t range[4];
    autan_status status = AUTAN_OK;

    for (size_t i = 0; i < n; i++) {
        for (int k = 0; k < 2; k++) {
            low[k] = MIN(low[k], item->shape.xy[2 * i + (size_t)k]);
            high[k] = MAX(high[k], item->shape.xy[2 * i + (size_t)k]);
        }
    }
    *touched = 0;
    if (n == 0)
        return AUTAN_OK;
    for (int k = 0; k < 2; k++) {
        low[k] -= reach;
        high[k] += reach;
    }
    if (!autan_frame_blocks(s->frame, low, high, range))
        return AUTAN_OK;
    g_mutex_lock(&s->mutex);
    if (range[1] - range[0] == 1 && range[3] - range[2] == 1) {
        hold(s, range[2] * s->frame->blocks_x + range[0], item, &item->shape);
        *touched = 1;
    } else {
        *touched = hold_in_blocks(s, range, item, reach);
    }
    if (s->held_bytes > HELD_MAX)
        status = flush(s, err);
    g_mutex_unlock(&s->mutex);
    return status;
}

autan_status autan_spool_end(autan_spool *s, const void *note, size_t size,
                             autan_error *err)
{
    char *path = mark_path(s, s->source);
    autan_outfile *out = NULL;
    autan_status status = flush(s, err);
    if (status == AUTAN_OK)
        status = autan_outfile_open(path, &out, err);
    if (status == AUTAN_OK) {
        status = autan_outfile_write(out, note, size, err);
        if (status == AUTAN_OK)
            status = autan_outfile_commit(out, err);
        else
            autan_outfile_abandon(out);
    }
    g_free(path);
    return status;
}

/* Appends what a block holds of a source. */
static autan_status load_block(const autan_spool *s, size_t source, size_t block,
                               GByteArray *bytes, autan_error *err)
{
    char *path = block_path(s, source, block), *text = NULL;
    gsize length = 0;
    GError *error = NULL;
    autan_status status = AUTAN_OK;
    if (g_file_test(path, G_FILE_TEST_EXISTS)) {
        if (!g_file_get_contents(path, &text, &length, &error))
            status = autan_fail(err, AUTAN_IO, "%s", error->message);
        else
            g_byte_array_append(bytes, (const guint8 *)text, (guint)length);
    }
    g_clear_error(&error);
    g_free(text);
    g_free(path);
    return status;
}

/* The record at `at`; the place of the next one. */
static size_t read_record(const autan_spool *s, const guint8 *data, size_t at,
                          autan_mark *item)
{
    header h;
    memcpy(&h, data + at, sizeof h);
    at += sizeof h;
    *item = (autan_mark){h.rule,
                         h.value,
                         h.width,
                         autan_frame_block(s->frame, h.block),
                         {(autan_dimension)h.dimension, h.n_parts,
                          (const uint32_t *)(const void *)(data + at), NULL}};
    at += h.n_parts * sizeof(uint32_t);
    item->shape.xy = (const int32_t *)(const void *)(data + at);
    return at + h.n_points * 2 * sizeof(int32_t);
}

/* Lists the records by rule, those of a rule in the order of the files. */
static autan_status list_records(const autan_spool *s, GByteArray *bytes,
                                 autan_spooled_list *list, autan_error *err)
{
    autan_mark item;
    size_t rules = 0, n = 0, *start;
    for (size_t at = 0; at < bytes->len; n++) {
        at = read_record(s, bytes->data, at, &item);
        rules = MAX(rules, item.rule + 1);
    }
    start = calloc(rules + 1, sizeof *start);
    list->item = malloc((n + 1) * sizeof *list->item);
    if (!start || !list->item) {
        free(start);
        return autan_fail(err, AUTAN_NO_MEMORY, "out of memory");
    }
    for (size_t at = 0; at < bytes->len;) {
        at = read_record(s, bytes->data, at, &item);
        start[item.rule + 1]++;
    }
    for (size_t r = 0; r < rules; r++)
        start[r + 1] += start[r];
    for (size_t at = 0; at < bytes->len;) {
        at = read_record(s, bytes->data, at, &item);
        list->item[start[item.rule]++] = item;
    }
    list->n = n;
    free(start);
    return AUTAN_OK;
}

/* Blocks that a window touches, as autan_frame_blocks has them; none: all 0. */
static void blocks_of(const autan_spool *s, const autan_window *window, size_t range[4])
{
    const int32_t low[2] = {window->column * AUTAN_SUBPIXELS,
                            window->row * AUTAN_SUBPIXELS};
    const int32_t high[2] = {(window->column + window->nx) * AUTAN_SUBPIXELS - 1,
                             (window->row + window->ny) * AUTAN_SUBPIXELS - 1};
    if (!autan_frame_blocks(s->frame, low, high, range))
        memset(range, 0, 4 * sizeof *range);
}

bool autan_spool_holds(const autan_spool *s, const autan_window *window)
{
    size_t range[4];
    bool any = false;
    blocks_of(s, window, range);
    for (size_t source = 0; source < s->n_sources; source++) {
        for (size_t row = range[2]; row < range[3]; row++) {
            for (size_t c = range[0]; !any && c < range[1]; c++) {
                char *path = block_path(s, source, row * s->frame->blocks_x + c);
                any = g_file_test(path, G_FILE_TEST_EXISTS);
                g_free(path);
            }
        }
    }
    return any;
}

autan_status autan_spool_load(const autan_spool *s, const autan_window *window,
                              autan_spooled_list *list, autan_error *err)
{
    GByteArray *bytes = g_byte_array_new();
    autan_spooled_list made = {0};
    autan_status status = AUTAN_OK;
    size_t range[4];

    blocks_of(s, window, range);
    for (size_t source = 0; source < s->n_sources; source++) {
        for (size_t row = range[2]; row < range[3]; row++) {
            for (size_t c = range[0]; status == AUTAN_OK && c < range[1]; c++)
                status =
                    load_block(s, source, row * s->frame->blocks_x + c, bytes, err);
        }
    }
    if (status == AUTAN_OK)
        status = list_records(s, bytes, &made, err);
    made.memory = g_byte_array_free(bytes, FALSE);
    if (status == AUTAN_OK)
        *list = made;
    else
        autan_spooled_list_clear(&made);
    return status;
}

void autan_spooled_list_clear(autan_spooled_list *list)
{
    free(list->item);
    g_free(list->memory);
    *list = (autan_spooled_list){0};
}
