#include "test.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/utc.h"
#include "watch/incident.h"

#include <stdio.h>

#define T0 INT64_C(1795341600000000)
#define H  UTC_US_PER_HOUR

/* The incidents, and all records so far, a line each. */
struct rig {
    struct incidents *all;
    struct arena arena;
    struct buf log;
    struct why why;
};

static void rig_open(struct rig *r)
{
    *r = (struct rig){.all = incidents_new()};
    arena_init(&r->arena, SIZE_MAX);
    buf_init(&r->log, SIZE_MAX);
}

static void rig_close(struct rig *r)
{
    incidents_free(&r->all);
    arena_fini(&r->arena);
    buf_fini(&r->log);
}

static void apply(struct rig *r, const struct incident *x)
{
    struct buf record;

    buf_init(&record, SIZE_MAX);
    incident_record(x, &record);
    assert_ok(incidents_apply(r->all, buf_view(&record), &r->why), &r->why);
    buf_str(&r->log, buf_view(&record));
    buf_char(&r->log, '\n');
    buf_fini(&record);
}

/* As after a crash: all records again, into new incidents. */
static void read_again(struct rig *r)
{
    struct str rest = buf_view(&r->log);
    struct str line;

    incidents_free(&r->all);
    r->all = incidents_new();
    while (rest.n > 0 && str_cut(&rest, '\n', &line)) {
        assert_ok(incidents_apply(r->all, line, &r->why), &r->why);
    }
}

static struct incident_news news_at(enum watch_news kind, const char *feature,
                                    int64_t hours)
{
    return (struct incident_news){
        .news = kind,
        .cause = STR("input_tokens"),
        .scope = {.feature = str_from_cz(feature)},
        .severity = MESSAGE_WARN,
        .time_us = T0 + hours * H,
        .since_us = T0 + (hours - 1) * H,
        .unit = STR("input tokens a request"),
        .before = 1000,
        .after = 2000,
        .usd_per_day = 3,
        .usual_usd_per_day = 100,
        .sentence = STR("it grew; $3.00 a day more."),
    };
}

static bool hear(struct rig *r, const struct incident_news *news, bool is_whole)
{
    struct incident x;
    bool has_changed = incident_hear(r->all, news, is_whole, &r->arena, &x);

    if (has_changed) {
        apply(r, &x);
    }
    return has_changed;
}

static bool hear_at(struct rig *r, enum watch_news kind, const char *feature,
                    int64_t hours)
{
    const struct incident_news news = news_at(kind, feature, hours);

    return hear(r, &news, false);
}

static const struct incident *only(const struct rig *r)
{
    assert_int_equal(incidents_n(r->all), 1);
    return incidents_at(r->all, 0);
}

static enum message_phase due(const struct rig *r, int64_t hours)
{
    return incident_due(only(r), false, T0 + hours * H);
}

static void tell(struct rig *r, enum message_phase phase)
{
    struct incident x;

    assert_int_equal(due(r, 0), phase);
    incident_told(only(r), phase, &x);
    apply(r, &x);
}

static void from_opened_to_closed(void **state)
{
    struct rig r;

    (void)state;
    rig_open(&r);
    assert_true(hear_at(&r, WATCH_RAISED, "search", 1));
    assert_int_equal(only(&r)->id.n, 12);
    tell(&r, MESSAGE_OPENED);
    assert_int_equal((int)due(&r, 1), 0);
    assert_false(hear_at(&r, WATCH_RAISED, "search", 2)); /* it is open */

    struct incident_news worse = news_at(WATCH_WORSE, "search", 60);
    worse.after = 4000;
    worse.usd_per_day = 12;
    worse.severity = MESSAGE_PAGE;
    assert_true(hear(&r, &worse, false));
    assert_false(hear(&r, &worse, false));
    assert_true(only(&r)->after > 3999 && only(&r)->usd_per_day > 11);
    assert_int_equal(only(&r)->severity, MESSAGE_PAGE);
    tell(&r, MESSAGE_UPDATED);

    assert_true(hear_at(&r, WATCH_CLOSED, "search", 100));
    assert_false(hear_at(&r, WATCH_CLOSED, "search", 101));
    assert_true(only(&r)->closed_us == T0 + 100 * H);
    tell(&r, MESSAGE_CLOSED);
    assert_int_equal((int)due(&r, 200), 0);
    /* Another time is another incident. */
    assert_true(hear_at(&r, WATCH_RAISED, "search", 300));
    assert_int_equal(incidents_n(r.all), 2);
    assert_false(
        str_eq(incidents_at(r.all, 0)->id, incidents_at(r.all, 1)->id));
    rig_close(&r);
}

