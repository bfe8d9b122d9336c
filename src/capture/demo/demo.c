/* How the history is made, in the order of time and in little memory:
 *
 *   hours ---> slots of some 16,000 calls ---> runs ---> calls
 *
 *   slot i        |<------------->|
 *   due           * * ** *  * * **      sorted and told, then forgotten
 *   waiting                       | *  *    later calls of runs under way
 *
 * First the weights of all hours are summed, which gives calls per weight;
 * then each feature owes so many calls in a slot, and runs are begun until it
 * has made them.  What a run makes too much or a history too small cannot
 * show in one slot stays owed for the next, so the sum is met to within a run
 * for each feature.  Drawing counts from a Poisson distribution was refused:
 * their sum would miss a small wish by percents.  The noise is in the
 * weights. */
#include "capture/demo/demo.h"

#include "base/check.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/utc.h"
#include "base/why.h"
#include "capture/demo/demo_calendar.h"
#include "capture/demo/demo_event.h"
#include "capture/demo/demo_run.h"
#include "capture/demo/demo_who.h"
#include "event/event_check.h"

#include <stdlib.h>

#define DAYS_MAX        365
#define EVENTS_MIN      1000
#define EVENTS_MAX      50000000
#define END_MAX_US      INT64_C(4102444800000000) /* 2100-01-01 */
#define CALLS_PER_SLOT  16384
#define PER_MILLION     1000000.0
#define OWED_AT_A_START 0.5 /* rounds to the nearest */

/* A call that is due; sorting these moves less than sorting the calls. */
struct due {
    int64_t ts_us;
    size_t i; /* of demo_calls */
};

struct maker {
    const struct demo_options *opt;
    struct demo_world world;
    double calls_per_weight;
    double calls_per_loop_us;
    double owed[DEMO_FEATURE__COUNT];
    double owed_loop;
    struct demo_calls calls; /* of this slot, and those waiting */
    struct due *due;
    size_t due_cap;
    struct demo_event event;
    struct demo_record record;
    uint64_t n_told;
};

