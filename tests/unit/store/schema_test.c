#include "test.h"

#include <stdio.h>

#include "base/arena.h"
#include "base/attr.h"
#include "store/schema.h"
#include "store/store.h"

enum { CELLS_MAX = 64, ID = 0, TS = 1, OPERATION = 3, FIRST_DIM = 8 };

struct row {
    struct store_cell cell[CELLS_MAX];
    size_t n;
    struct arena arena;
    struct why why;
};

static void add_i64(struct row *r, int64_t n)
{
    r->cell[r->n++] = (struct store_cell){.kind = STORE_CELL_I64, .i64 = n};
}

static void add_str(struct row *r, struct str s)
{
    r->cell[r->n++] = (struct store_cell){.kind = STORE_CELL_STR, .str = s};
}

static void add_null(struct row *r)
{
    r->cell[r->n++] = (struct store_cell){.kind = STORE_CELL_NULL};
}

static size_t tags_at(void)
{
    return FIRST_DIM + DIM__COUNT;
}

static size_t cost_at(const struct row *r)
{
    return r->n - 5;
}

/* A row as a store gives it, in the order of the select list. */
static int setup(void **state)
{
    static struct row r;

    memset(&r, 0, sizeof(r));
    arena_init(&r.arena, 64 * 1024);
    add_str(&r, STR("id-1"));
    add_i64(&r, 1795000000000000);
    add_i64(&r, 1795000000000001);
    add_str(&r, STR("embeddings"));
    add_str(&r, STR("batch"));
    add_str(&r, STR("staging"));
    add_str(&r, STR("error"));
    add_str(&r, STR("import"));
    for (int d = 0; d < DIM__COUNT; d++) {
        add_str(&r, dim_name((enum dim)d));
    }
    add_str(&r, STR("{\"a\":\"1\",\"b\":\"\\u00e9\"}"));
    add_i64(&r, 3);
    add_i64(&r, 2);
    for (int k = 0; k < TOKEN__COUNT; k++) {
        add_i64(&r, 100 + k);
    }
    add_i64(&r, 900);
    add_null(&r);
    add_i64(&r, 77);
    add_i64(&r, 1000);
    add_i64(&r, 1);
    add_i64(&r, 20);
    add_i64(&r, 300);
    add_str(&r, STR("some/price"));
    assert_int_equal(r.n, schema_event_n_columns());
    *state = &r;
    return 0;
}

static int teardown(void **state)
{
    struct row *r = *state;

    arena_fini(&r->arena);
    return 0;
}

static void expect_corrupt(struct row *r, const char *told)
{
    struct event ev = {.ts_us = 42};

    assert_rc(schema_event_read(r->cell, &r->arena, &ev, &r->why), RC_CORRUPT);
    assert_non_null(strstr(r->why.text, told));
    assert_int_equal(ev.ts_us, 42); /* untouched */
}

static void a_row_becomes_an_event(void **state)
{
    struct row *r = *state;
    struct event ev;

    assert_ok(schema_event_read(r->cell, &r->arena, &ev, &r->why), &r->why);
    assert_str(ev.id, "id-1");
    assert_int_equal(ev.ts_us, 1795000000000000);
    assert_int_equal(ev.arrival_us, 1795000000000001);
    assert_int_equal(ev.operation, OPERATION_EMBEDDINGS);
    assert_int_equal(ev.service_tier, SERVICE_TIER_BATCH);
    assert_int_equal(ev.environment, ENVIRONMENT_STAGING);
    assert_int_equal(ev.status, EVENT_STATUS_ERROR);
    assert_int_equal(ev.source, EVENT_SOURCE_IMPORT);
    assert_str(ev.dim[DIM_PROVIDER], "provider");
    assert_str(ev.dim[DIM_FALLBACK_FROM], "fallback_from");
    assert_int_equal(ev.n_tags, 2);
    assert_str(ev.tag[1].key, "b");
    assert_str(ev.tag[1].value, "\xc3\xa9");
    assert_int_equal(ev.attempt, 3);
    assert_int_equal(ev.web_searches, 2);
    assert_int_equal(ev.token[TOKEN_OUTPUT_IMAGE], 100 + TOKEN_OUTPUT_IMAGE);
    assert_int_equal(ev.latency_ms, 900);
    assert_int_equal(ev.ttft_ms, -1);
    assert_true(ev.has_reported_cost);
    assert_int_equal(ev.reported_cost.pico, 77);
    assert_true(ev.cost.priced);
    assert_int_equal(ev.cost.input.pico, 1000 - 321);
    assert_int_equal(ev.cost.tools.pico, 300);
    assert_str(ev.cost.price_id, "some/price");
}

static void no_cost_is_unpriced(void **state)
{
    struct row *r = *state;
    struct event ev;

    r->cell[cost_at(r)].kind = STORE_CELL_NULL;
    assert_ok(schema_event_read(r->cell, &r->arena, &ev, &r->why), &r->why);
    assert_false(ev.cost.priced);
    assert_int_equal(ev.cost.output.pico, 0);
}

