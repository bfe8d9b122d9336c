#include "capture/otlp/otlp_trace.h"

#include "base/buf.h"
#include "base/check.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/mem.h"
#include "capture/otlp/otlp_record.h"
#include "capture/otlp/otlp_settle.h"
#include "capture/otlp/otlp_tree.h"

#include <string.h>

enum { BUCKETS_N = 16384 };

/* A span as it is kept: its note in the spool's form. */
struct kept {
    bool is_counted;
    int64_t counted[OTLP_GROUP__COUNT];
    unsigned char span_id[OTLP_SPAN_BYTES];
    unsigned char parent_id[OTLP_SPAN_BYTES];
    size_t n;
    char bytes[];
};

struct trace {
    unsigned char id[OTLP_TRACE_BYTES];
    struct trace *in_bucket; /* the next one */
    struct trace *prev;      /* in its list */
    struct trace *next;
    bool is_settled; /* and in that list */
    bool is_folded;  /* or in that */
    bool has_root;
    uint64_t pos;
    int64_t first_mono_us;
    int64_t last_mono_us;
    struct map by_id; /* keys in the spans */
    struct kept **span;
    size_t n_spans;
    size_t spans_cap;
    size_t n_bytes;
};

struct list {
    struct trace *first; /* the one that nothing came to for longest */
    struct trace *last;
    uint64_t n;
};

struct otlp_traces {
    struct trace *bucket[BUCKETS_N];
    struct list open;
    struct list settled;
    struct list folded;
    struct trace *at; /* the next that otlp_traces_due looks at */
    uint64_t n_spans;
    uint64_t n_bytes;
    uint64_t open_bytes;    /* of those that are open */
    uint64_t folded_bytes;  /* of those that are folded */
    uint64_t claimed_bytes; /* of those that were picked since the rewind */
    uint64_t end;           /* where the spool stood at the last span */
};

/* ---- lists ---- */

static void append(struct list *list, struct trace *trace)
{
    trace->prev = list->last;
    trace->next = NULL;
    if (list->last != NULL) {
        list->last->next = trace;
    } else {
        list->first = trace;
    }
    list->last = trace;
    list->n++;
}

static void prepend(struct list *list, struct trace *trace)
{
    trace->prev = NULL;
    trace->next = list->first;
    if (list->first != NULL) {
        list->first->prev = trace;
    } else {
        list->last = trace;
    }
    list->first = trace;
    list->n++;
}

static void take_out(struct list *list, struct trace *trace)
{
    if (trace->prev != NULL) {
        trace->prev->next = trace->next;
    } else {
        list->first = trace->next;
    }
    if (trace->next != NULL) {
        trace->next->prev = trace->prev;
    } else {
        list->last = trace->prev;
    }
    list->n--;
}

static struct list *list_of(struct otlp_traces *t, const struct trace *trace)
{
    if (trace->is_folded) {
        return &t->folded;
    }
    return trace->is_settled ? &t->settled : &t->open;
}

static bool is_too_long(const struct trace *trace)
{
    return trace->n_spans >= LIMIT_OTLP_TRACE_SPANS_MAX;
}

static void count_listed(struct otlp_traces *t, const struct trace *trace,
                         uint64_t n)
{
    t->open_bytes += trace->is_settled ? 0 : n;
    t->folded_bytes += trace->is_folded ? n : 0;
}

/* Out of its list; its bytes count for none. */
static void leave(struct otlp_traces *t, struct trace *trace)
{
    if (t->at == trace) {
        t->at = trace->next;
    }
    take_out(list_of(t, trace), trace);
    count_listed(t, trace, 0 - (uint64_t)trace->n_bytes);
}

/* To the end of the list that it belongs to from now on; but the front of the
 * settled ones is for what is to be forgotten at once. */
static void move(struct otlp_traces *t, struct trace *trace, bool is_settled)
{
    leave(t, trace);
    trace->is_settled = is_settled;
    trace->is_folded = false;
    count_listed(t, trace, trace->n_bytes);
    if (is_settled && is_too_long(trace)) {
        prepend(&t->settled, trace);
    } else {
        append(list_of(t, trace), trace);
    }
}

