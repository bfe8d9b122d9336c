#include "app/budget_keeper.h"

#include "app/conf.h"
#include "app/ledger.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/near.h"
#include "base/rand.h"
#include "base/utc.h"
#include "base/why.h"
#include "intake/intake.h"
#include "price/book.h"
#include "query/period.h"
#include "query/query.h"
#include "query/query_field.h"
#include "store/store.h"

#include <stdio.h>

/* How long the store may take to hold all that is durable: at the start what a
 * crash left behind, which may be much. */
#define START_US (900 * INT64_C(1000000))
#define FLUSH_US (15 * INT64_C(1000000))
#define HELD_US  (5 * INT64_C(1000000))

enum { PATH_MAX_BYTES = DATA_DIR_PATH_MAX + 16 };

struct budget_keeper {
    struct ledger *ledger;
    struct period_zone *zone;
    struct budget_meter *meter;
    bool is_started; /* budgets were counted before */
};

/* ---- life ---- */

void budget_keeper_span(void *arg, enum budget_period period, int64_t at_us,
                        int64_t *ret_from_us, int64_t *ret_to_us)
{
    static const enum interval intervals[BUDGET_PERIOD__COUNT] = {
        [BUDGET_HOUR] = INTERVAL_HOUR,
        [BUDGET_DAY] = INTERVAL_DAY,
        [BUDGET_WEEK] = INTERVAL_WEEK,
        [BUDGET_MONTH] = INTERVAL_MONTH,
    };
    const struct period_zone *zone = arg;

    *ret_from_us = period_start(zone, intervals[period], at_us);
    *ret_to_us = period_next(zone, intervals[period], at_us);
}

enum rc budget_keeper_open(struct ledger *ledger, struct str timezone,
                           budget_notice_fn *notice, void *notice_arg,
                           struct budget_keeper **ret, struct why *why)
{
    struct budget_keeper *k = mem_alloc(sizeof *k);
    uint64_t seed = 0;
    enum rc rc = rand_secret(&seed, sizeof seed, why);

    k->ledger = ledger;
    if (rc == RC_OK) {
        rc = period_zone_open(timezone, &k->zone, why);
    }
    if (rc != RC_OK) {
        budget_keeper_close(&k);
        return rc;
    }
    k->meter = budget_meter_new(&(struct budget_meter_options){
        .seed = seed,
        .span = budget_keeper_span,
        .span_arg = k->zone,
        .notice = notice,
        .notice_arg = notice_arg,
    });
    *ret = k;
    return RC_OK;
}

void budget_keeper_close(struct budget_keeper **k)
{
    if (k == NULL || *k == NULL) {
        return;
    }
    budget_meter_free(&(*k)->meter);
    period_zone_close(&(*k)->zone);
    mem_free(*k);
    *k = NULL;
}

struct budget_meter *budget_keeper_meter(struct budget_keeper *k)
{
    return k->meter;
}

/* ---- what is applied ---- */

static void path_of(const struct budget_keeper *k,
                    char ret[static PATH_MAX_BYTES])
{
    (void)snprintf(ret, PATH_MAX_BYTES, "%s/budgets.json", k->ledger->dir);
}

static enum rc read_applied(const struct budget_keeper *k,
                            const struct conf *conf, struct budgets *into,
                            struct why *why)
{
    char path[PATH_MAX_BYTES];
    struct buf problems;
    struct buf text;

    path_of(k, path);
    buf_init(&text, LIMIT_CONFIG_BYTES_MAX);
    buf_init(&problems, 64 * 1024);
    enum rc rc = file_read(path, false, &text, why);
    if (rc == RC_OK) {
        rc = conf_load_budgets(buf_view(&text), path, conf, into, &problems,
                               why);
    } else if (rc == RC_NOT_FOUND) {
        rc = RC_OK;
    }
    buf_fini(&problems);
    buf_fini(&text);
    return rc;
}

