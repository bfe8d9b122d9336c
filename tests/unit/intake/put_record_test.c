/* Records go the way of events: what is promised of these (put_test.c,
 * writer_test.c) is asked here of those. */
#include "rig.h"

#include "event/event_bin.h"

#include <stdatomic.h>

static int setup(void **state)
{
    static struct rig r;
    rig_init(&r);
    *state = &r;
    return 0;
}

static int teardown(void **state)
{
    rig_fini(*state);
    return 0;
}

static struct record outcome_of(const struct rig *r, const char *id)
{
    return (struct record){.kind = RECORD_OUTCOME,
                           .ts_us = r->now_us,
                           .id = str_from_cz(id),
                           .name = STR("resolved"),
                           .value = 1};
}

static struct record release_of(const struct rig *r, const char *release,
                                const char *feature)
{
    struct record rec = {.kind = RECORD_RELEASE, .ts_us = r->now_us};
    rec.dim[DIM_RELEASE] = str_from_cz(release);
    rec.dim[DIM_FEATURE] = str_from_cz(feature);
    return rec;
}

static struct record customer_of(const char *customer, int64_t pico)
{
    struct record rec = {.kind = RECORD_CUSTOMER,
                         .ts_us = INT64_C(1790812800000000),
                         .revenue = {pico}};
    rec.dim[DIM_CUSTOMER] = str_from_cz(customer);
    return rec;
}

static enum intake_verdict add(struct rig *r, struct intake_put *put,
                               struct record rec)
{
    enum intake_verdict verdict;
    assert_ok(intake_add_record(put, &rec, r->now_us, &verdict, &r->why),
              &r->why);
    return verdict;
}

static enum intake_verdict send(struct rig *r, struct record rec)
{
    struct intake_put *put = intake_begin(r->in, EVENT_SOURCE_API);
    enum intake_verdict verdict = add(r, put, rec);
    assert_ok(intake_commit_wait(&put, &r->why), &r->why);
    return verdict;
}

struct listing {
    char text[500];
    size_t n;
};

static enum rc list_record(void *arg, const struct record *rec, struct why *why)
{
    struct listing *l = arg;
    struct str names[] = {rec->id, rec->dim[DIM_RELEASE], rec->dim[DIM_FEATURE],
                          rec->dim[DIM_CUSTOMER]};
    (void)why;
    for (size_t i = 0; i < ARRAY_N(names); i++) {
        if (names[i].n > 0) {
            l->n += (size_t)snprintf(l->text + l->n, sizeof(l->text) - l->n,
                                     "%.*s ", STR_ARG(names[i]));
        }
    }
    if (rec->kind == RECORD_CUSTOMER) {
        l->n += (size_t)snprintf(l->text + l->n, sizeof(l->text) - l->n,
                                 "%lld ", (long long)rec->revenue.pico);
    }
    assert_true(l->n < sizeof(l->text));
    return RC_OK;
}

/* The store holds these of the kind: what names each, and revenue. */
static void assert_kept(struct rig *r, enum record_kind kind, const char *want)
{
    const struct store_records of = {.kind = kind,
                                     .time = STORE_TIME_CALL,
                                     .from_us = INT64_MIN,
                                     .to_us = INT64_MAX};
    struct store_reader *reader = NULL;
    struct listing l = {.n = 0};
    flush_ok(r);
    assert_ok(store_reader_open(r->store, &reader, &r->why), &r->why);
    assert_ok(store_records(reader, &of, list_record, &l, &r->why), &r->why);
    store_reader_close(&reader);
    assert_string_equal(l.text, want);
}

static void an_outcome_counts_once(void **state)
{
    struct rig *r = *state;
    struct intake_counts counts;
    rig_open(r);
    struct intake_put *put = intake_begin(r->in, EVENT_SOURCE_API);
    assert_int_equal(add(r, put, outcome_of(r, "a")), INTAKE_ACCEPTED);
    assert_int_equal(add(r, put, outcome_of(r, "b")), INTAKE_ACCEPTED);
    assert_int_equal(add(r, put, outcome_of(r, "a")), INTAKE_DUPLICATE);
    assert_ok(intake_commit_wait(&put, &r->why), &r->why);
    assert_int_equal(send(r, outcome_of(r, "b")), INTAKE_DUPLICATE);
    assert_kept(r, RECORD_OUTCOME, "a b ");
    intake_count(r->in, &counts);
    assert_int_equal(counts.n_records, 2);
    assert_int_equal(counts.n_accepted, 0);
    assert_int_equal(counts.n_stored, 2);
}

