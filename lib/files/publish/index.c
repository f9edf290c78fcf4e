/* What GDAL opens a month of maps by. */
#include <math.h>

#include "files/outfile.h"
#include "files/publish/form.h"
#include "files/publish/maps.h"

static void add_number(GString *out, double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    g_string_append(out,
                    isnan(value) ? "nan" : g_ascii_dtostr(text, sizeof text, value));
}

static void add_band(GString *out, const autan_month_maps *m, const autan_map_file *f,
                     size_t number)
{
    char time[AUTAN_TIME_TEXT];
    char *unit = g_markup_escape_text(f->unit, -1);
    char *rectangle = g_strdup_printf(
        "xOff=\"0\" yOff=\"0\" xSize=\"%zu\" ySize=\"%zu\"", m->grid.nx, m->grid.ny);
    autan_time_format(f->time, time);
    g_string_append_printf(
        out,
        "  <VRTRasterBand dataType=\"Float32\" band=\"%zu\">\n"
        "    <Metadata><MDI key=\"time\">%s</MDI></Metadata>\n"
        "    <Description>%s</Description>\n    <UnitType>%s</UnitType>\n"
        "    <NoDataValue>",
        number, time, time, unit);
    add_number(out, f->nodata);
    g_string_append_printf(
        out,
        "</NoDataValue>\n    <SimpleSource>\n"
        "      <SourceFilename relativeToVRT=\"1\">%s</SourceFilename>\n"
        "      <SourceBand>1</SourceBand>\n"
        "      <SourceProperties RasterXSize=\"%zu\" RasterYSize=\"%zu\" "
        "DataType=\"Float32\" BlockXSize=\"256\" BlockYSize=\"256\"/>\n"
        "      <SrcRect %s/>\n      <DstRect %s/>\n"
        "    </SimpleSource>\n  </VRTRasterBand>\n",
        f->file, m->grid.nx, m->grid.ny, rectangle, rectangle);
    g_free(rectangle);
    g_free(unit);
}

static autan_status write_vrt(const autan_month_maps *m, const char *variable,
                              const char *folder, autan_error *err)
{
    const double transform[6] = {
        m->grid.xmin, m->grid.resolution, 0, m->grid.ymax, 0, -m->grid.resolution};
    GString *out = g_string_new(NULL);
    char *wkt = g_markup_escape_text(m->wkt, -1);
    char *path = g_strdup_printf("%s/%s.vrt", folder, variable);
    autan_status status;
    size_t n = 0;
    g_string_append_printf(out,
                           "<VRTDataset rasterXSize=\"%zu\" rasterYSize=\"%zu\">\n"
                           "  <SRS dataAxisToSRSAxisMapping=\"1,2\">%s</SRS>\n"
                           "  <GeoTransform>",
                           m->grid.nx, m->grid.ny, wkt);
    for (int k = 0; k < 6; k++) {
        g_string_append(out, k ? ", " : "");
        add_number(out, transform[k]);
    }
    g_string_append(out, "</GeoTransform>\n");
    for (size_t k = 0; k < m->n; k++) {
        if (g_str_equal(m->map[k].variable, variable))
            add_band(out, m, &m->map[k], ++n);
    }
    g_string_append(out, "</VRTDataset>\n");
    status = autan_outfile_write_text(path, out->str, err);
    g_string_free(out, TRUE);
    g_free(wkt);
    g_free(path);
    return status;
}

static void tile(const autan_table *t, size_t row, size_t column, autan_cell *cell)
{
    const autan_month_maps *m = t->user;
    *cell = (autan_cell){.number = (double)NAN, .time = INT64_MIN};
    if (column == 0)
        cell->text = m->map[row].file;
    else if (column == 1)
        cell->text = m->map[row].variable;
    else
        cell->time = m->map[row].time;
}

static autan_status write_tiles(const autan_month_maps *m, const char *folder,
                                autan_error *err)
{
    static char location[] = "location", variable[] = "variable", time[] = "time";
    autan_column column[] = {{.name = location, .kind = AUTAN_TEXT, .required = true},
                             {.name = variable, .kind = AUTAN_TEXT, .required = true},
                             {.name = time, .kind = AUTAN_MOMENT, .required = true}};
    char number[4][G_ASCII_DTOSTR_BUF_SIZE], *outline;
    char *path = g_strdup_printf("%s/index.gpkg", folder);
    const autan_grid *g = &m->grid;
    autan_table table = {.name = "maps",
                         .title = {"cartes", "maps"},
                         .n_columns = G_N_ELEMENTS(column),
                         .column = column,
                         .n_rows = m->n,
                         .cell = tile,
                         .longitude = -1,
                         .latitude = -1,
                         .crs = m->wkt,
                         .user = m};
    autan_status status;
    g_ascii_dtostr(number[0], sizeof number[0], g->xmin);
    g_ascii_dtostr(number[1], sizeof number[1], g->ymin);
    g_ascii_dtostr(number[2], sizeof number[2], g->xmax);
    g_ascii_dtostr(number[3], sizeof number[3], g->ymax);
    outline = g_strdup_printf("POLYGON((%s %s,%s %s,%s %s,%s %s,%s %s))", number[0],
                              number[1], number[2], number[1], number[2], number[3],
                              number[0], number[3], number[0], number[1]);
    table.outline = outline;
    status = autan_gdal_write("GPKG", &table, m->map[m->n - 1].time, path, err);
    g_free(outline);
    g_free(path);
    return status;
}

autan_status autan_index_maps(const autan_month_maps *maps, const char *folder,
                              autan_error *err)
{
    GHashTable *done = g_hash_table_new(g_str_hash, g_str_equal);
    autan_status status = AUTAN_OK;
    for (size_t k = 0; status == AUTAN_OK && k < maps->n; k++) {
        if (g_hash_table_add(done, maps->map[k].variable))
            status = write_vrt(maps, maps->map[k].variable, folder, err);
    }
    g_hash_table_destroy(done);
    return status == AUTAN_OK ? write_tiles(maps, folder, err) : status;
}
