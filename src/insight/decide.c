#include "insight/decide.h"

#include "base/near.h"
#include "base/utc.h"
#include "base/why.h"
#include "event/event_provider.h"
#include "insight/say.h"
#include "price/book.h"
#include "price/cost.h"
#include "query/period.h"
#include "query/query_field.h"

#include <string.h>

/* ---- time ---- */

enum rc decide_last_days(const struct insight_call *call, int n,
                         int64_t *ret_from_us, int64_t *ret_to_us,
                         struct why *why)
{
    struct period_zone *zone = NULL;
    enum rc rc = period_zone_open(call->env->timezone, &zone, why);

    if (rc != RC_OK) {
        return rc;
    }
    int64_t us = period_start(zone, INTERVAL_DAY, call->env->now_us);
    *ret_to_us = us;
    for (int i = 0; i < n && us > PERIOD_MIN_US; i++) {
        us = period_start(zone, INTERVAL_DAY, us - 1);
    }
    *ret_from_us = us;
    period_zone_close(&zone);
    return RC_OK;
}

int64_t decide_length_us(int64_t from_us, int64_t to_us, int64_t now_us)
{
    int64_t end_us = to_us < now_us ? to_us : now_us;
    int64_t length_us = end_us - from_us;
    int64_t days = (length_us + UTC_US_PER_DAY / 2) / UTC_US_PER_DAY;
    int64_t off_us = length_us - days * UTC_US_PER_DAY;

    if (end_us == to_us && days > 0 && off_us <= UTC_US_PER_HOUR &&
        off_us >= -UTC_US_PER_HOUR) {
        return days * UTC_US_PER_DAY;
    }
    return length_us > UTC_US_PER_HOUR ? length_us : UTC_US_PER_HOUR;
}

num_i128 decide_per_month(num_i128 pico, int64_t length_us)
{
    return num_div_even(pico * DECIDE_MONTH_US, length_us);
}

/* ---- asking ---- */

enum rc decide_only(const struct insight_call *call, struct str feature,
                    struct query *q, struct why *why)
{
    struct str *value = arena_copy(call->arena, &feature, sizeof feature);

    if (value == NULL || q->n_where == LIMIT_QUERY_FILTERS_MAX) {
        return why_set(why, RC_LIMIT, "there are too many filters");
    }
    struct query_filter *f = &q->where[q->n_where];
    *f = (struct query_filter){.value = value, .n_values = 1};
    enum rc rc = query_field_from(STR("feature"), call->arena, &f->field, why);
    q->n_where += rc == RC_OK ? 1 : 0;
    return rc;
}

enum rc decide_ask(const struct insight_call *call,
                   const struct insight_question *q, struct str feature,
                   struct answer **ret, struct why *why)
{
    struct query query;
    enum rc rc = insight_parse(call, q, &query, why);

    if (rc == RC_OK) {
        rc = decide_only(call, feature, &query, why);
    }
    return rc == RC_OK
               ? query_run(&query, call->env->reader, call->arena, ret, why)
               : rc;
}

enum rc decide_check_feature(const struct insight_call *call,
                             const struct insight_question *q,
                             struct str feature, struct why *why)
{
    struct insight_question all = *q;
    struct answer *a = NULL;
    struct near near;

    all.metrics = "requests";
    all.by = "feature";
    enum rc rc = insight_ask(call, &all, &a, why);
    if (rc != RC_OK) {
        return rc;
    }
    near_init(&near, feature);
    for (size_t i = 0; i < a->n_rows; i++) {
        if (str_eq(answer_str(a, i, 0), feature)) {
            return RC_OK;
        }
        near_offer(&near, answer_str(a, i, 0));
    }
    if (a->n_rows == 0 || (a->n_rows == 1 && answer_str(a, 0, 0).n == 0)) {
        return RC_OK; /* nobody has one; the insight says so */
    }
    struct str best = near_best(&near);
    return why_set(why, RC_NOT_FOUND,
                   "there are no calls of a feature \"%.*s\" in this range%s"
                   "%.*s%s",
                   STR_ARG(feature), best.n > 0 ? "; did you mean " : "",
                   STR_ARG(best), best.n > 0 ? "?" : "");
}

/* ---- models ---- */

enum {
    NEAR_MAX = 4,
    NEAR_DISTANCE = 3,
    NEAR_TEXT_MAX = 96,
    ROW_BYTES_MAX = 64 * 1024
};

