/* The forms in which an issue is published: one file and one row of the table each. */
#ifndef AUTAN_FILES_PUBLISH_FORM_H
#define AUTAN_FILES_PUBLISH_FORM_H

#include <stdbool.h>

#include "base/status.h"
#include "files/publish/issue.h"
#include "files/publish/table.h"

typedef struct autan_form autan_form;
struct autan_form {
    const char *file; /* its name in the folder of the month */
    const char *name; /* of the resource in datapackage.json */
    autan_table_id table;
    const char *media_type;
    const char *file_type; /* of the authority table of the Publications Office */
    bool tabular;          /* described by a Table Schema */
    const char *driver;    /* of GDAL, NULL: own code */
    autan_status (*write)(const autan_form *form, const autan_issue *issue,
                          const char *path, autan_error *err);
};

/* The forms in order; NULL after the last. */
const autan_form *autan_form_get(size_t k);

/* Whether the form can be written here: its driver is there. */
bool autan_form_available(const autan_form *form);

autan_status autan_form_csv(const autan_form *form, const autan_issue *issue,
                            const char *path, autan_error *err);
autan_status autan_form_netcdf(const autan_form *form, const autan_issue *issue,
                               const char *path, autan_error *err);
autan_status autan_form_gdal(const autan_form *form, const autan_issue *issue,
                             const char *path, autan_error *err);

/* A table by a driver of GDAL; date is what GeoPackage notes. */
autan_status autan_gdal_write(const char *driver, const autan_table *table,
                              autan_time date, const char *path, autan_error *err);

/* GDAL's version, and whether its driver of that name can make tables. */
const char *autan_gdal_version(void);
bool autan_gdal_has(const char *driver);

#endif