static struct trace **bucket_of(struct otlp_traces *t, const unsigned char *id)
{
    return &t->bucket[hash_64(id, OTLP_TRACE_BYTES, 0) % BUCKETS_N];
}

static struct trace *find(struct otlp_traces *t, const unsigned char *id)
{
    struct trace *trace = *bucket_of(t, id);
    while (trace != NULL && memcmp(trace->id, id, OTLP_TRACE_BYTES) != 0) {
        trace = trace->in_bucket;
    }
    return trace;
}

/* ---- memory ---- */

struct otlp_traces *otlp_traces_new(void)
{
    return mem_alloc(sizeof(struct otlp_traces));
}

/* Its spans, not the bytes that they count for. */
static void free_spans(struct otlp_traces *t, struct trace *trace)
{
    t->n_spans -= trace->n_spans;
    for (size_t i = 0; i < trace->n_spans; i++) {
        mem_free(trace->span[i]);
    }
    mem_free(trace->span);
    map_fini(&trace->by_id);
    trace->span = NULL;
    trace->n_spans = 0;
    trace->spans_cap = 0;
}

static void free_trace(struct otlp_traces *t, struct trace *trace)
{
    struct trace **in = bucket_of(t, trace->id);
    while (*in != trace) {
        in = &(*in)->in_bucket;
    }
    *in = trace->in_bucket;
    leave(t, trace);
    t->n_bytes -= trace->n_bytes;
    free_spans(t, trace);
    mem_free(trace);
}

void otlp_traces_free(struct otlp_traces **traces)
{
    if (traces == NULL || *traces == NULL) {
        return;
    }
    while ((*traces)->open.first != NULL) {
        free_trace(*traces, (*traces)->open.first);
    }
    while ((*traces)->settled.first != NULL) {
        free_trace(*traces, (*traces)->settled.first);
    }
    while ((*traces)->folded.first != NULL) {
        free_trace(*traces, (*traces)->folded.first);
    }
    mem_free(*traces);
    *traces = NULL;
}

static void count_bytes(struct otlp_traces *t, struct trace *trace, size_t n)
{
    trace->n_bytes += n;
    t->n_bytes += n;
    count_listed(t, trace, n);
}

static struct trace *begin(struct otlp_traces *t, const unsigned char *id,
                           uint64_t pos, int64_t mono_us)
{
    struct trace **bucket = bucket_of(t, id);
    struct trace *trace = mem_alloc(sizeof *trace);

    memcpy(trace->id, id, OTLP_TRACE_BYTES);
    map_init(&trace->by_id);
    trace->pos = pos;
    trace->first_mono_us = mono_us;
    trace->in_bucket = *bucket;
    *bucket = trace;
    append(&t->open, trace);
    count_bytes(t, trace, sizeof *trace);
    return trace;
}

/* ---- spans ---- */

static struct str key_of(const unsigned char *span_id)
{
    return (struct str){.p = (const char *)span_id, .n = OTLP_SPAN_BYTES};
}

static struct kept *keep(const struct otlp_note *note)
{
    struct buf bytes;

    buf_init(&bytes, LIMIT_JOURNAL_RECORD_MAX);
    otlp_record_add_note(&bytes, note);
    struct kept *kept = mem_alloc(sizeof *kept + bytes.n);
    memcpy(kept->span_id, note->span_id, OTLP_SPAN_BYTES);
    memcpy(kept->parent_id, note->parent_id, OTLP_SPAN_BYTES);
    memcpy(kept->bytes, bytes.p, bytes.n);
    kept->n = bytes.n;
    buf_fini(&bytes);
    return kept;
}

static bool is_root(const struct kept *kept)
{
    return otlp_is_no_id(kept->parent_id, OTLP_SPAN_BYTES);
}

static void put_span(struct otlp_traces *t, struct trace *trace,
                     struct kept *kept)
{
    if (trace->n_spans == trace->spans_cap) {
        trace->spans_cap = trace->spans_cap == 0 ? 8 : 2 * trace->spans_cap;
        trace->span =
            mem_grow(trace->span, trace->spans_cap, sizeof(struct kept *));
    }
    trace->span[trace->n_spans++] = kept;
    map_put(&trace->by_id, key_of(kept->span_id), kept);
    t->n_spans++;
    /* The map's slots take some three times a pointer and a key. */
    count_bytes(t, trace, sizeof *kept + kept->n + 128);
}

