#include "face/notify/notify.h"

#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/near.h"
#include "base/why.h"
#include "face/notify/notify_kind.h"
#include "watch/message.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

const struct notify_kind *const notify_table[] = {
    &notify_pagerduty, &notify_slack,   &notify_smtp,
    &notify_teams,     &notify_webhook,
};
const size_t notify_table_n = ARRAY_N(notify_table);

struct channels {
    atomic_uint refs;
    struct arena arena;
    struct channel channel[LIMIT_CHANNELS_MAX];
    size_t n;
};

/* ---- kinds ---- */

const struct notify_kind *notify_kind_of(struct str name)
{
    for (size_t i = 0; i < notify_table_n; i++) {
        if (str_eq(name, str_from_cz(notify_table[i]->name))) {
            return notify_table[i];
        }
    }
    return NULL;
}

const char *notify_kind_name(const struct notify_kind *kind)
{
    return kind->name;
}

bool notify_can_repeat(struct str kind)
{
    const struct notify_kind *row = notify_kind_of(kind);

    return row != NULL && row->can_repeat;
}

/* ---- the snapshot ---- */

struct channels *channels_new(void)
{
    struct channels *c = mem_alloc(sizeof *c);

    atomic_init(&c->refs, 1);
    arena_init(&c->arena, LIMIT_CONFIG_BYTES_MAX);
    return c;
}

struct channels *channels_ref(struct channels *c)
{
    atomic_fetch_add(&c->refs, 1);
    return c;
}

static void wipe(struct str s)
{
    /* It lies in the snapshot's own arena. */
    union {
        const char *borrowed;
        char *own;
    } p = {.borrowed = s.p};

    if (s.n > 0) {
        explicit_bzero(p.own, s.n);
    }
}

void channels_unref(struct channels **c)
{
    if (c == NULL || *c == NULL) {
        return;
    }
    if (atomic_fetch_sub(&(*c)->refs, 1) == 1) {
        for (size_t i = 0; i < (*c)->n; i++) {
            wipe((*c)->channel[i].secret);
            wipe((*c)->channel[i].url);
        }
        arena_fini(&(*c)->arena);
        mem_free(*c);
    }
    *c = NULL;
}

size_t channels_n(const struct channels *c)
{
    return c->n;
}

const struct channel *channels_at(const struct channels *c, size_t i)
{
    return &c->channel[i];
}

enum rc channels_find(const struct channels *c, struct str name,
                      const struct channel **ret, struct why *why)
{
    struct near near;

    near_init(&near, name);
    for (size_t i = 0; i < c->n; i++) {
        if (str_eq(c->channel[i].name, name)) {
            *ret = &c->channel[i];
            return RC_OK;
        }
        near_offer(&near, c->channel[i].name);
    }
    (void)near_unknown(&near, "channel",
                       "toll.yaml lists them under channels:", why);
    return RC_NOT_FOUND;
}

/* A variable that is not set is told elsewhere. */
static enum rc check(const struct channel *c, struct why *why)
{
    unsigned needs = c->kind->needs;
    bool is_waiting = c->missing_env.n > 0;
    struct str scheme = c->kind->is_mail ? STR("smtp") : STR("http");

    if ((needs & NOTIFY_URL) != 0 && c->url.n == 0 && !is_waiting) {
        return why_set(why, RC_INVALID, "it needs a url");
    }
    if (c->url.n > 0 && !str_starts(c->url, scheme)) {
        return why_set(why, RC_INVALID, "its url must begin with %.*s://",
                       STR_ARG(scheme));
    }
    if ((needs & NOTIFY_SECRET) != 0 && c->secret.n == 0 && !is_waiting) {
        return why_set(why, RC_INVALID, "it needs its key or secret");
    }
    if ((needs & NOTIFY_FROM) != 0 && !notify_is_address(c->from)) {
        return why_set(why, RC_INVALID,
                       "from must be an address: toll@example.com");
    }
    if ((needs & NOTIFY_TO) != 0 && c->n_to == 0) {
        return why_set(why, RC_INVALID, "it needs to whom: to");
    }
    for (size_t i = 0; i < c->n_to; i++) {
        if (!notify_is_address(c->to[i])) {
            return why_set(why, RC_INVALID,
                           "entry %zu of to is no mail address", i + 1);
        }
    }
    return RC_OK;
}

