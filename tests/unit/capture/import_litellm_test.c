/* LiteLLM's records, beyond what the fixtures show. */
#include "import_catch.h"

#define ROW(more)                                                         \
    "{\"request_id\":\"r1\",\"call_type\":\"acompletion\",\"spend\":0.5," \
    "\"startTime\":\"2026-10-01 08:00:00\",\"endTime\":"                  \
    "\"2026-10-01 08:00:02.500\",\"completionStartTime\":"                \
    "\"2026-10-01 08:00:00.400\",\"custom_llm_provider\":\"openai\","     \
    "\"model\":\"gpt-4o\"," more "\"status\":\"success\"}\n"
#define COUNTS "\"prompt_tokens\":1000,\"completion_tokens\":200,"

static void times_are_utc_and_give_latencies(void **state)
{
    struct catch *c = *state;
    catch_text(c, "s.jsonl", STR(ROW(COUNTS)));
    assert_int_equal(c->n, 1);
    const struct event *ev = &c->event[0];
    assert_true(ev->ts_us == INT64_C(1790841600000000));
    assert_int_equal(ev->latency_ms, 2500);
    assert_int_equal(ev->ttft_ms, 400);
    assert_str(ev->id, "r1");
    assert_int_equal(ev->operation, OPERATION_CHAT);
}

static void details_are_taken_out_once(void **state)
{
    struct catch *c = *state;
    catch_text(
        c, "s.jsonl",
        STR(ROW(COUNTS "\"metadata\":{\"usage_object\":{"
                       "\"cache_read_input_tokens\":300,"
                       "\"cache_creation_input_tokens\":90,"
                       "\"prompt_tokens_details\":{\"cached_tokens\":300,"
                       "\"cache_creation_tokens\":90,"
                       "\"cache_creation_token_details\":{"
                       "\"ephemeral_1h_input_tokens\":40},"
                       "\"audio_tokens\":10,\"image_tokens\":20,"
                       "\"text_tokens\":670},"
                       "\"completion_tokens_details\":{\"reasoning_tokens\":50,"
                       "\"audio_tokens\":5,\"image_tokens\":15},"
                       "\"inference_geo\":\"us\",\"speed\":\"fast\","
                       "\"service_tier\":\"flex\","
                       "\"server_tool_use\":{\"web_search_requests\":2}}},")));
    assert_int_equal(c->n, 1);
    const struct event *ev = &c->event[0];
    assert_int_equal(ev->token[TOKEN_INPUT], 580);
    assert_int_equal(ev->token[TOKEN_CACHE_READ], 300);
    assert_int_equal(ev->token[TOKEN_CACHE_WRITE_5M], 50);
    assert_int_equal(ev->token[TOKEN_CACHE_WRITE_1H], 40);
    assert_int_equal(ev->token[TOKEN_INPUT_AUDIO], 10);
    assert_int_equal(ev->token[TOKEN_INPUT_IMAGE], 20);
    assert_int_equal(event_input_tokens(ev), 1000);
    assert_int_equal(ev->token[TOKEN_OUTPUT], 130);
    assert_int_equal(ev->token[TOKEN_OUTPUT_REASONING], 50);
    assert_int_equal(event_output_tokens(ev), 200);
    assert_int_equal(ev->web_searches, 2);
    assert_int_equal(ev->service_tier, SERVICE_TIER_FLEX);
    assert_tag(ev, "inference_geo", "us");
    assert_tag(ev, "speed", "fast");
    assert_tag(ev, "import_note", "");
}

static void parts_over_their_total_are_cut_and_flagged(void **state)
{
    struct catch *c = *state;
    catch_text(c, "s.jsonl",
               STR(ROW(COUNTS "\"metadata\":{\"usage_object\":{"
                              "\"prompt_tokens_details\":{"
                              "\"cached_tokens\":1300}}},")));
    assert_int_equal(c->n, 1);
    assert_int_equal(c->event[0].token[TOKEN_INPUT], 0);
    assert_int_equal(c->event[0].token[TOKEN_CACHE_READ], 1000);
    assert_tag(&c->event[0], "import_note", "parts_over_total");
}

