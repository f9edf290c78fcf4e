/* What memory and disk a covariate stack will take. */
#include "config.h"

#include "ground.h"

#include <glib.h>
#include <math.h>
#include <sys/statvfs.h>

#include "message.h"

static const double MIB = 1024.0 * 1024.0, GIB = 1024.0 * 1024.0 * 1024.0;

/* The program and its libraries; shapes on their way to the disk. */
static const double PROGRAM_MIB = 100.0, SHAPES_MIB = 256.0;

/* Memory below which, and disk below which, nothing is said unless asked. */
static const double MEMORY_SAID_MIB = 2048.0, DISK_SAID_GIB = 2.0;

static double squares(const ground *g)
{
    const double across = (double)g->frame.samples / (double)g->mask_side;
    return (double)g->city.grid.nx * (double)g->city.grid.ny * across * across;
}

static double memory_of(const ground *g)
{
    const double blocks = ground_block_threads(g) * ground_block_bytes(g) *
                          (g->n_values + g->n_masks > 0);
    double planes = 0.0;
    for (size_t k = 0; k < g->n_items; k++)
        planes = fmax(planes, ground_plane_bytes(g, &g->item[k]));
    return PROGRAM_MIB * MIB + ground_memory(g) / GROUND_CACHE_SHARE +
           fmax(fmax(blocks, planes), g->n_sources ? SHAPES_MIB * MIB : 0.0);
}

/* Blocks, a plane on its way, one that it is made of and one in between, the file and
 * what it is copied from; masks, labels and distances of squares. Shapes come on top.
 */
static double disk_of(const ground *g)
{
    const double cells = (double)g->city.grid.nx * (double)g->city.grid.ny;
    const double planes =
        (double)(g->n_values + 3) * sizeof(double) + 2.0 * sizeof(float);
    return cells * (planes + (double)g->n_items * sizeof(float)) +
           squares(g) * ((double)g->n_masks + (g->n_masks ? 1.0 + 4.0 + 8.0 : 0.0));
}

void ground_say_needs(const ground *g)
{
    const double memory = memory_of(g) / MIB, disk = disk_of(g) / GIB;
    struct statvfs file_system;
    const bool known = statvfs(g->work, &file_system) == 0;
    const double left =
        known ? (double)file_system.f_bavail * (double)file_system.f_frsize / GIB
              : INFINITY;
    void (*say)(const char *, ...) = memory > MEMORY_SAID_MIB || disk > DISK_SAID_GIB
                                         ? message_note
                                         : message_detail;
    say("it may take %.0f MiB of memory, and up to %.2g GiB of disk in %s besides "
        "shapes",
        memory, disk, g->work);
    if (disk > left)
        message_note("warning: %.2g GiB are left there", left);
}
