/* The fixtures of tests/golden/otlp: a request each, with the canonical
 * records it must give.  A member of a record that this test cannot place
 * fails it. */
#include "canonical.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/utc.h"
#include "capture/otlp/otlp_decode.h"
#include "capture/otlp/otlp_map.h"
#include "capture/otlp/otlp_trace.h"
#include "event/event.h"
#include "event/event_check.h"

enum { EVENTS_MAX = 16 };
#define NOW_US (INT64_C(1795000000) * UTC_US_PER_SECOND)

struct got {
    struct arena text;
    struct arena scratch;
    struct otlp_traces *traces;
    struct event event[EVENTS_MAX];
    size_t n;
    size_t n_refused;
    struct why why;
};

static void take(void *arg, struct event *ev, bool has_environment)
{
    struct got *g = arg;
    (void)has_environment;
    assert_true(g->n < EVENTS_MAX);
    assert_ok(event_check(ev, NOW_US, &g->why), &g->why);
    assert_int_equal(ev->source, EVENT_SOURCE_OTLP);
    g->event[g->n] = *ev;
    assert_ok(event_dup_text(&g->event[g->n], &g->text, &g->why), &g->why);
    g->n++;
}

static enum rc on_span(void *arg, const struct otlp_span *span, struct why *why)
{
    struct got *g = arg;
    struct otlp_note note;
    arena_reset(&g->scratch);
    enum rc rc = otlp_map_span(span, NOW_US, &g->scratch, &note, why);
    if (rc == RC_OK) {
        assert_true(otlp_traces_add(g->traces, &note, 0, 0));
    } else {
        assert_rc(rc, RC_NOT_FOUND);
    }
    return RC_OK;
}

static enum rc on_log(void *arg, const struct otlp_log *log, struct why *why)
{
    struct got *g = arg;
    struct otlp_note note;
    arena_reset(&g->scratch);
    enum rc rc = otlp_map_log(log, NOW_US, &g->scratch, &note, why);
    if (rc == RC_OK) {
        assert_ok(event_settle(&note.ev, &g->scratch, why), why);
        take(g, &note.ev, note.has_environment);
    } else {
        assert_rc(rc, RC_NOT_FOUND);
    }
    return RC_OK;
}

static struct str read_golden(struct got *g, const char *name,
                              const char *ending)
{
    const char *golden = getenv("TOLL_GOLDEN");
    struct buf bytes;
    struct str copy;
    assert_non_null(golden);
    struct str path = str_fmt(&g->text, "%s/otlp/%s%s", golden, name, ending);
    buf_init(&bytes, 1024 * 1024);
    assert_ok(file_read(str_cz(&g->text, path), false, &bytes, &g->why),
              &g->why);
    assert_rc(str_dup(&g->text, buf_view(&bytes), &copy), RC_OK);
    buf_fini(&bytes);
    return copy;
}

static void run(struct got *g, const char *name)
{
    unsigned char id[OTLP_TRACE_BYTES];
    struct str body = read_golden(g, name, "");
    bool is_pb = str_ends(str_from_cz(name), STR(".pb"));
    if (str_starts(str_from_cz(name), STR("otlp-logs"))) {
        assert_ok(is_pb ? otlp_pb_logs(body, on_log, g, &g->why)
                        : otlp_json_logs(body, on_log, g, &g->why),
                  &g->why);
    } else if (is_pb) {
        assert_ok(otlp_pb_spans(body, on_span, g, &g->why), &g->why);
    } else {
        assert_ok(otlp_json_spans(body, on_span, g, &g->why), &g->why);
    }
    otlp_traces_rewind(g->traces);
    while (otlp_traces_due(g->traces, INT64_MAX / 2, true, id)) {
        otlp_traces_settle(g->traces, id, take, g);
    }
}

/* ---- a record and its event ---- */

static void check_cost(const struct json *record, const struct event *ev)
{
    const struct json *cost = json_get(record, "reported_cost_usd");
    struct usd want = {0};
    assert_true(ev->has_reported_cost == (json_kind(cost) == JSON_STR));
    if (ev->has_reported_cost) {
        assert_rc(usd_parse(json_str(cost), &want), RC_OK);
        assert_true(ev->reported_cost.pico == want.pico);
    }
}

static struct str tag_of(const struct event *ev, const char *key)
{
    const struct event_tag *tag = event_tag_find(ev, str_from_cz(key));
    return tag != NULL ? tag->value : STR_EMPTY;
}