bool otlp_traces_add(struct otlp_traces *t, const struct otlp_note *note,
                     uint64_t pos, int64_t mono_us)
{
    struct trace *trace = find(t, note->trace_id);

    if (trace == NULL) {
        trace = begin(t, note->trace_id, pos, mono_us);
    }
    if (map_get(&trace->by_id, key_of(note->span_id)) != NULL) {
        return false;
    }
    struct kept *kept = keep(note);
    put_span(t, trace, kept);
    trace->has_root = trace->has_root || is_root(kept);
    trace->last_mono_us = mono_us;
    t->end = pos;
    move(t, trace, false);
    return true;
}

/* ---- when ---- */

static bool lacks_parent(const struct trace *trace)
{
    for (size_t i = 0; i < trace->n_spans; i++) {
        const struct kept *kept = trace->span[i];
        if (!is_root(kept) &&
            map_get(&trace->by_id, key_of(kept->parent_id)) == NULL) {
            return true;
        }
    }
    return false;
}

static bool is_due(const struct otlp_traces *t, const struct trace *trace,
                   int64_t mono_us, bool all_rooted)
{
    int64_t idle_ms = (mono_us - trace->last_mono_us) / 1000;
    int64_t age_ms = (mono_us - trace->first_mono_us) / 1000;

    if (idle_ms >= LIMIT_OTLP_IDLE_MS || age_ms >= LIMIT_OTLP_AGE_MS ||
        is_too_long(trace)) {
        return true;
    }
    /* What nothing came to for longest goes first. */
    if (t->open_bytes - t->claimed_bytes > LIMIT_OTLP_MEMORY_BYTES) {
        return true;
    }
    return trace->has_root && (all_rooted || idle_ms >= LIMIT_OTLP_QUIET_MS) &&
           !lacks_parent(trace);
}

void otlp_traces_rewind(struct otlp_traces *t)
{
    t->at = t->open.first;
    t->claimed_bytes = 0;
}

bool otlp_traces_due(struct otlp_traces *t, int64_t mono_us, bool all_rooted,
                     unsigned char ret_trace_id[OTLP_TRACE_BYTES])
{
    while (t->at != NULL) {
        const struct trace *trace = t->at;
        t->at = trace->next;
        if (is_due(t, trace, mono_us, all_rooted)) {
            t->claimed_bytes += trace->n_bytes;
            memcpy(ret_trace_id, trace->id, OTLP_TRACE_BYTES);
            return true;
        }
    }
    return false;
}

size_t otlp_traces_add_old(const struct otlp_traces *t, int64_t mono_us,
                           size_t n_most, struct buf *record)
{
    uint64_t n_bytes = t->n_bytes - t->folded_bytes;
    size_t n = 0;

    for (const struct trace *trace = t->settled.first;
         trace != NULL && n < n_most; trace = trace->next) {
        int64_t idle_ms = (mono_us - trace->last_mono_us) / 1000;
        if (idle_ms < LIMIT_OTLP_KEEP_MS && !is_too_long(trace) &&
            n_bytes <= LIMIT_OTLP_MEMORY_BYTES) {
            break;
        }
        otlp_record_add_trace(record, trace->id);
        n_bytes -= trace->n_bytes;
        n++;
    }
    return n;
}

size_t otlp_traces_add_over(const struct otlp_traces *t, int64_t mono_us,
                            size_t n_most, struct buf *record)
{
    uint64_t n_bytes = t->folded_bytes;
    size_t n = 0;

    for (const struct trace *trace = t->folded.first;
         trace != NULL && n < n_most; trace = trace->next) {
        int64_t idle_ms = (mono_us - trace->last_mono_us) / 1000;
        if (idle_ms < LIMIT_OTLP_FOLDED_MS &&
            n_bytes <= LIMIT_OTLP_FOLDED_BYTES &&
            t->end - trace->pos <= LIMIT_OTLP_FOLDED_SPOOL) {
            break;
        }
        otlp_record_add_trace(record, trace->id);
        n_bytes -= trace->n_bytes;
        n++;
    }
    return n;
}