static void an_events_id_is_no_outcomes(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    assert_int_equal(send_ok(r, "a"), INTAKE_ACCEPTED);
    assert_int_equal(send(r, outcome_of(r, "a")), INTAKE_ACCEPTED);
    assert_int_equal(send_ok(r, "a"), INTAKE_DUPLICATE);
    assert_kept(r, RECORD_OUTCOME, "a ");
    assert_stored(r, "a");
}

static void events_and_records_share_a_put(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    struct intake_put *put = intake_begin(r->in, EVENT_SOURCE_API);
    for (int i = 0; i < 300; i++) {
        char id[16];
        (void)snprintf(id, sizeof(id), "o%d", i);
        assert_int_equal(put_add(r, put, id), INTAKE_ACCEPTED);
        assert_int_equal(add(r, put, outcome_of(r, id)), INTAKE_ACCEPTED);
    }
    assert_ok(intake_commit_wait(&put, &r->why), &r->why);
    flush_ok(r);
    struct intake_counts counts;
    intake_count(r->in, &counts);
    assert_int_equal(counts.n_stored, 600);
    assert_int_equal(counts.n_accepted, 300);
    assert_int_equal(counts.n_records, 300);
}

static void an_outcome_without_an_id_gets_one(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    struct record rec = outcome_of(r, "");
    enum intake_verdict verdict;
    struct intake_put *put = intake_begin(r->in, EVENT_SOURCE_API);
    assert_ok(intake_add_record(put, &rec, r->now_us, &verdict, &r->why),
              &r->why);
    assert_true(str_starts(rec.id, STR("toll-")));
    assert_int_equal(add(r, put, outcome_of(r, "")), INTAKE_ACCEPTED);
    assert_ok(intake_commit_wait(&put, &r->why), &r->why);
}

static void a_release_counts_once_a_feature(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    assert_int_equal(send(r, release_of(r, "1", "")), INTAKE_ACCEPTED);
    assert_int_equal(send(r, release_of(r, "1", "f")), INTAKE_ACCEPTED);
    assert_int_equal(send(r, release_of(r, "1", "")), INTAKE_DUPLICATE);
    assert_kept(r, RECORD_RELEASE, "1 1 f ");
}

static void the_last_row_of_a_customer_holds(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    assert_int_equal(send(r, customer_of("c", 1)), INTAKE_ACCEPTED);
    assert_int_equal(send(r, customer_of("c", 2)), INTAKE_ACCEPTED);
    assert_kept(r, RECORD_CUSTOMER, "c 2 ");
    assert_int_equal(send(r, customer_of("c", 3)), INTAKE_ACCEPTED);
    assert_kept(r, RECORD_CUSTOMER, "c 3 ");
}

static void aliases_apply(void **state)
{
    struct rig *r = *state;
    struct event_key key;
    struct record rec = release_of(r, "1", "Search Box");
    assert_ok(event_key_parse(STR("feature"), &key, &r->why), &r->why);
    assert_ok(attribution_add_alias(r->attribution, &key, STR("Search Box"),
                                    STR("search"), &r->why),
              &r->why);
    rig_open(r);
    assert_int_equal(send(r, rec), INTAKE_ACCEPTED);
    assert_int_equal(send(r, release_of(r, "1", "search")), INTAKE_DUPLICATE);
    assert_kept(r, RECORD_RELEASE, "1 search ");
}

static void keys_are_remembered_from_the_store(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    assert_int_equal(send(r, outcome_of(r, "a")), INTAKE_ACCEPTED);
    assert_int_equal(send(r, release_of(r, "1", "f")), INTAKE_ACCEPTED);
    rig_reopen(r);
    assert_int_equal(send(r, outcome_of(r, "a")), INTAKE_DUPLICATE);
    assert_int_equal(send(r, release_of(r, "1", "f")), INTAKE_DUPLICATE);
    assert_kept(r, RECORD_OUTCOME, "a ");
}

static void keys_are_remembered_from_the_journal(void **state)
{
    struct rig *r = *state;
    rig_break_store(r);
    rig_open(r);
    assert_int_equal(send(r, outcome_of(r, "a")), INTAKE_ACCEPTED);
    assert_int_equal(send(r, customer_of("c", 7)), INTAKE_ACCEPTED);
    rig_reopen(r);
    assert_int_equal(send(r, outcome_of(r, "a")), INTAKE_DUPLICATE);
    rig_mend_store(r);
    assert_kept(r, RECORD_OUTCOME, "a ");
    assert_kept(r, RECORD_CUSTOMER, "c 7 ");
}

