#include "event/event_json.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/utc.h"
#include "event/event_json_priv.h"
#include "event/event_priv.h"

/* Times and money are written as strings of signs that need no escape. */
static void add_time(struct json_writer *w, struct str name, int64_t us)
{
    json_w_key(w, name);
    struct buf text;
    buf_init(&text, 64);
    utc_add_text(&text, us);
    json_w_str(w, buf_view(&text));
    buf_fini(&text);
}

static void add_usd(struct json_writer *w, struct str name, struct usd usd)
{
    json_w_key(w, name);
    struct usd_sum sum = {0};
    usd_sum_add(&sum, usd);
    struct buf text;
    buf_init(&text, USD_TEXT_MAX);
    usd_add_text(&text, sum);
    json_w_str(w, buf_view(&text));
    buf_fini(&text);
}

static void add_str(struct json_writer *w, struct str name, struct str s)
{
    json_w_key(w, name);
    json_w_str(w, s);
}

static void add_i64(struct json_writer *w, struct str name, int64_t n)
{
    json_w_key(w, name);
    json_w_i64(w, n);
}

static void add_dim(struct json_writer *w, const struct event *ev, enum dim d)
{
    /* Absent, requested_model is the model. */
    bool is_default =
        d == DIM_REQUESTED_MODEL && str_eq(ev->dim[d], ev->dim[DIM_MODEL]);
    if (ev->dim[d].n > 0 && !is_default) {
        add_str(w, dim_name(d), ev->dim[d]);
    }
}

static void add_choice(struct json_writer *w, const struct event *ev,
                       enum choice c, bool has_environment)
{
    const struct choice_set *set = &choice_table[c];
    uint32_t value = choice_get(ev, c);
    /* One that was named is written also when it is the default: left out,
     * rules of the ledger that reads this could choose another. */
    if (value != set->absent || (c == CHOICE_ENVIRONMENT && has_environment)) {
        add_str(w, set->field, set->names[value]);
    }
}

static void add_tags(struct json_writer *w, const struct event *ev)
{
    json_w_key(w, STR("tags"));
    json_w_obj(w);
    for (uint32_t i = 0; i < ev->n_tags; i++) {
        add_str(w, ev->tag[i].key, ev->tag[i].value);
    }
    json_w_obj_end(w);
}

/* add_field: one member, unless it is at its default. */
static void add_field(struct json_writer *w, const struct event_field *field,
                      const struct event *ev, const int64_t count[COUNT__COUNT],
                      bool has_environment)
{
    struct str name = field->name;
    int64_t ms = field->which == MS_LATENCY ? ev->latency_ms : ev->ttft_ms;
    switch (field->kind) {
    case FIELD_KIND_ID:
        if (ev->id.n > 0) {
            add_str(w, name, ev->id);
        }
        break;
    case FIELD_KIND_TS:
        add_time(w, name, ev->ts_us);
        break;
    case FIELD_KIND_DIM:
        add_dim(w, ev, (enum dim)field->which);
        break;
    case FIELD_KIND_CHOICE:
        add_choice(w, ev, (enum choice)field->which, has_environment);
        break;
    case FIELD_KIND_COUNT:
        if (count[field->which] != 0) {
            add_i64(w, name, count[field->which]);
        }
        break;
    case FIELD_KIND_MS:
        if (ms >= 0) {
            add_i64(w, name, ms);
        }
        break;
    case FIELD_KIND_ATTEMPT:
        if (ev->attempt != 1) {
            add_i64(w, name, ev->attempt);
        }
        break;
    case FIELD_KIND_REPORTED_COST:
        if (ev->has_reported_cost) {
            add_usd(w, name, ev->reported_cost);
        }
        break;
    case FIELD_KIND_TAGS:
        if (ev->n_tags > 0) {
            add_tags(w, ev);
        }
        break;
    case FIELD_KIND_EXPORT: /* add_export writes those */
        break;
    }
}

/* What toll adds to the event.  Without a price the cost is null, never
 * zero, and has no parts. */
static void add_export(struct json_writer *w, const struct event *ev)
{
    const struct event_cost *cost = &ev->cost;
    if (cost->priced) {
        add_usd(w, STR("cost"), event_total_cost(ev));
        add_usd(w, STR("cost_input"), cost->input);
        add_usd(w, STR("cost_cache"), cost->cache);
        add_usd(w, STR("cost_output"), cost->output);
        add_usd(w, STR("cost_tools"), cost->tools);
    } else {
        json_w_key(w, STR("cost"));
        json_w_null(w);
    }
    json_w_key(w, STR("priced"));
    json_w_bool(w, cost->priced);
    if (cost->priced) {
        add_str(w, STR("price"), cost->price_id);
    }
    add_str(w, STR("source"), event_source_name(ev->source));
    add_time(w, STR("arrival"), ev->arrival_us);
}

static void add_fields(struct json_writer *w, const struct event *ev,
                       bool has_environment)
{
    int64_t count[COUNT__COUNT];
    counts_from_event(ev, count);
    for (uint32_t f = FIELD_NONE + 1; f < FIELD__COUNT; f++) {
        add_field(w, &field_table[f], ev, count, has_environment);
    }
}

void event_add_json(struct buf *b, const struct event *ev)
{
    struct json_writer w;
    json_w_init(&w, b);
    json_w_obj(&w);
    add_fields(&w, ev, true);
    add_export(&w, ev);
    json_w_obj_end(&w);
}

void event_add_json_as_sent(struct buf *b, const struct event *ev,
                            bool has_environment)
{
    struct json_writer w;
    json_w_init(&w, b);
    json_w_obj(&w);
    add_fields(&w, ev, has_environment);
    json_w_obj_end(&w);
}