static enum rc write_applied(const struct budget_keeper *k,
                             const struct budgets *budgets, struct why *why)
{
    char path[PATH_MAX_BYTES];
    struct json_writer w;
    struct buf text;

    path_of(k, path);
    buf_init(&text, LIMIT_CONFIG_BYTES_MAX);
    json_w_init(&w, &text);
    json_w_obj(&w);
    json_w_key(&w, STR("budgets"));
    json_w_arr(&w);
    for (size_t i = 0; i < budgets_n(budgets); i++) {
        budget_write(&w, budgets_at(budgets, i));
    }
    json_w_arr_end(&w);
    json_w_obj_end(&w);
    buf_char(&text, '\n');
    enum rc rc = buf_rc(&text, why);
    if (rc == RC_OK) {
        rc = file_replace(path, buf_view(&text), why);
    }
    buf_fini(&text);
    return rc;
}

static enum rc add_others(struct budgets *into, const struct budgets *from,
                          struct why *why)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; i < budgets_n(from) && rc == RC_OK; i++) {
        const struct budget *b = budgets_at(from, i);

        if (budgets_find(into, b->name) == NULL) {
            rc = budgets_add(into, b, why);
        }
    }
    return rc;
}

enum rc budget_keeper_apply(struct budget_keeper *k, const struct conf *conf,
                            struct str text, struct buf *ret_names,
                            struct buf *problems, struct why *why)
{
    struct budgets *applied = budgets_new();
    struct budgets *before = budgets_new();
    enum rc rc =
        conf_load_budgets(text, "budgets", conf, applied, problems, why);

    if (rc == RC_OK && budgets_n(applied) == 0) {
        rc = why_set(why, RC_INVALID, "there are no budgets in it");
    }
    for (size_t i = 0; i < budgets_n(applied) && rc == RC_OK; i++) {
        struct str name = budgets_at(applied, i)->name;

        if (budgets_find(conf->budgets, name) != NULL) {
            rc = why_set(why, RC_EXISTS,
                         "budget '%.*s' stands in the configuration: change it "
                         "there, or apply it under another name",
                         STR_ARG(name));
        } else if (ret_names != NULL) {
            buf_fmt(ret_names, "%.*s\n", STR_ARG(name));
        }
    }
    if (rc == RC_OK) {
        rc = read_applied(k, conf, before, why);
    }
    if (rc == RC_OK) {
        rc = add_others(applied, before, why);
    }
    if (rc == RC_OK) {
        rc = write_applied(k, applied, why);
    }
    budgets_unref(&applied);
    budgets_unref(&before);
    return rc;
}

static enum rc no_such(const struct budgets *applied, const struct conf *conf,
                       struct str name, struct why *why)
{
    struct near near;

    if (budgets_find(conf->budgets, name) != NULL) {
        return why_set(why, RC_INVALID,
                       "budget '%.*s' stands in the configuration: take it out "
                       "there",
                       STR_ARG(name));
    }
    near_init(&near, name);
    for (size_t i = 0; i < budgets_n(applied); i++) {
        near_offer(&near, budgets_at(applied, i)->name);
    }
    (void)near_unknown(&near, "applied budget", "toll budget lists them", why);
    return RC_NOT_FOUND;
}

enum rc budget_keeper_remove(struct budget_keeper *k, const struct conf *conf,
                             struct str name, struct why *why)
{
    struct budgets *before = budgets_new();
    struct budgets *after = budgets_new();
    enum rc rc = read_applied(k, conf, before, why);

    if (rc == RC_OK && budgets_find(before, name) == NULL) {
        rc = no_such(before, conf, name, why);
    }
    for (size_t i = 0; i < budgets_n(before) && rc == RC_OK; i++) {
        if (!str_eq(budgets_at(before, i)->name, name)) {
            rc = budgets_add(after, budgets_at(before, i), why);
        }
    }
    if (rc == RC_OK) {
        rc = write_applied(k, after, why);
    }
    budgets_unref(&before);
    budgets_unref(&after);
    return rc;
}

/* What is in toll.yaml wins over what was applied under its name. */
static enum rc gather(const struct budget_keeper *k, const struct conf *conf,
                      struct budgets *into, struct why *why)
{
    struct budgets *applied = budgets_new();
    enum rc rc = add_others(into, conf->budgets, why);