enum rc channels_add(struct channels *c, const struct channel *channel,
                     struct why *why)
{
    struct channel *own = &c->channel[c->n];
    enum rc rc = check(channel, why);

    if (rc != RC_OK) {
        return rc;
    }
    if (c->n == LIMIT_CHANNELS_MAX) {
        return why_set(why, RC_LIMIT, "at most %d channels",
                       LIMIT_CHANNELS_MAX);
    }
    *own = *channel;
    struct str *text[] = {&own->name, &own->url,  &own->secret,
                          &own->user, &own->from, &own->missing_env};
    for (size_t i = 0; rc == RC_OK && i < ARRAY_N(text); i++) {
        rc = str_dup(&c->arena, *text[i], text[i]);
    }
    struct str *to = arena_array(&c->arena, channel->n_to, sizeof *to);
    for (size_t i = 0; rc == RC_OK && to != NULL && i < channel->n_to; i++) {
        rc = str_dup(&c->arena, channel->to[i], &to[i]);
    }
    if (rc != RC_OK || to == NULL) {
        return why_set(why, RC_LIMIT, "too large");
    }
    own->to = to;
    c->n++;
    return RC_OK;
}

/* ---- what the kinds share ---- */

bool notify_is_address(struct str text)
{
    struct str bare = notify_bare_address(text);
    size_t at = str_find_char(bare, '@', 0);

    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < ' ' || text.p[i] > '~') {
            return false;
        }
    }
    return at != SIZE_MAX && at > 0 && at + 1 < bare.n && bare.n <= 254 &&
           str_find_char(bare, '@', at + 1) == SIZE_MAX &&
           str_find_char(bare, ' ', 0) == SIZE_MAX &&
           str_find_char(bare, '<', 0) == SIZE_MAX &&
           str_find_char(bare, ',', 0) == SIZE_MAX;
}

struct str notify_bare_address(struct str text)
{
    size_t open = str_find_char(text, '<', 0);

    if (open != SIZE_MAX && text.n > 0 && text.p[text.n - 1] == '>') {
        return str_sub(text, open + 1, text.n - open - 2);
    }
    return text;
}

void notify_head(struct buf *b, const struct message *m)
{
    switch (m->phase) {
    case MESSAGE_NOTE:
        break;
    case MESSAGE_OPENED:
        buf_cz(b, m->severity == MESSAGE_PAGE ? "Urgent: " : "");
        break;
    case MESSAGE_UPDATED:
        buf_cz(b, "Update: ");
        break;
    case MESSAGE_CLOSED:
        buf_cz(b, "Over: ");
        break;
    }
    buf_str(b, m->title);
}

void notify_member(struct json_writer *w, const char *name, struct str value)
{
    json_w_key(w, str_from_cz(name));
    json_w_str(w, value);
}

void notify_object(struct json_writer *w, const char *name)
{
    if (name[0] != '\0') {
        json_w_key(w, str_from_cz(name));
    }
    json_w_obj(w);
}

/* ---- messages ---- */

enum rc notify_render(const struct channel *channel,
                      const struct message *message, struct buf *ret_payload,
                      struct why *why)
{
    channel->kind->render(ret_payload, channel, message);
    return buf_rc(ret_payload, why);
}

static enum rc address_json(struct notify_post *post)
{
    static const struct http_field field[] = {
        {STR_INIT("Content-Type"), STR_INIT("application/json")},
        {STR_INIT("User-Agent"), STR_INIT("toll")},
    };

