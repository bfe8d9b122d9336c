#include "test.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/csv.h"
#include "base/limits.h"

struct fixture {
    struct arena arena;
    struct csv_reader r;
    struct str *cells;
    size_t n;
    struct why why;
};

static int setup(void **state)
{
    static struct fixture f;
    arena_init(&f.arena, (size_t)1 << 20);
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    arena_fini(&f->arena);
    return 0;
}

static enum rc next(struct fixture *f)
{
    return csv_next(&f->r, &f->arena, &f->cells, &f->n, &f->why);
}

/* The next record, its cells joined by '|', is `want`. */
static void assert_record(struct fixture *f, const char *want)
{
    struct buf b;
    buf_init(&b, 1000);
    assert_ok(next(f), &f->why);
    for (size_t i = 0; i < f->n; i++) {
        buf_cz(&b, i > 0 ? "|" : "");
        buf_str(&b, f->cells[i]);
    }
    buf_char(&b, '\0');
    assert_rc(buf_rc(&b, NULL), RC_OK);
    assert_string_equal(b.p, want);
    buf_fini(&b);
}

static void cells_and_records_are_told_apart(void **state)
{
    struct fixture *f = *state;
    csv_init(&f->r, STR("a,b,c\n1,,3\r\n,\nlast, x "), ',');
    assert_record(f, "a|b|c");
    assert_record(f, "1||3");
    assert_record(f, "|");
    assert_record(f, "last| x ");
    assert_rc(next(f), RC_END);
    assert_rc(next(f), RC_END);
}

static void quotes_hold_separators_lines_and_quotes(void **state)
{
    struct fixture *f = *state;
    csv_init(&f->r,
             STR("\"a,b\",\"two\r\nlines\",\"say \"\"hi\"\"\"\n"
                 "\"\",\"\"\"\",x\"y\n"),
             ',');
    assert_record(f, "a,b|two\r\nlines|say \"hi\"");
    assert_record(f, "|\"|x\"y");
    assert_rc(next(f), RC_END);
}

static void other_separators_are_read(void **state)
{
    struct fixture *f = *state;
    csv_init(&f->r, STR("a,b;c;\"d;e\"\n"), ';');
    assert_record(f, "a,b|c|d;e");
    csv_init(&f->r, STR("a\tb\n"), '\t');
    assert_record(f, "a|b");
}

static void nothing_is_no_record(void **state)
{
    struct fixture *f = *state;
    csv_init(&f->r, STR_EMPTY, ',');
    assert_rc(next(f), RC_END);
    csv_init(&f->r, STR("\n\r\n\n\r"), ',');
    assert_rc(next(f), RC_END);
    csv_init(&f->r, STR("\xef\xbb\xbf"), ',');
    assert_rc(next(f), RC_END);
}

static void a_byte_order_mark_is_no_text(void **state)
{
    struct fixture *f = *state;
    csv_init(&f->r, STR("\xef\xbb\xbf\"a\",b\n"), ',');
    assert_record(f, "a|b");
}

static void lines_are_counted_over_blanks_and_quotes(void **state)
{
    struct fixture *f = *state;
    csv_init(&f->r, STR("\n\na,\"1\n2\"\r\n\r\nb\nc"), ',');
    assert_int_equal(f->r.line, 3);
    assert_record(f, "a|1\n2");
    assert_int_equal(f->r.line, 6);
    assert_record(f, "b");
    assert_int_equal(f->r.line, 7);
    assert_record(f, "c");
    assert_rc(next(f), RC_END);
}

static void text_after_a_quote_spoils_only_its_record(void **state)
{
    struct fixture *f = *state;
    csv_init(&f->r, STR("good,1\nx,\"a\nb\"c,d\ngood,2\n\"e\" \n"), ',');
    assert_record(f, "good|1");
    f->cells = NULL;
    assert_rc(next(f), RC_PARSE);
    assert_null(f->cells); /* untouched on failure */
    assert_string_equal(f->why.text, "line 3: text after a closing quote");
    assert_int_equal(f->r.line, 4);
    assert_record(f, "good|2");
    assert_rc(next(f), RC_PARSE);
    assert_rc(next(f), RC_END);
}

static void a_quote_never_closed_spoils_its_line(void **state)
{
    struct fixture *f = *state;
    csv_init(&f->r, STR("a,\"b\ngood,1\n"), ',');
    assert_rc(next(f), RC_PARSE);
    assert_string_equal(f->why.text, "line 1: a quote is never closed");
    assert_record(f, "good|1");
    assert_rc(next(f), RC_END);
    csv_init(&f->r, STR("\"\"\""), ',');
    assert_rc(next(f), RC_PARSE);
    assert_rc(next(f), RC_END);
}

