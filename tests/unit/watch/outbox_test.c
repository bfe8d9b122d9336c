#include "test.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/rand.h"
#include "base/utc.h"
#include "watch/outbox.h"

#include <stdio.h>

#define T0 INT64_C(1795341600000000)
#define S  UTC_US_PER_SECOND

/* The outbox, and all records so far, each behind its length. */
struct rig {
    struct outbox *o;
    struct buf log;
    struct rand rand;
    struct why why;
};

static void rig_open(struct rig *r)
{
    *r = (struct rig){.o = outbox_new()};
    buf_init(&r->log, SIZE_MAX);
    rand_init(&r->rand, 7);
}

static void rig_close(struct rig *r)
{
    outbox_free(&r->o);
    buf_fini(&r->log);
}

static void apply(struct rig *r, struct buf *record)
{
    struct str view = buf_view(record);

    assert_ok(outbox_apply(r->o, view, &r->why), &r->why);
    buf_add(&r->log, &view.n, sizeof view.n);
    buf_str(&r->log, view);
    buf_fini(record);
}

/* As after a crash: all records again, into a new outbox. */
static void read_again(struct rig *r)
{
    struct str rest = buf_view(&r->log);

    outbox_free(&r->o);
    r->o = outbox_new();
    while (rest.n > 0) {
        size_t n;
        memcpy(&n, rest.p, sizeof n);
        rest = str_sub(rest, sizeof n, SIZE_MAX);
        assert_ok(outbox_apply(r->o, str_sub(rest, 0, n), &r->why), &r->why);
        rest = str_sub(rest, n, SIZE_MAX);
    }
}

static enum rc put_draft(struct rig *r, const struct outbox_item *draft)
{
    struct buf record;

    buf_init(&record, SIZE_MAX);
    enum rc rc = outbox_put(r->o, draft, T0, &record, &r->why);
    if (rc == RC_OK) {
        apply(r, &record);
    } else {
        assert_int_equal(record.n, 0);
        buf_fini(&record);
    }
    return rc;
}

static enum rc put(struct rig *r, const char *channel, const char *key,
                   const char *incident)
{
    return put_draft(
        r, &(struct outbox_item){.channel = str_from_cz(channel),
                                 .key = str_from_cz(key),
                                 .incident = str_from_cz(incident),
                                 .kind = STR("slack"),
                                 .title = STR("T"),
                                 .payload = STR("{\"a\":\"\n\"}\n\n")});
}

static enum rc put_about(struct rig *r, const char *channel, const char *key,
                         const char *subject)
{
    return put_draft(r, &(struct outbox_item){.channel = str_from_cz(channel),
                                              .key = str_from_cz(key),
                                              .subject = str_from_cz(subject),
                                              .kind = STR("slack"),
                                              .title = STR("T"),
                                              .payload = STR("{}")});
}

static void mark(struct rig *r, const struct outbox_change *change)
{
    struct buf record;

    buf_init(&record, SIZE_MAX);
    outbox_mark(change, &record);
    apply(r, &record);
}

static void judge(struct rig *r, uint64_t id, enum outbox_verdict verdict,
                  int64_t after_ms, int64_t now_us)
{
    const struct outbox_result result = {
        .verdict = verdict, .retry_after_ms = after_ms, .error = "so it is"};
    struct outbox_change change;

    outbox_judge(outbox_of(r->o, id), &result, now_us, &r->rand, &change);
    mark(r, &change);
}

static bool all_free(void *arg, struct str channel)
{
    return arg == NULL || !str_eq(channel, str_from_cz(arg));
}

static uint64_t due(struct rig *r, int64_t now_us, const char *busy)
{
    char name[16] = "";
    int64_t next = 0;

    (void)strncat(name, busy != NULL ? busy : "", sizeof name - 1);
    const struct outbox_item *item =
        outbox_due(r->o, now_us, all_free, busy != NULL ? name : NULL, &next);
    return item != NULL ? item->id : 0;
}

