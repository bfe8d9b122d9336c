/* What the suites of the query room share: random events in a store and in
 * memory, and random questions about them. */
#ifndef TESTS_CONTRACT_QUERY_WORLD_H
#define TESTS_CONTRACT_QUERY_WORLD_H

#include "unit/test.h"

#include "base/arena.h"
#include "base/rand.h"
#include "base/utc.h"
#include "event/event.h"
#include "query/query.h"
#include "store/schema.h"
#include "store/store.h"

enum { N_EVENTS = 20000, ANSWER_BYTES = 256 * 1024 * 1024, PARAMS_MAX = 16 };

/* 2026-01-01 and fourteen months on: all changes of the clocks are within. */
#define FROM_US INT64_C(1767225600000000)
#define SPAN_US (425 * UTC_US_PER_DAY)
#define NOW_US  (FROM_US + SPAN_US)

struct world {
    struct arena text;
    struct event *ev;
    struct store *store;
    struct store_reader *reader;
};

/* For groups of tests. */
int query_world_set_up(void **state);
int query_world_tear_down(void **state);

struct question {
    struct query_param param[PARAMS_MAX];
    size_t n;
    struct arena text;
};

/* question_make: of any kind, or of the kind that a rollup can answer; its text
 * is the caller's to end.  question_fields: all that can be asked by. */
void question_make(struct rand *r, const struct world *w,
                   const struct rollup *rollup, struct question *ask);
void question_add(struct question *ask, const char *name, struct str value);
void question_show(const struct question *ask);
size_t question_fields(struct str names[64]);

#endif
