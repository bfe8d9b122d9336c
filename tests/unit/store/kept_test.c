/* Answers kept: those that still hold come from memory, no others do. */
#include "test.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "base/thread.h"
#include "base/utc.h"
#include "base/why.h"
#include "store/kept.h"

#define DAY UTC_US_PER_DAY

enum { ROOM = 1024 * 1024 };

/* A database of one number, in many a form, and how often it was asked. */
struct base {
    int64_t value;
    atomic_size_t n_asked;
    size_t n_rows;
    size_t n_text; /* bytes of a text in each row */
    enum rc rc;
    struct kept *commits_meanwhile; /* NULL: none */
};

enum { N_CELLS = 10 };

/* A row of every kind of cell, other from row to row. */
static void fill(struct store_cell cells[N_CELLS], int64_t value,
                 struct str text, size_t row)
{
    static const int64_t odd[] = {0,   -1,  INT64_MAX, INT64_MIN, 127,    128,
                                  -64, -65, INT32_MAX, INT32_MIN, 1 << 20};
    int64_t n = odd[row % ARRAY_N(odd)];
    const struct store_cell all[N_CELLS] = {
        {.kind = STORE_CELL_NULL},
        {.kind = STORE_CELL_I64, .i64 = value},
        {.kind = STORE_CELL_I128, .i128 = (num_i128)value * 1000 << 70},
        {.kind = STORE_CELL_F64, .f64 = 0.5},
        {.kind = STORE_CELL_STR, .str = text},
        {.kind = STORE_CELL_STR, .str = STR_INIT("")},
        {.kind = STORE_CELL_I64, .i64 = n},
        {.kind = STORE_CELL_I128, .i128 = (num_i128)n * n - 1},
        {.kind = STORE_CELL_STR, .str = {text.p, row / 2 % 3 % (text.n + 1)}},
        row % 3 > 0
            ? (struct store_cell){.kind = STORE_CELL_STR, .str = STR_INIT("z")}
            : (struct store_cell){.kind = STORE_CELL_NULL}};

    memcpy(cells, all, sizeof(all));
}

static enum rc ask(void *of, const struct store_sql *sql, store_row_fn *row,
                   void *arg, struct why *why)
{
    struct base *base = of;
    char text[4096];
    enum rc rc = base->rc;

    (void)sql;
    base->n_asked++;
    memset(text, 'x', sizeof(text));
    for (size_t i = 0; i < base->n_rows && rc == RC_OK; i++) {
        struct store_cell cells[N_CELLS];
        fill(cells, base->value, (struct str){text, base->n_text}, i);
        rc = row(arg, cells, ARRAY_N(cells), why);
    }
    if (base->commits_meanwhile != NULL) {
        kept_note(base->commits_meanwhile, sql->from_us);
        kept_commit(base->commits_meanwhile);
    }
    return rc;
}

/* Checks the rows and counts them. */
struct seen {
    int64_t value;
    size_t n_text;
    size_t n;
    size_t n_at_most; /* it refuses what comes behind; 0: nothing */
};

static enum rc see(void *arg, const struct store_cell *cells, size_t n_cells,
                   struct why *why)
{
    struct seen *seen = arg;

    struct store_cell want[N_CELLS];
    char text[4096];

    memset(text, 'x', sizeof(text));
    fill(want, seen->value, (struct str){text, seen->n_text}, seen->n);
    assert_int_equal(n_cells, N_CELLS);
    for (size_t i = 0; i < N_CELLS; i++) {
        assert_int_equal(cells[i].kind, want[i].kind);
        switch (want[i].kind) {
        case STORE_CELL_NULL:
            break;
        case STORE_CELL_I64:
            assert_int_equal(cells[i].i64, want[i].i64);
            break;
        case STORE_CELL_I128:
            assert_true(cells[i].i128 == want[i].i128);
            break;
        case STORE_CELL_F64:
            assert_memory_equal(&cells[i].f64, &want[i].f64, sizeof(double));
            break;
        case STORE_CELL_STR:
            assert_true(str_eq(cells[i].str, want[i].str));
            break;
        }
    }
    seen->n++;
    return seen->n_at_most > 0 && seen->n > seen->n_at_most
               ? why_set(why, RC_LIMIT, "enough")
               : RC_OK;
}

static struct store_sql question(const char *text, int64_t from_day,
                                 int64_t to_day)
{
    return (struct store_sql){.text = str_from_cz(text),
                              .from_us = from_day * DAY,
                              .to_us = to_day * DAY};
}

/* Asks, holds the rows to the value expected; whether the base was asked. */
static bool is_asked(struct kept *k, struct base *base,
                     const struct store_sql *sql, int64_t expected)
{
    struct seen seen = {.value = expected, .n_text = base->n_text};
    size_t before = base->n_asked;
    struct why why;

    assert_int_equal(kept_select(k, sql, see, &seen, &why), RC_OK);
    assert_int_equal(seen.n, base->n_rows);
    return base->n_asked > before;
}

static void commit(struct kept *k, int64_t day)
{
    kept_note(k, day * DAY + DAY - 1);
    kept_commit(k);
}

