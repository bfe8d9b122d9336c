/* Mail: text, and HTML of a report (RFC 5322, 2045 to 2047).  Both parts are
 * base64: lines of a report may be longer than mail allows.  The Message-ID
 * is made of the key, so that a repetition bears the same, and an incident's
 * messages refer to one, which keeps them together in a mailbox. */
#include "base/hash.h"
#include "base/utc.h"
#include "base/why.h"
#include "face/notify/notify_kind.h"
#include "face/report/report_draw.h"
#include "watch/message.h"

#define LINE_BYTES 57 /* of base64: 76 characters */
#define WORD_BYTES 42 /* of an encoded word: below its 75 characters */
#define BOUNDARY   "=_toll_part_=" /* no base64 can hold it */
#define CRLF       "\r\n"

/* ---- encodings ---- */

static void add_base64(struct buf *b, struct str s)
{
    static const char digit[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        "abcdefghijklmnopqrstuvwxyz0123456789+/="; /* the last pads */

    for (size_t i = 0; i < s.n; i += 3) {
        uint32_t x = 0;
        for (size_t k = 0; k < 3; k++) {
            x = x << 8 | (i + k < s.n ? (unsigned char)s.p[i + k] : 0u);
        }
        buf_char(b, digit[x >> 18 & 63]);
        buf_char(b, digit[x >> 12 & 63]);
        buf_char(b, digit[i + 1 < s.n ? x >> 6 & 63 : 64]);
        buf_char(b, digit[i + 2 < s.n ? x & 63 : 64]);
    }
}

static void add_lines(struct buf *b, struct str s)
{
    for (size_t i = 0; i < s.n; i += LINE_BYTES) {
        add_base64(b, str_sub(s, i, LINE_BYTES));
        buf_cz(b, CRLF);
    }
}

/* Text of a header: as it is, or as encoded words; line ends are blanks. */
static void add_words(struct buf *b, struct str s)
{
    bool is_plain = s.n <= 200;
    struct buf one;

    buf_init(&one, SIZE_MAX);
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool is_control = (c >= 0 && c < ' ') || c == 127;
        buf_char(&one, (char)(is_control ? ' ' : c));
        is_plain = is_plain && c > 0 && c < 127;
    }
    /* What looks like an encoded word is encoded. */
    struct str rest = buf_view(&one);
    if (is_plain && str_find(rest, STR("=?"), 0) == SIZE_MAX) {
        buf_str(b, rest);
        rest = STR_EMPTY;
    }
    for (bool first = true; rest.n > 0; first = false) {
        struct str word = str_utf8_cut(rest, WORD_BYTES);
        word = word.n > 0 ? word : str_sub(rest, 0, 1);
        buf_cz(b, first ? "=?UTF-8?B?" : CRLF " =?UTF-8?B?");
        add_base64(b, word);
        buf_cz(b, "?=");
        rest = str_sub(rest, word.n, SIZE_MAX);
    }
    buf_fini(&one);
}

static void add_date(struct buf *b, int64_t us)
{
    static const char *const weekday[] = {"Thu", "Fri", "Sat", "Sun",
                                          "Mon", "Tue", "Wed"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr",
                                         "May", "Jun", "Jul", "Aug",
                                         "Sep", "Oct", "Nov", "Dec"};
    int64_t day = us / UTC_US_PER_DAY;
    int64_t s = us % UTC_US_PER_DAY / UTC_US_PER_SECOND;
    int year;
    int month;
    int mday;

    utc_civil(day, &year, &month, &mday);
    buf_fmt(b, "%s, %02d %s %04d %02d:%02d:%02d +0000", weekday[day % 7], mday,
            months[month - 1], year, (int)(s / 3600), (int)(s / 60 % 60),
            (int)(s % 60));
}

/* ---- the mail ---- */

static void add_id(struct buf *b, const struct channel *c, struct str key)
{
    struct str from = notify_bare_address(c->from);
    struct str host = str_sub(from, str_find_char(from, '@', 0) + 1, SIZE_MAX);

    buf_fmt(b, "<%016llx.%016llx@%.*s>",
            (unsigned long long)hash_64(key.p, key.n, 0),
            (unsigned long long)hash_64(c->name.p, c->name.n, 1),
            STR_ARG(host));
}

