#include "test.h"

#include <stdio.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "event/event_check.h"
#include "event/event_json.h"

#define NOW_US INT64_C(1795379471123456) /* 2026-11-22 */

/* One reading: the text may hold ' for ", so that cases stay legible. */
struct read {
    struct arena arena;
    struct event ev;
    struct event_json_notes notes;
    struct why why;
    enum rc rc;
};

static int set_up(void **state)
{
    static struct read r;
    memset(&r, 0, sizeof(r));
    arena_init(&r.arena, LIMIT_ARENA_MAX);
    *state = &r;
    return 0;
}

static int tear_down(void **state)
{
    struct read *r = *state;
    arena_fini(&r->arena);
    return 0;
}

PRINTF_LIKE(2, 3)
static void read_fmt(struct read *r, const char *fmt, ...)
{
    struct buf b;
    struct json *json = NULL;
    va_list ap;
    buf_init(&b, 8192);
    va_start(ap, fmt);
    buf_vfmt(&b, fmt, ap);
    va_end(ap);
    assert_rc(buf_rc(&b, NULL), RC_OK);
    for (size_t i = 0; i < b.n; i++) {
        b.p[i] = b.p[i] == '\'' ? '"' : b.p[i];
    }
    assert_ok(json_parse(buf_view(&b), &json, &r->why), &r->why);
    r->rc =
        event_from_json(json, NOW_US, &r->arena, &r->ev, &r->notes, &r->why);
    /* The event must stand on its own once the tree and its text are gone. */
    json_free(&json);
    buf_fini(&b);
}

/* The event must be taken. */
static void take(struct read *r, const char *text)
{
    read_fmt(r, "%s", text);
    if (r->rc != RC_OK) {
        fail_msg("%s: %s", text, r->why.text);
    }
}

/* `members` beside what every event needs. */
static void take_with(struct read *r, const char *members)
{
    char text[8192];
    snprintf(text, sizeof(text), "{'model':'gpt-4o',%s}", members);
    take(r, text);
}

/* The event must be refused, for this reason and in these words. */
static void refuse(struct read *r, const char *text, enum rc rc,
                   const char *words)
{
    struct event before;
    memset(&before, 0x5a, sizeof(before));
    r->ev = before;
    read_fmt(r, "%s", text);
    if (r->rc == RC_OK) {
        fail_msg("taken: %s", text);
    }
    if (r->rc != rc || strstr(r->why.text, words) == NULL) {
        fail_msg("%s: %s: %s", text, rc_name(r->rc), r->why.text);
    }
    assert_memory_equal(&r->ev, &before, sizeof(before));
}

static void refuse_with(struct read *r, const char *members, enum rc rc,
                        const char *words)
{
    char text[8192];
    snprintf(text, sizeof(text), "{'model':'gpt-4o',%s}", members);
    refuse(r, text, rc, words);
}

static void test_smallest_event(void **state)
{
    struct read *r = *state;
    take(r, "{'model':'gpt-4o'}");
    assert_str(r->ev.dim[DIM_MODEL], "gpt-4o");
    assert_str(r->ev.dim[DIM_REQUESTED_MODEL], "gpt-4o");
    assert_str(r->ev.dim[DIM_PROVIDER], "openai");
    assert_int_equal(r->ev.ts_us, NOW_US);
    assert_int_equal(r->ev.arrival_us, NOW_US);
    assert_int_equal(r->ev.operation, OPERATION_CHAT);
    assert_int_equal(r->ev.environment, ENVIRONMENT_PRODUCTION);
    assert_int_equal(r->ev.attempt, 1);
    assert_int_equal(r->ev.latency_ms, -1);
    assert_false(r->notes.has_id);
    assert_false(r->notes.has_ts);
    assert_int_equal(r->notes.n_ignored_fields, 0);
}