static void text_of_both_kinds_of_nothing_is_kept(void **state)
{
    struct rig r;
    struct incident x;

    (void)state;
    rig_open(&r);
    assert_true(hear_at(&r, WATCH_RAISED, "", 1)); /* calls without a feature */
    incident_ack(only(&r), STR("ana"), STR("a \"note\"\nof two lines"),
                 T0 + 2 * H, &x);
    apply(&r, &x);
    incident_snooze(only(&r), T0 + 9 * H, &x);
    apply(&r, &x);
    read_again(&r);
    const struct incident *again = only(&r);
    assert_non_null(again->scope.feature.p);
    assert_int_equal(again->scope.feature.n, 0);
    assert_null(again->scope.model.p);
    assert_str(again->ack_by, "ana");
    assert_str(again->ack_note, "a \"note\"\nof two lines");
    assert_true(again->ack_us == T0 + 2 * H);
    assert_true(again->snoozed_us == T0 + 9 * H);
    assert_true(again->since_us == T0);
    assert_true(again->owes_opened && again->is_told);
    assert_int_equal(again->n_parts, 1);
    assert_str(again->unit, "input tokens a request");

    struct incident copy;
    assert_ok(incident_copy(again, &r.arena, &copy), &r.why);
    incidents_free(&r.all); /* nothing of it is borrowed */
    assert_str(copy.ack_by, "ana");
    assert_non_null(copy.part[0].scope.feature.p);
    r.all = incidents_new();
    rig_close(&r);
}

static void one_cause_over_many_is_one(void **state)
{
    struct rig r;

    (void)state;
    rig_open(&r);
    assert_true(hear_at(&r, WATCH_RAISED, "search", 1));
    assert_true(hear_at(&r, WATCH_RAISED, "chat", 3));
    assert_true(hear_at(&r, WATCH_RAISED, "summary", 4));
    assert_int_equal(only(&r)->n_parts, 3);
    assert_null(only(&r)->scope.feature.p); /* they share none */
    assert_true(only(&r)->usd_per_day > 8.9 && only(&r)->usd_per_day < 9.1);
    assert_true(str_find(only(&r)->sentence, STR("3 at once"), 0) != SIZE_MAX);
    read_again(&r);
    assert_int_equal(only(&r)->n_parts, 3);
    assert_str(only(&r)->part[1].scope.feature, "chat");
    tell(&r, MESSAGE_OPENED);
    /* A fourth makes it a tenth of the usual day. */
    assert_true(hear_at(&r, WATCH_RAISED, "reply", 4));
    assert_int_equal(only(&r)->severity, MESSAGE_PAGE);
    tell(&r, MESSAGE_UPDATED);

    /* Four hours later is something else; so is another cause. */
    assert_true(hear_at(&r, WATCH_RAISED, "late", 5));
    assert_int_equal(incidents_n(r.all), 2);
    struct incident_news other = news_at(WATCH_RAISED, "search", 1);
    other.cause = STR("output_tokens");
    assert_true(hear(&r, &other, false));
    assert_int_equal(incidents_n(r.all), 3);
    rig_close(&r);
}

