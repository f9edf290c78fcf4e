/* The pages that people read: LISEZMOI.md in French, README.md in English. */
#include <string.h>
#include <unistd.h>

#include "files/outfile.h"
#include "files/publish/document.h"
#include "files/publish/form.h"
#include "files/publish/text.h"
#include "qc/check.h"

/* The words of a page, in both languages. */
static const struct {
    const char *file, *other, *intro, *files, *table_head, *columns, *column_head,
        *flags, *flags_text, *check_head, *checked, *not_checked, *changes,
        *changes_text, *first_issue, *licence, *attribution, *contact, *names, *colon;
} page[AUTAN_LANGUAGES] = {
    {.file = "LISEZMOI.md",
     .colon = " :",
     .other = "*English: see [README.md](README.md).*",
     .intro = "Mois %s (UTC), édition %u : %zu mesures de %zu stations, de %s à %s.",
     .files = "Fichiers",
     .table_head = "| fichier | contenu |\n|---|---|\n",
     .columns = "Colonnes de `observations.csv`",
     .column_head = "| colonne | unité | sens |\n|---|---|---|\n",
     .flags = "Marques du contrôle de qualité",
     .flags_text =
         "Les valeurs sont celles que les stations ont envoyées, sans retouche : une "
         "valeur douteuse reste, et la colonne `…_flags` à côté nomme les contrôles "
         "qui "
         "en doutent, séparés par `|`. `findings.csv` dit pourquoi, avec les nombres. "
         "Dans "
         "`observations.nc` les marques sont des bits (`flag_masks`, `flag_meanings`). "
         "Vide : aucun contrôle ne doute, ou la valeur n'a pas été contrôlée.",
     .check_head = "| marque | bit | contrôle |\n|---|---|---|\n",
     .checked = "Contrôlé",
     .not_checked = "Aucun contrôle n'a encore passé sur ce mois.",
     .changes = "Changements depuis l'édition précédente",
     .changes_text =
         "Édition %u : %zu valeurs ajoutées, %zu corrigées à la source, %zu "
         "retirées, %zu aux marques différentes. `changes.csv` les énumère, "
         "édition par édition.",
     .first_issue = "C'est la première édition : %zu valeurs. `changes.csv` est vide.",
     .licence = "Licence",
     .attribution = "Source à citer",
     .contact = "Contact",
     .names =
         "Dans les fichiers CSV, un texte qui pourrait passer pour une formule dans un "
         "tableur est précédé d'une apostrophe. Les sommes SHA-256 sont dans "
         "`SHA256SUMS` : `sha256sum -c SHA256SUMS`."},
    {.file = "README.md",
     .colon = ":",
     .other = "*Français : voir [LISEZMOI.md](LISEZMOI.md).*",
     .intro = "Month %s (UTC), issue %u: %zu readings of %zu stations, from %s to %s.",
     .files = "Files",
     .table_head = "| file | content |\n|---|---|\n",
     .columns = "Columns of `observations.csv`",
     .column_head = "| column | unit | meaning |\n|---|---|---|\n",
     .flags = "Flags of the quality control",
     .flags_text =
         "Values are what the stations sent, untouched: a doubtful value stays, and "
         "the "
         "column `…_flags` beside it names the checks that doubt it, joined by `|`. "
         "`findings.csv` says why, with numbers. In `observations.nc` flags are bits "
         "(`flag_masks`, `flag_meanings`). Empty: no check doubts it, or it was not "
         "checked.",
     .check_head = "| flag | bit | check |\n|---|---|---|\n",
     .checked = "Checked",
     .not_checked = "No check has run over this month yet.",
     .changes = "Changes since the issue before",
     .changes_text =
         "Issue %u: %zu values added, %zu corrected at the source, %zu removed, "
         "%zu with other flags. `changes.csv` lists them, issue by issue.",
     .first_issue = "This is the first issue: %zu values. `changes.csv` is empty.",
     .licence = "Licence",
     .attribution = "To be credited",
     .contact = "Contact",
     .names =
         "In the CSV files a text that a spreadsheet could take for a formula has an "
         "apostrophe before it. SHA-256 sums are in `SHA256SUMS`: "
         "`sha256sum -c SHA256SUMS`."},
};