static void takes_a_key_once_a_channel(void **state)
{
    struct rig r;

    (void)state;
    rig_open(&r);
    assert_ok(put(&r, "ops", "k", ""), &r.why);
    assert_ok(put(&r, "mail", "k", ""), &r.why);
    assert_rc(put(&r, "ops", "k", ""), RC_EXISTS);
    judge(&r, 1, OUTBOX_ARRIVED, 0, T0);
    judge(&r, 2, OUTBOX_NEVER, 0, T0);
    assert_rc(put(&r, "ops", "k", ""), RC_EXISTS);
    assert_rc(put(&r, "mail", "k", ""), RC_EXISTS);
    read_again(&r);
    assert_rc(put(&r, "ops", "k", ""), RC_EXISTS);
    assert_int_equal(outbox_count(r.o, OUTBOX_SENT), 1);
    assert_int_equal(outbox_count(r.o, OUTBOX_FAILED), 1);
    assert_ok(put(&r, "ops", "k2", ""), &r.why);
    assert_int_equal(outbox_at(r.o, 2)->id, 3);
    rig_close(&r);
}

static uint64_t id_of(const struct outbox_item *item)
{
    return item != NULL ? item->id : 0;
}

static void finds_what_was_said_of_a_subject(void **state)
{
    struct rig r;

    (void)state;
    rig_open(&r);
    assert_ok(put_about(&r, "ops", "a", "week 47"), &r.why);
    assert_ok(put_about(&r, "mail", "b", "week 47"), &r.why);
    assert_ok(put_about(&r, "ops", "c", "week 47"), &r.why);
    assert_ok(put_about(&r, "ops", "d", ""), &r.why);
    read_again(&r);
    assert_int_equal(id_of(outbox_latest(r.o, STR("ops"), STR("week 47"))), 3);
    assert_int_equal(id_of(outbox_latest(r.o, STR("mail"), STR("week 47"))), 2);
    assert_int_equal(id_of(outbox_latest(r.o, STR("ops"), STR_EMPTY)), 4);
    assert_null(outbox_latest(r.o, STR("ops"), STR("week 4")));
    assert_null(outbox_latest(r.o, STR("pager"), STR_EMPTY));
    assert_int_equal(id_of(outbox_find(r.o, STR("ops"), STR("a"))), 1);
    assert_null(outbox_find(r.o, STR("ops"), STR("b")));
    rig_close(&r);
}

static void reads_all_of_it_again(void **state)
{
    struct rig r;

    (void)state;
    rig_open(&r);
    assert_ok(put(&r, "ops", "k", "i"), &r.why);
    judge(&r, 1, OUTBOX_LATER, 0, T0);
    read_again(&r);
    const struct outbox_item *item = outbox_of(r.o, 1);
    assert_str(item->channel, "ops");
    assert_str(item->key, "k");
    assert_str(item->incident, "i");
    assert_str(item->kind, "slack");
    assert_str(item->title, "T");
    assert_str(item->payload, "{\"a\":\"\n\"}\n\n");
    assert_str(item->error, "so it is");
    assert_int_equal(item->state, OUTBOX_WAITING);
    assert_int_equal(item->n_tries, 1);
    assert_int_equal(item->put_us, T0);
    /* Tidied: the item as it is, over what the older records say. */
    struct buf record;
    buf_init(&record, SIZE_MAX);
    outbox_keep(item, &record);
    apply(&r, &record);
    read_again(&r);
    assert_int_equal(outbox_n(r.o), 1);
    assert_int_equal(outbox_count(r.o, OUTBOX_WAITING), 1);
    assert_str(outbox_of(r.o, 1)->payload, "{\"a\":\"\n\"}\n\n");
    rig_close(&r);
}

static void refuses_what_is_no_record(void **state)
{
    static const char *const bad[] = {
        "",
        "x",
        "{}\n",
        "{\"op\":\"put\",\"id\":1}\n",
        "{\"op\":\"eat\",\"id\":1,\"state\":\"sent\"}\n",
        "{\"op\":\"mark\",\"id\":1,\"state\":\"gone\"}\n"};
    struct rig r;

    (void)state;
    rig_open(&r);
    for (size_t i = 0; i < ARRAY_N(bad); i++) {
        assert_rc(outbox_apply(r.o, str_from_cz(bad[i]), &r.why), RC_PARSE);
    }
    /* Of an item whose beginning was lost. */
    assert_ok(outbox_apply(
                  r.o, STR("{\"op\":\"mark\",\"id\":9,\"state\":\"sent\"}\n"),
                  &r.why),
              &r.why);
    assert_int_equal(outbox_n(r.o), 0);
    rig_close(&r);
}