static void test_full_event(void **state)
{
    struct read *r = *state;
    take(r, "{'id':'req-1','ts':'2026-11-22T20:31:11.5+05:30',"
            "'provider':'aws.bedrock','model':'claude-opus-5',"
            "'requested_model':'claude-latest','operation':'embeddings',"
            "'input_tokens':1000,'cache_read_tokens':500,"
            "'cache_write_tokens':200,'cache_write_1h_tokens':50,"
            "'input_audio_tokens':30,'input_image_tokens':20,"
            "'output_tokens':400,'reasoning_tokens':100,"
            "'output_audio_tokens':10,'output_image_tokens':5,"
            "'web_searches':2,'service_tier':'batch','reported_cost':'0.125',"
            "'feature':'search','workflow':'w','run':'r','step':'s',"
            "'experiment':'e','variant':'v','release':'1.2','prompt':'p7',"
            "'segment':'g','customer':'c','user':'u','owner':'o','key':'k',"
            "'environment':'staging','status':'error','attempt':3,"
            "'fallback_from':'gpt-4o','latency_ms':812,'ttft_ms':233,"
            "'tags':{'team':'a','area':'b'}}");
    const struct event *ev = &r->ev;
    assert_str(ev->id, "req-1");
    assert_int_equal(ev->ts_us, INT64_C(1795359671500000));
    assert_str(ev->dim[DIM_PROVIDER], "bedrock");
    assert_str(ev->dim[DIM_MODEL], "claude-opus-5");
    assert_str(ev->dim[DIM_REQUESTED_MODEL], "claude-latest");
    assert_int_equal(ev->operation, OPERATION_EMBEDDINGS);
    assert_int_equal(ev->service_tier, SERVICE_TIER_BATCH);
    assert_int_equal(ev->token[TOKEN_INPUT], 250);
    assert_int_equal(ev->token[TOKEN_CACHE_WRITE_5M], 150);
    assert_int_equal(ev->token[TOKEN_CACHE_WRITE_1H], 50);
    assert_int_equal(ev->token[TOKEN_OUTPUT], 285);
    assert_int_equal(ev->web_searches, 2);
    assert_true(ev->has_reported_cost);
    assert_int_equal(ev->reported_cost.pico, INT64_C(125000000000));
    assert_int_equal(ev->environment, ENVIRONMENT_STAGING);
    assert_int_equal(ev->status, EVENT_STATUS_ERROR);
    assert_int_equal(ev->attempt, 3);
    assert_int_equal(ev->latency_ms, 812);
    assert_int_equal(ev->ttft_ms, 233);
    assert_int_equal(ev->n_tags, 2);
    assert_str(ev->tag[0].key, "area");
    assert_true(r->notes.has_id);
    assert_true(r->notes.has_ts);
}

static void test_dims_go_where_they_belong(void **state)
{
    struct read *r = *state;
    for (uint32_t d = 0; d < DIM__COUNT; d++) {
        char text[256];
        if (d == DIM_PROVIDER || d == DIM_MODEL) {
            continue;
        }
        snprintf(text, sizeof(text), "'%s':'x y'", dim_name((enum dim)d).p);
        take_with(r, text);
        assert_str(r->ev.dim[d], "x y");
    }
}

static void test_null_is_absent(void **state)
{
    struct read *r = *state;
    take_with(r, "'id':null,'ts':null,'provider':null,'input_tokens':null,"
                 "'environment':null,'attempt':null,'reported_cost':null,"
                 "'tags':null,'feature':null,'latency_ms':null,'new':null");
    assert_str(r->ev.dim[DIM_PROVIDER], "openai");
    assert_int_equal(r->ev.ts_us, NOW_US);
    assert_int_equal(r->ev.attempt, 1);
    assert_false(r->ev.has_reported_cost);
    assert_int_equal(r->notes.n_ignored_fields, 0);
    /* A null beside the value does not count as given twice. */
    take_with(r, "'feature':null,'feature':'search'");
    assert_str(r->ev.dim[DIM_FEATURE], "search");
}

static void test_an_empty_id_is_no_id(void **state)
{
    struct read *r = *state;
    take_with(r, "'id':''");
    assert_false(r->notes.has_id);
}

