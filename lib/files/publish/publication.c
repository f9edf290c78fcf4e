#include "files/publish.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/folder.h"
#include "files/publish/document.h"
#include "files/publish/form.h"
#include "files/publish/maps.h"
#include "files/publish/text.h"

struct autan_publication {
    const autan_city *city;
    char *folder;
    bool fresh; /* the folder was made here */
    int lock;
    autan_time date;
    autan_notice notice;
    char *missing; /* forms that cannot be made here */
};

static char *missing_forms(void)
{
    GString *list = g_string_new(NULL);
    const autan_form *form;
    for (size_t k = 0; (form = autan_form_get(k)); k++) {
        if (!autan_form_available(form))
            g_string_append_printf(list, "%s%s", list->len ? ", " : "", form->file);
    }
    return g_string_free(list, FALSE);
}

autan_status autan_publication_open(const autan_city *city, const char *folder,
                                    autan_time date, autan_publication **publication,
                                    autan_error *err)
{
    struct stat info;
    const bool fresh = stat(folder, &info) != 0;
    int lock;
    autan_publication *made;
    autan_status status = autan_folder_lock(folder, &lock, err);
    if (status != AUTAN_OK)
        return status;
    made = g_new0(autan_publication, 1);
    made->city = city;
    made->folder = g_strdup(folder);
    made->fresh = fresh;
    made->lock = lock;
    made->date = date;
    made->missing = missing_forms();
    autan_notice_make(city, &made->notice);
    *publication = made;
    return AUTAN_OK;
}

void autan_publication_close(autan_publication *publication)
{
    if (!publication)
        return;
    /* Only when nothing came into it. */
    if (publication->fresh)
        rmdir(publication->folder);
    autan_folder_unlock(publication->lock);
    autan_notice_clear(&publication->notice);
    g_free(publication->missing);
    g_free(publication->folder);
    g_free(publication);
}

const char *autan_publish_missing(const autan_publication *publication)
{
    return publication->missing;
}

const char *autan_publish_gdal(void)
{
    return autan_gdal_version();
}

/* The number and fingerprint of the issue in a folder; 0 when there is no folder. */
static autan_status read_former(const char *folder, unsigned *number,
                                char **fingerprint, autan_error *err)
{
    char *path = g_strdup_printf("%s/datapackage.json", folder);
    json_t *package = NULL, *own;
    const char *print;
    struct stat info;
    autan_status status;
    *number = 0;
    *fingerprint = NULL;
    if (stat(folder, &info) != 0 && errno == ENOENT) {
        g_free(path);
        return AUTAN_OK;
    }
    status = autan_text_read_json(path, &package, err);
    if (status == AUTAN_NOT_FOUND)
        status =
            autan_fail(err, AUTAN_BAD_FORMAT,
                       "%s: is there and has no datapackage.json, so that it was not "
                       "published by autan; move it away",
                       folder);
    if (status == AUTAN_OK) {
        own = json_object_get(package, "autan");
        print = json_string_value(json_object_get(own, "fingerprint"));
        *number = (unsigned)json_integer_value(json_object_get(own, "issue"));
        *fingerprint = g_strdup(print);
        if (!print || *number < 1)
            status =
                autan_fail(err, AUTAN_BAD_FORMAT,
                           "%s: does not say the issue it is of, expected what autan "
                           "publish wrote; move the folder away",
                           path);
    }
    json_decref(package);
    g_free(path);
    return status;
}

static autan_status write_forms(const autan_issue *issue, const char *folder,
                                autan_error *err)
{
    const autan_form *form;
    autan_status status = AUTAN_OK;
    for (size_t k = 0; status == AUTAN_OK && (form = autan_form_get(k)); k++) {
        char *path;
        if (!autan_form_available(form))
            continue;
        path = g_strdup_printf("%s/%s", folder, form->file);
        status = form->write(form, issue, path, err);
        g_free(path);
    }
    return status;
}

static autan_status write_month(const autan_publication *p, const autan_issue *issue,
                                autan_error *err)
{
    autan_folder *folder;
    const char *path;
    autan_status status = autan_folder_open(p->folder, issue->month, &folder, err);
    if (status != AUTAN_OK)
        return status;
    path = autan_folder_path(folder);
    status = write_forms(issue, path, err);
    if (status == AUTAN_OK)
        status = autan_write_readme(issue, path, err);
    if (status == AUTAN_OK)
        status = autan_write_datapackage(issue, path, err);
    if (status == AUTAN_OK)
        status = autan_write_checksums(path, err);
    if (status == AUTAN_OK)
        return autan_folder_commit(folder, err);
    autan_folder_abandon(folder);
    return status;
}

static void fill_report(const autan_issue *issue, autan_published_month *report)
{
    *report = (autan_published_month){.issue = issue->number,
                                      .readings = issue->data.n,
                                      .stations = issue->n_members,
                                      .added = issue->changes.added,
                                      .corrected = issue->changes.corrected,
                                      .removed = issue->changes.removed,
                                      .flags = issue->changes.flags,
                                      .unknown = issue->data.unknown};
    g_strlcpy(report->month, issue->month, sizeof report->month);
}

