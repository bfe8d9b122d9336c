/* A store in memory that answers what a test has queued, and questions
 * written as a URL's query is. */
#ifndef TESTS_UNIT_QUERY_RIG_H
#define TESTS_UNIT_QUERY_RIG_H

#include "test.h"

#include "base/arena.h"
#include "base/attr.h"
#include "base/mem.h"
#include "base/utc.h"
#include "query/query.h"
#include "store/store.h"
#include "store/store_fake.h"

/* 2026-11-22T20:31:11Z */
#define RIG_NOW_US (INT64_C(20779) * UTC_US_PER_DAY + INT64_C(73871000000))

struct rig {
    bool has_rollups; /* may the question be answered from one? */
    struct arena arena;
    struct store *store;
    struct store_reader *reader;
    struct query q;
    struct why why;
};

static inline int rig_set_up(void **state)
{
    struct rig *r = mem_alloc(sizeof(*r));

    arena_init(&r->arena, 1024 * 1024);
    assert_ok(store_open_fake(&r->store, &r->why), &r->why);
    assert_ok(store_reader_open(r->store, &r->reader, &r->why), &r->why);
    *state = r;
    return 0;
}

static inline int rig_tear_down(void **state)
{
    struct rig *r = *state;

    store_reader_close(&r->reader);
    store_close(&r->store);
    arena_fini(&r->arena);
    mem_free(r);
    return 0;
}

#define RIG_TEST(name) \
    cmocka_unit_test_setup_teardown(name, rig_set_up, rig_tear_down)

/* "by=feature&interval=day"; the range is 2026-11-01 to -03 unless given. */
static inline void rig_ask(struct rig *r, const char *text)
{
    struct query_param param[16] = {{STR("from"), STR("2026-11-01")},
                                    {STR("to"), STR("2026-11-03")}};
    bool has_range = strstr(text, "range=") || strstr(text, "from=");
    size_t n = has_range ? 0 : 2;
    struct str rest = str_from_cz(text);
    struct str value;

    while (rest.n > 0 && str_cut(&rest, '&', &value)) {
        assert_true(n < ARRAY_N(param));
        assert_true(str_cut(&value, '=', &param[n].name));
        param[n++].value = value;
    }
    assert_ok(query_parse(param, n, RIG_NOW_US, STR("UTC"), &r->arena, &r->q,
                          &r->why),
              &r->why);
    r->q.only_events = !r->has_rollups;
}

static inline void rig_assert_sql(struct rig *r, const char *want)
{
    struct str sql = store_fake_sql(r->store);

    if (!str_eq(sql, str_from_cz(want))) {
        print_error("got  %.*s\nwant %s\n", STR_ARG(sql), want);
        fail();
    }
}

#define RIG_N(n)                           \
    {                                      \
        .kind = STORE_CELL_I64, .i64 = (n) \
    }
#define RIG_TEXT(lit)                           \
    {                                           \
        .kind = STORE_CELL_STR, .str = STR(lit) \
    }
#define RIG_REAL(x)                        \
    {                                      \
        .kind = STORE_CELL_F64, .f64 = (x) \
    }
#define RIG_NULL                \
    {                           \
        .kind = STORE_CELL_NULL \
    }

/* rig_rows(r, 3, RIG_N(1), ...): rows of three cells. */
#define rig_rows(r, n_cells, ...)                                         \
    store_fake_rows((r)->store, (const struct store_cell[]){__VA_ARGS__}, \
                    ARRAY_N(((const struct store_cell[]){__VA_ARGS__})) / \
                        (n_cells),                                        \
                    (n_cells))

#endif
