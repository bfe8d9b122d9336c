#include "rig.h"

#include "base/limits.h"

static int setup(void **state)
{
    static struct rig r;
    rig_init(&r);
    rig_open(&r);
    *state = &r;
    return 0;
}

static int teardown(void **state)
{
    rig_fini(*state);
    return 0;
}

static struct event_key key_of(struct rig *r, const char *text)
{
    struct event_key key;
    assert_ok(event_key_parse(str_from_cz(text), &key, &r->why), &r->why);
    return key;
}

/* The one event of the store. */
struct seen {
    int n;
    struct event ev; /* without its text */
    struct text id;
    struct text feature;
    struct text owner;
    struct text price_id;
};

static enum rc see(void *arg, const struct event *ev, struct why *why)
{
    struct seen *seen = arg;
    (void)why;
    seen->n++;
    seen->ev = *ev;
    seen->id = text_of(ev->id);
    seen->feature = text_of(ev->dim[DIM_FEATURE]);
    seen->owner = text_of(ev->dim[DIM_OWNER]);
    seen->price_id = text_of(ev->cost.price_id);
    return RC_OK;
}

static struct seen see_store(struct rig *r)
{
    struct seen seen = {.n = 0};
    struct store_reader *reader = NULL;
    flush_ok(r);
    assert_ok(store_reader_open(r->store, &reader, &r->why), &r->why);
    assert_ok(store_scan(reader, STORE_TIME_ARRIVAL, INT64_MIN, INT64_MAX, see,
                         &seen, &r->why),
              &r->why);
    store_reader_close(&reader);
    return seen;
}

/* ---- what an event lacks ---- */

static void an_event_gets_all_that_it_lacks(void **state)
{
    struct rig *r = *state;
    struct event_key key = key_of(r, "feature");
    assert_ok(attribution_add_alias(r->attribution, &key, STR("Search"),
                                    STR("search"), &r->why),
              &r->why);
    assert_ok(attribution_add_owner(r->attribution, STR("search"),
                                    STR("discovery"), &r->why),
              &r->why);
    struct intake_put *put = intake_begin(r->in, EVENT_SOURCE_IMPORT);
    struct event ev = call_named(r, "");
    enum intake_verdict verdict;
    ev.dim[DIM_FEATURE] = STR("Search");
    assert_ok(intake_add(put, &ev, false, r->now_us, &verdict, &r->why),
              &r->why);
    assert_int_equal(verdict, INTAKE_ACCEPTED);
    assert_true(ev.id.n > 0 && ev.id.n <= 26);
    assert_true(str_starts(ev.id, STR("toll-")));
    assert_int_equal(ev.arrival_us, r->now_us);
    assert_int_equal(ev.source, EVENT_SOURCE_IMPORT);
    assert_str(ev.dim[DIM_FEATURE], "search");
    assert_str(ev.dim[DIM_OWNER], "discovery");
    assert_true(ev.cost.priced);
    /* 1200 and 300 tokens at 0.15 and 0.60 dollars a million. */
    assert_int_equal(event_total_cost(&ev).pico, 360000000);
    struct text id = text_of(ev.id);
    assert_ok(intake_commit_wait(&put, &r->why), &r->why);
    assert_null(put);

    struct seen seen = see_store(r);
    assert_int_equal(seen.n, 1);
    assert_string_equal(seen.id.cz, id.cz);
    assert_string_equal(seen.feature.cz, "search");
    assert_string_equal(seen.owner.cz, "discovery");
    assert_true(strlen(seen.price_id.cz) > 0);
    assert_int_equal(seen.ev.arrival_us, r->now_us);
    assert_int_equal(seen.ev.source, EVENT_SOURCE_IMPORT);
    assert_int_equal(event_total_cost(&seen.ev).pico, 360000000);
}

static void made_ids_are_unique_and_sort_as_they_were_made(void **state)
{
    struct rig *r = *state;
    struct intake_put *put = intake_begin(r->in, EVENT_SOURCE_API);
    struct text last = text_of(STR_EMPTY);
    for (int i = 0; i < 2000; i++) {
        struct event ev = call_named(r, "");
        enum intake_verdict verdict;
        int64_t now_us = r->now_us + i / 7 - i % 3; /* also set back */
        assert_ok(intake_add(put, &ev, false, now_us, &verdict, &r->why),
                  &r->why);
        assert_int_equal(verdict, INTAKE_ACCEPTED);
        struct text id = text_of(ev.id);
        assert_true(strcmp(id.cz, last.cz) > 0);
        last = id;
    }
    intake_abort(&put);
}