autan_status autan_publish_readings(autan_publication *publication,
                                    autan_archive *archive,
                                    const autan_station_table *stations,
                                    autan_time from, autan_published_month *report,
                                    autan_error *err)
{
    autan_issue issue;
    char *folder, *fingerprint = NULL;
    unsigned former = 0;
    bool same;
    autan_status status = autan_issue_read(archive, publication->city, stations,
                                           &publication->notice, from, &issue, err);
    if (status != AUTAN_OK)
        return status;
    folder = g_strdup_printf("%s/%s", publication->folder, issue.month);
    status = read_former(folder, &former, &fingerprint, err);
    same = fingerprint && strcmp(fingerprint, issue.fingerprint) == 0;
    issue.number = same ? former : former + 1;
    issue.date = publication->date != INT64_MIN
                     ? publication->date
                     : issue.data.reading[issue.data.n - 1].time;
    if (status == AUTAN_OK && !same)
        status = autan_changes_find(&issue, former ? folder : NULL, err);
    if (status == AUTAN_OK && !same)
        status = write_month(publication, &issue, err);
    if (status == AUTAN_OK) {
        fill_report(&issue, report);
        report->same = same;
    }
    g_free(fingerprint);
    g_free(folder);
    autan_issue_clear(&issue);
    return status;
}

static gint by_month(gconstpointer a, gconstpointer b)
{
    const autan_published *l = a, *r = b;
    return strcmp(l->month, r->month);
}

static bool is_month(const char *name)
{
    return strlen(name) == 7 && g_ascii_isdigit(name[0]) && g_ascii_isdigit(name[1]) &&
           g_ascii_isdigit(name[2]) && g_ascii_isdigit(name[3]) && name[4] == '-' &&
           g_ascii_isdigit(name[5]) && g_ascii_isdigit(name[6]);
}

static autan_status read_months(const char *folder, const char *file, GArray *months,
                                autan_error *err)
{
    GDir *entries = g_dir_open(folder, 0, NULL);
    autan_status status = AUTAN_OK;
    const char *name;
    if (!entries)
        return autan_fail(err, AUTAN_IO, "%s: cannot be read: %s", folder,
                          g_strerror(errno));
    while (status == AUTAN_OK && (name = g_dir_read_name(entries))) {
        autan_published made = {0};
        char *path;
        if (!is_month(name))
            continue;
        path = g_strdup_printf("%s/%s/%s", folder, name, file);
        status = autan_text_read_json(path, &made.package, err);
        made.month = g_strdup(name);
        g_array_append_val(months, made);
        g_free(path);
    }
    g_dir_close(entries);
    g_array_sort(months, by_month);
    return status;
}

static void free_months(GArray *months)
{
    for (guint k = 0; k < months->len; k++) {
        autan_published *m = &g_array_index(months, autan_published, k);
        g_free(m->month);
        json_decref(m->package);
    }
    g_array_free(months, TRUE);
}

static autan_status write_collection(const autan_publication *p, const char *parent,
                                     autan_error *err)
{
    GArray *months = g_array_new(FALSE, FALSE, sizeof(autan_published));
    autan_status status = read_months(parent, "catalog.json", months, err);
    if (status == AUTAN_OK)
        status = autan_stac_collection(
            &p->notice, parent, months->len,
            (const autan_published *)(const void *)months->data, err);
    free_months(months);
    return status;
}

autan_status
autan_publish_maps(autan_publication *publication, const char *folder, autan_time month,
                   void (*report)(const autan_published_maps *made, void *user),
                   void *user, autan_error *err)
{
    char *parent = g_strdup_printf("%s/maps", publication->folder);
    GArray *list = autan_maps_list(folder, err);
    autan_map_file *map = list ? (autan_map_file *)(void *)list->data : NULL;
    size_t published = 0;
    int lock = -1;
    autan_status status = list ? AUTAN_OK : AUTAN_NOT_FOUND;
    if (status == AUTAN_OK)
        status = autan_folder_lock(parent, &lock, err);
    for (size_t first = 0, n; status == AUTAN_OK && first < list->len; first += n) {
        const autan_time from = autan_month_of(map[first].time);
        autan_published_maps made = {0};
        char text[AUTAN_TIME_TEXT];
        for (n = 1;
             first + n < list->len && autan_month_of(map[first + n].time) == from;)
            n++;
        if (month != INT64_MIN && month != from)
            continue;
        status = autan_maps_publish(&publication->notice, folder, parent, n,
                                    &map[first], &made.same, err);
        autan_time_format(from, text);
        g_strlcpy(made.month, text, sizeof "2025-07");
        made.maps = n;
        published += n;
        if (status == AUTAN_OK && report)
            report(&made, user);
    }
    if (status == AUTAN_OK && published == 0)
        status =
            autan_fail(err, AUTAN_NO_DATA,
                       "%s: no map VARIABLE_YYYYMMDDTHHMMZ.tif of that time is there; "
                       "make some with map --geotiff",
                       folder);
    if (status == AUTAN_OK)
        status = write_collection(publication, parent, err);
    if (lock >= 0)
        autan_folder_unlock(lock);
    if (list)
        g_array_free(list, TRUE);
    g_free(parent);
    return status;
}

autan_status autan_publish_catalogue(autan_publication *publication, autan_error *err)
{
    GArray *months = g_array_new(FALSE, FALSE, sizeof(autan_published));
    char *collection = g_strdup_printf("%s/maps/collection.json", publication->folder);
    json_t *maps = NULL;
    autan_status status =
        read_months(publication->folder, "datapackage.json", months, err);
    if (status == AUTAN_OK)
        status = autan_text_read_json(collection, &maps, err);
    if (status == AUTAN_NOT_FOUND)
        status = AUTAN_OK;
    if (status == AUTAN_OK)
        status = autan_write_catalogue(
            publication->city, &publication->notice, publication->folder, months->len,
            (const autan_published *)(const void *)months->data, maps, err);
    json_decref(maps);
    g_free(collection);
    free_months(months);
    return status;
}
