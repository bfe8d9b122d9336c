/* Bedrock's invocation log, beyond what the fixture shows. */
#include "import_catch.h"

#define LINE(id, operation, model, more)                    \
    "{\"schemaType\":\"ModelInvocationLog\",\"timestamp\":" \
    "\"2026-10-05T12:00:00Z\",\"requestId\":\"" id          \
    "\",\"operation\":\"" operation "\",\"modelId\":\"" model "\"" more "}\n"
#define CLAUDE   "anthropic.claude-opus-4-6-v1"
#define INPUT(n) ",\"input\":{\"inputTokenCount\":" n "}"

static void the_response_says_more(void **state)
{
    struct catch *c = *state;
    catch_text(
        c, "b",
        STR(LINE(
            "r1", "Converse", CLAUDE,
            INPUT(
                "20") ",\"output\":{\"outputTokenCount\":4,"
                      "\"outputBodyJson\":{\"output\":{\"message\":{\"role\":"
                      "\"assistant\",\"content\":[]}},\"stopReason\":\"end_turn\","
                      "\"usage\":{\"inputTokens\":20,\"outputTokens\":4,"
                      "\"totalTokens\":74,\"cacheReadInputTokens\":40,"
                      "\"cacheWriteInputTokens\":10,\"cacheDetails\":[{\"ttl\":"
                      "\"1h\",\"inputTokens\":10}]}}}")
                LINE(
                    "r2", "InvokeModel", CLAUDE,
                    INPUT(
                        "20") ",\"output\":{\"outputTokenCount\":4,"
                              "\"outputBodyJson\":{\"id\":\"msg_1\",\"type\":"
                              "\"message\",\"role\":\"assistant\",\"model\":\"x\","
                              "\"content\":[],\"stop_reason\":\"end_turn\",\"usage\":{"
                              "\"input_tokens\":20,\"cache_creation_input_tokens\":10,"
                              "\"cache_creation\":{\"ephemeral_1h_input_tokens\":7,"
                              "\"ephemeral_5m_input_tokens\":3},\"output_tokens\":4}}}")));
    assert_int_equal(c->n, 2);
    assert_str(c->event[0].id, "r1");
    assert_int_equal(c->event[0].token[TOKEN_INPUT], 20);
    assert_int_equal(c->event[0].token[TOKEN_CACHE_READ], 40);
    assert_int_equal(c->event[0].token[TOKEN_CACHE_WRITE_1H], 10);
    assert_int_equal(c->event[0].token[TOKEN_OUTPUT], 4);
    assert_str(c->event[1].id, "r2");
    assert_str(c->event[1].dim[DIM_MODEL], CLAUDE);
    assert_int_equal(c->event[1].token[TOKEN_CACHE_WRITE_1H], 7);
    assert_int_equal(c->event[1].token[TOKEN_CACHE_WRITE_5M], 3);
}

/* A stream's events stand in an array; a body that was cut says nothing. */
static void streams_are_read_whole_or_not_at_all(void **state)
{
#define BEGIN                                                                \
    "{\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"model\":\"x\"," \
    "\"usage\":{\"input_tokens\":20,\"output_tokens\":1,"                    \
    "\"cache_read_input_tokens\":40}}}"
#define END                                                                 \
    "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}," \
    "\"usage\":{\"output_tokens\":9}},{\"type\":\"message_stop\"}"
    struct catch *c = *state;
    catch_text(c, "b",
               STR(LINE("r1", "InvokeModelWithResponseStream", CLAUDE,
                        INPUT("21") ",\"output\":{\"outputTokenCount\":8,"
                                    "\"outputBodyJson\":[" BEGIN "," END "]}")
                       LINE("r2", "InvokeModelWithResponseStream", CLAUDE,
                            INPUT("21") ",\"output\":{\"outputTokenCount\":8,"
                                        "\"outputBodyJson\":[" BEGIN "]}")));
    assert_int_equal(c->n, 2);
    assert_int_equal(c->event[0].token[TOKEN_INPUT], 20);
    assert_int_equal(c->event[0].token[TOKEN_CACHE_READ], 40);
    assert_int_equal(c->event[0].token[TOKEN_OUTPUT], 9);
    assert_int_equal(c->event[1].token[TOKEN_INPUT], 21);
    assert_int_equal(c->event[1].token[TOKEN_CACHE_READ], 0);
    assert_int_equal(c->event[1].token[TOKEN_OUTPUT], 8);
}