/* What each check looks for, in French; in English the checks say it themselves. */
static const char *const check_french[AUTAN_QC_CHECKS] = {
    [AUTAN_QC_RANGE] = "hors de ce que la grandeur peut être",
    [AUTAN_QC_CLIMATOLOGY] = "hors des limites du mois",
    [AUTAN_QC_UNIT] = "Fahrenheit, kelvin, dixièmes ou dizaines de degré",
    [AUTAN_QC_PERSISTENCE] = "la mesure ne change plus",
    [AUTAN_QC_SPIKE] = "une mesure isolée qui s'écarte et revient",
    [AUTAN_QC_STEP] = "un saut qui demeure",
    [AUTAN_QC_RATE] = "un changement plus rapide que le temps ne le permet",
    [AUTAN_QC_CONSISTENCY] = "des grandeurs d'une station se contredisent",
    [AUTAN_QC_DUPLICATE] = "les mesures d'une autre station ou d'un autre jour",
    [AUTAN_QC_CLOCK] = "une horloge fausse de quelques heures",
    [AUTAN_QC_OFFSET] = "le niveau a changé d'un jour à l'autre",
    [AUTAN_QC_DRIFT] = "le niveau quitte peu à peu son passé",
    [AUTAN_QC_SWAP] = "deux stations échangées",
    [AUTAN_QC_RADIATION] = "trop chaud au soleil",
    [AUTAN_QC_ISOLATION] = "trop peu de voisines pour juger",
    [AUTAN_QC_BUDDY] = "loin des stations voisines",
    [AUTAN_QC_SCT] = "loin du champ que donnent les voisines",
    [AUTAN_QC_KRIGING] = "loin de ce que le modèle attend à cet endroit",
    [AUTAN_QC_CROWD] = "niveaux de CrowdQC+",
    [AUTAN_QC_COMPLETENESS] = "trop de mesures manquent",
};

static void put_files(GString *out, const autan_issue *issue, const char *folder, int l)
{
    const autan_form *form;
    g_string_append_printf(out, "\n## %s\n\n%s", page[l].files, page[l].table_head);
    for (size_t k = 0; (form = autan_form_get(k)); k++) {
        char *path = g_strdup_printf("%s/%s", folder, form->file);
        if (access(path, F_OK) == 0) {
            autan_table table;
            autan_table_make(form->table, issue, &table);
            g_string_append_printf(out, "| `%s` | %s |\n", form->file, table.title[l]);
            autan_table_clear(&table);
        }
        g_free(path);
    }
    g_string_append(out, "| `datapackage.json` | Data Package, Table Schema |\n");
}

static void put_columns(GString *out, const autan_issue *issue, int l)
{
    autan_table table;
    autan_table_make(AUTAN_TABLE_OBSERVATIONS, issue, &table);
    g_string_append_printf(out, "\n## %s\n\n%s", page[l].columns, page[l].column_head);
    for (size_t c = 0; c < table.n_columns; c++)
        g_string_append_printf(out, "| `%s` | %s | %s |\n", table.column[c].name,
                               table.column[c].unit ? table.column[c].unit : "",
                               table.column[c].title[l]);
    autan_table_clear(&table);
}

static const char *explain(const autan_issue *issue, int bit, int l)
{
    if (bit >= AUTAN_QC_CHECKS ||
        strcmp(issue->meaning[bit], autan_qc_get((autan_qc_id)bit)->name) != 0)
        return "";
    return l == AUTAN_FRENCH ? check_french[bit]
                             : autan_qc_get((autan_qc_id)bit)->summary;
}