static void test_times(void **state)
{
    struct read *r = *state;
    static const struct {
        const char *ts;
        int64_t us;
    } rows[] = {
        {"'2026-11-22T20:31:11Z'", INT64_C(1795379471000000)},
        {"'2026-11-22 20:31:11.123456+00:00'", INT64_C(1795379471123456)},
        {"'2026-11-22T15:31:11-05:00'", INT64_C(1795379471000000)},
        {"1795379471", INT64_C(1795379471000000)},
        {"1795379471.25", INT64_C(1795379471250000)},
        {"1795379471.123456", INT64_C(1795379471123456)},
        {"1795379471123", INT64_C(1795379471123000)},
        {"1795379471123.5", INT64_C(1795379471123500)},
        {"1577836800", EVENT_TS_MIN_US},
        {"'2020-01-01T00:00:00Z'", EVENT_TS_MIN_US},
        /* NOW_US and one hour, to the microsecond. */
        {"'2026-11-22T21:31:11.123456Z'", NOW_US + INT64_C(3600000000)},
    };
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        char text[128];
        snprintf(text, sizeof(text), "'ts':%s", rows[i].ts);
        take_with(r, text);
        assert_int_equal(r->ev.ts_us, rows[i].us);
    }
}

/* Doubles near 2^31 seconds are a quarter of a microsecond apart, later ones
 * half of one. */
static void test_fractions_of_seconds_after_2038(void **state)
{
    struct read *r = *state;
    struct json *json = NULL;
    assert_ok(json_parse(STR("{\"model\":\"o3\",\"ts\":2208988800.123459}"),
                         &json, &r->why),
              &r->why);
    assert_ok(event_from_json(json, INT64_C(2208988800999999), &r->arena,
                              &r->ev, NULL, &r->why),
              &r->why);
    assert_int_equal(r->ev.ts_us, INT64_C(2208988800123459));
    json_free(&json);
}

static void test_times_that_are_refused(void **state)
{
    struct read *r = *state;
    static const struct {
        const char *ts;
        enum rc rc;
        const char *words;
    } rows[] = {
        {"'2026-11-22T20:31:11'", RC_INVALID, "with an offset"},
        {"'2026-11-22'", RC_INVALID, "with an offset"},
        {"'1795379471'", RC_INVALID, "a number of epoch seconds"},
        {"''", RC_INVALID, "ts must be"},
        {"'yesterday'", RC_INVALID, "\"yesterday\""},
        {"true", RC_INVALID, "ts must be a string or a number"},
        {"{}", RC_INVALID, "not an object"},
        {"'2019-12-31T23:59:59.999999Z'", RC_RANGE, "before 2020"},
        {"0", RC_RANGE, "1970-01-01T00:00:00Z is before 2020"},
        {"-1", RC_RANGE, "neither epoch seconds nor"},
        {"-1e300", RC_RANGE, "ts: "},
        {"1e300", RC_RANGE, "ts: "},
        {"1e999", RC_RANGE, "ts: "},
        {"1795379471123456", RC_RANGE, "neither epoch seconds nor"},
        {"1795379471123456789", RC_RANGE, "neither epoch seconds nor"},
        {"99999999999", RC_RANGE, "an hour ahead"},
        {"100000000000", RC_RANGE, "1973-03-03T09:46:40Z is before 2020"},
        {"'2026-11-22T21:31:11.123457Z'", RC_RANGE, "an hour ahead"},
        {"'9999-12-31T23:59:59Z'", RC_RANGE, "an hour ahead"},
    };
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        char text[128];
        snprintf(text, sizeof(text), "'ts':%s", rows[i].ts);
        refuse_with(r, text, rows[i].rc, rows[i].words);
    }
}

static void test_counts_at_their_limits(void **state)
{
    struct read *r = *state;
    take_with(r, "'input_tokens':1099511627776,'output_tokens':1e3");
    assert_int_equal(r->ev.token[TOKEN_INPUT], INT64_C(1) << 40);
    assert_int_equal(r->ev.token[TOKEN_OUTPUT], 1000);
    take_with(r, "'input_tokens':-0,'output_tokens':12.0");
    assert_int_equal(r->ev.token[TOKEN_OUTPUT], 12);
    refuse_with(r, "'input_tokens':1099511627777", RC_RANGE,
                "input_tokens is above 2^40");
    refuse_with(r, "'output_tokens':9223372036854775808", RC_RANGE,
                "output_tokens is above 2^40");
    refuse_with(r, "'web_searches':1e999", RC_RANGE, "web_searches is above");
}

