#include "scratch.h"

#include "base/attr.h"
#include "store/store_fake.h"

struct world {
    struct store *store;
    struct store_reader *reader;
    struct why why;
};

static int setup(void **state)
{
    static struct world w;

    assert_ok(store_open_fake(&w.store, &w.why), &w.why);
    assert_ok(store_reader_open(w.store, &w.reader, &w.why), &w.why);
    *state = &w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;

    store_reader_close(&w->reader);
    store_close(&w->store);
    store_close(&w->store); /* accepts NULL, and so does the other */
    store_reader_close(&w->reader);
    return 0;
}

struct seen {
    size_t n_rows;
    size_t n_cells;
    int64_t sum;
    char text[64]; /* all zeros at first */
    size_t n_text;
};

static enum rc see(void *arg, const struct store_cell *cells, size_t n_cells,
                   struct why *why)
{
    struct seen *seen = arg;

    (void)why;
    seen->n_rows++;
    seen->n_cells = n_cells;
    seen->sum += cells[0].i64;
    assert_true(seen->n_text + cells[1].str.n + 1 < sizeof(seen->text));
    if (cells[1].str.n > 0) {
        memcpy(seen->text + seen->n_text, cells[1].str.p, cells[1].str.n);
    }
    seen->n_text += cells[1].str.n;
    seen->text[seen->n_text++] = ';';
    return seen->sum == 99 ? RC_DENIED : RC_OK;
}

static enum rc ask(struct world *w, struct str text, struct seen *seen)
{
    const struct str params[] = {STR("p one"), STR("")};
    const struct store_sql sql = {
        .text = text, .params = params, .n_params = 2};

    return store_select(w->reader, &sql, see, seen, &w->why);
}

static void queue_pair(struct world *w, int64_t n, const char *text)
{
    char own[16];
    struct store_cell cells[2] = {
        {.kind = STORE_CELL_I64, .i64 = n},
        {.kind = STORE_CELL_STR, .str = {.p = own, .n = strlen(text)}}};

    (void)snprintf(own, sizeof(own), "%s", text);
    store_fake_rows(w->store, cells, 1, 2);
    memset(own, 'x', sizeof(own)); /* it was copied */
}

static void without_an_answer_there_is_no_sql(void **state)
{
    struct world *w = *state;
    struct seen seen = {.n_rows = 0};

    assert_rc(ask(w, STR("SELECT 1"), &seen), RC_UNSUPPORTED);
    assert_int_equal(seen.n_rows, 0);
}

static void answers_come_in_the_order_they_were_queued(void **state)
{
    struct world *w = *state;
    struct seen seen = {.n_rows = 0};

    queue_pair(w, 1, "first");
    queue_pair(w, 10, "second");
    store_fake_rows(w->store, NULL, 0, 2);
    assert_ok(ask(w, STR("SELECT 1"), &seen), &w->why);
    assert_string_equal(seen.text, "first;");
    assert_ok(ask(w, STR("SELECT 2"), &seen), &w->why);
    assert_string_equal(seen.text, "first;second;");
    assert_int_equal(seen.n_cells, 2);
    assert_ok(ask(w, STR("SELECT 3"), &seen), &w->why);
    assert_int_equal(seen.n_rows, 2);
    assert_rc(ask(w, STR("SELECT 4"), &seen), RC_UNSUPPORTED);
}

static void the_row_function_can_stop(void **state)
{
    struct world *w = *state;
    struct seen seen = {.n_rows = 0};
    const struct store_cell cells[] = {{.kind = STORE_CELL_I64, .i64 = 99},
                                       {.kind = STORE_CELL_STR},
                                       {.kind = STORE_CELL_I64, .i64 = 1},
                                       {.kind = STORE_CELL_STR}};

    store_fake_rows(w->store, cells, 2, 2);
    assert_rc(ask(w, STR("SELECT 1"), &seen), RC_DENIED);
    assert_int_equal(seen.n_rows, 1);
}

static void the_last_statement_can_be_looked_at(void **state)
{
    struct world *w = *state;
    struct seen seen = {.n_rows = 0};

    assert_str(store_fake_sql(w->store), "");
    assert_rc(ask(w, STR("SELECT 1"), &seen), RC_UNSUPPORTED);
    assert_rc(ask(w, STR("SELECT 2"), &seen), RC_UNSUPPORTED);
    assert_str(store_fake_sql(w->store), "SELECT 2");
    assert_int_equal(store_fake_n_params(w->store), 2);
    assert_str(store_fake_param(w->store, 0), "p one");
    assert_str(store_fake_param(w->store, 1), "");
}

static void it_fails_when_told_to(void **state)
{
    struct world *w = *state;
    struct store_stats stats;
    uint64_t pos;

    store_fake_fail(w->store, STORE_FAKE_COMMIT, 1, 2, RC_FULL);
    for (int i = 0; i < 4; i++) {
        bool fails = i == 1 || i == 2;

        assert_ok(store_begin(w->store, &w->why), &w->why);
        scratch_add(w->store, (uint64_t)i, 1);
        assert_rc(store_commit(w->store, (uint64_t)i + 1, &w->why),
                  fails ? RC_FULL : RC_OK);
    }
    assert_ok(store_stats(w->reader, &stats, &w->why), &w->why);
    assert_int_equal(stats.n_events, 2);
    assert_ok(store_position(w->store, &pos, &w->why), &w->why);
    assert_int_equal(pos, 4);
}

static void every_call_can_fail(void **state)
{
    struct world *w = *state;
    struct scratch_event e;
    struct store_stats stats;
    uint64_t pos = 7;

    scratch_event_make(&e, 0);
    for (int call = STORE_FAKE_BEGIN; call < STORE_FAKE__COUNT; call++) {
        store_fake_fail(w->store, (enum store_fake_call)call, 0, 1, RC_IO);
    }
    assert_rc(store_begin(w->store, &w->why), RC_IO);
    assert_ok(store_begin(w->store, &w->why), &w->why);
    assert_rc(store_add(w->store, &e.ev, 1, &w->why), RC_IO);
    store_rollback(w->store);
    assert_rc(store_position(w->store, &pos, &w->why), RC_IO);
    assert_int_equal(pos, 7);
    assert_rc(store_compact(w->store, &w->why), RC_IO);
    assert_rc(store_stats(w->reader, &stats, &w->why), RC_IO);
    assert_ok(store_stats(w->reader, &stats, &w->why), &w->why);
    assert_int_equal(stats.n_events, 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(without_an_answer_there_is_no_sql),
        TEST(answers_come_in_the_order_they_were_queued),
        TEST(the_row_function_can_stop),
        TEST(the_last_statement_can_be_looked_at),
        TEST(it_fails_when_told_to),
        TEST(every_call_can_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
