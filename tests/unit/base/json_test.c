#include "test.h"

#include <math.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/limits.h"

static struct json *parse(const char *text)
{
    struct why why;
    struct json *j = NULL;
    assert_ok(json_parse(str_from_cz(text), &j, &why), &why);
    assert_non_null(j);
    return j;
}

/* Parsing a copy of `text` that ends where its heap block does, so that a
 * read past it is one past the block. */
static enum rc parse_exact(struct str text, struct why *why)
{
    struct json *j = NULL;
    char *copy = malloc(text.n > 0 ? text.n : 1);
    assert_non_null(copy);
    if (text.n > 0) {
        memcpy(copy, text.p, text.n);
    }
    struct str exact = {.p = copy, .n = text.n};
    enum rc rc = json_parse(exact, &j, why);
    assert_true((rc == RC_OK) == (j != NULL));
    json_free(&j);
    free(copy);
    return rc;
}

static void values_have_their_kinds(void **state)
{
    (void)state;
    struct json *j = parse(" [null, true, false, -1.5e2, \"x\", [], {}]\r\n\t");
    static const enum json_kind kinds[] = {
        JSON_NULL, JSON_BOOL, JSON_BOOL, JSON_NUM, JSON_STR, JSON_ARR, JSON_OBJ,
    };
    size_t i = 0;
    assert_int_equal(json_kind(j), JSON_ARR);
    assert_int_equal(json_n(j), 7);
    for (const struct json *c = json_first(j); c != NULL; c = json_next(c)) {
        assert_int_equal(json_kind(c), kinds[i]);
        assert_int_equal(json_bool(c), i == 1);
        i++;
    }
    assert_int_equal(i, 7);
    json_free(&j);
    assert_null(j);
    json_free(&j);
    json_free(NULL);
    assert_string_equal(json_kind_name(JSON_NULL), "null");
    assert_string_equal(json_kind_name(JSON_OBJ), "object");
}

static void members_are_found_by_name(void **state)
{
    (void)state;
    struct json *j =
        parse("{\"a\":1,\"A\":{\"b\":[2,\"three\"]},\"a\":4,\"\":5}");
    int64_t n = 0;
    assert_rc(json_i64(json_get(j, "a"), &n), RC_OK);
    assert_int_equal(n, 1); /* the first of them */
    assert_rc(json_i64(json_get(j, ""), &n), RC_OK);
    assert_int_equal(n, 5);
    const struct json *b = json_get(json_get(j, "A"), "b");
    assert_str(json_str(json_next(json_first(b))), "three");
    assert_str(json_key(b), "b");
    assert_int_equal(json_n(j), 4);
    assert_null(json_get(j, "none"));
    assert_null(json_get(b, "a")); /* no object */
    json_free(&j);
}

static void nothing_gives_nothing(void **state)
{
    (void)state;
    int64_t n = 7;
    struct json *j = parse("\"text\"");
    assert_null(json_get(json_get(NULL, "a"), "b"));
    assert_null(json_first(NULL));
    assert_null(json_next(NULL));
    assert_null(json_first(j));
    assert_int_equal(json_n(NULL), 0);
    assert_int_equal(json_n(j), 0);
    assert_int_equal(json_key(NULL).n, 0);
    assert_int_equal(json_str(NULL).n, 0);
    assert_false(json_bool(NULL));
    assert_true(json_f64(j) <= 0 && json_f64(j) >= 0);
    assert_int_equal(json_kind(NULL), JSON_NULL);
    assert_rc(json_i64(NULL, &n), RC_INVALID);
    assert_rc(json_i64(j, &n), RC_INVALID);
    assert_int_equal(n, 7);
    json_free(&j);
}

static void escapes_are_read(void **state)
{
    (void)state;
    struct json *j = parse("[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\","
                           "\"\\u00e9\\u20AC\\ud83d\\uDE00\\u007f\",\"\"]");
    const struct json *c = json_first(j);
    assert_str(json_str(c), "\"\\/\b\f\n\r\t");
    c = json_next(c);
    assert_str(json_str(c), "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\x7f");
    assert_int_equal(json_str(json_next(c)).n, 0);
    json_free(&j);
}

