#include "test.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/rand.h"
#include "capture/json_split.h"

/* Splitting `text` yields members "key=raw " each as `want` has them, and then
 * ends as `last`. */
static void assert_split(struct str text, const char *want, enum rc last)
{
    struct json_split it;
    struct str key;
    struct str raw;
    struct buf got;
    enum rc rc;
    buf_init(&got, 10000);
    assert_true(json_split_obj(text, &it) || json_split_arr(text, &it));
    while ((rc = json_split_next(&it, &key, &raw)) == RC_OK) {
        buf_str(&got, key);
        buf_char(&got, '=');
        buf_str(&got, raw);
        buf_char(&got, ' ');
    }
    assert_rc(rc, last);
    assert_rc(json_split_next(&it, &key, &raw), last); /* and for ever */
    buf_char(&got, '\0');
    assert_string_equal(got.p, want);
    buf_fini(&got);
}

static void members_are_sliced(void **state)
{
    (void)state;
    assert_split(STR("{}"), "", RC_END);
    assert_split(STR(" { } \r\n"), "", RC_END);
    assert_split(STR("{\"a\":1,\"b\":\"x\",\"c\":null}"), "a=1 b=\"x\" c=null ",
                 RC_END);
    assert_split(STR("{ \"a\" :\t-1.5e3 ,\n\"b\" : true }"), "a=-1.5e3 b=true ",
                 RC_END);
    assert_split(STR("{\"a\":{\"b\":[1,{}]},\"c\":[]}"),
                 "a={\"b\":[1,{}]} c=[] ", RC_END);
    assert_split(STR("\xef\xbb\xbf{\"a\":1}"), "a=1 ", RC_END);
}

static void elements_are_sliced(void **state)
{
    (void)state;
    assert_split(STR("[]"), "", RC_END);
    assert_split(STR("[1, \"a\",[2,3] ,{\"b\":4}]"),
                 "=1 =\"a\" =[2,3] ={\"b\":4} ", RC_END);
}

static void quotes_and_brackets_in_strings_mislead_nobody(void **state)
{
    (void)state;
    assert_split(STR("{\"a\":\"\\\"\",\"b\":\"\\\\\",\"c\":\"\\\\\\\"}\"}"),
                 "a=\"\\\"\" b=\"\\\\\" c=\"\\\\\\\"}\" ", RC_END);
    assert_split(STR("{\"a\":[\"]\",\"}\\\"]\"],\"}\\\"\":{\"]\":\"{\"}}"),
                 "a=[\"]\",\"}\\\"]\"] }\\\"={\"]\":\"{\"} ", RC_END);
    assert_split(STR("{\"\":\"\"}"), "=\"\" ", RC_END);
}

static void what_is_seen_to_be_broken_is_refused(void **state)
{
    (void)state;
    /* clang-format off */
    static const char *const broken[] = {
        "{", "{\"", "{\"a", "{\"a\"", "{\"a\":", "{\"a\":}", "{\"a\":,}",
        "{\"a\":1", "{\"a\":\"x", "{\"a\":\"x\\\"}", "{\"a\":[1}", "{\"a\":{",
        "{,}", "{a:1}", "{\"a\" 1}", "{1:2}", "{\"a\":1]", "{\"a\":+1}",
        "{\"a\":'x'}", "{} x", "{}}", "{\"a\":1} {}", "[", "[1", "[,", "[1}",
        "[1 2]", "[]]", "{]", "[}",
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_N(broken); i++) {
        struct json_split it;
        struct str key;
        struct str raw;
        struct str text = str_from_cz(broken[i]);
        enum rc rc = RC_OK;
        assert_true(json_split_obj(text, &it) || json_split_arr(text, &it));
        while (rc == RC_OK) {
            rc = json_split_next(&it, &key, &raw);
        }
        if (rc != RC_PARSE) {
            fail_msg("taken: %s", broken[i]);
        }
    }
    assert_split(STR("{\"a\":1,}"), "a=1 ", RC_PARSE);
    assert_split(STR("[1,]"), "=1 ", RC_PARSE);
    assert_split(STR("{\"a\":1 \"b\":2}"), "a=1 ", RC_PARSE);
    assert_split(STR("{\"a\":1,,\"b\":2}"), "a=1 ", RC_PARSE);
}

static void other_values_are_neither(void **state)
{
    (void)state;
    struct json_split it;
    static const char *const others[] = {"", " ", "1", "\"{}\"", "null", "x{}"};
    for (size_t i = 0; i < ARRAY_N(others); i++) {
        assert_false(json_split_obj(str_from_cz(others[i]), &it));
        assert_false(json_split_arr(str_from_cz(others[i]), &it));
    }
    assert_false(json_split_obj(STR("[]"), &it));
    assert_false(json_split_arr(STR("{}"), &it));
}

