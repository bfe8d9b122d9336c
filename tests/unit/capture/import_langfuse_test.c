/* Langfuse's observations, beyond what the fixture shows. */
#include "import_catch.h"

#define ROW(id, more)                                                \
    "{\"id\":\"" id "\",\"traceId\":\"t1\",\"type\":\"GENERATION\"," \
    "\"startTime\":\"2026-10-02T10:00:00Z\",\"endTime\":"            \
    "\"2026-10-02T10:00:03Z\",\"model\":\"gpt-4o\"" more "}\n"
#define USAGE(counts) ",\"usageDetails\":{" counts "}"

static void both_spellings_are_read(void **state)
{
    struct catch *c = *state;
    catch_text(
        c, "o.jsonl",
        STR("{\"id\":\"a\",\"trace_id\":\"t1\",\"type\":\"GENERATION\","
            "\"start_time\":\"2026-10-02 10:00:00.000\",\"end_time\":"
            "\"2026-10-02 10:00:03.000\",\"completion_start_time\":"
            "\"2026-10-02 10:00:01.000\",\"provided_model_name\":\"gpt-4o\","
            "\"usage_details\":\"{\\\"input\\\":5,\\\"output\\\":2}\","
            "\"cost_details\":{},\"total_cost\":\"0.25\","
            "\"user_id\":\"u1\",\"session_id\":\"s1\",\"trace_name\":\"w1\","
            "\"name\":\"answer\",\"prompt_name\":\"p\",\"prompt_version\":3,"
            "\"release\":\"r1\",\"environment\":\"dev\"}\n"));
    assert_int_equal(c->n, 1);
    const struct event *ev = &c->event[0];
    assert_true(ev->ts_us == INT64_C(1790935200000000));
    assert_int_equal(ev->latency_ms, 3000);
    assert_int_equal(ev->ttft_ms, 1000);
    assert_str(ev->dim[DIM_PROVIDER], "openai");
    assert_str(ev->dim[DIM_MODEL], "gpt-4o");
    assert_int_equal(ev->token[TOKEN_INPUT], 5);
    assert_int_equal(ev->token[TOKEN_OUTPUT], 2);
    assert_true(ev->reported_cost.pico == INT64_C(250000000000));
    assert_str(ev->dim[DIM_USER], "u1");
    assert_str(ev->dim[DIM_RUN], "s1");
    assert_tag(ev, "trace_id", "t1");
    assert_str(ev->dim[DIM_WORKFLOW], "w1");
    assert_str(ev->dim[DIM_STEP], "answer");
    assert_str(ev->dim[DIM_PROMPT], "3");
    assert_tag(ev, "prompt_name", "p");
    assert_str(ev->dim[DIM_RELEASE], "r1");
    assert_int_equal(ev->environment, ENVIRONMENT_DEVELOPMENT);
    assert_true(c->has_environment[0]);
}

