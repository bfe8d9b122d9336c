#include "ref/ledger.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/attr.h"
#include "base/check.h"
#include "base/utc.h"
#include "query/query_metric.h"

#define SECOND INT64_C(1000000)
#define HOUR   (3600 * SECOND)
#define DAY    (24 * HOUR)

static void *get(size_t n)
{
    void *p = calloc(n > 0 ? n : 1, 1);

    CHECK(p != NULL);
    return p;
}

/* ---- the calendar ---- */

static int64_t floor_to(int64_t x, int64_t unit)
{
    int64_t rest = x % unit;

    return x - (rest < 0 ? rest + unit : rest);
}

static struct tm civil(int64_t us)
{
    time_t seconds = (time_t)(floor_to(us, SECOND) / SECOND);
    struct tm tm;

    CHECK(gmtime_r(&seconds, &tm) != NULL);
    return tm;
}

static int64_t date(int year, int month, int day)
{
    struct tm tm = {
        .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day};

    return (int64_t)timegm(&tm) * SECOND;
}

/* The first such weekday (0 is Sunday) at or after a date. */
static int64_t weekday_from(int weekday, int year, int month, int day)
{
    int64_t us = date(year, month, day);

    while (civil(us).tm_wday != weekday) {
        us += DAY;
    }
    return us;
}

static int64_t last_weekday(int weekday, int year, int month, int n_days)
{
    int64_t us = date(year, month, n_days);

    while (civil(us).tm_wday != weekday) {
        us -= DAY;
    }
    return us;
}

/* ---- zones by hand ---- */

static int64_t utc(int64_t us)
{
    (void)us;
    return 0;
}

static int64_t kolkata(int64_t us)
{
    (void)us;
    return 5 * HOUR + HOUR / 2;
}

static int64_t kathmandu(int64_t us)
{
    (void)us;
    return 5 * HOUR + 3 * HOUR / 4;
}

/* Last Sundays of March and October, 01:00 UTC. */
static int64_t berlin(int64_t us)
{
    int y = civil(us).tm_year + 1900;
    int64_t begins = last_weekday(0, y, 3, 31) + HOUR;
    int64_t ends = last_weekday(0, y, 10, 31) + HOUR;

    return us >= begins && us < ends ? 2 * HOUR : HOUR;
}

/* Second Sunday of March, first of November, 02:00 by the clock. */
static int64_t new_york(int64_t us)
{
    int y = civil(us).tm_year + 1900;
    int64_t begins = weekday_from(0, y, 3, 8) + 7 * HOUR;
    int64_t ends = weekday_from(0, y, 11, 1) + 6 * HOUR;

    return us >= begins && us < ends ? -4 * HOUR : -5 * HOUR;
}

/* First Sundays of October and April, 02:00 by the clock, by half an hour. */
static int64_t lord_howe(int64_t us)
{
    int y = civil(us).tm_year + 1900;
    int64_t begins = weekday_from(0, y, 10, 1) - 8 * HOUR - HOUR / 2;
    int64_t ends = weekday_from(0, y, 4, 1) - 9 * HOUR;

    return us >= ends && us < begins ? 10 * HOUR + HOUR / 2 : 11 * HOUR;
}

/* Sundays from the 2nd of September and April, 24:00 of the Saturday by
 * standard time: there is no midnight in spring. */
static int64_t santiago(int64_t us)
{
    int y = civil(us).tm_year + 1900;
    int64_t begins = weekday_from(0, y, 9, 2) + 4 * HOUR;
    int64_t ends = weekday_from(0, y, 4, 2) + 3 * HOUR;

    return us >= ends && us < begins ? -4 * HOUR : -3 * HOUR;
}

/* Last Friday of April at 00:00, last Thursday of October at 24:00. */
static int64_t cairo(int64_t us)
{
    int y = civil(us).tm_year + 1900;
    int64_t begins = last_weekday(5, y, 4, 30) - 2 * HOUR;
    int64_t ends = last_weekday(4, y, 10, 31) + 21 * HOUR;

    return us >= begins && us < ends ? 3 * HOUR : 2 * HOUR;
}

