#include "capture/otlp/otlp_map.h"

#include "base/buf.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/utc.h"
#include "base/why.h"
#include "capture/otlp/otlp_conv.h"
#include "capture/otlp/otlp_names.h"
#include "event/event_check.h"
#include "event/event_provider.h"

#include <string.h>

/* gen_ai.operation.name, as specified and as seen. */
static const struct {
    struct str name;
    enum otlp_role role;
    enum operation operation;
} operations[] = {
    {STR_INIT("chat"), OTLP_ROLE_CALL, OPERATION_CHAT},
    {STR_INIT("text_completion"), OTLP_ROLE_CALL, OPERATION_CHAT},
    {STR_INIT("generate_content"), OTLP_ROLE_CALL, OPERATION_CHAT},
    {STR_INIT("completion"), OTLP_ROLE_CALL, OPERATION_CHAT},
    {STR_INIT("generate"), OTLP_ROLE_CALL, OPERATION_CHAT},
    {STR_INIT("responses"), OTLP_ROLE_CALL, OPERATION_CHAT},
    {STR_INIT("llm_call"), OTLP_ROLE_CALL, OPERATION_CHAT},
    {STR_INIT("embeddings"), OTLP_ROLE_CALL, OPERATION_EMBEDDINGS},
    {STR_INIT("embedding"), OTLP_ROLE_CALL, OPERATION_EMBEDDINGS},
    {STR_INIT("rerank"), OTLP_ROLE_CALL, OPERATION_RERANK},
    {STR_INIT("image_generation"), OTLP_ROLE_CALL, OPERATION_IMAGE},
    {STR_INIT("transcription"), OTLP_ROLE_CALL, OPERATION_AUDIO},
    {STR_INIT("speech"), OTLP_ROLE_CALL, OPERATION_AUDIO},
    {STR_INIT("realtime"), OTLP_ROLE_CALL, OPERATION_AUDIO},
};

static bool has_usage(const struct otlp_counts *c)
{
    return otlp_counts_has(c, OTLP_INPUT) || otlp_counts_has(c, OTLP_OUTPUT) ||
           otlp_counts_has(c, OTLP_CACHE_READ) ||
           otlp_counts_has(c, OTLP_CACHE_WRITE);
}

/* An operation that is not in the table (invoke_agent, execute_tool, plan, a
 * memory's) repeats what is below it, if it states usage at all.  Without an
 * operation a span that names a model is a call. */
enum otlp_role otlp_role_of_operation(const struct otlp_reading *r)
{
    struct str name = otlp_field_text(r, OTLP_OPERATION);
    bool has_model =
        r->value[OTLP_MODEL] != NULL || r->value[OTLP_REQUESTED_MODEL] != NULL;

    for (size_t i = 0; i < ARRAY_N(operations); i++) {
        if (str_eq(name, operations[i].name)) {
            r->note->ev.operation = operations[i].operation;
            return operations[i].role;
        }
    }
    if (name.n == 0 && has_model && has_usage(&r->counts)) {
        return OTLP_ROLE_CALL;
    }
    return OTLP_ROLE_SUM;
}

/* ---- the call itself ---- */

/* "openai.chat", "google.vertex.anthropic": what no alias knows is known by
 * its first words. */
static struct str provider_of(const struct otlp_reading *r)
{
    struct str name = otlp_field_text(r, OTLP_PROVIDER);
    struct str folded = provider_fold(name);
    struct str address = otlp_field_text(r, OTLP_ADDRESS);

    if (str_eq_nocase(name, STR("gcp.gen_ai")) &&
        str_find(address, STR("aiplatform"), 0) != SIZE_MAX) {
        return STR("vertex");
    }
    if (str_starts(name, STR("google.vertex"))) {
        return STR("vertex");
    }
    for (size_t n = folded.n; folded.p == name.p && n-- > 0;) {
        if (name.p[n] == '.') {
            folded = provider_fold(str_sub(name, 0, n));
        }
    }
    /* A single word without a dot is whoever it is. */
    return folded;
}

static int64_t millis_of(const struct otlp_value *value, double scale)
{
    double real = -1.0;

    if (value == NULL) {
        return -1;
    }
    if (value->kind == OTLP_WHOLE) {
        real = (double)value->whole;
    } else if (value->kind == OTLP_REAL) {
        real = value->real;
    } else if (value->kind == OTLP_TEXT &&
               str_to_f64(str_trim(value->text), &real) != RC_OK) {
        return -1;
    }
    real *= scale;
    return real >= 0.0 && real < (double)EVENT_COUNT_MAX ? (int64_t)real : -1;
}

