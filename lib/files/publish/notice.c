/* What is said of the data set. */
#include <stdlib.h>
#include <string.h>

#include "files/licence.h"
#include "files/publish/issue.h"

static const char *const keyword[AUTAN_LANGUAGES][6] = {
    {"météorologie", "température", "îlot de chaleur urbain", "climat urbain",
     "observation", NULL},
    {"meteorology", "temperature", "urban heat island", "urban climate", "observation",
     NULL},
};

static char *or_default(const char *given, const char *format, const char *name)
{
    return given ? g_strdup(given) : g_strdup_printf(format, name);
}

/* The licence that the maps have, when it is one that is known. */
static const autan_licence *licence_of(const autan_city *city)
{
    const autan_licence *known = NULL;
    if (city->publish.licence)
        return autan_licence_find(city->publish.licence);
    if (city->license)
        known = autan_licence_find(city->license);
    return known ? known : autan_licence_find("etalab-2.0");
}

static char **keywords_of(const autan_city *city, int language)
{
    const autan_names *given = &city->publish.keywords;
    char **list;
    if (given->n == 0)
        return g_strdupv((char **)keyword[language]);
    list = g_new0(char *, given->n + 1);
    for (size_t k = 0; k < given->n; k++)
        list[k] = g_strdup(given->name[k]);
    return list;
}

void autan_notice_make(const autan_city *city, autan_notice *notice)
{
    const autan_city_publish *p = &city->publish;
    const autan_licence *licence = licence_of(city);
    *notice =
        (autan_notice){.publisher = p->publisher        ? p->publisher
                                    : city->institution ? city->institution
                                                        : city->name,
                       .publisher_url = p->publisher_url,
                       .contact = p->contact,
                       .licence = licence ? licence->id : p->licence,
                       .licence_url = p->licence_url ? p->licence_url : licence->url,
                       .url = p->url,
                       .identifier = p->identifier,
                       .high_value = p->high_value};
    notice->attribution = p->attribution ? p->attribution : notice->publisher;
    notice->licence_title[AUTAN_FRENCH] = licence ? licence->titre : p->licence;
    notice->licence_title[AUTAN_ENGLISH] = licence ? licence->title : p->licence;
    notice->title[AUTAN_FRENCH] =
        or_default(p->title, "Observations météorologiques de %s", city->name);
    notice->title[AUTAN_ENGLISH] = or_default(p->title_en ? p->title_en : p->title,
                                              "Weather observations of %s", city->name);
    notice->description[AUTAN_FRENCH] =
        or_default(p->description,
                   "Mesures brutes du réseau de stations météorologiques de %s, telles "
                   "qu'elles ont "
                   "été reçues, avec les marques du contrôle de qualité à côté.",
                   city->name);
    notice->description[AUTAN_ENGLISH] =
        or_default(p->description_en ? p->description_en : p->description,
                   "Raw readings of the weather station network of %s as they were "
                   "received, with the flags of the quality control beside them.",
                   city->name);
    notice->map_title[AUTAN_FRENCH] =
        g_strdup_printf("Cartes horaires de la température de l'air, %s", city->name);
    notice->map_title[AUTAN_ENGLISH] =
        g_strdup_printf("Hourly maps of the air temperature, %s", city->name);
    for (int k = 0; k < AUTAN_LANGUAGES; k++)
        notice->keyword[k] = keywords_of(city, k);
}

static void add_text(GChecksum *sum, const char *text)
{
    g_checksum_update(sum, (const guchar *)(text ? text : ""),
                      text ? (gssize)strlen(text) + 1 : 1);
}

void autan_notice_add(const autan_notice *notice, GChecksum *sum)
{
    const char *const text[] = {notice->publisher,   notice->publisher_url,
                                notice->contact,     notice->licence,
                                notice->licence_url, notice->attribution,
                                notice->url,         notice->identifier};
    for (size_t k = 0; k < G_N_ELEMENTS(text); k++)
        add_text(sum, text[k]);
    for (int l = 0; l < AUTAN_LANGUAGES; l++) {
        add_text(sum, notice->title[l]);
        add_text(sum, notice->description[l]);
        add_text(sum, notice->map_title[l]);
        for (char **word = notice->keyword[l]; *word; word++)
            add_text(sum, *word);
    }
}

void autan_notice_clear(autan_notice *notice)
{
    for (int k = 0; k < AUTAN_LANGUAGES; k++) {
        g_free(notice->title[k]);
        g_free(notice->description[k]);
        g_free(notice->map_title[k]);
        g_strfreev(notice->keyword[k]);
    }
    *notice = (autan_notice){0};
}
