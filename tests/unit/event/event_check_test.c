#include "test.h"

#include "base/arena.h"
#include "base/rand.h"
#include "event/event_check.h"
#include "random_event.h"

#define HOUR_US INT64_C(3600000000)

static struct event good_event(void)
{
    struct event ev;
    event_init(&ev);
    ev.ts_us = TEST_NOW_US;
    ev.dim[DIM_PROVIDER] = STR("openai");
    ev.dim[DIM_MODEL] = STR("gpt-4o");
    return ev;
}

static void accept(const struct event *ev)
{
    struct why why;
    assert_ok(event_check(ev, TEST_NOW_US, &why), &why);
}

static void refuse(const struct event *ev, enum rc rc, const char *words)
{
    struct why why = {.text = ""};
    assert_rc(event_check(ev, TEST_NOW_US, &why), rc);
    if (strstr(why.text, words) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", why.text, words);
    }
}

static void test_random_good_events_pass(void **state)
{
    (void)state;
    struct rand r;
    struct arena arena;
    rand_init(&r, 5);
    arena_init(&arena, LIMIT_ARENA_MAX);
    for (int i = 0; i < 1000; i++) {
        arena_reset(&arena);
        struct event ev = random_event(&r, &arena);
        accept(&ev);
    }
    arena_fini(&arena);
}

static void test_time_limits(void **state)
{
    (void)state;
    struct event ev = good_event();
    ev.ts_us = EVENT_TS_MIN_US;
    accept(&ev);
    ev.ts_us--;
    refuse(&ev, RC_RANGE, "ts: 2019-12-31T23:59:59.999999Z is before 2020");
    ev.ts_us = TEST_NOW_US + HOUR_US;
    accept(&ev);
    ev.ts_us++;
    refuse(&ev, RC_RANGE, "ts: 2026-11-22T21:31:11.123457Z is more than an");
    ev.ts_us = INT64_MIN;
    refuse(&ev, RC_RANGE, "before 2020");
    ev.ts_us = INT64_MAX;
    refuse(&ev, RC_RANGE, "an hour ahead");
}

static void test_token_limits(void **state)
{
    (void)state;
    for (uint32_t k = 0; k < TOKEN__COUNT; k++) {
        struct event ev = good_event();
        ev.token[k] = EVENT_COUNT_MAX;
        accept(&ev);
        ev.token[k]++;
        refuse(&ev, RC_RANGE, token_kind_name((enum token_kind)k).p);
        ev.token[k] = INT64_MAX;
        refuse(&ev, RC_RANGE, "above 2^40");
        ev.token[k] = -1;
        refuse(&ev, RC_RANGE, "is negative (-1)");
    }
}

/* Else an export could not be read back. */
static void test_totals_have_the_same_limit(void **state)
{
    (void)state;
    struct event ev = good_event();
    ev.token[TOKEN_INPUT] = EVENT_COUNT_MAX - 1;
    ev.token[TOKEN_CACHE_READ] = 1;
    ev.token[TOKEN_OUTPUT] = EVENT_COUNT_MAX;
    accept(&ev);
    ev.token[TOKEN_INPUT_IMAGE] = 1;
    refuse(&ev, RC_RANGE, "input_tokens is above 2^40");
    ev.token[TOKEN_INPUT_IMAGE] = 0;
    ev.token[TOKEN_OUTPUT_AUDIO] = 1;
    refuse(&ev, RC_RANGE, "output_tokens is above 2^40");
}

static void test_number_limits(void **state)
{
    (void)state;
    struct event ev = good_event();
    ev.web_searches = EVENT_COUNT_MAX;
    ev.latency_ms = EVENT_COUNT_MAX;
    ev.ttft_ms = EVENT_COUNT_MAX;
    ev.attempt = UINT32_MAX;
    accept(&ev);
    ev.web_searches++;
    refuse(&ev, RC_RANGE, "web_searches is above");
    ev = good_event();
    ev.latency_ms = -2;
    refuse(&ev, RC_RANGE, "latency_ms is negative");
    ev = good_event();
    ev.ttft_ms = EVENT_COUNT_MAX + 1;
    refuse(&ev, RC_RANGE, "ttft_ms is above");
    ev = good_event();
    ev.attempt = 0;
    refuse(&ev, RC_RANGE, "attempt is 0");
    ev = good_event();
    ev.reported_cost.pico = -1; /* means nothing until has_reported_cost */
    accept(&ev);
    ev.has_reported_cost = true;
    refuse(&ev, RC_RANGE, "reported_cost is negative");
}

static void test_text_limits(void **state)
{
    (void)state;
    char text[LIMIT_DIM_MAX + 1];
    memset(text, 'x', sizeof(text));
    for (uint32_t d = 0; d < DIM__COUNT; d++) {
        struct event ev = good_event();
        ev.dim[d] = (struct str){.p = text, .n = LIMIT_DIM_MAX};
        accept(&ev);
        ev.dim[d].n++;
        refuse(&ev, RC_INVALID, dim_name((enum dim)d).p);
    }
    struct event ev = good_event();
    ev.id = (struct str){.p = text, .n = LIMIT_ID_MAX};
    accept(&ev);
    ev.id.n++;
    refuse(&ev, RC_INVALID, "id is 129 bytes long; at most 128 are allowed");
}

