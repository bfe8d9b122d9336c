#include "test.h"

#include "base/attr.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/utc.h"
#include "intake/history.h"
#include "store/store.h"

/* A store of which only ids and stats are asked, that counts how often. */
struct counted {
    struct store store;
    const int64_t *ts_us; /* of n calls; the id of each is its number */
    uint32_t n;
    int n_stats;
    int n_ids;
    int64_t last_from_us;
    int64_t last_to_us;
    enum rc trouble;
};

struct counted_reader {
    struct store_reader reader;
};

static enum rc open_reader(struct store *s, struct store_reader **ret,
                           struct why *why)
{
    (void)why;
    struct counted_reader *r = mem_alloc(sizeof(*r));
    r->reader.store = s;
    *ret = &r->reader;
    return RC_OK;
}

static void close_reader(struct store_reader **r)
{
    mem_free(*r);
    *r = NULL;
}

static enum rc stats(struct store_reader *r, struct store_stats *ret,
                     struct why *why)
{
    struct counted *c = (struct counted *)r->store;
    c->n_stats++;
    if (c->trouble != RC_OK) {
        return why_set(why, c->trouble, "no answer");
    }
    *ret = (struct store_stats){
        .n_events = c->n, .min_ts_us = INT64_MAX, .max_ts_us = INT64_MIN};
    for (uint32_t i = 0; i < c->n; i++) {
        int64_t ts = c->ts_us[i];
        ret->min_ts_us = ts < ret->min_ts_us ? ts : ret->min_ts_us;
        ret->max_ts_us = ts > ret->max_ts_us ? ts : ret->max_ts_us;
    }
    return RC_OK;
}

static enum rc ids(struct store_reader *r, enum store_time time,
                   int64_t from_us, int64_t to_us, store_id_fn *each, void *arg,
                   struct why *why)
{
    struct counted *c = (struct counted *)r->store;
    (void)why;
    assert_int_equal(time, STORE_TIME_CALL);
    c->n_ids++;
    c->last_from_us = from_us;
    c->last_to_us = to_us;
    for (uint32_t i = 0; i < c->n; i++) {
        if (c->ts_us[i] >= from_us && c->ts_us[i] < to_us) {
            struct str id = {.p = (const char *)&i, .n = sizeof(i)};
            enum rc rc = each(arg, id);
            if (rc != RC_OK) {
                return rc;
            }
        }
    }
    return RC_OK;
}

static const struct store_ops ops = {
    .name = "counted",
    .reader_open = open_reader,
    .reader_close = close_reader,
    .ids = ids,
    .stats = stats,
};

static uint64_t hash_id(const void *arg, struct str id)
{
    return hash_64(id.p, id.n, *(const uint64_t *)arg);
}

struct fixture {
    struct counted counted;
    struct history *h;
    uint64_t seed;
    struct why why;
};

#define TODAY    20000
#define FIRST_US ((TODAY - 7) * UTC_US_PER_DAY)

static void make(struct fixture *f, const int64_t *ts_us, uint32_t n)
{
    *f = (struct fixture){
        .counted = {.store = {.ops = &ops}, .ts_us = ts_us, .n = n}, .seed = 5};
    assert_ok(history_new(&f->counted.store, hash_id, &f->seed, &f->h, &f->why),
              &f->why);
}

static bool has_on(struct fixture *f, uint32_t id, int64_t ts_us, int64_t day)
{
    struct str text = {.p = (const char *)&id, .n = sizeof(id)};
    bool has;
    struct history_question q = {.hash = hash_id(&f->seed, text),
                                 .ts_us = ts_us,
                                 .first_us = FIRST_US,
                                 .day = day};
    assert_ok(history_has(f->h, &q, &has, &f->why), &f->why);
    return has;
}

static bool has(struct fixture *f, uint32_t id, int64_t ts_us)
{
    return has_on(f, id, ts_us, TODAY);
}

/* ---- asking ---- */

static void an_empty_store_is_asked_once(void **state)
{
    (void)state;
    struct fixture f;
    make(&f, NULL, 0);
    for (uint32_t i = 0; i < 1000; i++) {
        assert_false(has(&f, i, i * UTC_US_PER_DAY));
    }
    assert_int_equal(f.counted.n_stats, 1);
    assert_int_equal(f.counted.n_ids, 0);
    history_free(&f.h);
}

static void an_old_id_is_found_by_its_time(void **state)
{
    (void)state;
    struct fixture f;
    int64_t ts[] = {18000 * UTC_US_PER_DAY + 5, 18000 * UTC_US_PER_DAY + 6,
                    19000 * UTC_US_PER_DAY};
    make(&f, ts, ARRAY_N(ts));
    assert_true(has(&f, 0, ts[0]));
    assert_true(has(&f, 1, ts[1]));
    assert_true(has(&f, 2, ts[2]));
    assert_false(has(&f, 3, ts[0]));
    assert_false(has(&f, 0, ts[2]));
    history_free(&f.h);
}