static void the_clients_words_fill_dimensions(void **state)
{
    struct catch *c = *state;
    catch_text(c, "s.jsonl",
               STR(ROW(COUNTS "\"user\":\"u-1\",\"metadata\":\"{"
                              "\\\"spend_logs_metadata\\\":{"
                              "\\\"feature\\\":\\\"search\\\","
                              "\\\"user\\\":\\\"u-2\\\","
                              "\\\"model\\\":\\\"other\\\","
                              "\\\"region\\\":\\\"eu\\\"}}\",")));
    assert_int_equal(c->n, 1);
    const struct event *ev = &c->event[0];
    assert_str(ev->dim[DIM_FEATURE], "search");
    assert_str(ev->dim[DIM_USER], "u-1");
    assert_str(ev->dim[DIM_MODEL], "gpt-4o");
    assert_tag(ev, "region", "eu");
}

static void a_failed_call_that_used_tokens_counts(void **state)
{
    struct catch *c = *state;
    catch_text(
        c, "s.jsonl",
        STR("{\"request_id\":\"r1\",\"spend\":0,\"startTime\":1790000001.25,"
            "\"model\":\"gpt-4o\",\"prompt_tokens\":10,\"status\":"
            "\"failure\"}\n"
            "{\"request_id\":\"r2\",\"spend\":0,\"startTime\":1790000001.25,"
            "\"model\":\"gpt-4o\",\"prompt_tokens\":0,\"status\":"
            "\"failure\"}\n"));
    assert_int_equal(c->n, 1);
    assert_int_equal(c->event[0].status, EVENT_STATUS_ERROR);
    assert_str(c->event[0].dim[DIM_PROVIDER], "openai");
    assert_int_equal(c->counts.n_skipped, 1);
}

static void a_cost_that_could_not_be_found_is_none(void **state)
{
    struct catch *c = *state;
    catch_text(
        c, "l.json",
        STR("{\"id\":\"r1\",\"call_type\":\"aembedding\",\"response_cost\":0,"
            "\"response_cost_failure_debug_info\":{\"error\":\"x\"},"
            "\"startTime\":1790000001.25,\"model\":\"text-embedding-3-small\","
            "\"prompt_tokens\":10}"));
    assert_int_equal(c->n, 1);
    assert_false(c->event[0].has_reported_cost);
    assert_int_equal(c->event[0].operation, OPERATION_EMBEDDINGS);
}

static void pages_and_arrays_are_read(void **state)
{
    struct catch *c = *state;
    catch_text(c, "page.json", STR("{\"data\":[" ROW(COUNTS) "],\"page\":1}"));
    assert_int_equal(c->n, 1);
    catch_text(c, "array.json", STR("[\n" ROW(COUNTS) ",\n" ROW("") "]"));
    assert_int_equal(c->n_duplicates, 2);
}

static void rows_that_cannot_be_are_refused(void **state)
{
    struct catch *c = *state;
    catch_text(
        c, "s.jsonl",
        STR(ROW("\"prompt_tokens\":9223372036854775808,")
                ROW("\"prompt_tokens\":\"many\",") ROW(
                    "\"prompt_tokens\":1,\"spend\":1,\"metadata\":{"
                    "\"usage_object\":{\"prompt_tokens_details\":{"
                    "\"cached_tokens\":-1}}},") "{\"request_id\":\"r2\",\"spend\":1}\n"
                                                "{\"request_id\":\"r3\",\"spend\":1,"
                                                "\"startTime\":1790000001,\"prompt_tokens\":1}\n"
                                                "{\"request_id\":\"r4\"\n" ROW(
                                                    COUNTS)));
    assert_int_equal(c->n, 1);
    assert_int_equal(c->counts.n_rejected, 6);
    assert_trouble(c, 0, "line 1|prompt_tokens must be a whole number");
    assert_trouble(c, 1, "line 2|prompt_tokens must be a whole number");
    assert_trouble(c, 2, "line 3|cached_tokens must be a whole number");
    assert_trouble(c, 3, "line 4|startTime is no time");
    assert_trouble(c, 4, "line 5|model is missing");
}

#define WITH_CATCH(test) \
    cmocka_unit_test_setup_teardown(test, catch_setup, catch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_CATCH(times_are_utc_and_give_latencies),
        WITH_CATCH(details_are_taken_out_once),
        WITH_CATCH(parts_over_their_total_are_cut_and_flagged),
        WITH_CATCH(the_clients_words_fill_dimensions),
        WITH_CATCH(a_failed_call_that_used_tokens_counts),
        WITH_CATCH(a_cost_that_could_not_be_found_is_none),
        WITH_CATCH(pages_and_arrays_are_read),
        WITH_CATCH(rows_that_cannot_be_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