/* Where an attribution of the records is kept. */
static void check_home(const struct json *j, const struct event *ev)
{
    static const struct {
        const char *name;
        enum dim dim; /* DIM__COUNT: a tag of that name */
    } homes[] = {
        {"session", DIM_RUN},      {"conversation", DIM_RUN},
        {"user", DIM_USER},        {"workflow", DIM_WORKFLOW},
        {"function", DIM_FEATURE}, {"service", DIM__COUNT},
        {"speed", DIM__COUNT},     {"query_source", DIM__COUNT},
        {"auth_type", DIM__COUNT}, {"prompt_id", DIM__COUNT},
    };
    struct str name = json_key(j);
    if (str_eq(name, STR("span_id"))) {
        return; /* in the id, where the provider gave none */
    }
    for (size_t i = 0; i < ARRAY_N(homes); i++) {
        if (str_eq(name, str_from_cz(homes[i].name))) {
            struct str got = homes[i].dim < DIM__COUNT
                                 ? ev->dim[homes[i].dim]
                                 : tag_of(ev, homes[i].name);
            canonical_check_text(ev, homes[i].name, got, json_str(j));
            return;
        }
    }
    print_error("nobody knows where %.*s is kept\n", STR_ARG(name));
    fail();
}

static void check_id(const struct json *record, const struct event *ev)
{
    struct str response = json_str(json_get(record, "response_id"));
    struct str request = json_str(json_get(record, "request_id"));
    struct str span =
        json_str(json_get(json_get(record, "attribution"), "span_id"));
    if (response.n > 0 || request.n > 0) {
        canonical_check_text(ev, "id", ev->id,
                             response.n > 0 ? response : request);
    } else {
        assert_true(str_starts(ev->id, STR("otlp:")) && str_ends(ev->id, span));
    }
}

static void check_record(const struct json *record, const struct event *ev)
{
    struct str served = json_str(json_get(record, "served_model"));
    struct str requested = json_str(json_get(record, "requested_model"));
    struct str provider = json_str(json_get(record, "provider"));
    check_id(record, ev);
    canonical_check_counts(record, ev);
    check_cost(record, ev);
    /* Where the source names none, the model's name does. */
    if (!str_eq(provider, STR("unknown"))) {
        canonical_check_text(ev, "provider", ev->dim[DIM_PROVIDER], provider);
    }
    canonical_check_text(ev, "model", ev->dim[DIM_MODEL], served);
    canonical_check_text(ev, "requested_model", ev->dim[DIM_REQUESTED_MODEL],
                         requested.n > 0 ? requested : served);
    assert_int_equal(ev->service_tier, SERVICE_TIER_STANDARD);
    for (const struct json *j = json_first(json_get(record, "attribution"));
         j != NULL; j = json_next(j)) {
        check_home(j, ev);
    }
    for (const struct json *j = json_first(json_get(record, "extra"));
         j != NULL; j = json_next(j)) {
        check_home(j, ev);
    }
}

static void check_file(const char *name, const char *expected_name)
{
    struct got g = {.n = 0};
    struct json *expected = NULL;
    size_t i = 0;
    arena_init(&g.text, 4 * 1024 * 1024);
    arena_init(&g.scratch, LIMIT_ARENA_MAX);
    g.traces = otlp_traces_new();
    run(&g, name);
    struct str text = read_golden(&g, expected_name, ".expected.json");
    assert_ok(json_parse(text, &expected, &g.why), &g.why);
    const struct json *records = json_get(expected, "records");
    assert_int_equal(g.n, json_n(records));
    for (const struct json *r = json_first(records); r != NULL;
         r = json_next(r)) {
        check_record(r, &g.event[i++]);
    }
    json_free(&expected);
    otlp_traces_free(&g.traces);
    arena_fini(&g.scratch);
    arena_fini(&g.text);
}

/* Both encodings of one request. */
#define FIXTURE(fn, stem)                       \
    static void fn(void **state)                \
    {                                           \
        (void)state;                            \
        check_file(stem ".json", stem ".json"); \
        check_file(stem ".pb", stem ".json");   \
    }

FIXTURE(semconv, "otlp-traces-semconv")
FIXTURE(semconv_legacy, "otlp-traces-semconv-legacy")
FIXTURE(openllmetry, "otlp-traces-openllmetry")
FIXTURE(openinference, "otlp-traces-openinference")
FIXTURE(vercel_ai, "otlp-traces-vercel-ai")
FIXTURE(langfuse, "otlp-traces-langfuse")
FIXTURE(claude_code, "otlp-logs-claude-code")
FIXTURE(gemini_cli, "otlp-logs-gemini-cli")

/* The same tokens as its log events: taken, and counted as ignored. */
static void metrics_are_ignored(void **state)
{
    struct got g = {.n = 0};
    uint64_t n = 0;
    (void)state;
    arena_init(&g.text, 1024 * 1024);
    struct str body = read_golden(&g, "otlp-metrics-claude-code.json", "");
    assert_ok(otlp_json_metrics(body, &n, &g.why), &g.why);
    assert_true(n > 0);
    arena_fini(&g.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(semconv),
        cmocka_unit_test(semconv_legacy),
        cmocka_unit_test(openllmetry),
        cmocka_unit_test(openinference),
        cmocka_unit_test(vercel_ai),
        cmocka_unit_test(langfuse),
        cmocka_unit_test(claude_code),
        cmocka_unit_test(gemini_cli),
        cmocka_unit_test(metrics_are_ignored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