/* The nearest names of the book, the best first. */
struct near_models {
    struct str word;
    size_t n;
    size_t distance[NEAR_MAX];
    char text[NEAR_MAX][NEAR_TEXT_MAX];
};

static size_t distance_of(struct str word, struct str name)
{
    size_t distance = str_edit_distance(word, name);

    if (distance <= NEAR_DISTANCE) {
        return distance;
    }
    if (word.n >= 3 && (str_find(name, word, 0) != SIZE_MAX ||
                        (name.n >= 3 && str_find(word, name, 0) != SIZE_MAX))) {
        size_t longer = name.n > word.n ? name.n - word.n : word.n - name.n;
        return NEAR_DISTANCE + 1 + longer;
    }
    return SIZE_MAX;
}

static void offer_model(struct near_models *m, const struct book_row *row)
{
    size_t distance = distance_of(m->word, row->model);
    char text[NEAR_TEXT_MAX] = "";
    size_t at = m->n;
    struct buf b;

    buf_init(&b, sizeof text - 1);
    buf_fmt(&b, "%.*s (%.*s)", STR_ARG(row->model), STR_ARG(row->provider));
    bool is_long = buf_rc(&b, NULL) != RC_OK;
    memcpy(text, b.p, is_long ? 0 : b.n);
    buf_fini(&b);
    for (size_t i = 0; i < m->n; i++) {
        if (strcmp(m->text[i], text) == 0) {
            return;
        }
    }
    while (at > 0 && distance < m->distance[at - 1]) {
        at--;
    }
    if (distance == SIZE_MAX || at == NEAR_MAX || is_long) {
        return;
    }
    m->n += m->n < NEAR_MAX ? 1 : 0;
    for (size_t i = m->n - 1; i > at; i--) {
        m->distance[i] = m->distance[i - 1];
        memcpy(m->text[i], m->text[i - 1], NEAR_TEXT_MAX);
    }
    m->distance[at] = distance;
    memcpy(m->text[at], text, NEAR_TEXT_MAX);
}

static void offer_book(struct near_models *m, const struct price_book *book,
                       struct str provider)
{
    struct book_row row;
    struct arena arena;

    arena_init(&arena, ROW_BYTES_MAX);
    for (size_t i = 0; book != NULL; i++) {
        arena_reset(&arena);
        enum rc rc = book_row(book, i, &arena, &row);
        if (rc == RC_END) {
            break;
        }
        if (rc == RC_OK && (provider.n == 0 ||
                            str_eq(provider_fold(row.provider), provider))) {
            offer_model(m, &row);
        }
    }
    arena_fini(&arena);
}

enum rc decide_unknown_model(const struct insight_call *call,
                             struct str provider, struct str model,
                             struct why *why)
{
    struct near_models near = {.word = model};
    struct buf b;

    offer_book(&near, call->env->book, provider_fold(provider));
    if (near.n == 0) {
        offer_book(&near, call->env->book, STR_EMPTY);
    }
    buf_init(&b, NEAR_MAX * (NEAR_TEXT_MAX + 4));
    for (size_t i = 0; i < near.n; i++) {
        buf_fmt(&b, "%s%s", i > 0 ? ", " : "; did you mean ", near.text[i]);
    }
    struct str names = buf_view(&b);
    enum rc rc = why_set(
        why, RC_INVALID, "there is no price for the model %.*s%s%.*s%.*s%s",
        STR_ARG(model), provider.n > 0 ? " of " : "", STR_ARG(provider),
        STR_ARG(names),
        near.n > 0 ? "?" : "; state one under prices.overrides in toll.yaml");
    buf_fini(&b);
    return rc;
}

static bool sells(const struct insight_call *call, struct str provider,
                  struct str model)
{
    struct event ev;
    struct event_cost cost = {.priced = false};

    if (provider.n == 0 || call->env->book == NULL) {
        return false;
    }
    event_init(&ev);
    ev.ts_us = call->env->now_us;
    ev.dim[DIM_PROVIDER] = provider_fold(provider);
    ev.dim[DIM_MODEL] = model;
    ev.token[TOKEN_INPUT] = 1;
    return cost_of_event(call->env->book, NULL, &ev, &cost, NULL) == RC_OK &&
           cost.priced;
}

enum rc decide_provider(const struct insight_call *call, struct str stated,
                        struct str usual, struct str model,
                        struct str *ret_provider, struct why *why)
{
    const struct str likely[] = {usual, provider_of_model(model)};