static void test_counts_that_are_refused(void **state)
{
    struct read *r = *state;
    static const char *const fields[] = {
        "input_tokens",       "cache_read_tokens",     "cache_write_tokens",
        "output_tokens",      "cache_write_1h_tokens", "web_searches",
        "input_audio_tokens", "input_image_tokens",    "attempt",
        "reasoning_tokens",   "output_audio_tokens",   "output_image_tokens",
    };
    static const struct {
        const char *value;
        enum rc rc;
        const char *words;
    } rows[] = {
        {"-1", RC_RANGE, "is negative"},
        {"1.5", RC_INVALID, "must be a whole number, not 1.5"},
        {"1e-9", RC_INVALID, "must be a whole number"},
        {"'12'", RC_INVALID, "must be a whole number, not a string"},
        {"true", RC_INVALID, "not true or false"},
        {"[1]", RC_INVALID, "not an array"},
        {"1099511627777", RC_RANGE, "above 2^40"},
    };
    for (size_t f = 0; f < ARRAY_N(fields); f++) {
        for (size_t i = 0; i < ARRAY_N(rows); i++) {
            char text[128];
            snprintf(text, sizeof(text), "'%s':%s", fields[f], rows[i].value);
            refuse_with(r, text, rows[i].rc, rows[i].words);
            assert_non_null(strstr(r->why.text, fields[f]));
        }
    }
}

static void test_a_part_may_be_its_whole_total(void **state)
{
    struct read *r = *state;
    take_with(r, "'input_tokens':10,'cache_read_tokens':10");
    assert_int_equal(r->ev.token[TOKEN_INPUT], 0);
    assert_int_equal(r->ev.token[TOKEN_CACHE_READ], 10);
    take_with(r, "'cache_write_1h_tokens':4,'cache_write_tokens':4,"
                 "'input_tokens':10,'input_image_tokens':6");
    assert_int_equal(r->ev.token[TOKEN_INPUT], 0);
    assert_int_equal(r->ev.token[TOKEN_CACHE_WRITE_5M], 0);
    take_with(r, "'output_tokens':10,'reasoning_tokens':4,"
                 "'output_audio_tokens':3,'output_image_tokens':3");
    assert_int_equal(r->ev.token[TOKEN_OUTPUT], 0);
}

static void test_a_part_larger_than_its_total(void **state)
{
    struct read *r = *state;
    static const struct {
        const char *part;
        const char *whole;
    } rows[] = {
        {"cache_read_tokens", "input_tokens"},
        {"cache_write_tokens", "input_tokens"},
        {"cache_write_1h_tokens", "cache_write_tokens"},
        {"input_audio_tokens", "input_tokens"},
        {"input_image_tokens", "input_tokens"},
        {"reasoning_tokens", "output_tokens"},
        {"output_audio_tokens", "output_tokens"},
        {"output_image_tokens", "output_tokens"},
    };
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        char text[256];
        char words[256];
        /* Room in input_tokens, so that only the row's own rule bites. */
        const char *room = i == 2 ? "'input_tokens':99," : "";
        snprintf(text, sizeof(text), "%s'%s':11,'%s':10", room, rows[i].part,
                 rows[i].whole);
        snprintf(words, sizeof(words), "%s (11) is larger than %s (10)",
                 rows[i].part, rows[i].whole);
        refuse_with(r, text, RC_INVALID, words);
        snprintf(text, sizeof(text), "%s'%s':1", room, rows[i].part);
        snprintf(words, sizeof(words), "%s is a part of %s, which is missing",
                 rows[i].part, rows[i].whole);
        refuse_with(r, text, RC_INVALID, words);
    }
}

static void test_parts_that_overlap(void **state)
{
    struct read *r = *state;
    refuse_with(r,
                "'input_tokens':10,'cache_read_tokens':6,"
                "'cache_write_tokens':2,'input_audio_tokens':2,"
                "'input_image_tokens':1",
                RC_INVALID, "together (11) are more than input_tokens (10)");
    refuse_with(r,
                "'output_tokens':10,'reasoning_tokens':6,"
                "'output_audio_tokens':3,'output_image_tokens':2",
                RC_INVALID, "together (11) are more than output_tokens (10)");
}

