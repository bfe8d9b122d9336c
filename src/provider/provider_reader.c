#include "provider/provider.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/why.h"
#include "event/event_provider.h"
#include "provider/bedrock_priv.h"
#include "provider/eventstream.h"
#include "provider/json_stream.h"
#include "provider/provider_mend_priv.h"
#include "provider/provider_priv.h"
#include "provider/sse.h"

enum framing {
    FRAMING_UNKNOWN, /* nothing but white space so far */
    FRAMING_JSON,    /* objects in a row, or in an array */
    FRAMING_SSE,
    FRAMING_EVENTSTREAM,
    FRAMING_NONE /* sound, a picture, a page: nothing is told in there */
};

struct provider_reader {
    struct draft draft;
    struct draft_sink sink;
    const struct path_row *row; /* NULL: the path says nothing */
    enum framing framing;
    enum framing said; /* by the content type */
    bool has_part;
    bool is_broken; /* something that should have been read was not */
    union {
        struct json_stream json;
        struct sse sse;
        struct eventstream eventstream;
    } in;
};

/* ---- parts ---- */

/* Who speaks it, where nobody said who answers. */
static void choose_vendor(struct draft *d, struct str provider)
{
    if (d->provider.n == 0 && provider.n > 0) {
        d->vendor = vendor_find(provider);
    }
}

void part_read(struct draft *d, const struct part *part)
{
    if (json_kind(part->json) != JSON_OBJ) {
        return;
    }
    if (d->dialect == NULL) {
        d->dialect = detect_dialect(part->json);
        if (d->dialect == NULL) {
            return;
        }
        d->operation = d->dialect->operation;
        choose_vendor(d, d->dialect->provider);
    }
    d->dialect->part(d, part);
    if (d->vendor->part != NULL) {
        d->vendor->part(d, part);
    }
}

static void read_text(struct provider_reader *r, struct str text,
                      struct part part)
{
    struct json *json = NULL;
    if (provider_parse(text, &json) != RC_OK) {
        r->is_broken = true;
        return;
    }
    part.json = json;
    r->has_part = true;
    part_read(&r->draft, &part);
    json_free(&json);
}

static void on_object(void *arg, struct str object, bool is_element)
{
    read_text(arg, object, (struct part){.is_stream = is_element});
}

static void on_sse(void *arg, struct str data)
{
    struct provider_reader *r = arg;
    struct draft *d = &r->draft;
    if (!str_eq(str_trim(data), STR("[DONE]"))) {
        read_text(r, data, (struct part){.is_stream = true});
        return;
    }
    if (d->dialect == &dialect_openai_chat) {
        d->has_finish = true;
        d->is_final = d->has_usage;
    }
}

/* InvokeModel's chunks carry the events of the model's own dialect. */
static void read_chunk(struct provider_reader *r, struct str payload)
{
    struct buf event;
    struct json *chunk = NULL;
    buf_init(&event, LIMIT_PROVIDER_PART_BYTES);
    if (provider_parse(payload, &chunk) == RC_OK &&
        bedrock_unwrap(chunk, &event) && !event.overflown) {
        read_text(r, buf_view(&event), (struct part){.is_stream = true});
    } else {
        r->is_broken = true;
    }
    json_free(&chunk);
    buf_fini(&event);
}

static void on_message(void *arg, const struct eventstream_message *m)
{
    struct part part = {.is_stream = true, .is_exception = m->is_exception};
    if (str_eq(m->type, STR("chunk"))) {
        read_chunk(arg, m->payload);
    } else {
        read_text(arg, m->payload, part);
    }
}

/* ---- framing ---- */

/* What a content type says. */
static enum framing framing_said(struct str content_type)
{
    if (str_starts_nocase(content_type, STR("text/event-stream"))) {
        return FRAMING_SSE;
    }
    if (str_starts_nocase(content_type,
                          STR("application/vnd.amazon.eventstream"))) {
        return FRAMING_EVENTSTREAM;
    }
    return FRAMING_NONE;
}

/* By the first byte that is no white space: more servers get their content
 * type wrong than what they send.  It is asked where the byte tells nothing.
 */