static void it_is_over_when_all_parts_are(void **state)
{
    struct rig r;

    (void)state;
    rig_open(&r);
    assert_true(hear_at(&r, WATCH_RAISED, "search", 1));
    assert_true(hear_at(&r, WATCH_RAISED, "chat", 1));
    tell(&r, MESSAGE_OPENED);
    assert_true(hear_at(&r, WATCH_CLOSED, "chat", 30));
    assert_true(only(&r)->closed_us == 0);
    assert_true(only(&r)->usd_per_day < 3.1); /* what is left of it */
    assert_int_equal((int)due(&r, 30), 0);
    assert_true(hear_at(&r, WATCH_CLOSED, "search", 40));
    assert_true(only(&r)->closed_us == T0 + 40 * H);
    tell(&r, MESSAGE_CLOSED);
    rig_close(&r);
}

static void a_release_joins_causes_and_loops_stay_apart(void **state)
{
    struct rig r;
    struct incident_news a = news_at(WATCH_RAISED, "search", 1);
    struct incident_news b = news_at(WATCH_RAISED, "chat", 2);

    (void)state;
    rig_open(&r);
    a.release = STR("2026.11.2");
    b.release = STR("2026.11.2");
    b.cause = STR("cache");
    assert_true(hear(&r, &a, false));
    assert_true(hear(&r, &b, false));
    assert_int_equal(only(&r)->n_parts, 2);
    rig_close(&r);

    rig_open(&r);
    a = news_at(WATCH_RAISED, "agent", 1);
    a.cause = STR("requests_per_workflow");
    a.scope.workflow = STR("w1");
    b = a;
    b.scope.workflow = STR("w2");
    assert_true(hear(&r, &a, false));
    assert_true(hear(&r, &b, false));
    assert_int_equal(incidents_n(r.all), 2);
    rig_close(&r);
}

/* ---- history heard anew ---- */

static void settle(struct rig *r, const struct incident_news *news, size_t n,
                   int64_t hours)
{
    for (size_t i = 0; i < incidents_n(r->all); i++) {
        struct incident x;
        if (incident_settle(incidents_at(r->all, i), news, n, T0 + hours * H,
                            &r->arena, &x)) {
            apply(r, &x);
        }
    }
}

static void hear_all(struct rig *r, const struct incident_news *news, size_t n,
                     int64_t hours)
{
    for (size_t i = 0; i < n; i++) {
        (void)hear(r, &news[i], true);
    }
    settle(r, news, n, hours);
}

static void of_history_the_fresh_and_the_open_are_told(void **state)
{
    struct rig r;
    struct incident_news of_old = news_at(WATCH_RAISED, "old", 1);
    struct incident_news customer = news_at(WATCH_RAISED, "new", 60);
    const struct incident_news news[] = {
        of_old,
        news_at(WATCH_CLOSED, "old", 40),
        news_at(WATCH_RAISED, "open", 50),
        (customer.cause = STR("new_feature"), customer),
        news_at(WATCH_RAISED, "fresh", 490),
        news_at(WATCH_CLOSED, "fresh", 495),
    };

    (void)state;
    rig_open(&r);
    for (int i = 0; i < 3; i++) { /* however often the server starts */
        hear_all(&r, news, ARRAY_N(news), 500);
        assert_int_equal(incidents_n(r.all), 4);
        read_again(&r);
    }
    const struct incident *old = incidents_at(r.all, 0);
    const struct incident *open = incidents_at(r.all, 1);
    const struct incident *passing = incidents_at(r.all, 2);
    const struct incident *fresh = incidents_at(r.all, 3);
    assert_false(old->is_told);
    assert_true(old->closed_us == T0 + 40 * H);
    assert_true(open->is_told && open->owes_opened && open->closed_us == 0);
    assert_false(passing->is_told);
    assert_true(fresh->owes_opened && fresh->owes_closed);
    assert_int_equal(incident_due(fresh, false, T0 + 500 * H), MESSAGE_OPENED);

    /* What is new passes after a week, without a word. */
    struct incident x;
    assert_false(incident_age(passing, T0 + 200 * H, &r.arena, &x));
    assert_true(incident_age(passing, T0 + 500 * H, &r.arena, &x));
    assert_true(x.closed_us == T0 + (60 + 7 * 24) * H && !x.owes_closed);
    rig_close(&r);
}