static void test_texts_of_the_wrong_type(void **state)
{
    struct read *r = *state;
    static const char *const fields[] = {
        "id",  "provider", "requested_model", "feature",      "user",
        "key", "owner",    "environment",     "service_tier", "status",
    };
    for (size_t i = 0; i < ARRAY_N(fields); i++) {
        char text[128];
        snprintf(text, sizeof(text), "'%s':12", fields[i]);
        refuse_with(r, text, RC_INVALID, "must be a string, not a number");
        assert_non_null(strstr(r->why.text, fields[i]));
        snprintf(text, sizeof(text), "'%s':['x']", fields[i]);
        refuse_with(r, text, RC_INVALID, "must be a string, not an array");
    }
}

static void test_closed_sets_name_the_nearest(void **state)
{
    struct read *r = *state;
    refuse_with(r, "'environment':'prod'", RC_INVALID,
                "environment: \"prod\" is none of production, staging, "
                "development, internal, test, evaluation; did you mean "
                "production?");
    refuse_with(r, "'environment':'Staging'", RC_INVALID,
                "did you mean staging?");
    refuse_with(r, "'environment':'tset'", RC_INVALID, "did you mean test?");
    refuse_with(r, "'status':'canceled'", RC_INVALID,
                "did you mean cancelled?");
    refuse_with(r, "'service_tier':'flexx'", RC_INVALID, "did you mean flex?");
    refuse_with(r, "'operation':'chats'", RC_INVALID, "did you mean chat?");
    refuse_with(r, "'operation':''", RC_INVALID, "operation: \"\" is none of");
    refuse_with(r, "'operation':'quantum'", RC_INVALID, "is none of chat");
    assert_null(strstr(r->why.text, "did you mean"));
}

static void test_reported_cost(void **state)
{
    struct read *r = *state;
    static const struct {
        const char *text;
        int64_t pico;
    } rows[] = {
        {"0", 0},
        {"0.1", INT64_C(100000000000)},
        {"12.0345", INT64_C(12034500000000)},
        {"'12.034500000001'", INT64_C(12034500000001)},
        {"3e-06", 3000000},
        {"'9223372.036854775807'", INT64_MAX},
    };
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        char text[128];
        snprintf(text, sizeof(text), "'reported_cost':%s", rows[i].text);
        take_with(r, text);
        assert_true(r->ev.has_reported_cost);
        assert_int_equal(r->ev.reported_cost.pico, rows[i].pico);
    }
    refuse_with(r, "'reported_cost':-0.01", RC_RANGE, "reported_cost");
    refuse_with(r, "'reported_cost':'9223372.036854775808'", RC_RANGE,
                "reported_cost");
    refuse_with(r, "'reported_cost':1e999", RC_RANGE, "reported_cost");
    refuse_with(r, "'reported_cost':'$1'", RC_INVALID, "\"$1\"");
    refuse_with(r, "'reported_cost':''", RC_INVALID, "reported_cost");
    refuse_with(r, "'reported_cost':{}", RC_INVALID, "not an object");
}

static void test_durations_and_attempts(void **state)
{
    struct read *r = *state;
    take_with(r, "'latency_ms':812.5,'ttft_ms':0");
    assert_int_equal(r->ev.latency_ms, 813);
    assert_int_equal(r->ev.ttft_ms, 0);
    take_with(r, "'latency_ms':1099511627776,'attempt':4294967295");
    assert_int_equal(r->ev.latency_ms, INT64_C(1) << 40);
    assert_int_equal(r->ev.attempt, UINT32_MAX);
    refuse_with(r, "'latency_ms':-1", RC_RANGE, "latency_ms is negative");
    refuse_with(r, "'ttft_ms':1e13", RC_RANGE, "ttft_ms is above 2^40");
    refuse_with(r, "'ttft_ms':'12'", RC_INVALID, "ttft_ms must be a number");
    refuse_with(r, "'attempt':0", RC_RANGE, "attempt is 0");
    refuse_with(r, "'attempt':4294967296", RC_RANGE, "attempt is too large");
}

