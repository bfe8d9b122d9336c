#include "test.h"

#include "base/arena.h"
#include "base/limits.h"
#include "capture/caller.h"
#include "provider/provider_request.h"

struct said {
    struct arena arena;
    struct event ev;
    struct caller who;
};

#define FIELD(name_, value_)                                \
    {                                                       \
        .name = STR_INIT(name_), .value = STR_INIT(value_), \
    }

static int setup(void **state)
{
    static struct said s;
    s = (struct said){.who = {.ev = &s.ev, .arena = &s.arena}};
    arena_init(&s.arena, LIMIT_ARENA_MAX);
    event_init(&s.ev);
    *state = &s;
    return 0;
}

static int teardown(void **state)
{
    struct said *s = *state;
    arena_fini(&s->arena);
    return 0;
}

static const struct provider_request nothing = {.n_metadata = 0};

static void the_stronger_word_counts_wherever_it_stands(void **state)
{
    struct said *s = *state;
    static const struct http_field fields[] = {
        FIELD("traceparent", "00-0af7651916cd43dd8448eb211c80319c-"
                             "b7ad6b7169203331-01"),
        FIELD("baggage", "toll.feature=baggage, toll.step=b%20s;p=1, x=y"),
        FIELD("Helicone-Property-Feature", "helicone"),
        FIELD("Helicone-Property-Segment", "smb"),
        FIELD("Helicone-User-Id", "helicone-user"),
        FIELD(
            "x-portkey-metadata",
            "{\"_user\":\"portkey\",\"workflow\":\"nightly\",\"plan\":\"a\"}"),
        FIELD("x-toll-feature", "  search "),
        FIELD("X-Toll-Tag-Team", "core"),
    };
    const struct provider_request body = {
        .user = STR("body-user"),
        .metadata = {{STR("feature"), STR("body")}, {STR("release"), STR("7")}},
        .n_metadata = 2,
    };
    caller_read(fields, ARRAY_N(fields), &body, &s->who);
    assert_str(s->ev.dim[DIM_FEATURE], "search");
    assert_str(s->ev.dim[DIM_SEGMENT], "smb");
    assert_str(s->ev.dim[DIM_USER], "helicone-user");
    assert_str(s->ev.dim[DIM_WORKFLOW], "nightly");
    assert_str(s->ev.dim[DIM_STEP], "b s");
    assert_str(s->ev.dim[DIM_RUN], "0af7651916cd43dd8448eb211c80319c");
    assert_str(s->ev.dim[DIM_RELEASE], "7");
    assert_str(event_tag_find(&s->ev, STR("team"))->value, "core");
    assert_str(event_tag_find(&s->ev, STR("plan"))->value, "a");
}

static void who_calls_does_not_say_whom(void **state)
{
    struct said *s = *state;
    static const struct http_field fields[] = {
        FIELD("X-Toll-Provider", "openai"),
        FIELD("X-Toll-Model", "gpt-4o"),
        FIELD("X-Toll-Key", "k"),
        FIELD("X-Toll-Nonsense", "n"),
    };
    caller_read(fields, ARRAY_N(fields), &nothing, &s->who);
    assert_str(s->ev.dim[DIM_PROVIDER], "");
    assert_str(s->ev.dim[DIM_MODEL], "");
    assert_str(s->ev.dim[DIM_KEY], "");
    assert_int_equal(s->ev.n_tags, 0);
}

static void retries_are_attempts(void **state)
{
    struct said *s = *state;
    static const struct http_field sdk[] = {
        FIELD("x-stainless-retry-count", "2")};
    static const struct http_field own[] = {
        FIELD("x-stainless-retry-count", "2"), FIELD("X-Toll-Attempt", "5")};
    static const struct http_field bad[] = {FIELD("X-Toll-Attempt", "-1")};
    caller_read(sdk, 1, &nothing, &s->who);
    assert_int_equal(s->ev.attempt, 3);
    s->ev.attempt = 1;
    caller_read(own, 2, &nothing, &s->who);
    assert_int_equal(s->ev.attempt, 5);
    s->ev.attempt = 1;
    caller_read(bad, 1, &nothing, &s->who);
    assert_int_equal(s->ev.attempt, 1);
}

static void what_an_event_may_not_hold_is_cut_or_left_out(void **state)
{
    struct said *s = *state;
    static char text[LIMIT_DIM_MAX + 1];
    memset(text, 'x', sizeof text);
    const struct http_field fields[] = {
        {STR("X-Toll-Feature"), {text, sizeof text}},
        FIELD("X-Toll-Customer", "\xff\xfe"),
        FIELD("X-Toll-Environment", "Staging"),
        FIELD("X-Toll-Id", "id-1"),
        FIELD("baggage", "toll.owner=%zz,toll.user=ok,,=;"),
        FIELD("x-portkey-metadata", "{broken"),
        FIELD("traceparent", "00-short"),
    };
    caller_read(fields, ARRAY_N(fields), &nothing, &s->who);
    assert_int_equal(s->ev.dim[DIM_FEATURE].n, LIMIT_DIM_MAX);
    assert_str(s->ev.dim[DIM_CUSTOMER], "");
    assert_int_equal(s->ev.environment, ENVIRONMENT_STAGING);
    assert_true(s->who.has_environment);
    assert_str(s->who.id, "id-1");
    assert_str(s->ev.dim[DIM_OWNER], "");
    assert_str(s->ev.dim[DIM_USER], "ok");
    assert_str(s->ev.dim[DIM_RUN], "");
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_stronger_word_counts_wherever_it_stands),
        TEST(who_calls_does_not_say_whom),
        TEST(retries_are_attempts),
        TEST(what_an_event_may_not_hold_is_cut_or_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
