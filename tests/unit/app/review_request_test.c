#include "test.h"

#include "app/review_request.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/utc.h"
#include "query/period.h"
#include "query/query.h"
#include "watch/outbox.h"

#include <string.h>

/* Monday, 2026-11-30, 00:30 in Kolkata, where it is Sunday still in UTC. */
#define NOW INT64_C(1795978800000000)

struct rig {
    struct arena arena;
    struct period_zone *zone;
    struct outbox *box;
    struct review_asked asked;
    struct review_request r;
    struct why why;
};

static void rig_open(struct rig *g)
{
    *g = (struct rig){.box = outbox_new()};
    arena_init(&g->arena, LIMIT_ANSWER_BYTES_MAX);
    assert_ok(period_zone_open(STR("Asia/Kolkata"), &g->zone, &g->why),
              &g->why);
    g->asked = (struct review_asked){.timezone = STR("Asia/Kolkata"),
                                     .zone = g->zone,
                                     .now_us = NOW,
                                     .chance = 0xabc};
}

static void rig_close(struct rig *g)
{
    outbox_free(&g->box);
    period_zone_close(&g->zone);
    arena_fini(&g->arena);
}

static enum rc read(struct rig *g, const char *query, const char *body)
{
    g->asked.query = str_from_cz(query);
    g->asked.body = str_from_cz(body);
    return review_request_read(&g->asked, &g->arena, &g->r, &g->why);
}

static void reads_what_is_asked(void **state)
{
    struct rig g;

    (void)state;
    rig_open(&g);
    assert_ok(read(&g, "week=2026-W47&where=feature:b&where=feature:a",
                   "{\"channel\":\"ops\",\"note\":\" Look.\\n\",\"id\":\"x/1\","
                   "\"again\":true}"),
              &g.why);
    assert_str(g.r.channel, "ops");
    assert_str(g.r.note, "Look.");
    assert_true(g.r.again);
    assert_str(g.r.week, "2026-W47");
    assert_int_equal(g.r.n_params, 3);
    assert_str(g.r.key, "review/sent/ops/x/1");
    assert_str(g.r.subject, "review/2026-W47?environment:production&"
                            "feature:a&feature:b");
    /* The last complete week of the reporting zone, an id of its own. */
    assert_ok(read(&g, "", "{\"channel\":\"ops\"}"), &g.why);
    assert_str(g.r.week, "2026-W48");
    assert_str(g.r.key, "review/sent/ops/0000000000000abc");
    assert_str(g.r.subject, "review/2026-W48?environment:production");
    assert_int_equal(g.r.note.n, 0);
    assert_false(g.r.again);
    rig_close(&g);
}

static void the_same_filters_are_the_same_review(void **state)
{
    static const char *const same[] = {
        "where=feature:a&where=owner:b",
        "where=owner:b&where=feature:a",
        "where=environment:production&where=owner:b&where=feature:a&"
        "week=2026-W48",
    };
    struct rig g;

    (void)state;
    rig_open(&g);
    for (size_t i = 0; i < ARRAY_N(same); i++) {
        assert_ok(read(&g, same[i], "{\"channel\":\"ops\"}"), &g.why);
        assert_str(g.r.subject, "review/2026-W48?environment:production&"
                                "feature:a&owner:b");
    }
    assert_ok(read(&g, "where=environment:*", "{\"channel\":\"ops\"}"), &g.why);
    assert_str(g.r.subject, "review/2026-W48?environment:*");
    rig_close(&g);
}

static void refuses_what_is_asked_wrongly(void **state)
{
    static const struct {
        const char *query;
        const char *body;
        const char *said;
    } cases[] = {
        {"", "{}", "channel must be"},
        {"", "[]", "expected an object"},
        {"", "{\"channel\":\"\"}", "channel must be"},
        {"", "{\"channel\":7}", "channel must be a string, not a number"},
        {"", "{\"channel\":\"ops\",\"agian\":true}", "did you mean again"},
        {"", "{\"channel\":\"ops\",\"again\":\"yes\"}",
         "again must be a boolean"},
        {"wek=2026-W47", "{\"channel\":\"ops\"}", "did you mean week"},
        {"format=slack", "{\"channel\":\"ops\"}", "parameter"},
        {"where=nothing", "{\"channel\":\"ops\"}", "nothing"},
    };
    struct rig g;

    (void)state;
    rig_open(&g);
    for (size_t i = 0; i < ARRAY_N(cases); i++) {
        assert_rc(read(&g, cases[i].query, cases[i].body), RC_INVALID);
        if (strstr(g.why.text, cases[i].said) == NULL) {
            fail_msg("%s: %s", cases[i].body, g.why.text);
        }
    }
    assert_rc(read(&g, "", "{"), RC_PARSE);
    rig_close(&g);
}

static void holds_texts_to_their_limits(void **state)
{
    struct rig g;

    (void)state;
    rig_open(&g);
    const struct {
        const char *name;
        size_t max;
    } cases[] = {{"note", LIMIT_NOTE_MAX}, {"id", LIMIT_ID_MAX}};
    for (size_t i = 0; i < ARRAY_N(cases); i++) {
        for (size_t more = 0; more < 2; more++) {
            char text[LIMIT_NOTE_MAX + 2];
            struct buf body;

            memset(text, 'x', sizeof text);
            buf_init(&body, SIZE_MAX);
            buf_fmt(&body, "{\"channel\":\"ops\",\"%s\":\"%.*s\"}",
                    cases[i].name, (int)(cases[i].max + more), text);
            g.asked.body = buf_view(&body);
            g.asked.query = STR_EMPTY;
            assert_rc(review_request_read(&g.asked, &g.arena, &g.r, &g.why),
                      more == 0 ? RC_OK : RC_INVALID);
            buf_fini(&body);
        }
    }
    rig_close(&g);
}

