/* What the machine needs at least for the arithmetic and the output of maps:
 *
 *   bounds product CELLS HOURS STATIONS KERNELS TERMS GROUPS
 *   bounds file MAPS.nc HOURS
 *
 * product prints, as shell assignments, the seconds of the bare matrix product of the
 * means (cells x functions times functions x hours, functions = stations kernels +
 * terms
 * + 1), of that of the standard errors (cells x stations times stations x stations, a
 * group of hours), and of the exponentials (cells x stations kernels). Each is measured
 * in blocks on all processors, at most 2^18 cells, and scaled.
 *
 * file prints the seconds of deflating the values of the first HOURS maps in the chunks
 * that autan writes, on all processors, and of writing and syncing as many bytes as the
 * file has beside it, both scaled to the whole file.
 */
#include <cblas.h>
#include <fcntl.h>
#include <libdeflate.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/mapfile.h"
#include "seconds.h"

/* Cells in a block, most cells measured, repeats; level of lib/files/chunkfile.c; most
 * bytes written. */
enum {
    BLOCK = 256,
    CELLS_MOST = 1 << 18,
    REPEATS = 3,
    LEVEL = 1,
    WRITE_MOST = 1 << 30
};

static double *some(size_t n)
{
    double *x = malloc(n * sizeof *x);
    for (size_t k = 0; x && k < n; k++)
        x[k] = 1e-3 * (double)(k % 977);
    return x;
}

/* Fewest seconds of blocks x (BLOCK x inner times inner x columns). */
static double time_product(size_t blocks, size_t inner, size_t columns)
{
    double fewest = HUGE_VAL;
    double *right = some(inner * columns);
    for (int r = 0; r < REPEATS; r++) {
        double start = 0.0;
#pragma omp parallel
        {
            double *left = some(BLOCK * inner), *out = some(BLOCK * columns);
#pragma omp barrier
#pragma omp single
            start = seconds();
#pragma omp for
            for (size_t b = 0; b < blocks; b++)
                cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, BLOCK,
                            (int)columns, (int)inner, 1.0, left, (int)inner, right,
                            (int)columns, 0.0, out, (int)columns);
#pragma omp single
            fewest = fmin(fewest, seconds() - start);
            free(left);
            free(out);
        }
    }
    free(right);
    return fewest;
}

static double time_exponentials(size_t blocks, size_t n)
{
    double fewest = HUGE_VAL;
    for (int r = 0; r < REPEATS; r++) {
        double start = 0.0;
#pragma omp parallel
        {
            double *x = some(BLOCK * n), *out = some(BLOCK * n);
#pragma omp barrier
#pragma omp single
            start = seconds();
#pragma omp for
            for (size_t b = 0; b < blocks; b++) {
#pragma omp simd
                for (size_t k = 0; k < BLOCK * n; k++)
                    out[k] = exp(-x[k]);
            }
#pragma omp single
            fewest = fmin(fewest, seconds() - start);
            free(x);
            free(out);
        }
    }
    return fewest;
}

static int print_product(char **argv)
{
    size_t shape[6];
    for (int k = 0; k < 6; k++)
        shape[k] = strtoul(argv[k], NULL, 10);
    const size_t cells = shape[0], hours = shape[1], stations = shape[2];
    const size_t functions = stations * shape[3] + shape[4] + 1;
    const size_t measured = cells < CELLS_MOST ? cells : CELLS_MOST;
    const size_t blocks = (measured + BLOCK - 1) / BLOCK;
    const double whole = (double)cells / (double)(blocks * BLOCK);
    openblas_set_num_threads(1);
    printf("mean=%.4f error=%.4f exponentials=%.4f\n",
           whole * time_product(blocks, functions, hours),
           whole * (double)shape[5] * time_product(blocks, stations, stations),
           whole * time_exponentials(blocks, stations * shape[3]));
    return 0;
}

/* HDF5's shuffle: the first bytes of all values, then the second ... */
static void shuffle(size_t n, const float *value, unsigned char *out)
{
    const unsigned char *byte = (const unsigned char *)value;
    for (size_t k = 0; k < 4 * n; k++)
        out[k % 4 * n + k / 4] = byte[k];
}

