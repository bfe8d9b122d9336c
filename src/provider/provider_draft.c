#include "provider/provider_priv.h"

#include <string.h>

#include "base/check.h"
#include "event/event_provider.h"

/* ---- text ---- */

/* keep: a copy that lives as long as the sink; empty at its cap. */
static struct str keep(struct draft *d, struct str text)
{
    struct str kept = STR_EMPTY;
    text = str_utf8_cut(text, LIMIT_PROVIDER_WORD_MAX);
    if (str_dup(&d->sink->arena, text, &kept) != RC_OK) {
        d->sink->is_full = true;
    }
    return kept;
}

void draft_text(struct draft *d, struct str *field, struct str text)
{
    text = str_trim(text);
    if (text.n > 0 && !str_eq(*field, text)) {
        *field = keep(d, text);
    }
}

void draft_member(struct draft *d, struct str *field, const struct json *j)
{
    draft_text(d, field, json_str(j));
}

/* ---- extras ---- */

void draft_extra(struct draft *d, const struct provider_extra *extra,
                 bool is_of_usage)
{
    size_t i = 0;
    while (i < d->n_extra && !str_eq(d->extra[i].name, extra->name)) {
        i++;
    }
    if (i == LIMIT_PROVIDER_EXTRAS) {
        /* The last place then tells how many have none. */
        struct provider_extra *last = &d->extra[i - 1];
        bool is_first = !str_eq(last->name, STR("more_members"));
        *last = (struct provider_extra){.name = STR("more_members"),
                                        .value = is_first ? 2 : last->value + 1,
                                        .is_unknown = true};
        return;
    }
    struct provider_extra *e = &d->extra[i];
    if (i == d->n_extra) {
        *e = (struct provider_extra){.name = keep(d, extra->name)};
        d->n_extra++;
    }
    e->value = extra->value;
    e->is_unknown = extra->is_unknown;
    d->is_of_usage[i] = is_of_usage;
    if (!str_eq(e->text, extra->text)) {
        e->text = keep(d, extra->text);
    }
}

void draft_extra_n(struct draft *d, struct str name, double value)
{
    struct provider_extra extra = {.name = name, .value = value};
    draft_extra(d, &extra, false);
}

void draft_extra_text(struct draft *d, struct str name, struct str text)
{
    struct provider_extra extra = {.name = name, .text = str_trim(text)};
    if (extra.text.n > 0) {
        draft_extra(d, &extra, false);
    }
}

struct usage *draft_aside(struct draft *d, struct str model)
{
    struct aside *a = d->aside;
    if (a == NULL) {
        a = arena_array(&d->sink->arena, LIMIT_PROVIDER_ASIDES, sizeof *a);
        d->aside = a;
    }
    for (size_t i = 0; i < d->n_asides; i++) {
        if (str_eq(a[i].model, model)) {
            return &a[i].usage;
        }
    }
    if (a == NULL || d->n_asides == LIMIT_PROVIDER_ASIDES) {
        d->sink->is_full = true;
        return NULL;
    }
    a += d->n_asides++;
    *a = (struct aside){.model = keep(d, model)};
    return &a->usage;
}

/* ---- the tier that served ---- */

enum service_tier tier_of_word(struct str word)
{
    static const struct {
        struct str word;
        enum service_tier tier;
    } rows[] = {
        {STR_INIT("batch"), SERVICE_TIER_BATCH},
        {STR_INIT("flex"), SERVICE_TIER_FLEX},
        {STR_INIT("priority"), SERVICE_TIER_PRIORITY},
        {STR_INIT("fast"), SERVICE_TIER_PRIORITY},
        {STR_INIT("ultrafast"), SERVICE_TIER_PRIORITY},
    };
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        if (str_eq_nocase(word, rows[i].word)) {
            return rows[i].tier;
        }
    }
    return SERVICE_TIER_STANDARD;
}

/* ---- closing ---- */

void draft_as(struct draft *line, const struct draft *d,
              const struct dialect *dialect)
{
    *line = (struct draft){
        .sink = d->sink,
        .dialect = dialect,
        .vendor = d->vendor,
        .provider = d->provider,
        .requested_model = d->requested_model,
        .operation = dialect->operation,
    };
}

