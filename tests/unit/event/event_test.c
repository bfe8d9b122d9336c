#include "test.h"

#include <stdlib.h>

#include "base/arena.h"
#include "event/event.h"

static void test_closed_sets_name_and_find_every_value(void **state)
{
    (void)state;
    for (uint32_t x = 1; x < OPERATION__COUNT; x++) {
        assert_true(operation_name((enum operation)x).n > 0);
        assert_int_equal(operation_from(operation_name((enum operation)x)), x);
    }
    for (uint32_t x = 1; x < SERVICE_TIER__COUNT; x++) {
        struct str name = service_tier_name((enum service_tier)x);
        assert_int_equal(service_tier_from(name), x);
    }
    for (uint32_t x = 1; x < ENVIRONMENT__COUNT; x++) {
        struct str name = environment_name((enum environment)x);
        assert_int_equal(environment_from(name), x);
    }
    for (uint32_t x = 1; x < EVENT_STATUS__COUNT; x++) {
        struct str name = event_status_name((enum event_status)x);
        assert_int_equal(event_status_from(name), x);
    }
    for (uint32_t x = 1; x < EVENT_SOURCE__COUNT; x++) {
        struct str name = event_source_name((enum event_source)x);
        assert_int_equal(event_source_from(name), x);
    }
}

static void test_closed_sets_refuse_what_is_no_member(void **state)
{
    (void)state;
    assert_int_equal(environment_from(STR("prod")), 0);
    assert_int_equal(environment_from(STR("Production")), 0);
    assert_int_equal(environment_from(STR_EMPTY), 0);
    assert_int_equal(environment_of_word(STR("Prod")), ENVIRONMENT_PRODUCTION);
    assert_int_equal(environment_of_word(STR("Staging")), ENVIRONMENT_STAGING);
    assert_int_equal(environment_of_word(STR("ci")), ENVIRONMENT_TEST);
    assert_int_equal(environment_of_word(STR("us-east-1")), 0);
    assert_int_equal(environment_of_word(STR_EMPTY), 0);
    assert_int_equal(operation_name((enum operation)0).n, 0);
    assert_int_equal(operation_name(OPERATION__COUNT).n, 0);
    assert_int_equal(operation_name((enum operation)99).n, 0);
}

static void test_public_names(void **state)
{
    (void)state;
    assert_str(environment_name(ENVIRONMENT_EVALUATION), "evaluation");
    assert_str(event_source_name(EVENT_SOURCE_IMPORT), "import");
    assert_str(event_status_name(EVENT_STATUS_CANCELLED), "cancelled");
    assert_str(service_tier_name(SERVICE_TIER_FLEX), "flex");
    assert_str(operation_name(OPERATION_RERANK), "rerank");
    assert_str(dim_name(DIM_FALLBACK_FROM), "fallback_from");
    assert_str(token_kind_name(TOKEN_CACHE_WRITE_1H), "cache_write_1h");
    assert_int_equal(dim_name(DIM__COUNT).n, 0);
    assert_int_equal(token_kind_name(TOKEN__COUNT).n, 0);
}

static void test_dims_are_found_by_name(void **state)
{
    (void)state;
    for (uint32_t d = 0; d < DIM__COUNT; d++) {
        assert_int_equal(dim_from(dim_name((enum dim)d)), d);
    }
    assert_int_equal(dim_from(STR("features")), DIM__COUNT);
    assert_int_equal(dim_from(STR_EMPTY), DIM__COUNT);
}

static void test_init_sets_the_public_defaults(void **state)
{
    (void)state;
    struct event ev;
    memset(&ev, 0xa5, sizeof(ev));
    event_init(&ev);
    assert_int_equal(ev.operation, OPERATION_CHAT);
    assert_int_equal(ev.service_tier, SERVICE_TIER_STANDARD);
    assert_int_equal(ev.environment, ENVIRONMENT_PRODUCTION);
    assert_int_equal(ev.status, EVENT_STATUS_OK);
    assert_int_equal(ev.source, EVENT_SOURCE_API);
    assert_int_equal(ev.attempt, 1);
    assert_int_equal(ev.latency_ms, -1);
    assert_int_equal(ev.ttft_ms, -1);
    assert_int_equal(ev.n_tags, 0);
    assert_false(ev.has_reported_cost);
    assert_false(ev.cost.priced);
    assert_int_equal(event_input_tokens(&ev), 0);
    for (uint32_t d = 0; d < DIM__COUNT; d++) {
        assert_int_equal(ev.dim[d].n, 0);
    }
}

static void test_totals_include_every_class_once(void **state)
{
    (void)state;
    struct event ev;
    event_init(&ev);
    for (uint32_t k = 0; k < TOKEN__COUNT; k++) {
        ev.token[k] = INT64_C(1) << k;
    }
    assert_int_equal(event_input_tokens(&ev) + event_output_tokens(&ev),
                     (1 << TOKEN__COUNT) - 1);
    assert_int_equal(event_output_tokens(&ev),
                     ev.token[TOKEN_OUTPUT] + ev.token[TOKEN_OUTPUT_REASONING] +
                         ev.token[TOKEN_OUTPUT_AUDIO] +
                         ev.token[TOKEN_OUTPUT_IMAGE]);
    assert_int_equal(event_cache_write_tokens(&ev),
                     ev.token[TOKEN_CACHE_WRITE_5M] +
                         ev.token[TOKEN_CACHE_WRITE_1H]);
}