    if (rc == RC_OK) {
        rc = read_applied(k, conf, applied, why);
    }
    for (size_t i = 0; i < budgets_n(applied) && rc == RC_OK; i++) {
        struct str name = budgets_at(applied, i)->name;

        if (budgets_find(into, name) != NULL) {
            log_warn("app",
                     "budget '%.*s' was applied, and stands in the "
                     "configuration: that holds",
                     STR_ARG(name));
        }
    }
    if (rc == RC_OK) {
        rc = add_others(into, applied, why);
    }
    budgets_unref(&applied);
    return rc;
}

/* ---- from the ledger ---- */

struct filling {
    struct budget_draft *draft;
    struct store_reader *reader;
    struct price_book *book;
    const struct budget *budget;
    size_t i;
    struct arena arena; /* of one budget's questions */
    int64_t ts_us;      /* of rows without a time */
    bool has_time;
};

/* A budget on the model goes by the one that was asked for. */
static struct str field_name(struct arena *arena, const struct event_key *key)
{
    struct buf name;
    struct str copy = STR_EMPTY;

    if (!key->is_environment && key->dim == DIM_MODEL) {
        return dim_name(DIM_REQUESTED_MODEL);
    }
    buf_init(&name, 2 * LIMIT_TAG_KEY_MAX);
    budget_add_key(&name, key);
    enum rc rc = str_dup(arena, buf_view(&name), &copy);
    buf_fini(&name);
    return rc == RC_OK ? copy : STR_EMPTY;
}

static enum rc add_filters(struct filling *f, struct query *q, struct why *why)
{
    const struct budget *b = f->budget;
    enum rc rc = RC_OK;

    for (size_t i = 0; i < b->n_where && rc == RC_OK; i++) {
        struct query_filter *filter = &q->where[q->n_where];

        *filter = (struct query_filter){.value = b->where[i].value,
                                        .n_values = b->where[i].n_values};
        rc = query_field_from(field_name(&f->arena, &b->where[i].key),
                              &f->arena, &filter->field, why);
        q->n_where++;
    }
    return rc;
}

static const char *metrics_of(enum budget_unit unit)
{
    return unit == BUDGET_TOKENS
               ? "cost,requests,unpriced_requests,input_tokens,output_tokens"
               : "cost,requests,unpriced_requests";
}

static enum rc make_question(struct filling *f, int64_t from_us, int64_t to_us,
                             struct query *ret, struct why *why)
{
    const struct budget *b = f->budget;
    struct query_param param[] = {
        {STR("metrics"), str_from_cz(metrics_of(b->unit))},
        {STR("where"), STR("environment:*")},
        {STR("timezone"), STR("UTC")},
        {STR("interval"), f->has_time ? STR("hour") : STR("none")},
        {STR("by"), b->has_per ? field_name(&f->arena, &b->per) : STR_EMPTY},
    };
    enum rc rc = query_parse(param, ARRAY_N(param), to_us, STR("UTC"),
                             &f->arena, ret, why);

    if (rc == RC_OK) {
        rc = add_filters(f, ret, why);
    }
    ret->from_us = from_us;
    ret->to_us = to_us;
    ret->lacks_totals = true;
    return rc;
}

static int64_t clamp(num_i128 x)
{
    return x > INT64_MAX ? INT64_MAX : (int64_t)x;
}

static enum rc take_row(void *arg, const struct answer_cell *cell,
                        struct why *why)
{
    struct filling *f = arg;
    const struct budget *b = f->budget;
    size_t at = 0;
    struct budget_fill fill = {.ts_us = f->ts_us};

    if (f->has_time && utc_parse(cell[at++].text, true, &fill.ts_us) != RC_OK) {
        return why_set(why, RC_CORRUPT, "an hour that is none");
    }
    if (b->has_per) {
        fill.value = cell[at++].text;
    }
    fill.pico = cell[at].is_null ? 0 : clamp(cell[at].usd.pico);
    at++;
    fill.n_calls = clamp(cell[at++].count);
    fill.n_unpriced = clamp(cell[at++].count);
    if (b->unit == BUDGET_USD) {
        fill.amount = fill.pico;
    } else if (b->unit == BUDGET_REQUESTS) {
        fill.amount = fill.n_calls;
    } else {
        fill.amount = clamp(cell[at].count + cell[at + 1].count);
    }
    budget_draft_fill(f->draft, f->i, &fill);
    return RC_OK;
}

static enum rc take_event(void *arg, const struct event *ev, struct why *why)
{
    struct filling *f = arg;