static uint64_t time_of(const struct otlp_log *log)
{
    return log->time_ns > 0 ? log->time_ns : log->observed_ns;
}

/* -1: unknown, also when the end cannot be one. */
static int64_t span_millis(const struct otlp_span *span)
{
    uint64_t ms = (span->end_ns - span->start_ns) / 1000000;

    return span->start_ns > 0 && span->end_ns >= span->start_ns &&
                   ms <= EVENT_COUNT_MAX
               ? (int64_t)ms
               : -1;
}

static void read_times(struct otlp_reading *r)
{
    struct event *ev = &r->note->ev;
    int64_t stated_us = 0;

    if (r->span != NULL) {
        ev->ts_us = (int64_t)(r->span->start_ns / 1000);
        ev->latency_ms = span_millis(r->span);
    } else {
        ev->ts_us = (int64_t)(time_of(r->log) / 1000);
        if (r->log->time_ns == 0 &&
            utc_parse(otlp_field_text(r, OTLP_TIMESTAMP), true, &stated_us) ==
                RC_OK) {
            ev->ts_us = stated_us;
        }
        ev->latency_ms = millis_of(r->value[OTLP_DURATION_MS], 1.0);
    }
    if (ev->ts_us == 0) {
        ev->ts_us = r->now_us;
    }
    if (ev->ttft_ms < 0) {
        ev->ttft_ms = r->value[OTLP_TTFT_MS] != NULL
                          ? millis_of(r->value[OTLP_TTFT_MS], 1.0)
                          : millis_of(r->value[OTLP_TTFT_S], 1000.0);
    }
}

static void read_status(struct otlp_reading *r)
{
    struct str error = otlp_field_text(r, OTLP_ERROR);
    struct event *ev = &r->note->ev;

    if (r->span != NULL && r->span->status != 2 && error.n == 0) {
        return;
    }
    if (r->span == NULL && error.n == 0) {
        return;
    }
    bool is_cancel = str_find(error, STR("ancel"), 0) != SIZE_MAX ||
                     str_find(error, STR("Abort"), 0) != SIZE_MAX;
    ev->status = is_cancel ? EVENT_STATUS_CANCELLED : EVENT_STATUS_ERROR;
    otlp_tag(r->note, STR("error"), error);
}

static void read_tier(struct otlp_reading *r)
{
    struct str text = otlp_field_text(r, OTLP_TIER);
    enum service_tier tier = service_tier_from(text);

    if (tier != 0) {
        r->note->ev.service_tier = tier;
    } else if (text.n > 0 && !str_eq(text, STR("default")) &&
               !str_eq(text, STR("auto"))) {
        otlp_tag(r->note, STR("service_tier"), text);
    }
}

/* Only a second opinion beside the price book's: one that cannot be read, as
 * "None" or a NaN, must not cost the call. */
static void read_cost(struct otlp_reading *r)
{
    struct event *ev = &r->note->ev;
    struct usd usd = {0};
    int64_t micros = 0;

    if (r->value[OTLP_COST_MICROS] != NULL &&
        otlp_count(r->value[OTLP_COST_MICROS], &micros) == RC_OK &&
        micros <= INT64_MAX / 1000000) {
        ev->has_reported_cost = true;
        ev->reported_cost = (struct usd){micros * 1000000};
        return;
    }
    if (r->value[OTLP_COST] == NULL) {
        return;
    }
    if (otlp_money(r->value[OTLP_COST], &usd) != RC_OK) {
        otlp_tag(r->note, STR("otlp_note"), STR("cost_unreadable"));
        return;
    }
    ev->has_reported_cost = true;
    ev->reported_cost = usd;
}

static void read_models(struct otlp_reading *r)
{
    struct event *ev = &r->note->ev;
    struct str model = otlp_field_text(r, OTLP_MODEL);
    struct str requested = otlp_field_text(r, OTLP_REQUESTED_MODEL);
    struct str provider = provider_of(r);
    struct str id = otlp_field_text(r, OTLP_RESPONSE_ID);

    ev->dim[DIM_MODEL] =
        str_utf8_cut(model.n > 0 ? model : requested, LIMIT_DIM_MAX);
    ev->dim[DIM_REQUESTED_MODEL] = str_utf8_cut(requested, LIMIT_DIM_MAX);
    if (provider.n > 0 && ev->dim[DIM_PROVIDER].n == 0) {
        ev->dim[DIM_PROVIDER] = str_utf8_cut(provider, LIMIT_DIM_MAX);
    }
    if (id.n <= LIMIT_ID_MAX && !str_eq(provider, STR("ollama")) &&
        !provider_id_repeats(id)) {
        ev->id = id;
    }
}

