#include "energy.h"

#include <glib.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>

#include "message.h"

/* A core of a server or a desktop of the 2020s under load, its share of the rest of the
 * package included: 65 W to 150 W for 4 to 16 cores. */
static const double WATTS_A_CORE = 15.0;

static const char counters[] = "/sys/class/powercap";

static bool read_number(const char *folder, const char *name, double *value)
{
    char *path = g_build_filename(counters, folder, name, NULL), *text = NULL;
    bool there = g_file_get_contents(path, &text, NULL, NULL);
    if (there)
        *value = g_ascii_strtod(text, NULL);
    g_free(text);
    g_free(path);
    return there;
}

/* Packages are intel-rapl:N, their parts intel-rapl:N:M. */
static bool is_package(const char *name)
{
    const char *colon = strchr(name, ':');
    return g_str_has_prefix(name, "intel-rapl:") && colon && !strchr(colon + 1, ':');
}

energy_mark energy_start(void)
{
    GDir *folder = g_dir_open(counters, 0, NULL);
    double sum = 0.0, value;
    bool any = false;
    for (const char *name; folder && (name = g_dir_read_name(folder));) {
        if (is_package(name) && read_number(name, "energy_uj", &value)) {
            sum += value * 1e-6;
            any = true;
        }
    }
    if (folder)
        g_dir_close(folder);
    return (energy_mark){any ? sum : NAN};
}

static double seconds_of(const struct timeval *t)
{
    return (double)t->tv_sec + 1e-6 * (double)t->tv_usec;
}

void energy_say(const energy_mark *since, const char *what)
{
    const double joules = energy_start().joules - since->joules;
    struct rusage used;
    double cpu;
    if (getrusage(RUSAGE_SELF, &used) != 0)
        return;
    cpu = seconds_of(&used.ru_utime) + seconds_of(&used.ru_stime);
    /* Counters start again at 0 after some hours. */
    if (joules > 0.0)
        message_detail(
            "%s: %.1f s of a processor, %.3f Wh (measured, the whole machine)", what,
            cpu, joules / 3600.0);
    else
        message_detail("%s: %.1f s of a processor, about %.3f Wh (at %.0f W a core)",
                       what, cpu, cpu * WATTS_A_CORE / 3600.0, WATTS_A_CORE);
}