static int64_t min_i64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t max_i64(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* How much of from..to lies within the incident, in microseconds. */
static int64_t overlap_us(const struct demo_incident_row *row, int64_t from_us,
                          int64_t to_us)
{
    return max_i64(0,
                   min_i64(row->to_us, to_us) - max_i64(row->from_us, from_us));
}

/* ---- how many ---- */

/* The weight of a feature in from..to, a part of the hour at `hour_us`. */
static double weight_of(const struct maker *m, enum demo_feature feature,
                        int64_t hour_us, int64_t from_us, int64_t to_us)
{
    const struct demo_calendar *c = &m->world.calendar;
    double part = (double)(to_us - from_us) / (double)UTC_US_PER_HOUR;

    if (feature == m->world.incident[DEMO_INCIDENT_LAUNCH].feature) {
        part *= demo_launch_share(c, hour_us);
    }
    return demo_calendar_weight(c, feature, hour_us) * part;
}

static void measure(struct maker *m)
{
    const struct demo_calendar *c = &m->world.calendar;
    const struct demo_incident_row *loop =
        &m->world.incident[DEMO_INCIDENT_LOOP];
    double sum = 0.0;

    for (int64_t at = c->start_us; at < c->end_us;) {
        int64_t hour_us = num_floor_div(at, UTC_US_PER_HOUR) * UTC_US_PER_HOUR;
        int64_t to_us = min_i64(hour_us + UTC_US_PER_HOUR, c->end_us);

        for (int f = 0; f < DEMO_FEATURE__COUNT; f++) {
            sum += weight_of(m, (enum demo_feature)f, hour_us, at, to_us);
        }
        at = to_us;
    }
    double n = (double)m->opt->n_events;
    m->calls_per_loop_us = n * DEMO_LOOP_PER_MILLION / PER_MILLION /
                           (double)(loop->to_us - loop->from_us);
    n -=
        m->calls_per_loop_us * (double)overlap_us(loop, c->start_us, c->end_us);
    m->calls_per_weight = sum > 0.0 ? n / sum : 0.0;
}

/* ---- making ---- */

static void make_runs(struct maker *m, enum demo_feature feature,
                      int64_t from_us, int64_t to_us)
{
    uint64_t span_us = (uint64_t)(to_us - from_us);

    while (m->owed[feature] >= OWED_AT_A_START) {
        int64_t ts_us = from_us + (int64_t)rand_below(&m->world.rand, span_us);

        m->owed[feature] -=
            (double)demo_run_add(&m->world, feature, ts_us, &m->calls);
    }
}

static void make_loop(struct maker *m, int64_t from_us, int64_t to_us)
{
    const struct demo_incident_row *loop =
        &m->world.incident[DEMO_INCIDENT_LOOP];
    int64_t span_us = overlap_us(loop, from_us, to_us);

    m->owed_loop += m->calls_per_loop_us * (double)span_us;
    while (span_us > 0 && m->owed_loop >= OWED_AT_A_START) {
        int64_t ts_us = max_i64(from_us, loop->from_us) +
                        (int64_t)rand_below(&m->world.rand, (uint64_t)span_us);

        m->owed_loop -=
            (double)demo_run_add_looping(&m->world, ts_us, &m->calls);
    }
}

/* ---- telling ---- */

static int by_time(const void *a, const void *b)
{
    const struct due *x = a;
    const struct due *y = b;

    if (x->ts_us != y->ts_us) {
        return x->ts_us < y->ts_us ? -1 : 1;
    }
    return x->i < y->i ? -1 : x->i > y->i;
}

/* due_of: the calls before `to_us`, sorted; returns how many. */
static size_t due_of(struct maker *m, int64_t to_us)
{
    size_t n = 0;

    if (m->due_cap < m->calls.n) {
        m->due_cap = m->calls.cap;
        m->due = mem_grow(m->due, m->due_cap, sizeof *m->due);
    }
    for (size_t i = 0; i < m->calls.n; i++) {
        if (m->calls.at[i].ts_us < to_us) {
            m->due[n++] = (struct due){m->calls.at[i].ts_us, i};
        }
    }
    if (n > 1) {
        qsort(m->due, n, sizeof *m->due, by_time);
    }
    return n;
}

static void forget(struct demo_calls *calls, int64_t to_us)
{
    size_t n = 0;

    for (size_t i = 0; i < calls->n; i++) {
        if (calls->at[i].ts_us >= to_us) {
            calls->at[n++] = calls->at[i];
        }
    }
    calls->n = n;
}

static enum rc tell_one(struct maker *m, const struct demo_call *call,
                        struct why *why)
{
    const struct demo_options *opt = m->opt;

    demo_event_fill(&m->event, call, m->n_told);
    /* First, since the sink fills what the event lacks. */
    bool has_outcome = opt->record != NULL &&
                       demo_record_outcome(&m->world.calendar, call, &m->event,
                                           m->n_told, &m->record);
    enum rc rc = opt->sink(opt->arg, &m->event.ev, true, why);
    if (rc == RC_OK && has_outcome) {
        rc = opt->record(opt->arg, &m->record.rec, why);
    }
    return rc;
}

static enum rc tell(struct maker *m, int64_t to_us, struct why *why)
{
    const struct demo_options *opt = m->opt;
    size_t n = due_of(m, to_us);

    for (size_t i = 0; i < n; i++) {
        enum rc rc = tell_one(m, &m->calls.at[m->due[i].i], why);
        if (rc != RC_OK) {
            return rc;
        }
        m->n_told++;
    }
    forget(&m->calls, to_us);
    if (opt->progress) {
        opt->progress(opt->arg, m->n_told,
                      max_i64(opt->n_events, (int64_t)m->n_told), m->n_told);
    }
    return RC_OK;
}

/* from..to: an hour of the clock, or the part of it that is in the history. */
static enum rc make_hour(struct maker *m, int64_t from_us, int64_t to_us,
                         struct why *why)
{
    int64_t hour_us = num_floor_div(from_us, UTC_US_PER_HOUR) * UTC_US_PER_HOUR;
    double calls[DEMO_FEATURE__COUNT];
    double sum = 0.0;
    enum rc rc = RC_OK;

    for (int f = 0; f < DEMO_FEATURE__COUNT; f++) {
        calls[f] = m->calls_per_weight *
                   weight_of(m, (enum demo_feature)f, hour_us, from_us, to_us);
        sum += calls[f];
    }
    int64_t n_slots = 1 + (int64_t)(sum / CALLS_PER_SLOT);
    for (int64_t i = 0; i < n_slots && rc == RC_OK; i++) {
        int64_t slot_us = from_us + (to_us - from_us) * i / n_slots;
        int64_t next_us = from_us + (to_us - from_us) * (i + 1) / n_slots;

        for (int f = 0; f < DEMO_FEATURE__COUNT && slot_us < next_us; f++) {
            m->owed[f] += calls[f] / (double)n_slots;
            make_runs(m, (enum demo_feature)f, slot_us, next_us);
        }
        make_loop(m, slot_us, next_us);
        rc = tell(m, next_us, why);
    }
    return rc;
}

static enum rc make_all(struct maker *m, struct why *why)
{
    const struct demo_calendar *c = &m->world.calendar;
    enum rc rc = RC_OK;

    for (int64_t at = c->start_us; at < c->end_us && rc == RC_OK;) {
        int64_t hour = num_floor_div(at, UTC_US_PER_HOUR);
        int64_t to_us = min_i64((hour + 1) * UTC_US_PER_HOUR, c->end_us);

        rc = make_hour(m, at, to_us, why);
        at = to_us;
    }
    return rc;
}

static enum rc tell_records(struct maker *m, struct why *why)
{
    const struct demo_options *opt = m->opt;

    if (opt->record == NULL) {
        return RC_OK;
    }
    enum rc rc =
        demo_record_releases(&m->world.calendar, opt->record, opt->arg, why);
    return rc == RC_OK
               ? demo_record_customers(&m->world, opt->record, opt->arg, why)
               : rc;
}

static enum rc check_options(const struct demo_options *opt, struct why *why)
{
    CHECK(opt->sink != NULL);
    if (opt->days < 1 || opt->days > DAYS_MAX) {
        return why_set(why, RC_INVALID, "a demo is 1 to %d days long, not %d",
                       DAYS_MAX, opt->days);
    }
    if (opt->n_events < EVENTS_MIN || opt->n_events > EVENTS_MAX) {
        return why_set(why, RC_INVALID, "a demo has %d to %d events, not %lld",
                       EVENTS_MIN, EVENTS_MAX, (long long)opt->n_events);
    }
    if (opt->end_us > END_MAX_US ||
        opt->end_us < EVENT_TS_MIN_US + opt->days * UTC_US_PER_DAY) {
        return why_set(why, RC_INVALID,
                       "a demo of %d days must lie between 2020 and 2100",
                       opt->days);
    }
    return RC_OK;
}

enum rc demo_make(const struct demo_options *opt, struct why *why)
{
    enum rc rc = check_options(opt, why);

    if (rc != RC_OK) {
        return rc;
    }
    struct maker *m = mem_alloc(sizeof *m);
    struct demo_calendar calendar =
        demo_calendar_make(opt->seed, opt->end_us, opt->days);
    m->opt = opt;
    demo_world_init(&m->world, &calendar,
                    (double)opt->n_events / (double)opt->days);
    demo_event_init(&m->event, &m->world.calendar);
    measure(m);
    rc = tell_records(m, why);
    if (rc == RC_OK) {
        rc = make_all(m, why);
    }
    demo_calls_fini(&m->calls);
    mem_free(m->due);
    mem_free(m);
    return rc;
}