    (void)why;
    budget_draft_event(f->draft, f->i, ev, f->book);
    return RC_OK;
}

/* Sums will do unless parts of an hour matter, or what a call without a price
 * would have cost. */
static enum rc fill_span(struct filling *f, int64_t from_us, int64_t to_us,
                         struct why *why)
{
    const struct budget *b = f->budget;
    bool needs_events =
        (b->unit == BUDGET_USD && b->unpriced == BUDGET_UNPRICED_ESTIMATE) ||
        (b->period == BUDGET_ROLLING &&
         budget_width_us(b->window_us) % UTC_US_PER_HOUR != 0);
    struct query q;

    arena_init(&f->arena, LIMIT_ARENA_MAX);
    f->has_time = b->period == BUDGET_ROLLING;
    f->ts_us = from_us;
    enum rc rc = make_question(f, from_us, to_us, &q, why);
    if (rc == RC_OK && needs_events) {
        rc = query_events(&q, false, 0, NULL, f->reader, take_event, f, why);
    } else if (rc == RC_OK) {
        rc = query_each(&q, f->reader, take_row, f, why);
    }
    arena_fini(&f->arena);
    return rc;
}

static enum rc fill(struct budget_draft *draft, const struct budgets *budgets,
                    struct store_reader *reader, struct price_book *book,
                    struct why *why)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; i < budgets_n(budgets) && rc == RC_OK; i++) {
        struct filling f = {.draft = draft,
                            .reader = reader,
                            .book = book,
                            .budget = budgets_at(budgets, i),
                            .i = i};
        int64_t from_us;
        int64_t to_us;

        if (!budget_draft_wants(draft, i, &from_us, &to_us)) {
            continue;
        }
        rc = fill_span(&f, from_us, to_us, why);
        /* What bears a time a little ahead belongs to the next period. */
        if (rc == RC_OK && f.budget->period != BUDGET_ROLLING) {
            rc = fill_span(&f, to_us, to_us + UTC_US_PER_HOUR, why);
        }
        if (rc != RC_OK) {
            return why_prefix(why, rc, "budget '%.*s' cannot be counted",
                              STR_ARG(f.budget->name));
        }
    }
    return rc;
}

static bool wants_any(const struct budget_draft *draft,
                      const struct budgets *budgets)
{
    int64_t from_us;
    int64_t to_us;

    for (size_t i = 0; i < budgets_n(budgets); i++) {
        if (budget_draft_wants(draft, i, &from_us, &to_us)) {
            return true;
        }
    }
    return false;
}

enum rc budget_keeper_use(struct budget_keeper *k, const struct conf *conf,
                          struct price_book *book, struct why *why)
{
    struct intake *intake = k->ledger->intake;
    struct budgets *budgets = budgets_new();
    struct store_reader *reader = NULL;
    struct budget_draft *draft = NULL;
    bool is_held = false;
    enum rc rc = gather(k, conf, budgets, why);

    if (rc != RC_OK) {
        goto out;
    }
    budget_meter_price(k->meter, book);
    if (budgets_n(budgets) == 0 && budget_meter_is_idle(k->meter)) {
        goto out;
    }
    draft = budget_draft_new(k->meter, budgets, clock_now_us());
    if (wants_any(draft, budgets)) {
        rc = store_reader_open(k->ledger->store, &reader, why);
        /* The first time for what waits, the second for the moment's last. */
        for (int pass = 0; pass < 2 && rc == RC_OK; pass++) {
            if (pass == 1) {
                intake_hold(intake);
                is_held = true;
            }
            int64_t wait_us = is_held         ? HELD_US
                              : k->is_started ? FLUSH_US
                                              : START_US;
            rc = intake_flush(intake, clock_mono_us() + wait_us, why);
        }
        rc = rc == RC_OK ? fill(draft, budgets, reader, book, why) : rc;
    }
    if (rc == RC_OK) {
        budget_draft_use(&draft, clock_now_us());
        k->is_started = true;
    }
out:
    if (is_held) {
        intake_go(intake);
    }
    if (draft != NULL) {
        budget_draft_free(&draft);
    }
    store_reader_close(&reader);
    budgets_unref(&budgets);
    return rc;
}