static void test_provider_and_model(void **state)
{
    struct read *r = *state;
    take(r, "{'model':' gpt-4o ','provider':' Azure.AI.OpenAI '}");
    assert_str(r->ev.dim[DIM_PROVIDER], "azure");
    assert_str(r->ev.dim[DIM_MODEL], "gpt-4o");
    take(r, "{'model':'m','provider':'Our-Gateway'}");
    assert_str(r->ev.dim[DIM_PROVIDER], "our-gateway");
    take(r, "{'model':'claude-opus-5','provider':''}");
    assert_str(r->ev.dim[DIM_PROVIDER], "anthropic");
    take(r, "{'model':'claude-opus-5','requested_model':'  '}");
    assert_str(r->ev.dim[DIM_REQUESTED_MODEL], "claude-opus-5");
    refuse(r, "{'provider':'openai'}", RC_INVALID, "model is missing");
    refuse(r, "{'provider':'openai','model':''}", RC_INVALID,
           "model is missing");
    refuse(r, "{'provider':'openai','model':null}", RC_INVALID,
           "model is missing");
    refuse(r, "{'model':'llama3.2'}", RC_INVALID, "provider is missing");
    assert_non_null(strstr(r->why.text, "llama3.2"));
}

static void test_tags(void **state)
{
    struct read *r = *state;
    take_with(r, "'tags':{}");
    assert_int_equal(r->ev.n_tags, 0);
    take_with(r, "'tags':{'b':'2','a':'','c':null}");
    assert_int_equal(r->ev.n_tags, 2);
    assert_str(r->ev.tag[0].key, "a");
    assert_int_equal(r->ev.tag[0].value.n, 0);
    assert_str(r->ev.tag[1].value, "2");
    refuse_with(r, "'tags':{'n':1}", RC_INVALID,
                "tags: n must be a string, not a number");
    refuse_with(r, "'tags':{'a':'1','a':'2'}", RC_INVALID,
                "tags.a is given twice");
    refuse_with(r, "'tags':{'':'1'}", RC_INVALID, "name is empty");
    refuse_with(r, "'tags':['a']", RC_INVALID, "tags must be an object");
    refuse_with(r, "'tags':'a=b'", RC_INVALID, "tags must be an object");
}

/* Members 'PREFIX00':'v' and so on, `n` of them. */
static void add_members(struct buf *b, const char *prefix, int n)
{
    for (int i = 0; i < n; i++) {
        buf_fmt(b, "%s'%s%02d':'v'", i > 0 ? "," : "", prefix, i);
    }
}

/* What stands in `b`, as the members beside the model; empties it. */
static void read_members(struct read *r, struct buf *b)
{
    assert_rc(buf_rc(b, NULL), RC_OK);
    read_fmt(r, "{'model':'gpt-4o',%.*s}", STR_ARG(buf_view(b)));
    buf_clear(b);
}

static void test_too_many_tags_are_refused(void **state)
{
    struct read *r = *state;
    struct buf b;
    buf_init(&b, 4096);
    for (int n = LIMIT_TAGS_MAX; n <= LIMIT_TAGS_MAX + 1; n++) {
        buf_cz(&b, "'tags':{");
        add_members(&b, "t", n);
        buf_cz(&b, "}");
        read_members(r, &b);
        assert_rc(r->rc, n == LIMIT_TAGS_MAX ? RC_OK : RC_INVALID);
    }
    assert_int_equal(r->ev.n_tags, LIMIT_TAGS_MAX);
    assert_string_equal(r->why.text, "tags: more than the 16 allowed");
    buf_fini(&b);
}

static void test_unknown_strings_become_tags(void **state)
{
    struct read *r = *state;
    take_with(r, "'team':'a','shard':7,'flag':true,'list':[],'obj':{},"
                 "'nothing':null,'':'x'");
    assert_int_equal(r->ev.n_tags, 1);
    assert_str(event_tag_find(&r->ev, STR("team"))->value, "a");
    assert_int_equal(r->notes.n_ignored_fields, 5);
}

