#include "test.h"

#include "base/buf.h"
#include "provider/json_stream.h"

enum { OBJECT_MAX = 40, ELEMENT_MAX = 20 };

struct got {
    struct buf all;
    uint64_t n_lost;
    bool is_whole;
    bool is_element;
};

static void on_object(void *arg, struct str object, bool is_element)
{
    struct got *g = arg;
    buf_str(&g->all, object);
    buf_char(&g->all, '|');
    g->is_element = is_element;
}

static void feed(struct got *g, struct str bytes, size_t piece)
{
    struct json_stream s;
    buf_clear(&g->all);
    json_stream_init(&s, OBJECT_MAX, ELEMENT_MAX, on_object, g);
    while (bytes.n > 0) {
        struct str front = str_sub(bytes, 0, piece);
        json_stream_feed(&s, front);
        bytes = str_sub(bytes, front.n, SIZE_MAX);
    }
    g->is_whole = json_stream_end(&s);
    g->n_lost = s.n_lost;
    json_stream_fini(&s);
}

static void check(const char *text, const char *want, bool is_element,
                  bool is_whole, uint64_t n_lost)
{
    struct got g = {.is_element = false};
    struct str bytes = str_from_cz(text);
    buf_init(&g.all, SIZE_MAX);
    for (size_t piece = 1; piece <= bytes.n; piece++) {
        feed(&g, bytes, piece);
        if (!str_eq(buf_view(&g.all), str_from_cz(want))) {
            print_error("in pieces of %zu: %.*s, not %s\n", piece,
                        STR_ARG(buf_view(&g.all)), want);
            fail();
        }
        assert_int_equal(g.is_whole, is_whole);
        assert_int_equal(g.n_lost, n_lost);
        assert_int_equal(g.is_element, is_element);
    }
    buf_fini(&g.all);
}

static void one_body(UNUSED void **state)
{
    check("{}", "{}|", false, true, 0);
    check(" {\n \"a\": [1, {}]\n}\n", "{\n \"a\": [1, {}]\n}|", false, true, 0);
    check("{\"a\":\"}\\\"{\\\\\"}", "{\"a\":\"}\\\"{\\\\\"}|", false, true, 0);
}

static void lines(UNUSED void **state)
{
    check("{\"a\":1}\n{\"b\":2}\n", "{\"a\":1}|{\"b\":2}|", false, true, 0);
    check("{\"a\":1}{\"b\":2}", "{\"a\":1}|{\"b\":2}|", false, true, 0);
    /* A line that broke off within a text costs itself only. */
    check("{\"a\":\"x\n{\"b\":2}\n", "{\"b\":2}|", false, true, 1);
    check("{\"a\":{\"c\":1\n{\"b\":2}\n", "{\"b\":2}|", false, true, 1);
    check("{\"a\"\r\n{\"b\":2}\n", "{\"b\":2}|", false, true, 1);
    /* Laid out without indents, it is one object. */
    check("{\"a\":\n{},\n\"b\":[\n{},\n{}]}",
          "{\"a\":\n{},\n\"b\":[\n{},\n{}]}|", false, true, 0);
}

static void elements(UNUSED void **state)
{
    check("[{\"a\":1}\n,\r\n{\"b\":[]}]", "{\"a\":1}|{\"b\":[]}|", true, true,
          0);
    check("[\"{\", 1, [{}], {}]", "{}|{}|", true, true, 0);
    check("[]", "", false, true, 0);
}

static void cut(UNUSED void **state)
{
    check("{\"a\":1}\n{\"b\":", "{\"a\":1}|", false, false, 0);
    check("{\"a\":\"", "", false, false, 0);
    check("}]}{", "", false, false, 0);
}

static void ceilings(UNUSED void **state)
{
    check("{\"a\":\"1234567890123456789012345678901\"}{}",
          "{\"a\":\"1234567890123456789012345678901\"}|{}|", false, true, 0);
    check("{\"a\":\"12345678901234567890123456789012345\"}{}", "{}|", false,
          true, 1);
    check("[{\"a\":\"123456789012\"},{}]", "{\"a\":\"123456789012\"}|{}|", true,
          true, 0);
    check("[{\"a\":\"1234567890123\"},{}]", "{}|", true, true, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_body), cmocka_unit_test(lines),
        cmocka_unit_test(elements), cmocka_unit_test(cut),
        cmocka_unit_test(ceilings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
