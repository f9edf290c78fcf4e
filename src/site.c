#include "site.h"

#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "files/outfile.h"

autan_status site_folder(const char *path, autan_error *err)
{
    if (g_mkdir_with_parents(path, 0777) != 0)
        return autan_fail(err, AUTAN_IO, "%s: cannot make the folder: %s", path,
                          g_strerror(errno));
    return AUTAN_OK;
}

autan_status site_write(const char *path, const void *bytes, size_t n, autan_error *err)
{
    char *there = NULL;
    gsize size = 0;
    const bool same = g_file_get_contents(path, &there, &size, NULL) && size == n &&
                      memcmp(there, bytes, n) == 0;
    autan_outfile *out = NULL;
    autan_status status;
    g_free(there);
    if (same)
        return AUTAN_OK;
    status = autan_outfile_open(path, &out, err);
    if (status != AUTAN_OK)
        return status;
    status = autan_outfile_write(out, bytes, n, err);
    if (status == AUTAN_OK)
        return autan_outfile_commit(out, err);
    autan_outfile_abandon(out);
    return status;
}

autan_status site_write_json(const char *path, const json_t *json, autan_error *err)
{
    char *text = json ? json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(10)) : NULL;
    autan_status status =
        text ? site_write(path, text, strlen(text), err)
             : autan_fail(err, AUTAN_NO_MEMORY, "%s: out of memory", path);
    free(text);
    return status;
}

json_t *site_read_json(const char *path)
{
    return json_load_file(path, 0, NULL);
}

json_t *site_number(double value, int decimals)
{
    const double scale = pow(10.0, decimals);
    return isfinite(value) ? json_real(round(value * scale) / scale) : json_null();
}

static bool is_twin(const char *name)
{
    return g_str_has_suffix(name, ".js");
}

/* Whether the twin was made after its file last changed. */
static bool is_fresh(const char *path, const char *twin)
{
    GStatBuf a, b;
    return g_stat(path, &a) == 0 && g_stat(twin, &b) == 0 &&
           (b.st_mtim.tv_sec > a.st_mtim.tv_sec ||
            (b.st_mtim.tv_sec == a.st_mtim.tv_sec &&
             b.st_mtim.tv_nsec >= a.st_mtim.tv_nsec));
}

static autan_status write_twin(const char *site, const char *path, const char *twin,
                               autan_error *err)
{
    char *bytes = NULL;
    gsize size = 0;
    GString *text;
    autan_status status;
    if (!g_file_get_contents(path, &bytes, &size, NULL))
        return autan_fail(err, AUTAN_IO, "%s: cannot be read", path);
    text = g_string_new("autanTake(\"");
    g_string_append(text, path + strlen(site) + 1);
    g_string_append(text, "\",");
    if (g_str_has_suffix(path, ".json")) {
        g_string_append_len(text, bytes, (gssize)size);
    } else {
        char *encoded = g_base64_encode((const guchar *)bytes, size);
        g_string_append_printf(text, "\"%s\"", encoded);
        g_free(encoded);
    }
    g_string_append(text, ");\n");
    status = site_write(twin, text->str, text->len, err);
    g_string_free(text, TRUE);
    g_free(bytes);
    return status;
}

autan_status site_twins(const char *site, const char *folder, bool wanted,
                        autan_error *err)
{
    GDir *dir = g_dir_open(folder, 0, NULL);
    const char *name;
    autan_status status = AUTAN_OK;
    while (dir && status == AUTAN_OK && (name = g_dir_read_name(dir))) {
        char *path = g_build_filename(folder, name, NULL);
        char *twin = g_strdup_printf("%s.js", path);
        if (is_twin(name)) {
            char *file = g_strndup(path, strlen(path) - strlen(".js"));
            if (!wanted || !g_file_test(file, G_FILE_TEST_EXISTS))
                g_unlink(path);
            g_free(file);
        } else if (wanted && !g_str_has_suffix(name, ".tmp") &&
                   g_file_test(path, G_FILE_TEST_IS_REGULAR) && !is_fresh(path, twin)) {
            status = write_twin(site, path, twin, err);
        }
        g_free(twin);
        g_free(path);
    }
    if (dir)
        g_dir_close(dir);
    return status;
}

void site_remove(const char *folder)
{
    GDir *dir = g_dir_open(folder, 0, NULL);
    const char *name;
    while (dir && (name = g_dir_read_name(dir))) {
        char *path = g_build_filename(folder, name, NULL);
        g_unlink(path);
        g_free(path);
    }
    if (dir)
        g_dir_close(dir);
    g_rmdir(folder);
}