/* Seconds of deflating n bytes in chunks. */
static double time_deflate(size_t n, size_t chunk, const unsigned char *bytes)
{
    double start = 0.0, end = 0.0;
#pragma omp parallel
    {
        struct libdeflate_compressor *deflate = libdeflate_alloc_compressor(LEVEL);
        size_t most = libdeflate_zlib_compress_bound(deflate, chunk);
        unsigned char *out = malloc(most);
        memset(out, 0, most);
#pragma omp barrier
#pragma omp single
        start = seconds();
#pragma omp for schedule(dynamic, 1)
        for (size_t first = 0; first < n; first += chunk)
            libdeflate_zlib_compress(deflate, bytes + first,
                                     n - first < chunk ? n - first : chunk, out, most);
#pragma omp single
        end = seconds();
        free(out);
        libdeflate_free_compressor(deflate);
    }
    return end - start;
}

static double time_maps(const char *path, size_t hours, autan_status *status,
                        autan_error *err)
{
    autan_mapfile_reader *reader = NULL;
    const autan_mapfile_info *info;
    double total = 0.0;
    size_t cells, chunk;
    float *value;
    unsigned char *shuffled;
    *status = autan_mapfile_open_read(path, &reader, err);
    if (*status != AUTAN_OK)
        return 0.0;
    info = autan_mapfile_contents(reader);
    hours = hours < info->n_times ? hours : info->n_times;
    cells = info->grid->nx * info->grid->ny;
    chunk = autan_mapfile_chunk_rows(info->grid) * info->grid->nx;
    value = malloc(cells * sizeof *value);
    shuffled = malloc(cells * hours * sizeof *value);
    for (size_t v = 0; *status == AUTAN_OK && v < info->n_variables; v++) {
        for (size_t t = 0; *status == AUTAN_OK && t < hours; t++) {
            *status = autan_mapfile_read(reader, v, t, value, err);
            for (size_t c = 0; c < cells; c += chunk)
                shuffle(cells - c < chunk ? cells - c : chunk, value + c,
                        shuffled + 4 * (t * cells + c));
        }
        total += time_deflate(4 * cells * hours, 4 * chunk, shuffled);
    }
    total *= (double)info->n_times / (double)hours;
    free(value);
    free(shuffled);
    autan_mapfile_reader_close(reader);
    return total;
}

/* Seconds of writing n bytes beside the file, or as many as are measured, scaled. */
static double time_write(const char *path, size_t n)
{
    const size_t step = 1 << 20, measured = n < WRITE_MOST ? n : WRITE_MOST;
    char *bytes = malloc(step), *name = malloc(strlen(path) + 7);
    double start, taken = NAN;
    int file;
    for (size_t k = 0; k < step; k++)
        bytes[k] = (char)(k * k % 251);
    sprintf(name, "%s.bound", path);
    start = seconds();
    file = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (file >= 0) {
        ssize_t done = 1;
        for (size_t k = 0; done > 0 && k < measured; k += (size_t)done)
            done = write(file, bytes, measured - k < step ? measured - k : step);
        if (fsync(file) == 0 && done > 0)
            taken = (seconds() - start) * (double)n / (double)measured;
        close(file);
    }
    unlink(name);
    free(bytes);
    free(name);
    return taken;
}

static int print_file(const char *path, size_t hours)
{
    autan_error err = {0};
    autan_status status;
    struct stat about;
    double compress = time_maps(path, hours, &status, &err);
    if (status != AUTAN_OK || stat(path, &about) != 0) {
        fprintf(stderr, "bounds: %s\n", status != AUTAN_OK ? err.text : path);
        return 1;
    }
    printf("compress=%.4f write=%.4f bytes=%lld\n", compress,
           time_write(path, (size_t)about.st_size), (long long)about.st_size);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 8 && strcmp(argv[1], "product") == 0)
        return print_product(argv + 2);
    if (argc == 4 && strcmp(argv[1], "file") == 0)
        return print_file(argv[2], strtoul(argv[3], NULL, 10));
    fprintf(stderr, "usage: bounds product CELLS HOURS STATIONS KERNELS TERMS GROUPS\n"
                    "       bounds file MAPS.nc HOURS\n");
    return 2;
}
