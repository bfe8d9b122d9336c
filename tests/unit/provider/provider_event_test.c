#include "test.h"

#include "base/arena.h"
#include "event/event_check.h"
#include "provider/provider.h"

enum { NOW_US_SECONDS = 1795000000 };

static struct arena arena;

static int setup(UNUSED void **state)
{
    arena_init(&arena, LIMIT_ARENA_MAX);
    return 0;
}

static int teardown(UNUSED void **state)
{
    arena_fini(&arena);
    return 0;
}

static struct provider_record record(void)
{
    return (struct provider_record){
        .provider = STR("openai"),
        .model = STR("gpt-4o-2024-11-20"),
        .requested_model = STR("gpt-4o"),
        .response_id = STR("chatcmpl-1"),
        .request_id = STR("req_1"),
        .operation = OPERATION_CHAT,
        .status = EVENT_STATUS_OK,
        .tier = SERVICE_TIER_STANDARD,
        .is_complete = true,
        .has_unique_ids = true,
    };
}

/* The event is one that intake would take. */
static struct event make(const struct provider_record *r)
{
    struct event ev;
    struct why why;
    int64_t now_us = INT64_C(1000000) * NOW_US_SECONDS;
    event_init(&ev);
    assert_ok(provider_to_event(r, &arena, &ev, &why), &why);
    ev.ts_us = now_us;
    ev.arrival_us = now_us;
    assert_ok(event_settle(&ev, &arena, &why), &why);
    assert_ok(event_check(&ev, now_us, &why), &why);
    return ev;
}

static struct str tag(const struct event *ev, const char *key)
{
    const struct event_tag *t = event_tag_find(ev, str_from_cz(key));
    return t != NULL ? t->value : STR_EMPTY;
}

static void fields(UNUSED void **state)
{
    struct provider_record r = record();
    for (size_t i = 0; i < TOKEN__COUNT; i++) {
        r.token[i] = (int64_t)i * 100 + 1;
    }
    r.web_searches = 7;
    r.operation = OPERATION_EMBEDDINGS;
    r.status = EVENT_STATUS_ERROR;
    r.tier = SERVICE_TIER_FLEX;
    r.tier_word = STR("flex");
    r.has_reported_cost = true;
    r.reported_cost.pico = 12345;
    struct event ev = make(&r);
    assert_str(ev.id, "chatcmpl-1");
    assert_str(ev.dim[DIM_PROVIDER], "openai");
    assert_str(ev.dim[DIM_MODEL], "gpt-4o-2024-11-20");
    assert_str(ev.dim[DIM_REQUESTED_MODEL], "gpt-4o");
    assert_memory_equal(ev.token, r.token, sizeof ev.token);
    assert_int_equal(ev.web_searches, 7);
    assert_int_equal(ev.operation, OPERATION_EMBEDDINGS);
    assert_int_equal(ev.status, EVENT_STATUS_ERROR);
    assert_int_equal(ev.service_tier, SERVICE_TIER_FLEX);
    assert_true(ev.has_reported_cost && ev.reported_cost.pico == 12345);
    assert_int_equal(ev.n_tags, 1);
    assert_str(tag(&ev, "request_id"), "req_1");
}

static void ids(UNUSED void **state)
{
    struct provider_record r = record();
    r.part = 2;
    assert_str(make(&r).id, "chatcmpl-1#2");
    r = record();
    r.response_id = STR_EMPTY;
    assert_str(make(&r).id, "req_1");
    /* Ids that may come again are no ids. */
    r = record();
    r.has_unique_ids = false;
    struct event ev = make(&r);
    assert_int_equal(ev.id.n, 0);
    assert_str(tag(&ev, "response_id"), "chatcmpl-1");
    r = record();
    r.response_id = STR("a\0b");
    assert_int_equal(make(&r).id.n, 0);
}

/* On the ceiling and one past it: long ids stay apart, and the same. */
static void long_ids(UNUSED void **state)
{
    char text[LIMIT_ID_MAX + 1];
    struct provider_record r = record();
    memset(text, 'x', sizeof text);
    r.response_id = (struct str){.p = text, .n = LIMIT_ID_MAX};
    assert_int_equal(make(&r).id.n, LIMIT_ID_MAX);
    assert_true(str_ends(make(&r).id, STR("xx")));
    r.response_id.n++;
    struct str one = make(&r).id;
    assert_true(one.n <= LIMIT_ID_MAX);
    assert_true(str_eq(one, make(&r).id));
    text[LIMIT_ID_MAX] = 'y';
    assert_false(str_eq(one, make(&r).id));
}

static void notes(UNUSED void **state)
{
    static const struct provider_extra extra[] = {
        {.name = STR_INIT("usage.new_tokens"), .value = 5, .is_unknown = true},
        {.name = STR_INIT("usage.nothing"), .value = 0, .is_unknown = true},
        {.name = STR_INIT("audio_seconds"), .value = 12.5},
        {.name = STR_INIT("region"), .text = STR_INIT("us-east-1")},
    };
    struct provider_record r = record();
    r.is_complete = false;
    r.is_clamped = true;
    r.tier_word = STR("on_demand");
    r.extra = extra;
    r.n_extra = ARRAY_N(extra);
    struct event ev = make(&r);
    assert_str(tag(&ev, "usage_note"),
               "incomplete,parts_over_total,unknown_members");
    assert_str(tag(&ev, "usage.new_tokens"), "5");
    assert_str(tag(&ev, "audio_seconds"), "12.5");
    assert_str(tag(&ev, "region"), "us-east-1");
    assert_str(tag(&ev, "provider_tier"), "on_demand");
    assert_null(event_tag_find(&ev, STR("usage.nothing")));
}

/* What has no room is told as a number. */
static void many_extras(UNUSED void **state)
{
    struct provider_extra extra[LIMIT_PROVIDER_EXTRAS];
    struct provider_record r = record();
    for (size_t i = 0; i < ARRAY_N(extra); i++) {
        extra[i] = (struct provider_extra){
            .name = str_fmt(&arena, "usage.x%zu", i), .value = 1};
    }
    r.extra = extra;
    r.n_extra = ARRAY_N(extra);
    struct event ev = make(&r);
    assert_int_equal(ev.n_tags, LIMIT_PROVIDER_TAGS);
    assert_str(tag(&ev, "more_extras"), "18");
}

static void text_from_outside(UNUSED void **state)
{
    char text[2 * LIMIT_DIM_MAX];
    struct provider_record r = record();
    memset(text, 'm', sizeof text);
    r.requested_model = (struct str){.p = text, .n = sizeof text};
    r.request_id = STR("bad \xff");
    struct event ev = make(&r);
    assert_int_equal(ev.dim[DIM_REQUESTED_MODEL].n, LIMIT_DIM_MAX);
    assert_int_equal(ev.n_tags, 0);
}

static void full_arena(UNUSED void **state)
{
    struct provider_record r = record();
    struct arena small;
    struct event ev;
    struct why why;
    r.part = 2; /* its id is made */
    arena_init(&small, 8);
    event_init(&ev);
    assert_rc(provider_to_event(&r, &small, &ev, &why), RC_LIMIT);
    arena_fini(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields),      cmocka_unit_test(ids),
        cmocka_unit_test(long_ids),    cmocka_unit_test(notes),
        cmocka_unit_test(many_extras), cmocka_unit_test(text_from_outside),
        cmocka_unit_test(full_arena),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
