#include "test.h"

#include <stdio.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/utc.h"
#include "capture/demo/demo.h"
#include "capture/demo/demo_incident.h"
#include "event/event_bin.h"
#include "event/event_check.h"
#include "price/book.h"
#include "price/cost.h"
#include "price/memo.h"

#define DAYS    90
#define EVENTS  300000
#define END_DAY utc_day(2026, 11, 23) /* a Monday */

/* ---- any demo: what must hold for each ---- */

struct stream {
    struct demo_options opt;
    uint64_t n;
    int64_t last_us;
    uint64_t hash;
    struct buf bin;
    uint64_t stop_after; /* 0: never */
    uint64_t told;       /* by progress */
};

/* The number behind "demo-SEED-", which is in base 36. */
static uint64_t number_of(struct str id)
{
    struct str rest = id;
    struct str part;
    uint64_t n = 0;

    assert_true(str_cut(&rest, '-', &part) && str_cut(&rest, '-', &part));
    assert_true(rest.n > 0);
    for (size_t i = 0; i < rest.n; i++) {
        char c = rest.p[i];
        n = n * 36 + (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return n;
}

static enum rc take(void *arg, struct event *ev, bool has_environment,
                    struct why *why)
{
    struct stream *s = arg;

    if (s->stop_after > 0 && s->n == s->stop_after) {
        return why_set(why, RC_FULL, "no more");
    }
    assert_true(has_environment);
    assert_ok(event_check(ev, s->opt.end_us, why), why);
    assert_int_equal(ev->source, EVENT_SOURCE_DEMO);
    assert_true(ev->ts_us >= s->last_us);
    assert_true(ev->ts_us < s->opt.end_us);
    assert_int_equal(number_of(ev->id), s->n);
    s->last_us = ev->ts_us;
    s->n++;
    buf_clear(&s->bin);
    event_bin_add(&s->bin, ev);
    s->hash = hash_64(s->bin.p, s->bin.n, s->hash);
    return RC_OK;
}

static struct stream stream_of(uint64_t seed, int64_t end_us, int days,
                               int64_t n_events)
{
    struct stream s = {.opt = {.seed = seed,
                               .end_us = end_us,
                               .days = days,
                               .n_events = n_events,
                               .sink = take}};

    s.last_us = end_us > 0 ? end_us - days * UTC_US_PER_DAY : 0;
    buf_init(&s.bin, 4096);
    return s;
}

static enum rc run(struct stream *s, struct why *why)
{
    s->opt.arg = s;
    enum rc rc = demo_make(&s->opt, why);
    buf_fini(&s->bin);
    return rc;
}

static uint64_t hash_of(uint64_t seed, int64_t end_us)
{
    struct stream s = stream_of(seed, end_us, DAYS, 5000);
    struct why why;

    assert_ok(run(&s, &why), &why);
    return s.hash;
}

static void test_same_seed_and_end_make_the_same_stream(void **state)
{
    (void)state;
    int64_t end_us = END_DAY * UTC_US_PER_DAY;
    uint64_t hash = hash_of(1, end_us);

    assert_int_equal(hash_of(1, end_us), hash);
    assert_int_not_equal(hash_of(2, end_us), hash);
    assert_int_not_equal(hash_of(1, end_us + UTC_US_PER_DAY), hash);
}

static void test_the_wish_is_met_whatever_it_is(void **state)
{
    (void)state;
    static const struct {
        int days;
        int64_t n;
    } wish[] = {{1, 1000},  {2, 1000},   {90, 1000},  {365, 1000}, {1, 200000},
                {7, 20000}, {60, 20000}, {90, 50000}, {365, 50000}};
    /* An end in the night, at noon, and at no hour at all. */
    static const int64_t after_us[] = {0, 12 * UTC_US_PER_HOUR,
                                       15 * UTC_US_PER_HOUR +
                                           59 * UTC_US_PER_MINUTE + 1};

    for (size_t i = 0; i < ARRAY_N(wish); i++) {
        struct stream s = stream_of(
            i, END_DAY * UTC_US_PER_DAY + after_us[i % ARRAY_N(after_us)],
            wish[i].days, wish[i].n);
        struct why why;

        assert_ok(run(&s, &why), &why);
        assert_in_range(s.n, wish[i].n * 98 / 100, wish[i].n * 102 / 100);
    }
}

static void assert_refused(int64_t end_us, int days, int64_t n)
{
    struct stream s = stream_of(1, end_us, days, n);
    struct why why;

    assert_rc(run(&s, &why), RC_INVALID);
    assert_int_equal(s.n, 0);
    assert_true(strlen(why.text) > 10);
}

static void test_options_out_of_range_are_refused(void **state)
{
    (void)state;
    int64_t end_us = END_DAY * UTC_US_PER_DAY;
    int64_t first_us = utc_day(2020, 1, 2) * UTC_US_PER_DAY;
    struct stream s = stream_of(1, first_us, 1, 1000);
    struct why why;

    assert_refused(end_us, 0, 1000);
    assert_refused(end_us, 366, 1000);
    assert_refused(end_us, 90, 999);
    assert_refused(end_us, 90, 50000001);
    assert_refused(first_us - 1, 1, 1000);
    assert_refused(utc_day(2100, 1, 1) * UTC_US_PER_DAY + 1, 1, 1000);
    assert_refused(INT64_MIN, 1, 1000);
    assert_ok(run(&s, &why), &why); /* on the limit */
}

static void test_the_sinks_refusal_ends_it(void **state)
{
    (void)state;
    struct stream s = stream_of(1, END_DAY * UTC_US_PER_DAY, DAYS, 50000000);
    struct why why;

    s.stop_after = 10;
    assert_rc(run(&s, &why), RC_FULL);
    assert_int_equal(s.n, 10);
    assert_string_equal(why.text, "no more");
}

static void note_progress(void *arg, uint64_t done, uint64_t all,
                          uint64_t n_events)
{
    struct stream *s = arg;

    assert_int_equal(done, n_events);
    assert_int_equal(done, s->n);
    assert_true(done >= s->told && done <= all);
    s->told = done;
}

static void test_progress_counts_events(void **state)
{
    (void)state;
    struct stream s = stream_of(1, END_DAY * UTC_US_PER_DAY, 7, 5000);
    struct why why;

    s.opt.progress = note_progress;
    assert_ok(run(&s, &why), &why);
    assert_int_equal(s.told, s.n);
}

/* The second number of /proc/self/statm, which counts pages. */
static int64_t resident_bytes(void)
{
    char text[128] = "";
    FILE *f = fopen("/proc/self/statm", "r");

    assert_non_null(f);
    assert_non_null(fgets(text, sizeof text, f));
    (void)fclose(f);
    struct str rest = str_from_cz(text);
    struct str field;
    int64_t pages = 0;
    assert_true(str_cut(&rest, ' ', &field) && str_cut(&rest, ' ', &field));
    assert_rc(str_to_i64(field, &pages), RC_OK);
    return pages * sysconf(_SC_PAGESIZE);
}

static enum rc take_memory(void *arg, struct event *ev, bool has_environment,
                           struct why *why)
{
    int64_t *most = arg;

    (void)ev;
    (void)has_environment;
    most[1]++;
    if (most[1] % 16384 == 0) {
        int64_t now = resident_bytes();
        most[0] = now > most[0] ? now : most[0];
    }
    /* A day of fifty millions: what its first hours need, the rest does. */
    return most[1] < 2000000 ? RC_OK : why_set(why, RC_END, "enough");
}

static void test_a_crowded_day_takes_little_memory(void **state)
{
    (void)state;
    int64_t most[2] = {0, 0};
    int64_t before = resident_bytes();
    struct demo_options opt = {.seed = 1,
                               .end_us = END_DAY * UTC_US_PER_DAY,
                               .days = 1,
                               .n_events = 50000000,
                               .sink = take_memory,
                               .arg = most};
    struct why why;

    assert_rc(demo_make(&opt, &why), RC_END);
    assert_true(most[0] - before < INT64_C(96) * 1024 * 1024);
}

/* ---- the company of the story ---- */

enum { NAMES_MAX = 128 };

struct names { /* distinct values of a dimension */
    struct str at[NAMES_MAX];
    size_t n;
};

struct day {
    double requests;
    double usd;
    double input;
    double output;
    double sonnet; /* requests served by it */
};

struct company {
    int64_t end_us;
    struct price_book *book;
    struct price_memo *memo;
    struct arena text;
    struct demo_incident_row incident[DEMO_INCIDENT__COUNT];
    uint64_t n;
    struct names name[DIM__COUNT];
    struct names unpriced;
    /* Production, by days before the end. */
    struct day day[DEMO_FEATURE__COUNT][DAYS];
    double environment[ENVIRONMENT__COUNT];
    double status[EVENT_STATUS__COUNT];
    double attempt[4];
    double failed[4]; /* by attempt */
    double fallbacks;
    double usd;
    double usd_production;
    double by_hour[24];
    double by_weekday[7];
    struct map launch_users[5]; /* by week */
    double launch_calls[5];
    struct map loop_runs; /* run -> requests, in the loop's hours */
    double loop_calls;
    double cache_read[2]; /* of reply-draft's input: before, since growth */
    double all_input[2];
    struct map arm; /* user of reply-draft -> variant, before the rollout */
    double arm_changes;
    double rolled_out; /* its calls after that, and of those: */
    double rolled_out_treatment;
    double no_latency;
    double reasoning_elsewhere;
};

static void note_name(struct company *c, struct names *names, struct str s)
{
    for (size_t i = 0; i < names->n; i++) {
        if (str_eq(names->at[i], s)) {
            return;
        }
    }
    if (s.n > 0) {
        assert_true(names->n < NAMES_MAX);
        assert_rc(str_dup(&c->text, s, &names->at[names->n++]), RC_OK);
    }
}

/* note_key: adds to what stands at the key; returns what stood there. */
static intptr_t note_key(struct company *c, struct map *map, struct str key,
                         intptr_t add)
{
    intptr_t was = (intptr_t)map_get(map, key);

    if (was == 0) {
        assert_rc(str_dup(&c->text, key, &key), RC_OK);
    }
    map_put(map, key, (void *)(was + add)); // NOLINT(performance-no-int-to-ptr)
    return was;
}

static int feature_of(const struct event *ev)
{
    int f = 0;

    while (!str_eq(demo_feature_table[f].name, ev->dim[DIM_FEATURE])) {
        f++;
        assert_true(f < DEMO_FEATURE__COUNT);
    }
    return f;
}

static void note_day(struct company *c, const struct event *ev, int f)
{
    struct day *day = &c->day[f][(c->end_us - 1 - ev->ts_us) / UTC_US_PER_DAY];
    int64_t hour = ev->ts_us / UTC_US_PER_HOUR;

    day->requests += 1.0;
    day->usd += (double)event_total_cost(ev).pico / 1e12;
    day->input += (double)event_input_tokens(ev);
    day->output += (double)event_output_tokens(ev);
    day->sonnet +=
        str_eq(ev->dim[DIM_MODEL], demo_model_table[DEMO_MODEL_SONNET].name);
    c->by_hour[hour % 24] += 1.0;
    c->by_weekday[(hour / 24 + 3) % 7] += 1.0;
}

static void note_launch(struct company *c, const struct event *ev)
{
    int64_t week = (ev->ts_us - c->incident[DEMO_INCIDENT_LAUNCH].from_us) /
                   (7 * UTC_US_PER_DAY);

    assert_in_range(week, 0, 4);
    c->launch_calls[week] += 1.0;
    (void)note_key(c, &c->launch_users[week], ev->dim[DIM_USER], 1);
}

static void note_loop(struct company *c, const struct event *ev)
{
    const struct demo_incident_row *loop = &c->incident[DEMO_INCIDENT_LOOP];

    if (ev->ts_us >= loop->from_us && ev->ts_us < loop->to_us) {
        c->loop_calls += 1.0;
        (void)note_key(c, &c->loop_runs, ev->dim[DIM_RUN], 1);
    }
}

static void note_reply(struct company *c, const struct event *ev)
{
    const struct demo_experiment_row *row = &demo_experiment_table[0];
    int64_t rollout_us = (END_DAY - 1 - row->rollout_days) * UTC_US_PER_DAY +
                         9 * UTC_US_PER_HOUR;
    int since = ev->ts_us >= c->incident[DEMO_INCIDENT_GROWTH].from_us;
    bool is_treated = str_eq(ev->dim[DIM_VARIANT], STR("treatment"));

    c->cache_read[since] += (double)ev->token[TOKEN_CACHE_READ];
    c->all_input[since] += (double)event_input_tokens(ev);
    if (ev->ts_us >= rollout_us + UTC_US_PER_MINUTE) {
        assert_str(ev->dim[DIM_EXPERIMENT], "reply-short");
        c->rolled_out += 1.0;
        c->rolled_out_treatment += is_treated;
    } else if (ev->ts_us < rollout_us && ev->dim[DIM_VARIANT].n > 0) {
        intptr_t was = (intptr_t)map_get(&c->arm, ev->dim[DIM_USER]);
        intptr_t is = is_treated ? 2 : 1;

        c->arm_changes += was != 0 && was != is;
        if (was == 0) {
            (void)note_key(c, &c->arm, ev->dim[DIM_USER], is);
        }
    }
}

static void note_numbers(struct company *c, const struct event *ev)
{
    bool is_error = ev->status == EVENT_STATUS_ERROR;

    assert_in_range(ev->attempt, 1, 3);
    c->attempt[ev->attempt] += 1.0;
    c->failed[ev->attempt] += is_error;
    c->status[ev->status] += 1.0;
    c->environment[ev->environment] += 1.0;
    c->fallbacks += ev->dim[DIM_FALLBACK_FROM].n > 0;
    c->no_latency += ev->latency_ms < 0;
    assert_int_equal(ev->latency_ms < 0,
                     ev->service_tier == SERVICE_TIER_BATCH);
    c->reasoning_elsewhere +=
        ev->token[TOKEN_OUTPUT_REASONING] > 0 &&
        !str_eq(ev->dim[DIM_MODEL], demo_model_table[DEMO_MODEL_GPT_5_1].name);
}

static enum rc take_company(void *arg, struct event *ev, bool has_environment,
                            struct why *why)
{
    struct company *c = arg;
    int f = feature_of(ev);

    (void)has_environment;
    assert_ok(cost_of_event(c->book, c->memo, ev, &ev->cost, why), why);
    for (int d = 0; d < DIM__COUNT; d++) {
        if (d != DIM_USER && d != DIM_RUN) {
            note_name(c, &c->name[d], ev->dim[d]);
        }
    }
    c->n++;
    note_numbers(c, ev);
    if (ev->cost.priced) {
        c->usd += (double)event_total_cost(ev).pico / 1e12;
    } else {
        note_name(c, &c->unpriced, ev->dim[DIM_MODEL]);
    }
    if (ev->environment != ENVIRONMENT_PRODUCTION) {
        return RC_OK;
    }
    c->usd_production += (double)event_total_cost(ev).pico / 1e12;
    note_day(c, ev, f);
    if (f == DEMO_FEATURE_SHOP_COPILOT) {
        note_launch(c, ev);
    } else if (f == DEMO_FEATURE_SUPPORT_AGENT) {
        note_loop(c, ev);
    } else if (f == DEMO_FEATURE_REPLY_DRAFT) {
        note_reply(c, ev);
    }
    return RC_OK;
}

static int company_make(void **state)
{
    struct company *c = mem_alloc(sizeof *c);
    struct book_source source = book_source_builtin();
    struct why why;

    *state = c;
    c->end_us = END_DAY * UTC_US_PER_DAY;
    arena_init(&c->text, (size_t)64 * 1024 * 1024);
    assert_ok(book_load(&source, &c->book, &why), &why);
    c->memo = memo_new();
    struct demo_calendar calendar = demo_calendar_make(1, c->end_us, DAYS);
    for (int i = DEMO_INCIDENT_LAUNCH; i < DEMO_INCIDENT__COUNT; i++) {
        c->incident[i] = demo_incident_find(&calendar, (enum demo_incident)i);
    }
    struct demo_options opt = {.seed = 1,
                               .end_us = c->end_us,
                               .days = DAYS,
                               .n_events = EVENTS,
                               .sink = take_company,
                               .arg = c};
    assert_ok(demo_make(&opt, &why), &why);
    return 0;
}

static int company_end(void **state)
{
    struct company *c = *state;

    for (size_t i = 0; i < ARRAY_N(c->launch_users); i++) {
        map_fini(&c->launch_users[i]);
    }
    map_fini(&c->loop_runs);
    map_fini(&c->arm);
    memo_free(&c->memo);
    book_unref(&c->book);
    arena_fini(&c->text);
    mem_free(c);
    return 0;
}

/* A feature's days from `from` down to `to` days before the end, as one. */
static struct day sum_of(const struct company *c, enum demo_feature f, int from,
                         int to)
{
    struct day sum = {0};

    for (int i = to; i <= from; i++) {
        const struct day *day = &c->day[f][i];

        sum.requests += day->requests;
        sum.usd += day->usd;
        sum.input += day->input;
        sum.output += day->output;
        sum.sonnet += day->sonnet;
    }
    return sum;
}

static double input_per_request(struct day d)
{
    return d.input / d.requests;
}

#define assert_between(x, least, most) \
    assert_true((x) >= (least) && (x) <= (most))

static void test_the_cast_is_complete(void **state)
{
    const struct company *c = *state;
    const struct names *name = c->name;

    assert_int_equal(name[DIM_FEATURE].n, 8);
    assert_int_equal(name[DIM_OWNER].n, 4);
    assert_int_equal(name[DIM_SEGMENT].n, 3);
    assert_int_equal(name[DIM_CUSTOMER].n, 60);
    assert_int_equal(name[DIM_EXPERIMENT].n, 2);
    assert_int_equal(name[DIM_VARIANT].n, 2);
    assert_int_equal(name[DIM_WORKFLOW].n, 3);
    assert_int_equal(name[DIM_RELEASE].n, 14);
    assert_int_equal(name[DIM_MODEL].n, 7);
    assert_int_equal(name[DIM_PROVIDER].n, 4);
    assert_int_equal(c->unpriced.n, 1);
    assert_str(c->unpriced.at[0], "fernwick-ranker-2");
}

static void test_the_company_spends_what_one_would_believe(void **state)
{
    const struct company *c = *state;
    struct day none = sum_of(c, DEMO_FEATURE_UNTAGGED, DAYS - 1, 0);

    assert_in_range(c->n, EVENTS * 98 / 100, EVENTS * 102 / 100);
    assert_between(c->usd, 10000.0, 13000.0);
    assert_between(none.usd / c->usd_production, 0.03, 0.045);
    assert_between(1.0 - c->usd_production / c->usd, 0.03, 0.06);
    for (int f = 0; f < DEMO_FEATURE__COUNT; f++) {
        assert_true(sum_of(c, (enum demo_feature)f, DAYS - 1, 0).requests >
                    0.0);
    }
}

static void test_shares_are_those_of_the_story(void **state)
{
    const struct company *c = *state;
    double n = (double)c->n;

    assert_between(c->environment[ENVIRONMENT_PRODUCTION] / n, 0.945, 0.96);
    assert_between(c->environment[ENVIRONMENT_INTERNAL] / n, 0.02, 0.04);
    assert_between(c->environment[ENVIRONMENT_EVALUATION] / n, 0.01, 0.02);
    assert_between(c->environment[ENVIRONMENT_STAGING] / n, 0.003, 0.008);
    assert_between(c->status[EVENT_STATUS_ERROR] / n, 0.008, 0.015);
    assert_between(c->status[EVENT_STATUS_CANCELLED] / n, 0.002, 0.006);
    assert_between(c->no_latency / n, 0.02, 0.03);
    assert_between(c->fallbacks, 100.0, 600.0);
    assert_between(c->reasoning_elsewhere, 0.0, 0.0);
}

/* But for the few whose next attempt would come behind the end. */
static void test_errors_are_retried_one_by_one(void **state)
{
    const struct company *c = *state;
    for (int attempt = 1; attempt < 3; attempt++) {
        double lost = c->failed[attempt] - c->attempt[attempt + 1];

        assert_between(lost, 0.0, 3.0);
    }
}

static void test_days_and_weeks_have_their_rhythm(void **state)
{
    const struct company *c = *state;
    double quiet = c->by_hour[0] + c->by_hour[1] + c->by_hour[2];
    double busy = c->by_hour[9] + c->by_hour[13] + c->by_hour[14];

    assert_true(busy > 5.0 * quiet);
    for (int i = 0; i < 5; i++) {
        assert_true(c->by_weekday[i] > 1.3 * c->by_weekday[5]);
        assert_true(c->by_weekday[i] > 1.3 * c->by_weekday[6]);
    }
}

static void test_the_company_grows(void **state)
{
    const struct company *c = *state;
    struct day first = sum_of(c, DEMO_FEATURE_TICKET_TRIAGE, 83, 70);
    struct day last = sum_of(c, DEMO_FEATURE_TICKET_TRIAGE, 13, 0);

    /* Ten weeks apart. */
    assert_between(last.requests / first.requests, 1.05, 1.15);
}

static void test_incident_launch_brings_users(void **state)
{
    const struct company *c = *state;
    double users[4];

    for (int week = 0; week < 4; week++) {
        users[week] = (double)c->launch_users[week].n;
        /* Healthy: each of them uses it as before. */
        assert_between(c->launch_calls[week] / users[week], 2.0, 9.0);
    }
    assert_true(users[1] > 2.0 * users[0]);
    assert_true(users[2] > 1.3 * users[1]);
    assert_between(users[3] / users[2], 0.95, 1.25); /* all have it */
    assert_true(users[3] > 300.0);
    assert_between(sum_of(c, DEMO_FEATURE_SHOP_COPILOT, DAYS - 1, 30).requests,
                   0.0, 0.0);
}

static void test_incident_switch_changes_the_model_only(void **state)
{
    const struct company *c = *state;
    struct day before = sum_of(c, DEMO_FEATURE_TICKET_SUMMARY, 30, 17);
    struct day after = sum_of(c, DEMO_FEATURE_TICKET_SUMMARY, 14, 1);

    assert_between(before.sonnet, 0.0, 0.0);
    assert_true(after.sonnet > 0.99 * after.requests);
    assert_between(input_per_request(after) / input_per_request(before), 0.93,
                   1.07);
    assert_between(after.output / after.requests /
                       (before.output / before.requests),
                   0.93, 1.07);
    assert_between(after.usd / after.requests / (before.usd / before.requests),
                   2.7, 3.3);
}

static void test_incident_growth_is_in_one_feature(void **state)
{
    const struct company *c = *state;
    double read_before = c->cache_read[0] / c->all_input[0];
    double read_since = c->cache_read[1] / c->all_input[1];

    for (int f = 0; f < DEMO_FEATURE__COUNT; f++) {
        /* The loop's day is in none of them. */
        double before =
            input_per_request(sum_of(c, (enum demo_feature)f, 15, 9));
        struct day a = sum_of(c, (enum demo_feature)f, 7, 6);
        struct day b = sum_of(c, (enum demo_feature)f, 4, 0);
        double since = (a.input + b.input) / (a.requests + b.requests);

        if (f == DEMO_FEATURE_REPLY_DRAFT) {
            assert_between(since / before, 1.8, 2.0);
        } else {
            assert_between(since / before, 0.88, 1.12);
        }
    }
    assert_between(read_since / read_before, 0.95, 1.05);
}

static void test_incident_loop_is_one_run(void **state)
{
    const struct company *c = *state;
    struct day day = sum_of(c, DEMO_FEATURE_SUPPORT_AGENT, 5, 5);
    struct day other = sum_of(c, DEMO_FEATURE_SUPPORT_AGENT, 6, 6);
    intptr_t most = 0;
    size_t pos = 0;
    struct str run;
    void *n = NULL;

    while (map_next(&c->loop_runs, &pos, &run, &n)) {
        most = (intptr_t)n > most ? (intptr_t)n : most;
    }
    assert_between((double)most, 0.011 * EVENTS, 0.013 * EVENTS);
    assert_true((double)most > 0.9 * c->loop_calls);
    assert_true(day.usd > 3.0 * other.usd);
}

static void test_an_experiment_outlives_its_rollout(void **state)
{
    const struct company *c = *state;

    assert_true(c->arm.n > 400);
    assert_between(c->arm_changes, 0.0, 0.0);
    assert_true(c->rolled_out > 10000.0);
    assert_between(c->rolled_out - c->rolled_out_treatment, 0.0, 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_crowded_day_takes_little_memory),
        cmocka_unit_test(test_same_seed_and_end_make_the_same_stream),
        cmocka_unit_test(test_the_wish_is_met_whatever_it_is),
        cmocka_unit_test(test_options_out_of_range_are_refused),
        cmocka_unit_test(test_the_sinks_refusal_ends_it),
        cmocka_unit_test(test_progress_counts_events),
        cmocka_unit_test(test_the_cast_is_complete),
        cmocka_unit_test(test_the_company_spends_what_one_would_believe),
        cmocka_unit_test(test_shares_are_those_of_the_story),
        cmocka_unit_test(test_errors_are_retried_one_by_one),
        cmocka_unit_test(test_days_and_weeks_have_their_rhythm),
        cmocka_unit_test(test_the_company_grows),
        cmocka_unit_test(test_incident_launch_brings_users),
        cmocka_unit_test(test_incident_switch_changes_the_model_only),
        cmocka_unit_test(test_incident_growth_is_in_one_feature),
        cmocka_unit_test(test_incident_loop_is_one_run),
        cmocka_unit_test(test_an_experiment_outlives_its_rollout),
    };
    return cmocka_run_group_tests(tests, company_make, company_end);
}