static void a_named_environment_is_not_overruled(void **state)
{
    struct rig *r = *state;
    struct attribution_pair set = {.key = key_of(r, "environment"),
                                   .value = STR("test")};
    struct event ev = call_named(r, "a");
    enum intake_verdict verdict;
    assert_ok(attribution_add_rule(r->attribution, NULL, 0, &set, 1, &r->why),
              &r->why);
    struct intake_put *put = intake_begin(r->in, EVENT_SOURCE_API);
    assert_ok(intake_add(put, &ev, true, r->now_us, &verdict, &r->why),
              &r->why);
    assert_int_equal(ev.environment, ENVIRONMENT_PRODUCTION);
    ev = call_named(r, "b");
    assert_ok(intake_add(put, &ev, false, r->now_us, &verdict, &r->why),
              &r->why);
    assert_int_equal(ev.environment, ENVIRONMENT_TEST);
    intake_abort(&put);
}

static void an_unknown_model_is_unpriced_and_counted(void **state)
{
    struct rig *r = *state;
    struct intake_put *put = intake_begin(r->in, EVENT_SOURCE_API);
    struct event ev = call_named(r, "a");
    enum intake_verdict verdict;
    struct intake_counts counts;
    ev.dim[DIM_MODEL] = STR("our-own-model-7");
    ev.dim[DIM_REQUESTED_MODEL] = STR("our-own-model-7");
    assert_ok(intake_add(put, &ev, false, r->now_us, &verdict, &r->why),
              &r->why);
    assert_false(ev.cost.priced);
    (void)put_add(r, put, "b");
    assert_ok(intake_commit_wait(&put, &r->why), &r->why);
    intake_count(r->in, &counts);
    assert_int_equal(counts.n_unpriced, 1);
    assert_int_equal(counts.n_accepted, 2);
    assert_int_equal(counts.last_event_us, r->now_us);
}

static void new_rules_hold_from_the_next_put_on(void **state)
{
    struct rig *r = *state;
    struct attribution *rules = attribution_new();
    struct attribution_pair set = {.key = key_of(r, "feature"),
                                   .value = STR("new")};
    struct event ev = call_named(r, "a");
    enum intake_verdict verdict;
    assert_ok(attribution_add_rule(rules, NULL, 0, &set, 1, &r->why), &r->why);
    struct intake_put *before = intake_begin(r->in, EVENT_SOURCE_API);
    intake_use(r->in, r->book, rules);
    attribution_unref(&rules);
    struct intake_put *after = intake_begin(r->in, EVENT_SOURCE_API);
    assert_ok(intake_add(before, &ev, false, r->now_us, &verdict, &r->why),
              &r->why);
    assert_str(ev.dim[DIM_FEATURE], "");
    ev = call_named(r, "b");
    assert_ok(intake_add(after, &ev, false, r->now_us, &verdict, &r->why),
              &r->why);
    assert_str(ev.dim[DIM_FEATURE], "new");
    intake_use(r->in, r->book, NULL);
    intake_abort(&before);
    intake_abort(&after);
    assert_int_equal(send_ok(r, "c"), INTAKE_ACCEPTED);
}

/* ---- the same id counts once ---- */

static void the_same_id_counts_once_within_a_put(void **state)
{
    struct rig *r = *state;
    struct intake_put *put = intake_begin(r->in, EVENT_SOURCE_API);
    struct intake_counts counts;
    assert_int_equal(put_add(r, put, "a"), INTAKE_ACCEPTED);
    assert_int_equal(put_add(r, put, "a"), INTAKE_DUPLICATE);
    assert_int_equal(put_add(r, put, "b"), INTAKE_ACCEPTED);
    assert_ok(intake_commit_wait(&put, &r->why), &r->why);
    flush_ok(r);
    assert_stored(r, "a b");
    intake_count(r->in, &counts);
    assert_int_equal(counts.n_accepted, 2);
    assert_int_equal(counts.n_duplicates, 1);
    assert_int_equal(counts.n_stored, 2);
    assert_int_equal(counts.n_ids, 2);
}

static void the_same_id_counts_once_across_puts_and_restarts(void **state)
{
    struct rig *r = *state;
    assert_int_equal(send_ok(r, "a"), INTAKE_ACCEPTED);
    assert_int_equal(send_ok(r, "a"), INTAKE_DUPLICATE);
    flush_ok(r);
    for (int i = 0; i < 3; i++) {
        rig_reopen(r);
        assert_int_equal(send_ok(r, "a"), INTAKE_DUPLICATE);
        flush_ok(r);
    }
    assert_stored(r, "a");
}