static void whole_numbers_are_exact(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum rc rc;
        int64_t n;
    } cases[] = {
        {"0", RC_OK, 0},
        {"-0", RC_OK, 0},
        {"-12", RC_OK, -12},
        {"12.0", RC_OK, 12},
        {"1.5e1", RC_OK, 15},
        {"9007199254740991", RC_OK, 9007199254740991},
        {"9007199254740992", RC_OK, 9007199254740992},
        {"-9007199254740992", RC_OK, -9007199254740992},
        {"9007199254740994", RC_RANGE, 0},
        {"-9007199254740994", RC_RANGE, 0},
        {"1e300", RC_RANGE, 0},
        {"1e400", RC_RANGE, 0},
        {"0.5", RC_INVALID, 0},
        {"-1.25", RC_INVALID, 0},
    };
    for (size_t i = 0; i < ARRAY_N(cases); i++) {
        struct json *j = parse(cases[i].text);
        int64_t n = 0;
        assert_rc(json_i64(j, &n), cases[i].rc);
        assert_int_equal(n, cases[i].n);
        json_free(&j);
    }
}

static void numbers_become_their_shortest_text(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *want;
    } cases[] = {
        {"0.1", "0.1"},
        {"0.30000000000000004", "0.30000000000000004"},
        {"3e-06", "3e-06"},
        {"12.50", "12.5"},
        {"1000000", "1000000"},
        {"0.000000000000000000000000000000000000000000000000000000000000000001",
         "1e-66"},
        {"1.7976931348623157e308", "1.7976931348623157e+308"},
        {"5e-324", "4.94065645841247e-324"},
        {"-1e400", "-1e999"},
    };
    for (size_t i = 0; i < ARRAY_N(cases); i++) {
        struct json *j = parse(cases[i].text);
        struct buf b;
        buf_init(&b, 100);
        json_num_text(j, &b);
        assert_true(str_eq(buf_view(&b), str_from_cz(cases[i].want)));
        buf_fini(&b);
        json_free(&j);
    }
}

static void the_grammar_is_kept(void **state)
{
    (void)state;
    /* clang-format off */
    static const char *const good[] = {
        "0", "-0.0", "1E+2", "1e-2", "10", "\"\"", "[[],[[]]]", "{\"\":{}}",
        "[1 ,2]", "{ \"a\" : 1 }", "\xef\xbb\xbf{}", "\xef\xbb\xbf-1",
        "\"\\u0001\"", "\"\x7f\"", "[-1]",
        "123456789012345678901234567890123456789012345678901234567890123456789",
    };
    /* clang-format on */
    /* clang-format off */
    static const char *const bad[] = {
        "", " ", "01", "-01", "00", "1.", ".5", "-", "+1", "1e", "1e+", "0x10",
        "1.5.2", "1-2", "1 2", "--1", "NaN", "Infinity", "nul", "nullx",
        "True", "truefalse", "'a'", "\"a", "\"", "\"\\\"", "\"a\tb\"",
        "\"a\nb\"", "\"\x01\"", "\"\\x\"", "\"\\", "\"\\u12\"", "\"\\u12g4\"",
        "\"\\u", "\"\\u0000\"", "\"\\ud83d\"", "\"\\ud83dx\"", "\"\\ude00\"",
        "\"\\ud83d\\u0041\"", "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1,,2]",
        "[1}", "[1]]", "[1]x", "[1] x", "{", "}", "{\"a\"", "{\"a\":",
        "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{a:1}", "{1:1}", "{\"a\" 1}",
        "{\"a\":1 \"b\":2}", "{\"a\"::1}", "{,}", "[1:2]", "[\"a\":1]", "\f1",
        "\v1", "1\x01", "\x1f[]", "/* */1", "1//", "\xef\xbb", "\xef\xbb\xbf",
        "\xff", "\"\x80\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\"",
        "\"\xf4\x90\x80\x80\"",
    };
    /* clang-format on */
    struct why why;
    for (size_t i = 0; i < ARRAY_N(good); i++) {
        assert_ok(parse_exact(str_from_cz(good[i]), &why), &why);
    }
    for (size_t i = 0; i < ARRAY_N(bad); i++) {
        if (parse_exact(str_from_cz(bad[i]), &why) != RC_PARSE) {
            fail_msg("taken: %s", bad[i]);
        }
        assert_true(str_starts(str_from_cz(why.text), STR("line 1, column ")));
    }
    assert_rc(parse_exact((struct str){.p = "1\0", .n = 2}, &why), RC_PARSE);
    assert_rc(parse_exact((struct str){.p = "\"a\0b\"", .n = 5}, &why),
              RC_PARSE);
}