static void tries_what_is_due_one_at_a_time_in_order(void **state)
{
    struct rig r;

    (void)state;
    rig_open(&r);
    assert_int_equal(due(&r, T0, NULL), 0);
    assert_ok(put(&r, "ops", "opened", "i"), &r.why);
    assert_ok(put(&r, "ops", "closed", "i"), &r.why);
    assert_ok(put(&r, "ops", "other", "j"), &r.why);
    assert_ok(put(&r, "mail", "opened", "i"), &r.why);
    assert_int_equal(due(&r, T0 - 1, NULL), 0);
    assert_int_equal(due(&r, T0, NULL), 1);
    assert_int_equal(due(&r, T0, "ops"), 4);
    judge(&r, 1, OUTBOX_LATER, 0, T0);
    /* Its incident's end waits behind it, another incident does not. */
    assert_int_equal(due(&r, T0, NULL), 3);
    judge(&r, 3, OUTBOX_ARRIVED, 0, T0);
    judge(&r, 4, OUTBOX_ARRIVED, 0, T0);
    assert_int_equal(due(&r, T0, NULL), 0);
    int64_t next = 0;
    assert_null(outbox_due(r.o, T0, all_free, NULL, &next));
    assert_true(next > T0);
    assert_int_equal(due(&r, next, NULL), 1);
    judge(&r, 1, OUTBOX_ARRIVED, 0, next);
    assert_int_equal(due(&r, next, NULL), 2);
    rig_close(&r);
}

static void waits_longer_each_time_and_gives_up(void **state)
{
    struct rig r;
    int64_t now = T0;
    int n = 0;

    (void)state;
    rig_open(&r);
    assert_ok(put(&r, "ops", "k", ""), &r.why);
    while (outbox_of(r.o, 1)->state == OUTBOX_WAITING) {
        judge(&r, 1, OUTBOX_LATER, 0, now);
        int64_t pause = outbox_of(r.o, 1)->next_us - now;
        int64_t most = LIMIT_OUTBOX_RETRY_MAX_MS * INT64_C(1000);
        int64_t usual = LIMIT_OUTBOX_RETRY_MIN_MS * INT64_C(1000)
                        << (n < 20 ? n : 20);
        usual = usual < most ? usual : most;
        assert_in_range(pause, usual * 3 / 4, usual * 5 / 4);
        now += pause;
        n++;
        assert_true(n < 10000);
    }
    assert_int_equal(outbox_of(r.o, 1)->state, OUTBOX_FAILED);
    assert_true(now - T0 >= LIMIT_OUTBOX_GIVE_UP_S * S);
    assert_str(outbox_of(r.o, 1)->payload, "");
    assert_str(outbox_of(r.o, 1)->error, "so it is");
    rig_close(&r);
}

static void waits_as_long_as_asked(void **state)
{
    struct rig r;

    (void)state;
    rig_open(&r);
    assert_ok(put(&r, "ops", "k", ""), &r.why);
    judge(&r, 1, OUTBOX_LATER, 30 * 1000, T0);
    assert_int_equal(outbox_of(r.o, 1)->next_us, T0 + 30 * S);
    judge(&r, 1, OUTBOX_LATER, INT64_MAX, T0);
    assert_int_equal(outbox_of(r.o, 1)->next_us,
                     T0 + LIMIT_OUTBOX_GIVE_UP_S * S);
    rig_close(&r);
}

static void recovers_what_was_on_its_way(void **state)
{
    struct rig r;
    struct outbox_change change;

    (void)state;
    rig_open(&r);
    assert_ok(put(&r, "ops", "k", ""), &r.why);
    assert_ok(put(&r, "pager", "k", ""), &r.why);
    for (uint64_t id = 1; id <= 2; id++) {
        mark(&r, &(struct outbox_change){
                     .id = id, .state = OUTBOX_SENDING, .at_us = T0});
    }
    read_again(&r);
    assert_int_equal(outbox_count(r.o, OUTBOX_SENDING), 2);
    assert_int_equal(due(&r, T0 + S, NULL), 0);
    outbox_recover(outbox_of(r.o, 1), false, STR("run 1"), T0, &change);
    mark(&r, &change);
    outbox_recover(outbox_of(r.o, 2), true, STR("run 1"), T0, &change);
    mark(&r, &change);
    assert_int_equal(outbox_of(r.o, 1)->state, OUTBOX_SENT);
    assert_int_equal(outbox_of(r.o, 2)->state, OUTBOX_WAITING);
    assert_int_equal(due(&r, T0, NULL), 2);
    rig_close(&r);
}

