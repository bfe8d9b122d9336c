/* A report in every form: what is said is all there, and text from outside
 * stays text. */
#include "test.h"

#include "base/json.h"
#include "base/why.h"
#include "face/report/report_draw.h"
#include "insight/report.h"

#define EVIL "<b>&\"|`*\x1B[31m\n```"

static const struct report_column columns[] = {
    {"model", ANSWER_TEXT, false},
    {"usd", ANSWER_USD, true},
    {"share", ANSWER_RATIO, false},
};

static void fill(struct report *r, size_t n_rows)
{
    report_init(r, 1024 * 1024);
    report_title(r, "Title %d", 1);
    report_sentence(r, "%s", "All of " EVIL);
    report_fact(r, "cost", ANSWER_USD, report_usd(1500000000000));
    report_fact_change(r, "calls", ANSWER_COUNT, report_count(7));
    report_heading(r, "Part %s", EVIL);
    report_text(r, "verdict", STR("Text " EVIL));
    struct report_table *t =
        report_table(r, "cells", "Cells", columns, ARRAY_N(columns));
    for (size_t i = 0; i < n_rows; i++) {
        report_row(t, (struct answer_cell[]){report_str(STR("m " EVIL)),
                                             report_usd(-2500000000000),
                                             report_real(0.25)});
    }
    report_row(t, (struct answer_cell[]){report_null(), report_null(),
                                         report_real(1.0 / 0.0)});
    report_code(r, "config", STR("budgets:\n  - name: a\n"));
    report_note(r, "Note %s", EVIL);
}

static struct str draw(const char *form, const struct report *r, struct buf *b)
{
    const struct report_form *f = NULL;
    struct why why;

    assert_ok(report_form_from(str_from_cz(form), &f, &why), &why);
    buf_init(b, 4 * 1024 * 1024);
    f->add(b, r, 0);
    assert_ok(buf_rc(b, &why), &why);
    return buf_view(b);
}

static bool has(struct str s, const char *part)
{
    return str_find(s, str_from_cz(part), 0) != SIZE_MAX;
}

static void json_carries_everything_exactly(void **state)
{
    struct report r;
    struct buf b;
    struct json *json = NULL;
    struct why why;

    (void)state;
    fill(&r, 1);
    assert_ok(json_parse(draw("", &r, &b), &json, &why), &why);
    assert_true(
        str_eq(json_str(json_get(json, "sentence")), STR("All of " EVIL)));
    assert_true(
        str_eq(json_str(json_get(json, "cost")), STR("1.500000000000")));
    const struct json *row = json_first(json_get(json, "cells"));
    assert_true(str_eq(json_str(json_get(row, "model")), STR("m " EVIL)));
    assert_true(str_eq(json_str(json_get(row, "usd")), STR("-2.500000000000")));
    row = json_next(row);
    assert_int_equal(json_kind(json_get(row, "usd")), JSON_NULL);
    assert_int_equal(json_kind(json_get(row, "share")), JSON_NULL);
    assert_null(json_next(row));
    assert_true(str_eq(json_str(json_first(json_get(json, "notes"))),
                       STR("Note " EVIL)));
    assert_null(json_get(json, "from"));
    json_free(&json);
    buf_fini(&b);
    report_fini(&r);
}

static void text_has_no_control_characters(void **state)
{
    struct report r;
    struct buf b;

    (void)state;
    fill(&r, 1);
    struct str s = draw("text", &r, &b);
    assert_true(has(s, "All of <b>"));
    assert_true(has(s, "-$2.50"));
    assert_true(has(s, "+7"));
    assert_true(has(s, "25.0 %"));
    assert_true(has(s, "  budgets:\n    - name: a\n"));
    assert_false(has(s, "\x1B"));
    buf_fini(&b);
    report_fini(&r);
}

static void html_is_escaped(void **state)
{
    struct report r;
    struct buf b;

    (void)state;
    fill(&r, 1);
    struct str s = draw("html", &r, &b);
    assert_true(has(s, "&lt;b&gt;&amp;&quot;"));
    assert_false(has(s, "<b>"));
    assert_true(has(s, "<td class=\"n\">-$2.50</td>"));
    assert_true(has(s, "<dt>cost</dt><dd>$1.50</dd>"));
    assert_false(has(s, "http://"));
    buf_fini(&b);
    report_fini(&r);
}

