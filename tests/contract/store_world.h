/* What the suites of every store share: a store opened anew for each test, and
 * the words they are asked in. */
#ifndef TESTS_CONTRACT_STORE_WORLD_H
#define TESTS_CONTRACT_STORE_WORLD_H

#include "unit/test.h"

#include "store/store.h"
#include "unit/store/scratch.h"

struct world {
    bool is_duckdb;
    struct scratch scratch;
    struct store *store;
    struct store_reader *reader;
    struct why why;
};

static inline void open_store(struct world *w)
{
    const struct store_duckdb_options opt = {.path = w->scratch.path};

    if (w->is_duckdb) {
        assert_ok(store_open_duckdb(&opt, &w->store, &w->why), &w->why);
    } else {
        assert_ok(store_open_fake(&w->store, &w->why), &w->why);
    }
    assert_ok(store_reader_open(w->store, &w->reader, &w->why), &w->why);
}

static inline void close_store(struct world *w)
{
    store_reader_close(&w->reader);
    store_close(&w->store);
}

static inline int setup(void **state)
{
    struct world *w = *state;

    scratch_make(&w->scratch);
    open_store(w);
    return 0;
}

static inline int teardown(void **state)
{
    struct world *w = *state;

    close_store(w);
    scratch_remove(&w->scratch);
    return 0;
}

/* ---- words ---- */

static inline void commit(struct world *w, uint64_t pos)
{
    assert_ok(store_commit(w->store, pos, &w->why), &w->why);
}

static inline void begin(struct world *w)
{
    assert_ok(store_begin(w->store, &w->why), &w->why);
}

static inline void put(struct world *w, uint64_t first, uint64_t n,
                       uint64_t pos)
{
    begin(w);
    scratch_add(w->store, first, n);
    commit(w, pos);
}

static inline void expect_position(struct world *w, uint64_t want)
{
    uint64_t pos = 99;

    assert_ok(store_position(w->store, &pos, &w->why), &w->why);
    assert_int_equal(pos, want);
}

static inline int64_t count(struct world *w)
{
    struct store_stats stats;

    assert_ok(store_stats(w->reader, &stats, &w->why), &w->why);
    return stats.n_events;
}

static inline void assert_same_str(struct str got, struct str want)
{
    if (!str_eq(got, want)) {
        print_error("got  \"%.*s\"\nwant \"%.*s\"\n", STR_ARG(got),
                    STR_ARG(want));
        fail();
    }
}

#endif
