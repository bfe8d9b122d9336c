#include "provider/provider.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/why.h"

enum { ID_HASH_SEED = 20261129, NUMBER_MAX = 32 };

/* What an event can hold of a text from outside: whole characters, no zero
 * bytes; nothing when it is no text. */
static struct str fit(struct str text, size_t max)
{
    text = str_sub(text, 0, str_find_char(text, '\0', 0));
    text = str_utf8_cut(text, max);
    return str_utf8_ok(text) ? text : STR_EMPTY;
}

/* ---- id ---- */

/* The provider's own, as it stands: whoever else tells of the call, a trace or
 * the client itself, knows it by that.  One too long for an event keeps its
 * beginning, and a hash of it all. */
static enum rc set_id(const struct provider_record *r, struct arena *out,
                      struct event *ev, struct why *why)
{
    struct str own = r->response_id.n > 0 ? r->response_id : r->request_id;
    if (own.n == 0 || !r->has_unique_ids || fit(own, own.n).n < own.n) {
        return RC_OK; /* whoever takes in the event makes one */
    }
    struct str id =
        r->part == 0 ? own : str_fmt(out, "%.*s#%u", STR_ARG(own), r->part);
    if (id.n > LIMIT_ID_MAX) {
        struct str front = str_utf8_cut(id, LIMIT_ID_MAX - 17);
        id = str_fmt(out, "%.*s:%016llx", STR_ARG(front),
                     (unsigned long long)hash_64(id.p, id.n, ID_HASH_SEED));
    }
    if (id.n == 0) {
        return why_set(why, RC_LIMIT, "there is no room for a call's id");
    }
    ev->id = id;
    return RC_OK;
}

/* ---- tags ---- */

struct tags {
    struct event *ev;
    struct arena *out;
    uint32_t n_left;
    bool is_full; /* the arena */
};

/* An attribution is worth more than what a response says of itself, so that
 * only some of an event's tags are taken. */
static void add_tag(struct tags *t, struct str name, struct str value)
{
    name = fit(name, LIMIT_TAG_KEY_MAX);
    value = fit(value, LIMIT_TAG_VALUE_MAX);
    if (t->n_left > 0 && name.n > 0 && value.n > 0 &&
        event_tag_set(t->ev, name, value, NULL) == RC_OK) {
        t->n_left--;
    }
}

static struct str number_text(struct tags *t, double value)
{
    char digits[NUMBER_MAX];
    struct buf b = {.p = digits, .cap = sizeof digits, .max = sizeof digits};
    struct json_writer w;
    struct str text = STR_EMPTY;
    json_w_init(&w, &b);
    json_w_f64(&w, value);
    if (str_dup(t->out, buf_view(&b), &text) != RC_OK) {
        t->is_full = true;
    }
    return text;
}

/* What to know before one trusts the counts, in one tag. */
static void add_notes(struct tags *t, const struct provider_record *r,
                      double n_unknown)
{
    const struct {
        bool holds;
        const char *word;
    } notes[] = {
        {!r->is_complete, "incomplete"},
        {r->is_clamped, "parts_over_total"},
        {n_unknown > 0, "unknown_members"},
    };
    char text[64];
    struct buf b = {.p = text, .cap = sizeof text, .max = sizeof text};
    struct str kept = STR_EMPTY;
    for (size_t i = 0; i < ARRAY_N(notes); i++) {
        if (notes[i].holds) {
            buf_cz(&b, b.n > 0 ? "," : "");
            buf_cz(&b, notes[i].word);
        }
    }
    if (b.n > 0 && str_dup(t->out, buf_view(&b), &kept) != RC_OK) {
        t->is_full = true;
    }
    add_tag(t, STR("usage_note"), kept);
}

static bool says_something(const struct provider_extra *e)
{
    if (str_eq(e->name, STR("speed")) && str_eq(e->text, STR("standard"))) {
        return false;
    }
    return e->text.n > 0 || e->value > 0 || e->value < 0;
}

static void add_extras(struct tags *t, const struct provider_record *r)
{
    uint32_t n_untold = 0;
    for (size_t i = 0; i < r->n_extra; i++) {
        const struct provider_extra *e = &r->extra[i];
        if (!says_something(e)) {
            continue;
        }
        /* The last tag is for how many there was no room for. */
        if (t->n_left > 1) {
            add_tag(t, e->name,
                    e->text.n > 0 ? e->text : number_text(t, e->value));
        } else {
            n_untold++;
        }
    }
    if (n_untold > 0) {
        add_tag(t, STR("more_extras"), number_text(t, n_untold));
    }
}

static double count_unknown(const struct provider_record *r)
{
    double n = 0;
    for (size_t i = 0; i < r->n_extra; i++) {
        n += r->extra[i].is_unknown && says_something(&r->extra[i]);
    }
    return n;
}

static enum rc set_tags(const struct provider_record *r, struct arena *out,
                        struct event *ev, struct why *why)
{
    struct tags t = {.ev = ev, .out = out, .n_left = LIMIT_PROVIDER_TAGS};
    struct str tier = service_tier_name(r->tier);
    add_notes(&t, r, count_unknown(r));
    add_tag(&t, STR("request_id"), r->request_id);
    if (!r->has_unique_ids) {
        add_tag(&t, STR("response_id"), r->response_id);
    }
    if (!str_eq(r->tier_word, tier) && !str_eq(r->tier_word, STR("default"))) {
        add_tag(&t, STR("provider_tier"), r->tier_word);
    }
    add_extras(&t, r);
    return t.is_full ? why_set(why, RC_LIMIT, "there is no room for tags")
                     : RC_OK;
}

enum rc provider_to_event(const struct provider_record *record,
                          struct arena *out, struct event *ev, struct why *why)
{
    enum rc rc = set_id(record, out, ev, why);
    if (rc == RC_OK) {
        rc = set_tags(record, out, ev, why);
    }
    if (rc != RC_OK) {
        return rc;
    }
    ev->dim[DIM_PROVIDER] = fit(record->provider, LIMIT_DIM_MAX);
    ev->dim[DIM_MODEL] = fit(record->model, LIMIT_DIM_MAX);
    ev->dim[DIM_REQUESTED_MODEL] = fit(record->requested_model, LIMIT_DIM_MAX);
    ev->operation = record->operation;
    ev->status = record->status;
    ev->service_tier = record->tier;
    memcpy(ev->token, record->token, sizeof ev->token);
    ev->web_searches = record->web_searches;
    ev->has_reported_cost = record->has_reported_cost;
    ev->reported_cost = record->reported_cost;
    return RC_OK;
}
