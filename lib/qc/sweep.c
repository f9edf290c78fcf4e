#include "qc/sweep.h"

#include <stdlib.h>
#include <string.h>

#include "qc/moment.h"

typedef struct {
    const autan_sweep *sweep;
    autan_neighbours *tree;
    autan_neighbour *found;
    size_t *lists;
    autan_circles circles;
    int *verdict;
} state;

static bool wanted(const autan_sweep *sweep, size_t i)
{
    return !sweep->missing[i] && autan_to_check(sweep->check, sweep->points->n, i);
}

static void draw(state *s, size_t centre, bool single)
{
    const autan_sweep *sweep = s->sweep;
    autan_circles *c = &s->circles;
    size_t near =
        autan_neighbours_nearest(s->tree, centre, sweep->outer_radius_m,
                                 (size_t)sweep->num_max, sweep->missing, s->found);
    c->n_outer = c->n_inner = c->n_test = 0;
    c->single = single;
    for (size_t k = 0; k < near; k++) {
        size_t i = s->found[k].index;
        if (s->verdict[i] == AUTAN_VERDICT_BAD || (single && i == centre))
            continue;
        c->outer[c->n_outer++] = i;
        if (s->found[k].distance_m > sweep->inner_radius_m)
            continue;
        if (!single && s->verdict[i] != AUTAN_VERDICT_GOOD && wanted(sweep, i))
            c->test[c->n_test++] = c->n_inner;
        c->inner[c->n_inner++] = c->n_outer - 1;
    }
    if (single) {
        c->test[c->n_test++] = c->n_inner;
        c->inner[c->n_inner++] = c->n_outer;
        c->outer[c->n_outer++] = centre;
    }
}

/* Handles the circles around one station; answers how many values were thrown out. */
static int handle(state *s, size_t centre, bool single, bool may_pass)
{
    const autan_sweep *sweep = s->sweep;
    autan_circles *c = &s->circles;
    int thrown;
    draw(s, centre, single);
    if (c->n_outer < (size_t)sweep->num_min) {
        s->verdict[centre] =
            sweep->keep_isolated ? AUTAN_VERDICT_GOOD : AUTAN_VERDICT_ALONE_OUTER;
        return 0;
    }
    if (sweep->needs_company && c->n_inner < 2) {
        s->verdict[centre] =
            sweep->keep_isolated ? AUTAN_VERDICT_GOOD : AUTAN_VERDICT_ALONE_INNER;
        return 0;
    }
    if (sweep->settled(sweep, c)) {
        for (size_t t = 0; t < c->n_test; t++)
            s->verdict[c->outer[c->inner[c->test[t]]]] = AUTAN_VERDICT_GOOD;
        return 0;
    }
    thrown = sweep->judge(sweep, c, may_pass, s->verdict);
    if (thrown < 0)
        s->verdict[centre] = AUTAN_VERDICT_SINGULAR;
    return thrown < 0 ? 0 : thrown;
}

static void sweep_all(state *s)
{
    const autan_sweep *sweep = s->sweep;
    for (int iteration = 0; iteration < sweep->iterations; iteration++) {
        int thrown = 0;
        for (size_t i = 0; i < sweep->points->n; i++) {
            if (wanted(sweep, i) && s->verdict[i] < 0)
                thrown += handle(s, i, false, iteration > 0);
        }
        if (thrown)
            continue;
        for (size_t i = 0; iteration == 0 && i < sweep->points->n; i++) {
            if (wanted(sweep, i) && s->verdict[i] < 0)
                s->verdict[i] = AUTAN_VERDICT_GOOD;
        }
        break;
    }
}

static void sweep_again(state *s)
{
    const autan_sweep *sweep = s->sweep;
    for (size_t i = 0; i < sweep->points->n; i++) {
        if (wanted(sweep, i) && s->verdict[i] < 0)
            handle(s, i, true, true);
    }
    for (size_t i = 0; i < sweep->points->n; i++) {
        if (wanted(sweep, i) && s->verdict[i] == AUTAN_VERDICT_BAD &&
            !(sweep->hopeless && sweep->hopeless[i]))
            handle(s, i, true, true);
    }
}

autan_status autan_sweep_run(const autan_sweep *sweep, int *verdict)
{
    size_t n = sweep->points->n, most = (size_t)sweep->num_max;
    state s = {.sweep = sweep};
    autan_status status = AUTAN_NO_MEMORY;
    if (most > n)
        most = n;
    s.found = malloc((most + 1) * sizeof *s.found);
    s.lists = malloc(3 * (most + 1) * sizeof *s.lists);
    s.verdict = malloc((n + 1) * sizeof *s.verdict);
    if (!s.found || !s.lists || !s.verdict)
        goto cleanup;
    s.circles.outer = s.lists;
    s.circles.inner = s.lists + most + 1;
    s.circles.test = s.lists + 2 * (most + 1);
    for (size_t i = 0; i < n; i++)
        s.verdict[i] = sweep->missing[i] ? AUTAN_VERDICT_BAD : AUTAN_VERDICT_UNTESTED;
    status = autan_neighbours_new(sweep->points, &s.tree);
    if (status != AUTAN_OK)
        goto cleanup;
    sweep_all(&s);
    sweep_again(&s);
    memcpy(verdict, s.verdict, n * sizeof *verdict);
cleanup:
    free(s.found);
    free(s.lists);
    free(s.verdict);
    autan_neighbours_free(s.tree);
    return status;
}
