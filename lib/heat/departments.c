/* The table of departments: thresholds of the biometeorological indices.
 *
 * Source: Meteo-France and Sante publique France, thresholds of the heat health watch
 * system (SACS), as published by the press from their tables: MeteoCity, "Canicule :
 * quel est le seuil d'alerte de votre departement ?", 8 August 2025; France Bleu, 24
 * July 2018 (13, 22, 69, 75); franceinfo, 26 June 2019 (30, 75). Departments whose
 * thresholds were not found in a source are left out: the city file gives day_threshold
 * and night_threshold. */
#include "heat/risk.h"

#include <string.h>

static const struct {
    const char *department;
    double day, night; /* degC */
} table[] = {
    {"01", 35, 20}, {"02", 33, 18}, {"03", 34, 18}, {"04", 36, 19}, {"05", 34, 18},
    {"06", 31, 24}, {"07", 35, 20}, {"08", 33, 18}, {"09", 34, 19}, {"10", 35, 18},
    {"11", 35, 22}, {"12", 36, 19}, {"13", 35, 24}, {"14", 31, 18}, {"15", 32, 18},
    {"16", 36, 20}, {"17", 35, 20}, {"18", 35, 19}, {"19", 36, 19}, {"2A", 33, 23},
    {"2B", 33, 23}, {"22", 31, 18}, {"30", 36, 23}, {"31", 36, 21}, {"69", 34, 20},
    {"75", 31, 21},
};

autan_status autan_department_thresholds(const char *department, double *day,
                                         double *night)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (strcmp(table[i].department, department) != 0)
            continue;
        *day = table[i].day;
        *night = table[i].night;
        return AUTAN_OK;
    }
    return AUTAN_NOT_FOUND;
}
