#include "capture/demo/demo_record.h"

#include "base/attr.h"
#include "base/check.h"
#include "base/hash.h"
#include "base/num.h"
#include "base/utc.h"

#include <string.h>

#define GROWN_RELEASE     1 /* demo_incident.c: the prompt that grew */
#define RAISED_DAYS       45
#define CENTS             100
#define PICO_PER_CENT     (USD_PICO_PER_DOLLAR / CENTS)
#define PER_MILLE         1000
#define TOLD_PER_MILLE    600 /* of the answers, somebody says what came */
#define USER_PER_MILLE    160 /* users differ by so much, from most to least */
#define TELLS_AFTER_MIN_S 60
#define TELLS_AFTER_S     (40 * 60)
#define BUSINESS_SEATS    20

/* ---- releases ---- */

enum rc demo_record_releases(const struct demo_calendar *c,
                             demo_record_fn *sink, void *arg, struct why *why)
{
    int release = demo_release_at(c, c->start_us);
    enum rc rc = RC_OK;

    for (; release >= 0 && rc == RC_OK; release--) {
        struct demo_record r = {.rec = {.kind = RECORD_RELEASE}};

        r.rec.ts_us = demo_release_us(c, release);
        if (r.rec.ts_us < c->start_us || r.rec.ts_us >= c->end_us) {
            continue;
        }
        r.rec.dim[DIM_RELEASE] =
            (struct str){r.release, demo_release_text(c, release, r.release)};
        if (release == GROWN_RELEASE) {
            r.rec.note = STR("reply-draft: more examples in the prompt");
        }
        rc = sink(arg, &r.rec, why);
    }
    return rc;
}

/* ---- customers ---- */

/* What a seat costs a month, in cents; and those who pay a sum agreed on long
 * ago, whatever they use. */
static const int64_t SEAT_CENTS[DEMO_SEGMENT__COUNT] = {
    [DEMO_SEGMENT_PRO] = 1200,
    [DEMO_SEGMENT_ENTERPRISE] = 1000,
};
static const int64_t RAISED_CENTS[DEMO_SEGMENT__COUNT] = {
    [DEMO_SEGMENT_PRO] = 1200,
    [DEMO_SEGMENT_ENTERPRISE] = 1100,
};

struct contract {
    struct str customer;
    int64_t cents;
};

static const struct contract CONTRACTS[] = {
    {STR_INIT("bergamot-retail"), 45000},
    {STR_INIT("maison-orbe"), 39000},
    {STR_INIT("rookwood-audio"), 4000},
    {STR_INIT("yarrow-kitchen"), 1500},
};

static const struct contract *contract_of(struct str customer)
{
    for (size_t i = 0; i < ARRAY_N(CONTRACTS); i++) {
        if (str_eq(CONTRACTS[i].customer, customer)) {
            return &CONTRACTS[i];
        }
    }
    return NULL;
}

static struct str tier_of(const struct demo_customer_row *row)
{
    if (contract_of(row->name) != NULL) {
        return STR("legacy");
    }
    return row->segment == DEMO_SEGMENT_PRO
               ? (row->users > BUSINESS_SEATS ? STR("business") : STR("team"))
               : demo_segment_table[row->segment].name;
}

/* The first instant of the month of that day. */
static int64_t month_us(int64_t day)
{
    int year;
    int month;
    int mday;

    utc_civil(day, &year, &month, &mday);
    return utc_day(year, month, 1) * UTC_US_PER_DAY;
}

/* A larger company has more seats, as it has more users. */
static struct usd revenue_of(const struct demo_world *w,
                             const struct demo_customer_row *row,
                             const int64_t *seat_cents)
{
    const struct contract *contract = contract_of(row->name);
    int64_t cents = contract != NULL ? contract->cents
                                     : seat_cents[row->segment] * row->users;

    int64_t per_mille = (int64_t)(w->users_scale * PER_MILLE + 0.5);
    return (struct usd){cents * per_mille * (PICO_PER_CENT / PER_MILLE)};
}

static struct record customer_record(const struct demo_customer_row *row,
                                     int64_t from_us, struct usd revenue)
{
    struct record rec = {.kind = RECORD_CUSTOMER,
                         .ts_us = from_us,
                         .tier = tier_of(row),
                         .revenue = revenue};

    rec.dim[DIM_CUSTOMER] = row->name;
    rec.dim[DIM_SEGMENT] = demo_segment_table[row->segment].name;
    return rec;
}