static enum framing framing_of(char first, enum framing said)
{
    switch (first) {
    case '{':
    case '[':
        return FRAMING_JSON;
    case '\0':
        return FRAMING_EVENTSTREAM;
    case ':':
    case 'd':
    case 'e':
    case 'i':
    case 'r':
        return FRAMING_SSE;
    default:
        return said;
    }
}

static void begin(struct provider_reader *r, enum framing framing)
{
    r->framing = framing;
    switch (framing) {
    case FRAMING_UNKNOWN:
    case FRAMING_NONE:
        break;
    case FRAMING_JSON:
        json_stream_init(&r->in.json, LIMIT_PROVIDER_BODY_BYTES,
                         LIMIT_PROVIDER_PART_BYTES, on_object, r);
        break;
    case FRAMING_SSE:
        sse_init(&r->in.sse, LIMIT_PROVIDER_PART_BYTES, on_sse, r);
        break;
    case FRAMING_EVENTSTREAM:
        choose_vendor(&r->draft, vendor_bedrock.name);
        eventstream_init(&r->in.eventstream, LIMIT_PROVIDER_PART_BYTES,
                         on_message, r);
        break;
    }
}

/* White space and a byte order mark in front say nothing. */
static struct str skip_front(struct str bytes)
{
    static const char front[] = " \t\r\n\xef\xbb\xbf";
    while (bytes.n > 0 && memchr(front, bytes.p[0], sizeof front - 1)) {
        bytes = str_sub(bytes, 1, SIZE_MAX);
    }
    return bytes;
}

void provider_reader_feed(struct provider_reader *r, struct str bytes)
{
    if (r->framing == FRAMING_UNKNOWN) {
        bytes = skip_front(bytes);
        if (bytes.n > 0) {
            begin(r, framing_of(bytes.p[0], r->said));
        }
    }
    switch (r->framing) {
    case FRAMING_UNKNOWN:
    case FRAMING_NONE:
        break;
    case FRAMING_JSON:
        json_stream_feed(&r->in.json, bytes);
        break;
    case FRAMING_SSE:
        sse_feed(&r->in.sse, bytes);
        break;
    case FRAMING_EVENTSTREAM:
        eventstream_feed(&r->in.eventstream, bytes);
        break;
    }
}

static void end_framing(struct provider_reader *r)
{
    switch (r->framing) {
    case FRAMING_UNKNOWN:
        break;
    case FRAMING_NONE:
        r->is_broken = true;
        break;
    case FRAMING_JSON:
        r->is_broken = r->is_broken || r->in.json.n_lost > 0 ||
                       !json_stream_end(&r->in.json);
        break;
    case FRAMING_SSE:
        sse_end(&r->in.sse);
        /* Without any event it may have been a text. */
        r->is_broken =
            r->is_broken || r->in.sse.n_too_large > 0 || !r->has_part;
        break;
    case FRAMING_EVENTSTREAM:
        r->is_broken = r->is_broken || !eventstream_end(&r->in.eventstream);
        break;
    }
}

/* ---- life ---- */

static void read_request_id(struct draft *d, const struct provider_context *c)
{
    const char *const *name = d->vendor->request_id_headers;
    while (c->header != NULL && name != NULL && *name != NULL &&
           d->request_id.n == 0) {
        draft_text(d, &d->request_id, c->header(c->header_arg, *name));
        name++;
    }
}

static void read_model(struct draft *d, const struct provider_context *c)
{
    struct str model = c->model;
    if (model.n == 0 && path_model(c->path, &d->sink->arena, &model) != RC_OK) {
        d->sink->is_full = true;
    }
    draft_text(d, &d->requested_model, model);
}

