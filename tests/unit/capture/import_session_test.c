#include "import_catch.h"

#include "base/limits.h"
#include "capture/import/import_format.h"
#include "capture/import/import_session.h"

static struct str kept_of(struct catch *c, struct import_kept *kept,
                          struct str raw)
{
    struct str text = STR("?");
    assert_rc(import_keep(kept, catch_value(c, raw), &c->arena, &text), RC_OK);
    return text;
}

static void texts_are_copied_when_they_change(void **state)
{
    struct catch *c = *state;
    struct import_kept kept = {.raw = STR_EMPTY};
    struct str first = kept_of(c, &kept, STR("\"main\""));
    struct str second = kept_of(c, &kept, STR("\"main\""));
    assert_str(first, "main");
    assert_ptr_equal(first.p, second.p);
    json_parser_clear(c->json); /* the next line */
    assert_str(kept_of(c, &kept, STR("\"rain\"")), "rain");
    assert_str(first, "main");
    assert_str(kept_of(c, &kept, STR_EMPTY), "");
    assert_str(kept_of(c, &kept, STR("\"rain\"")), "rain");
    assert_str(kept_of(c, &kept, STR("null")), "");
    assert_str(kept_of(c, &kept, STR("12")), "");
    assert_str(kept_of(c, &kept, STR("\"a\\u00e9\"")), "a\xc3\xa9");
    assert_str(kept_of(c, &kept, STR("\"a\\ud83d\"")), "");
    assert_str(kept_of(c, &kept, STR("\"\"")), "");
}

static void a_full_arena_is_told(void **state)
{
    struct catch *c = *state;
    struct arena small;
    struct import_kept kept = {.raw = STR_EMPTY};
    struct str text = STR("as it was");
    char raw[600];
    memset(raw, 'a', sizeof(raw));
    raw[0] = '"';
    raw[sizeof(raw) - 1] = '"';
    arena_init(&small, 512);
    struct str slice = {.p = raw, .n = sizeof(raw)};
    assert_rc(import_keep(&kept, catch_value(c, slice), &small, &text),
              RC_LIMIT);
    assert_str(text, "as it was");
    arena_fini(&small);
}

static void base_names_are_of_any_system(void **state)
{
    (void)state;
    assert_str(import_base_name(STR("/home/dev/app")), "app");
    assert_str(import_base_name(STR("/home/dev/app/")), "app");
    assert_str(import_base_name(STR("C:\\work\\app")), "app");
    assert_str(import_base_name(STR("app")), "app");
    assert_str(import_base_name(STR("/")), "/");
    assert_str(import_base_name(STR_EMPTY), "");
}

static void a_project_is_the_folder_the_log_is_named_for(void **state)
{
    static const struct {
        const char *file;
        const char *cwd;
        const char *project;
    } rows[] = {
        /* the agent has gone into a folder below */
        {"logs/projects/-home-dev-my-app/s.jsonl", "/home/dev/my_app/web/src",
         "my_app"},
        {"logs/projects/-home-dev-my-app/s.jsonl", "/home/dev/my_app",
         "my_app"},
        {"logs/projects/-home-dev-my-app/s/subagents/agent-1.jsonl",
         "/home/dev/my.app/web", "my.app"},
        {"-home-dev-caf--/s.jsonl", "/home/dev/caf\xc3\xa9", "caf\xc3\xa9"},
        {"projects/C--work-app/s.jsonl", "C:\\work\\app\\web", "app"},
        /* the log was moved: what the agent said */
        {"elsewhere/s.jsonl", "/home/dev/my_app/web", "web"},
        {"s.jsonl", "/home/dev/my_app/", "my_app"},
        {"s.jsonl", "/", "/"},
        /* it said nothing */
        {"logs/projects/-home-dev-my-app/s/subagents/agent-1.jsonl", "",
         "-home-dev-my-app"},
        {"-home-dev-my-app/s.jsonl", "", "-home-dev-my-app"},
        {"s.jsonl", "", ""},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        struct str got =
            import_project(str_from_cz(rows[i].file), str_from_cz(rows[i].cwd));
        if (!str_eq(got, str_from_cz(rows[i].project))) {
            print_error("%s in %s: \"%.*s\", not \"%s\"\n", rows[i].cwd,
                        rows[i].file, STR_ARG(got), rows[i].project);
            fail();
        }
    }
}

static void sorting_keeps_the_order_of_equals(void **state)
{
    struct catch *c = *state;
    enum { N_MAX = 300 };
    struct import_order order[N_MAX];
    char marks[N_MAX];
    for (size_t n = 0; n < N_MAX; n += n < 20 ? 1 : 93) {
        for (size_t i = 0; i < n; i++) {
            order[i] = (struct import_order){.ts_us = (int64_t)(i * 7919 % 13),
                                             .call = &marks[i]};
        }
        assert_rc(import_order_sort(order, n, &c->arena), RC_OK);
        for (size_t i = 1; i < n; i++) {
            assert_true(order[i - 1].ts_us < order[i].ts_us ||
                        (order[i - 1].ts_us == order[i].ts_us &&
                         (const char *)order[i - 1].call <
                             (const char *)order[i].call));
        }
    }
}

static void long_ids_are_hashed(void **state)
{
    struct catch *c = *state;
    char text[LIMIT_ID_MAX + 1];
    struct str id;
    memset(text, 'a', sizeof(text));
    struct str slice = {.p = text, .n = LIMIT_ID_MAX};
    assert_rc(import_own_id(&c->arena, slice, &id), RC_OK);
    assert_true(str_eq(id, slice));
    slice.n++;
    assert_rc(import_own_id(&c->arena, slice, &id), RC_OK);
    assert_true(str_starts(id, STR("row-")) && id.n < LIMIT_ID_MAX);
}

#define WITH_CATCH(test) \
    cmocka_unit_test_setup_teardown(test, catch_setup, catch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_CATCH(texts_are_copied_when_they_change),
        cmocka_unit_test_setup_teardown(a_full_arena_is_told, catch_setup,
                                        catch_teardown),
        cmocka_unit_test(base_names_are_of_any_system),
        cmocka_unit_test(a_project_is_the_folder_the_log_is_named_for),
        WITH_CATCH(sorting_keeps_the_order_of_equals),
        WITH_CATCH(long_ids_are_hashed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
