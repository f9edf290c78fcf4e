/* SHA256SUMS of a folder. */
#include <errno.h>
#include <string.h>

#include "files/outfile.h"
#include "files/publish/document.h"
#include "files/publish/text.h"

static int by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

autan_status autan_write_checksums(const char *folder, autan_error *err)
{
    GDir *entries = g_dir_open(folder, 0, NULL);
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    GString *list = g_string_new(NULL);
    autan_status status = AUTAN_OK;
    const char *entry;
    if (!entries)
        status = autan_fail(err, AUTAN_IO, "%s: cannot be read: %s", folder,
                            g_strerror(errno));
    while (entries && (entry = g_dir_read_name(entries)))
        g_ptr_array_add(names, g_strdup(entry));
    g_ptr_array_sort(names, by_name);
    for (guint k = 0; status == AUTAN_OK && k < names->len; k++) {
        char *path = g_strdup_printf("%s/%s", folder, (char *)names->pdata[k]), *sum;
        size_t bytes;
        status = autan_text_checksum(path, &sum, &bytes, err);
        if (status == AUTAN_OK) {
            g_string_append_printf(list, "%s  %s\n", sum, (char *)names->pdata[k]);
            g_free(sum);
        }
        g_free(path);
    }
    if (status == AUTAN_OK) {
        char *path = g_strdup_printf("%s/SHA256SUMS", folder);
        status = autan_outfile_write_text(path, list->str, err);
        g_free(path);
    }
    if (entries)
        g_dir_close(entries);
    g_ptr_array_free(names, TRUE);
    g_string_free(list, TRUE);
    return status;
}
