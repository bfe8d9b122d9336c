#include "test.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json_skim.h"
#include "base/rand.h"

enum { ARENA_BYTES = 1 << 20 };

struct fixture {
    struct arena arena;
};

static int setup(void **state)
{
    static struct fixture f;
    arena_init(&f.arena, ARENA_BYTES);
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    arena_fini(&f->arena);
    return 0;
}

/* Skimming `text` yields members "key=raw " each as `want` has them, and then
 * ends as `last`. */
static void assert_skimmed(struct str text, const char *want, enum rc last)
{
    struct json_skim it;
    struct str key;
    struct str raw;
    struct buf got;
    enum rc rc;
    buf_init(&got, 10000);
    assert_true(json_skim_obj(text, &it) || json_skim_arr(text, &it));
    while ((rc = json_skim_next(&it, &key, &raw)) == RC_OK) {
        buf_str(&got, key);
        buf_char(&got, '=');
        buf_str(&got, raw);
        buf_char(&got, ' ');
    }
    assert_rc(rc, last);
    assert_rc(json_skim_next(&it, &key, &raw), last); /* and for ever */
    buf_char(&got, '\0');
    assert_string_equal(got.p, want);
    buf_fini(&got);
}

static void members_are_sliced(void **state)
{
    (void)state;
    assert_skimmed(STR("{}"), "", RC_END);
    assert_skimmed(STR(" { } \r\n"), "", RC_END);
    assert_skimmed(STR("{\"a\":1,\"b\":\"x\",\"c\":null}"),
                   "a=1 b=\"x\" c=null ", RC_END);
    assert_skimmed(STR("{ \"a\" :\t-1.5e3 ,\n\"b\" : true }"),
                   "a=-1.5e3 b=true ", RC_END);
    assert_skimmed(STR("{\"a\":{\"b\":[1,{}]},\"c\":[]}"),
                   "a={\"b\":[1,{}]} c=[] ", RC_END);
    assert_skimmed(STR("\xef\xbb\xbf{\"a\":1}"), "a=1 ", RC_END);
}

static void elements_are_sliced(void **state)
{
    (void)state;
    assert_skimmed(STR("[]"), "", RC_END);
    assert_skimmed(STR("[1, \"a\",[2,3] ,{\"b\":4}]"),
                   "=1 =\"a\" =[2,3] ={\"b\":4} ", RC_END);
}

static void quotes_and_brackets_in_strings_mislead_nobody(void **state)
{
    (void)state;
    assert_skimmed(STR("{\"a\":\"\\\"\",\"b\":\"\\\\\",\"c\":\"\\\\\\\"}\"}"),
                   "a=\"\\\"\" b=\"\\\\\" c=\"\\\\\\\"}\" ", RC_END);
    assert_skimmed(STR("{\"a\":[\"]\",\"}\\\"]\"],\"}\\\"\":{\"]\":\"{\"}}"),
                   "a=[\"]\",\"}\\\"]\"] }\\\"={\"]\":\"{\"} ", RC_END);
    assert_skimmed(STR("{\"\":\"\"}"), "=\"\" ", RC_END);
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
        struct json_skim it;
        struct str key;
        struct str raw;
        struct str text = str_from_cz(broken[i]);
        enum rc rc = RC_OK;
        assert_true(json_skim_obj(text, &it) || json_skim_arr(text, &it));
        while (rc == RC_OK) {
            rc = json_skim_next(&it, &key, &raw);
        }
        if (rc != RC_PARSE) {
            fail_msg("taken: %s", broken[i]);
        }
    }
    assert_skimmed(STR("{\"a\":1,}"), "a=1 ", RC_PARSE);
    assert_skimmed(STR("[1,]"), "=1 ", RC_PARSE);
    assert_skimmed(STR("{\"a\":1 \"b\":2}"), "a=1 ", RC_PARSE);
    assert_skimmed(STR("{\"a\":1,,\"b\":2}"), "a=1 ", RC_PARSE);
}