static void trouble_is_placed(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *want;
    } cases[] = {
        {"", "line 1, column 1: no JSON here"},
        {"{\"a\": 01}", "line 1, column 7: not a number as JSON writes it"},
        {"{\n \"a\": 1,\n \"b\" 2}", "line 3, column 6: not what JSON"},
        {"[\"\xc3\xa9\xc3\xa9\", x]", "line 1, column 8: not what JSON"},
        {"[\n\"\\u0000\"]", "line 2, column 2: \\u0000"},
        {"[\"a\\ud83d\"]", "line 1, column 4: half of a surrogate pair"},
        {"[1] 2", "line 1, column 5: text after the value"},
        {"\n\"\xc3\xa9\xff\"", "line 2, column 3: not valid UTF-8"},
        {"[\"a\", \"b", "line 1, column 7: a string never ends"},
        {"\"a\\q\"", "line 1, column 3: no such escape"},
    };
    for (size_t i = 0; i < ARRAY_N(cases); i++) {
        struct why why;
        assert_rc(parse_exact(str_from_cz(cases[i].text), &why), RC_PARSE);
        if (!str_starts(str_from_cz(why.text), str_from_cz(cases[i].want))) {
            fail_msg("%s\nfor %s", why.text, cases[i].text);
        }
    }
}

/* `n` times a and then n times b. */
static enum rc parse_nested(size_t n, struct str a, struct str b)
{
    struct buf text;
    struct why why;
    buf_init(&text, 100000);
    for (size_t i = 0; i < n; i++) {
        buf_str(&text, a);
    }
    buf_cz(&text, "{}");
    for (size_t i = 0; i < n; i++) {
        buf_str(&text, b);
    }
    enum rc rc = parse_exact(buf_view(&text), &why);
    buf_fini(&text);
    return rc;
}

static void nesting_is_limited(void **state)
{
    (void)state;
    size_t n = LIMIT_JSON_DEPTH_MAX - 1; /* and the innermost */
    assert_rc(parse_nested(n, STR("["), STR("]")), RC_OK);
    assert_rc(parse_nested(n + 1, STR("["), STR("]")), RC_LIMIT);
    assert_rc(parse_nested(n, STR("{\"a\":"), STR("}")), RC_OK);
    assert_rc(parse_nested(n + 1, STR("{\"a\":"), STR("}")), RC_LIMIT);
    /* Brackets in strings are no nesting, nor are many side by side. */
    assert_rc(parse_nested(1, STR("[\"[[[[\","), STR("]")), RC_OK);
    assert_rc(parse_nested(3000, STR("[],"), STR_EMPTY), RC_PARSE);
}

/* [0,0,...] of so many zeros. */
static enum rc parse_zeros(size_t n)
{
    struct str text;
    char *p = malloc(2 * n + 1);
    assert_non_null(p);
    for (size_t i = 0; i < n; i++) {
        p[2 * i] = ',';
        p[2 * i + 1] = '0';
    }
    p[0] = '[';
    p[2 * n] = ']';
    text = (struct str){.p = p, .n = 2 * n + 1};
    struct json *j = NULL;
    struct why why;
    enum rc rc = json_parse(text, &j, &why);
    json_free(&j);
    free(p);
    return rc;
}