static void a_cell_of_another_kind_is_named(void **state)
{
    struct row *r = *state;

    r->cell[TS].kind = STORE_CELL_F64;
    expect_corrupt(r, "column ts");
    r->cell[ID].kind = STORE_CELL_NULL;
    expect_corrupt(r, "column id"); /* the first one */
}

static void every_column_is_looked_at(void **state)
{
    struct row *r = *state;

    for (size_t i = 0; i < r->n; i++) {
        struct store_cell kept = r->cell[i];

        r->cell[i] = (struct store_cell){.kind = STORE_CELL_F64, .f64 = 1};
        expect_corrupt(r, "column ");
        r->cell[i] = kept;
    }
}

static void an_unknown_member_is_named(void **state)
{
    struct row *r = *state;

    r->cell[OPERATION].str = STR("levitation");
    expect_corrupt(r, "column operation");
}

static void tags_that_are_none_are_refused(void **state)
{
    static const char *const texts[] = {"{", "{\"a\":1}", "{\"a\":{}}", "[1]"};
    struct row *r = *state;

    for (size_t i = 0; i < ARRAY_N(texts); i++) {
        r->cell[tags_at()].str = str_from_cz(texts[i]);
        expect_corrupt(r, "tags");
    }
}

static void one_tag_too_many_is_refused(void **state)
{
    struct row *r = *state;
    char text[1024] = "{";
    struct event ev;
    size_t n = 1;

    for (int i = 0; i < LIMIT_TAGS_MAX; i++) {
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s\"k%02d\":\"v\"",
                              i > 0 ? "," : "", i);
    }
    (void)snprintf(text + n, sizeof(text) - n, "}");
    r->cell[tags_at()].str = str_from_cz(text);
    assert_ok(schema_event_read(r->cell, &r->arena, &ev, &r->why), &r->why);
    assert_int_equal(ev.n_tags, LIMIT_TAGS_MAX);
    (void)snprintf(text + n, sizeof(text) - n, ",\"more\":\"v\"}");
    r->cell[tags_at()].str = str_from_cz(text);
    expect_corrupt(r, "tags");
}

static void a_cost_must_hold_its_parts(void **state)
{
    struct row *r = *state;

    r->cell[cost_at(r)].i64 = INT64_MIN;
    expect_corrupt(r, "cost");
}

static void an_attempt_must_be_one(void **state)
{
    struct row *r = *state;

    r->cell[tags_at() + 1].i64 = INT64_C(1) << 32;
    expect_corrupt(r, "attempt");
    r->cell[tags_at() + 1].i64 = -1;
    expect_corrupt(r, "attempt");
}

static void a_full_arena_is_told(void **state)
{
    struct row *r = *state;
    struct arena tiny;
    struct event ev;

    arena_init(&tiny, 1);
    assert_rc(schema_event_read(r->cell, &tiny, &ev, &r->why), RC_LIMIT);
    arena_fini(&tiny);
}

static void the_list_names_each_column(void **state)
{
    struct str rest = schema_event_columns();
    struct str name;
    size_t n = 0;

    (void)state;
    while (str_cut(&rest, ',', &name)) {
        assert_true(str_trim(name).n > 0);
        n++;
    }
    assert_int_equal(n, schema_event_n_columns());
}

/* Each rollup leaves out what would make it as large as the events. */
static void the_rollups_know_their_dimensions(void **state)
{
    static const enum dim many[] = {DIM_RUN, DIM_STEP, DIM_USER, DIM_KEY};

    (void)state;
    assert_int_equal(rollup_table_n, 2);
    for (size_t i = 0; i < rollup_table_n; i++) {
        const struct rollup *r = &rollup_table[i];
        size_t n_dims = 0;
        for (int d = 0; d < DIM__COUNT; d++) {
            n_dims += rollup_has_dim(r, (enum dim)d) ? 1 : 0;
        }
        assert_int_equal(n_dims, str_eq(r->name, STR("hourly")) ? 12 : 5);
        for (size_t k = 0; k < ARRAY_N(many); k++) {
            assert_false(rollup_has_dim(r, many[k]));
        }
        assert_true(rollup_has_dim(r, DIM_FEATURE));
    }
    assert_true(rollup_has_dim(&rollup_table[0], DIM_MODEL));
    assert_false(rollup_has_dim(&rollup_table[1], DIM_MODEL));
    assert_true(rollup_has_dim(&rollup_table[0], DIM_RELEASE));
    assert_false(rollup_has_dim(&rollup_table[0], DIM_CUSTOMER));
    assert_true(rollup_has_dim(&rollup_table[1], DIM_CUSTOMER));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_row_becomes_an_event),
        TEST(no_cost_is_unpriced),
        TEST(a_cell_of_another_kind_is_named),
        TEST(every_column_is_looked_at),
        TEST(an_unknown_member_is_named),
        TEST(tags_that_are_none_are_refused),
        TEST(one_tag_too_many_is_refused),
        TEST(a_cost_must_hold_its_parts),
        TEST(an_attempt_must_be_one),
        TEST(a_full_arena_is_told),
        TEST(the_list_names_each_column),
        TEST(the_rollups_know_their_dimensions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
