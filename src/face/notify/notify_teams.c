/* Microsoft Teams: a message with one Adaptive Card, as the "Workflows"
 * webhooks take it (and the older connectors did).  A report comes as text of
 * fixed width, cut where the card would pass Teams' 28 KB.  There is no key by
 * which Teams would know a repetition. */
#include "base/json.h"
#include "face/notify/notify_kind.h"
#include "face/report/report_draw.h"
#include "watch/message.h"

#define TEXT_MAX   (64 * 1024)
#define REPORT_MAX (14 * 1024)
#define LINE_MAX   (4 * 1024)
#define WIDTH      90

static void add_text(struct json_writer *w, struct str text, bool is_head,
                     bool is_fixed)
{
    json_w_obj(w);
    notify_member(w, "type", STR("TextBlock"));
    notify_member(w, "text", text);
    json_w_key(w, STR("wrap"));
    json_w_bool(w, true);
    if (is_head) {
        notify_member(w, "weight", STR("bolder"));
        notify_member(w, "size", STR("medium"));
    }
    if (is_fixed) {
        notify_member(w, "fontType", STR("monospace"));
    }
    json_w_obj_end(w);
}

/* Line by line: a card folds line ends, and blanks at a line's beginning. */
static void add_report(struct json_writer *w, const struct report *report)
{
    struct buf text;
    struct buf fixed;

    buf_init(&text, 1024 * 1024);
    buf_init(&fixed, TEXT_MAX);
    report_text_add(&text, report, WIDTH);
    struct str cut = str_utf8_cut(buf_view(&text), REPORT_MAX);
    struct str line;
    struct str rest = cut;
    while (str_cut(&rest, '\n', &line)) {
        buf_cz(&fixed, fixed.n > 0 ? "\n\n" : "");
        buf_str(&fixed, line);
    }
    buf_cz(&fixed, cut.n < text.n ? "\n\n\xE2\x80\xA6" : "");
    add_text(w, buf_view(&fixed), false, true);
    buf_fini(&text);
    buf_fini(&fixed);
}

/* A card folds single line ends. */
static void add_note(struct json_writer *w, struct str note)
{
    struct buf text;
    struct str line;

    buf_init(&text, TEXT_MAX);
    while (str_cut(&note, '\n', &line)) {
        buf_cz(&text, text.n > 0 ? "\n\n" : "");
        buf_str(&text, line);
    }
    if (text.n > 0) {
        add_text(w, str_utf8_cut(buf_view(&text), LINE_MAX), false, false);
    }
    buf_fini(&text);
}

static void add_link(struct json_writer *w, struct str link)
{
    json_w_key(w, STR("actions"));
    json_w_arr(w);
    json_w_obj(w);
    notify_member(w, "type", STR("Action.OpenUrl"));
    notify_member(w, "title", STR("Open in toll"));
    notify_member(w, "url", link);
    json_w_obj_end(w);
    json_w_arr_end(w);
}

static void add_card(struct json_writer *w, const struct message *m)
{
    struct buf head;

    buf_init(&head, TEXT_MAX);
    notify_head(&head, m);
    notify_member(w, "$schema",
                  STR("http://adaptivecards.io/schemas/adaptive-card.json"));
    notify_member(w, "type", STR("AdaptiveCard"));
    notify_member(w, "version", STR("1.4"));
    json_w_key(w, STR("body"));
    json_w_arr(w);
    add_text(w, str_utf8_cut(buf_view(&head), LINE_MAX), true, false);
    add_note(w, m->note);
    if (m->report != NULL) {
        add_report(w, m->report);
    } else if (m->text.n > 0) {
        add_text(w, str_utf8_cut(m->text, LINE_MAX), false, false);
    }
    json_w_arr_end(w);
    if (m->link.n > 0) {
        add_link(w, m->link);
    }
    buf_fini(&head);
}

static void render(struct buf *out, const struct channel *channel,
                   const struct message *m)
{
    struct json_writer w;

    (void)channel;
    json_w_init(&w, out);
    json_w_obj(&w);
    notify_member(&w, "type", STR("message"));
    json_w_key(&w, STR("attachments"));
    json_w_arr(&w);
    json_w_obj(&w);
    notify_member(&w, "contentType",
                  STR("application/vnd.microsoft.card.adaptive"));
    notify_object(&w, "content");
    add_card(&w, m);
    json_w_obj_end(&w);
    json_w_obj_end(&w);
    json_w_arr_end(&w);
    json_w_obj_end(&w);
}

const struct notify_kind notify_teams = {
    .name = "teams",
    .needs = NOTIFY_URL,
    .render = render,
};
