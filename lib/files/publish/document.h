/* What stands beside the data: the data package, the pages to read, the checksums, the
 * catalogue. */
#ifndef AUTAN_FILES_PUBLISH_DOCUMENT_H
#define AUTAN_FILES_PUBLISH_DOCUMENT_H

#include <jansson.h>

#include "base/status.h"
#include "files/publish/issue.h"

/* Writes datapackage.json of the files that are in folder: Data Package with Table
 * Schema (specs.frictionlessdata.io, version 1). */
autan_status autan_write_datapackage(const autan_issue *issue, const char *folder,
                                     autan_error *err);

/* Writes LISEZMOI.md and README.md. */
autan_status autan_write_readme(const autan_issue *issue, const char *folder,
                                autan_error *err);

/* Writes SHA256SUMS of all files in folder, in the form of sha256sum. */
autan_status autan_write_checksums(const char *folder, autan_error *err);

/* A month that is published: its name and what describes it, datapackage.json of
 * readings, catalog.json of maps. */
typedef struct {
    char *month;
    json_t *package;
} autan_published;

/* Writes catalog.jsonld, DCAT-AP 2.1.1, and README.md of the folder that holds n
 * months, the earliest first. */
autan_status autan_write_catalogue(const autan_city *city, const autan_notice *notice,
                                   const char *folder, size_t n,
                                   const autan_published *month, const json_t *maps,
                                   autan_error *err);

#endif