static void other_values_are_neither(void **state)
{
    (void)state;
    struct json_skim it;
    static const char *const others[] = {"", " ", "1", "\"{}\"", "null", "x{}"};
    for (size_t i = 0; i < ARRAY_N(others); i++) {
        assert_false(json_skim_obj(str_from_cz(others[i]), &it));
        assert_false(json_skim_arr(str_from_cz(others[i]), &it));
    }
    assert_false(json_skim_obj(STR("[]"), &it));
    assert_false(json_skim_arr(STR("{}"), &it));
}

static void keys_are_compared_with_escapes_read(void **state)
{
    (void)state;
    assert_true(json_skim_key_is(STR("model"), STR("model")));
    assert_false(json_skim_key_is(STR("model"), STR("mode")));
    assert_false(json_skim_key_is(STR("mode"), STR("model")));
    assert_true(json_skim_key_is(STR("m\\u006fdel"), STR("model")));
    assert_true(
        json_skim_key_is(STR("\\ud83d\\ude00"), STR("\xf0\x9f\x98\x80")));
    assert_true(json_skim_key_is(STR("\\\"\\n"), STR("\"\n")));
    assert_true(json_skim_key_is(STR_EMPTY, STR_EMPTY));
    assert_false(json_skim_key_is(STR("\\u0061"), STR("ab")));
    assert_false(json_skim_key_is(STR("\\u0061b"), STR("a")));
    assert_false(json_skim_key_is(STR("a\\q"), STR("aq")));
    assert_false(json_skim_key_is(STR("a\\"), STR("a")));
}

static void wanted_members_are_picked(void **state)
{
    (void)state;
    static const struct str keys[] = {
        {.p = "b", .n = 1}, {.p = "none", .n = 4}, {.p = "a", .n = 1}};
    struct str raws[3];
    struct str obj = STR("{\"x\":0,\"\\u0061\":1,\"b\":\"2\",\"a\":3}");
    assert_rc(json_skim_pick(obj, keys, 3, raws), RC_OK);
    assert_str(raws[0], "\"2\"");
    assert_int_equal(raws[1].n, 0);
    assert_str(raws[2], "1"); /* the first, though spelt with an escape */
    /* Damage behind the last that is wanted is not met ... */
    obj = STR("{\"b\":1,\"none\":2,\"a\":3,!");
    assert_rc(json_skim_pick(obj, keys, 3, raws), RC_OK);
    assert_str(raws[2], "3");
    /* ... and before, all is forgotten. */
    obj = STR("{\"b\":1,!");
    assert_rc(json_skim_pick(obj, keys, 3, raws), RC_PARSE);
    assert_int_equal(raws[0].n, 0);
    assert_rc(json_skim_pick(STR("[]"), keys, 3, raws), RC_PARSE);
}

static void one_member_is_got(void **state)
{
    (void)state;
    struct str raw = STR("untouched");
    struct str obj = STR("{\"a\":{\"b\":[7]},\"b\":2}");
    assert_rc(json_skim_get(obj, STR("c"), &raw), RC_NOT_FOUND);
    assert_rc(json_skim_get(STR("{\"a\""), STR("a"), &raw), RC_PARSE);
    assert_str(raw, "untouched");
    assert_rc(json_skim_get(obj, STR("a"), &raw), RC_OK);
    assert_rc(json_skim_get(raw, STR("b"), &raw), RC_OK);
    assert_str(raw, "[7]");
}