static void test_unknown_strings_never_crowd_out_tags(void **state)
{
    struct read *r = *state;
    struct buf b;
    buf_init(&b, 4096);
    /* Four strings, and fourteen tags that come after them. */
    add_members(&b, "x", 4);
    buf_cz(&b, ",'tags':{");
    add_members(&b, "t", LIMIT_TAGS_MAX - 2);
    buf_cz(&b, "}");
    read_members(r, &b);
    assert_ok(r->rc, &r->why);
    assert_int_equal(r->ev.n_tags, LIMIT_TAGS_MAX);
    assert_non_null(event_tag_find(&r->ev, STR("x00")));
    assert_non_null(event_tag_find(&r->ev, STR("x01")));
    assert_null(event_tag_find(&r->ev, STR("x02")));
    assert_int_equal(r->notes.n_ignored_fields, 2);
    buf_fini(&b);
}

static void test_a_tag_wins_over_a_string_of_its_name(void **state)
{
    struct read *r = *state;
    take_with(r, "'team':'extra','tags':{'team':'own'},'team':'again'");
    assert_str(event_tag_find(&r->ev, STR("team"))->value, "own");
    assert_int_equal(r->notes.n_ignored_fields, 2);
}

static void test_many_unknown_strings(void **state)
{
    struct read *r = *state;
    struct buf b;
    buf_init(&b, 4096);
    add_members(&b, "x", LIMIT_TAGS_MAX + 3);
    read_members(r, &b);
    assert_ok(r->rc, &r->why);
    assert_int_equal(r->ev.n_tags, LIMIT_TAGS_MAX);
    assert_int_equal(r->notes.n_ignored_fields, 3);
    buf_fini(&b);
}

/* One member whose name and value have these lengths. */
static void take_lengths(struct read *r, const char *open, size_t key_n,
                         size_t value_n, const char *close)
{
    struct buf b;
    buf_init(&b, 4096);
    buf_cz(&b, open);
    buf_cz(&b, "'");
    memset(buf_space(&b, key_n), 'k', key_n);
    buf_used(&b, key_n);
    buf_cz(&b, "':'");
    memset(buf_space(&b, value_n), 'v', value_n);
    buf_used(&b, value_n);
    buf_cz(&b, "'");
    buf_cz(&b, close);
    read_members(r, &b);
    buf_fini(&b);
}

static void test_lengths_of_tags(void **state)
{
    struct read *r = *state;
    take_lengths(r, "'tags':{", LIMIT_TAG_KEY_MAX, LIMIT_TAG_VALUE_MAX, "}");
    assert_ok(r->rc, &r->why);
    take_lengths(r, "'tags':{", LIMIT_TAG_KEY_MAX + 1, 1, "}");
    assert_rc(r->rc, RC_INVALID);
    take_lengths(r, "'tags':{", 1, LIMIT_TAG_VALUE_MAX + 1, "}");
    assert_rc(r->rc, RC_INVALID);
    assert_non_null(strstr(r->why.text, "tags.k is 257 bytes long"));
    /* As an unknown member the same is ignored, and counted. */
    take_lengths(r, "", LIMIT_TAG_KEY_MAX, LIMIT_TAG_VALUE_MAX, "");
    assert_ok(r->rc, &r->why);
    assert_int_equal(r->ev.n_tags, 1);
    take_lengths(r, "", LIMIT_TAG_KEY_MAX + 1, 1, "");
    assert_ok(r->rc, &r->why);
    assert_int_equal(r->ev.n_tags, 0);
    assert_int_equal(r->notes.n_ignored_fields, 1);
    take_lengths(r, "", 1, LIMIT_TAG_VALUE_MAX + 1, "");
    assert_ok(r->rc, &r->why);
    assert_int_equal(r->notes.n_ignored_fields, 1);
}

static void check_length_of(struct read *r, const char *field, int most)
{
    char value[300];
    char text[1024];
    memset(value, 'v', sizeof(value));
    snprintf(text, sizeof(text), "'%s':'%.*s'", field, most, value);
    take_with(r, text);
    snprintf(text, sizeof(text), "'%s':'%.*s'", field, most + 1, value);
    refuse_with(r, text, RC_INVALID, field);
    assert_non_null(strstr(r->why.text, "bytes long"));
}