/* Puts the request that was read last, at a time. */
static uint64_t put(struct rig *g, int64_t at_us)
{
    struct buf record;

    buf_init(&record, SIZE_MAX);
    assert_ok(outbox_put(g->box,
                         &(struct outbox_item){.channel = g->r.channel,
                                               .key = g->r.key,
                                               .subject = g->r.subject,
                                               .kind = STR("slack"),
                                               .title = STR("T"),
                                               .payload = STR("{}")},
                         at_us, &record, &g->why),
              &g->why);
    assert_ok(outbox_apply(g->box, buf_view(&record), &g->why), &g->why);
    buf_fini(&record);
    return outbox_find(g->box, g->r.channel, g->r.key)->id;
}

static void mark(struct rig *g, uint64_t id, enum outbox_state state,
                 int64_t at_us)
{
    struct buf record;

    buf_init(&record, SIZE_MAX);
    outbox_mark(&(struct outbox_change){.id = id,
                                        .state = state,
                                        .at_us = at_us,
                                        .n_tries = 1,
                                        .error = STR("no route")},
                &record);
    assert_ok(outbox_apply(g->box, buf_view(&record), &g->why), &g->why);
    buf_fini(&record);
}

/* The id of what was made before; 0: it may be put. */
static enum rc judge(struct rig *g, const char *query, const char *body,
                     uint64_t *ret_id)
{
    const struct outbox_item *had = NULL;

    assert_ok(read(g, query, body), &g->why);
    enum rc rc = review_request_judge(&g->r, &g->asked, g->box, &had, &g->why);
    *ret_id = had != NULL ? had->id : 0;
    return rc;
}

#define ONE "{\"channel\":\"ops\",\"id\":\"1\"}"
#define TWO "{\"channel\":\"ops\",\"id\":\"2\"}"

static void takes_a_request_once(void **state)
{
    struct rig g;
    uint64_t id = 0;

    (void)state;
    rig_open(&g);
    assert_ok(judge(&g, "", ONE, &id), &g.why);
    assert_int_equal(id, 0);
    uint64_t own = put(&g, NOW);
    /* The same request, whatever became of it, and as long as it likes. */
    for (int state_of = OUTBOX_WAITING; state_of < OUTBOX__COUNT; state_of++) {
        mark(&g, own, (enum outbox_state)state_of, NOW);
        assert_ok(judge(&g, "", ONE, &id), &g.why);
        assert_int_equal(id, own);
    }
    g.asked.now_us = NOW + 30 * UTC_US_PER_DAY;
    assert_ok(judge(&g, "week=2026-W48", ONE, &id), &g.why);
    assert_int_equal(id, own);
    /* The same id for something else. */
    assert_rc(judge(&g, "week=2026-W47", ONE, &id), RC_EXISTS);
    assert_non_null(strstr(g.why.text, "another review"));
    /* To another channel it is another. */
    assert_ok(judge(&g, "", "{\"channel\":\"mail\",\"id\":\"1\"}", &id),
              &g.why);
    assert_int_equal(id, 0);
    rig_close(&g);
}

static void tells_who_would_send_it_twice(void **state)
{
    struct rig g;
    uint64_t id = 0;

    (void)state;
    rig_open(&g);
    assert_ok(judge(&g, "", ONE, &id), &g.why);
    uint64_t first = put(&g, NOW);
    assert_rc(judge(&g, "", TWO, &id), RC_EXISTS);
    assert_non_null(
        strstr(g.why.text, "on its way to channel ops since 2026-11-30 00:30"));
    mark(&g, first, OUTBOX_WAITING, NOW);
    assert_rc(judge(&g, "", TWO, &id), RC_EXISTS);
    assert_non_null(strstr(g.why.text, "the last try: no route"));
    mark(&g, first, OUTBOX_SENT, NOW + UTC_US_PER_MINUTE);
    g.asked.now_us =
        NOW + LIMIT_REVIEW_AGAIN_S * UTC_US_PER_SECOND - UTC_US_PER_SECOND;
    assert_rc(judge(&g, "week=2026-W48", TWO, &id), RC_EXISTS);
    assert_non_null(strstr(g.why.text, "it was sent at 2026-11-30 00:31"));
    /* On purpose; another review; a channel without it. */
    assert_ok(
        judge(&g, "", "{\"channel\":\"ops\",\"id\":\"2\",\"again\":true}", &id),
        &g.why);
    assert_int_equal(id, 0);
    assert_ok(judge(&g, "where=feature:a", TWO, &id), &g.why);
    assert_ok(judge(&g, "week=2026-W47", TWO, &id), &g.why);
    assert_ok(judge(&g, "", "{\"channel\":\"mail\"}", &id), &g.why);
    /* What never arrived may be sent at once, and what is long ago. */
    mark(&g, first, OUTBOX_FAILED, NOW);
    assert_ok(judge(&g, "", TWO, &id), &g.why);
    assert_int_equal(id, 0);
    mark(&g, first, OUTBOX_SENT, NOW);
    g.asked.now_us = NOW + LIMIT_REVIEW_AGAIN_S * UTC_US_PER_SECOND;
    assert_ok(judge(&g, "week=2026-W48", TWO, &id), &g.why);
    assert_int_equal(id, 0);
    rig_close(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_is_asked),
        cmocka_unit_test(the_same_filters_are_the_same_review),
        cmocka_unit_test(refuses_what_is_asked_wrongly),
        cmocka_unit_test(holds_texts_to_their_limits),
        cmocka_unit_test(takes_a_request_once),
        cmocka_unit_test(tells_who_would_send_it_twice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