static void add_head(struct buf *b, const struct channel *c,
                     const struct message *m)
{
    struct buf subject;

    buf_init(&subject, 64 * 1024);
    notify_head(&subject, m);
    buf_fmt(b, "From: %.*s" CRLF "To: ", STR_ARG(c->from));
    for (size_t i = 0; i < c->n_to; i++) {
        buf_cz(b, i > 0 ? "," CRLF " " : "");
        buf_str(b, c->to[i]);
    }
    buf_cz(b, CRLF "Subject: ");
    add_words(b, buf_view(&subject));
    buf_cz(b, CRLF "Date: ");
    add_date(b, m->at_us);
    buf_cz(b, CRLF "Message-ID: ");
    add_id(b, c, m->key);
    if (m->incident.n > 0) {
        buf_cz(b, CRLF "References: ");
        add_id(b, c, m->incident);
    }
    buf_cz(b, CRLF "MIME-Version: 1.0" CRLF "Auto-Submitted: auto-generated");
    if (m->severity == MESSAGE_PAGE) {
        buf_cz(b, CRLF "Importance: high");
    }
    buf_cz(b, CRLF "Content-Type: multipart/alternative;" CRLF
                   " boundary=\"" BOUNDARY "\"" CRLF CRLF);
    buf_fini(&subject);
}

static void add_part(struct buf *b, const char *type, struct str text)
{
    buf_fmt(b,
            "--" BOUNDARY CRLF "Content-Type: %s; charset=utf-8" CRLF
            "Content-Transfer-Encoding: base64" CRLF CRLF,
            type);
    add_lines(b, text);
}

static void add_plain(struct buf *b, const struct message *m)
{
    if (m->note.n > 0) {
        buf_str(b, m->note);
        buf_cz(b, "\n\n");
    }
    if (m->report != NULL) {
        report_text_add(b, m->report, 78);
    } else {
        buf_str(b, m->title);
        buf_cz(b, "\n\n");
        buf_str(b, m->text);
        buf_char(b, '\n');
    }
    if (m->link.n > 0) {
        buf_char(b, '\n');
        buf_str(b, m->link);
        buf_char(b, '\n');
    }
}

static void render(struct buf *out, const struct channel *channel,
                   const struct message *m)
{
    struct buf text;

    buf_init(&text, SIZE_MAX);
    add_head(out, channel, m);
    add_plain(&text, m);
    add_part(out, "text/plain", buf_view(&text));
    if (m->report != NULL) {
        buf_clear(&text);
        report_html_add_message(&text, m->report, m->note);
        add_part(out, "text/html", buf_view(&text));
    }
    buf_cz(out, "--" BOUNDARY "--" CRLF);
    buf_fini(&text);
}

static enum rc address(struct notify_post *post, struct why *why)
{
    const struct channel *c = post->channel;
    const char **to = arena_array(post->arena, c->n_to, sizeof *to);
    bool is_full = to == NULL;

    post->ask.mail_from = str_cz(post->arena, notify_bare_address(c->from));
    for (size_t i = 0; !is_full && i < c->n_to; i++) {
        to[i] = str_cz(post->arena, notify_bare_address(c->to[i]));
        is_full = to[i] == NULL;
    }
    if (is_full || post->ask.mail_from == NULL) {
        return why_set(why, RC_LIMIT, "too large");
    }
    post->ask.mail_to = to;
    post->ask.n_mail_to = c->n_to;
    if (c->user.n > 0 || c->secret.n > 0) {
        post->ask.user = str_cz(post->arena, c->user);
        post->ask.password = str_cz(post->arena, c->secret);
    }
    return RC_OK;
}

const struct notify_kind notify_smtp = {
    .name = "smtp",
    .needs = NOTIFY_URL | NOTIFY_FROM | NOTIFY_TO,
    .is_mail = true,
    .render = render,
    .address = address,
};