/* A killed program's writes are not lost, those of a machine may be. */
static void sends_what_was_only_ready(void **state)
{
    struct rig r;
    struct outbox_change change;

    (void)state;
    rig_open(&r);
    assert_ok(put(&r, "ops", "k", ""), &r.why);
    mark(&r, &(struct outbox_change){.id = 1,
                                     .state = OUTBOX_READY,
                                     .at_us = T0,
                                     .n_tries = 2,
                                     .boot = STR("run 1")});
    read_again(&r);
    assert_int_equal(outbox_count(r.o, OUTBOX_READY), 1);
    assert_int_equal(due(&r, T0 + S, NULL), 0);
    outbox_recover(outbox_of(r.o, 1), false, STR("run 2"), T0, &change);
    assert_int_equal(change.state, OUTBOX_SENT);
    outbox_recover(outbox_of(r.o, 1), false, STR_EMPTY, T0, &change);
    assert_int_equal(change.state, OUTBOX_SENT);
    outbox_recover(outbox_of(r.o, 1), true, STR("run 2"), T0, &change);
    assert_int_equal(change.state, OUTBOX_WAITING);
    assert_int_equal(change.n_tries, 3);
    outbox_recover(outbox_of(r.o, 1), false, STR("run 1"), T0, &change);
    mark(&r, &change);
    assert_int_equal(outbox_of(r.o, 1)->n_tries, 2);
    assert_int_equal(due(&r, T0, NULL), 1);
    rig_close(&r);
}

static void has_limits(void **state)
{
    struct rig r;
    char key[16];
    struct buf record;
    char *large = mem_alloc(LIMIT_OUTBOX_PAYLOAD_BYTES + 1);
    struct outbox_item draft = {
        .channel = STR("c"),
        .key = STR("k"),
        .payload = {.p = large, .n = LIMIT_OUTBOX_PAYLOAD_BYTES}};

    (void)state;
    rig_open(&r);
    buf_init(&record, SIZE_MAX);
    assert_ok(outbox_put(r.o, &draft, T0, &record, &r.why), &r.why);
    assert_true(record.n < LIMIT_JOURNAL_RECORD_MAX);
    draft.payload.n++;
    assert_rc(outbox_put(r.o, &draft, T0, &record, &r.why), RC_LIMIT);
    buf_fini(&record);
    mem_free(large);
    for (int i = 0; i < LIMIT_OUTBOX_WAITING_MAX; i++) {
        (void)snprintf(key, sizeof key, "k%d", i);
        assert_ok(put(&r, "ops", key, ""), &r.why);
    }
    assert_rc(put(&r, "ops", "one more", ""), RC_FULL);
    judge(&r, 1, OUTBOX_ARRIVED, 0, T0);
    assert_ok(put(&r, "ops", "one more", ""), &r.why);
    rig_close(&r);
}

static void forgets_what_is_old(void **state)
{
    int64_t keep = LIMIT_OUTBOX_KEEP_DAYS * UTC_US_PER_DAY;
    struct rig r;

    (void)state;
    rig_open(&r);
    assert_ok(put(&r, "ops", "a", ""), &r.why);
    assert_ok(put(&r, "ops", "b", ""), &r.why);
    judge(&r, 1, OUTBOX_ARRIVED, 0, T0);
    outbox_forget(r.o, T0 + keep);
    assert_int_equal(outbox_n(r.o), 2);
    outbox_forget(r.o, T0 + keep + 1);
    assert_int_equal(outbox_n(r.o), 1);
    assert_int_equal(outbox_count(r.o, OUTBOX_SENT), 0);
    assert_ok(put(&r, "ops", "a", ""), &r.why);
    rig_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_a_key_once_a_channel),
        cmocka_unit_test(finds_what_was_said_of_a_subject),
        cmocka_unit_test(reads_all_of_it_again),
        cmocka_unit_test(refuses_what_is_no_record),
        cmocka_unit_test(tries_what_is_due_one_at_a_time_in_order),
        cmocka_unit_test(waits_longer_each_time_and_gives_up),
        cmocka_unit_test(waits_as_long_as_asked),
        cmocka_unit_test(recovers_what_was_on_its_way),
        cmocka_unit_test(sends_what_was_only_ready),
        cmocka_unit_test(has_limits),
        cmocka_unit_test(forgets_what_is_old),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