static void test_the_same_comes_from_memory(void **state)
{
    struct base base = {.value = 7, .n_rows = 40, .n_text = 20};
    struct kept *k = kept_new(ROOM, ask, &base);
    struct store_sql sql = question("SELECT 1", 100, 107);

    (void)state;
    assert_true(is_asked(k, &base, &sql, 7));
    base.value = 8; /* nobody told of it */
    assert_false(is_asked(k, &base, &sql, 7));
    assert_false(is_asked(k, &base, &sql, 7));
    struct kept_stats stats;
    kept_stats(k, &stats);
    assert_int_equal(stats.n, 1);
    assert_int_equal(stats.n_found, 2);
    assert_int_equal(stats.n_asked, 1);
    kept_free(&k);
    assert_null(k);
}

static void test_an_answer_without_rows_is_one(void **state)
{
    struct base base = {.n_rows = 0};
    struct kept *k = kept_new(ROOM, ask, &base);
    struct store_sql sql = question("SELECT 1", 100, 107);

    (void)state;
    assert_true(is_asked(k, &base, &sql, 0));
    assert_false(is_asked(k, &base, &sql, 0));
    kept_free(&k);
}

static void test_a_commit_in_the_stretch_ends_it(void **state)
{
    struct base base = {.value = 7, .n_rows = 1};
    struct kept *k = kept_new(ROOM, ask, &base);
    struct store_sql sql = question("SELECT 1", 100, 107);

    (void)state;
    assert_true(is_asked(k, &base, &sql, 7));
    commit(k, 99);
    commit(k, 107);
    assert_false(is_asked(k, &base, &sql, 7));
    commit(k, 100); /* late */
    base.value = 8;
    assert_true(is_asked(k, &base, &sql, 8));
    assert_false(is_asked(k, &base, &sql, 8));
    commit(k, 106);
    assert_true(is_asked(k, &base, &sql, 8));
    kept_change_all(k);
    assert_true(is_asked(k, &base, &sql, 8));
    kept_free(&k);
}

static void test_what_was_rolled_back_ends_nothing(void **state)
{
    struct base base = {.value = 7, .n_rows = 1};
    struct kept *k = kept_new(ROOM, ask, &base);
    struct store_sql sql = question("SELECT 1", 100, 107);

    (void)state;
    assert_true(is_asked(k, &base, &sql, 7));
    kept_note(k, 103 * DAY);
    kept_forget(k);
    kept_commit(k);
    assert_false(is_asked(k, &base, &sql, 7));
    kept_free(&k);
}

/* The answer may hold the commit or not: nobody knows. */
static void test_a_commit_while_it_is_read_ends_it(void **state)
{
    struct base base = {.value = 7, .n_rows = 1};
    struct kept *k = kept_new(ROOM, ask, &base);
    struct store_sql sql = question("SELECT 1", 100, 107);

    (void)state;
    base.commits_meanwhile = k;
    assert_true(is_asked(k, &base, &sql, 7));
    base.commits_meanwhile = NULL;
    assert_true(is_asked(k, &base, &sql, 7));
    assert_false(is_asked(k, &base, &sql, 7));
    kept_free(&k);
}

/* Times before 1970 and long from now have a day, too. */
static void test_times_far_away(void **state)
{
    struct base base = {.value = 7, .n_rows = 1};
    struct kept *k = kept_new(ROOM, ask, &base);
    struct store_sql past = question("SELECT 1", -40000, -39000);
    struct store_sql future = question("SELECT 2", 50000, 60000);
    struct store_sql all = {
        .text = STR("SELECT 3"), .from_us = INT64_MIN, .to_us = INT64_MAX};

    (void)state;
    (void)is_asked(k, &base, &past, 7);
    (void)is_asked(k, &base, &future, 7);
    (void)is_asked(k, &base, &all, 7);
    assert_false(is_asked(k, &base, &past, 7));
    commit(k, 70000);
    assert_false(is_asked(k, &base, &past, 7));
    assert_true(is_asked(k, &base, &future, 7));
    assert_true(is_asked(k, &base, &all, 7));
    commit(k, -50000);
    assert_true(is_asked(k, &base, &past, 7));
    assert_false(is_asked(k, &base, &future, 7));
    assert_true(is_asked(k, &base, &all, 7));
    kept_free(&k);
}

/* Parameters that run into one another as text are different questions. */
static void test_parameters_are_part_of_the_question(void **state)
{
    static const struct str one[] = {STR_INIT("ab"), STR_INIT("c")};
    static const struct str other[] = {STR_INIT("a"), STR_INIT("bc")};
    struct base base = {.value = 7, .n_rows = 1};
    struct kept *k = kept_new(ROOM, ask, &base);
    struct store_sql sql = question("SELECT $1, $2", 100, 107);

    (void)state;
    sql.params = one;
    sql.n_params = ARRAY_N(one);
    assert_true(is_asked(k, &base, &sql, 7));
    sql.params = other;
    assert_true(is_asked(k, &base, &sql, 7));
    assert_false(is_asked(k, &base, &sql, 7));
    sql.params = one;
    assert_false(is_asked(k, &base, &sql, 7));
    kept_free(&k);
}