static void cells_are_limited(void **state)
{
    struct fixture *f = *state;
    char text[LIMIT_CSV_CELLS_MAX + 8];
    memset(text, ',', sizeof(text));
    csv_init(&f->r, (struct str){.p = text, .n = LIMIT_CSV_CELLS_MAX - 1}, ',');
    assert_ok(next(f), &f->why);
    assert_int_equal(f->n, LIMIT_CSV_CELLS_MAX);
    text[LIMIT_CSV_CELLS_MAX] = '\n';
    text[LIMIT_CSV_CELLS_MAX + 1] = 'x';
    csv_init(&f->r, (struct str){.p = text, .n = LIMIT_CSV_CELLS_MAX + 2}, ',');
    assert_rc(next(f), RC_LIMIT);
    assert_record(f, "x");
    assert_rc(next(f), RC_END);
}

static void a_full_arena_is_told_and_reading_can_go_on(void **state)
{
    struct fixture *f = *state;
    struct arena none;
    arena_init(&none, 0);
    csv_init(&f->r, STR("a\n\"b\"\"\"\nc\n"), ',');
    assert_rc(csv_next(&f->r, &none, &f->cells, &f->n, &f->why), RC_LIMIT);
    assert_rc(csv_next(&f->r, &none, &f->cells, &f->n, &f->why), RC_LIMIT);
    assert_record(f, "c");
    arena_fini(&none);
}

static void assert_written(struct str cell, bool guard, const char *want)
{
    struct buf b;
    buf_init(&b, 1000);
    csv_add_cell(&b, cell, ',', guard);
    buf_char(&b, '\0');
    assert_rc(buf_rc(&b, NULL), RC_OK);
    assert_string_equal(b.p, want);
    buf_fini(&b);
}

static void cells_are_quoted_where_needed(void **state)
{
    (void)state;
    assert_written(STR("plain text"), true, "plain text");
    assert_written(STR_EMPTY, true, "");
    assert_written(STR("a,b"), true, "\"a,b\"");
    assert_written(STR("say \"hi\""), true, "\"say \"\"hi\"\"\"");
    assert_written(STR("\""), true, "\"\"\"\"");
    assert_written(STR("1\n2"), true, "\"1\n2\"");
    assert_written(STR("1\r"), true, "\"1\r\"");
    assert_written(STR("a;b"), true, "a;b");
    assert_written(STR("\xef\xbb\xbf"
                       "a"),
                   true,
                   "\"\xef\xbb\xbf"
                   "a\"");
}

static void formulas_are_disarmed(void **state)
{
    (void)state;
    assert_written(STR("=1+1"), true, "'=1+1");
    assert_written(STR("+1"), true, "'+1");
    assert_written(STR("-1"), true, "'-1");
    assert_written(STR("@x,y"), true, "\"'@x,y\"");
    assert_written(STR("\t=1"), true, "'\t=1");
    assert_written(STR("a=1"), true, "a=1");
    assert_written(STR("-1.5"), false, "-1.5");
}

static void what_is_written_reads_back(void **state)
{
    struct fixture *f = *state;
    static const char *const cells[] = {
        "a", "", "b,c", "d\"", "\"", "e\nf", "g\r\n", "\"h\",", "\r", " i "};
    struct buf b;
    buf_init(&b, 1000);
    for (size_t i = 0; i < ARRAY_N(cells); i++) {
        buf_cz(&b, i > 0 ? "," : "");
        csv_add_cell(&b, str_from_cz(cells[i]), ',', false);
    }
    buf_cz(&b, "\r\n");
    csv_init(&f->r, buf_view(&b), ',');
    assert_ok(next(f), &f->why);
    assert_int_equal(f->n, ARRAY_N(cells));
    for (size_t i = 0; i < ARRAY_N(cells); i++) {
        assert_true(str_eq(f->cells[i], str_from_cz(cells[i])));
    }
    assert_rc(next(f), RC_END);
    buf_fini(&b);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(cells_and_records_are_told_apart),
        T(quotes_hold_separators_lines_and_quotes),
        T(other_separators_are_read),
        T(nothing_is_no_record),
        T(a_byte_order_mark_is_no_text),
        T(lines_are_counted_over_blanks_and_quotes),
        T(text_after_a_quote_spoils_only_its_record),
        T(a_quote_never_closed_spoils_its_line),
        T(cells_are_limited),
        T(a_full_arena_is_told_and_reading_can_go_on),
        T(cells_are_quoted_where_needed),
        T(formulas_are_disarmed),
        T(what_is_written_reads_back),
    };
#undef T
    return cmocka_run_group_tests(tests, NULL, NULL);
}
