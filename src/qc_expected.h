/* What the model says a station should read, from the others alone. */
#ifndef AUTAN_QC_EXPECTED_H
#define AUTAN_QC_EXPECTED_H

#include <stdint.h>

#include "base/status.h"
#include "data/panel.h"

/* Leave-one-out estimates of air temperature and their standard errors at the readings
 * that no check refused (flag, of the panel's size), NaN elsewhere. The model is that
 * of the city file, fitted first when there is none. Both panels are made here. */
autan_status qc_expected(const char *city_path, const autan_panel *panel,
                         const uint32_t *flag, autan_panel *expected,
                         autan_panel *standard_error, autan_error *err);

#endif
