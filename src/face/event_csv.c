#include "face/event_csv.h"

#include "base/buf.h"
#include "base/csv.h"
#include "base/json.h"
#include "base/utc.h"
#include "event/event.h"

/* The columns in order; dimensions follow ts, one each. */
static const char *const before_dims[] = {"id", "ts"};
static const char *const after_dims[] = {
    "operation",
    "environment",
    "status",
    "service_tier",
    "attempt",
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "cache_write_1h_tokens",
    "input_audio_tokens",
    "input_image_tokens",
    "output_tokens",
    "reasoning_tokens",
    "output_audio_tokens",
    "output_image_tokens",
    "web_searches",
    "latency_ms",
    "ttft_ms",
    "tags",
    "reported_cost",
    "cost",
    "cost_input",
    "cost_cache",
    "cost_output",
    "cost_tools",
    "priced",
    "price",
    "source",
    "arrival",
};

void event_csv_add_header(struct buf *b)
{
    for (size_t i = 0; i < ARRAY_N(before_dims); i++) {
        buf_fmt(b, "%s%s", i > 0 ? "," : "", before_dims[i]);
    }
    for (int d = 0; d < DIM__COUNT; d++) {
        buf_char(b, ',');
        buf_str(b, dim_name((enum dim)d));
    }
    for (size_t i = 0; i < ARRAY_N(after_dims); i++) {
        buf_fmt(b, ",%s", after_dims[i]);
    }
    buf_cz(b, "\r\n");
}

static void add_text(struct buf *b, struct str s)
{
    buf_char(b, ',');
    csv_add_cell(b, s, ',', true);
}

static void add_count(struct buf *b, int64_t n)
{
    buf_char(b, ',');
    buf_i64(b, n);
}

static void add_usd(struct buf *b, bool has, struct usd usd)
{
    struct usd_sum sum = {0};

    buf_char(b, ',');
    if (has) {
        usd_sum_add(&sum, usd);
        usd_add_text(b, sum);
    }
}

static void add_optional(struct buf *b, int64_t n)
{
    buf_char(b, ',');
    if (n >= 0) {
        buf_i64(b, n);
    }
}

static void add_tags(struct buf *b, const struct event *ev)
{
    struct json_writer w;
    struct buf json;

    if (ev->n_tags == 0) {
        buf_char(b, ',');
        return;
    }
    buf_init(&json, 64 * 1024);
    json_w_init(&w, &json);
    json_w_obj(&w);
    for (uint32_t i = 0; i < ev->n_tags; i++) {
        json_w_key(&w, ev->tag[i].key);
        json_w_str(&w, ev->tag[i].value);
    }
    json_w_obj_end(&w);
    add_text(b, buf_view(&json));
    buf_fini(&json);
}

static void add_counts(struct buf *b, const struct event *ev)
{
    add_count(b, ev->attempt);
    add_count(b, event_input_tokens(ev));
    add_count(b, ev->token[TOKEN_CACHE_READ]);
    add_count(b, event_cache_write_tokens(ev));
    add_count(b, ev->token[TOKEN_CACHE_WRITE_1H]);
    add_count(b, ev->token[TOKEN_INPUT_AUDIO]);
    add_count(b, ev->token[TOKEN_INPUT_IMAGE]);
    add_count(b, event_output_tokens(ev));
    add_count(b, ev->token[TOKEN_OUTPUT_REASONING]);
    add_count(b, ev->token[TOKEN_OUTPUT_AUDIO]);
    add_count(b, ev->token[TOKEN_OUTPUT_IMAGE]);
    add_count(b, ev->web_searches);
    add_optional(b, ev->latency_ms);
    add_optional(b, ev->ttft_ms);
}

static void add_cost(struct buf *b, const struct event *ev)
{
    const struct event_cost *c = &ev->cost;

    add_usd(b, ev->has_reported_cost, ev->reported_cost);
    add_usd(b, c->priced, c->priced ? event_total_cost(ev) : c->input);
    add_usd(b, c->priced, c->input);
    add_usd(b, c->priced, c->cache);
    add_usd(b, c->priced, c->output);
    add_usd(b, c->priced, c->tools);
    buf_cz(b, c->priced ? ",true" : ",false");
    add_text(b, c->price_id);
}

void event_csv_add(struct buf *b, const struct event *ev)
{
    csv_add_cell(b, ev->id, ',', true);
    buf_char(b, ',');
    utc_add_text(b, ev->ts_us);
    for (int d = 0; d < DIM__COUNT; d++) {
        add_text(b, ev->dim[d]);
    }
    add_text(b, operation_name(ev->operation));
    add_text(b, environment_name(ev->environment));
    add_text(b, event_status_name(ev->status));
    add_text(b, service_tier_name(ev->service_tier));
    add_counts(b, ev);
    add_tags(b, ev);
    add_cost(b, ev);
    add_text(b, event_source_name(ev->source));
    buf_char(b, ',');
    utc_add_text(b, ev->arrival_us);
    buf_cz(b, "\r\n");
}
