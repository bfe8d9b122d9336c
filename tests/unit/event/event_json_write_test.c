#include "test.h"

#include <stdio.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/rand.h"
#include "event/event_json.h"
#include "random_event.h"

static struct event plain_event(void)
{
    struct event ev;
    event_init(&ev);
    ev.ts_us = INT64_C(1795379471000000);
    ev.arrival_us = INT64_C(1795379471250000);
    ev.dim[DIM_PROVIDER] = STR("openai");
    ev.dim[DIM_MODEL] = STR("gpt-4o");
    ev.dim[DIM_REQUESTED_MODEL] = STR("gpt-4o");
    return ev;
}

static void assert_written(const struct event *ev, const char *want)
{
    struct buf b;
    buf_init(&b, LIMIT_EVENT_BYTES_MAX);
    event_add_json(&b, ev);
    assert_rc(buf_rc(&b, NULL), RC_OK);
    if (!str_eq(buf_view(&b), str_from_cz(want))) {
        print_error("got  %.*s\nwant %s\n", STR_ARG(buf_view(&b)), want);
        fail();
    }
    buf_fini(&b);
}

static void test_defaults_are_left_out(void **state)
{
    (void)state;
    struct event ev = plain_event();
    assert_written(&ev,
                   "{\"ts\":\"2026-11-22T20:31:11Z\",\"provider\":\"openai\","
                   "\"model\":\"gpt-4o\",\"environment\":\"production\","
                   "\"cost\":null,\"priced\":false,"
                   "\"source\":\"api\","
                   "\"arrival\":\"2026-11-22T20:31:11.250Z\"}");
}

static void test_all_members_in_their_order(void **state)
{
    (void)state;
    struct event ev = plain_event();
    struct why why;
    ev.id = STR("req-1");
    ev.operation = OPERATION_IMAGE;
    ev.service_tier = SERVICE_TIER_FLEX;
    ev.environment = ENVIRONMENT_TEST;
    ev.status = EVENT_STATUS_CANCELLED;
    ev.source = EVENT_SOURCE_IMPORT;
    ev.attempt = 2;
    for (uint32_t k = 0; k < TOKEN__COUNT; k++) {
        ev.token[k] = 1 + k;
    }
    ev.web_searches = 7;
    ev.latency_ms = 0;
    ev.ttft_ms = 5;
    ev.has_reported_cost = true;
    ev.reported_cost.pico = 1;
    ev.dim[DIM_REQUESTED_MODEL] = STR("gpt-4");
    ev.dim[DIM_FEATURE] = STR("a \"quoted\"\nline");
    ev.dim[DIM_KEY] = STR("k1");
    ev.dim[DIM_FALLBACK_FROM] = STR("o3");
    assert_ok(event_tag_set(&ev, STR("b"), STR("2"), &why), &why);
    assert_ok(event_tag_set(&ev, STR("a"), STR(""), &why), &why);
    ev.cost = (struct event_cost){
        .priced = true,
        .input = {INT64_C(2500000000000)},
        .cache = {1},
        .output = {20},
        .tools = {0},
        .price_id = STR("openai/gpt-4o@2024-10-01"),
    };
    assert_written(
        &ev,
        "{\"id\":\"req-1\",\"ts\":\"2026-11-22T20:31:11Z\","
        "\"provider\":\"openai\",\"model\":\"gpt-4o\","
        "\"requested_model\":\"gpt-4\",\"operation\":\"image\","
        "\"input_tokens\":21,\"cache_read_tokens\":2,"
        "\"cache_write_tokens\":7,\"cache_write_1h_tokens\":4,"
        "\"input_audio_tokens\":5,\"input_image_tokens\":6,"
        "\"output_tokens\":34,\"reasoning_tokens\":8,"
        "\"output_audio_tokens\":9,\"output_image_tokens\":10,"
        "\"web_searches\":7,\"service_tier\":\"flex\","
        "\"reported_cost\":\"0.000000000001\","
        "\"feature\":\"a \\\"quoted\\\"\\nline\",\"key\":\"k1\","
        "\"environment\":\"test\",\"status\":\"cancelled\",\"attempt\":2,"
        "\"fallback_from\":\"o3\",\"latency_ms\":0,\"ttft_ms\":5,"
        "\"tags\":{\"a\":\"\",\"b\":\"2\"},"
        "\"cost\":\"2.500000000021\",\"cost_input\":\"2.500000000000\","
        "\"cost_cache\":\"0.000000000001\",\"cost_output\":\"0.000000000020\","
        "\"cost_tools\":\"0.000000000000\",\"priced\":true,"
        "\"price\":\"openai/gpt-4o@2024-10-01\",\"source\":\"import\","
        "\"arrival\":\"2026-11-22T20:31:11.250Z\"}");
}

static void test_an_event_is_one_line(void **state)
{
    (void)state;
    struct event ev = plain_event();
    struct buf b;
    ev.dim[DIM_USER] = STR("a\nb\r\nc");
    buf_init(&b, LIMIT_EVENT_BYTES_MAX);
    event_add_json(&b, &ev);
    assert_int_equal(str_find_char(buf_view(&b), '\n', 0), SIZE_MAX);
    assert_int_equal(str_find_char(buf_view(&b), '\r', 0), SIZE_MAX);
    buf_fini(&b);
}

static void test_overflow_is_the_bufs(void **state)
{
    (void)state;
    struct event ev = plain_event();
    struct buf b;
    buf_init(&b, 100);
    event_add_json(&b, &ev);
    assert_rc(buf_rc(&b, NULL), RC_LIMIT);
    buf_fini(&b);
}

static void read_back(struct str text, struct arena *arena,
                      struct event *ret_event)
{
    struct json *json = NULL;
    struct event_json_notes notes;
    struct why why;
    assert_ok(json_parse(text, &json, &why), &why);
    enum rc rc =
        event_from_json(json, TEST_NOW_US, arena, ret_event, &notes, &why);
    if (rc != RC_OK) {
        fail_msg("%s: %.*s", why.text, STR_ARG(text));
    }
    assert_int_equal(notes.n_ignored_fields, 0);
    assert_true(notes.has_ts);
    json_free(&json);
}

static void test_reading_back_gives_the_same_event(void **state)
{
    (void)state;
    struct rand r;
    struct arena arena;
    struct buf b;
    rand_init(&r, 20261122);
    arena_init(&arena, LIMIT_ARENA_MAX);
    buf_init(&b, LIMIT_EVENT_BYTES_MAX);
    for (int i = 0; i < 3000; i++) {
        arena_reset(&arena);
        buf_clear(&b);
        struct event ev = random_event(&r, &arena);
        if (chance(&r, 2)) {
            random_cost(&r, &ev);
        }
        struct event back;
        event_add_json(&b, &ev);
        assert_rc(buf_rc(&b, NULL), RC_OK);
        read_back(buf_view(&b), &arena, &back);
        assert_same_call(&ev, &back);
        assert_false(back.cost.priced);
    }
    buf_fini(&b);
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults_are_left_out),
        cmocka_unit_test(test_all_members_in_their_order),
        cmocka_unit_test(test_an_event_is_one_line),
        cmocka_unit_test(test_overflow_is_the_bufs),
        cmocka_unit_test(test_reading_back_gives_the_same_event),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