static void models_are_named_by_id_and_arn(void **state)
{
    struct catch *c = *state;
    catch_text(c, "b",
               STR(LINE("r1", "Converse",
                        "arn:aws:bedrock:us-east-1::foundation-model/"
                        "amazon.titan-embed-text-v2:0",
                        INPUT("3")) LINE("r2", "Converse", "a/b", INPUT("3"))));
    assert_int_equal(c->n, 2);
    assert_str(c->event[0].dim[DIM_MODEL], "amazon.titan-embed-text-v2:0");
    assert_int_equal(c->event[0].operation, OPERATION_EMBEDDINGS);
    assert_str(c->event[1].dim[DIM_MODEL], "a/b");
    assert_int_equal(c->event[1].operation, OPERATION_CHAT);
}

static void failures_and_calls_without_counts(void **state)
{
    struct catch *c = *state;
    catch_text(c, "b",
               STR(LINE("r1", "Converse", CLAUDE,
                        ",\"errorCode\":\"ThrottlingException\",\"input\":{}")
                       LINE("r2", "Converse", CLAUDE,
                            INPUT("3") ",\"errorCode\":\"ModelErrorException\"")
                           LINE("r3", "InvokeModel", "stability.sd3-large-v1:0",
                                ",\"requestMetadata\":{\"feature\":\"art\"}")));
    assert_int_equal(c->n, 2);
    assert_int_equal(c->counts.n_skipped, 1);
    assert_str(c->event[0].id, "r2");
    assert_int_equal(c->event[0].status, EVENT_STATUS_ERROR);
    assert_tag(&c->event[0], "error_code", "ModelErrorException");
    assert_tag(&c->event[1], "import_note", "no_usage");
    assert_str(c->event[1].dim[DIM_FEATURE], "art");
}

static void bad_lines_cost_no_others(void **state)
{
    struct catch *c = *state;
    const struct str text = STR(
        LINE("r1", "Converse", CLAUDE, INPUT("3"))
            LINE("r2", "Converse", CLAUDE, INPUT("-3")) LINE(
                "r3", "Converse", "",
                INPUT(
                    "3")) "{\"schemaType\":\"ModelInvocationLog\",\"requestId\":\"r4\","
                          "\"modelId\":\"x\"}\n"
                          "{\"schemaType\":\"ModelInvocationLog\",\"requ\n" LINE(
                              "r5", "Converse", CLAUDE,
                              ",\"input\":7,\"output\":[]"));
    catch_text(c, "b", text);
    assert_int_equal(c->n, 2);
    assert_str(c->event[1].id, "r5");
    assert_int_equal(c->counts.n_rejected, 4);
    assert_trouble(c, 0, "line 2|inputTokenCount must be a whole number");
    assert_trouble(c, 1, "line 3|model is missing");
    assert_trouble(c, 2, "line 4|timestamp is no time");
    assert_trouble(c, 3, "line 5|the record is not one JSON object");
    catch_text(c, "b", text);
    assert_int_equal(c->n, 2);
    assert_int_equal(c->n_duplicates, 2);
}

#define WITH_CATCH(test) \
    cmocka_unit_test_setup_teardown(test, catch_setup, catch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_CATCH(the_response_says_more),
        WITH_CATCH(streams_are_read_whole_or_not_at_all),
        WITH_CATCH(models_are_named_by_id_and_arn),
        WITH_CATCH(failures_and_calls_without_counts),
        WITH_CATCH(bad_lines_cost_no_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