enum rc demo_record_customers(const struct demo_world *w, demo_record_fn *sink,
                              void *arg, struct why *why)
{
    const struct demo_calendar *c = &w->calendar;
    int64_t first_us = month_us(num_floor_div(c->start_us, UTC_US_PER_DAY));
    int64_t raised_us = month_us(c->last_day - RAISED_DAYS);
    enum rc rc = RC_OK;

    for (size_t i = 0; i < DEMO_CUSTOMERS && rc == RC_OK; i++) {
        const struct demo_customer_row *row = &demo_customer_table[i];
        struct usd before = revenue_of(w, row, SEAT_CENTS);
        struct usd raised = revenue_of(w, row, RAISED_CENTS);
        struct record rec = customer_record(row, first_us, before);

        rc = sink(arg, &rec, why);
        if (rc == RC_OK && raised.pico != before.pico && raised_us > first_us) {
            rec = customer_record(row, raised_us, raised);
            rc = sink(arg, &rec, why);
        }
    }
    return rc;
}

/* ---- outcomes ---- */

/* What is said of a feature's answers; a treatment that is said to be no
 * better than the control is none. */
struct measure {
    enum demo_feature feature;
    struct str name;
    uint64_t control_per_mille;
    uint64_t treated_per_mille;
};

static const struct measure MEASURES[] = {
    {DEMO_FEATURE_REPLY_DRAFT, STR_INIT("reply-accepted"), 610, 660},
    {DEMO_FEATURE_SEARCH_ANSWER, STR_INIT("ticket-resolved"), 570, 570},
};

static const struct measure *measure_of(const struct demo_call *call)
{
    for (size_t i = 0; i < ARRAY_N(MEASURES); i++) {
        if (MEASURES[i].feature == call->feature) {
            return &MEASURES[i];
        }
    }
    return NULL;
}

/* 0..n-1 for what stands in `key`, another for each `what`. */
static uint64_t draw(const struct demo_calendar *c, uint64_t what, uint64_t key,
                     uint64_t n)
{
    const uint64_t words[] = {c->seed, what, key};

    return hash_64(words, sizeof(words), what) % n;
}

enum { DRAW_TOLD = 1, DRAW_AFTER, DRAW_USER, DRAW_VALUE };

/* Some users accept more than others, whatever they get. */
static bool is_good(const struct demo_calendar *c, const struct measure *m,
                    const struct demo_call *call, uint64_t n)
{
    uint64_t user = ((uint64_t)call->who.customer << 32) | call->who.user;
    uint64_t chance =
        call->who.is_treated ? m->treated_per_mille : m->control_per_mille;

    chance += draw(c, DRAW_USER, user, USER_PER_MILLE + 1);
    return draw(c, DRAW_VALUE, n, PER_MILLE) < chance - USER_PER_MILLE / 2;
}

static void fill_outcome(const struct measure *m, const struct event *ev,
                         struct record *rec)
{
    static const enum dim dims[] = {DIM_RUN,       DIM_USER,    DIM_CUSTOMER,
                                    DIM_FEATURE,   DIM_RELEASE, DIM_VARIANT,
                                    DIM_EXPERIMENT};

    *rec = (struct record){.kind = RECORD_OUTCOME, .name = m->name};
    for (size_t i = 0; i < ARRAY_N(dims); i++) {
        rec->dim[dims[i]] = ev->dim[dims[i]];
    }
}

bool demo_record_outcome(const struct demo_calendar *c,
                         const struct demo_call *call,
                         const struct demo_event *e, uint64_t n,
                         struct demo_record *ret)
{
    const struct measure *m = measure_of(call);
    int64_t after_s =
        TELLS_AFTER_MIN_S + (int64_t)draw(c, DRAW_AFTER, n, TELLS_AFTER_S);
    int64_t ts_us = call->ts_us + after_s * UTC_US_PER_SECOND;

    if (m == NULL || call->status != EVENT_STATUS_OK || call->who.user == 0 ||
        call->who.environment != ENVIRONMENT_PRODUCTION ||
        call->model == DEMO_MODEL_RANKER || ts_us >= c->end_us ||
        draw(c, DRAW_TOLD, n, PER_MILLE) >= TOLD_PER_MILLE) {
        return false;
    }
    fill_outcome(m, &e->ev, &ret->rec);
    ret->rec.ts_us = ts_us;
    ret->rec.value = is_good(c, m, call, n) ? 1 : 0;
    /* "demo-SEED-N-outcome" beside the call's "demo-SEED-N". */
    struct str call_id = e->ev.id;
    struct str suffix = STR("-outcome");
    CHECK(call_id.n + suffix.n <= sizeof(ret->id));
    memcpy(ret->id, call_id.p, call_id.n);
    memcpy(ret->id + call_id.n, suffix.p, suffix.n);
    ret->rec.id = (struct str){ret->id, call_id.n + suffix.n};
    return true;
}
