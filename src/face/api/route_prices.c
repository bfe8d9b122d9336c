/* The price book: with `model`, what one call costs and why; without, the
 * rows. */
#include "base/json.h"
#include "base/limits.h"
#include "base/utc.h"
#include "base/why.h"
#include "event/event_check.h"
#include "event/event_provider.h"
#include "face/api/api_route.h"
#include "price/book.h"
#include "price/explain.h"

#define ROWS_DEFAULT 200

static void add_time(struct json_writer *w, int64_t us)
{
    struct buf text;

    if (us == PRICE_ALWAYS) {
        json_w_null(w);
        return;
    }
    buf_init(&text, 64);
    utc_add_text(&text, us);
    json_w_str(w, buf_view(&text));
    buf_fini(&text);
}

static void add_member(struct json_writer *w, const char *name, struct str s)
{
    json_w_key(w, str_from_cz(name));
    json_w_str(w, s);
}

static void add_prices(struct json_writer *w, const char *name,
                       const struct str price[PRICE_CLASS__COUNT])
{
    json_w_key(w, str_from_cz(name));
    json_w_obj(w);
    for (unsigned c = 0; c < PRICE_CLASS__COUNT; c++) {
        if (price[c].n > 0) {
            json_w_key(w, price_class_name(c));
            json_w_str(w, price[c]);
        }
    }
    json_w_obj_end(w);
}

static void add_row(struct json_writer *w, const struct book_row *row)
{
    json_w_obj(w);
    add_member(w, "id", row->id);
    add_member(w, "provider", row->provider);
    add_member(w, "model", row->model);
    add_member(w, "source", row->source);
    json_w_key(w, STR("from"));
    add_time(w, row->from_us);
    if (row->daily.n > 0) {
        add_member(w, "daily_utc", row->daily);
    }
    add_member(w, "service_tier", service_tier_name(row->tier));
    add_prices(w, "prices", row->price);
    if (row->above_tokens > 0) {
        json_w_key(w, STR("above_input_tokens"));
        json_w_i64(w, row->above_tokens);
        add_prices(w, "prices_above", row->above_price);
    }
    json_w_obj_end(w);
}

static void add_book(struct json_writer *w, const struct price_book *book)
{
    struct book_info info = book_info(book);

    json_w_key(w, STR("book"));
    json_w_obj(w);
    add_member(w, "source", info.source);
    add_member(w, "date", info.date);
    json_w_key(w, STR("providers"));
    json_w_i64(w, (int64_t)info.n_providers);
    json_w_key(w, STR("models"));
    json_w_i64(w, (int64_t)info.n_models);
    json_w_key(w, STR("rows"));
    json_w_i64(w, (int64_t)info.n_rows);
    json_w_key(w, STR("overrides"));
    json_w_i64(w, (int64_t)info.n_overrides);
    json_w_key(w, STR("discounts"));
    json_w_i64(w, (int64_t)info.n_discounts);
    json_w_obj_end(w);
}

/* ---- the rows ---- */

static enum rc read_count(const struct api_call *call, const char *name,
                          uint64_t fallback, uint64_t max, uint64_t *ret,
                          struct why *why)
{
    struct str text = api_param_value(call, name);

    *ret = fallback;
    if (text.n > 0 && (str_to_u64(text, ret) != RC_OK || *ret > max)) {
        return why_set(why, RC_INVALID,
                       "%s must be a whole number of at most %llu", name,
                       (unsigned long long)max);
    }
    return RC_OK;
}

static enum rc answer_rows(struct api_call *call, const struct price_book *book,
                           struct why *why)
{
    struct str provider = provider_fold(api_param_value(call, "provider"));
    struct json_writer w;
    struct book_row row;
    uint64_t limit;
    uint64_t n = 0;
    enum rc rc = read_count(call, "limit", ROWS_DEFAULT, LIMIT_PRICE_ROWS_MAX,
                            &limit, why);

    if (rc != RC_OK) {
        return rc;
    }
    json_w_init(&w, &call->response->body);
    json_w_obj(&w);
    add_book(&w, book);
    json_w_key(&w, STR("rows"));
    json_w_arr(&w);
    for (size_t i = 0; n < limit; i++) {
        rc = book_row(book, i, &call->arena, &row);
        if (rc != RC_OK) {
            break;
        }
        if (provider.n == 0 || str_eq(provider, row.provider)) {
            add_row(&w, &row);
            n++;
        }
    }
    json_w_arr_end(&w);
    json_w_key(&w, STR("truncated"));
    json_w_bool(&w, rc == RC_OK);
    json_w_obj_end(&w);
    buf_char(&call->response->body, '\n');
    return rc == RC_LIMIT ? why_set(why, rc, "the answer is too large") : RC_OK;
}

