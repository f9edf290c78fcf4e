/* Scores of post-processed guidance by the length of its training:
 *
 *     emos_scores
 *
 * learns from so many cases in a row wherever they begin, tests on all that are more
 * than 60 cases away, and prints a CSV line for each place and length: means over the
 * trainings, and the share of them that cover 0.86 to 0.94. Guidance is that of
 * Innsbruck and, at other places, the temperature of another city. Reads the shared
 * data. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <autan.h>

enum { MOST = 5000, MEMBERS = 11, STEP = 83, GAP = 60 };

typedef struct {
    size_t n;
    double season[MOST], mean[MOST], variance[MOST], observed[MOST];
} cases;

/* The place and city that is read, with what of the header belongs to them. */
typedef struct {
    cases *to;
    const char *guidance, *observed;
    long columns[2]; /* -1: not found yet */
} reading;

static void add_case(cases *c, int year, int month, int day, double observed)
{
    const autan_civil civil = {.year = year, .month = month, .day = day, .hour = 6};
    autan_time time;
    autan_time_from_utc(&civil, &time);
    c->season[c->n] = autan_season_angle(time);
    c->observed[c->n++] = observed;
}

static autan_status take_night(const autan_csv_row *row, void *user)
{
    cases *c = ((reading *)user)->to;
    const size_t i = c->n;
    int year, month, day;
    double sum = 0.0, squares = 0.0;
    if (c->n == MOST || row->n < 2 + MEMBERS ||
        sscanf(row->field[0], "%d-%d-%d", &year, &month, &day) != 3)
        return AUTAN_OK;
    for (size_t k = 0; k < MEMBERS; k++)
        sum += strtod(row->field[2 + k], NULL) / MEMBERS;
    for (size_t k = 0; k < MEMBERS; k++)
        squares += pow(strtod(row->field[2 + k], NULL) - sum, 2);
    c->mean[i] = sum;
    c->variance[i] = squares / (MEMBERS - 1);
    add_case(c, year, month, day, strtod(row->field[1], NULL));
    return AUTAN_OK;
}

static autan_status take_day(const autan_csv_row *row, void *user)
{
    reading *r = user;
    cases *c = r->to;
    const int date = atoi(row->field[0]);
    if (r->columns[0] < 0) {
        for (size_t k = 0; k < row->n; k++) {
            if (strcmp(row->field[k], r->guidance) == 0)
                r->columns[0] = (long)k;
            if (strcmp(row->field[k], r->observed) == 0)
                r->columns[1] = (long)k;
        }
        return r->columns[0] < 0 || r->columns[1] < 0 ? AUTAN_BAD_FORMAT : AUTAN_OK;
    }
    const char *guidance = row->field[r->columns[0]];
    const char *observed = row->field[r->columns[1]];
    if (c->n == MOST || !*guidance || !*observed)
        return AUTAN_OK;
    c->mean[c->n] = strtod(guidance, NULL);
    c->variance[c->n] = 1.0;
    add_case(c, date / 10000, date / 100 % 100, date % 100, strtod(observed, NULL));
    return AUTAN_OK;
}

/* Learns from cases first .. first + n - 1. */
static void score(const cases *c, size_t first, size_t n, autan_score *s)
{
    const autan_cases train = {n,
                               c->season + first,
                               c->mean + first,
                               c->variance + first,
                               c->observed + first,
                               NULL};
    autan_emos emos;
    if (autan_emos_fit(&train, &emos) != AUTAN_OK)
        return;
    for (size_t i = 0; i < c->n; i++) {
        const autan_guess guess = {c->season[i], c->mean[i], c->variance[i], NAN};
        double value, spread;
        if (i + GAP >= first && i < first + n + GAP)
            continue;
        autan_emos_predict(&emos, &guess, &value, &spread);
        autan_score_add(s, value, spread, c->observed[i]);
    }
}

static void score_place(const char *name, const cases *c)
{
    static const size_t length[] = {61, 75, 90, 120, 180, 365, 730};
    for (size_t k = 0; k < sizeof length / sizeof *length; k++) {
        double crps = 0.0, coverage = 0.0, within = 0.0, n = 0.0;
        for (size_t first = 0; first + length[k] < c->n; first += STEP) {
            autan_score s = {0};
            score(c, first, length[k], &s);
            const double covered = autan_score_coverage_90(&s);
            crps += autan_score_crps(&s);
            coverage += covered;
            within += covered >= 0.86 && covered <= 0.94;
            n++;
        }
        printf("%s,%zu,%g,%.3f,%.3f,%.2f\n", name, length[k], n, crps / n, coverage / n,
               within / n);
    }
}

static void read_cases(const char *name, autan_csv_handler take, reading *r)
{
    const char *shared = getenv("AUTAN_SHARED");
    char path[4096];
    autan_error err;
    r->to->n = 0;
    snprintf(path, sizeof path, "%s/data/forecast/%s", shared ? shared : "../shared",
             name);
    if (autan_csv_read(path, ',', take, r, &err) != AUTAN_OK) {
        fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
}

int main(void)
{
    static const char *const pair[][2] = {{"DE_BILT_temp_max", "MAASTRICHT_temp_max"},
                                          {"BASEL_temp_min", "MONTELIMAR_temp_min"},
                                          {"DRESDEN_temp_max", "KASSEL_temp_max"},
                                          {"TOURS_temp_max", "PERPIGNAN_temp_max"}};
    static cases c;
    printf("place,cases,trainings,crps,coverage_90,share_within\n");
    read_cases("innsbruck-gefs-tmin.csv", take_night, &(reading){.to = &c});
    score_place("INNSBRUCK", &c);
    for (size_t k = 0; k < sizeof pair / sizeof *pair; k++) {
        read_cases("ecad-18-cities-daily.csv", take_day,
                   &(reading){&c, pair[k][0], pair[k][1], {-1, -1}});
        score_place(pair[k][1], &c);
    }
    return 0;
}