static void values_are_entered_and_left(void **state)
{
    (void)state;
    struct json_skim it;
    struct json_skim inner;
    struct json_skim innermost;
    struct str key;
    struct str raw;
    struct str obj =
        STR("{\"a\":{\"x\":[1,{\"y\":\"}\"}],\"z\":0},\"b\":[],\"c\":3}");
    assert_true(json_skim_obj(obj, &it));
    assert_rc(json_skim_key(&it, &key), RC_OK);
    assert_str(key, "a");
    assert_true(json_skim_enter(&it, &inner));
    assert_rc(json_skim_key(&inner, &key), RC_OK);
    assert_str(key, "x");
    assert_true(json_skim_enter(&inner, &innermost));
    assert_rc(json_skim_next(&innermost, &key, &raw), RC_OK);
    assert_str(raw, "1");
    assert_rc(json_skim_leave(&inner, &innermost), RC_OK);
    assert_rc(json_skim_next(&inner, &key, &raw), RC_OK);
    assert_str(key, "z");
    assert_rc(json_skim_next(&inner, &key, &raw), RC_END);
    assert_rc(json_skim_next(&inner, &key, &raw), RC_END);
    assert_rc(json_skim_leave(&it, &inner), RC_OK);
    assert_rc(json_skim_key(&it, &key), RC_OK);
    assert_true(json_skim_enter(&it, &inner));
    assert_rc(json_skim_leave(&it, &inner), RC_OK);
    assert_rc(json_skim_key(&it, &key), RC_OK);
    assert_str(key, "c");
    assert_false(json_skim_enter(&it, &inner));
    assert_rc(json_skim_value(&it, &raw), RC_OK);
    assert_str(raw, "3");
    assert_rc(json_skim_key(&it, &key), RC_END);
}

static void damage_inside_is_damage_outside(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"a\":{\"x\":1",   "{\"a\":{\"x\":1]", "{\"a\":[1,",
        "{\"a\":{\"x\" 1}}", "{\"a\":{",
    };
    for (size_t i = 0; i < ARRAY_N(texts); i++) {
        struct json_skim it;
        struct json_skim inner;
        struct str key;
        assert_true(json_skim_obj(str_from_cz(texts[i]), &it));
        assert_rc(json_skim_key(&it, &key), RC_OK);
        assert_true(json_skim_enter(&it, &inner));
        assert_rc(json_skim_leave(&it, &inner), RC_PARSE);
        assert_rc(json_skim_key(&it, &key), RC_PARSE);
    }
}

static void kinds_show_in_the_first_byte(void **state)
{
    (void)state;
    static const struct {
        const char *raw;
        enum json_kind kind;
    } cases[] = {
        {"null", JSON_NULL}, {"true", JSON_BOOL}, {"false", JSON_BOOL},
        {"-1", JSON_NUM},    {"0", JSON_NUM},     {"9", JSON_NUM},
        {"\"\"", JSON_STR},  {"[]", JSON_ARR},    {"{}", JSON_OBJ},
    };
    enum json_kind kind;
    for (size_t i = 0; i < ARRAY_N(cases); i++) {
        assert_true(json_skim_kind(str_from_cz(cases[i].raw), &kind));
        assert_int_equal(kind, cases[i].kind);
    }
    assert_false(json_skim_kind(STR_EMPTY, &kind));
    assert_false(json_skim_kind(STR("x"), &kind));
    assert_false(json_skim_kind(STR("]"), &kind));
}

static void plain_text_is_borrowed(void **state)
{
    struct fixture *f = *state;
    struct str raw = STR("\"caf\xc3\xa9\"");
    struct str s;
    assert_rc(json_skim_str(raw, &f->arena, &s), RC_OK);
    assert_str(s, "caf\xc3\xa9");
    assert_ptr_equal(s.p, raw.p + 1);
    assert_rc(json_skim_str(STR("\"\""), &f->arena, &s), RC_OK);
    assert_int_equal(s.n, 0);
}

static void escaped_text_is_decoded(void **state)
{
    struct fixture *f = *state;
    struct str s;
    assert_rc(
        json_skim_str(STR("\"\\\"\\\\\\/\\b\\f\\n\\r\\t|\""), &f->arena, &s),
        RC_OK);
    assert_str(s, "\"\\/\b\f\n\r\t|");
    assert_rc(json_skim_str(STR("\"\\u0041\\u00e9\\u20AC\\uD83D\\uDE00"
                                "\\uffff\\u0001\""),
                            &f->arena, &s),
              RC_OK);
    assert_str(s, "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbf\x01");
}

