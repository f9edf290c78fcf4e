#include "files/licence.h"

#include <stddef.h>
#include <strings.h>

/* Those of article D.323-2-1 of the French code of relations between the public and the
 * administration come first. */
static const autan_licence table[] = {
    {"etalab-2.0", "Open Licence 2.0 (Etalab)", "Licence Ouverte 2.0 (Etalab)",
     "https://www.etalab.gouv.fr/licence-ouverte-open-licence/"},
    {"ODbL-1.0", "Open Data Commons Open Database License 1.0",
     "Open Database License 1.0 (ODbL)",
     "https://opendatacommons.org/licenses/odbl/1-0/"},
    {"ODC-By-1.0", "Open Data Commons Attribution License 1.0",
     "Open Data Commons Attribution 1.0",
     "https://opendatacommons.org/licenses/by/1-0/"},
    {"PDDL-1.0", "Open Data Commons Public Domain Dedication and License 1.0",
     "Open Data Commons Public Domain Dedication and License 1.0",
     "https://opendatacommons.org/licenses/pddl/1-0/"},
    {"CC-BY-4.0", "Creative Commons Attribution 4.0 International",
     "Creative Commons Attribution 4.0 International",
     "https://creativecommons.org/licenses/by/4.0/"},
    {"CC-BY-SA-4.0", "Creative Commons Attribution-ShareAlike 4.0 International",
     "Creative Commons Attribution - Partage dans les mêmes conditions 4.0 "
     "International",
     "https://creativecommons.org/licenses/by-sa/4.0/"},
    {"CC0-1.0", "Creative Commons Zero 1.0 Universal",
     "Creative Commons Zero 1.0 Universel",
     "https://creativecommons.org/publicdomain/zero/1.0/"},
};

const autan_licence *autan_licence_find(const char *id)
{
    for (size_t k = 0; k < sizeof table / sizeof *table; k++) {
        if (strcasecmp(table[k].id, id) == 0)
            return &table[k];
    }
    return NULL;
}

const char *autan_licence_list(void)
{
    return "etalab-2.0, ODbL-1.0, ODC-By-1.0, PDDL-1.0, CC-BY-4.0, CC-BY-SA-4.0, "
           "CC0-1.0";
}