static void what_only_the_journal_holds_is_known_after_a_restart(void **state)
{
    struct rig *r = *state;
    rig_break_store(r);
    assert_int_equal(send_ok(r, "a"), INTAKE_ACCEPTED);
    assert_int_equal(send_ok(r, "b"), INTAKE_ACCEPTED);
    rig_reopen(r);
    assert_stored(r, "");
    assert_int_equal(send_ok(r, "a"), INTAKE_DUPLICATE);
    assert_int_equal(send_ok(r, "c"), INTAKE_ACCEPTED);
    intake_close(&r->in);
    rig_mend_store(r);
    rig_open(r);
    flush_ok(r);
    assert_stored(r, "a b c");
}

static void an_aborted_put_never_was(void **state)
{
    struct rig *r = *state;
    struct intake_put *put = intake_begin(r->in, EVENT_SOURCE_API);
    assert_int_equal(put_add(r, put, "a"), INTAKE_ACCEPTED);
    intake_abort(&put);
    assert_null(put);
    assert_int_equal(send_ok(r, "a"), INTAKE_ACCEPTED);
    flush_ok(r);
    assert_stored(r, "a");
}

/* ---- calls made long ago ---- */

#define LONG_AGO_US (400 * UTC_US_PER_DAY)

/* Put an event into the store as if it had arrived long ago too. */
static void store_long_ago(struct rig *r, const char *id)
{
    struct event ev = call_named(r, id);
    uint64_t pos;
    ev.ts_us -= LONG_AGO_US;
    ev.arrival_us = ev.ts_us + UTC_US_PER_DAY;
    assert_ok(store_position(r->store, &pos, &r->why), &r->why);
    assert_ok(store_begin(r->store, &r->why), &r->why);
    assert_ok(store_add(r->store, &ev, 1, &r->why), &r->why);
    assert_ok(store_commit(r->store, pos, &r->why), &r->why);
}

static enum intake_verdict send_old(struct rig *r, const char *id,
                                    int64_t age_us)
{
    struct intake_put *put = intake_begin(r->in, EVENT_SOURCE_IMPORT);
    struct event ev = call_named(r, id);
    enum intake_verdict verdict;
    ev.ts_us -= age_us;
    assert_ok(intake_add(put, &ev, false, r->now_us, &verdict, &r->why),
              &r->why);
    assert_ok(intake_commit_wait(&put, &r->why), &r->why);
    return verdict;
}

static void an_old_call_imported_long_ago_is_a_duplicate(void **state)
{
    struct rig *r = *state;
    intake_close(&r->in);
    store_long_ago(r, "a");
    rig_open(r);
    struct intake_counts counts;
    intake_count(r->in, &counts);
    assert_int_equal(counts.n_ids, 0); /* it left the window */
    assert_int_equal(send_old(r, "a", LONG_AGO_US), INTAKE_DUPLICATE);
    assert_int_equal(send_old(r, "b", LONG_AGO_US), INTAKE_ACCEPTED);
    assert_int_equal(send_old(r, "b", LONG_AGO_US), INTAKE_DUPLICATE);
    rig_reopen(r);
    assert_int_equal(send_old(r, "a", LONG_AGO_US), INTAKE_DUPLICATE);
    assert_int_equal(send_old(r, "b", LONG_AGO_US), INTAKE_DUPLICATE);
    flush_ok(r);
    assert_stored(r, "a b");
}

static void a_history_imported_twice_counts_once(void **state)
{
    struct rig *r = *state;
    for (int round = 0; round < 3; round++) {
        struct intake_put *put = intake_begin(r->in, EVENT_SOURCE_IMPORT);
        for (int day = 0; day < 90; day++) {
            char id[20];
            enum intake_verdict verdict;
            (void)snprintf(id, sizeof(id), "day-%02d", day);
            struct event ev = call_named(r, id);
            ev.ts_us -= day * UTC_US_PER_DAY;
            assert_ok(intake_add(put, &ev, false, r->now_us, &verdict, &r->why),
                      &r->why);
            assert_int_equal(verdict,
                             round == 0 ? INTAKE_ACCEPTED : INTAKE_DUPLICATE);
        }
        assert_ok(intake_commit_wait(&put, &r->why), &r->why);
        flush_ok(r);
        if (round == 1) {
            rig_reopen(r);
        }
    }
    struct tally tally = tally_store(r);
    assert_int_equal(tally.n, 90);
    mem_free(tally.ids);
}

static void an_old_call_needs_a_store_that_answers(void **state)
{
    struct rig *r = *state;
    intake_close(&r->in);
    store_long_ago(r, "a");
    rig_open(r);
    struct intake_put *put = intake_begin(r->in, EVENT_SOURCE_IMPORT);
    struct event ev = call_named(r, "a");
    enum intake_verdict verdict;
    ev.ts_us -= LONG_AGO_US;
    store_fake_fail(r->store, STORE_FAKE_READ, 0, 1, RC_IO);
    assert_rc(intake_add(put, &ev, false, r->now_us, &verdict, &r->why),
              RC_UNAVAILABLE);
    assert_ok(intake_add(put, &ev, false, r->now_us, &verdict, &r->why),
              &r->why);
    assert_int_equal(verdict, INTAKE_DUPLICATE);
    intake_abort(&put);
}