static enum rc check_time(const struct event *ev, int64_t now_us,
                          struct why *why)
{
    if (ev->ts_us < EVENT_TS_MIN_US || ev->ts_us > now_us + UTC_US_PER_HOUR) {
        return why_set(why, RC_RANGE,
                       "its time is before 2020 or over an hour ahead");
    }
    return RC_OK;
}

/* The names all share for what is no count. */
static void gather_texts(struct otlp_reading *r)
{
    for (size_t i = 0; i < otlp_conv_genai.n_rules; i++) {
        const struct otlp_rule *rule = &otlp_conv_genai.rule[i];
        if (rule->field >= OTLP_COUNTS_END) {
            otlp_gather(r, rule, 1);
        }
    }
}

static bool has_headline(const struct otlp_counts *c)
{
    return otlp_counts_has(c, OTLP_INPUT) || otlp_counts_has(c, OTLP_OUTPUT);
}

/* What the convention says of usage, in the event's classes. */
static enum rc read_usage(struct otlp_reading *r, const struct otlp_conv *conv,
                          struct why *why)
{
    otlp_gather(r, conv->rule, conv->n_rules);
    enum rc rc = otlp_read_counts(r, why);
    /* A family without counts of its own may stand beside the common one. */
    if (rc == RC_OK && !has_headline(&r->counts) &&
        r->value[OTLP_USAGE_TEXT] == NULL) {
        otlp_gather(r, otlp_conv_genai.rule, otlp_conv_genai.n_rules);
        rc = otlp_read_counts(r, why);
    } else {
        gather_texts(r);
    }
    if (rc != RC_OK) {
        return rc;
    }
    r->note->role = otlp_role_of_operation(r);
    if (conv->finish != NULL) {
        rc = conv->finish(r, why);
    }
    if (rc != RC_OK || r->is_ignored) {
        return rc;
    }
    if (r->note->role == OTLP_ROLE_SUM && !has_usage(&r->counts)) {
        r->note->role = OTLP_ROLE_NONE;
    }
    return rc;
}

static enum rc read_call(struct otlp_reading *r, struct why *why)
{
    struct otlp_note *note = r->note;

    if (!otlp_usage_to_event(&r->counts, &note->ev)) {
        otlp_tag(note, STR("otlp_note"), STR("counts_do_not_add_up"));
    } else if (!has_usage(&r->counts)) {
        otlp_tag(note, STR("otlp_note"), STR("usage_unknown"));
    }
    if (note->role == OTLP_ROLE_SUM) {
        note->ev.operation = OPERATION_OTHER;
    }
    int64_t attempt = 0;
    if (r->value[OTLP_ATTEMPT] != NULL &&
        otlp_count(r->value[OTLP_ATTEMPT], &attempt) == RC_OK && attempt > 0 &&
        attempt < 1000) {
        note->ev.attempt = (uint32_t)attempt;
    }
    /* What is refused later than here was acknowledged. */
    if (event_input_tokens(&note->ev) > EVENT_COUNT_MAX ||
        event_output_tokens(&note->ev) > EVENT_COUNT_MAX) {
        return why_set(why, RC_RANGE, "its counts add up to over 2^%d",
                       LIMIT_COUNT_BITS);
    }
    read_models(r);
    read_tier(r);
    read_cost(r);
    return RC_OK;
}

static enum rc read_all(struct otlp_reading *r, struct why *why)
{
    const struct otlp_conv *conv = otlp_conv_find(r);
    enum rc rc = RC_OK;

    event_init(&r->note->ev);
    r->note->ev.source = EVENT_SOURCE_OTLP;
    r->note->role = OTLP_ROLE_NONE;
    if (conv != NULL) {
        rc = read_usage(r, conv, why);
    }
    if (rc == RC_OK && (r->is_ignored || (conv == NULL && r->span == NULL))) {
        return RC_NOT_FOUND;
    }
    if (rc == RC_OK && r->note->role != OTLP_ROLE_NONE) {
        rc = read_call(r, why);
    }
    if (rc != RC_OK) {
        return rc;
    }
    read_times(r);
    otlp_read_names(r);
    if (r->note->role == OTLP_ROLE_NONE) {
        r->note->ev.ts_us = r->now_us; /* not counted, so never refused */
        r->note->ev.latency_ms = -1;
        return RC_OK;
    }
    read_status(r);
    return check_time(&r->note->ev, r->now_us, why);
}

