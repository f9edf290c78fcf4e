/* Readings that repeat: two stations with the same series, or a station that sends the
 * same day again. */
#include "qc/work.h"

/* Flags runs of equal readings of a at row t and b at row t - lag that are long enough
 * and move; of both when they are two stations. */
static void compare(autan_qc_work *work, size_t a, size_t b, size_t lag,
                    const double *threshold)
{
    const double *x = autan_series(work, a), *y = autan_series(work, b);
    size_t rows = (size_t)threshold[0], count = 0, moves = 0, first = lag;
    for (size_t t = lag; t <= work->n_times; t++) {
        bool same = t < work->n_times && x[t] == y[t - lag];
        if (same) {
            first = count ? first : t;
            moves += count && x[t] != x[t - 1];
            count++;
            continue;
        }
        if (count >= rows && (double)moves >= threshold[1] * (double)count) {
            autan_flag(work, a, first, t, (double)count, threshold[0]);
            if (a != b)
                autan_flag(work, b, first, t, (double)count, threshold[0]);
        }
        count = moves = 0;
    }
}

autan_status autan_check_duplicate(autan_qc_work *work, const double *threshold)
{
    size_t day = autan_rows(work, 86400);
    for (size_t i = 0; i < work->n; i++) {
        for (size_t j = 0; j < i; j++)
            compare(work, j, i, 0, threshold);
        for (size_t days = 1; days <= 7; days++)
            compare(work, i, i, days * day, threshold);
    }
    return AUTAN_OK;
}
