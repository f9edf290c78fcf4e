/* Tables as CSV. */
#include <math.h>

#include "base/number.h"
#include "files/csv.h"
#include "files/outfile.h"
#include "files/publish/form.h"
#include "files/publish/text.h"

static void write_cell(FILE *out, autan_cell_kind kind, const autan_cell *cell)
{
    char text[AUTAN_TIME_TEXT + AUTAN_NUMBER_TEXT];
    if (kind == AUTAN_TEXT && cell->text) {
        char *safe = autan_text_no_formula(cell->text);
        autan_csv_print(out, safe);
        g_free(safe);
    } else if (kind == AUTAN_MOMENT && cell->time != INT64_MIN) {
        autan_time_format(cell->time, text);
        fputs(text, out);
    } else if (kind == AUTAN_COUNT) {
        fprintf(out, "%.0f", cell->number);
    } else if (kind == AUTAN_NUMBER && isfinite(cell->number)) {
        autan_number_format(cell->number, text);
        fputs(text, out);
    }
}

autan_status autan_form_csv(const autan_form *form, const autan_issue *issue,
                            const char *path, autan_error *err)
{
    autan_outfile *file = NULL;
    autan_table table;
    autan_status status = autan_outfile_open(path, &file, err);
    FILE *out;
    if (status != AUTAN_OK)
        return status;
    out = autan_outfile_stream(file);
    autan_table_make(form->table, issue, &table);
    for (size_t c = 0; c < table.n_columns; c++)
        fprintf(out, "%s%s", c ? "," : "", table.column[c].name);
    fputc('\n', out);
    for (size_t r = 0; r < table.n_rows; r++) {
        for (size_t c = 0; c < table.n_columns; c++) {
            autan_cell cell;
            table.cell(&table, r, c, &cell);
            if (c)
                fputc(',', out);
            write_cell(out, table.column[c].kind, &cell);
        }
        fputc('\n', out);
    }
    autan_table_clear(&table);
    return autan_outfile_commit(file, err);
}