/* ---- one call ---- */

struct count_param {
    const char *name;
    enum token_kind kind;
};

/* Totals include their parts, as everywhere outside. */
static enum rc read_usage(const struct api_call *call, struct event *ev,
                          struct why *why)
{
    static const struct count_param part[] = {
        {"cache_read", TOKEN_CACHE_READ},
        {"cache_write", TOKEN_CACHE_WRITE_5M},
        {"cache_write_1h", TOKEN_CACHE_WRITE_1H},
        {"input_audio", TOKEN_INPUT_AUDIO},
        {"input_image", TOKEN_INPUT_IMAGE},
        {"reasoning", TOKEN_OUTPUT_REASONING},
        {"output_audio", TOKEN_OUTPUT_AUDIO},
        {"output_image", TOKEN_OUTPUT_IMAGE},
    };
    const uint64_t max = UINT64_C(1) << LIMIT_COUNT_BITS;
    uint64_t input = 0;
    uint64_t output = 0;
    uint64_t searches = 0;
    uint64_t n = 0;
    enum rc rc = read_count(call, "input", 0, max, &input, why);

    if (rc == RC_OK) {
        rc = read_count(call, "output", 0, max, &output, why);
    }
    if (rc == RC_OK) {
        rc = read_count(call, "web_searches", 0, max, &searches, why);
    }
    for (size_t i = 0; rc == RC_OK && i < ARRAY_N(part); i++) {
        rc = read_count(call, part[i].name, 0, max, &n, why);
        if (rc == RC_OK) {
            ev->token[part[i].kind] = (int64_t)n;
        }
    }
    if (rc != RC_OK) {
        return rc;
    }
    ev->web_searches = (int64_t)searches;
    if (ev->token[TOKEN_CACHE_WRITE_1H] > ev->token[TOKEN_CACHE_WRITE_5M]) {
        return why_set(why, RC_INVALID,
                       "cache_write_1h is a part of cache_write, so it cannot "
                       "be larger");
    }
    ev->token[TOKEN_CACHE_WRITE_5M] -= ev->token[TOKEN_CACHE_WRITE_1H];
    int64_t input_parts = event_input_tokens(ev);
    int64_t output_parts = event_output_tokens(ev);
    if (input_parts > (int64_t)input || output_parts > (int64_t)output) {
        return why_set(why, RC_INVALID,
                       "%s includes its parts, so it cannot be less than "
                       "their sum, %lld",
                       input_parts > (int64_t)input ? "input" : "output",
                       (long long)(input_parts > (int64_t)input
                                       ? input_parts
                                       : output_parts));
    }
    ev->token[TOKEN_INPUT] = (int64_t)input - input_parts;
    ev->token[TOKEN_OUTPUT] = (int64_t)output - output_parts;
    return RC_OK;
}

static enum rc read_call(const struct api_call *call, struct event *ev,
                         struct why *why)
{
    struct str provider = api_param_value(call, "provider");
    struct str at = api_param_value(call, "at");
    struct str tier = api_param_value(call, "tier");
    int64_t day;

    event_init(ev);
    ev->dim[DIM_MODEL] = api_param_value(call, "model");
    ev->dim[DIM_PROVIDER] = provider.n > 0
                                ? provider_fold(provider)
                                : provider_of_model(ev->dim[DIM_MODEL]);
    if (ev->dim[DIM_PROVIDER].n == 0) {
        return why_set(why, RC_INVALID,
                       "the provider of '%.*s' is not certain from its name; "
                       "say provider",
                       STR_ARG(ev->dim[DIM_MODEL]));
    }
    ev->ts_us = call->now_us;
    if (at.n > 0 && utc_parse_date(at, &day) == RC_OK) {
        ev->ts_us = day * UTC_US_PER_DAY;
    } else if (at.n > 0 && utc_parse(at, true, &ev->ts_us) != RC_OK) {
        return why_set(why, RC_INVALID,
                       "at '%.*s' is no date; write it as 2026-10-01",
                       STR_ARG(at));
    }
    if (tier.n > 0) {
        ev->service_tier = service_tier_from(tier);
        if (ev->service_tier == 0) {
            return why_set(why, RC_INVALID,
                           "tier '%.*s' is unknown; standard, batch, flex or "
                           "priority",
                           STR_ARG(tier));
        }
    }
    return read_usage(call, ev, why);
}

static void add_usd(struct json_writer *w, const char *name, struct usd usd)
{
    struct usd_sum sum = {0};
    struct buf text;

    usd_sum_add(&sum, usd);
    buf_init(&text, USD_TEXT_MAX);
    usd_add_text(&text, sum);
    add_member(w, name, buf_view(&text));
    buf_fini(&text);
}