static void a_new_hearing_places_it_a_little_otherwise(void **state)
{
    struct rig r;
    struct incident_news news[2];

    (void)state;
    rig_open(&r);
    assert_true(hear_at(&r, WATCH_RAISED, "search", 100));
    tell(&r, MESSAGE_OPENED);
    news[0] = news_at(WATCH_RAISED, "search", 97);
    hear_all(&r, news, 1, 110);
    assert_true(only(&r)->closed_us == 0);
    assert_int_equal((int)due(&r, 110), 0);
    /* Late calls show that it was over long ago. */
    news[1] = news_at(WATCH_CLOSED, "search", 125);
    hear_all(&r, news, 2, 130);
    assert_true(only(&r)->closed_us == T0 + 125 * H);
    tell(&r, MESSAGE_CLOSED);
    rig_close(&r);

    /* Or that it never was: it is over now. */
    rig_open(&r);
    assert_true(hear_at(&r, WATCH_RAISED, "search", 100));
    tell(&r, MESSAGE_OPENED);
    hear_all(&r, NULL, 0, 140);
    assert_true(only(&r)->closed_us == T0 + 140 * H);
    tell(&r, MESSAGE_CLOSED);
    rig_close(&r);
}

/* ---- people, and quiet hours ---- */

static void snoozed_it_is_silent_until_then(void **state)
{
    struct rig r;
    struct incident x;

    (void)state;
    rig_open(&r);
    assert_true(hear_at(&r, WATCH_RAISED, "search", 1));
    tell(&r, MESSAGE_OPENED);
    incident_snooze(only(&r), T0 + 5 * H, &x);
    apply(&r, &x);
    struct incident_news worse = news_at(WATCH_WORSE, "search", 3);
    worse.after = 5000;
    assert_true(hear(&r, &worse, false));
    assert_int_equal((int)incident_due(only(&r), false, T0 + 5 * H - 1), 0);
    assert_int_equal(due(&r, 5), MESSAGE_UPDATED); /* it is still so */
    /* Its end is told at once, and nothing else then. */
    assert_true(hear_at(&r, WATCH_CLOSED, "search", 4));
    assert_int_equal(due(&r, 4), MESSAGE_CLOSED);
    tell(&r, MESSAGE_CLOSED);
    assert_int_equal((int)due(&r, 9), 0);
    rig_close(&r);
}

static void who_has_it_is_told_when_it_gets_urgent(void **state)
{
    struct rig r;
    struct incident x;

    (void)state;
    rig_open(&r);
    assert_true(hear_at(&r, WATCH_RAISED, "search", 1));
    tell(&r, MESSAGE_OPENED);
    incident_ack(only(&r), STR("ana"), STR_EMPTY, T0 + 2 * H, &x);
    apply(&r, &x);
    struct incident_news worse = news_at(WATCH_WORSE, "search", 3);
    worse.after = 5000;
    assert_true(hear(&r, &worse, false));
    assert_int_equal((int)due(&r, 3), 0);
    worse.time_us += H;
    worse.after = 9000;
    worse.severity = MESSAGE_PAGE;
    assert_true(hear(&r, &worse, false));
    tell(&r, MESSAGE_UPDATED);
    rig_close(&r);
}

static void quiet_hours_hold_back_what_is_no_page(void **state)
{
    struct rig r;

    (void)state;
    rig_open(&r);
    assert_true(hear_at(&r, WATCH_RAISED, "search", 1));
    assert_int_equal((int)incident_due(only(&r), true, T0), 0);
    assert_int_equal(incident_due(only(&r), false, T0), MESSAGE_OPENED);
    rig_close(&r);

    struct incident_news page = news_at(WATCH_RAISED, "search", 1);
    page.severity = MESSAGE_PAGE;
    rig_open(&r);
    assert_true(hear(&r, &page, false));
    assert_int_equal(incident_due(only(&r), true, T0), MESSAGE_OPENED);
    rig_close(&r);
}

