#include "files/animation.h"

#include <gif_lib.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "files/colour.h"
#include "files/outfile.h"
#include "files/picture_draw.h"

/* The palette: of the scale, greys from white to ink, and the band's yellow to its ink.
 */
enum { SCALE = 128, GREYS = 96, BAND = 32, COLOURS = SCALE + GREYS + BAND };
enum { CACHE = 1 << 16 };

static const uint32_t paper_rgb = 0xffffff, ink_rgb = 0x101010, band_rgb = 0xffc933,
                      band_ink_rgb = 0x2b1d00;

struct autan_animation {
    char *path;
    int delay; /* 1/100 s */
    autan_outfile *out;
    autan_error *err; /* of the call at hand */
    autan_status status;
    GifFileType *gif;
    int width, height;
    uint32_t palette[COLOURS];
    /* Nearest entries of colours that were met. */
    uint32_t known[CACHE];
    GifByteType nearest[CACHE];
};

static uint32_t mix(uint32_t a, uint32_t b, double share)
{
    uint32_t mixed = 0;
    for (int shift = 0; shift < 24; shift += 8) {
        const double from = (double)(a >> shift & 0xff),
                     to = (double)(b >> shift & 0xff);
        mixed |= (uint32_t)lround(from + share * (to - from)) << shift;
    }
    return mixed;
}

static void fill_palette(autan_animation *a, const autan_colour_scale *scale)
{
    for (int k = 0; k < SCALE; k++) {
        const double place = (double)k / (SCALE - 1);
        /* A diverging scale between -1 and 1 is the whole table too. */
        a->palette[k] = scale->diverging ? autan_colour(scale, -1, 1, 2 * place - 1)
                                         : autan_colour(scale, 0, 1, place);
    }
    for (int k = 0; k < GREYS; k++)
        a->palette[SCALE + k] = mix(paper_rgb, ink_rgb, (double)k / (GREYS - 1));
    for (int k = 0; k < BAND; k++)
        a->palette[SCALE + GREYS + k] =
            mix(band_rgb, band_ink_rgb, (double)k / (BAND - 1));
}

static int distance(uint32_t a, uint32_t b)
{
    int sum = 0;
    for (int shift = 0; shift < 24; shift += 8) {
        const int d = (int)(a >> shift & 0xff) - (int)(b >> shift & 0xff);
        sum += d * d;
    }
    return sum;
}

static GifByteType find_colour(autan_animation *a, uint32_t rgb)
{
    const uint32_t slot = (rgb * 2654435761u) >> 16;
    if (a->known[slot] != rgb) {
        int best = 0;
        for (int k = 1; k < COLOURS; k++) {
            if (distance(a->palette[k], rgb) < distance(a->palette[best], rgb))
                best = k;
        }
        a->known[slot] = rgb;
        a->nearest[slot] = (GifByteType)best;
    }
    return a->nearest[slot];
}

static int write_bytes(GifFileType *gif, const GifByteType *bytes, int n)
{
    autan_animation *a = gif->UserData;
    if (a->status == AUTAN_OK)
        a->status = autan_outfile_write(a->out, bytes, (size_t)n, a->err);
    return a->status == AUTAN_OK ? n : 0;
}

/* What to say when giflib refuses: why the file could not be written, if that is it. */
static autan_status refused(autan_animation *a, autan_error *err)
{
    return a->status != AUTAN_OK
               ? a->status
               : autan_fail(err, AUTAN_NO_MEMORY, "%s: out of memory", a->path);
}

autan_status autan_animation_new(const char *path, const char *scale, int delay_ms,
                                 autan_animation **animation, autan_error *err)
{
    const autan_colour_scale *colours = autan_colour_scale_find(scale);
    autan_animation *a;
    autan_status status;
    int code;
    if (!colours)
        return autan_fail(err, AUTAN_NOT_FOUND, "%s: there is no colour scale '%s'",
                          path, scale);
    a = calloc(1, sizeof *a);
    if (!a || !(a->path = strdup(path))) {
        free(a);
        return autan_fail(err, AUTAN_NO_MEMORY, "%s: out of memory", path);
    }
    a->delay = (delay_ms + 5) / 10;
    a->err = err;
    memset(a->known, 0xff, sizeof a->known);
    fill_palette(a, colours);
    status = autan_outfile_open(path, &a->out, err);
    if (status == AUTAN_OK && !(a->gif = EGifOpen(a, write_bytes, &code)))
        status = refused(a, err);
    if (status != AUTAN_OK) {
        autan_animation_abandon(a);
        return status;
    }
    *animation = a;
    return AUTAN_OK;
}

