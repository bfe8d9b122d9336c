#include "query_rig.h"

#include "base/buf.h"
#include "store/schema.h"

/* What single events are asked for; the events themselves are seen by
 * tests/contract/query_page_test.c. */

#define WHERE                                                            \
    " FROM events WHERE \"ts\" >= make_timestamp(1793491200000000) AND " \
    "\"ts\" < make_timestamp(1793664000000000) AND \"environment\" = "   \
    "'production'"

static enum rc ignore(void *arg, const struct event *ev, struct why *why)
{
    (void)arg;
    (void)ev;
    (void)why;
    return RC_OK;
}

static enum rc ask(struct rig *r, bool newest_first, size_t limit,
                   const struct query_cursor *after)
{
    return query_events(&r->q, newest_first, limit, after, r->reader, ignore,
                        NULL, &r->why);
}

static void assert_events_sql(struct rig *r, const char *rest)
{
    struct buf b;

    buf_init(&b, 8192);
    buf_cz(&b, "SELECT ");
    buf_str(&b, schema_event_columns());
    buf_cz(&b, rest);
    buf_char(&b, '\0');
    rig_assert_sql(r, b.p);
    buf_fini(&b);
}

static void asks_for_a_page(void **state)
{
    struct rig *r = *state;

    rig_ask(r, "metrics=users&by=model&interval=day&limit=3");
    store_fake_rows(r->store, NULL, 0, 1);
    assert_ok(ask(r, false, 20, NULL), &r->why);
    assert_events_sql(r, WHERE " ORDER BY \"ts\" ASC, id ASC LIMIT 20");
    store_fake_rows(r->store, NULL, 0, 1);
    assert_ok(ask(r, true, 20, NULL), &r->why);
    assert_events_sql(r, WHERE " ORDER BY \"ts\" DESC, id DESC LIMIT 20");
}

static void goes_on_behind_the_page_before(void **state)
{
    struct rig *r = *state;
    struct query_cursor after = {INT64_C(1793500000000000), STR("it's")};

    rig_ask(r, "");
    store_fake_rows(r->store, NULL, 0, 1);
    assert_ok(ask(r, true, 20, &after), &r->why);
    assert_events_sql(r, WHERE
                      " AND \"ts\" <= make_timestamp(1793500000000000) AND "
                      "(\"ts\" < make_timestamp(1793500000000000) OR id < $1) "
                      "ORDER BY \"ts\" DESC, id DESC LIMIT 20");
    assert_int_equal(store_fake_n_params(r->store), 1);
    assert_str(store_fake_param(r->store, 0), "it's");
    store_fake_rows(r->store, NULL, 0, 1);
    assert_ok(ask(r, false, 20, &after), &r->why);
    assert_events_sql(r, WHERE
                      " AND \"ts\" >= make_timestamp(1793500000000000) AND "
                      "(\"ts\" > make_timestamp(1793500000000000) OR id > $1) "
                      "ORDER BY \"ts\" ASC, id ASC LIMIT 20");
}

static void asks_for_everything_in_slices(void **state)
{
    struct rig *r = *state;

    /* 250,000 events within 3 ms are three slices of 1,000 us. */
    rig_ask(r, "");
    rig_rows(r, 3, RIG_N(250000), RIG_N(1793500000000000),
             RIG_N(1793500000002998));
    store_fake_rows(r->store, NULL, 0, 1);
    store_fake_rows(r->store, NULL, 0, 1);
    store_fake_rows(r->store, NULL, 0, 1);
    assert_ok(ask(r, false, 0, NULL), &r->why);
    assert_events_sql(
        r, " FROM events WHERE \"ts\" >= make_timestamp(1793500000002000) AND "
           "\"ts\" < make_timestamp(1793500000002999) AND \"environment\" = "
           "'production' ORDER BY \"ts\" ASC, id ASC");
    /* The newest first come from the last slice. */
    rig_rows(r, 3, RIG_N(250000), RIG_N(1793500000000000),
             RIG_N(1793500000002998));
    store_fake_rows(r->store, NULL, 0, 1);
    store_fake_rows(r->store, NULL, 0, 1);
    store_fake_rows(r->store, NULL, 0, 1);
    assert_ok(ask(r, true, 0, NULL), &r->why);
    assert_events_sql(
        r, " FROM events WHERE \"ts\" >= make_timestamp(1793500000000000) AND "
           "\"ts\" < make_timestamp(1793500000001000) AND \"environment\" = "
           "'production' ORDER BY \"ts\" DESC, id DESC");
    assert_rc(ask(r, true, 0, NULL), RC_UNSUPPORTED); /* nothing is left */
}

static void asks_no_further_when_nothing_is_there(void **state)
{
    struct rig *r = *state;

    rig_ask(r, "");
    rig_rows(r, 3, RIG_N(0), RIG_NULL, RIG_NULL);
    assert_ok(ask(r, false, 0, NULL), &r->why);
    rig_assert_sql(r, "SELECT count(*), min(\"ts\"), max(\"ts\")" WHERE);
}

/* However many there are of one instant. */
static void does_not_cut_below_a_microsecond(void **state)
{
    struct rig *r = *state;

    rig_ask(r, "");
    rig_rows(r, 3, RIG_N(900000), RIG_N(1793500000000000),
             RIG_N(1793500000000001));
    store_fake_rows(r->store, NULL, 0, 1);
    store_fake_rows(r->store, NULL, 0, 1);
    assert_ok(ask(r, false, 0, NULL), &r->why);
    assert_rc(ask(r, false, 0, NULL), RC_UNSUPPORTED);
}

static void passes_failures_on(void **state)
{
    struct rig *r = *state;

    rig_ask(r, "");
    store_fake_fail(r->store, STORE_FAKE_READ, 0, 1, RC_IO);
    assert_rc(ask(r, false, 20, NULL), RC_IO);
    store_fake_fail(r->store, STORE_FAKE_READ, 0, 1, RC_IO);
    assert_rc(ask(r, false, 0, NULL), RC_IO);
    store_fake_fail(r->store, STORE_FAKE_READ, 1, 1, RC_IO);
    rig_rows(r, 3, RIG_N(1), RIG_N(1793500000000000), RIG_N(1793500000000000));
    assert_rc(ask(r, false, 0, NULL), RC_IO);
    rig_rows(r, 3, RIG_TEXT("?"), RIG_NULL, RIG_NULL);
    assert_rc(ask(r, false, 0, NULL), RC_CORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(asks_for_a_page),
        RIG_TEST(goes_on_behind_the_page_before),
        RIG_TEST(asks_for_everything_in_slices),
        RIG_TEST(asks_no_further_when_nothing_is_there),
        RIG_TEST(does_not_cut_below_a_microsecond),
        RIG_TEST(passes_failures_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