static void test_total_cost_is_the_sum_of_its_parts(void **state)
{
    (void)state;
    struct event ev;
    event_init(&ev);
    ev.cost = (struct event_cost){.priced = true,
                                  .input = {1},
                                  .cache = {20},
                                  .output = {300},
                                  .tools = {4000}};
    assert_int_equal(event_total_cost(&ev).pico, 4321);
}

static void test_tags_stay_sorted_and_unique(void **state)
{
    (void)state;
    struct event ev;
    struct why why;
    event_init(&ev);
    assert_ok(event_tag_set(&ev, STR("team"), STR("a"), &why), &why);
    assert_ok(event_tag_set(&ev, STR("region"), STR("eu"), &why), &why);
    assert_ok(event_tag_set(&ev, STR("zone"), STR("1"), &why), &why);
    assert_ok(event_tag_set(&ev, STR("team"), STR("b"), &why), &why);
    assert_int_equal(ev.n_tags, 3);
    assert_str(ev.tag[0].key, "region");
    assert_str(ev.tag[1].key, "team");
    assert_str(ev.tag[2].key, "zone");
    assert_str(event_tag_find(&ev, STR("team"))->value, "b");
    assert_null(event_tag_find(&ev, STR("tea")));
    assert_null(event_tag_find(&ev, STR("zzz")));
}

static void test_tag_limits(void **state)
{
    (void)state;
    struct event ev;
    struct why why;
    char text[LIMIT_TAG_VALUE_MAX + 1];
    memset(text, 'x', sizeof(text));
    struct str key = {.p = text, .n = LIMIT_TAG_KEY_MAX};
    struct str value = {.p = text, .n = LIMIT_TAG_VALUE_MAX};
    event_init(&ev);
    assert_ok(event_tag_set(&ev, key, value, &why), &why);
    key.n++;
    assert_rc(event_tag_set(&ev, key, value, &why), RC_INVALID);
    value.n++;
    assert_rc(event_tag_set(&ev, STR("k"), value, &why), RC_INVALID);
    assert_non_null(strstr(why.text, "tags.k"));
    assert_rc(event_tag_set(&ev, STR_EMPTY, STR("v"), &why), RC_INVALID);
    assert_int_equal(ev.n_tags, 1);
}

static void test_one_tag_too_many_is_refused(void **state)
{
    (void)state;
    struct event ev;
    struct why why;
    char names[LIMIT_TAGS_MAX + 1];
    event_init(&ev);
    for (int i = 0; i <= LIMIT_TAGS_MAX; i++) {
        names[i] = (char)('z' - i); /* each goes in front of the others */
        struct str key = {.p = &names[i], .n = 1};
        enum rc want = i < LIMIT_TAGS_MAX ? RC_OK : RC_INVALID;
        assert_rc(event_tag_set(&ev, key, STR("v"), &why), want);
    }
    assert_int_equal(ev.n_tags, LIMIT_TAGS_MAX);
    /* A tag that is there can still change. */
    assert_ok(event_tag_set(&ev, STR("z"), STR("w"), &why), &why);
    assert_str(ev.tag[LIMIT_TAGS_MAX - 1].value, "w");
}

static struct event event_with_text(char *text)
{
    struct event ev;
    event_init(&ev);
    ev.id = (struct str){.p = text, .n = 2};
    ev.dim[DIM_MODEL] = (struct str){.p = text + 2, .n = 2};
    ev.dim[DIM_USER] = (struct str){.p = text, .n = 0};
    ev.tag[0].key = (struct str){.p = text + 4, .n = 1};
    ev.tag[0].value = (struct str){.p = text + 5, .n = 3};
    ev.n_tags = 1;
    ev.cost.price_id = (struct str){.p = text + 8, .n = 2};
    return ev;
}

static void test_dup_text_outlives_its_source(void **state)
{
    (void)state;
    struct arena arena;
    struct why why;
    arena_init(&arena, LIMIT_ARENA_MAX);
    char *text = strdup("idmokvalpr");
    assert_non_null(text);
    struct event ev = event_with_text(text);
    assert_ok(event_dup_text(&ev, &arena, &why), &why);
    memset(text, '#', 10);
    free(text);
    assert_str(ev.id, "id");
    assert_str(ev.dim[DIM_MODEL], "mo");
    assert_null(ev.dim[DIM_USER].p);
    assert_str(ev.tag[0].key, "k");
    assert_str(ev.tag[0].value, "val");
    assert_str(ev.cost.price_id, "pr");
    arena_fini(&arena);
}

static void test_dup_text_at_the_cap_leaves_the_event(void **state)
{
    (void)state;
    struct arena arena;
    struct why why;
    arena_init(&arena, 9);
    char text[] = "idmokvalpr";
    struct event ev = event_with_text(text);
    assert_rc(event_dup_text(&ev, &arena, &why), RC_LIMIT);
    assert_ptr_equal(ev.id.p, text);
    assert_str(ev.cost.price_id, "pr");
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_closed_sets_name_and_find_every_value),
        cmocka_unit_test(test_closed_sets_refuse_what_is_no_member),
        cmocka_unit_test(test_public_names),
        cmocka_unit_test(test_dims_are_found_by_name),
        cmocka_unit_test(test_init_sets_the_public_defaults),
        cmocka_unit_test(test_totals_include_every_class_once),
        cmocka_unit_test(test_total_cost_is_the_sum_of_its_parts),
        cmocka_unit_test(test_tags_stay_sorted_and_unique),
        cmocka_unit_test(test_tag_limits),
        cmocka_unit_test(test_one_tag_too_many_is_refused),
        cmocka_unit_test(test_dup_text_outlives_its_source),
        cmocka_unit_test(test_dup_text_at_the_cap_leaves_the_event),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