static void put_flags(GString *out, const autan_issue *issue, int l)
{
    bool any = false;
    g_string_append_printf(out, "\n## %s\n\n%s\n\n%s", page[l].flags,
                           page[l].flags_text, page[l].check_head);
    for (int k = 0; k < AUTAN_FLAG_BITS; k++) {
        if (issue->meaning[k])
            g_string_append_printf(out, "| `%s` | %u | %s |\n", issue->meaning[k],
                                   (unsigned)1 << k, explain(issue, k, l));
    }
    g_string_append_c(out, '\n');
    for (int v = 0; v < AUTAN_VARIABLES; v++) {
        char first[AUTAN_TIME_TEXT], last[AUTAN_TIME_TEXT];
        if (!issue->data.checked[v])
            continue;
        autan_time_format(issue->data.checked_first[v], first);
        autan_time_format(issue->data.checked_last[v], last);
        if (!any)
            g_string_append_printf(out, "%s%s\n\n", page[l].checked, page[l].colon);
        g_string_append_printf(out, "- `%s`: %s — %s\n",
                               autan_variable_get((autan_variable)v)->name, first,
                               last);
        any = true;
    }
    if (!any)
        g_string_append_printf(out, "%s\n", page[l].not_checked);
}

static void put_changes(GString *out, const autan_issue *issue, int l)
{
    const autan_changes *c = &issue->changes;
    g_string_append_printf(out, "\n## %s\n\n", page[l].changes);
    if (issue->number == 1)
        g_string_append_printf(out, page[l].first_issue, c->added);
    else
        g_string_append_printf(out, page[l].changes_text, issue->number, c->added,
                               c->corrected, c->removed, c->flags);
    g_string_append(out, "\n");
}

static void put_licence(GString *out, const autan_notice *n, int l)
{
    g_string_append_printf(out, "\n## %s\n\n[", page[l].licence);
    autan_text_markdown(out, n->licence_title[l], AUTAN_LINE);
    g_string_append_printf(out, "](<%s>)\n\n%s%s ", n->licence_url, page[l].attribution,
                           page[l].colon);
    autan_text_markdown(out, n->attribution, AUTAN_LINE);
    g_string_append_c(out, '\n');
    if (n->contact) {
        g_string_append_printf(out, "\n%s%s ", page[l].contact, page[l].colon);
        autan_text_markdown(out, n->contact, AUTAN_LINE);
        g_string_append_c(out, '\n');
    }
}

static autan_status write_page(const autan_issue *issue, const char *folder, int l,
                               autan_error *err)
{
    const autan_extract *x = &issue->data;
    char first[AUTAN_TIME_TEXT], last[AUTAN_TIME_TEXT];
    char *path = g_strdup_printf("%s/%s", folder, page[l].file);
    GString *out = g_string_new("# ");
    autan_status status;
    autan_time_format(x->reading[0].time, first);
    autan_time_format(x->reading[x->n - 1].time, last);
    autan_text_markdown(out, issue->notice->title[l], AUTAN_LINE);
    g_string_append_printf(out, ", %s\n\n%s\n\n", issue->month, page[l].other);
    autan_text_markdown(out, issue->notice->description[l], AUTAN_PARAGRAPH);
    g_string_append(out, "\n\n");
    if (issue->city->notice) {
        g_string_append(out, "**");
        autan_text_markdown(out, issue->city->notice, AUTAN_PARAGRAPH);
        g_string_append(out, "**\n\n");
    }
    g_string_append_printf(out, page[l].intro, issue->month, issue->number, x->n,
                           issue->n_members, first, last);
    g_string_append_c(out, '\n');
    put_files(out, issue, folder, l);
    put_columns(out, issue, l);
    put_flags(out, issue, l);
    put_changes(out, issue, l);
    put_licence(out, issue->notice, l);
    g_string_append_printf(out, "\n%s\n", page[l].names);
    status = autan_outfile_write_text(path, out->str, err);
    g_string_free(out, TRUE);
    g_free(path);
    return status;
}

autan_status autan_write_readme(const autan_issue *issue, const char *folder,
                                autan_error *err)
{
    autan_status status = AUTAN_OK;
    for (int l = 0; status == AUTAN_OK && l < AUTAN_LANGUAGES; l++)
        status = write_page(issue, folder, l, err);
    return status;
}