static void the_number_of_values_is_limited(void **state)
{
    (void)state;
    assert_rc(parse_zeros(1000), RC_OK);
    assert_rc(parse_zeros(LIMIT_JSON_VALUES_MAX + 1), RC_LIMIT);
}

static void a_failure_leaves_the_outputs_alone(void **state)
{
    (void)state;
    struct json *j = parse("1");
    struct json *before = j;
    assert_rc(json_parse(STR("[1"), &j, NULL), RC_PARSE);
    assert_rc(json_parse((struct str){0}, &j, NULL), RC_PARSE);
    assert_ptr_equal(j, before);
    json_free(&j);
}

/* A string of each length, an odd byte at each place: the scan looks at
 * eight at a time. */
static void odd_bytes_are_found_at_every_place(void **state)
{
    (void)state;
    static const char odd[] = {'\x1f', '"', '\\', '\x01'};
    char text[40];
    struct why why;
    for (size_t n = 1; n < 36; n++) {
        for (size_t at = 1; at <= n; at++) {
            for (size_t k = 0; k < ARRAY_N(odd); k++) {
                memset(text, '~', n + 1);
                text[0] = '"';
                text[n + 1] = '"';
                text[at] = odd[k];
                struct str s = {.p = text, .n = n + 2};
                assert_rc(parse_exact(s, &why), RC_PARSE);
                text[at] = ' ';
                assert_rc(parse_exact(s, &why), RC_OK);
            }
        }
    }
}

static void the_lists_of_one_are_no_way_out(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "1,2", "1],[2", "]", "1]", "],[", "[1],", ",1", "1 ,", "\"a\",\"b\"",
    };
    struct why why;
    for (size_t i = 0; i < ARRAY_N(bad); i++) {
        if (parse_exact(str_from_cz(bad[i]), &why) != RC_PARSE) {
            fail_msg("taken: %s", bad[i]);
        }
    }
}

static void huge_numbers_are_numbers(void **state)
{
    (void)state;
    static const char *const good[] = {
        "1e400",
        "-1e400",
        "10e999999999999",
        "1.5E+400",
        "0.1e400",
        "18446744073709551616",
        "-99999999999999999999999999999999",
    };
    static const char *const bad[] = {
        "01e400", "-00e400", "1.e400", "1e400.0", "1e400x", "-e400", "1e4e400",
    };
    struct why why;
    for (size_t i = 0; i < ARRAY_N(good); i++) {
        struct json *j = parse(good[i]);
        int64_t n = 0;
        assert_int_equal(json_kind(j), JSON_NUM);
        assert_rc(json_i64(j, &n), RC_RANGE);
        json_free(&j);
    }
    for (size_t i = 0; i < ARRAY_N(bad); i++) {
        if (parse_exact(str_from_cz(bad[i]), &why) != RC_PARSE) {
            fail_msg("taken: %s", bad[i]);
        }
    }
}

static void values_know_their_text(void **state)
{
    (void)state;
    struct json *j = parse(" {\"a\" : [ 1 , {} ] ,\"b\":\"\\n\" } ");
    assert_str(json_raw(j), "{\"a\" : [ 1 , {} ] ,\"b\":\"\\n\" }");
    assert_str(json_raw(json_get(j, "a")), "[ 1 , {} ]");
    assert_str(json_raw(json_first(json_get(j, "a"))), "1");
    assert_str(json_raw(json_get(j, "b")), "\"\\n\"");
    assert_str(json_str(json_get(j, "b")), "\n");
    assert_int_equal(json_n(json_get(j, "b")), 0);
    assert_int_equal(json_raw(NULL).n, 0);
    json_free(&j);
}

