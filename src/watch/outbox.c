/* A record is a line of JSON, and behind it the payload of a message that is
 * put: {"op":"put","id":7,"channel":"ops",...}\nPAYLOAD */
#include "watch/outbox.h"

#include "base/buf.h"
#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/rand.h"
#include "base/utc.h"
#include "base/why.h"

#include <inttypes.h>
#include <string.h>

#define US_PER_MS INT64_C(1000)

struct entry {
    struct outbox_item item;
    char *text;    /* of channel, key, incident, subject, kind, title */
    char *payload; /* NULL after the end */
    char error[sizeof((struct outbox_result *)0)->error];
    char boot[OUTBOX_BOOT_MAX];
};

struct outbox {
    struct entry **entry; /* by id */
    size_t n;
    size_t cap;
    uint64_t next_id;
    size_t n_state[OUTBOX__COUNT];
};

static const char *const state_names[OUTBOX__COUNT] = {
    [OUTBOX_WAITING] = "waiting", [OUTBOX_READY] = "ready",
    [OUTBOX_SENDING] = "sending", [OUTBOX_SENT] = "sent",
    [OUTBOX_FAILED] = "failed",
};

const char *outbox_state_name(enum outbox_state state)
{
    CHECK(state > 0 && state < OUTBOX__COUNT);
    return state_names[state];
}

static bool has_ended(enum outbox_state state)
{
    return state == OUTBOX_SENT || state == OUTBOX_FAILED;
}

/* ---- entries ---- */

struct outbox *outbox_new(void)
{
    struct outbox *o = mem_alloc(sizeof *o);

    o->next_id = 1;
    return o;
}

static void entry_free(struct entry *e)
{
    mem_free(e->text);
    mem_free(e->payload);
    mem_free(e);
}

void outbox_free(struct outbox **o)
{
    if (o == NULL || *o == NULL) {
        return;
    }
    for (size_t i = 0; i < (*o)->n; i++) {
        entry_free((*o)->entry[i]);
    }
    mem_free((*o)->entry);
    mem_free(*o);
    *o = NULL;
}

size_t outbox_n(const struct outbox *o)
{
    return o->n;
}

const struct outbox_item *outbox_at(const struct outbox *o, size_t i)
{
    CHECK(i < o->n);
    return &o->entry[i]->item;
}

static struct entry *entry_of(const struct outbox *o, uint64_t id)
{
    for (size_t i = o->n; i > 0; i--) {
        if (o->entry[i - 1]->item.id == id) {
            return o->entry[i - 1];
        }
    }
    return NULL;
}

const struct outbox_item *outbox_of(const struct outbox *o, uint64_t id)
{
    const struct entry *e = entry_of(o, id);

    return e != NULL ? &e->item : NULL;
}

size_t outbox_count(const struct outbox *o, enum outbox_state state)
{
    return o->n_state[state];
}

const struct outbox_item *outbox_find(const struct outbox *o,
                                      struct str channel, struct str key)
{
    for (size_t i = 0; i < o->n; i++) {
        const struct outbox_item *item = &o->entry[i]->item;

        if (str_eq(item->channel, channel) && str_eq(item->key, key)) {
            return item;
        }
    }
    return NULL;
}

const struct outbox_item *outbox_latest(const struct outbox *o,
                                        struct str channel, struct str subject)
{
    for (size_t i = o->n; i > 0; i--) {
        const struct outbox_item *item = &o->entry[i - 1]->item;

        if (str_eq(item->channel, channel) &&
            (subject.n == 0 || str_eq(item->subject, subject))) {
            return item;
        }
    }
    return NULL;
}

static struct str keep(char **at, struct str s)
{
    struct str kept = {.p = *at, .n = s.n};

    if (s.n > 0) {
        memcpy(*at, s.p, s.n);
    }
    *at += s.n;
    return kept;
}

static void keep_error(struct entry *e, struct str error)
{
    struct str cut = str_utf8_cut(error, sizeof e->error - 1);
    char *at = e->error;

    e->item.error = keep(&at, cut);
}

static void keep_boot(struct entry *e, struct str boot)
{
    char *at = e->boot;

    e->item.boot = keep(&at, str_sub(boot, 0, sizeof e->boot));
}

static struct entry *entry_new(const struct outbox_item *from)
{
    struct entry *e = mem_alloc(sizeof *e);
    size_t n = from->channel.n + from->key.n + from->incident.n +
               from->subject.n + from->kind.n + from->title.n;