/* Screen, palette, and that it starts again for ever. */
static bool start(autan_animation *a)
{
    static const GifByteType forever[3] = {1, 0, 0};
    ColorMapObject *map = GifMakeMapObject(COLOURS, NULL);
    bool good = map != NULL;
    for (int k = 0; good && k < COLOURS; k++)
        map->Colors[k] = (GifColorType){(GifByteType)(a->palette[k] >> 16),
                                        (GifByteType)(a->palette[k] >> 8),
                                        (GifByteType)a->palette[k]};
    EGifSetGifVersion(a->gif, true);
    good = good &&
           EGifPutScreenDesc(a->gif, a->width, a->height, 8, 0, map) == GIF_OK &&
           EGifPutExtensionLeader(a->gif, APPLICATION_EXT_FUNC_CODE) == GIF_OK &&
           EGifPutExtensionBlock(a->gif, 11, "NETSCAPE2.0") == GIF_OK &&
           EGifPutExtensionBlock(a->gif, sizeof forever, forever) == GIF_OK &&
           EGifPutExtensionTrailer(a->gif) == GIF_OK;
    GifFreeMapObject(map);
    return good;
}

static bool put_frame(autan_animation *a, cairo_surface_t *surface)
{
    const GraphicsControlBlock control = {DISPOSE_DO_NOT, false, a->delay,
                                          NO_TRANSPARENT_COLOR};
    const int stride = cairo_image_surface_get_stride(surface);
    const unsigned char *data = cairo_image_surface_get_data(surface);
    GifByteType *line = malloc((size_t)a->width), extension[4];
    bool good = line != NULL;
    EGifGCBToExtension(&control, extension);
    good = good &&
           EGifPutExtension(a->gif, GRAPHICS_EXT_FUNC_CODE, sizeof extension,
                            extension) == GIF_OK &&
           EGifPutImageDesc(a->gif, 0, 0, a->width, a->height, false, NULL) == GIF_OK;
    for (int y = 0; good && y < a->height; y++) {
        const uint32_t *pixel = (const uint32_t *)(const void *)(data + y * stride);
        for (int x = 0; x < a->width; x++)
            line[x] = find_colour(a, pixel[x] & 0xffffff);
        good = EGifPutLine(a->gif, line, a->width) == GIF_OK;
    }
    free(line);
    return good;
}

autan_status autan_animation_add(autan_animation *a, const autan_picture *picture,
                                 size_t n_maps, const autan_picture_map *map,
                                 autan_error *err)
{
    cairo_surface_t *surface = NULL;
    autan_status status =
        autan_picture_draw(picture, n_maps, map, a->path, &surface, err);
    if (status != AUTAN_OK)
        return status;
    const int width = cairo_image_surface_get_width(surface);
    const int height = cairo_image_surface_get_height(surface);
    a->err = err;
    cairo_surface_flush(surface);
    if (a->width == 0) {
        a->width = width;
        a->height = height;
        status = start(a) ? AUTAN_OK : refused(a, err);
    } else if (width != a->width || height != a->height) {
        status = autan_fail(err, AUTAN_BAD_ARGUMENT,
                            "%s: a frame of %d x %d pixels after others of %d x %d",
                            a->path, width, height, a->width, a->height);
    }
    if (status == AUTAN_OK && !put_frame(a, surface))
        status = refused(a, err);
    cairo_surface_destroy(surface);
    return status;
}

autan_status autan_animation_finish(autan_animation *a, autan_error *err)
{
    autan_status status = AUTAN_OK;
    int code;
    a->err = err;
    if (a->width == 0)
        status = autan_fail(err, AUTAN_NO_DATA, "%s: no frame", a->path);
    else if (EGifCloseFile(a->gif, &code) != GIF_OK)
        status = refused(a, err);
    if (a->width > 0)
        a->gif = NULL;
    if (status == AUTAN_OK) {
        status = autan_outfile_commit(a->out, err);
        a->out = NULL;
    }
    autan_animation_abandon(a);
    return status;
}

void autan_animation_abandon(autan_animation *a)
{
    int code;
    if (!a)
        return;
    if (a->gif) {
        /* What closing writes goes nowhere. */
        a->status = AUTAN_IO;
        EGifCloseFile(a->gif, &code);
    }
    autan_outfile_abandon(a->out);
    free(a->path);
    free(a);
}