static void text_is_refused_as_when_parsed(void **state)
{
    struct fixture *f = *state;
    /* clang-format off */
    static const char *const bad[] = {
        "\"", "\"a", "\"a\\\"", "\"a\"b\"", "\"\\q\"", "\"\\u12\"",
        "\"\\u12g4\"", "\"\\u0000\"", "\"\\ud83d\"", "\"\\ud83dxxxxxx\"",
        "\"\\ud83d\\n\"", "\"\\ud83d\\u0041\"", "\"\\ude00\"", "\"a\tb\"",
        "\"\\n\tb\"", "\"\xff\"", "\"\\n\xff\"", "\"\xed\xa0\x80\"",
    };
    /* clang-format on */
    struct str s = STR("untouched");
    for (size_t i = 0; i < ARRAY_N(bad); i++) {
        if (json_skim_str(str_from_cz(bad[i]), &f->arena, &s) != RC_PARSE) {
            fail_msg("taken: %s", bad[i]);
        }
    }
    assert_rc(json_skim_str(STR("12"), &f->arena, &s), RC_INVALID);
    assert_rc(json_skim_str(STR("null"), &f->arena, &s), RC_INVALID);
    assert_rc(json_skim_str(STR_EMPTY, &f->arena, &s), RC_INVALID);
    struct arena none;
    arena_init(&none, 0);
    assert_rc(json_skim_str(STR("\"\\n\""), &none, &s), RC_LIMIT);
    arena_fini(&none);
    assert_str(s, "untouched");
}

static void whole_numbers_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *raw;
        enum rc rc;
        int64_t n;
    } cases[] = {
        {"0", RC_OK, 0},
        {"-0", RC_OK, 0},
        {"-17", RC_OK, -17},
        {"999999999999999", RC_OK, 999999999999999},
        {"9007199254740992", RC_OK, 9007199254740992},
        {"-9007199254740992", RC_OK, -9007199254740992},
        {"9007199254740994", RC_RANGE, 0},
        {"99999999999999999999999999999", RC_RANGE, 0},
        {"1e3", RC_OK, 1000},
        {"2.50E1", RC_OK, 25},
        {"3.0", RC_OK, 3},
        {"1e400", RC_RANGE, 0},
        {"1.5", RC_INVALID, 0},
        {"-0.5", RC_INVALID, 0},
        {"\"1\"", RC_INVALID, 0},
        {"null", RC_INVALID, 0},
        {"", RC_INVALID, 0},
        {"01", RC_PARSE, 0},
        {"1.", RC_PARSE, 0},
        {"1x", RC_PARSE, 0},
        {"-", RC_PARSE, 0},
        {"1e", RC_PARSE, 0},
    };
    for (size_t i = 0; i < ARRAY_N(cases); i++) {
        int64_t n = 0;
        enum rc rc = json_skim_i64(str_from_cz(cases[i].raw), &n);
        if (rc != cases[i].rc || n != cases[i].n) {
            fail_msg("%s: %s", cases[i].raw, rc_name(rc));
        }
    }
}

static void numbers_end_where_json_ends_them(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t n;
    } cases[] = {
        {"0", 1},    {"-12,", 3},   {"1.5]", 3}, {"1e+5 ", 4}, {"0.0e-0", 6},
        {"1E2x", 3}, {"12.3.4", 4}, {"", 0},     {"-", 0},     {"+1", 0},
        {"01", 0},   {"-00", 0},    {"1.", 0},   {".5", 0},    {"1e", 0},
        {"1e+", 0},  {"1.e5", 0},   {"x", 0},
    };
    for (size_t i = 0; i < ARRAY_N(cases); i++) {
        assert_int_equal(json_skim_num_n(str_from_cz(cases[i].text)),
                         cases[i].n);
    }
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