static void test_text_must_be_utf8_without_nul(void **state)
{
    (void)state;
    struct event ev = good_event();
    ev.dim[DIM_USER] = STR("caf\xc3\xa9");
    accept(&ev);
    ev.dim[DIM_USER].n--;
    refuse(&ev, RC_INVALID, "user is not valid UTF-8");
    ev = good_event();
    ev.dim[DIM_CUSTOMER] = STR("a\0b");
    refuse(&ev, RC_INVALID, "customer contains a NUL byte");
    ev = good_event();
    ev.id = STR("\xff");
    refuse(&ev, RC_INVALID, "id is not valid UTF-8");
}

static void test_provider_and_model_are_needed(void **state)
{
    (void)state;
    struct event ev = good_event();
    ev.dim[DIM_PROVIDER] = STR_EMPTY;
    refuse(&ev, RC_INVALID, "provider is missing");
    ev = good_event();
    ev.dim[DIM_MODEL] = STR_EMPTY;
    refuse(&ev, RC_INVALID, "model is missing");
}

static void test_closed_sets(void **state)
{
    (void)state;
    struct event ev = good_event();
    ev.operation = (enum operation)0;
    refuse(&ev, RC_INVALID, "operation");
    ev = good_event();
    ev.service_tier = SERVICE_TIER__COUNT;
    refuse(&ev, RC_INVALID, "service_tier");
    ev = good_event();
    ev.environment = ENVIRONMENT__COUNT;
    refuse(&ev, RC_INVALID, "environment");
    ev = good_event();
    ev.status = (enum event_status)0;
    refuse(&ev, RC_INVALID, "status");
    ev = good_event();
    ev.source = EVENT_SOURCE__COUNT;
    refuse(&ev, RC_INVALID, "source");
}

static void test_tags(void **state)
{
    (void)state;
    char text[LIMIT_TAG_VALUE_MAX + 1];
    memset(text, 'x', sizeof(text));
    struct event ev = good_event();
    ev.n_tags = 2;
    ev.tag[0] = (struct event_tag){STR("a"), STR("")};
    ev.tag[1] = (struct event_tag){STR("b"), STR("1")};
    accept(&ev);
    ev.tag[1].key = STR("a");
    refuse(&ev, RC_INVALID, "tags.a is given twice");
    ev.tag[1].key = STR("A");
    refuse(&ev, RC_INVALID, "tags.A is given twice, or out of order");
    ev.tag[1].key = STR("b");
    ev.tag[1].value = (struct str){.p = text, .n = LIMIT_TAG_VALUE_MAX};
    accept(&ev);
    ev.tag[1].value.n++;
    refuse(&ev, RC_INVALID, "tags: b is 257 bytes long");
    ev.tag[1].value = STR("\xc3");
    refuse(&ev, RC_INVALID, "b is not valid UTF-8");
    ev.tag[1].value = STR("1");
    ev.tag[1].key = (struct str){.p = text, .n = LIMIT_TAG_KEY_MAX};
    accept(&ev);
    ev.tag[1].key.n++;
    refuse(&ev, RC_INVALID, "tags: a name is 65 bytes long");
    ev.tag[0].key = STR_EMPTY;
    refuse(&ev, RC_INVALID, "a tag's name is empty");
    ev.n_tags = LIMIT_TAGS_MAX + 1;
    refuse(&ev, RC_INVALID, "tags: 17 tags");
}

static void test_settle(void **state)
{
    (void)state;
    struct arena arena;
    struct why why;
    struct event ev;
    arena_init(&arena, LIMIT_ARENA_MAX);
    event_init(&ev);
    ev.dim[DIM_MODEL] = STR(" claude-opus-5 ");
    assert_ok(event_settle(&ev, &arena, &why), &why);
    assert_str(ev.dim[DIM_MODEL], "claude-opus-5");
    assert_str(ev.dim[DIM_REQUESTED_MODEL], "claude-opus-5");
    assert_str(ev.dim[DIM_PROVIDER], "anthropic");
    /* What stands there already is kept, and settling again changes nothing. */
    ev.dim[DIM_REQUESTED_MODEL] = STR("best");
    ev.dim[DIM_PROVIDER] = STR("AWS");
    assert_ok(event_settle(&ev, &arena, &why), &why);
    assert_ok(event_settle(&ev, &arena, &why), &why);
    assert_str(ev.dim[DIM_REQUESTED_MODEL], "best");
    assert_str(ev.dim[DIM_PROVIDER], "bedrock");
    arena_fini(&arena);
}

static void test_settle_refuses(void **state)
{
    (void)state;
    struct arena arena;
    struct why why;
    struct event ev;
    arena_init(&arena, 4);
    event_init(&ev);
    assert_rc(event_settle(&ev, &arena, &why), RC_INVALID);
    assert_non_null(strstr(why.text, "model is missing"));
    ev.dim[DIM_MODEL] = STR("llama3.2");
    assert_rc(event_settle(&ev, &arena, &why), RC_INVALID);
    assert_non_null(strstr(why.text, "provider is missing"));
    ev.dim[DIM_PROVIDER] = STR("Our-Gateway");
    assert_rc(event_settle(&ev, &arena, &why), RC_LIMIT);
    assert_str(ev.dim[DIM_PROVIDER], "Our-Gateway");
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_good_events_pass),
        cmocka_unit_test(test_time_limits),
        cmocka_unit_test(test_token_limits),
        cmocka_unit_test(test_totals_have_the_same_limit),
        cmocka_unit_test(test_number_limits),
        cmocka_unit_test(test_text_limits),
        cmocka_unit_test(test_text_must_be_utf8_without_nul),
        cmocka_unit_test(test_provider_and_model_are_needed),
        cmocka_unit_test(test_closed_sets),
        cmocka_unit_test(test_tags),
        cmocka_unit_test(test_settle),
        cmocka_unit_test(test_settle_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
