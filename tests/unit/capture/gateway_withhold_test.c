/* What is taken out of a stream, however its bytes are split. */
#include "test.h"

#include "base/buf.h"
#include "base/limits.h"
#include "capture/gateway/gateway_text.h"
#include "capture/gateway/gateway_withhold.h"

#define USAGE                                                            \
    "data: {\"id\":\"a\",\"choices\":[],\"usage\":{\"prompt_tokens\":1," \
    "\"completion_tokens\":2,\"total_tokens\":3}}\n\n"

static void take(void *arg, struct str bytes)
{
    buf_str(arg, bytes);
}

static void feed(struct str text, size_t step, struct buf *out)
{
    struct withhold w;

    withhold_init(&w, take, out);
    while (text.n > 0) {
        withhold_feed(&w, str_sub(text, 0, step));
        text = str_sub(text, step, SIZE_MAX);
    }
    withhold_end(&w);
    withhold_fini(&w);
}

static void passes_as(const char *text, const char *want)
{
    struct str s = str_from_cz(text);

    for (size_t step = 1; step <= s.n; step++) {
        struct buf out;

        buf_init(&out, SIZE_MAX);
        feed(s, step, &out);
        if (!str_eq(buf_view(&out), str_from_cz(want))) {
            print_error("%zu at a time: %.*s\n", step, STR_ARG(buf_view(&out)));
            fail();
        }
        buf_fini(&out);
    }
}

static void the_usage_is_withheld(void **state)
{
    (void)state;
    passes_as("data: {\"choices\":[{\"delta\":{}}],\"usage\":null}\n\n" USAGE
              "data: [DONE]\n\n",
              "data: {\"choices\":[{\"delta\":{}}]}\n\ndata: [DONE]\n\n");
    passes_as("data: {\"choices\": [{}], \"usage\" : null, \"x\":1}\r\n\r\n",
              "data: {\"choices\": [{}], \"x\":1}\r\n\r\n");
}

static void all_else_passes(void **state)
{
    static const char *const text[] = {
        ": a comment\n\n",
        "event: x\ndata: {\"choices\":[]}\n\n",
        "data: {\"choices\":[],\"prompt_filter_results\":[]}\n\n",
        "data: {\"choices\":[{\"x\":\",\\\"usage\\\":null,\\\"\"}]}\n\n",
        "data: {\"choices\":[{}],\"usage\":{\"prompt_tokens\":1}}\n\n",
        "data: {\"a\":1,\"usages\":null,\"usage\":nul}\n\n",
        "data: {\"choices\":[",
        "data: {\"choices\":[{}],\"usage\":",
        "no events at all, \"usage\": none",
        "\n\n\r\n\n",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_N(text); i++) {
        passes_as(text[i], text[i]);
    }
}

/* What cannot be the withheld event does not wait for its end. */
static void nothing_waits_in_vain(void **state)
{
    static const char *const text[] = {
        "data: [D", ":", "event", "data: {\"choices\":[{", "id: 7",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_N(text); i++) {
        struct withhold w;
        struct buf out;

        buf_init(&out, SIZE_MAX);
        withhold_init(&w, take, &out);
        withhold_feed(&w, str_from_cz(text[i]));
        assert_true(str_eq(buf_view(&out), str_from_cz(text[i])));
        withhold_fini(&w);
        buf_fini(&out);
    }
}

static void an_event_is_held_up_to_a_limit(void **state)
{
    struct withhold w;
    struct buf text;
    struct buf out;

    (void)state;
    buf_init(&text, SIZE_MAX);
    buf_init(&out, SIZE_MAX);
    buf_cz(&text, "data: {\"x\":\"");
    while (text.n < LIMIT_GATEWAY_HELD_BYTES) {
        buf_char(&text, 'y');
    }
    withhold_init(&w, take, &out);
    withhold_feed(&w, buf_view(&text));
    assert_int_equal(out.n, 0);
    withhold_feed(&w, STR("z"));
    assert_int_equal(out.n, text.n + 1);
    withhold_fini(&w);
    buf_fini(&text);
    buf_fini(&out);
}

static void text_is_counted_where_it_stands(void **state)
{
    static const struct {
        const char *json;
        int64_t tok;
    } cases[] = {
        {"", 0},
        {"{\"model\":\"gpt-4o-mini\",\"content\":\"12345678\"}", 2},
        {"{\"content\":\"1234\",\"role\":\"assistant\"}", 1},
        {"{\"content\":\"12345\"}", 2},
        {"{\"input\":[\"1234\",\"5678\"],\"user\":\"someone\"}", 2},
        {"{\"content\":[{\"type\":\"text\",\"text\":\"1234\"},{\"type\":"
         "\"image_url\",\"image_url\":{\"url\":\"data:AAAAAAAAAAAA\"}}]}",
         1},
        {"{\"content\":\"\\n\\u00e9\\\"\\\\\"}", 1},
        {"data: {\"delta\":{\"content\":\"ab\"}}\n\n"
         "data: {\"delta\":{\"content\":\"cd\"}}\n\n",
         1},
        {"{\"content\":\"half of it is", 4},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_N(cases); i++) {
        struct text_meter one = {.n_bytes = 0};
        struct text_meter whole = {.n_bytes = 0};
        struct str s = str_from_cz(cases[i].json);

        text_meter_feed(&whole, s);
        for (size_t k = 0; k < s.n; k++) {
            text_meter_feed(&one, str_sub(s, k, 1));
        }
        assert_int_equal(text_meter_tok(&whole), cases[i].tok);
        assert_int_equal(text_meter_tok(&one), cases[i].tok);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_usage_is_withheld),
        cmocka_unit_test(all_else_passes),
        cmocka_unit_test(nothing_waits_in_vain),
        cmocka_unit_test(an_event_is_held_up_to_a_limit),
        cmocka_unit_test(text_is_counted_where_it_stands),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