static void assert_same(struct str raw, const struct json *value,
                        struct arena *arena)
{
    enum json_kind kind;
    struct str s;
    int64_t a = 0;
    int64_t b = 0;
    assert_true(json_skim_kind(raw, &kind));
    assert_int_equal(kind, json_kind(value));
    if (kind == JSON_STR) {
        assert_rc(json_skim_str(raw, arena, &s), RC_OK);
        assert_true(str_eq(s, json_str(value)));
    }
    if (kind == JSON_NUM) {
        assert_int_equal(json_skim_i64(raw, &a), json_i64(value, &b));
        assert_int_equal(a, b);
    }
}

static void skimming_finds_what_parsing_finds(void **state)
{
    struct fixture *f = *state;
    struct rand r;
    struct buf text;
    rand_init(&r, 2);
    buf_init(&text, 100000);
    for (int round = 0; round < 3000; round++) {
        buf_clear(&text);
        arena_reset(&f->arena);
        add_random_object(&text, &r);
        struct json *tree = NULL;
        struct why why;
        struct json_skim it;
        struct str key;
        struct str raw;
        assert_ok(json_parse(buf_view(&text), &tree, &why), &why);
        const struct json *m = json_first(tree);
        assert_true(json_skim_obj(buf_view(&text), &it));
        enum rc rc = json_skim_next(&it, &key, &raw);
        while (rc == RC_OK) {
            assert_true(json_skim_key_is(key, json_key(m)));
            assert_same(raw, m, &f->arena);
            m = json_next(m);
            rc = json_skim_next(&it, &key, &raw);
        }
        assert_rc(rc, RC_END);
        assert_null(m);
        json_free(&tree);
    }
    buf_fini(&text);
}

/* Every beginning of a text, each in a heap block of just its size, so that
 * the address sanitizer sees a read past it. */
static void nothing_past_the_text_is_read(void **state)
{
    struct fixture *f = *state;
    struct str whole = STR("{\"a\":\"x\\u00e9\\\\\\\"y\",\"b\":[1,{\"c\":-2.5e1"
                           "}],\"d\\n\":true,\"e\":\"\\ud83d\\ude00\"}");
    for (size_t n = 0; n <= whole.n; n++) {
        char *copy = malloc(n > 0 ? n : 1);
        assert_non_null(copy);
        memcpy(copy, whole.p, n);
        struct str text = {.p = copy, .n = n};
        struct json_skim it;
        struct str key;
        struct str raw;
        struct str s;
        int64_t i;
        bool is_obj = json_skim_obj(text, &it);
        assert_int_equal(is_obj, n > 0);
        enum rc rc = is_obj ? RC_OK : RC_PARSE;
        while (rc == RC_OK) {
            rc = json_skim_next(&it, &key, &raw);
            if (rc == RC_OK) {
                assert_true(raw.p >= copy && raw.p + raw.n <= copy + n);
                (void)json_skim_key_is(key, STR("d\n"));
                (void)!json_skim_str(raw, &f->arena, &s);
                (void)!json_skim_i64(raw, &i);
            }
        }
        assert_rc(rc, n == whole.n ? RC_END : RC_PARSE);
        for (size_t from = 0; from < n; from++) {
            /* Parts of it that begin anywhere, as raw values. */
            struct str part = str_sub(text, from, n);
            (void)!json_skim_str(part, &f->arena, &s);
            (void)!json_skim_i64(part, &i);
        }
        free(copy);
    }
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(members_are_sliced),
        T(elements_are_sliced),
        T(quotes_and_brackets_in_strings_mislead_nobody),
        T(what_is_seen_to_be_broken_is_refused),
        T(other_values_are_neither),
        T(keys_are_compared_with_escapes_read),
        T(wanted_members_are_picked),
        T(one_member_is_got),
        T(values_are_entered_and_left),
        T(damage_inside_is_damage_outside),
        T(kinds_show_in_the_first_byte),
        T(plain_text_is_borrowed),
        T(escaped_text_is_decoded),
        T(text_is_refused_as_when_parsed),
        T(whole_numbers_are_read),
        T(numbers_end_where_json_ends_them),
        T(skimming_finds_what_parsing_finds),
        T(nothing_past_the_text_is_read),
    };
#undef T
    return cmocka_run_group_tests(tests, NULL, NULL);
}
