#include "qc/robust.h"

#include <math.h>
#include <stdlib.h>

static void swap(double *a, double *b)
{
    double kept = *a;
    *a = *b;
    *b = kept;
}

/* Small groups, as most are here, are cheapest by insertion. */
static void sort_insertion(double *value, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        double moved = value[i];
        size_t j = i;
        for (; j > 0 && value[j - 1] > moved; j--)
            value[j] = value[j - 1];
        value[j] = moved;
    }
}

static double middle_of_three(double a, double b, double c)
{
    if (a > b)
        swap(&a, &b);
    return c < a ? a : c > b ? b : c;
}

double autan_nth(double *value, size_t n, size_t k)
{
    ptrdiff_t low = 0, high = (ptrdiff_t)n - 1, place = (ptrdiff_t)k;
    if (k >= n)
        return NAN;
    while (high - low > 16) {
        double pivot =
            middle_of_three(value[low], value[low + (high - low) / 2], value[high]);
        ptrdiff_t i = low, j = high;
        while (i <= j) {
            while (value[i] < pivot)
                i++;
            while (value[j] > pivot)
                j--;
            if (i <= j)
                swap(&value[i++], &value[j--]);
        }
        if (place > j && place < i)
            return value[place];
        if (place <= j)
            high = j;
        else
            low = i;
    }
    sort_insertion(value + low, (size_t)(high - low + 1));
    return value[place];
}

double autan_median(double *value, size_t n)
{
    double upper, lower;
    if (n == 0)
        return NAN;
    upper = autan_nth(value, n, n / 2);
    if (n % 2)
        return upper;
    lower = value[0];
    for (size_t i = 1; i < n / 2; i++)
        lower = value[i] > lower ? value[i] : lower;
    return 0.5 * (lower + upper);
}

double autan_quantile(double *value, size_t n, double fraction)
{
    double place, lower, upper;
    size_t below;
    if (n == 0 || !(fraction >= 0 && fraction <= 1))
        return NAN;
    place = fraction * (double)(n - 1);
    below = (size_t)place;
    lower = autan_nth(value, n, below);
    if (below + 1 >= n || place == (double)below)
        return lower;
    upper = value[below + 1];
    for (size_t i = below + 2; i < n; i++)
        upper = value[i] < upper ? value[i] : upper;
    return lower + (place - (double)below) * (upper - lower);
}

double autan_mad(double *value, size_t n, double centre)
{
    for (size_t i = 0; i < n; i++)
        value[i] = fabs(value[i] - centre);
    return 1.4826 * autan_median(value, n);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Pairs of sorted values no farther apart than d, and the widest such distance. */
static size_t pairs_within(const double *sorted, size_t n, double d, double *widest)
{
    size_t count = 0, j = 0;
    *widest = 0;
    for (size_t i = 0; i < n; i++) {
        if (j < i)
            j = i;
        while (j + 1 < n && sorted[j + 1] - sorted[i] <= d)
            j++;
        count += j - i;
        if (sorted[j] - sorted[i] > *widest)
            *widest = sorted[j] - sorted[i];
    }
    return count;
}

/* The k-th smallest distance, k from 1, by halving: exact, because the answer is read
 * from the data and not from the halved interval. */
static double kth_distance(const double *sorted, size_t n, size_t k)
{
    double low = 0, high = sorted[n - 1] - sorted[0], widest;
    if (pairs_within(sorted, n, 0, &widest) >= k)
        return 0;
    for (;;) {
        double middle = 0.5 * (low + high);
        if (middle <= low || middle >= high)
            return high;
        if (pairs_within(sorted, n, middle, &widest) >= k)
            high = widest;
        else
            low = middle;
    }
}

static double qn_correction(size_t n)
{
    static const double small[] = {0.399356, 0.99365, 0.51321, 0.84401,
                                   0.61220,  0.85877, 0.66993, 0.87344,
                                   0.72014,  0.88906, 0.75743};
    double m = (double)n;
    if (n <= 12)
        return small[n - 2];
    if (n % 2)
        return 1 / ((1.60188 + (-2.1284 - 5.172 / m) / m) / m + 1);
    return 1 / ((3.67561 + (1.9654 + (6.987 - 77 / m) / m) / m) / m + 1);
}

double autan_qn(double *value, size_t n)
{
    size_t h = n / 2 + 1;
    if (n == 0)
        return NAN;
    if (n == 1)
        return 0;
    if (n <= 64)
        sort_insertion(value, n);
    else
        qsort(value, n, sizeof *value, compare);
    return 2.21914 * qn_correction(n) * kth_distance(value, n, h * (h - 1) / 2);
}

size_t autan_collect(const double *value, size_t n, size_t stride, double *kept)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (!isnan(value[i * stride]))
            kept[count++] = value[i * stride];
    }
    return count;
}

double autan_normal_quantile(double probability)
{
    double low = -40, high = 40;
    if (!(probability > 0 && probability < 1))
        return NAN;
    if (probability > 0.5)
        return -autan_normal_quantile(1 - probability);
    /* Halving the interval of Phi(z) = erfc(-z / sqrt 2) / 2: slow but without a table,
     * and thresholds are asked for once. */
    while (high - low > 1e-13) {
        double middle = 0.5 * (low + high);
        if (0.5 * erfc(-middle * M_SQRT1_2) < probability)
            low = middle;
        else
            high = middle;
    }
    return 0.5 * (low + high);
}

/* Continued fraction of the incomplete beta function (DLMF 8.17.22), by the modified
 * Lentz method. */
static double beta_fraction(double x, double a, double b)
{
    const double tiny = 1e-300;
    double c = 1, d = 1 - (a + b) * x / (a + 1), value;
    d = 1 / (fabs(d) < tiny ? tiny : d);
    value = d;
    for (int m = 1; m < 1000; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        double before = value;
        for (int half = 0; half < 2; half++) {
            double term = half ? odd : even;
            d = 1 + term * d;
            d = 1 / (fabs(d) < tiny ? tiny : d);
            c = 1 + term / c;
            c = fabs(c) < tiny ? tiny : c;
            value *= c * d;
        }
        if (fabs(value - before) < 1e-15 * fabs(value))
            break;
    }
    return value;
}

static double incomplete_beta(double x, double a, double b)
{
    double front;
    if (x <= 0)
        return 0;
    if (x >= 1)
        return 1;
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x));
    if (x < (a + 1) / (a + b + 2))
        return front * beta_fraction(x, a, b) / a;
    return 1 - front * beta_fraction(1 - x, b, a) / b;
}

/* P(T < -t) for t >= 0. */
static double student_tail(double t, double freedom)
{
    return 0.5 * incomplete_beta(freedom / (freedom + t * t), 0.5 * freedom, 0.5);
}

double autan_student_quantile(double probability, double freedom)
{
    double low = 0, high = 1;
    if (!(probability > 0 && probability < 1) || !(freedom > 0))
        return NAN;
    if (probability > 0.5)
        return -autan_student_quantile(1 - probability, freedom);
    while (student_tail(high, freedom) > probability && high < 1e300)
        high *= 2;
    for (int step = 0; step < 200 && high - low > 1e-14 * high; step++) {
        double middle = 0.5 * (low + high);
        if (student_tail(middle, freedom) > probability)
            low = middle;
        else
            high = middle;
    }
    return -0.5 * (low + high);
}
