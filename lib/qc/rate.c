/* Changes faster than weather allows.
 *
 * Within an hour against limits for rise and fall; over 2 to 12 hours against the WMO
 * tolerances times a factor, for by themselves they are met by fronts. A change that
 * the neighbours shared is excused. */
#include "qc/work.h"

static const double spans_h[] = {2, 3, 6, 12};

/* WMO-No. 488 (1993) tolerances over these spans for temperature (K) and pressure
 * (hPa). */
static double tolerance(autan_variable variable, size_t k)
{
    static const double temperature[] = {7, 9, 15, 25};
    static const double pressure[] = {6, 9, 18, 36};
    if (variable == AUTAN_AIR_TEMPERATURE)
        return temperature[k];
    return variable == AUTAN_AIR_PRESSURE ? pressure[k] : INFINITY;
}

static void judge(autan_qc_work *work, size_t i, size_t t, size_t rows, double rise,
                  double fall)
{
    const double *series = autan_series(work, i), *said = autan_reference(work, i);
    double change, alone, limit;
    if (t < rows)
        return;
    change = series[t] - series[t - rows];
    limit = change > 0 ? rise : fall;
    if (!(fabs(change) > limit))
        return;
    alone = change - (said[t] - said[t - rows]);
    if (isnan(alone) || fabs(alone) > 0.5 * limit)
        autan_flag(work, i, t, t + 1, change, change > 0 ? limit : -limit);
}

autan_status autan_check_rate(autan_qc_work *work, const double *threshold)
{
    for (size_t i = 0; i < work->n; i++) {
        for (size_t t = 1; t < work->n_times; t++) {
            if (work->step_s <= 3600)
                judge(work, i, t, 1, threshold[0], threshold[1]);
            for (size_t k = 0; k < sizeof spans_h / sizeof *spans_h; k++) {
                double limit = threshold[2] * tolerance(work->data->variable, k);
                if (isfinite(limit) && spans_h[k] * 3600 >= work->step_s)
                    judge(work, i, t, autan_rows(work, spans_h[k] * 3600), limit,
                          limit);
            }
        }
    }
    return AUTAN_OK;
}
