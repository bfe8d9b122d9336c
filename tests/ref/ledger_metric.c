#include "ref/ledger_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/check.h"
#include "base/utc.h"

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

static num_i128 sum_tokens(const struct ledger_group *g, const char *kinds)
{
    num_i128 sum = 0;

    for (size_t i = 0; i < g->n; i++) {
        sum += tokens(g->ev[i], kinds);
    }
    return sum;
}

static num_i128 sum_ok_tokens(const struct ledger_group *g, const char *kinds)
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

static num_i128 count_different(const struct ledger_group *g, enum dim d)
{
    struct str *values = ledger_get(g->n * sizeof(*values));
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

int ledger_i64_cmp(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;

    return x < y ? -1 : x > y;
}

/* The known latencies in order; *ret is the caller's to free. */
static size_t latencies(const struct ledger_group *g, int64_t **ret)
{
    int64_t *ms = ledger_get(g->n * sizeof(*ms));
    size_t n = 0;

    for (size_t i = 0; i < g->n; i++) {
        if (g->ev[i]->latency_ms >= 0) {
            ms[n++] = g->ev[i]->latency_ms;
        }
    }
    qsort(ms, n, sizeof(*ms), ledger_i64_cmp);
    *ret = ms;
    return n;
}

/* Linear between the two neighbours in rank. */
static struct answer_cell quantile(const struct ledger_group *g, double share)
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

static struct answer_cell mean_latency(const struct ledger_group *g)
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
static bool sum_money(const struct ledger_group *g, enum money which,
                      num_i128 *ret)
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

static num_i128 count(const struct ledger_group *g, enum counted what)
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

static struct answer_cell cost_per(const struct ledger_group *g, num_i128 n)
{
    struct answer_cell cell = {.is_null = false};
    num_i128 cost;

    cell.is_null = !sum_money(g, MONEY_COST, &cost) || n == 0;
    if (!cell.is_null) {
        cell.usd.pico = rounded(cost, n);
    }
    return cell;
}

static struct answer_cell money(const struct ledger_group *g, enum money which)
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
                                        const struct ledger_group *g)
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
                                        const struct ledger_group *g)
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

struct answer_cell ledger_measure(struct str metric,
                                  const struct ledger_group *g)
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