static void add_line(struct json_writer *w, const struct cost_line *line)
{
    json_w_obj(w);
    add_member(w, "class", price_class_name(line->price_class));
    json_w_key(w, STR("count"));
    json_w_i64(w, line->count);
    add_member(w, "price", line->price);
    json_w_key(w, STR("per"));
    json_w_i64(w, line->per);
    add_member(w, "factor", line->factor);
    if (line->basis.n > 0) {
        add_member(w, "basis", line->basis);
    }
    add_usd(w, "amount", line->amount);
    json_w_obj_end(w);
}

static void add_outcome(struct json_writer *w, const struct event *ev,
                        const struct cost_explanation *x)
{
    json_w_key(w, STR("priced"));
    json_w_bool(w, x->cost.priced);
    json_w_key(w, STR("cost"));
    if (!x->cost.priced) {
        json_w_null(w);
        add_member(w, "unpriced", x->unpriced);
        return;
    }
    struct event copy = *ev;
    struct usd_sum sum = {0};
    struct buf text;

    copy.cost = x->cost;
    usd_sum_add(&sum, event_total_cost(&copy));
    buf_init(&text, USD_TEXT_MAX);
    usd_add_text(&text, sum);
    json_w_str(w, buf_view(&text));
    buf_fini(&text);
    add_usd(w, "cost_input", x->cost.input);
    add_usd(w, "cost_cache", x->cost.cache);
    add_usd(w, "cost_output", x->cost.output);
    add_usd(w, "cost_tools", x->cost.tools);
    json_w_key(w, STR("row"));
    add_row(w, &x->row);
    add_member(w, "matched_name", x->matched_name);
    add_member(w, "tier_factor", x->tier_factor);
    if (x->above_tokens > 0) {
        json_w_key(w, STR("above_input_tokens"));
        json_w_i64(w, x->above_tokens);
    }
    if (x->discount_percent.n > 0) {
        add_member(w, "discount_percent", x->discount_percent);
    }
}

static enum rc answer_call(struct api_call *call, struct price_book *book,
                           struct why *why)
{
    struct cost_explanation x;
    struct json_writer w;
    struct event ev;
    enum rc rc = read_call(call, &ev, why);

    if (rc == RC_OK) {
        rc = cost_explain(book, &ev, &call->arena, &x, why);
    }
    if (rc != RC_OK) {
        return rc;
    }
    json_w_init(&w, &call->response->body);
    json_w_obj(&w);
    add_member(&w, "provider", ev.dim[DIM_PROVIDER]);
    add_member(&w, "model", ev.dim[DIM_MODEL]);
    json_w_key(&w, STR("at"));
    add_time(&w, ev.ts_us);
    add_member(&w, "service_tier", service_tier_name(ev.service_tier));
    add_outcome(&w, &ev, &x);
    json_w_key(&w, STR("lines"));
    json_w_arr(&w);
    for (size_t i = 0; i < x.n_lines; i++) {
        add_line(&w, &x.line[i]);
    }
    json_w_arr_end(&w);
    json_w_key(&w, STR("caveats"));
    json_w_arr(&w);
    for (size_t i = 0; i < x.n_caveats; i++) {
        json_w_str(&w, x.caveat[i]);
    }
    json_w_arr_end(&w);
    add_book(&w, book);
    json_w_obj_end(&w);
    buf_char(&call->response->body, '\n');
    return RC_OK;
}

static enum rc answer(struct api_call *call, struct why *why)
{
    struct price_book *book = call->env->book(call->env->arg);
    enum rc rc = api_param_value(call, "model").n > 0
                     ? answer_call(call, book, why)
                     : answer_rows(call, book, why);

    book_unref(&book);
    return rc;
}

static const struct api_param params[] = {
    {"model", "price a call of this model; without it the rows are listed"},
    {"provider", "whose; found from the model's name where that is certain"},
    {"input", "input tokens, parts included"},
    {"cache_read", "of those, read from cache"},
    {"cache_write", "of those, written to cache, both lifetimes"},
    {"cache_write_1h", "of those, with the one-hour lifetime"},
    {"input_audio", "of the input, audio"},
    {"input_image", "of the input, images"},
    {"output", "output tokens, parts included"},
    {"reasoning", "of those, reasoning"},
    {"output_audio", "of the output, audio"},
    {"output_image", "of the output, images"},
    {"web_searches", "searches that bear a fee"},
    {"tier", "standard, batch, flex or priority"},
    {"at", "when the call was made; now unless said"},
    {"limit", "rows listed"},
};

const struct api_route api_route_prices = {
    .path = "/api/prices",
    .needs_store = false,
    .doc = "what a call costs and why, or the price book's rows",
    .hint = "docs/pricing.md states the rules",
    .param = params,
    .n_params = ARRAY_N(params),
    .answer = answer,
};