/* ---- what is done with them ---- */

static void read_back(const struct kept *kept, struct otlp_note *note,
                      struct otlp_node *node)
{
    struct str bytes = {.p = kept->bytes, .n = kept->n};
    enum rc rc = otlp_record_note(&bytes, note, NULL);

    CHECK(rc == RC_OK); /* written by keep */
    node->is_counted = kept->is_counted;
    memcpy(node->counted, kept->counted, sizeof node->counted);
}

static void read_all(const struct trace *trace, struct otlp_note *note,
                     struct otlp_node *node)
{
    for (size_t i = 0; i < trace->n_spans; i++) {
        read_back(trace->span[i], &note[i], &node[i]);
    }
}

void otlp_traces_settle(struct otlp_traces *t,
                        const unsigned char trace_id[OTLP_TRACE_BYTES],
                        otlp_emit_fn *emit, void *arg)
{
    struct trace *trace = find(t, trace_id);

    if (trace == NULL) {
        return;
    }
    struct otlp_note *note = mem_array(trace->n_spans, sizeof *note);
    struct otlp_node *node = mem_array(trace->n_spans, sizeof *node);
    read_all(trace, note, node);
    otlp_settle(note, node, trace->n_spans, emit, arg);
    for (size_t i = 0; i < trace->n_spans; i++) {
        trace->span[i]->is_counted = node[i].is_counted;
        memcpy(trace->span[i]->counted, node[i].counted,
               sizeof node[i].counted);
    }
    mem_free(node);
    mem_free(note);
    move(t, trace, true);
}

void otlp_traces_fold(struct otlp_traces *t,
                      const unsigned char trace_id[OTLP_TRACE_BYTES])
{
    struct trace *trace = find(t, trace_id);
    struct kept *kept[LIMIT_OTLP_FOLD_SPANS];

    if (trace == NULL) {
        return;
    }
    struct otlp_note *note = mem_array(trace->n_spans, sizeof *note);
    struct otlp_node *node = mem_array(trace->n_spans, sizeof *node);
    read_all(trace, note, node);
    size_t n = otlp_fold(note, node, trace->n_spans);
    for (size_t i = 0; i < n; i++) {
        kept[i] = keep(&note[i]);
        kept[i]->is_counted = true;
        memcpy(kept[i]->counted, node[i].counted, sizeof kept[i]->counted);
    }
    mem_free(node);
    mem_free(note);
    leave(t, trace);
    t->n_bytes -= trace->n_bytes;
    trace->n_bytes = 0;
    free_spans(t, trace); /* the notes borrowed from them */
    trace->is_settled = true;
    trace->is_folded = true;
    append(&t->folded, trace);
    map_init(&trace->by_id);
    count_bytes(t, trace, sizeof *trace);
    for (size_t i = 0; i < n; i++) {
        put_span(t, trace, kept[i]);
    }
}

void otlp_traces_forget(struct otlp_traces *t,
                        const unsigned char trace_id[OTLP_TRACE_BYTES])
{
    struct trace *trace = find(t, trace_id);

    if (trace != NULL) {
        free_trace(t, trace);
    }
}

static uint64_t least_of(const struct list *list, uint64_t least)
{
    for (const struct trace *trace = list->first; trace != NULL;
         trace = trace->next) {
        least = trace->pos < least ? trace->pos : least;
    }
    return least;
}

uint64_t otlp_traces_least_pos(const struct otlp_traces *t, uint64_t none)
{
    return least_of(&t->folded,
                    least_of(&t->settled, least_of(&t->open, none)));
}

struct otlp_traces_counts otlp_traces_count(const struct otlp_traces *t)
{
    return (struct otlp_traces_counts){.n_open = t->open.n,
                                       .n_settled = t->settled.n,
                                       .n_spans = t->n_spans,
                                       .n_bytes = t->n_bytes};
}
