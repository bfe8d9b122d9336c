/* Slack's incoming webhooks: {"text","blocks"} (Block Kit), answered "ok".
 * There is no key by which Slack would know a repetition. */
#include "base/json.h"
#include "face/markup.h"
#include "face/notify/notify_kind.h"
#include "face/report/report_draw.h"
#include "watch/message.h"

#define HEADER_MAX  150
#define SECTION_MAX 2800
#define TEXT_MAX    (64 * 1024)

static void add_block(struct json_writer *w, const char *type,
                      const char *text_type, struct str text)
{
    json_w_obj(w);
    notify_member(w, "type", str_from_cz(type));
    notify_object(w, "text");
    notify_member(w, "type", str_from_cz(text_type));
    notify_member(w, "text", text);
    json_w_obj_end(w);
    json_w_obj_end(w);
}

static void add_short(struct buf *out, const struct message *m)
{
    struct json_writer w;
    struct buf head;
    struct buf text;

    buf_init(&head, TEXT_MAX);
    buf_init(&text, TEXT_MAX);
    notify_head(&head, m);
    markup_add_mrkdwn(&text, str_utf8_cut(m->text, SECTION_MAX / 5));
    if (m->note.n > 0) {
        buf_cz(&text, "\n");
        markup_add_mrkdwn(&text, str_utf8_cut(m->note, SECTION_MAX / 5));
    }
    if (m->link.n > 0) {
        buf_cz(&text, "\n<");
        markup_add_mrkdwn(&text, m->link);
        buf_cz(&text, "|Open in toll>");
    }
    json_w_init(&w, out);
    json_w_obj(&w);
    notify_member(&w, "text", buf_view(&head));
    json_w_key(&w, STR("blocks"));
    json_w_arr(&w);
    add_block(&w, "header", "plain_text",
              str_utf8_cut(buf_view(&head), HEADER_MAX));
    if (text.n > 0) {
        add_block(&w, "section", "mrkdwn", buf_view(&text));
    }
    json_w_arr_end(&w);
    json_w_obj_end(&w);
    buf_fini(&head);
    buf_fini(&text);
}

static void render(struct buf *out, const struct channel *channel,
                   const struct message *m)
{
    (void)channel;
    if (m->report != NULL) {
        report_slack_add_message(out, m->report, m->note, m->link);
    } else {
        add_short(out, m);
    }
}

const struct notify_kind notify_slack = {
    .name = "slack",
    .needs = NOTIFY_URL,
    .render = render,
};