const char *const ledger_zones[] = {
    "UTC",           "Asia/Kolkata",     "Asia/Kathmandu",
    "Europe/Berlin", "America/New_York", "Australia/Lord_Howe",
    "Africa/Cairo",  "America/Santiago",
};
static int64_t (*const zone_offsets[])(int64_t us) = {
    utc, kolkata, kathmandu, berlin, new_york, lord_howe, cairo, santiago,
};
const size_t ledger_n_zones = ARRAY_N(ledger_zones);

static int64_t offset_in(struct str zone, int64_t us)
{
    for (size_t i = 0; i < ledger_n_zones; i++) {
        if (str_eq(zone, str_from_cz(ledger_zones[i]))) {
            return zone_offsets[i](us);
        }
    }
    CHECK(false);
}

int64_t ledger_offset_us(const char *zone, int64_t us)
{
    return offset_in(str_from_cz(zone), us);
}

/* The beginning of the interval, as a number to sort by and as text. */
static int64_t interval_text(const struct query *q, int64_t us, char text[40])
{
    int64_t offset = offset_in(q->timezone, us);
    int64_t local = us + offset;
    struct tm tm = civil(local);

    switch (q->interval) {
    case INTERVAL_NONE:
        CHECK(false);
    case INTERVAL_HOUR: {
        int64_t start = floor_to(local, HOUR) - offset;
        while (offset_in(q->timezone, start) != offset) {
            start += 60 * SECOND;
        }
        tm = civil(start + offset);
        size_t n = strftime(text, 40, "%Y-%m-%dT%H:%M:%S", &tm);
        int64_t minutes = offset / (60 * SECOND);
        int64_t abs = minutes < 0 ? -minutes : minutes;
        if (offset == 0) {
            (void)snprintf(text + n, 40 - n, "Z");
        } else {
            (void)snprintf(text + n, 40 - n, "%c%02d:%02d",
                           minutes < 0 ? '-' : '+', (int)(abs / 60),
                           (int)(abs % 60));
        }
        return start;
    }
    case INTERVAL_DAY:
        local = floor_to(local, DAY);
        break;
    case INTERVAL_WEEK:
        local = floor_to(local, DAY);
        while (civil(local).tm_wday != 1) {
            local -= DAY;
        }
        break;
    case INTERVAL_MONTH:
        local = date(tm.tm_year + 1900, tm.tm_mon + 1, 1);
        break;
    }
    tm = civil(local);
    CHECK(strftime(text, 40, "%Y-%m-%d", &tm) > 0);
    return local;
}

/* ---- fields and filters ---- */

static struct str field_value(const struct query_field *f,
                              const struct event *ev)
{
    switch (f->kind) {
    case QUERY_FIELD_DIM:
        return ev->dim[f->dim];
    case QUERY_FIELD_OPERATION:
        return operation_name(ev->operation);
    case QUERY_FIELD_SERVICE_TIER:
        return service_tier_name(ev->service_tier);
    case QUERY_FIELD_ENVIRONMENT:
        return environment_name(ev->environment);
    case QUERY_FIELD_STATUS:
        return event_status_name(ev->status);
    case QUERY_FIELD_SOURCE:
        return event_source_name(ev->source);
    case QUERY_FIELD_TAG:
        break;
    }
    for (uint32_t i = 0; i < ev->n_tags; i++) {
        if (str_eq(ev->tag[i].key, f->tag)) {
            return ev->tag[i].value;
        }
    }
    return STR("");
}

