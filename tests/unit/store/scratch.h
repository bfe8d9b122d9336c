/* A new folder for each test, gone behind it, and events to store in it. */
#ifndef TESTS_UNIT_STORE_SCRATCH_H
#define TESTS_UNIT_STORE_SCRATCH_H

#include "../test.h"

#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "event/event.h"
#include "store/store.h"

struct scratch {
    char dir[32];
    char path[64]; /* of a database in it */
};

static inline void scratch_make(struct scratch *s)
{
    (void)snprintf(s->dir, sizeof(s->dir), "store-test-XXXXXX");
    assert_non_null(mkdtemp(s->dir));
    (void)snprintf(s->path, sizeof(s->path), "%s/events.duckdb", s->dir);
}

static inline int scratch_remove_one(const char *path, const struct stat *st,
                                     int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

static inline void scratch_remove(struct scratch *s)
{
    assert_int_equal(nftw(s->dir, scratch_remove_one, 8, FTW_DEPTH | FTW_PHYS),
                     0);
}

/* A plain event, number n of many: a second apart, told apart by its id.
 * `text` keeps the id and lives as long as the event is used. */
struct scratch_event {
    struct event ev;
    char id[40];
};

#define SCRATCH_TS_US INT64_C(1795000000000000)

static inline void scratch_event_make(struct scratch_event *e, uint64_t n)
{
    event_init(&e->ev);
    (void)snprintf(e->id, sizeof(e->id), "event-%08" PRIu64, n);
    e->ev.id = str_from_cz(e->id);
    e->ev.ts_us = SCRATCH_TS_US + (int64_t)n * 1000000;
    e->ev.arrival_us = e->ev.ts_us + 250000;
    e->ev.source = EVENT_SOURCE_API;
    e->ev.dim[DIM_PROVIDER] = STR("openai");
    e->ev.dim[DIM_MODEL] = STR("gpt-4o");
    e->ev.dim[DIM_REQUESTED_MODEL] = STR("gpt-4o");
    e->ev.dim[DIM_FEATURE] = STR("search");
    e->ev.token[TOKEN_INPUT] = 100 + (int64_t)n;
    e->ev.token[TOKEN_OUTPUT] = 7;
    e->ev.cost.priced = true;
    e->ev.cost.input.pico = 250000 * (100 + (int64_t)n);
    e->ev.cost.output.pico = 7 * INT64_C(10000000);
    e->ev.cost.price_id = STR("openai/gpt-4o@2024-10-01");
}

/* Adds events first..first+n-1 to the open transaction. */
static inline void scratch_add(struct store *s, uint64_t first, uint64_t n)
{
    for (uint64_t i = first; i < first + n; i++) {
        struct scratch_event e;
        struct why why;

        scratch_event_make(&e, i);
        assert_ok(store_add(s, &e.ev, 1, &why), &why);
    }
}

#endif