    e->item = *from;
    e->text = mem_alloc(n + 1);
    char *at = e->text;
    e->item.channel = keep(&at, from->channel);
    e->item.key = keep(&at, from->key);
    e->item.incident = keep(&at, from->incident);
    e->item.subject = keep(&at, from->subject);
    e->item.kind = keep(&at, from->kind);
    e->item.title = keep(&at, from->title);
    e->payload = mem_alloc(from->payload.n + 1);
    at = e->payload;
    e->item.payload = keep(&at, from->payload);
    keep_error(e, from->error);
    keep_boot(e, from->boot);
    return e;
}

static void set_state(struct outbox *o, struct entry *e,
                      enum outbox_state state)
{
    o->n_state[e->item.state]--;
    o->n_state[state]++;
    e->item.state = state;
    if (has_ended(state)) {
        mem_free(e->payload);
        e->payload = NULL;
        e->item.payload = STR_EMPTY;
    }
}

static void add(struct outbox *o, struct entry *e)
{
    if (o->n == o->cap) {
        o->cap = o->cap * 2 + 16;
        o->entry = mem_grow(o->entry, o->cap, sizeof(struct entry *));
    }
    o->entry[o->n++] = e;
    o->n_state[e->item.state]++;
    set_state(o, e, e->item.state);
    if (e->item.id >= o->next_id) {
        o->next_id = e->item.id + 1;
    }
}

/* ---- records ---- */

static void member_str(struct json_writer *w, const char *name, struct str s)
{
    if (s.n > 0) {
        json_w_key(w, str_from_cz(name));
        json_w_str(w, s);
    }
}

static void member_i64(struct json_writer *w, const char *name, int64_t n)
{
    json_w_key(w, str_from_cz(name));
    json_w_i64(w, n);
}

void outbox_mark(const struct outbox_change *change, struct buf *ret_record)
{
    struct json_writer w;

    json_w_init(&w, ret_record);
    json_w_obj(&w);
    member_str(&w, "op", STR("mark"));
    member_i64(&w, "id", (int64_t)change->id);
    member_str(&w, "state", str_from_cz(outbox_state_name(change->state)));
    member_i64(&w, "at", change->at_us);
    member_i64(&w, "next", change->next_us);
    member_i64(&w, "tries", change->n_tries);
    member_str(&w, "error", change->error);
    member_str(&w, "boot", change->boot);
    json_w_obj_end(&w);
    buf_char(ret_record, '\n');
}

void outbox_keep(const struct outbox_item *item, struct buf *ret_record)
{
    struct json_writer w;

    json_w_init(&w, ret_record);
    json_w_obj(&w);
    member_str(&w, "op", STR("put"));
    member_i64(&w, "id", (int64_t)item->id);
    member_str(&w, "channel", item->channel);
    member_str(&w, "key", item->key);
    member_str(&w, "incident", item->incident);
    member_str(&w, "subject", item->subject);
    member_str(&w, "kind", item->kind);
    member_str(&w, "title", item->title);
    member_str(&w, "state", str_from_cz(outbox_state_name(item->state)));
    member_i64(&w, "put", item->put_us);
    member_i64(&w, "at", item->changed_us);
    member_i64(&w, "next", item->next_us);
    member_i64(&w, "tries", item->n_tries);
    member_str(&w, "error", item->error);
    member_str(&w, "boot", item->boot);
    json_w_obj_end(&w);
    buf_char(ret_record, '\n');
    buf_str(ret_record, item->payload);
}

enum rc outbox_put(const struct outbox *o, const struct outbox_item *draft,
                   int64_t now_us, struct buf *ret_record, struct why *why)
{
    struct outbox_item item = *draft;

    if (outbox_find(o, draft->channel, draft->key) != NULL) {
        return why_set(why, RC_EXISTS, "channel %.*s had %.*s before",
                       STR_ARG(draft->channel), STR_ARG(draft->key));
    }
    if (draft->payload.n > LIMIT_OUTBOX_PAYLOAD_BYTES) {
        return why_set(why, RC_LIMIT, "a message of over %d bytes",
                       LIMIT_OUTBOX_PAYLOAD_BYTES);
    }
    if (o->n_state[OUTBOX_WAITING] + o->n_state[OUTBOX_READY] +
            o->n_state[OUTBOX_SENDING] >=
        LIMIT_OUTBOX_WAITING_MAX) {
        return why_set(why, RC_FULL, "%d messages wait already",
                       LIMIT_OUTBOX_WAITING_MAX);
    }
    item.id = o->next_id;
    item.state = OUTBOX_WAITING;
    item.put_us = now_us;
    item.changed_us = now_us;
    item.next_us = now_us;
    item.n_tries = 0;
    item.error = STR_EMPTY;
    outbox_keep(&item, ret_record);
    return RC_OK;
}

