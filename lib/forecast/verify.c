#include "forecast/verify.h"

#include <math.h>

double autan_crps_members(size_t n, const double *sorted, double observed)
{
    const double count = (double)n;
    double near = 0.0, between = 0.0;
    for (size_t k = 0; k < n; k++) {
        near += fabs(sorted[k] - observed);
        between += (2.0 * (double)k + 1.0 - count) * sorted[k];
    }
    return near / count - between / (count * count);
}

double autan_brier(size_t n, const double *chance, const int *happened)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += (chance[i] - happened[i]) * (chance[i] - happened[i]);
    return sum / (double)n;
}

static double quantile(size_t n, const double *sorted, double p)
{
    const double place = fmin(fmax(p * (double)n - 0.5, 0.0), (double)(n - 1));
    const size_t low = (size_t)place, high = low + 1 < n ? low + 1 : low;
    return sorted[low] + (place - (double)low) * (sorted[high] - sorted[low]);
}

static int within(size_t n, const double *sorted, double part, double observed)
{
    return observed >= quantile(n, sorted, 0.5 - 0.5 * part) &&
           observed <= quantile(n, sorted, 0.5 + 0.5 * part);
}

void autan_verify_add(autan_verify_tally *t, size_t n, const double *sorted,
                      double observed, const autan_references *r)
{
    double mean = 0.0;
    if (n == 0 || r->n == 0 || isnan(observed) || isnan(r->persistence) ||
        isnan(sorted[0]) || isnan(sorted[n - 1]))
        return;
    for (size_t k = 0; k < n; k++)
        mean += sorted[k] / (double)n;
    t->n++;
    t->error += mean - observed;
    t->squared += (mean - observed) * (mean - observed);
    t->crps += autan_crps_members(n, sorted, observed);
    t->crps_climate += autan_crps_members(r->n, r->climate, observed);
    t->crps_persistence += fabs(r->persistence - observed);
    t->within_50 += within(n, sorted, 0.5, observed) ? 1 : 0;
    t->within_90 += within(n, sorted, 0.9, observed) ? 1 : 0;
}

void autan_verify_event_add(autan_verify_event *e, double chance, int happened,
                            double chance_climate, double chance_persistence)
{
    const double truth = happened ? 1.0 : 0.0;
    const size_t bin = (size_t)fmin(floor(chance * 10.0 + 0.5), AUTAN_VERIFY_BINS - 1);
    e->n++;
    e->happened += happened ? 1 : 0;
    e->brier += (chance - truth) * (chance - truth);
    e->brier_climate += (chance_climate - truth) * (chance_climate - truth);
    e->brier_persistence += (chance_persistence - truth) * (chance_persistence - truth);
    e->in_bin[bin]++;
    e->happened_in[bin] += happened ? 1 : 0;
    e->chance_in[bin] += chance;
}

void autan_verify_roc(const autan_verify_event *e, size_t k, double *hit_rate,
                      double *false_alarm_rate)
{
    size_t hits = 0, alarms = 0;
    for (size_t b = k; b < AUTAN_VERIFY_BINS; b++) {
        hits += e->happened_in[b];
        alarms += e->in_bin[b] - e->happened_in[b];
    }
    *hit_rate = e->happened ? (double)hits / (double)e->happened : (double)NAN;
    *false_alarm_rate = e->n > e->happened
                            ? (double)alarms / (double)(e->n - e->happened)
                            : (double)NAN;
}

double autan_verify_roc_area(const autan_verify_event *e)
{
    double area = 0.0, hit, alarm, last_hit = 0.0, last_alarm = 0.0;
    for (size_t k = AUTAN_VERIFY_BINS; k-- > 0;) {
        autan_verify_roc(e, k, &hit, &alarm);
        area += 0.5 * (hit + last_hit) * (alarm - last_alarm);
        last_hit = hit;
        last_alarm = alarm;
    }
    return area;
}

void autan_contingency_add(autan_contingency *c, int warned, int happened)
{
    size_t *const cell = warned ? (happened ? &c->hits : &c->false_alarms)
                                : (happened ? &c->misses : &c->rejections);
    ++*cell;
}

double autan_skill(double score, double reference)
{
    return reference > 0.0 ? 1.0 - score / reference : (double)NAN;
}