static void test_without_a_stretch_it_is_asked(void **state)
{
    struct base base = {.value = 7, .n_rows = 1};
    struct kept *k = kept_new(ROOM, ask, &base);
    struct store_sql sql = question("SELECT 1", 0, 0);

    (void)state;
    assert_true(is_asked(k, &base, &sql, 7));
    assert_true(is_asked(k, &base, &sql, 7));
    kept_free(&k);
}

/* A failure, or an asker who had enough, leaves half an answer. */
static void test_half_an_answer_is_not_kept(void **state)
{
    struct base base = {.value = 7, .n_rows = 3, .rc = RC_UNAVAILABLE};
    struct kept *k = kept_new(ROOM, ask, &base);
    struct store_sql sql = question("SELECT 1", 100, 107);
    struct seen seen = {.value = 7};
    struct why why;

    (void)state;
    assert_int_equal(kept_select(k, &sql, see, &seen, &why), RC_UNAVAILABLE);
    base.rc = RC_OK;
    seen.n_at_most = 1;
    assert_int_equal(kept_select(k, &sql, see, &seen, &why), RC_LIMIT);
    assert_true(is_asked(k, &base, &sql, 7));
    seen.n = 0; /* had enough of one that is kept: it stays */
    assert_int_equal(kept_select(k, &sql, see, &seen, &why), RC_LIMIT);
    assert_false(is_asked(k, &base, &sql, 7));
    kept_free(&k);
}

static void test_memory_is_bounded(void **state)
{
    struct base base = {.value = 7, .n_rows = 1000, .n_text = 20};
    struct kept *k = kept_new(ROOM, ask, &base);
    struct store_sql popular = question("SELECT popular", 100, 107);
    struct kept_stats stats;

    (void)state;
    (void)is_asked(k, &base, &popular, 7);
    assert_false(is_asked(k, &base, &popular, 7));
    for (int i = 0; i < 100; i++) {
        char text[32];
        snprintf(text, sizeof(text), "SELECT %d", i);
        struct store_sql sql = question(text, 100, 107);
        assert_true(is_asked(k, &base, &sql, 7));
        assert_false(is_asked(k, &base, &popular, 7));
    }
    kept_stats(k, &stats);
    assert_true(stats.bytes <= ROOM);
    assert_true(stats.n > 5 && stats.n < 40);
    assert_false(is_asked(k, &base, &popular, 7));
    base.n_rows = 10000; /* one answer would take half of all */
    struct store_sql large = question("SELECT large", 100, 107);
    assert_true(is_asked(k, &base, &large, 7));
    assert_true(is_asked(k, &base, &large, 7));
    kept_free(&k);
}

/* Many threads ask what is dropped and made anew meanwhile. */
struct asker {
    struct kept *kept;
    struct thread thread;
};

static void *ask_often(void *arg)
{
    const struct asker *asker = arg;
    struct why why;

    for (int i = 0; i < 2000; i++) {
        char text[32];
        snprintf(text, sizeof(text), "SELECT %d", i % 13);
        struct store_sql sql = question(text, 100 + i % 13, 107 + i % 13);
        struct seen seen = {.value = 7, .n_text = 100};
        assert_int_equal(kept_select(asker->kept, &sql, see, &seen, &why),
                         RC_OK);
        assert_int_equal(seen.n, 20);
    }
    return NULL;
}

static void test_threads(void **state)
{
    struct base base = {.value = 7, .n_rows = 20, .n_text = 100};
    struct kept *k = kept_new((size_t)ROOM / 16, ask, &base);
    struct asker asker[4];

    (void)state;
    for (size_t i = 0; i < ARRAY_N(asker); i++) {
        asker[i] = (struct asker){.kept = k};
        assert_int_equal(
            thread_start(&asker[i].thread, "asker", ask_often, &asker[i], NULL),
            RC_OK);
    }
    for (int i = 0; i < 500; i++) {
        commit(k, 100 + i % 30);
    }
    for (size_t i = 0; i < ARRAY_N(asker); i++) {
        thread_join(&asker[i].thread);
    }
    struct kept_stats stats;
    kept_stats(k, &stats);
    assert_int_equal(stats.n_found + stats.n_asked, 4 * 2000);
    assert_true(stats.bytes <= ROOM / 16);
    kept_free(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_same_comes_from_memory),
        cmocka_unit_test(test_an_answer_without_rows_is_one),
        cmocka_unit_test(test_a_commit_in_the_stretch_ends_it),
        cmocka_unit_test(test_what_was_rolled_back_ends_nothing),
        cmocka_unit_test(test_a_commit_while_it_is_read_ends_it),
        cmocka_unit_test(test_times_far_away),
        cmocka_unit_test(test_parameters_are_part_of_the_question),
        cmocka_unit_test(test_without_a_stretch_it_is_asked),
        cmocka_unit_test(test_half_an_answer_is_not_kept),
        cmocka_unit_test(test_memory_is_bounded),
        cmocka_unit_test(test_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
