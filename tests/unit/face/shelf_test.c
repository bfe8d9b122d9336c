/* Records of views and shares, and what a share admits, without a server. */
#include "test.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/utc.h"
#include "face/share/share_gate.h"
#include "face/share/shelf.h"

#include <stdio.h>

#define NOW_US (INT64_C(1795000000) * UTC_US_PER_SECOND)

static void put(struct shelf *s, const struct shelf_item *item)
{
    const struct str opens[] = {STR_INIT("/api/quality?range=7d")};
    struct buf record;
    struct why why;

    buf_init(&record, 64 * 1024);
    shelf_put(&record, item, opens, item->kind == SHELF_SHARE ? 1 : 0);
    assert_ok(shelf_apply(s, buf_view(&record), &why), &why);
    buf_fini(&record);
}

static void drop(struct shelf *s, const char *id)
{
    struct buf record;
    struct why why;

    buf_init(&record, 1024);
    shelf_drop(&record, str_from_cz(id));
    assert_ok(shelf_apply(s, buf_view(&record), &why), &why);
    buf_fini(&record);
}

static struct shelf_item view(const char *id, const char *name)
{
    return (struct shelf_item){.kind = SHELF_VIEW,
                               .id = str_from_cz(id),
                               .name = str_from_cz(name),
                               .address = STR("/spend?where=feature:a"),
                               .made_us = NOW_US,
                               .changed_us = NOW_US};
}

static struct shelf_item share(const char *id, const char *of)
{
    struct shelf_item item = view(id, "s");

    item.kind = SHELF_SHARE;
    item.view = str_from_cz(of);
    item.token = STR("0");
    item.expires_us = NOW_US + 1;
    return item;
}

static void records_read_again_give_the_same(void **state)
{
    (void)state;
    struct shelf *s = shelf_new();
    struct shelf *again = shelf_new();
    struct shelf_item first = view("1", "say \"hi\"\n");
    struct shelf_item second = share("2", "1");
    struct why why;

    put(s, &first);
    put(s, &second);
    first.note = STR("changed");
    put(s, &first);
    assert_int_equal(shelf_n(s), 2);
    for (size_t i = 0; i < shelf_n(s); i++) {
        assert_ok(shelf_apply(again, shelf_record(s, i), &why), &why);
    }
    assert_int_equal(shelf_n(again), 2);
    const struct shelf_item *v = shelf_find(again, SHELF_VIEW, STR("1"));
    assert_true(str_eq(v->name, first.name) &&
                str_eq(v->note, STR("changed")) && v->made_us == NOW_US);
    assert_null(shelf_find(again, SHELF_SHARE, STR("1")));
    assert_ptr_equal(v, shelf_named(again, SHELF_VIEW, first.name));
    assert_true(shelf_find(again, SHELF_SHARE, STR("2"))->expires_us ==
                NOW_US + 1);
    /* A view takes its shares with it; what is gone may go again. */
    put(again, &(struct shelf_item){.kind = SHELF_VIEW, .id = STR("3")});
    drop(again, "1");
    drop(again, "1");
    assert_int_equal(shelf_n(again), 1);
    shelf_free(&again);
    shelf_free(&s);
}

static void what_is_no_record_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "{",
        "[]",
        "{}",
        "{\"view\":{}}",
        "{\"view\":{\"id\":\"1\"}}",
        "{\"share\":{\"id\":\"1\",\"made\":1,\"changed\":1}}",
        "{\"view\":{\"id\":\"1\",\"made\":0.5,\"changed\":1}}"};
    struct shelf *s = shelf_new();
    struct why why;

    for (size_t i = 0; i < ARRAY_N(bad); i++) {
        assert_rc(shelf_check(s, str_from_cz(bad[i]), &why), RC_CORRUPT);
        assert_rc(shelf_apply(s, str_from_cz(bad[i]), &why), RC_CORRUPT);
    }
    assert_int_equal(shelf_n(s), 0);
    shelf_free(&s);
}