static int64_t number(const struct json *record, const char *name)
{
    int64_t n = 0;

    return json_i64(json_get(record, name), &n) == RC_OK ? n : 0;
}

static enum outbox_state state_of(const struct json *record)
{
    struct str name = json_str(json_get(record, "state"));

    for (int i = 1; i < OUTBOX__COUNT; i++) {
        if (str_eq(name, str_from_cz(state_names[i]))) {
            return (enum outbox_state)i;
        }
    }
    return OUTBOX__COUNT;
}

static void apply_put(struct outbox *o, const struct json *record,
                      enum outbox_state state, struct str payload)
{
    const struct outbox_item item = {
        .id = (uint64_t)number(record, "id"),
        .channel = json_str(json_get(record, "channel")),
        .key = json_str(json_get(record, "key")),
        .incident = json_str(json_get(record, "incident")),
        .subject = json_str(json_get(record, "subject")),
        .kind = json_str(json_get(record, "kind")),
        .title = json_str(json_get(record, "title")),
        .payload = payload,
        .state = state,
        .put_us = number(record, "put"),
        .changed_us = number(record, "at"),
        .next_us = number(record, "next"),
        .n_tries = (uint32_t)number(record, "tries"),
        .error = json_str(json_get(record, "error")),
        .boot = json_str(json_get(record, "boot")),
    };
    struct entry *e = entry_new(&item);

    /* What was tidied stands twice until the older files are gone. */
    for (size_t i = 0; i < o->n; i++) {
        if (o->entry[i]->item.id == item.id) {
            set_state(o, o->entry[i], state);
            entry_free(o->entry[i]);
            o->entry[i] = e;
            set_state(o, e, state);
            return;
        }
    }
    add(o, e);
}

static void apply_mark(struct outbox *o, const struct json *record,
                       enum outbox_state state)
{
    struct entry *e = entry_of(o, (uint64_t)number(record, "id"));

    if (e == NULL) {
        return;
    }
    set_state(o, e, state);
    e->item.changed_us = number(record, "at");
    e->item.next_us = number(record, "next");
    e->item.n_tries = (uint32_t)number(record, "tries");
    keep_error(e, json_str(json_get(record, "error")));
    keep_boot(e, json_str(json_get(record, "boot")));
}

enum rc outbox_apply(struct outbox *o, struct str record, struct why *why)
{
    struct json *json = NULL;
    struct str head;

    (void)str_cut(&record, '\n', &head);
    enum rc rc = json_parse(head, &json, why);
    if (rc != RC_OK) {
        return why_prefix(why, RC_PARSE, "a record of the outbox");
    }
    struct str op = json_str(json_get(json, "op"));
    enum outbox_state state = state_of(json);
    if (state == OUTBOX__COUNT) {
        rc = why_set(why, RC_PARSE, "a record of the outbox has no state");
    } else if (str_eq(op, STR("put"))) {
        apply_put(o, json, state, record);
    } else if (str_eq(op, STR("mark"))) {
        apply_mark(o, json, state);
    } else {
        rc = why_set(why, RC_PARSE, "a record of the outbox is of no kind");
    }
    json_free(&json);
    return rc;
}

/* ---- decisions ---- */

/* An earlier message of the same incident has not reached the channel. */
static bool is_behind(const struct outbox *o, size_t i)
{
    const struct outbox_item *item = &o->entry[i]->item;

    if (item->incident.n == 0) {
        return false;
    }
    for (size_t k = 0; k < i; k++) {
        const struct outbox_item *other = &o->entry[k]->item;
        if (!has_ended(other->state) &&
            str_eq(other->incident, item->incident) &&
            str_eq(other->channel, item->channel)) {
            return true;
        }
    }
    return false;
}