/* ---- against the parser, on made-up objects ---- */

static void add_random_text(struct buf *b, struct rand *r)
{
    static const char *const parts[] = {
        "a",        "\\\"", "\\\\",    "{",
        "}",        "[",    "]",       ",",
        ":",        "\\n",  "\\u00e9", "\\ud83d\\ude00",
        "\xc3\xa9", " ",    "0",       "a longer piece of text "};
    buf_char(b, '"');
    for (uint64_t n = rand_below(r, 6); n > 0; n--) {
        buf_cz(b, parts[rand_below(r, ARRAY_N(parts))]);
    }
    buf_char(b, '"');
}

static void add_random_scalar(struct buf *b, struct rand *r)
{
    static const char *const scalars[] = {
        "null", "true", "false", "0", "-1.5e3", "12345", "[]", "{}", " [ ] "};
    if (rand_below(r, 2) == 0) {
        add_random_text(b, r);
    } else {
        buf_cz(b, scalars[rand_below(r, ARRAY_N(scalars))]);
    }
}

/* An object of scalars, objects of scalars and arrays of scalars. */
static void add_random_object(struct buf *b, struct rand *r)
{
    uint64_t n = rand_below(r, 6);
    buf_cz(b, rand_below(r, 4) == 0 ? " {\n" : "{");
    for (uint64_t i = 0; i < n; i++) {
        buf_cz(b, i > 0 ? "," : "");
        add_random_text(b, r);
        buf_cz(b, rand_below(r, 4) == 0 ? " : " : ":");
        bool is_array = rand_below(r, 3) == 0;
        if (is_array) {
            buf_char(b, '[');
            add_random_scalar(b, r);
            buf_char(b, ',');
        }
        add_random_scalar(b, r);
        buf_cz(b, is_array ? "]" : "");
    }
    buf_cz(b, "}");
}

/* Members, elements and the text of each are those of the tree, all the way
 * down. */
static void assert_same(struct str raw, const struct json *value)
{
    struct json_split it;
    struct str key;
    struct str child;
    const struct json *c = json_first(value);
    assert_true(str_eq(raw, json_raw(value)));
    if (!json_split_obj(raw, &it) && !json_split_arr(raw, &it)) {
        assert_null(c);
        return;
    }
    enum rc rc = json_split_next(&it, &key, &child);
    while (rc == RC_OK) {
        assert_non_null(c);
        assert_same(child, c);
        c = json_next(c);
        rc = json_split_next(&it, &key, &child);
    }
    assert_rc(rc, RC_END);
    assert_null(c);
}

static void splitting_finds_what_parsing_finds(void **state)
{
    struct rand r;
    struct buf text;
    (void)state;
    rand_init(&r, 2);
    buf_init(&text, 100000);
    for (int round = 0; round < 3000; round++) {
        struct json *tree = NULL;
        struct why why;
        buf_clear(&text);
        add_random_object(&text, &r);
        assert_ok(json_parse(buf_view(&text), &tree, &why), &why);
        assert_same(str_trim(buf_view(&text)), tree);
        json_free(&tree);
    }
    buf_fini(&text);
}

/* Every beginning of a text, each in a heap block of just its size, so that
 * the address sanitizer sees a read past it. */
static void nothing_past_the_text_is_read(void **state)
{
    (void)state;
    struct str whole = STR("{\"a\":\"x\\u00e9\\\\\\\"y\",\"b\":[1,{\"c\":-2.5e1"
                           "}],\"d\\n\":true,\"e\":\"\\ud83d\\ude00\"}");
    for (size_t n = 0; n <= whole.n; n++) {
        char *copy = malloc(n > 0 ? n : 1);
        assert_non_null(copy);
        memcpy(copy, whole.p, n);
        struct str text = {.p = copy, .n = n};
        struct json_split it;
        struct str key;
        struct str raw;
        bool is_obj = json_split_obj(text, &it);
        assert_int_equal(is_obj, n > 0);
        enum rc rc = is_obj ? RC_OK : RC_PARSE;
        while (rc == RC_OK) {
            rc = json_split_next(&it, &key, &raw);
            if (rc == RC_OK) {
                assert_true(raw.p >= copy && raw.p + raw.n <= copy + n);
            }
        }
        assert_rc(rc, n == whole.n ? RC_END : RC_PARSE);
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_sliced),
        cmocka_unit_test(elements_are_sliced),
        cmocka_unit_test(quotes_and_brackets_in_strings_mislead_nobody),
        cmocka_unit_test(what_is_seen_to_be_broken_is_refused),
        cmocka_unit_test(other_values_are_neither),
        cmocka_unit_test(splitting_finds_what_parsing_finds),
        cmocka_unit_test(nothing_past_the_text_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
