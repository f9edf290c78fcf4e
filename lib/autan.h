/* libautan: everything at once. Modules stand in the order in which the data flow. */
#ifndef AUTAN_H
#define AUTAN_H

#include "base/status.h"
#include "base/calendar.h"
#include "base/number.h"
#include "base/quantile.h"

#include "data/variable.h"
#include "data/station.h"
#include "data/panel.h"
#include "data/grid.h"

#include "kriging/matrix.h"
#include "kriging/covariance.h"
#include "kriging/krige.h"
#include "kriging/reml.h"
#include "kriging/design.h"
#include "kriging/model.h"
#include "kriging/fit.h"
#include "kriging/hours.h"
#include "kriging/field.h"
#include "kriging/leave_one_out.h"
#include "kriging/score.h"

#include "qc/neighbour.h"
#include "qc/robust.h"
#include "qc/sun.h"
#include "qc/spatial.h"
#include "qc/crowd.h"
#include "qc/check.h"

#include "heat/moisture.h"
#include "heat/stress.h"
#include "heat/days.h"
#include "heat/rule.h"
#include "heat/risk.h"

#include "forecast/window.h"
#include "forecast/regression.h"
#include "forecast/outlook.h"
#include "forecast/members.h"
#include "forecast/verify.h"
#include "forecast/emos.h"

#include "files/outfile.h"
#include "files/city.h"
#include "files/csv.h"
#include "files/station_file.h"
#include "files/observation_file.h"
#include "files/archive.h"
#include "files/archive_flags.h"
#include "files/archive_admin.h"
#include "files/raster.h"
#include "files/model_file.h"
#include "files/mapfile.h"
#include "files/geotiff.h"
#include "files/colour.h"
#include "files/picture.h"
#include "files/series_picture.h"

#endif