static void keys_are_of_incident_and_phase(void **state)
{
    struct incident x = {.id = STR("abc"), .n_updates = 2};
    struct buf b;

    (void)state;
    buf_init(&b, SIZE_MAX);
    incident_add_key(&b, &x, MESSAGE_OPENED);
    buf_char(&b, ' ');
    incident_add_key(&b, &x, MESSAGE_UPDATED);
    assert_str(buf_view(&b), "alert/abc/opened alert/abc/updated-2");
    buf_fini(&b);
}

/* ---- damage, and how many ---- */

static void what_is_no_record_is_refused(void **state)
{
    static const char *const wrong[] = {
        "",
        "{",
        "[]",
        "{}",
        "{\"id\":\"a\"}",
        "{\"id\":\"a\",\"severity\":\"warn\"}",
        "{\"id\":\"a\",\"severity\":\"warn\",\"parts\":[]}",
        "{\"id\":\"a\",\"severity\":\"loud\",\"parts\":[{}]}",
        "{\"id\":\"\",\"severity\":\"warn\",\"parts\":[{}]}",
        "{\"id\":\"a\",\"severity\":\"warn\",\"since_us\":1.5,\"parts\":[{}]}",
    };
    struct rig r;

    (void)state;
    rig_open(&r);
    for (size_t i = 0; i < ARRAY_N(wrong); i++) {
        assert_rc(incidents_apply(r.all, str_from_cz(wrong[i]), &r.why),
                  RC_PARSE);
    }
    assert_int_equal(incidents_n(r.all), 0);
    assert_ok(incidents_apply(
                  r.all,
                  STR("{\"id\":\"a\",\"severity\":\"warn\",\"parts\":[{}]}"),
                  &r.why),
              &r.why);
    rig_close(&r);
}

static void the_oldest_that_are_over_are_forgotten(void **state)
{
    struct rig r;
    struct incident_part part = {.usd_per_day = 1};
    char id[16];

    (void)state;
    rig_open(&r);
    for (int i = 0; i < LIMIT_INCIDENTS_MAX + 3; i++) {
        (void)snprintf(id, sizeof id, "%d", i);
        const struct incident x = {.id = str_from_cz(id),
                                   .severity = MESSAGE_WARN,
                                   .closed_us = i == 0 ? 0 : T0,
                                   .part = &part,
                                   .n_parts = 1};
        apply(&r, &x);
    }
    incidents_forget(r.all, T0);
    assert_int_equal(incidents_n(r.all), LIMIT_INCIDENTS_MAX);
    assert_non_null(incidents_of(r.all, STR("0"))); /* open */
    assert_null(incidents_of(r.all, STR("3")));
    assert_non_null(incidents_of(r.all, STR("4")));
    incidents_forget(r.all,
                     T0 + (LIMIT_INCIDENT_KEEP_DAYS * INT64_C(24) + 1) * H);
    assert_int_equal(incidents_n(r.all), 1);
    rig_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(from_opened_to_closed),
        cmocka_unit_test(text_of_both_kinds_of_nothing_is_kept),
        cmocka_unit_test(one_cause_over_many_is_one),
        cmocka_unit_test(it_is_over_when_all_parts_are),
        cmocka_unit_test(a_release_joins_causes_and_loops_stay_apart),
        cmocka_unit_test(of_history_the_fresh_and_the_open_are_told),
        cmocka_unit_test(a_new_hearing_places_it_a_little_otherwise),
        cmocka_unit_test(snoozed_it_is_silent_until_then),
        cmocka_unit_test(who_has_it_is_told_when_it_gets_urgent),
        cmocka_unit_test(quiet_hours_hold_back_what_is_no_page),
        cmocka_unit_test(keys_are_of_incident_and_phase),
        cmocka_unit_test(what_is_no_record_is_refused),
        cmocka_unit_test(the_oldest_that_are_over_are_forgotten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