bool ledger_matches(const struct query *q, const struct event *ev)
{
    if (ev->ts_us < q->from_us || ev->ts_us >= q->to_us) {
        return false;
    }
    for (size_t i = 0; i < q->n_where; i++) {
        const struct query_filter *f = &q->where[i];
        struct str value = field_value(&f->field, ev);
        bool is_one = false;
        for (size_t k = 0; k < f->n_values; k++) {
            is_one = is_one || str_eq(value, f->value[k]);
        }
        if (!f->any && is_one == f->negated) {
            return false;
        }
    }
    return true;
}

/* ---- metrics ---- */

struct group {
    const struct event **ev;
    size_t n;
};

static int64_t tokens(const struct event *ev, const char *kinds)
{
    static const struct {
        char letter;
        enum token_kind kind;
    } rows[] = {
        {'i', TOKEN_INPUT},          {'r', TOKEN_CACHE_READ},
        {'w', TOKEN_CACHE_WRITE_5M}, {'W', TOKEN_CACHE_WRITE_1H},
        {'a', TOKEN_INPUT_AUDIO},    {'m', TOKEN_INPUT_IMAGE},
        {'o', TOKEN_OUTPUT},         {'t', TOKEN_OUTPUT_REASONING},
        {'A', TOKEN_OUTPUT_AUDIO},   {'M', TOKEN_OUTPUT_IMAGE},
    };
    int64_t sum = 0;

    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        if (strchr(kinds, rows[i].letter) != NULL) {
            sum += ev->token[rows[i].kind];
        }
    }
    return sum;
}

static num_i128 sum_tokens(const struct group *g, const char *kinds)
{
    num_i128 sum = 0;

    for (size_t i = 0; i < g->n; i++) {
        sum += tokens(g->ev[i], kinds);
    }
    return sum;
}

static num_i128 sum_ok_tokens(const struct group *g, const char *kinds)
{
    num_i128 sum = 0;

    for (size_t i = 0; i < g->n; i++) {
        sum +=
            g->ev[i]->status == EVENT_STATUS_OK ? tokens(g->ev[i], kinds) : 0;
    }
    return sum;
}