    if (stated.n > 0) {
        *ret_provider = provider_fold(stated);
        return sells(call, stated, model)
                   ? RC_OK
                   : decide_unknown_model(call, stated, model, why);
    }
    for (size_t i = 0; i < ARRAY_N(likely); i++) {
        if (sells(call, likely[i], model)) {
            *ret_provider = provider_fold(likely[i]);
            return RC_OK;
        }
    }
    return decide_unknown_model(call, STR_EMPTY, model, why);
}

/* What the vendors' pages on prompt caching say, 2026-11; the first row whose
 * word stands in the model's name. */
static const struct {
    struct str word;
    int64_t min;
} cache_minimum[] = {
    {STR_INIT("claude-opus-4-5"), 4096}, {STR_INIT("claude-haiku-4-5"), 4096},
    {STR_INIT("claude-3-haiku"), 2048},  {STR_INIT("claude-3-5-haiku"), 2048},
    {STR_INIT("gemini-2.5-pro"), 2048},  {STR_INIT("gemini"), 1024},
    {STR_INIT("claude"), 1024},          {STR_INIT("gpt"), 1024},
};

int64_t decide_cache_min(struct str provider, struct str model)
{
    for (size_t i = 0; i < ARRAY_N(cache_minimum); i++) {
        if (str_find(model, cache_minimum[i].word, 0) != SIZE_MAX) {
            return cache_minimum[i].min;
        }
    }
    return str_eq(provider, STR("deepseek")) ? 64 : 1024;
}

/* ---- rates ---- */

enum { PROBE = 1000 };

/* One part of the cost of a call of the same length that has a thousand
 * tokens of the class. */
static enum rc probe(const struct insight_call *call, struct price_memo *memo,
                     const struct event *like, unsigned c, int64_t *ret,
                     struct why *why)
{
    struct event ev = *like;
    struct event_cost cost = {.priced = false};
    int64_t input = event_input_tokens(like);
    bool is_output = c >= TOKEN_OUTPUT;
    bool is_cache = c == TOKEN_CACHE_READ || c == TOKEN_CACHE_WRITE_5M ||
                    c == TOKEN_CACHE_WRITE_1H;

    for (unsigned k = 0; k < TOKEN__COUNT; k++) {
        ev.token[k] = 0;
    }
    if (!is_output && !is_cache) {
        ev.token[c] = input > PROBE ? input : PROBE;
    } else {
        ev.token[c] = PROBE;
        ev.token[TOKEN_INPUT] =
            is_output ? input : (input > PROBE ? input - PROBE : 0);
    }
    enum rc rc = cost_of_event(call->env->book, memo, &ev, &cost, why);
    if (rc != RC_OK || !cost.priced) {
        *ret = -1;
        return rc;
    }
    *ret = is_output  ? cost.output.pico
           : is_cache ? cost.cache.pico
                      : (int64_t)num_div_even((num_i128)cost.input.pico * PROBE,
                                              ev.token[c]);
    return RC_OK;
}

enum rc decide_rates(const struct insight_call *call, struct price_memo *memo,
                     const struct event *like, struct decide_rates *ret,
                     struct why *why)
{
    enum rc rc = RC_OK;

    *ret = (struct decide_rates){.is_known = call->env->book != NULL};
    for (unsigned c = 0; c < TOKEN__COUNT && ret->is_known && rc == RC_OK;
         c++) {
        rc = probe(call, memo, like, c, &ret->per_1000[c], why);
        ret->is_known = ret->per_1000[c] >= 0;
    }
    return rc;
}

num_i128 decide_at(num_i128 tokens, int64_t per_1000)
{
    return num_div_even(tokens * per_1000, PROBE);
}

/* ---- words ---- */

static const char *kept(const struct insight_call *call, struct buf *b)
{
    const char *text = str_cz(call->arena, buf_view(b));

    buf_fini(b);
    return text != NULL ? text : "?"; /* full; the report will say so */
}

const char *decide_usd(const struct insight_call *call, num_i128 pico)
{
    struct buf b;

    buf_init(&b, 128);
    say_usd(&b, pico);
    return kept(call, &b);
}

const char *decide_change(const struct insight_call *call, num_i128 pico)
{
    struct buf b;

    buf_init(&b, 128);
    say_usd_change(&b, pico);
    return kept(call, &b);
}

const char *decide_count(const struct insight_call *call, num_i128 n)
{
    struct buf b;

    buf_init(&b, 128);
    say_count(&b, n);
    return kept(call, &b);
}

const char *decide_percent(const struct insight_call *call, double share)
{
    struct buf b;

    buf_init(&b, 128);
    say_share(&b, share);
    return kept(call, &b);
}