static void markdown_is_escaped(void **state)
{
    struct report r;
    struct buf b;

    (void)state;
    fill(&r, 1);
    struct str s = draw("markdown", &r, &b);
    assert_true(has(s, "| m \\<b\\>&\"\\|\\`\\*"));
    assert_true(has(s, "# Title 1\n"));
    assert_true(has(s, "|---|---:|---:|\n"));
    assert_true(has(s, "```\nbudgets:\n  - name: a\n```\n"));
    assert_false(has(s, "<b>"));
    buf_fini(&b);
    report_fini(&r);
}

static void slack_takes_it(void **state)
{
    struct report r;
    struct buf b;
    struct json *json = NULL;
    struct why why;
    size_t n = 0;

    (void)state;
    fill(&r, 200);
    assert_ok(json_parse(draw("slack", &r, &b), &json, &why), &why);
    for (const struct json *block = json_first(json_get(json, "blocks"));
         block != NULL; block = json_next(block)) {
        const struct json *object = json_get(block, "text");
        struct str text = json_str(json_get(object, "text"));
        bool is_plain =
            str_eq(json_str(json_get(object, "type")), STR("plain_text"));
        assert_in_range(text.n, 1, is_plain ? 150 : 3000);
        assert_true(is_plain || !has(text, "<b>"));
        n++;
    }
    assert_in_range(n, 5, 50);
    assert_true(has(buf_view(&b), "and 191 more"));
    assert_false(has(json_str(json_get(json, "text")), "<b>"));
    json_free(&json);
    buf_fini(&b);
    report_fini(&r);
}

/* "&amp;" is five bytes: after one more, the cut falls into one. */
static void slack_cuts_no_escape(void **state)
{
    struct report r;
    struct buf b;
    struct buf many;
    struct json *json = NULL;
    struct why why;

    (void)state;
    report_init(&r, 1024 * 1024);
    buf_init(&many, 4096);
    buf_char(&many, 'x');
    for (int i = 0; i < 1000; i++) {
        buf_char(&many, '&');
    }
    report_text(&r, "many", buf_view(&many));
    assert_ok(json_parse(draw("slack", &r, &b), &json, &why), &why);
    const struct json *object =
        json_get(json_first(json_get(json, "blocks")), "text");
    struct str text = json_str(json_get(object, "text"));
    assert_in_range(text.n, 2700, 3000);
    assert_true(str_ends(text, STR("&amp;\xE2\x80\xA6")));
    json_free(&json);
    buf_fini(&many);
    buf_fini(&b);
    report_fini(&r);
}

static void csv_is_the_first_table(void **state)
{
    struct report r;
    struct buf b;

    (void)state;
    fill(&r, 1);
    struct str s = draw("csv", &r, &b);
    assert_true(str_starts(s, STR("model,usd,share\r\n")));
    assert_true(has(s, ",-2.500000000000,0.25\r\n"));
    assert_true(str_ends(s, STR("\r\n,,\r\n")));
    buf_fini(&b);
    report_fini(&r);
}

static void an_unknown_form_is_told_the_nearest(void **state)
{
    const struct report_form *f = NULL;
    struct why why;

    (void)state;
    assert_rc(report_form_from(STR("markdwon"), &f, &why), RC_INVALID);
    assert_non_null(strstr(why.text, "markdown"));
}

static void what_does_not_fit_is_told_once(void **state)
{
    struct report r;
    struct why why;

    (void)state;
    report_init(&r, 4096);
    for (int i = 0; i < 1000; i++) {
        struct report_table *t =
            report_table(&r, "cells", "Cells", columns, ARRAY_N(columns));
        report_row(t, (struct answer_cell[]){report_str(STR("a")),
                                             report_usd(1), report_real(1)});
        report_note(&r, "%s", "a note");
    }
    assert_rc(report_rc(&r, &why), RC_LIMIT);
    report_fini(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_carries_everything_exactly),
        cmocka_unit_test(text_has_no_control_characters),
        cmocka_unit_test(html_is_escaped),
        cmocka_unit_test(markdown_is_escaped),
        cmocka_unit_test(slack_takes_it),
        cmocka_unit_test(slack_cuts_no_escape),
        cmocka_unit_test(csv_is_the_first_table),
        cmocka_unit_test(an_unknown_form_is_told_the_nearest),
        cmocka_unit_test(what_does_not_fit_is_told_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