const struct outbox_item *outbox_due(const struct outbox *o, int64_t now_us,
                                     outbox_free_fn *is_free, void *arg,
                                     int64_t *ret_next_us)
{
    *ret_next_us = INT64_MAX;
    if (o->n_state[OUTBOX_WAITING] == 0) {
        return NULL;
    }
    for (size_t i = 0; i < o->n; i++) {
        const struct outbox_item *item = &o->entry[i]->item;

        if (item->state != OUTBOX_WAITING || !is_free(arg, item->channel) ||
            is_behind(o, i)) {
            continue;
        }
        if (item->next_us <= now_us) {
            return item;
        }
        if (item->next_us < *ret_next_us) {
            *ret_next_us = item->next_us;
        }
    }
    return NULL;
}

/* Doubled with each try; the jitter, a quarter up or down, keeps what failed
 * together from coming back together. */
static int64_t pause_us(uint32_t n_tries, struct rand *rand)
{
    int64_t ms = LIMIT_OUTBOX_RETRY_MIN_MS;

    for (uint32_t i = 1; i < n_tries && ms < LIMIT_OUTBOX_RETRY_MAX_MS; i++) {
        ms *= 2;
    }
    ms = ms < LIMIT_OUTBOX_RETRY_MAX_MS ? ms : LIMIT_OUTBOX_RETRY_MAX_MS;
    return (ms * 3 / 4 + (int64_t)rand_below(rand, (uint64_t)ms / 2)) *
           US_PER_MS;
}

void outbox_judge(const struct outbox_item *item,
                  const struct outbox_result *result, int64_t now_us,
                  struct rand *rand, struct outbox_change *ret)
{
    int64_t give_up_us =
        item->put_us + LIMIT_OUTBOX_GIVE_UP_S * UTC_US_PER_SECOND;

    *ret = (struct outbox_change){.id = item->id,
                                  .at_us = now_us,
                                  .n_tries = item->n_tries + 1,
                                  .error = str_from_cz(result->error)};
    switch (result->verdict) {
    case OUTBOX_ARRIVED:
        ret->state = OUTBOX_SENT;
        return;
    case OUTBOX_NEVER:
        ret->state = OUTBOX_FAILED;
        return;
    case OUTBOX_LATER:
        break;
    }
    int64_t pause = pause_us(ret->n_tries, rand);
    int64_t asked = result->retry_after_ms < LIMIT_OUTBOX_GIVE_UP_S * 1000
                        ? result->retry_after_ms * US_PER_MS
                        : LIMIT_OUTBOX_GIVE_UP_S * UTC_US_PER_SECOND;
    ret->next_us = now_us + (asked > pause ? asked : pause);
    ret->state = now_us >= give_up_us ? OUTBOX_FAILED : OUTBOX_WAITING;
}

void outbox_recover(const struct outbox_item *item, bool can_repeat,
                    struct str boot, int64_t now_us, struct outbox_change *ret)
{
    if (item->state == OUTBOX_READY && boot.n > 0 && str_eq(item->boot, boot)) {
        *ret = (struct outbox_change){.id = item->id,
                                      .state = OUTBOX_WAITING,
                                      .at_us = now_us,
                                      .next_us = now_us,
                                      .n_tries = item->n_tries,
                                      .error = item->error};
        return;
    }
    *ret = (struct outbox_change){
        .id = item->id,
        .state = can_repeat ? OUTBOX_WAITING : OUTBOX_SENT,
        .at_us = now_us,
        .next_us = now_us,
        .n_tries = item->n_tries + 1,
        .error = STR("toll ended between sending it and its answer"),
    };
}

static bool is_over(const struct outbox_item *item, int64_t before_us)
{
    return has_ended(item->state) && item->changed_us < before_us;
}

void outbox_forget(struct outbox *o, int64_t now_us)
{
    int64_t before_us = now_us - LIMIT_OUTBOX_KEEP_DAYS * UTC_US_PER_DAY;
    size_t n_ended = o->n_state[OUTBOX_SENT] + o->n_state[OUTBOX_FAILED];
    size_t n_over =
        n_ended > LIMIT_OUTBOX_ENDED_MAX ? n_ended - LIMIT_OUTBOX_ENDED_MAX : 0;
    size_t n = 0;

    for (size_t i = 0; i < o->n; i++) {
        struct entry *e = o->entry[i];
        bool too_many = has_ended(e->item.state) && n_over > 0;

        if (too_many || is_over(&e->item, before_us)) {
            n_over -= too_many ? 1 : 0;
            o->n_state[e->item.state]--;
            entry_free(e);
        } else {
            o->entry[n++] = e;
        }
    }
    o->n = n;
}