static int compare_str(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static num_i128 count_different(const struct group *g, enum dim d)
{
    struct str *values = get(g->n * sizeof(*values));
    size_t n = 0;
    num_i128 n_different = 0;

    for (size_t i = 0; i < g->n; i++) {
        if (g->ev[i]->dim[d].n > 0) {
            values[n++] = g->ev[i]->dim[d];
        }
    }
    qsort(values, n, sizeof(*values), compare_str);
    for (size_t i = 0; i < n; i++) {
        n_different += i == 0 || !str_eq(values[i], values[i - 1]) ? 1 : 0;
    }
    free(values);
    return n_different;
}

static int compare_i64(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;

    return x < y ? -1 : x > y;
}

/* The known latencies in order; *ret is the caller's to free. */
static size_t latencies(const struct group *g, int64_t **ret)
{
    int64_t *ms = get(g->n * sizeof(*ms));
    size_t n = 0;

    for (size_t i = 0; i < g->n; i++) {
        if (g->ev[i]->latency_ms >= 0) {
            ms[n++] = g->ev[i]->latency_ms;
        }
    }
    qsort(ms, n, sizeof(*ms), compare_i64);
    *ret = ms;
    return n;
}

/* Linear between the two neighbours in rank. */
static struct answer_cell quantile(const struct group *g, double share)
{
    int64_t *ms;
    size_t n = latencies(g, &ms);
    struct answer_cell cell = {.is_null = n == 0};

    if (n > 0) {
        double rank = (double)(n - 1) * share;
        size_t low = (size_t)floor(rank);
        size_t high = (size_t)ceil(rank);
        double part = rank - (double)low;
        cell.real = (double)ms[low] * (1.0 - part) + (double)ms[high] * part;
    }
    free(ms);
    return cell;
}

static struct answer_cell mean_latency(const struct group *g)
{
    int64_t *ms;
    size_t n = latencies(g, &ms);
    struct answer_cell cell = {.is_null = n == 0};
    int64_t sum = 0;

    for (size_t i = 0; i < n; i++) {
        sum += ms[i];
    }
    if (n > 0) {
        cell.real = (double)sum / (double)n;
    }
    free(ms);
    return cell;
}

enum money {
    MONEY_COST,
    MONEY_INPUT,
    MONEY_CACHE,
    MONEY_OUTPUT,
    MONEY_TOOLS,
    MONEY_OK,
    MONEY_REPORTED
};

/* False when the call bears no such amount. */
static bool amount(const struct event *ev, enum money which, num_i128 *ret)
{
    const struct event_cost *cost = &ev->cost;

    switch (which) {
    case MONEY_COST:
    case MONEY_OK:
        *ret = (num_i128)cost->input.pico + cost->cache.pico +
               cost->output.pico + cost->tools.pico;
        return cost->priced &&
               (which == MONEY_COST || ev->status == EVENT_STATUS_OK);
    case MONEY_INPUT:
        *ret = cost->input.pico;
        return cost->priced;
    case MONEY_CACHE:
        *ret = cost->cache.pico;
        return cost->priced;
    case MONEY_OUTPUT:
        *ret = cost->output.pico;
        return cost->priced;
    case MONEY_TOOLS:
        *ret = cost->tools.pico;
        return cost->priced;
    case MONEY_REPORTED:
        *ret = ev->reported_cost.pico;
        return ev->has_reported_cost;
    }
    CHECK(false);
}

/* Absent where there are calls and none bears an amount. */
static bool sum_money(const struct group *g, enum money which, num_i128 *ret)
{
    num_i128 sum = 0;
    size_t n = 0;

    for (size_t i = 0; i < g->n; i++) {
        num_i128 one = 0;
        if (amount(g->ev[i], which, &one)) {
            sum += one;
            n++;
        }
    }
    *ret = sum;
    return n > 0 || g->n == 0;
}

enum counted { ALL, OKS, ERRORS, RETRIES, UNPRICED, LATE, SEARCHES };

static num_i128 count(const struct group *g, enum counted what)
{
    num_i128 n = 0;

    for (size_t i = 0; i < g->n; i++) {
        const struct event *ev = g->ev[i];
        switch (what) {
        case ALL:
            n++;
            break;
        case OKS:
            n += ev->status == EVENT_STATUS_OK ? 1 : 0;
            break;
        case ERRORS:
            n += ev->status == EVENT_STATUS_ERROR ? 1 : 0;
            break;
        case RETRIES:
            n += ev->attempt > 1 ? 1 : 0;
            break;
        case UNPRICED:
            n += ev->cost.priced ? 0 : 1;
            break;
        case LATE:
            n += ev->arrival_us - ev->ts_us > UTC_US_PER_DAY ? 1 : 0;
            break;
        case SEARCHES:
            n += ev->web_searches;
            break;
        }
    }
    return n;
}

/* Half to even, of numbers that are not negative. */
static num_i128 rounded(num_i128 a, num_i128 b)
{
    num_i128 whole = a / b;
    num_i128 rest = a % b;

    if (2 * rest > b || (2 * rest == b && whole % 2 == 1)) {
        whole++;
    }
    return whole;
}

static struct answer_cell cost_per(const struct group *g, num_i128 n)
{
    struct answer_cell cell = {.is_null = false};
    num_i128 cost;

    cell.is_null = !sum_money(g, MONEY_COST, &cost) || n == 0;
    if (!cell.is_null) {
        cell.usd.pico = rounded(cost, n);
    }
    return cell;
}

static struct answer_cell money(const struct group *g, enum money which)
{
    struct answer_cell cell = {.is_null = false};
    num_i128 sum;

    cell.is_null = !sum_money(g, which, &sum);
    if (!cell.is_null) {
        cell.usd.pico = sum;
    }
    return cell;
}

static struct answer_cell share(num_i128 a, num_i128 b)
{
    struct answer_cell cell = {.is_null = b == 0};

    if (b != 0) {
        cell.real = (double)a / (double)b;
    }
    return cell;
}

static struct answer_cell number(num_i128 n)
{
    struct answer_cell cell = {.is_null = false};

    cell.count = n;
    return cell;
}

static const char INPUT[] = "irwWam";
static const char OUTPUT[] = "otAM";

static const struct {
    const char *name;
    enum counted what;
} counts[] = {
    {"requests", ALL},          {"errors", ERRORS},
    {"retries", RETRIES},       {"unpriced_requests", UNPRICED},
    {"web_searches", SEARCHES}, {"ok_requests", OKS},
    {"late_requests", LATE},
};

static const struct {
    const char *name;
    const char *kinds;
    bool is_ok_only;
} token_sums[] = {
    {"input_tokens", INPUT, false},
    {"uncached_input_tokens", "iam", false},
    {"cache_read_tokens", "r", false},
    {"cache_write_tokens", "wW", false},
    {"cache_write_1h_tokens", "W", false},
    {"output_tokens", OUTPUT, false},
    {"reasoning_tokens", "t", false},
    {"ok_input_tokens", INPUT, true},
    {"ok_output_tokens", OUTPUT, true},
};

static const struct {
    const char *name;
    enum money which;
} amounts[] = {
    {"cost", MONEY_COST},
    {"input_cost", MONEY_INPUT},
    {"cache_cost", MONEY_CACHE},
    {"output_cost", MONEY_OUTPUT},
    {"tools_cost", MONEY_TOOLS},
    {"ok_cost", MONEY_OK},
    {"reported_cost", MONEY_REPORTED},
};

static const struct {
    const char *name;
    enum dim dim;
} different[] = {
    {"users", DIM_USER},
    {"runs", DIM_RUN},
    {"customers", DIM_CUSTOMER},
};

#define IS(text) str_eq(metric, STR(text))

static struct answer_cell measure_ratio(struct str metric,
                                        const struct group *g)
{
    if (IS("cost_per_request")) {
        return cost_per(g, count(g, ALL));
    }
    if (IS("cost_per_user")) {
        return cost_per(g, count_different(g, DIM_USER));
    }
    if (IS("cost_per_run")) {
        return cost_per(g, count_different(g, DIM_RUN));
    }
    if (IS("input_per_request")) {
        return share(sum_tokens(g, INPUT), count(g, ALL));
    }
    if (IS("output_per_request")) {
        return share(sum_tokens(g, OUTPUT), count(g, ALL));
    }
    if (IS("cache_hit_share")) {
        return share(sum_tokens(g, "r"), sum_tokens(g, INPUT));
    }
    if (IS("error_share")) {
        return share(count(g, ERRORS), count(g, ALL));
    }
    CHECK(IS("retry_share"));
    return share(count(g, RETRIES), count(g, ALL));
}

static struct answer_cell measure_other(struct str metric,
                                        const struct group *g)
{
    if (IS("latency_avg")) {
        return mean_latency(g);
    }
    if (IS("latency_p50")) {
        return quantile(g, 0.5);
    }
    if (IS("latency_p95")) {
        return quantile(g, 0.95);
    }
    return measure_ratio(metric, g);
}

#undef IS

static struct answer_cell measure(struct str metric, const struct group *g)
{
    for (size_t i = 0; i < ARRAY_N(counts); i++) {
        if (str_eq(metric, str_from_cz(counts[i].name))) {
            return number(count(g, counts[i].what));
        }
    }
    for (size_t i = 0; i < ARRAY_N(token_sums); i++) {
        if (str_eq(metric, str_from_cz(token_sums[i].name))) {
            return number(token_sums[i].is_ok_only
                              ? sum_ok_tokens(g, token_sums[i].kinds)
                              : sum_tokens(g, token_sums[i].kinds));
        }
    }
    for (size_t i = 0; i < ARRAY_N(amounts); i++) {
        if (str_eq(metric, str_from_cz(amounts[i].name))) {
            return money(g, amounts[i].which);
        }
    }
    for (size_t i = 0; i < ARRAY_N(different); i++) {
        if (str_eq(metric, str_from_cz(different[i].name))) {
            return number(count_different(g, different[i].dim));
        }
    }
    return measure_other(metric, g);
}

/* ---- groups and rows ---- */

struct keyed { /* one event and the keys it falls under */
    const struct event *ev;
    int64_t time; /* 0 without an interval */
    char *time_text;
    struct str key[LIMIT_QUERY_DIMS_MAX];
    size_t n_keys;
};

static int compare_keys(const struct keyed *a, const struct keyed *b)
{
    int order = compare_i64(&a->time, &b->time);

    for (size_t i = 0; i < a->n_keys && order == 0; i++) {
        order = str_cmp(a->key[i], b->key[i]);
    }
    return order;
}

static int compare_keyed(const void *a, const void *b)
{
    return compare_keys(a, b);
}

struct row {
    const struct query *q;
    const struct keyed *keyed; /* the first of the group */
    struct answer_cell *cell;  /* of the metrics */
};

static int compare_cells(enum answer_kind kind, const struct answer_cell *a,
                         const struct answer_cell *b)
{
    switch (kind) {
    case ANSWER_TEXT:
    case ANSWER_TIME:
        CHECK(false);
    case ANSWER_COUNT:
    case ANSWER_TOKENS:
        return a->count < b->count ? -1 : a->count > b->count;
    case ANSWER_USD:
    case ANSWER_USD_RATIO:
        return a->usd.pico < b->usd.pico ? -1 : a->usd.pico > b->usd.pico;
    case ANSWER_RATIO:
    case ANSWER_AVERAGE:
    case ANSWER_DURATION:
        return a->real < b->real ? -1 : a->real > b->real;
    }
    CHECK(false);
}

/* Absent comes last, whichever the direction. */
static int compare_metric(const struct row *a, const struct row *b, size_t i,
                          bool descending)
{
    const struct answer_cell *x = &a->cell[i];
    const struct answer_cell *y = &b->cell[i];

    if (x->is_null || y->is_null) {
        return (int)x->is_null - (int)y->is_null;
    }
    int order = compare_cells(a->q->metric[i]->kind, x, y);
    return descending ? -order : order;
}

static size_t main_metric(const struct query *q)
{
    for (size_t i = 0; i < q->n_metrics; i++) {
        if (str_eq(q->metric[i]->name, STR("cost"))) {
            return i;
        }
    }
    return 0;
}

static int compare_rows(const void *a, const void *b)
{
    const struct row *x = a;
    const struct row *y = b;
    const struct query *q = x->q;
    size_t n_times = q->interval == INTERVAL_NONE ? 0 : 1;
    size_t column = q->order.column;
    int order;

    if (!q->order.by_column) {
        order = compare_i64(&x->keyed->time, &y->keyed->time);
        order = order != 0 ? order : compare_metric(x, y, main_metric(q), true);
    } else if (column < n_times) {
        order = compare_i64(&x->keyed->time, &y->keyed->time);
        order = q->order.descending ? -order : order;
    } else if (column < n_times + q->n_by) {
        order = str_cmp(x->keyed->key[column - n_times],
                        y->keyed->key[column - n_times]);
        order = q->order.descending ? -order : order;
    } else {
        order = compare_metric(x, y, column - n_times - q->n_by,
                               q->order.descending);
    }
    return order != 0 ? order : compare_keys(x->keyed, y->keyed);
}

static void own(struct ledger *l, void *p)
{
    l->owned = realloc(l->owned, (l->n_owned + 1) * sizeof(*l->owned));
    CHECK(l->owned != NULL);
    l->owned[l->n_owned++] = p;
}

static size_t key_events(struct ledger *l, const struct query *q,
                         const struct event *ev, size_t n, struct keyed **ret)
{
    struct keyed *keyed = get(n * sizeof(*keyed));
    char *texts = get(n * 40);
    size_t n_keyed = 0;

    own(l, keyed);
    own(l, texts);
    for (size_t i = 0; i < n; i++) {
        if (!ledger_matches(q, &ev[i])) {
            continue;
        }
        struct keyed *k = &keyed[n_keyed++];
        k->ev = &ev[i];
        k->n_keys = q->n_by;
        if (q->interval != INTERVAL_NONE) {
            k->time_text = texts + 40 * i;
            k->time = interval_text(q, ev[i].ts_us, k->time_text);
        }
        for (size_t d = 0; d < q->n_by; d++) {
            k->key[d] = field_value(&q->by[d], &ev[i]);
        }
    }
    qsort(keyed, n_keyed, sizeof(*keyed), compare_keyed);
    *ret = keyed;
    return n_keyed;
}

static void measure_all(const struct query *q, const struct keyed *keyed,
                        size_t n, struct answer_cell *cells)
{
    struct group g = {.ev = get(n * sizeof(*g.ev)), .n = n};

    for (size_t i = 0; i < n; i++) {
        g.ev[i] = keyed[i].ev;
    }
    for (size_t m = 0; m < q->n_metrics; m++) {
        cells[m] = measure(q->metric[m]->name, &g);
    }
    free(g.ev);
}

static size_t make_rows(struct ledger *l, const struct query *q,
                        const struct keyed *keyed, size_t n, struct row *rows)
{
    size_t n_rows = 0;
    bool has_keys = q->interval != INTERVAL_NONE || q->n_by > 0;

    for (size_t from = 0, to; from < n || (n_rows == 0 && !has_keys);
         from = to) {
        to = from;
        while (to < n && compare_keys(&keyed[from], &keyed[to]) == 0) {
            to++;
        }
        struct row *row = &rows[n_rows++];
        row->q = q;
        row->keyed = &keyed[from];
        row->cell = get(q->n_metrics * sizeof(*row->cell));
        own(l, row->cell);
        measure_all(q, keyed + from, to - from, row->cell);
    }
    return n_rows;
}

void ledger_answer(struct ledger *ret, const struct query *q,
                   const struct event *ev, size_t n)
{
    size_t n_times = q->interval == INTERVAL_NONE ? 0 : 1;
    size_t n_keys = n_times + q->n_by;
    struct keyed *keyed;
    struct row *rows = get((n + 1) * sizeof(*rows));

    *ret = (struct ledger){.n_columns = n_keys + q->n_metrics};
    n = key_events(ret, q, ev, n, &keyed);
    size_t n_rows = make_rows(ret, q, keyed, n, rows);
    qsort(rows, n_rows, sizeof(*rows), compare_rows);
    ret->truncated = n_rows > q->limit;
    ret->n_rows = ret->truncated ? q->limit : n_rows;
    ret->cell = get((ret->n_rows + 1) * ret->n_columns * sizeof(*ret->cell));
    for (size_t r = 0; r < ret->n_rows; r++) {
        struct answer_cell *cell = ret->cell + r * ret->n_columns;
        if (n_times > 0) {
            cell[0].text = str_from_cz(rows[r].keyed->time_text);
        }
        for (size_t d = 0; d < q->n_by; d++) {
            cell[n_times + d].text = rows[r].keyed->key[d];
        }
        memcpy(cell + n_keys, rows[r].cell, q->n_metrics * sizeof(*cell));
    }
    struct answer_cell *total = ret->cell + ret->n_rows * ret->n_columns;
    for (size_t i = 0; i < n_keys; i++) {
        total[i].is_null = true;
    }
    measure_all(q, keyed, n, total + n_keys);
    free(rows);
}

void ledger_free(struct ledger *l)
{
    for (size_t i = 0; i < l->n_owned; i++) {
        free(l->owned[i]);
    }
    free(l->owned);
    free(l->cell);
    *l = (struct ledger){.n_rows = 0};
}
