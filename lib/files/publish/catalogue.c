/* The catalogue of what is published: DCAT-AP 2.1.1 as JSON-LD, which data.gouv.fr
 * harvests, and a page to read. */
#include <string.h>

#include "files/outfile.h"
#include "files/publish/document.h"
#include "files/publish/form.h"
#include "files/publish/text.h"

#define AUTHORITY "http://publications.europa.eu/resource/authority/"

static json_t *iri(const char *value)
{
    return json_pack("{s:s}", "@id", value);
}

static json_t *typed(const char *value, const char *type)
{
    return json_pack("{s:s, s:s}", "@value", value, "@type", type);
}

static json_t *in_both(char *const text[AUTAN_LANGUAGES])
{
    return json_pack("[{s:s, s:s}, {s:s, s:s}]", "@value", text[AUTAN_FRENCH],
                     "@language", "fr", "@value", text[AUTAN_ENGLISH], "@language",
                     "en");
}

static json_t *context(void)
{
    static const char *const prefix[][2] = {
        {"adms", "http://www.w3.org/ns/adms#"},
        {"dcat", "http://www.w3.org/ns/dcat#"},
        {"dcatap", "http://data.europa.eu/r5r/"},
        {"dct", "http://purl.org/dc/terms/"},
        {"foaf", "http://xmlns.com/foaf/0.1/"},
        {"geo", "http://www.opengis.net/ont/geosparql#"},
        {"owl", "http://www.w3.org/2002/07/owl#"},
        {"rdfs", "http://www.w3.org/2000/01/rdf-schema#"},
        {"spdx", "http://spdx.org/rdf/terms#"},
        {"vcard", "http://www.w3.org/2006/vcard/ns#"},
        {"xsd", "http://www.w3.org/2001/XMLSchema#"},
    };
    json_t *made = json_object();
    for (size_t k = 0; k < G_N_ELEMENTS(prefix); k++)
        json_object_set_new(made, prefix[k][0], json_string(prefix[k][1]));
    return made;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static const autan_form *form_of(const char *file)
{
    const autan_form *form;
    for (size_t k = 0; (form = autan_form_get(k)); k++) {
        if (strcmp(form->file, file) == 0)
            return form;
    }
    return NULL;
}

/* An address below the folder; without a base it is relative to the catalogue. */
static char *address(const autan_notice *n, const char *rest)
{
    return n->url ? g_strdup_printf("%s/%s", n->url, rest) : g_strdup(rest);
}

static json_t *checksum(const char *hash)
{
    return json_pack("{s:s, s:{s:s}, s:o}", "@type", "spdx:Checksum", "spdx:algorithm",
                     "@id", "http://spdx.org/rdf/terms#checksumAlgorithm_sha256",
                     "spdx:checksumValue",
                     typed(g_str_has_prefix(hash, "sha256:") ? hash + 7 : hash,
                           "http://www.w3.org/2001/XMLSchema#hexBinary"));
}

static json_t *distribution(const autan_notice *n, const autan_published *m,
                            const json_t *resource)
{
    const char *file = text_of(resource, "path");
    const autan_form *form = form_of(file);
    char *rest = g_strdup_printf("%s/%s", m->month, file), *url = address(n, rest);
    char *id = g_strdup_printf("%s#distribution", url);
    char *title =
        g_strdup_printf("%s, %s : %s", m->month, file, text_of(resource, "title"));
    char *english =
        g_strdup_printf("%s, %s: %s", m->month, file, text_of(resource, "description"));
    char *const titles[AUTAN_LANGUAGES] = {title, english};
    char *bytes =
        g_strdup_printf("%" JSON_INTEGER_FORMAT,
                        json_integer_value(json_object_get(resource, "bytes")));
    char *media = g_strconcat("https://www.iana.org/assignments/media-types/",
                              text_of(resource, "mediatype"), NULL);
    json_t *made = json_pack(
        "{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "@id", id, "@type",
        "dcat:Distribution", "dct:title", in_both(titles), "dcat:accessURL", iri(url),
        "dcat:downloadURL", iri(url), "dcat:mediaType", iri(media), "dcat:byteSize",
        typed(bytes, "xsd:decimal"), "dct:license", iri(n->licence_url), "dct:issued",
        typed(text_of(m->package, "created"), "xsd:dateTime"), "dcatap:availability",
        iri(AUTHORITY "planned-availability/STABLE"), "spdx:checksum",
        checksum(text_of(resource, "hash")));
    if (form) {
        char *type = g_strconcat(AUTHORITY "file-type/", form->file_type, NULL);
        json_object_set_new(made, "dct:format", iri(type));
        g_free(type);
    }
    if (form && form->tabular)
        json_object_set_new(made, "dct:conformsTo",
                            iri("https://specs.frictionlessdata.io/table-schema/"));
    g_free(rest);
    g_free(url);
    g_free(id);
    g_free(title);
    g_free(english);
    g_free(bytes);
    g_free(media);
    return made;
}

static json_t *agent(const autan_notice *n)
{
    json_t *made =
        json_pack("{s:s, s:s}", "@type", "foaf:Agent", "foaf:name", n->publisher);
    if (n->publisher_url) {
        json_object_set_new(made, "@id", json_string(n->publisher_url));
        json_object_set_new(made, "foaf:homepage", iri(n->publisher_url));
    }
    return made;
}

static json_t *contact(const autan_notice *n)
{
    bool page = g_str_has_prefix(n->contact, "http");
    char *address_of =
        page ? g_strdup(n->contact) : g_strconcat("mailto:", n->contact, NULL);
    json_t *made = json_pack("{s:s, s:s, s:o}", "@type", "vcard:Organization",
                             "vcard:fn", n->publisher,
                             page ? "vcard:hasURL" : "vcard:hasEmail", iri(address_of));
    g_free(address_of);
    return made;
}

/* west, south, east, north, degrees */
static json_t *rectangle(const double box[4])
{
    char number[4][G_ASCII_DTOSTR_BUF_SIZE], *wkt;
    json_t *made;
    for (int i = 0; i < 4; i++)
        g_ascii_formatd(number[i], sizeof number[i], "%.6f", box[i]);
    wkt = g_strdup_printf("POLYGON((%s %s,%s %s,%s %s,%s %s,%s %s))", number[0],
                          number[1], number[2], number[1], number[2], number[3],
                          number[0], number[3], number[0], number[1]);
    made = json_pack("{s:s, s:o}", "@type", "dct:Location", "dcat:bbox",
                     typed(wkt, "geo:wktLiteral"));
    g_free(wkt);
    return made;
}

/* Around all months' stations. */
static json_t *place(size_t n, const autan_published *month)
{
    double box[4] = {180, 90, -180, -90};
    for (size_t k = 0; k < n; k++) {
        const json_t *b =
            json_object_get(json_object_get(month[k].package, "autan"), "bbox");
        for (size_t i = 0; i < 4; i++) {
            double value = json_number_value(json_array_get(b, i));
            box[i] = i < 2 ? MIN(box[i], value) : MAX(box[i], value);
        }
    }
    return rectangle(box);
}

static const char *own_text(const autan_published *m, const char *key)
{
    return text_of(json_object_get(m->package, "autan"), key);
}

static json_t *period(const char *first, const char *last)
{
    return json_pack("{s:s, s:o, s:o}", "@type", "dct:PeriodOfTime", "dcat:startDate",
                     typed(first, "xsd:dateTime"), "dcat:endDate",
                     typed(last, "xsd:dateTime"));
}

static json_t *keywords(const autan_notice *n)
{
    static const char *const language[AUTAN_LANGUAGES] = {"fr", "en"};
    json_t *list = json_array();
    for (int l = 0; l < AUTAN_LANGUAGES; l++) {
        for (char **word = n->keyword[l]; *word; word++)
            json_array_append_new(list, json_pack("{s:s, s:s}", "@value", *word,
                                                  "@language", language[l]));
    }
    return list;
}

static json_t *languages(void)
{
    return json_pack("[{s:s}, {s:s}]", "@id", AUTHORITY "language/FRA", "@id",
                     AUTHORITY "language/ENG");
}

/* The newest date of any month's issue; dates of one form compare as texts. */
static const char *newest(size_t n, const autan_published *month)
{
    const char *date = "";
    for (size_t k = 0; k < n; k++) {
        const char *created = text_of(month[k].package, "created");
        date = strcmp(created, date) > 0 ? created : date;
    }
    return date;
}

/* Nodes that two properties name are said once and referred to. */
static json_t *dataset(const autan_notice *n, size_t n_months,
                       const autan_published *month)
{
    json_t *distributions = json_array(), *made;
    char *id = address(n, "#dataset");
    for (size_t k = 0; k < n_months; k++) {
        size_t i;
        json_t *resource;
        json_array_foreach(json_object_get(month[k].package, "resources"), i, resource)
            json_array_append_new(distributions, distribution(n, &month[k], resource));
    }
    made = json_pack(
        "{s:s, s:s, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
        "@id", id, "@type", "dcat:Dataset", "dct:title", in_both(n->title),
        "dct:description", in_both(n->description), "dct:identifier",
        n->identifier ? n->identifier : id, "dct:publisher", agent(n), "dcat:keyword",
        keywords(n), "dcat:theme", iri(AUTHORITY "data-theme/ENVI"), "dct:language",
        languages(), "dct:accrualPeriodicity", iri(AUTHORITY "frequency/MONTHLY"),
        "dct:accessRights", iri(AUTHORITY "access-right/PUBLIC"), "dct:spatial",
        place(n_months, month), "dct:temporal",
        period(own_text(&month[0], "first"), own_text(&month[n_months - 1], "last")),
        "dct:modified", typed(newest(n_months, month), "xsd:dateTime"),
        "dcat:distribution", distributions);
    json_object_set_new(made, "dct:rights",
                        json_pack("{s:s, s:s}", "@type", "dct:RightsStatement",
                                  "rdfs:label", n->attribution));
    if (n->contact)
        json_object_set_new(made, "dcat:contactPoint", contact(n));
    if (n->url)
        json_object_set_new(
            made, "dcat:landingPage",
            json_pack("{s:s, s:s}", "@id", n->url, "@type", "foaf:Document"));
    if (n->high_value) {
        json_object_set_new(made, "dcatap:applicableLegislation",
                            iri("http://data.europa.eu/eli/reg_impl/2023/138/oj"));
        json_object_set_new(made, "dcatap:hvdCategory",
                            iri("http://data.europa.eu/bna/c_164e0bf5"));
    }
    g_free(id);
    return made;
}

/* The maps, which their own catalogue describes one by one. */
static json_t *map_dataset(const autan_notice *n, const json_t *maps)
{
    const json_t *extent = json_object_get(maps, "extent");
    const json_t *box =
        json_array_get(json_object_get(json_object_get(extent, "spatial"), "bbox"), 0);
    const json_t *interval = json_array_get(
        json_object_get(json_object_get(extent, "temporal"), "interval"), 0);
    const char *first = json_string_value(json_array_get(interval, 0));
    const char *last = json_string_value(json_array_get(interval, 1));
    char *id = address(n, "#maps"), *url = address(n, "maps/collection.json");
    char *distribution_id = g_strdup_printf("%s#distribution", url);
    double corners[4];
    json_t *made;
    for (size_t i = 0; i < 4; i++)
        corners[i] = json_number_value(json_array_get(box, i));
    made = json_pack(
        "{s:s, s:s, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:{s:s, s:s, s:o, "
        "s:o, "
        "s:o, s:o, s:o, s:o}}",
        "@id", id, "@type", "dcat:Dataset", "dct:title", in_both(n->map_title),
        "dct:description", in_both(n->map_title), "dct:identifier", id, "dct:publisher",
        agent(n), "dcat:keyword", keywords(n), "dcat:theme",
        iri(AUTHORITY "data-theme/ENVI"), "dct:spatial", rectangle(corners),
        "dct:temporal", period(first ? first : "", last ? last : ""),
        "dct:accessRights", iri(AUTHORITY "access-right/PUBLIC"), "dcat:distribution",
        "@id", distribution_id, "@type", "dcat:Distribution", "dct:title",
        in_both(n->map_title), "dcat:accessURL", iri(url), "dcat:mediaType",
        iri("https://www.iana.org/assignments/media-types/application/json"),
        "dct:format", iri(AUTHORITY "file-type/JSON"), "dct:conformsTo",
        iri("https://api.stacspec.org/v1.0.0/core"), "dct:license",
        iri(n->licence_url));
    if (n->contact)
        json_object_set_new(made, "dcat:contactPoint", contact(n));
    g_free(distribution_id);
    g_free(id);
    g_free(url);
    return made;
}

static json_t *catalogue(const autan_notice *n, size_t n_months,
                         const autan_published *month, const json_t *maps)
{
    char *id = address(n, "catalog.jsonld");
    json_t *made = json_pack(
        "{s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:[o]}", "@context", context(),
        "@id", id, "@type", "dcat:Catalog", "dct:title", in_both(n->title),
        "dct:description", in_both(n->description), "dct:publisher", agent(n),
        "dct:language", languages(), "dct:license", iri(n->licence_url), "dct:modified",
        typed(newest(n_months, month), "xsd:dateTime"), "dcat:dataset",
        dataset(n, n_months, month));
    if (maps)
        json_object_set_new(made, "dcat:dataset",
                            json_pack("[O, o]", json_object_get(made, "dcat:dataset"),
                                      map_dataset(n, maps)));
    if (n->url)
        json_object_set_new(
            made, "foaf:homepage",
            json_pack("{s:s, s:s}", "@id", n->url, "@type", "foaf:Document"));
    g_free(id);
    return made;
}

static void put_month(GString *page, const autan_published *m)
{
    const json_t *own = json_object_get(m->package, "autan");
    g_string_append_printf(
        page,
        "| [%s](%s/) | %" JSON_INTEGER_FORMAT " | %" JSON_INTEGER_FORMAT
        " | %" JSON_INTEGER_FORMAT " | %s |\n",
        m->month, m->month, json_integer_value(json_object_get(own, "issue")),
        json_integer_value(json_object_get(own, "stations")),
        json_integer_value(json_object_get(own, "readings")),
        text_of(m->package, "created"));
}

static autan_status write_page(const autan_notice *n, const char *notice,
                               const char *folder, size_t n_months,
                               const autan_published *month, const json_t *maps,
                               autan_error *err)
{
    char *path = g_strdup_printf("%s/README.md", folder);
    GString *page = g_string_new(NULL);
    autan_status status;
    for (int l = 0; l < AUTAN_LANGUAGES; l++) {
        g_string_append(page, "# ");
        autan_text_markdown(page, n->title[l], AUTAN_LINE);
        g_string_append(page, "\n\n");
        autan_text_markdown(page, n->description[l], AUTAN_PARAGRAPH);
        g_string_append(page, l == AUTAN_FRENCH ? "\n\nLicence : [" : "\n\nLicence: [");
        autan_text_markdown(page, n->licence_title[l], AUTAN_LINE);
        g_string_append_printf(page, "](<%s>). ", n->licence_url);
        autan_text_markdown(page, n->attribution, AUTAN_LINE);
        g_string_append(page, "\n\n");
    }
    if (notice) {
        g_string_append(page, "**");
        autan_text_markdown(page, notice, AUTAN_PARAGRAPH);
        g_string_append(page, "**\n\n");
    }
    g_string_append(page, "| mois / month (UTC) | édition / issue | stations | "
                          "mesures / readings | date |\n|---|---|---|---|---|\n");
    for (size_t k = n_months; k > 0; k--)
        put_month(page, &month[k - 1]);
    if (maps)
        g_string_append(page, "\nCartes, maps (STAC): [maps/collection.json]"
                              "(maps/collection.json)\n");
    g_string_append(page, "\nDCAT-AP: [catalog.jsonld](catalog.jsonld)\n");
    status = autan_outfile_write_text(path, page->str, err);
    g_string_free(page, TRUE);
    g_free(path);
    return status;
}

autan_status autan_write_catalogue(const autan_city *city, const autan_notice *notice,
                                   const char *folder, size_t n,
                                   const autan_published *month, const json_t *maps,
                                   autan_error *err)
{
    char *path;
    autan_status status;
    if (n == 0)
        return AUTAN_OK;
    path = g_strdup_printf("%s/catalog.jsonld", folder);
    status = autan_text_write_json(path, catalogue(notice, n, month, maps), err);
    g_free(path);
    return status == AUTAN_OK
               ? write_page(notice, city->notice, folder, n, month, maps, err)
               : status;
}