    post->ask.field = field;
    post->ask.n_fields = ARRAY_N(field);
    return RC_OK;
}

/* What the answer means. */
static void judge(const struct channel *channel, enum rc rc,
                  const struct deliver_answer *answer,
                  struct outbox_result *ret)
{
    bool says = answer->said[0] != '\0';

    if (rc == RC_OK && (channel->kind->is_mail || answer->status / 100 == 2)) {
        ret->verdict = OUTBOX_ARRIVED;
        ret->error[0] = '\0';
    } else if (rc == RC_OK) {
        ret->verdict = answer->status == 429 || answer->status / 100 == 5
                           ? OUTBOX_LATER
                           : OUTBOX_NEVER;
        ret->retry_after_ms = answer->retry_after_ms;
        (void)snprintf(ret->error, sizeof ret->error,
                       "the channel answered %d%s%s", answer->status,
                       says ? ": " : "", answer->said);
    } else {
        ret->verdict =
            rc == RC_DENIED || rc == RC_INVALID ? OUTBOX_NEVER : OUTBOX_LATER;
    }
}

/* Servers that repeat what they were sent must not bring a secret into a
 * log. */
static void hide(char *text, struct str secret)
{
    struct str rest = str_from_cz(text);
    size_t at = secret.n >= 4 ? str_find(rest, secret, 0) : SIZE_MAX;

    while (at != SIZE_MAX) {
        memset(text + at, '*', secret.n);
        at = str_find(rest, secret, at);
    }
}

static void hide_secrets(const struct channel *c, char *text)
{
    /* Of a url what stands behind the host. */
    size_t host = str_find(c->url, STR("://"), 0);
    size_t path =
        host != SIZE_MAX ? str_find_char(c->url, '/', host + 3) : SIZE_MAX;

    hide(text, c->secret);
    if (path != SIZE_MAX) {
        hide(text, str_sub(c->url, path, SIZE_MAX));
    }
}

static enum rc post(struct notify_post *p, struct deliver_answer *answer,
                    struct why *why)
{
    const struct channel *c = p->channel;
    const struct notify_kind *kind = c->kind;
    struct str url = c->url.n > 0 ? c->url : str_from_cz(kind->url);

    p->ask = (struct deliver_ask){
        .url = str_cz(p->arena, url),
        .body = p->letter->payload,
        .timeout_ms = p->letter->timeout_ms,
        .commit = p->letter->commit,
        .is_ended = p->letter->is_ended,
        .arg = p->letter->arg,
    };
    enum rc rc = p->ask.url == NULL      ? RC_LIMIT
                 : kind->address != NULL ? kind->address(p, why)
                                         : address_json(p);
    if (rc != RC_OK) {
        return why_set(why, rc, "the message is too large to be sent");
    }
    return deliver(&p->ask, answer, why);
}

void notify_send(const struct channel *channel,
                 const struct notify_letter *letter, struct outbox_result *ret,
                 bool *ret_is_unsure)
{
    struct deliver_answer answer = {.status = 0};
    struct arena arena;
    struct why why = {.text = ""};

    *ret = (struct outbox_result){.verdict = OUTBOX_LATER};
    *ret_is_unsure = false;
    if (channel->missing_env.n > 0) {
        (void)why_set(&why, RC_UNAVAILABLE,
                      "the environment variable %.*s is not set",
                      STR_ARG(channel->missing_env));
        (void)snprintf(ret->error, sizeof ret->error, "%s", why.text);
        return;
    }
    arena_init(&arena, LIMIT_BODY_MAX);
    struct notify_post p = {
        .channel = channel, .letter = letter, .arena = &arena};
    enum rc rc = post(&p, &answer, &why);
    (void)snprintf(ret->error, sizeof ret->error, "%s", why.text);
    judge(channel, rc, &answer, ret);
    hide_secrets(channel, ret->error);
    *ret_is_unsure = rc != RC_OK && rc != RC_DENIED && answer.is_out;
    arena_fini(&arena);
}