static void there_are_so_many_and_no_more(void **state)
{
    (void)state;
    struct shelf *s = shelf_new();
    struct shelf_item item = view("", "v");
    struct buf record;
    struct why why;
    char id[16];

    for (int i = 0; i < LIMIT_VIEWS_MAX; i++) {
        (void)snprintf(id, sizeof id, "%d", i);
        item.id = str_from_cz(id);
        put(s, &item);
    }
    put(s, &item); /* the same again is no more */
    buf_init(&record, 1024);
    item.id = STR("one more");
    shelf_put(&record, &item, NULL, 0);
    assert_rc(shelf_check(s, buf_view(&record), &why), RC_LIMIT);
    assert_rc(shelf_apply(s, buf_view(&record), &why), RC_LIMIT);
    buf_fini(&record);
    item = share("one more", "");
    put(s, &item);
    shelf_free(&s);
}

static void requests_are_compared_in_one_form(void **state)
{
    (void)state;
    struct arena arena;
    struct str a;
    struct str b;
    struct why why;

    arena_init(&arena, LIMIT_ARENA_MAX);
    assert_ok(share_open(STR("/api/explain?to=2&from=1&where=feature:a%20b"),
                         &arena, &a, &why),
              &why);
    assert_ok(share_open(STR("/api/explain?where=feature%3Aa+b&width=80&from=1"
                             "&format=text&to=2"),
                         &arena, &b, &why),
              &why);
    assert_true(str_eq(a, b));
    assert_ok(share_open(STR("/api/experiments/x"), &arena, &a, &why), &why);
    assert_true(str_eq(a, STR("/api/experiments/x?")));
    assert_rc(share_open(STR("/api/query?range=7d"), &arena, &a, &why),
              RC_INVALID);
    assert_rc(share_open(STR(""), &arena, &a, &why), RC_INVALID);
    arena_fini(&arena);
}

static enum rc admit(struct arena *arena, const char *path, const char *query,
                     int64_t now_us, struct str *ret)
{
    struct shelf_item item = share("1", "");
    const struct share_asked asked = {.path = str_from_cz(path),
                                      .query = str_from_cz(query),
                                      .now_us = now_us,
                                      .timezone = STR("UTC")};
    struct why why;

    item.address = STR("/x?from=2026-11-01&to=2026-11-03&where=feature:a%7Cb");
    return share_admit(&item, &asked, arena, ret, &why);
}

static void a_question_gets_the_views_filters_and_range(void **state)
{
    (void)state;
    struct arena arena;
    struct str q;

    arena_init(&arena, 16 * LIMIT_ARENA_MAX);
    assert_rc(
        admit(&arena, "/api/query", "share_token=x&metrics=cost", NOW_US, &q),
        RC_OK);
    assert_true(
        str_eq(q, STR("metrics=cost&from=2026-11-01T00:00:00Z&to=2026-11-03T00"
                      ":00:00Z&where=feature:a|b&where=environment:"
                      "production")));
    /* One microsecond out of it is out of it. */
    assert_rc(admit(&arena, "/api/query",
                    "from=2026-11-01&to=2026-11-03T00:00:00.000001Z", NOW_US,
                    &q),
              RC_DENIED);
    assert_rc(admit(&arena, "/api/query",
                    "from=2026-10-31T23:59:59.999999Z&to=2026-11-02", NOW_US,
                    &q),
              RC_DENIED);
    assert_rc(admit(&arena, "/api/query", "from=2026-11-01&to=2026-11-03",
                    NOW_US, &q),
              RC_OK);
    /* To the last moment before it expires. */
    assert_rc(admit(&arena, "/api/query", "", NOW_US + 1, &q), RC_DENIED);
    assert_rc(admit(&arena, "/api/quality", "", NOW_US, &q), RC_DENIED);
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_read_again_give_the_same),
        cmocka_unit_test(what_is_no_record_is_refused),
        cmocka_unit_test(there_are_so_many_and_no_more),
        cmocka_unit_test(requests_are_compared_in_one_form),
        cmocka_unit_test(a_question_gets_the_views_filters_and_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