/* Who answered, where nobody said so: a model's name that is certain, else
 * the only one who speaks this dialect. */
static struct str provider_of(const struct draft *d, struct str model)
{
    struct str provider = d->provider;
    if (provider.n == 0) {
        provider = provider_of_model(model);
    }
    return provider.n > 0 ? provider : d->dialect->provider;
}

static bool is_worth_a_record(const struct draft *d)
{
    bool is_refused = d->status >= 400 || d->is_error;
    if (d->dialect == NULL || (!d->has_usage && !d->is_seen)) {
        return false;
    }
    /* A refusal before anything was generated is not billed. */
    return d->has_usage || d->has_output || !is_refused;
}

static struct provider_record *add_record(struct draft *d)
{
    struct draft_record *node = arena_alloc(&d->sink->arena, sizeof *node);
    if (node == NULL) {
        d->sink->is_full = true;
        return NULL;
    }
    *d->sink->last = node;
    d->sink->last = &node->next;
    d->sink->n++;
    return &node->record;
}

static void fill(struct draft *d, struct str model, const struct usage *usage,
                 struct provider_record *r)
{
    r->model = model.n > 0 ? model : d->requested_model;
    r->provider = provider_of(d, r->model);
    r->requested_model = d->requested_model;
    r->response_id = d->response_id;
    r->request_id = d->request_id;
    r->operation = d->operation;
    r->status =
        d->is_error || d->status >= 400 ? EVENT_STATUS_ERROR : EVENT_STATUS_OK;
    /* "auto" is what was asked for, in a stream that was cut. */
    if (!str_eq(d->tier_word, STR("auto"))) {
        r->tier_word = d->tier_word;
    }
    r->tier = tier_of_word(r->tier_word);
    r->has_unique_ids = vendor_find(r->provider)->has_unique_ids;
    d->is_clamped = false; /* each record has its own counts */
    usage_settle(d, usage, r);
    r->is_clamped = d->is_clamped;
}

/* The counts that decide what a call costs were told, and were the last. */
static bool is_complete(const struct draft *d)
{
    const struct usage *u = &d->usage;
    bool needs_output = d->dialect->needs_output &&
                        d->operation != OPERATION_EMBEDDINGS &&
                        d->operation != OPERATION_RERANK;
    bool has_headline = usage_has(u, SLOT_INPUT) &&
                        (usage_has(u, SLOT_OUTPUT) || !needs_output);
    return d->is_final && (has_headline || d->is_quantity) && !d->sink->is_full;
}

static void close_asides(struct draft *d, uint32_t part)
{
    for (size_t i = 0; i < d->n_asides; i++) {
        struct provider_record *r = add_record(d);
        if (r == NULL) {
            return;
        }
        fill(d, d->aside[i].model, &d->aside[i].usage, r);
        r->part = part++;
        r->is_complete = d->is_final && !d->sink->is_full;
    }
}

static void close_own(struct draft *d)
{
    struct provider_record *r = add_record(d);
    if (r == NULL) {
        return;
    }
    usage_add_all(&d->usage, &d->more);
    fill(d, d->model, &d->usage, r);
    if (r->web_searches < d->searches) {
        r->web_searches = d->searches;
    }
    r->is_complete = is_complete(d);
    struct provider_extra *extra =
        arena_array(&d->sink->arena, d->n_extra, sizeof *extra);
    if (extra == NULL) {
        d->sink->is_full = true;
        return;
    }
    if (d->n_extra > 0) {
        memcpy(extra, d->extra, d->n_extra * sizeof *extra);
    }
    r->extra = extra;
    r->n_extra = d->n_extra;
}

void draft_close(struct draft *d)
{
    if (!is_worth_a_record(d)) {
        return;
    }
    if (d->dialect->settle != NULL) {
        d->dialect->settle(d);
    }
    if (d->vendor->settle != NULL) {
        d->vendor->settle(d);
    }
    if (!d->is_replaced) {
        close_own(d);
    }
    close_asides(d, d->is_replaced ? 0 : 1);
}