static void the_total_tells_where_the_parts_stand(void **state)
{
    static const struct {
        const char *counts;
        int64_t input, read, write, output, reasoning;
        const char *note;
    } rows[] = {
        {"\"input\":10,\"output\":4,\"total\":14", 10, 0, 0, 4, 0, ""},
        {"\"input\":10,\"output\":4", 10, 0, 0, 4, 0, ""},
        {"\"input\":10,\"input_cached_tokens\":6,\"output\":4,\"total\":20", 10,
         6, 0, 4, 0, ""},
        {"\"input\":10,\"input_cached_tokens\":6,\"output\":4", 10, 6, 0, 4, 0,
         ""},
        {"\"input\":10,\"input_cached_tokens\":6,\"input_cache_creation\":1,"
         "\"output\":4,\"output_reasoning\":3,\"total\":14",
         3, 6, 1, 1, 3, ""},
        {"\"input\":10,\"input_cached_tokens\":11,\"output\":4,\"total\":14", 0,
         10, 0, 4, 0, "parts_over_total"},
        {"\"input\":10,\"input_cached_tokens\":6,\"output\":4,\"total\":99", 10,
         6, 0, 4, 0, "total_differs"},
        {"\"total\":99", 0, 0, 0, 0, 0, "total_only"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        void *fresh = NULL;
        assert_int_equal(catch_setup(&fresh), 0);
        struct catch *c = fresh;
        catch_text(c, "o",
                   str_fmt(&c->arena, ROW("a", USAGE("%s")), rows[i].counts));
        assert_int_equal(c->n, 1);
        const int64_t *token = c->event[0].token;
        assert_int_equal(token[TOKEN_INPUT], rows[i].input);
        assert_int_equal(token[TOKEN_CACHE_READ], rows[i].read);
        assert_int_equal(token[TOKEN_CACHE_WRITE_5M], rows[i].write);
        assert_int_equal(token[TOKEN_OUTPUT], rows[i].output);
        assert_int_equal(token[TOKEN_OUTPUT_REASONING], rows[i].reasoning);
        assert_tag(&c->event[0], "import_note", rows[i].note);
        (void)catch_teardown(&fresh);
    }
}

static void unknown_keys_are_kept_as_tags(void **state)
{
    struct catch *c = *state;
    catch_text(c, "o",
               STR(ROW("a", USAGE("\"input\":10,\"input_pages\":3,"
                                  "\"output\":4,\"total\":17"))));
    assert_int_equal(c->n, 1);
    assert_int_equal(c->event[0].token[TOKEN_INPUT], 10);
    assert_tag(&c->event[0], "input_pages", "3");
    assert_tag(&c->event[0], "import_note", "");
}

static void the_old_usage_counts_where_there_is_no_other(void **state)
{
    struct catch *c = *state;
    catch_text(
        c, "o",
        STR(ROW("a", ",\"usageDetails\":{},\"usage\":{\"input\":7,"
                     "\"output\":2,\"unit\":\"TOKENS\"}")
                ROW("b", ",\"usage\":{\"input\":900,\"unit\":\"CHARACTERS\"},"
                         "\"calculatedTotalCost\":0.5")));
    assert_int_equal(c->n, 2);
    assert_int_equal(c->event[0].token[TOKEN_INPUT], 7);
    assert_int_equal(c->event[1].token[TOKEN_INPUT], 0);
    assert_tag(&c->event[1], "usage_unit", "CHARACTERS");
    assert_true(c->event[1].reported_cost.pico == INT64_C(500000000000));
}

static void what_is_no_call_or_no_whole_one_is_left(void **state)
{
    struct catch *c = *state;
    catch_text(
        c, "o",
        STR("{\"id\":\"s\",\"traceId\":\"t1\",\"type\":\"SPAN\",\"startTime\":"
            "\"2026-10-02T10:00:00Z\"}\n"
            "{\"id\":\"g\",\"traceId\":\"t1\",\"type\":\"GENERATION\","
            "\"startTime\":\"2026-10-02T10:00:00Z\",\"endTime\":null,"
            "\"model\":\"gpt-4o\"}\n" ROW("f", ",\"level\":\"ERROR\"")
                ROW("e", USAGE("\"input\":3") ",\"level\":\"ERROR\"")
                    ROW("n", "")));
    assert_int_equal(c->n, 2);
    assert_str(c->event[0].id, "e");
    assert_int_equal(c->event[0].status, EVENT_STATUS_ERROR);
    assert_str(c->event[1].id, "n");
    assert_int_equal(c->counts.n_skipped, 2);
    assert_int_equal(c->counts.n_open, 1);
    assert_int_equal(c->counts.n_rejected, 0);
}

static void who_served_may_be_unknown(void **state)
{
    struct catch *c = *state;
    catch_text(c, "o",
               STR("[{\"id\":\"a\",\"traceId\":\"t1\",\"type\":\"EMBEDDING\","
                   "\"startTime\":\"2026-10-02T10:00:00Z\",\"model\":"
                   "\"my-own\",\"usageDetails\":{\"input\":3},\"metadata\":{"
                   "\"feature\":\"search\",\"team\":\"x\",\"deep\":{}},"
                   "\"environment\":\"eu-1\"}]"));
    assert_int_equal(c->n, 1);
    assert_str(c->event[0].dim[DIM_PROVIDER], "unknown");
    assert_int_equal(c->event[0].operation, OPERATION_EMBEDDINGS);
    assert_str(c->event[0].dim[DIM_FEATURE], "search");
    assert_tag(&c->event[0], "team", "x");
    assert_tag(&c->event[0], "environment_name", "eu-1");
    assert_false(c->has_environment[0]);
    assert_str(c->event[0].dim[DIM_RUN], "t1");
}

static void bad_rows_cost_no_others(void **state)
{
    struct catch *c = *state;
    const struct str text = STR(
        "{\"data\":[" ROW("a", USAGE("\"input\":-1")) "," ROW("b", USAGE("\"input\":\"many\"")) "," ROW(
            "c",
            ",\"costDetails\":{"
            "\"total\":[]}") ","
                             "{\"id\":\"d\",\"traceId\":\"t\",\"type\":\"GENERATION\","
                             "\"model\":\"gpt-4o\",\"startTime\":\"soon\"},"
                             "{\"id\":\"e\",\"traceId\":\"t\",\"type\":\"GENERATION\","
                             "\"endTime\":1,\"startTime\":1790935200}," ROW(
                                 "f",
                                 USAGE(
                                     "\"input\":3")) ",7," ROW("g",
                                                               USAGE(
                                                                   "\"output\":1")));
    catch_text(c, "o", text);
    assert_int_equal(c->n, 2);
    assert_str(c->event[0].id, "f");
    assert_str(c->event[1].id, "g");
    assert_int_equal(c->counts.n_rejected, 7); /* and the end that is missing */
    assert_trouble(c, 0, "element 1|input must be a whole number");
    assert_trouble(c, 1, "element 2|input must be a whole number");
    assert_trouble(c, 2, "element 3|costDetails must be dollars");
    assert_trouble(c, 3, "element 4|startTime is no time");
    assert_trouble(c, 4, "element 5|model is missing");
    catch_text(c, "o", text);
    assert_int_equal(c->n, 2);
    assert_int_equal(c->n_duplicates, 2);
}

#define WITH_CATCH(test) \
    cmocka_unit_test_setup_teardown(test, catch_setup, catch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_CATCH(both_spellings_are_read),
        cmocka_unit_test(the_total_tells_where_the_parts_stand),
        WITH_CATCH(unknown_keys_are_kept_as_tags),
        WITH_CATCH(the_old_usage_counts_where_there_is_no_other),
        WITH_CATCH(what_is_no_call_or_no_whole_one_is_left),
        WITH_CATCH(who_served_may_be_unknown),
        WITH_CATCH(bad_rows_cost_no_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
