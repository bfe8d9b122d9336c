#include "base/json.h"
#include "face/markup.h"
#include "face/report/report_draw.h"
#include "face/report/report_draw_priv.h"
#include "insight/say.h"

/* Block Kit's ceilings (api.slack.com, reference of blocks and of text
 * objects), with room for escapes and fences. */
enum {
    HEADER_MAX = 150,
    SECTION_MAX = 2800,
    BLOCKS_MAX = 50,
    ROWS_MAX = 10,
    COLUMNS_WIDTH = 90
};

#define TEXT_BYTES_MAX (1024 * 1024)

struct slack {
    struct json_writer w;
    size_t n_blocks;
    struct buf text; /* of the section being filled: mrkdwn */
};

static void member(struct json_writer *w, struct str key, struct str value)
{
    json_w_key(w, key);
    json_w_str(w, value);
}

static void add_block(struct slack *s, const char *type, const char *text_type,
                      struct str text)
{
    if (text.n == 0 || s->n_blocks == BLOCKS_MAX) {
        return;
    }
    s->n_blocks++;
    json_w_obj(&s->w);
    member(&s->w, STR("type"), str_from_cz(type));
    json_w_key(&s->w, STR("text"));
    json_w_obj(&s->w);
    member(&s->w, STR("type"), str_from_cz(text_type));
    member(&s->w, STR("text"), text);
    json_w_obj_end(&s->w);
    json_w_obj_end(&s->w);
}

/* Cut as str_utf8_cut does, and never within an escape. */
static struct str cut_escaped(struct str text, size_t max)
{
    struct str s = str_utf8_cut(text, max);

    for (size_t k = 1; k < sizeof "&amp" && k <= s.n; k++) {
        char c = s.p[s.n - k];
        if (c == ';') {
            return s;
        }
        if (c == '&') {
            return str_sub(s, 0, s.n - k);
        }
    }
    return s;
}

static void end_section(struct slack *s)
{
    struct str text = buf_view(&s->text);
    struct buf cut;

    if (text.n <= SECTION_MAX) {
        add_block(s, "section", "mrkdwn", text);
    } else {
        bool has_fence = str_ends(text, STR("```"));
        buf_init(&cut, SECTION_MAX + 64);
        buf_str(&cut, cut_escaped(text, SECTION_MAX));
        buf_cz(&cut, has_fence ? "\xE2\x80\xA6\n```" : "\xE2\x80\xA6");
        add_block(s, "section", "mrkdwn", buf_view(&cut));
        buf_fini(&cut);
    }
    buf_clear(&s->text);
}

/* Columns line up only in a fixed-width block; ten rows are what one reads in
 * a message. */
static void add_table(struct slack *s, const struct report_item *item)
{
    const struct report_table *from = item->table;
    size_t n_rows = from->n_rows < ROWS_MAX ? from->n_rows : ROWS_MAX;
    struct buf drawn;

    if (n_rows == 0 || item->is_data) {
        return;
    }
    buf_init(&drawn, TEXT_BYTES_MAX);
    report_add_lines(&drawn, from, n_rows, COLUMNS_WIDTH);
    end_section(s);
    if (item->text.n > 0) {
        buf_char(&s->text, '*');
        markup_add_mrkdwn(&s->text, item->text);
        buf_cz(&s->text, "*\n");
    }
    buf_cz(&s->text, "```\n");
    markup_add_mrkdwn(&s->text, buf_view(&drawn));
    if (from->n_rows > n_rows) {
        buf_fmt(&s->text, "and %zu more\n", from->n_rows - n_rows);
    }
    buf_cz(&s->text, "```");
    end_section(s);
    buf_fini(&drawn);
}

static void add_item(struct slack *s, const struct report_item *item)
{
    struct buf *b = &s->text;

    switch (item->kind) {
    case REPORT_HEADING:
        end_section(s);
        add_block(s, "header", "plain_text",
                  str_utf8_cut(item->text, HEADER_MAX));
        return;
    case REPORT_TEXT:
        buf_cz(b, b->n > 0 ? "\n" : "");
        markup_add_mrkdwn(b, item->text);
        return;
    case REPORT_CODE:
        end_section(s);
        buf_cz(b, "```\n");
        markup_add_mrkdwn(b, item->text);
        buf_cz(b, "```");
        end_section(s);
        return;
    case REPORT_FACT:
        buf_cz(b, b->n > 0 ? "\n" : "");
        say_name(b, item->name);
        buf_cz(b, ": *");
        report_add_value(b, item->value_kind, item->is_change, &item->cell,
                         markup_add_mrkdwn);
        buf_char(b, '*');
        return;
    case REPORT_TABLE:
        add_table(s, item);
        return;
    }
}

static void add_note(struct slack *s, struct str note)
{
    struct buf quoted;
    struct str line;

    buf_init(&quoted, TEXT_BYTES_MAX);
    while (str_cut(&note, '\n', &line)) {
        buf_cz(&quoted, quoted.n > 0 ? "\n> " : "> ");
        markup_add_mrkdwn(&quoted, line);
    }
    add_block(s, "section", "mrkdwn",
              cut_escaped(buf_view(&quoted), SECTION_MAX));
    buf_fini(&quoted);
}

void report_slack_add(struct buf *b, const struct report *r, size_t width)
{
    (void)width;
    report_slack_add_message(b, r, STR_EMPTY, STR_EMPTY);
}

void report_slack_add_message(struct buf *b, const struct report *r,
                              struct str note, struct str link)
{
    struct slack s = {.n_blocks = 0};

    buf_init(&s.text, TEXT_BYTES_MAX);
    json_w_init(&s.w, b);
    json_w_obj(&s.w);
    markup_add_mrkdwn(&s.text, r->sentence);
    member(&s.w, STR("text"), buf_view(&s.text)); /* mrkdwn as well */
    json_w_key(&s.w, STR("blocks"));
    json_w_arr(&s.w);
    add_block(&s, "header", "plain_text", str_utf8_cut(r->title, HEADER_MAX));
    add_note(&s, note);
    end_section(&s);
    for (size_t i = 0; i < report_n_items(r); i++) {
        add_item(&s, report_item(r, i));
    }
    for (size_t i = 0; i < report_n_notes(r); i++) {
        buf_cz(&s.text, s.text.n > 0 ? "\n_" : "_");
        markup_add_mrkdwn(&s.text, report_note_at(r, i));
        buf_char(&s.text, '_');
    }
    if (link.n > 0) {
        buf_cz(&s.text, s.text.n > 0 ? "\n<" : "<");
        markup_add_mrkdwn(&s.text, link);
        buf_cz(&s.text, "|Open in toll>");
    }
    end_section(&s);
    json_w_arr_end(&s.w);
    json_w_obj_end(&s.w);
    buf_char(b, '\n');
    buf_fini(&s.text);
}
