#include "qc/interpolation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "qc/robust.h"

autan_status autan_circle_new(size_t capacity, autan_circle *circle)
{
    size_t count = capacity * capacity + 1;
    autan_circle made = {.capacity = capacity};
    made.distance = malloc(count * sizeof(double));
    made.correlation = malloc(count * sizeof(double));
    made.inverse = malloc(count * sizeof(double));
    made.row = malloc((capacity + 1) * sizeof(double));
    if (!made.distance || !made.correlation || !made.inverse || !made.row) {
        autan_circle_clear(&made);
        return AUTAN_NO_MEMORY;
    }
    *circle = made;
    return AUTAN_OK;
}

void autan_circle_clear(autan_circle *circle)
{
    free(circle->distance);
    free(circle->correlation);
    free(circle->inverse);
    free(circle->row);
    *circle = (autan_circle){0};
}

void autan_circle_distances(autan_circle *circle, const autan_points *points, size_t n,
                            const size_t *member)
{
    for (size_t i = 0; i < n; i++) {
        circle->distance[i * n + i] = 0;
        for (size_t j = 0; j < i; j++) {
            double d = autan_points_distance(points, member[i], member[j]);
            circle->distance[i * n + j] = circle->distance[j * n + i] = d;
        }
    }
}

double autan_circle_scale_quantile(autan_circle *circle, size_t n)
{
    double total = 0;
    for (size_t i = 0; i < n; i++) {
        memcpy(circle->row, circle->distance + i * n, n * sizeof(double));
        total += autan_quantile(circle->row, n, 0.10);
    }
    return total / (double)n;
}

double autan_circle_scale_kth(autan_circle *circle, size_t n, int kth)
{
    size_t k = (size_t)kth > n ? n - 1 : (size_t)kth - 1;
    double total = 0;
    for (size_t i = 0; i < n; i++) {
        memcpy(circle->row, circle->distance + i * n, n * sizeof(double));
        total += autan_nth(circle->row, n, k);
    }
    return total / (double)n;
}

void autan_circle_correlate(autan_circle *circle, size_t n, const double *elevation,
                            double horizontal_m, double vertical_m)
{
    for (size_t i = 0; i < n; i++) {
        circle->correlation[i * n + i] = 1;
        for (size_t j = 0; j < i; j++) {
            double h = circle->distance[i * n + j] / horizontal_m;
            double v = (elevation[i] - elevation[j]) / vertical_m;
            double value = exp(-0.5 * (h * h + v * v));
            circle->correlation[i * n + j] = circle->correlation[j * n + i] = value;
        }
    }
}

/* Lower Cholesky factor of the lower triangle, in place; rows are contiguous. */
static bool factor(size_t n, double *a)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j <= i; j++) {
            const double *p = a + i * n, *q = a + j * n;
            double sum = 0;
#pragma omp simd reduction(+ : sum)
            for (size_t k = 0; k < j; k++)
                sum += p[k] * q[k];
            double left = a[i * n + j] - sum;
            if (j < i)
                a[i * n + j] = left / a[j * n + j];
            else if (left > 0)
                a[i * n + i] = sqrt(left);
            else
                return false;
        }
    }
    return true;
}

/* Inverse of the lower factor, in place: row by row, using rows already inverted. */
static void invert_factor(size_t n, double *a)
{
    for (size_t i = 0; i < n; i++) {
        double *row = a + i * n, diagonal = 1 / row[i];
        for (size_t j = 0; j < i; j++) {
            double weight = row[j] * -diagonal;
            const double *above = a + j * n;
            row[j] = 0;
#pragma omp simd
            for (size_t k = 0; k <= j; k++)
                row[k] += weight * above[k];
        }
        row[i] = diagonal;
    }
}

bool autan_invert(size_t n, const double *a, const double *eps2, double *inverse)
{
    memcpy(inverse, a, n * n * sizeof *a);
    for (size_t i = 0; i < n; i++)
        inverse[i * n + i] += eps2[i];
    if (!factor(n, inverse))
        return false;
    invert_factor(n, inverse);
    /* The product of the factor's transpose and itself, rows of the result from the
     * top: row i needs factor rows i and below, which are still there. */
    for (size_t i = 0; i < n; i++) {
        double *row = inverse + i * n, diagonal = row[i];
        for (size_t k = 0; k <= i; k++)
            row[k] *= diagonal;
        for (size_t m = i + 1; m < n; m++) {
            const double *below = inverse + m * n;
            double weight = below[i];
#pragma omp simd
            for (size_t k = 0; k <= i; k++)
                row[k] += weight * below[k];
        }
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++)
            inverse[j * n + i] = inverse[i * n + j];
    }
    return true;
}