static void test_lengths_of_texts(void **state)
{
    struct read *r = *state;
    check_length_of(r, "id", LIMIT_ID_MAX);
    for (uint32_t d = 0; d < DIM__COUNT; d++) {
        if (d != DIM_MODEL) {
            check_length_of(r, dim_name((enum dim)d).p, LIMIT_DIM_MAX);
        }
    }
}

static void test_a_member_given_twice_is_refused(void **state)
{
    struct read *r = *state;
    refuse_with(r, "'model':'gpt-4o'", RC_INVALID, "model is given twice");
    refuse_with(r, "'input_tokens':1,'input_tokens':2", RC_INVALID,
                "input_tokens is given twice");
}

static void test_members_of_an_export_are_skipped(void **state)
{
    struct read *r = *state;
    take_with(r, "'cost':'1.0','cost_input':'0.5','cost_cache':'0',"
                 "'cost_output':'0.5','cost_tools':'0','priced':true,"
                 "'price':'openai/gpt-4o@2024-10-01','source':'import',"
                 "'arrival':'2026-01-01T00:00:00Z'");
    assert_false(r->ev.cost.priced);
    assert_int_equal(r->ev.source, EVENT_SOURCE_API);
    assert_int_equal(r->ev.arrival_us, NOW_US);
    assert_int_equal(r->ev.n_tags, 0);
    assert_int_equal(r->notes.n_ignored_fields, 0);
}

static void test_what_is_no_object_is_refused(void **state)
{
    struct read *r = *state;
    refuse(r, "[]", RC_INVALID, "an event must be a JSON object, not an array");
    refuse(r, "null", RC_INVALID, "not null");
    refuse(r, "'x'", RC_INVALID, "not a string");
    refuse(r, "{}", RC_INVALID, "model is missing");
}

static void test_the_arena_cap(void **state)
{
    struct read *r = *state;
    arena_fini(&r->arena);
    arena_init(&r->arena, 4);
    refuse(r, "{'model':'gpt-4o'}", RC_LIMIT, "send fewer");
    refuse(r, "{'model':'m','provider':'Our-Gateway'}", RC_LIMIT, "memory");
}

static void test_notes_may_be_left_out(void **state)
{
    struct read *r = *state;
    struct json *json = NULL;
    assert_ok(json_parse(STR("{\"model\":\"gpt-4o\"}"), &json, &r->why),
              &r->why);
    assert_ok(event_from_json(json, NOW_US, &r->arena, &r->ev, NULL, NULL),
              &r->why);
    json_free(&json);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_smallest_event),
        TEST(test_full_event),
        TEST(test_dims_go_where_they_belong),
        TEST(test_null_is_absent),
        TEST(test_an_empty_id_is_no_id),
        TEST(test_times),
        TEST(test_fractions_of_seconds_after_2038),
        TEST(test_times_that_are_refused),
        TEST(test_counts_at_their_limits),
        TEST(test_counts_that_are_refused),
        TEST(test_a_part_may_be_its_whole_total),
        TEST(test_a_part_larger_than_its_total),
        TEST(test_parts_that_overlap),
        TEST(test_texts_of_the_wrong_type),
        TEST(test_closed_sets_name_the_nearest),
        TEST(test_reported_cost),
        TEST(test_durations_and_attempts),
        TEST(test_provider_and_model),
        TEST(test_tags),
        TEST(test_too_many_tags_are_refused),
        TEST(test_unknown_strings_become_tags),
        TEST(test_unknown_strings_never_crowd_out_tags),
        TEST(test_a_tag_wins_over_a_string_of_its_name),
        TEST(test_many_unknown_strings),
        TEST(test_lengths_of_tags),
        TEST(test_lengths_of_texts),
        TEST(test_a_member_given_twice_is_refused),
        TEST(test_members_of_an_export_are_skipped),
        TEST(test_what_is_no_object_is_refused),
        TEST(test_the_arena_cap),
        TEST(test_notes_may_be_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