static void times_before_and_behind_all_stored_cost_no_query(void **state)
{
    (void)state;
    struct fixture f;
    int64_t ts[] = {18000 * UTC_US_PER_DAY, 18100 * UTC_US_PER_DAY};
    make(&f, ts, ARRAY_N(ts));
    for (int64_t day = 17000; day < 18000; day++) {
        assert_false(has(&f, 0, day * UTC_US_PER_DAY));
    }
    for (int64_t day = 18101; day < TODAY - 7; day++) {
        assert_false(has(&f, 0, day * UTC_US_PER_DAY));
    }
    assert_int_equal(f.counted.n_stats, 2);
    assert_int_equal(f.counted.n_ids, 0);
    /* The last call itself is not behind all stored. */
    assert_true(has(&f, 1, ts[1]));
    history_free(&f.h);
}

static void neighbouring_days_come_in_one_query(void **state)
{
    (void)state;
    struct fixture f;
    enum { DAYS = 90 };
    static int64_t ts[DAYS];
    for (int i = 0; i < DAYS; i++) {
        ts[i] = (TODAY - 100 + i) * UTC_US_PER_DAY + 1;
    }
    make(&f, ts, DAYS);
    for (uint32_t i = 0; i < DAYS; i++) {
        assert_true(has(&f, i, ts[i]));
    }
    assert_true(f.counted.n_ids <= 3);
    assert_true(f.counted.last_to_us <= FIRST_US);
    history_free(&f.h);
}

static void spans_are_let_go_at_their_limit_and_loaded_again(void **state)
{
    (void)state;
    struct fixture f;
    enum { SPANS = LIMIT_HISTORY_SPANS_MAX + 36, APART = 64 };
    static int64_t ts[SPANS];
    for (int i = 0; i < SPANS; i++) {
        ts[i] = (12000 + i * APART) * UTC_US_PER_DAY;
    }
    make(&f, ts, SPANS);
    for (uint32_t i = 0; i < SPANS; i++) {
        assert_true(has(&f, i, ts[i]));
    }
    assert_int_equal(f.counted.n_ids, SPANS);
    uint64_t n;
    uint64_t bytes;
    history_count(f.h, &n, &bytes);
    assert_int_equal(n, LIMIT_HISTORY_SPANS_MAX);
    assert_true(has(&f, SPANS - 1, ts[SPANS - 1])); /* kept */
    assert_int_equal(f.counted.n_ids, SPANS);
    assert_true(has(&f, 0, ts[0])); /* not kept */
    assert_int_equal(f.counted.n_ids, SPANS + 1);
    history_free(&f.h);
}

static void a_new_day_asks_again(void **state)
{
    (void)state;
    struct fixture f;
    int64_t ts[] = {18000 * UTC_US_PER_DAY, 18001 * UTC_US_PER_DAY};
    make(&f, ts, 1);
    assert_true(has(&f, 0, ts[0]));
    assert_false(has(&f, 1, ts[1]));
    f.counted.n = 2; /* stored since: until tomorrow the window has it */
    assert_false(has(&f, 1, ts[1]));
    assert_true(has_on(&f, 1, ts[1], TODAY + 1));
    int n_ids = f.counted.n_ids;
    assert_true(has_on(&f, 1, ts[1], TODAY)); /* a clock set back */
    assert_int_equal(f.counted.n_ids, n_ids);
    history_free(&f.h);
}

static void what_is_not_used_is_let_go(void **state)
{
    (void)state;
    struct fixture f;
    int64_t ts[] = {18000 * UTC_US_PER_DAY};
    uint64_t n;
    uint64_t bytes;
    make(&f, ts, 1);
    assert_true(has(&f, 0, ts[0]));
    assert_true(history_rest(f.h, 0));
    history_count(f.h, &n, &bytes);
    assert_int_equal(n, 1);
    assert_true(bytes > 0);
    assert_false(history_rest(f.h, INT64_MAX));
    history_count(f.h, &n, &bytes);
    assert_int_equal(n, 0);
    assert_int_equal(bytes, 0);
    assert_true(has(&f, 0, ts[0]));
    history_free(&f.h);
}

static void a_store_that_does_not_answer_is_told(void **state)
{
    (void)state;
    struct fixture f;
    int64_t ts[] = {18000 * UTC_US_PER_DAY};
    bool found;
    make(&f, ts, 1);
    f.counted.trouble = RC_IO;
    struct history_question q = {
        .hash = 1, .ts_us = ts[0], .first_us = FIRST_US, .day = TODAY};
    assert_rc(history_has(f.h, &q, &found, &f.why), RC_UNAVAILABLE);
    assert_non_null(strstr(f.why.text, "no answer"));
    f.counted.trouble = RC_OK;
    assert_true(has(&f, 0, ts[0]));
    history_free(&f.h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_store_is_asked_once),
        cmocka_unit_test(an_old_id_is_found_by_its_time),
        cmocka_unit_test(times_before_and_behind_all_stored_cost_no_query),
        cmocka_unit_test(neighbouring_days_come_in_one_query),
        cmocka_unit_test(spans_are_let_go_at_their_limit_and_loaded_again),
        cmocka_unit_test(a_new_day_asks_again),
        cmocka_unit_test(what_is_not_used_is_let_go),
        cmocka_unit_test(a_store_that_does_not_answer_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
