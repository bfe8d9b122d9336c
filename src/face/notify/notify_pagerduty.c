/* PagerDuty's Events API v2: an incident's messages share its dedup_key, so
 * that an update or a repetition opens no second one, and its closing
 * resolves it.  The routing key is added when it is sent: payloads stand on
 * disk. */
#include "base/hash.h"
#include "base/json.h"
#include "base/why.h"
#include "face/notify/notify_kind.h"
#include "watch/message.h"

#include <string.h>

/* Ceilings of the API. */
#define SUMMARY_MAX 1024
#define DEDUP_MAX   255

static struct str severity_of(const struct message *m)
{
    switch (m->severity) {
    case MESSAGE_INFO:
        return STR("info");
    case MESSAGE_WARN:
        return STR("warning");
    case MESSAGE_PAGE:
        return STR("critical");
    }
    return STR("error");
}

/* A longer one keeps its beginning and is told apart by its hash. */
static void add_dedup(struct json_writer *w, struct str key)
{
    struct buf b;

    buf_init(&b, DEDUP_MAX + 1);
    if (key.n <= DEDUP_MAX) {
        buf_str(&b, key);
    } else {
        buf_str(&b, str_utf8_cut(key, DEDUP_MAX - 17));
        buf_fmt(&b, "#%016llx", (unsigned long long)hash_64(key.p, key.n, 0));
    }
    notify_member(w, "dedup_key", buf_view(&b));
    buf_fini(&b);
}

static void add_payload(struct json_writer *w, const struct message *m)
{
    struct buf summary;

    buf_init(&summary, 64 * 1024);
    buf_str(&summary, m->title);
    if (m->text.n > 0) {
        buf_cz(&summary, ": ");
        buf_str(&summary, m->text);
    }
    notify_object(w, "payload");
    notify_member(w, "summary", str_utf8_cut(buf_view(&summary), SUMMARY_MAX));
    notify_member(w, "source", STR("toll"));
    notify_member(w, "severity", severity_of(m));
    notify_object(w, "custom_details");
    notify_member(w, "title", m->title);
    notify_member(w, "text", m->text);
    notify_member(w, "key", m->key);
    if (m->note.n > 0) {
        notify_member(w, "note", m->note);
    }
    json_w_obj_end(w);
    json_w_obj_end(w);
    buf_fini(&summary);
}

static void render(struct buf *out, const struct channel *channel,
                   const struct message *m)
{
    bool is_over = m->phase == MESSAGE_CLOSED;
    struct json_writer w;

    (void)channel;
    json_w_init(&w, out);
    json_w_obj(&w);
    notify_member(&w, "event_action",
                  is_over ? STR("resolve") : STR("trigger"));
    add_dedup(&w, m->incident.n > 0 ? m->incident : m->key);
    add_payload(&w, m);
    if (m->link.n > 0) {
        json_w_key(&w, STR("links"));
        json_w_arr(&w);
        json_w_obj(&w);
        notify_member(&w, "href", m->link);
        notify_member(&w, "text", STR("Open in toll"));
        json_w_obj_end(&w);
        json_w_arr_end(&w);
    }
    json_w_obj_end(&w);
}

/* {"routing_key":"...", and then what was rendered. */
static enum rc address(struct notify_post *post, struct why *why)
{
    static const struct http_field field[] = {
        {STR_INIT("Content-Type"), STR_INIT("application/json")},
        {STR_INIT("User-Agent"), STR_INIT("toll")},
    };
    struct str rest = str_sub(post->letter->payload, 1, SIZE_MAX);
    struct json_writer w;
    struct buf b;

    buf_init(&b, SIZE_MAX);
    json_w_init(&w, &b);
    json_w_obj(&w);
    notify_member(&w, "routing_key", post->channel->secret);
    buf_char(&b, ',');
    buf_str(&b, rest);
    enum rc rc = str_dup(post->arena, buf_view(&b), &post->ask.body);
    explicit_bzero(b.p, b.n);
    buf_fini(&b);
    post->ask.field = field;
    post->ask.n_fields = ARRAY_N(field);
    return rc == RC_OK ? rc : why_set(why, rc, "too large");
}

const struct notify_kind notify_pagerduty = {
    .name = "pagerduty",
    .needs = NOTIFY_SECRET,
    .can_repeat = true,
    .url = "https://events.pagerduty.com/v2/enqueue",
    .render = render,
    .address = address,
};