static void a_store_that_fails_loses_none(void **state)
{
    struct rig *r = *state;
    static const enum store_fake_call calls[] = {
        STORE_FAKE_BEGIN, STORE_FAKE_ADD, STORE_FAKE_COMMIT};
    rig_open(r);
    for (size_t i = 0; i < ARRAY_N(calls); i++) {
        char id[2] = {(char)('a' + i), '\0'};
        store_fake_fail(r->store, calls[i], 0, 2, RC_FULL);
        assert_int_equal(send(r, outcome_of(r, id)), INTAKE_ACCEPTED);
        assert_int_equal(send(r, customer_of(id, (int64_t)i)), INTAKE_ACCEPTED);
        flush_ok(r);
    }
    assert_kept(r, RECORD_OUTCOME, "a b c ");
    assert_kept(r, RECORD_CUSTOMER, "a 0 b 1 c 2 ");
}

static void an_aborted_put_leaves_no_trace(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    struct intake_put *put = intake_begin(r->in, EVENT_SOURCE_API);
    assert_int_equal(add(r, put, outcome_of(r, "a")), INTAKE_ACCEPTED);
    intake_abort(&put);
    assert_int_equal(send(r, outcome_of(r, "a")), INTAKE_ACCEPTED);
    assert_kept(r, RECORD_OUTCOME, "a ");
}

/* ---- what is told of ---- */

struct told {
    char words[200]; /* ids of events, kinds of records */
    atomic_int n;    /* runs */
};

static void on_taken(void *arg, struct str run)
{
    struct told *t = arg;
    size_t n = strlen(t->words);

    while (run.n > 0) {
        struct record rec;
        struct event ev;
        struct why why;
        bool is_event = !record_bin_is(run);

        assert_ok(is_event ? event_bin_read(&run, &ev, &why)
                           : record_bin_read(&run, &rec, &why),
                  &why);
        struct str word = is_event ? ev.id : record_kind_name(rec.kind);
        n += (size_t)snprintf(t->words + n, sizeof(t->words) - n, "%.*s ",
                              STR_ARG(word));
    }
    atomic_fetch_add(&t->n, 1);
}

static void what_becomes_durable_is_told_before_it_is_answered(void **state)
{
    struct rig *r = *state;
    struct told told = {.words = ""};
    rig_open(r);
    intake_tell(r->in, on_taken, &told);
    struct intake_put *put = intake_begin(r->in, EVENT_SOURCE_API);
    (void)put_add(r, put, "a");
    (void)put_add(r, put, "a"); /* a duplicate is not told of */
    assert_int_equal(add(r, put, outcome_of(r, "o")), INTAKE_ACCEPTED);
    assert_ok(intake_commit_wait(&put, &r->why), &r->why);
    assert_string_equal(told.words, "a outcomes ");
    put = intake_begin(r->in, EVENT_SOURCE_API);
    (void)put_add(r, put, "b");
    intake_abort(&put);
    (void)send_ok(r, "c");
    assert_string_equal(told.words, "a outcomes c ");
    intake_tell(r->in, NULL, NULL);
    (void)send_ok(r, "d");
    assert_string_equal(told.words, "a outcomes c ");
}

static void what_is_held_is_neither_told_nor_answered(void **state)
{
    struct rig *r = *state;
    struct told told = {.words = ""};
    struct outcome o;
    rig_open(r);
    intake_tell(r->in, on_taken, &told);
    (void)send_ok(r, "a");
    intake_hold(r->in);
    struct intake_put *put = intake_begin(r->in, EVENT_SOURCE_API);
    (void)put_add(r, put, "b");
    outcome_init(&o);
    intake_commit(&put, outcome_tell, &o);
    flush_ok(r); /* what was told, and nothing else */
    assert_stored(r, "a");
    assert_int_equal(atomic_load(&told.n), 1);
    intake_go(r->in);
    assert_rc(outcome_wait(&o), RC_OK);
    assert_string_equal(told.words, "a b ");
    flush_ok(r);
    assert_stored(r, "a b");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(an_outcome_counts_once),
        TEST(an_events_id_is_no_outcomes),
        TEST(events_and_records_share_a_put),
        TEST(an_outcome_without_an_id_gets_one),
        TEST(a_release_counts_once_a_feature),
        TEST(the_last_row_of_a_customer_holds),
        TEST(aliases_apply),
        TEST(keys_are_remembered_from_the_store),
        TEST(keys_are_remembered_from_the_journal),
        TEST(a_store_that_fails_loses_none),
        TEST(an_aborted_put_leaves_no_trace),
        TEST(what_becomes_durable_is_told_before_it_is_answered),
        TEST(what_is_held_is_neither_told_nor_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