static void members_are_picked(void **state)
{
    (void)state;
    static const struct str names[] = {STR_INIT("b"), STR_INIT("none"),
                                       STR_INIT("a")};
    const struct json *m[3];
    struct json *j = parse("{\"x\":0,\"\\u0061\":1,\"b\":\"2\",\"a\":3}");
    json_pick(j, names, 3, m);
    assert_str(json_raw(m[0]), "\"2\"");
    assert_null(m[1]);
    assert_str(json_raw(m[2]), "1"); /* the first, though spelt otherwise */
    json_pick(m[0], names, 3, m);
    assert_null(m[0]);
    json_free(&j);
}

/* ---- one parser for many texts ---- */

static void trees_live_until_their_parser_is_cleared(void **state)
{
    (void)state;
    struct json_parser *p = json_parser_new();
    struct why why;
    for (int round = 0; round < 3; round++) {
        const struct json *a = NULL;
        const struct json *b = NULL;
        char text[] = "{\"k\\t\":\"x\\ny\"}";
        assert_ok(json_parser_read(p, str_from_cz(text), &a, &why), &why);
        memset(text, '?', sizeof(text) - 1); /* it may end before */
        assert_rc(json_parser_read(p, STR("[1"), &b, &why), RC_PARSE);
        assert_null(b);
        assert_ok(json_parser_read(p, STR("[2,3]"), &b, &why), &why);
        assert_str(json_str(json_get(a, "k\t")), "x\ny");
        assert_int_equal(json_n(b), 2);
        json_parser_clear(p);
    }
    json_parser_free(&p);
    assert_null(p);
    json_parser_free(&p);
    json_parser_free(NULL);
}

/* A copy with room behind, and what stands there is like more of the text. */
struct padded {
    char *bytes;
    struct str text;
};

static struct padded pad(struct str text)
{
    struct padded padded;
    padded.bytes = malloc(text.n + JSON_PADDING);
    assert_non_null(padded.bytes);
    memset(padded.bytes, '}', text.n + JSON_PADDING);
    memcpy(padded.bytes, text.p, text.n);
    padded.text = (struct str){.p = padded.bytes, .n = text.n};
    return padded;
}

static void what_nobody_reads_may_be_bad(void **state)
{
    (void)state;
    struct padded t =
        pad(STR("{\"half\":\"a\\ud83d\",\"nul\":\"\\u0000\",\"q\":\"\\q\","
                "\"zeros\":007,\"long\":99999999999999999999,\"huge\":1e400,"
                "\"good\":\"\\u00e9\",\"plain\":\"p\",\"n\":12,\"\\q\":1}"));
    struct json_parser *p = json_parser_new();
    const struct json *j = NULL;
    int64_t n = 0;
    assert_rc(json_parser_skim(p, t.text, &j), RC_OK);
    assert_int_equal(json_n(j), 10);
    assert_int_equal(json_str(json_get(j, "half")).n, 0);
    assert_int_equal(json_str(json_get(j, "nul")).n, 0);
    assert_int_equal(json_str(json_get(j, "q")).n, 0);
    assert_str(json_raw(json_get(j, "q")), "\"\\q\"");
    assert_rc(json_i64(json_get(j, "zeros"), &n), RC_RANGE);
    assert_rc(json_i64(json_get(j, "long"), &n), RC_RANGE);
    assert_rc(json_i64(json_get(j, "huge"), &n), RC_RANGE);
    assert_str(json_str(json_get(j, "good")), "\xc3\xa9");
    assert_str(json_str(json_get(j, "plain")), "p");
    assert_ptr_equal(json_str(json_get(j, "plain")).p,
                     t.bytes + str_find(t.text, STR("\"p\""), 0) + 1);
    assert_rc(json_i64(json_get(j, "n"), &n), RC_OK);
    assert_int_equal(n, 12);
    json_parser_free(&p);
    free(t.bytes);
}