struct provider_reader *provider_reader_new(
    const struct provider_context *context)
{
    struct provider_reader *r = mem_alloc(sizeof *r);
    struct draft *d = &r->draft;
    struct str provider = provider_fold(str_trim(context->provider));
    arena_init(&r->sink.arena, LIMIT_PROVIDER_TEXT_BYTES);
    r->sink.last = &r->sink.first;
    r->said = framing_said(str_trim(context->content_type));
    r->row = path_find(provider, context->path);
    if (provider.n == 0 && r->row != NULL) {
        provider = r->row->provider;
    }
    d->sink = &r->sink;
    d->vendor = vendor_find(provider);
    d->status = context->status;
    draft_text(d, &d->provider, provider);
    if (r->row != NULL && r->row->dialect != NULL) {
        d->dialect = r->row->dialect;
    }
    read_request_id(d, context);
    read_model(d, context);
    if (r->row != NULL) {
        d->operation = path_operation(r->row, d->requested_model);
    }
    if (d->vendor->start != NULL) {
        d->vendor->start(d, context);
    }
    /* What a free route answers is not even looked at. */
    if (r->row != NULL && r->row->dialect == NULL) {
        r->framing = FRAMING_NONE;
    }
    return r;
}

void provider_reader_free(struct provider_reader **r)
{
    struct provider_reader *own = *r;
    if (own == NULL) {
        return;
    }
    switch (own->framing) {
    case FRAMING_UNKNOWN:
    case FRAMING_NONE:
        break;
    case FRAMING_JSON:
        json_stream_fini(&own->in.json);
        break;
    case FRAMING_SSE:
        sse_fini(&own->in.sse);
        break;
    case FRAMING_EVENTSTREAM:
        eventstream_fini(&own->in.eventstream);
        break;
    }
    arena_fini(&own->sink.arena);
    mem_free(own);
    *r = NULL;
}

/* A call that was made, answered and not refused, of which nothing could be
 * read: it is billed all the same, so that it must not go without a trace. */
static bool is_call_unread(const struct provider_reader *r, bool was_cut)
{
    int status = r->draft.status;
    bool is_answered = (status >= 200 && status < 300) ||
                       (status == 0 && r->framing != FRAMING_UNKNOWN);
    return (was_cut || r->is_broken) && is_answered && r->row != NULL &&
           r->row->dialect != NULL && r->row->is_billed &&
           r->row->operation != OPERATION_OTHER && r->sink.n == 0 &&
           !r->draft.is_error;
}

/* ---- handing on ---- */

struct copy {
    struct arena *out;
    bool is_full;
};

static void copy_text(struct copy *c, struct str *text)
{
    if (text->n > 0 && str_dup(c->out, *text, text) != RC_OK) {
        c->is_full = true;
    }
}

static void copy_record(struct copy *c, struct provider_record *r)
{
    struct provider_extra *extra =
        arena_array(c->out, r->n_extra, sizeof *extra);
    copy_text(c, &r->provider);
    copy_text(c, &r->model);
    copy_text(c, &r->requested_model);
    copy_text(c, &r->response_id);
    copy_text(c, &r->request_id);
    copy_text(c, &r->tier_word);
    if (extra == NULL) {
        c->is_full = true;
        return;
    }
    for (size_t i = 0; i < r->n_extra; i++) {
        extra[i] = r->extra[i];
        copy_text(c, &extra[i].name);
        copy_text(c, &extra[i].text);
    }
    r->extra = extra;
}

static enum rc hand_on(const struct draft_sink *sink, struct arena *out,
                       const struct provider_record **ret_records,
                       struct why *why)
{
    struct copy copy = {.out = out};
    struct provider_record *records =
        arena_array(out, sink->n, sizeof *records);
    if (records == NULL) {
        return why_set(why, RC_LIMIT, "a response of %zu calls is too large",
                       sink->n);
    }
    size_t i = 0;
    for (const struct draft_record *node = sink->first; node != NULL;
         node = node->next) {
        records[i] = node->record;
        copy_record(&copy, &records[i++]);
    }
    if (copy.is_full) {
        return why_set(why, RC_LIMIT, "a response of %zu calls is too large",
                       sink->n);
    }
    *ret_records = records;
    return RC_OK;
}

enum rc provider_reader_end(struct provider_reader *r, bool was_cut,
                            struct arena *out,
                            const struct provider_record **ret_records,
                            size_t *ret_n, struct why *why)
{
    end_framing(r);
    r->draft.is_seen = r->draft.is_seen || is_call_unread(r, was_cut);
    draft_close(&r->draft);
    enum rc rc = hand_on(&r->sink, out, ret_records, why);
    if (rc == RC_OK) {
        *ret_n = r->sink.n;
    }
    return rc;
}
