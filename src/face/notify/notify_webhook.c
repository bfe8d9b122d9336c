/* A webhook of one's own: JSON, signed.  docs/alerts.md is the receiver's side:
 *
 *   X-Toll-Timestamp: 1795420800            when this try was made
 *   X-Toll-Signature: v1=HEX                 HMAC-SHA256 under the secret of
 *                                            TIMESTAMP "." BODY
 *   Idempotency-Key: review/2026-W47/hook    the same for each try */
#include "base/json.h"
#include "base/utc.h"
#include "base/why.h"
#include "face/notify/notify_kind.h"
#include "face/report/report_draw.h"
#include "net/sign.h"
#include "watch/message.h"

static void render(struct buf *out, const struct channel *channel,
                   const struct message *m)
{
    struct json_writer w;
    struct buf b;

    buf_init(&b, SIZE_MAX);
    json_w_init(&w, out);
    json_w_obj(&w);
    notify_member(&w, "key", m->key);
    notify_member(&w, "channel", channel->name);
    notify_member(&w, "incident", m->incident);
    notify_member(&w, "severity",
                  str_from_cz(message_severity_name(m->severity)));
    notify_member(&w, "phase", str_from_cz(message_phase_name(m->phase)));
    utc_add_text(&b, m->at_us);
    notify_member(&w, "time", buf_view(&b));
    notify_member(&w, "title", m->title);
    notify_member(&w, "text", m->text);
    notify_member(&w, "link", m->link);
    if (m->note.n > 0) {
        notify_member(&w, "note", m->note);
    }
    if (m->report != NULL) {
        buf_clear(&b);
        report_json_add(&b, m->report, 0);
        json_w_key(&w, STR("report"));
        json_w_raw(&w, str_trim(buf_view(&b)));
    }
    json_w_obj_end(&w);
    buf_fini(&b);
}

/* A key as a header takes it. */
static struct str header_key(struct arena *arena, struct str key)
{
    struct str kept = STR_EMPTY;
    struct buf b;

    buf_init(&b, SIZE_MAX);
    for (size_t i = 0; i < key.n; i++) {
        unsigned char c = (unsigned char)key.p[i];
        if (c > ' ' && c < 127 && c != '%') {
            buf_char(&b, key.p[i]);
        } else {
            buf_fmt(&b, "%%%02X", c);
        }
    }
    if (str_dup(arena, buf_view(&b), &kept) != RC_OK) {
        kept = STR_EMPTY; /* the arena is full */
    }
    buf_fini(&b);
    return kept;
}

static enum rc address(struct notify_post *post, struct why *why)
{
    const struct notify_letter *letter = post->letter;
    char hex[SIGN_HEX_BYTES];
    struct http_field *field = arena_array(post->arena, 5, sizeof *field);
    struct str at = str_fmt(post->arena, "%lld",
                            (long long)(letter->now_us / UTC_US_PER_SECOND));
    struct str key = header_key(post->arena, letter->key);
    struct buf text;

    buf_init(&text, SIZE_MAX);
    buf_str(&text, at);
    buf_char(&text, '.');
    buf_str(&text, letter->payload);
    sign_hmac_sha256(post->channel->secret, buf_view(&text), hex);
    buf_fini(&text);
    struct str signature = str_fmt(post->arena, "v1=%s", hex);
    if (field == NULL || at.p == NULL || key.p == NULL || signature.p == NULL) {
        return why_set(why, RC_LIMIT, "too large");
    }
    field[0] =
        (struct http_field){STR("Content-Type"), STR("application/json")};
    field[1] = (struct http_field){STR("User-Agent"), STR("toll")};
    field[2] = (struct http_field){STR("Idempotency-Key"), key};
    field[3] = (struct http_field){STR("X-Toll-Timestamp"), at};
    field[4] = (struct http_field){STR("X-Toll-Signature"), signature};
    post->ask.field = field;
    /* Without a secret there is nothing to sign with. */
    post->ask.n_fields = post->channel->secret.n > 0 ? 5 : 3;
    return RC_OK;
}

const struct notify_kind notify_webhook = {
    .name = "webhook",
    .needs = NOTIFY_URL,
    .can_repeat = true,
    .render = render,
    .address = address,
};