static void skimming_keeps_the_order_of_tokens(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        " ",
        "1",
        "\"a\"",
        "null",
        "{",
        "[",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":{\"x\":1",
        "{\"a\":{\"x\":1}",
        "{\"a\":[1,",
        "{\"a\" 1}",
        "{\"a\":{\"x\" 1}}",
        "{\"a\":1]",
        "{\"a\":{\"x\":1]}",
        "{\"a\":1} x",
        "{\"a\":1}{}",
        "{\"a\":\"b}",
        "{\"a\":\"\x01\"}",
        "{\"a\":\"\xff\"}",
        "{\"a\":nul}",
        "{\"a\":1,}",
        "[1,,2]",
    };
    struct json_parser *p = json_parser_new();
    for (size_t i = 0; i < ARRAY_N(bad); i++) {
        struct padded t = pad(str_from_cz(bad[i]));
        const struct json *j = NULL;
        if (json_parser_skim(p, t.text, &j) != RC_PARSE) {
            fail_msg("taken: %s", bad[i]);
        }
        assert_null(j);
        free(t.bytes);
    }
    json_parser_free(&p);
}

static void skimming_is_as_deep_as_parsing(void **state)
{
    (void)state;
    struct json_parser *p = json_parser_new();
    const struct json *j = NULL;
    for (size_t n = LIMIT_JSON_DEPTH_MAX; n <= LIMIT_JSON_DEPTH_MAX + 1; n++) {
        char text[2 * (LIMIT_JSON_DEPTH_MAX + 1)];
        memset(text, '[', n);
        memset(text + n, ']', n);
        struct padded t = pad((struct str){.p = text, .n = 2 * n});
        assert_rc(json_parser_skim(p, t.text, &j),
                  n == LIMIT_JSON_DEPTH_MAX ? RC_OK : RC_LIMIT);
        free(t.bytes);
    }
    json_parser_free(&p);
}

/* ---- writing ---- */

struct writing {
    struct buf out;
    struct json_writer w;
};

static void writing_init(struct writing *f)
{
    buf_init(&f->out, 10000);
    json_w_init(&f->w, &f->out);
}

static void commas_and_colons_stand_where_due(void **state)
{
    (void)state;
    struct writing f;
    writing_init(&f);
    json_w_obj(&f.w);
    json_w_key(&f.w, STR("a"));
    json_w_arr(&f.w);
    json_w_i64(&f.w, INT64_MIN);
    json_w_i128(&f.w, (num_i128)INT64_MIN * 10);
    json_w_obj(&f.w);
    json_w_obj_end(&f.w);
    json_w_bool(&f.w, true);
    json_w_bool(&f.w, false);
    json_w_arr_end(&f.w);
    json_w_key(&f.w, STR("b"));
    json_w_null(&f.w);
    json_w_key(&f.w, STR("c"));
    json_w_raw(&f.w, STR("{\"x\":1}"));
    json_w_key(&f.w, STR("d"));
    json_w_str(&f.w, STR_EMPTY);
    json_w_obj_end(&f.w);
    assert_str(buf_view(&f.out), "{\"a\":[-9223372036854775808,"
                                 "-92233720368547758080,{},true,false],"
                                 "\"b\":null,\"c\":{\"x\":1},\"d\":\"\"}");
    buf_fini(&f.out);
}

static void text_is_escaped(void **state)
{
    (void)state;
    struct writing f;
    writing_init(&f);
    json_w_obj(&f.w);
    json_w_key(&f.w, STR("k\"\\"));
    json_w_str(&f.w, STR("a\"b\\c\b\f\n\r\t\x01\x1f\x7f/\xc3\xa9"));
    json_w_obj_end(&f.w);
    assert_str(buf_view(&f.out),
               "{\"k\\\"\\\\\":\"a\\\"b\\\\c\\b\\f\\n\\r\\t\\u0001\\u001f"
               "\x7f/\xc3\xa9\"}");
    buf_clear(&f.out);
    json_w_init(&f.w, &f.out);
    json_w_str(&f.w, (struct str){.p = "a\0b", .n = 3});
    assert_str(buf_view(&f.out), "\"a\\u0000b\"");
    buf_fini(&f.out);
}

