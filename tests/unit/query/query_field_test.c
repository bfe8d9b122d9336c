#include "test.h"

#include "base/arena.h"
#include "base/attr.h"
#include "query/query_field.h"

static struct why why;
static struct arena arena;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, 4096);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

static struct query_field field(const char *name)
{
    struct query_field f;

    assert_ok(query_field_from(str_from_cz(name), &arena, &f, &why), &why);
    return f;
}

/* The list of interfaces.md, and fallback_from, which events have too. */
static void knows_every_dimension(void **state)
{
    (void)state;
    static const char *const names[] = {
        "provider",     "model",       "requested_model",
        "operation",    "feature",     "workflow",
        "run",          "step",        "experiment",
        "variant",      "release",     "prompt",
        "segment",      "customer",    "user",
        "owner",        "environment", "status",
        "service_tier", "source",      "key",
        "fallback_from"};
    size_t n = 0;

    for (size_t i = 0; i < ARRAY_N(names); i++) {
        assert_true(str_eq(field(names[i]).name, str_from_cz(names[i])));
    }
    while (query_field_name(n).n > 0) {
        struct query_field f;
        assert_ok(query_field_from(query_field_name(n), &arena, &f, &why),
                  &why);
        n++;
    }
    assert_int_equal(n, ARRAY_N(names));
}

static void tells_kinds_apart(void **state)
{
    (void)state;
    struct query_field f = field("user");

    assert_int_equal(f.kind, QUERY_FIELD_DIM);
    assert_int_equal(f.dim, DIM_USER);
    assert_false(query_field_is_closed(&f));
    f = field("status");
    assert_int_equal(f.kind, QUERY_FIELD_STATUS);
    assert_true(query_field_is_closed(&f));
    f = field("tag.team.a");
    assert_int_equal(f.kind, QUERY_FIELD_TAG);
    assert_str(f.tag, "team.a");
    assert_str(f.name, "tag.team.a");
    assert_false(query_field_is_closed(&f));
}

static void refuses_other_names(void **state)
{
    (void)state;
    static const char *const names[] = {"",     "features", "Feature", "tag",
                                        "tag.", "time",     "cost",    "id"};
    struct query_field f = {.name = STR("kept")};

    for (size_t i = 0; i < ARRAY_N(names); i++) {
        assert_rc(query_field_from(str_from_cz(names[i]), &arena, &f, &why),
                  RC_INVALID);
    }
    assert_str(f.name, "kept");
    assert_rc(query_field_from(STR("featrue"), &arena, &f, &why), RC_INVALID);
    assert_string_equal(
        why.text, "there is no dimension \"featrue\"; did you mean feature?");
}

static void holds_tags_to_their_limit(void **state)
{
    (void)state;
    char name[4 + LIMIT_TAG_KEY_MAX + 1];
    struct query_field f;

    memset(name, 'x', sizeof(name));
    memcpy(name, "tag.", 4);
    assert_ok(query_field_from((struct str){name, sizeof(name) - 1}, &arena, &f,
                               &why),
              &why);
    assert_int_equal(f.tag.n, LIMIT_TAG_KEY_MAX);
    assert_rc(
        query_field_from((struct str){name, sizeof(name)}, &arena, &f, &why),
        RC_INVALID);
    arena_fini(&arena);
    arena_init(&arena, 1);
    assert_rc(query_field_from(STR("tag.team"), &arena, &f, &why), RC_LIMIT);
}

static enum rc check(const char *name, struct str value)
{
    struct query_field f = field(name);

    return query_field_check(&f, value, &why);
}

static void checks_values_of_closed_sets(void **state)
{
    (void)state;
    assert_rc(check("environment", STR("evaluation")), RC_OK);
    assert_rc(check("operation", STR("rerank")), RC_OK);
    assert_rc(check("status", STR("cancelled")), RC_OK);
    assert_rc(check("source", STR("demo")), RC_OK);
    assert_rc(check("service_tier", STR("flex")), RC_OK);
    assert_rc(check("feature", STR("anything")), RC_OK);
    assert_rc(check("tag.team", STR("")), RC_OK);
    assert_rc(check("environment", STR("")), RC_INVALID);
    assert_rc(check("environment", STR("flex")), RC_INVALID);
    assert_rc(check("service_tier", STR("Batch")), RC_INVALID);
    assert_string_equal(why.text,
                        "service_tier is never \"Batch\"; it is one of "
                        "standard, batch, flex, priority");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(knows_every_dimension, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(tells_kinds_apart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_other_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(holds_tags_to_their_limit, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(checks_values_of_closed_sets, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