/* ---- sizes ---- */

/* What a request may look like: its end frees it, with the put's place. */
struct request {
    struct intake_put *put;
    size_t *n_ended;
};

static void end_request(void *arg, enum rc rc, const struct why *why)
{
    struct request *request = arg;
    (void)why;
    *request->n_ended += rc == RC_OK ? 1 : 0;
    mem_free(request);
}

static void the_end_of_a_put_may_free_its_place(void **state)
{
    struct rig *r = *state;
    size_t n_ended = 0;
    for (size_t i = 0; i < 2000; i++) {
        struct request *request = mem_alloc(sizeof(*request));
        request->put = intake_begin(r->in, EVENT_SOURCE_API);
        request->n_ended = &n_ended;
        intake_commit(&request->put, end_request, request);
    }
    intake_close(&r->in);
    assert_int_equal(n_ended, 2000);
}

static struct event large_call(struct rig *r, const char *id)
{
    static char keys[LIMIT_TAGS_MAX][3];
    static char value[LIMIT_TAG_VALUE_MAX];
    struct event ev = call_named(r, id);
    memset(value, 'v', sizeof(value));
    for (int i = 0; i < LIMIT_TAGS_MAX; i++) {
        (void)snprintf(keys[i], sizeof(keys[i]), "%c", 'a' + i);
        struct str text = {.p = value, .n = sizeof(value)};
        assert_ok(event_tag_set(&ev, str_from_cz(keys[i]), text, &r->why),
                  &r->why);
    }
    return ev;
}

static void a_put_of_many_records_arrives_whole(void **state)
{
    struct rig *r = *state;
    enum { N = 1000 }; /* of over 4 KB */
    struct intake_put *put = intake_begin(r->in, EVENT_SOURCE_API);
    for (int i = 0; i < N; i++) {
        char id[20];
        enum intake_verdict verdict;
        (void)snprintf(id, sizeof(id), "id-%04d", i);
        struct event ev = large_call(r, id);
        assert_ok(intake_add(put, &ev, false, r->now_us, &verdict, &r->why),
                  &r->why);
        assert_int_equal(put_add(r, put, id), INTAKE_DUPLICATE);
    }
    assert_ok(intake_commit_wait(&put, &r->why), &r->why);
    flush_ok(r);
    struct tally tally = tally_store(r);
    assert_int_equal(tally.n, N);
    for (int i = 0; i < N; i++) {
        char id[20];
        (void)snprintf(id, sizeof(id), "id-%04d", i);
        assert_string_equal(tally.ids[i].cz, id);
    }
    mem_free(tally.ids);
}

/* A call that costs more than money holds is refused, and not remembered. */
static void a_refused_event_leaves_no_trace(void **state)
{
    struct rig *r = *state;
    struct intake_put *put = intake_begin(r->in, EVENT_SOURCE_API);
    struct event ev = call_named(r, "a");
    enum intake_verdict verdict;
    ev.dim[DIM_MODEL] = STR("gpt-4");
    ev.token[TOKEN_OUTPUT] = INT64_C(1) << LIMIT_COUNT_BITS;
    assert_rc(intake_add(put, &ev, false, r->now_us, &verdict, &r->why),
              RC_RANGE);
    assert_int_equal(put_add(r, put, "a"), INTAKE_ACCEPTED);
    assert_ok(intake_commit_wait(&put, &r->why), &r->why);
    flush_ok(r);
    assert_stored(r, "a");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_event_gets_all_that_it_lacks),
        TEST(made_ids_are_unique_and_sort_as_they_were_made),
        TEST(a_named_environment_is_not_overruled),
        TEST(an_unknown_model_is_unpriced_and_counted),
        TEST(new_rules_hold_from_the_next_put_on),
        TEST(the_same_id_counts_once_within_a_put),
        TEST(the_same_id_counts_once_across_puts_and_restarts),
        TEST(what_only_the_journal_holds_is_known_after_a_restart),
        TEST(an_aborted_put_never_was),
        TEST(an_old_call_imported_long_ago_is_a_duplicate),
        TEST(a_history_imported_twice_counts_once),
        TEST(an_old_call_needs_a_store_that_answers),
        TEST(the_end_of_a_put_may_free_its_place),
        TEST(a_put_of_many_records_arrives_whole),
        TEST(a_refused_event_leaves_no_trace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