static void bad_utf8_is_mended(void **state)
{
    (void)state;
    struct writing f;
    writing_init(&f);
    json_w_str(&f.w, STR("\xc3\xa9\xff\"\xe2\x82|\xed\xa0\x80"));
    assert_str(buf_view(&f.out),
               "\"\xc3\xa9\xef\xbf\xbd\\\"\xef\xbf\xbd\xef\xbf\xbd|"
               "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
    buf_fini(&f.out);
}

static void doubles_read_back_equal(void **state)
{
    (void)state;
    struct writing f;
    writing_init(&f);
    json_w_arr(&f.w);
    json_w_f64(&f.w, 0.1);
    json_w_f64(&f.w, 1.0 / 3);
    json_w_f64(&f.w, 1e22);
    json_w_f64(&f.w, -2);
    json_w_f64(&f.w, (double)NAN);
    json_w_f64(&f.w, (double)INFINITY);
    json_w_f64(&f.w, -(double)INFINITY);
    json_w_arr_end(&f.w);
    assert_str(buf_view(&f.out),
               "[0.1,0.3333333333333333,1e+22,-2,null,null,null]");
    buf_fini(&f.out);
}

static void sixty_three_levels_can_be_written(void **state)
{
    (void)state;
    struct writing f;
    struct why why;
    writing_init(&f);
    for (int i = 0; i < 63; i++) {
        json_w_arr(&f.w);
        json_w_i64(&f.w, i);
    }
    for (int i = 0; i < 63; i++) {
        json_w_arr_end(&f.w);
    }
    assert_ok(parse_exact(buf_view(&f.out), &why), &why);
    assert_true(str_starts(buf_view(&f.out), STR("[0,[1,[2,")));
    buf_fini(&f.out);
}

static void what_is_written_parses(void **state)
{
    (void)state;
    char bytes[256];
    for (int i = 0; i < 256; i++) {
        bytes[i] = (char)i;
    }
    struct writing f;
    struct json *j = NULL;
    struct why why;
    writing_init(&f);
    json_w_arr(&f.w);
    json_w_str(&f.w, (struct str){.p = bytes + 1, .n = 127});
    json_w_str(&f.w, (struct str){.p = bytes + 1, .n = 255});
    json_w_arr_end(&f.w);
    assert_ok(json_parse(buf_view(&f.out), &j, &why), &why);
    assert_true(str_eq(json_str(json_first(j)),
                       (struct str){.p = bytes + 1, .n = 127}));
    json_free(&j);
    buf_fini(&f.out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_have_their_kinds),
        cmocka_unit_test(members_are_found_by_name),
        cmocka_unit_test(nothing_gives_nothing),
        cmocka_unit_test(escapes_are_read),
        cmocka_unit_test(whole_numbers_are_exact),
        cmocka_unit_test(numbers_become_their_shortest_text),
        cmocka_unit_test(the_grammar_is_kept),
        cmocka_unit_test(trouble_is_placed),
        cmocka_unit_test(nesting_is_limited),
        cmocka_unit_test(the_number_of_values_is_limited),
        cmocka_unit_test(a_failure_leaves_the_outputs_alone),
        cmocka_unit_test(odd_bytes_are_found_at_every_place),
        cmocka_unit_test(the_lists_of_one_are_no_way_out),
        cmocka_unit_test(huge_numbers_are_numbers),
        cmocka_unit_test(values_know_their_text),
        cmocka_unit_test(members_are_picked),
        cmocka_unit_test(trees_live_until_their_parser_is_cleared),
        cmocka_unit_test(what_nobody_reads_may_be_bad),
        cmocka_unit_test(skimming_keeps_the_order_of_tokens),
        cmocka_unit_test(skimming_is_as_deep_as_parsing),
        cmocka_unit_test(commas_and_colons_stand_where_due),
        cmocka_unit_test(text_is_escaped),
        cmocka_unit_test(bad_utf8_is_mended),
        cmocka_unit_test(doubles_read_back_equal),
        cmocka_unit_test(sixty_three_levels_can_be_written),
        cmocka_unit_test(what_is_written_parses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