/* ---- spans ---- */

enum rc otlp_map_span(const struct otlp_span *span, int64_t now_us,
                      struct arena *arena, struct otlp_note *ret_note,
                      struct why *why)
{
    struct otlp_note note = {.role = OTLP_ROLE_NONE};
    struct otlp_reading r = {.span = span,
                             .attrs = span->attrs,
                             .origin = span->origin,
                             .arena = arena,
                             .now_us = now_us,
                             .note = &note};

    if (span->fault != NULL) {
        return why_set(why, RC_INVALID, "%s", span->fault);
    }
    memcpy(note.trace_id, span->trace_id, sizeof note.trace_id);
    memcpy(note.span_id, span->span_id, sizeof note.span_id);
    memcpy(note.parent_id, span->parent_id, sizeof note.parent_id);
    enum rc rc = read_all(&r, why);
    if (rc == RC_OK) {
        *ret_note = note;
    }
    return rc;
}

static void add_hex(char *to, const unsigned char *from, size_t n)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < n; i++) {
        to[2 * i] = digits[from[i] >> 4];
        to[2 * i + 1] = digits[from[i] & 15];
    }
}

struct str otlp_span_event_id(const unsigned char trace_id[OTLP_TRACE_BYTES],
                              const unsigned char span_id[OTLP_SPAN_BYTES],
                              struct arena *arena)
{
    char trace[2 * OTLP_TRACE_BYTES];
    char span[2 * OTLP_SPAN_BYTES];

    add_hex(trace, trace_id, OTLP_TRACE_BYTES);
    add_hex(span, span_id, OTLP_SPAN_BYTES);
    return str_fmt(arena, "otlp:%.*s:%.*s", (int)sizeof trace, trace,
                   (int)sizeof span, span);
}

/* ---- log records ---- */

/* The record's own name, an attribute's, or a body that looks like one. */
static struct str event_name_of(const struct otlp_log *log,
                                struct otlp_reading *r)
{
    struct str name = log->event_name;
    struct str scope = STR("com.anthropic.claude_code.events");

    if (name.n == 0) {
        name = otlp_attr_text(r, STR("event.name"));
    }
    if (name.n == 0 && str_find_char(log->body, ' ', 0) == SIZE_MAX &&
        str_find_char(log->body, '.', 0) != SIZE_MAX) {
        name = log->body;
    }
    if (str_eq(log->origin->scope, scope) &&
        str_find_char(name, '.', 0) == SIZE_MAX) {
        name = str_fmt(r->arena, "claude_code.%.*s", STR_ARG(name));
    }
    return name;
}

/* Without an id of the provider's: the same record sent again has the same
 * attributes, time and span.  The span alone names none: an agent's turn, in
 * which many responses come, is one. */
static struct str id_of_content(const struct otlp_log *log,
                                struct otlp_reading *r)
{
    uint64_t ns = time_of(log);
    uint64_t hash = hash_64(&ns, sizeof ns, 1);

    if (log->has_span) {
        hash = hash_64(log->trace_id, sizeof log->trace_id, hash);
        hash = hash_64(log->span_id, sizeof log->span_id, hash);
    }
    for (size_t i = 0; i < log->attrs.n; i++) {
        const struct otlp_attr *at = &log->attrs.at[i];
        struct str text = otlp_text(&at->value, r->arena);
        hash = hash_64(at->key.p, at->key.n, hash);
        hash = text.n > 0 ? hash_64(text.p, text.n, hash) : hash + 1;
    }
    return str_fmt(r->arena, "otlp:log:%016llx", (unsigned long long)hash);
}

enum rc otlp_map_log(const struct otlp_log *log, int64_t now_us,
                     struct arena *arena, struct otlp_note *ret_note,
                     struct why *why)
{
    struct otlp_note note = {.role = OTLP_ROLE_NONE};
    struct otlp_reading r = {.log = log,
                             .attrs = log->attrs,
                             .origin = log->origin,
                             .arena = arena,
                             .now_us = now_us,
                             .note = &note};

    if (log->fault != NULL) {
        return why_set(why, RC_INVALID, "%s", log->fault);
    }
    r.event_name = event_name_of(log, &r);
    enum rc rc = read_all(&r, why);
    if (rc == RC_OK && (note.role != OTLP_ROLE_CALL || !has_usage(&r.counts))) {
        return RC_NOT_FOUND;
    }
    if (rc != RC_OK) {
        return rc;
    }
    if (note.ev.id.n == 0) {
        note.ev.id = id_of_content(log, &r);
    }
    *ret_note = note;
    return RC_OK;
}
