/* The price book: with `model`, what one call costs and why; without, the
 * rows. */
#include "base/json.h"
#include "base/limits.h"
#include "base/utc.h"
#include "base/why.h"
#include "event/event_check.h"
#include "event/event_provider.h"
#include "face/api/api_route.h"
#include "face/api/price_json.h"
#include "price/book.h"
#include "price/explain.h"

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
    price_json_text(w, name, buf_view(&text));
    buf_fini(&text);
}

static void add_line(struct json_writer *w, const struct cost_line *line)
{
    json_w_obj(w);
    price_json_text(w, "class", price_class_name(line->price_class));
    json_w_key(w, STR("count"));
    json_w_i64(w, line->count);
    price_json_text(w, "price", line->price);
    json_w_key(w, STR("per"));
    json_w_i64(w, line->per);
    price_json_text(w, "factor", line->factor);
    if (line->basis.n > 0) {
        price_json_text(w, "basis", line->basis);
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
        price_json_text(w, "unpriced", x->unpriced);
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
    json_w_obj(w);
    price_json_row(w, &x->row);
    json_w_obj_end(w);
    price_json_text(w, "matched_name", x->matched_name);
    price_json_text(w, "tier_factor", x->tier_factor);
    if (x->above_tokens > 0) {
        json_w_key(w, STR("above_input_tokens"));
        json_w_i64(w, x->above_tokens);
    }
    if (x->discount_percent.n > 0) {
        price_json_text(w, "discount_percent", x->discount_percent);
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
    price_json_text(&w, "provider", ev.dim[DIM_PROVIDER]);
    price_json_text(&w, "model", ev.dim[DIM_MODEL]);
    price_json_time(&w, "at", ev.ts_us);
    price_json_text(&w, "service_tier", service_tier_name(ev.service_tier));
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
    price_json_book(&w, book, call->now_us);
    json_w_obj_end(&w);
    buf_char(&call->response->body, '\n');
    return RC_OK;
}

static enum rc answer(struct api_call *call, struct why *why)
{
    bool is_call = api_param_value(call, "model").n > 0;

    if (!is_call && call->reader == NULL) {
        return why_set(why, RC_INVALID, "model is given more than once");
    }
    struct price_book *book = call->env->book(call->env->arg);
    enum rc rc =
        is_call ? answer_call(call, book, why) : price_list(call, book, why);
    book_unref(&book);
    return rc;
}

static const struct api_param params[] = {
    {"model", "price a call of this model; without it the rows are listed"},
    {"provider", "whose; found from the model's name where that is certain; "
                 "of the list: only that one's"},
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
    {"search", "of the list: rows whose model has these letters in its name"},
    {"used", "of the list: 1 for what the ledger used in the last 90 days"},
    {"current", "of the list: 1 for rows in force"},
    {"limit", "of the list: rows; 200 unless said"},
    {"offset", "of the list: rows passed over"},
};

const struct api_route api_route_prices = {
    .path = "/api/prices",
    .needs_store = true,
    .storeless = "model",
    .doc = "what a call costs and why, or the price book as a list",
    .hint = "docs/pricing.md states the rules",
    .param = params,
    .n_params = ARRAY_N(params),
    .answer = answer,
};
