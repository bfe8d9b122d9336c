/* Helicone's requests, beyond what the fixture shows. */
#include "import_catch.h"

#define ROW(id, provider, more)                                         \
    "{\"request_id\":\"" id "\",\"request_created_at\":"                \
    "\"2026-10-03T09:00:00Z\",\"provider\":\"" provider "\",\"model\":" \
    "\"m-1\",\"response_status\":200" more "}\n"

static void whether_the_cache_is_within_is_told(void **state)
{
    static const struct {
        const char *provider;
        const char *counts;
        int64_t input, read, write, audio;
        const char *note;
    } rows[] = {
        {"OPENAI",
         "\"prompt_tokens\":10,\"prompt_cache_read_tokens\":6,"
         "\"total_tokens\":14",
         4, 6, 0, 0, ""},
        {"OPENAI", "\"prompt_tokens\":10,\"prompt_cache_read_tokens\":6", 4, 6,
         0, 0, ""},
        {"ANTHROPIC",
         "\"prompt_tokens\":10,\"prompt_cache_read_tokens\":6,"
         "\"prompt_cache_write_tokens\":2",
         10, 6, 2, 0, ""},
        {"AWS_BEDROCK", "\"prompt_tokens\":10,\"prompt_cache_read_tokens\":6",
         10, 6, 0, 0, ""},
        /* the sum is more certain than a habit */
        {"ANTHROPIC",
         "\"prompt_tokens\":10,\"prompt_cache_read_tokens\":6,"
         "\"total_tokens\":14",
         4, 6, 0, 0, ""},
        {"OPENAI",
         "\"prompt_tokens\":10,\"prompt_cache_read_tokens\":6,"
         "\"total_tokens\":20",
         10, 6, 0, 0, ""},
        {"OPENAI",
         "\"prompt_tokens\":10,\"prompt_cache_read_tokens\":6,"
         "\"total_tokens\":99",
         4, 6, 0, 0, "total_differs"},
        {"OPENAI", "\"prompt_tokens\":10,\"prompt_cache_read_tokens\":16", 0,
         10, 0, 0, "parts_over_total"},
        {"OPENAI", "\"prompt_tokens\":10,\"prompt_audio_tokens\":3", 7, 0, 0, 3,
         ""},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        void *fresh = NULL;
        assert_int_equal(catch_setup(&fresh), 0);
        struct catch *c = fresh;
        catch_text(c, "h",
                   str_fmt(&c->arena,
                           ROW("a", "%s", ",\"completion_tokens\":4,%s"),
                           rows[i].provider, rows[i].counts));
        assert_int_equal(c->n, 1);
        const int64_t *token = c->event[0].token;
        assert_int_equal(token[TOKEN_INPUT], rows[i].input);
        assert_int_equal(token[TOKEN_CACHE_READ], rows[i].read);
        assert_int_equal(token[TOKEN_CACHE_WRITE_5M], rows[i].write);
        assert_int_equal(token[TOKEN_INPUT_AUDIO], rows[i].audio);
        assert_int_equal(token[TOKEN_OUTPUT], 4);
        assert_tag(&c->event[0], "import_note", rows[i].note);
        (void)catch_teardown(&fresh);
    }
}

static void the_response_counts_where_there_are_no_counts(void **state)
{
    struct catch *c = *state;
    catch_text(
        c, "h",
        STR(ROW("a", "ANTHROPIC",
                ",\"request_path\":\"/v1/messages\",\"prompt_tokens\":null,"
                "\"response_body\":{\"id\":\"msg_1\",\"type\":\"message\","
                "\"role\":\"assistant\",\"model\":\"claude-opus-4-8\","
                "\"content\":[],\"stop_reason\":\"end_turn\",\"usage\":{"
                "\"input_tokens\":9,\"cache_read_input_tokens\":70,"
                "\"cache_creation_input_tokens\":5,\"cache_creation\":{"
                "\"ephemeral_1h_input_tokens\":5,"
                "\"ephemeral_5m_input_tokens\":0},\"output_tokens\":3}}")
                ROW("b", "OPENAI", ",\"response_body\":{\"x\":1}")));
    assert_int_equal(c->n, 2);
    const struct event *ev = &c->event[0];
    assert_str(ev->id, "a");
    assert_int_equal(ev->token[TOKEN_INPUT], 9);
    assert_int_equal(ev->token[TOKEN_CACHE_READ], 70);
    assert_int_equal(ev->token[TOKEN_CACHE_WRITE_1H], 5);
    assert_int_equal(ev->token[TOKEN_OUTPUT], 3);
    assert_tag(ev, "import_note", "");
    assert_tag(&c->event[1], "import_note", "no_usage");
}

static void the_rest_finds_its_place(void **state)
{
    struct catch *c = *state;
    catch_text(
        c, "h",
        STR("{\"request_id\":\"a\",\"request_created_at\":"
            "\"2026-10-03 09:00:00\",\"request_path\":\"/v1/embeddings\","
            "\"helicone_user\":\"u1\",\"request_model\":\"asked\",\"model\":"
            "\"gpt-4o\",\"delay_ms\":900,\"time_to_first_token\":80,"
            "\"prompt_tokens\":\"7\",\"cost\":\"0.5\",\"costUSD\":0.1,"
            "\"prompt_id\":\"p1\",\"properties\":{\"feature\":\"search\","
            "\"Team\":\"x\"},\"cache_reference_id\":null}"));
    assert_int_equal(c->n, 1);
    const struct event *ev = &c->event[0];
    assert_int_equal(ev->operation, OPERATION_EMBEDDINGS);
    assert_str(ev->dim[DIM_PROVIDER], "openai");
    assert_str(ev->dim[DIM_MODEL], "gpt-4o");
    assert_str(ev->dim[DIM_REQUESTED_MODEL], "asked");
    assert_str(ev->dim[DIM_USER], "u1");
    assert_str(ev->dim[DIM_FEATURE], "search");
    assert_tag(ev, "Team", "x");
    assert_tag(ev, "prompt_id", "p1");
    assert_int_equal(ev->latency_ms, 900);
    assert_int_equal(ev->ttft_ms, 80);
    assert_int_equal(ev->token[TOKEN_INPUT], 7);
    assert_true(ev->reported_cost.pico == INT64_C(500000000000));
}

static void failures_without_usage_are_no_calls(void **state)
{
    struct catch *c = *state;
    catch_text(c, "h",
               STR("{\"request_id\":\"a\",\"request_created_at\":1790935200,"
                   "\"provider\":\"OPENAI\",\"model\":\"gpt-4o\","
                   "\"response_status\":429,\"prompt_tokens\":0}\n"
                   "{\"request_id\":\"b\",\"request_created_at\":1790935200,"
                   "\"provider\":\"OPENAI\",\"model\":\"gpt-4o\","
                   "\"response_status\":500,\"prompt_tokens\":5}\n"));
    assert_int_equal(c->n, 1);
    assert_str(c->event[0].id, "b");
    assert_int_equal(c->event[0].status, EVENT_STATUS_ERROR);
    assert_int_equal(c->counts.n_skipped, 1);
}

static void bad_records_cost_no_others(void **state)
{
    struct catch *c = *state;
    const struct str text = STR(
        "[" ROW("a", "OPENAI", ",\"prompt_tokens\":1.5") "," ROW("b", "OPENAI", ",\"delay_ms\":\"slow\"") "," ROW(
            "c", "OPENAI",
            ",\"costUSD\":\"much\"") ","
                                     "{\"request_id\":\"d\",\"request_created_at\":\"\"},"
                                     "[1]," ROW("e", "OPENAI", ",\"prompt_tokens\":1") "," ROW(
                                         "f", "OPENAI",
                                         ",\"prompt_tokens\":2") ",{\"request_id\":\"g");
    catch_text(c, "h", text);
    assert_int_equal(c->n, 2);
    assert_int_equal(c->counts.n_rejected, 6);
    assert_trouble(c, 0, "element 1|prompt_tokens must be a whole number");
    assert_trouble(c, 1, "element 2|delay_ms must be a whole number");
    assert_trouble(c, 2, "element 3|costUSD must be dollars");
    assert_trouble(c, 3, "element 4|request_created_at is no time");
    assert_trouble(c, 4, "element 5|the record is not one JSON object");
    catch_text(c, "h", text);
    assert_int_equal(c->n, 2);
    assert_int_equal(c->n_duplicates, 2);
}

#define WITH_CATCH(test) \
    cmocka_unit_test_setup_teardown(test, catch_setup, catch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whether_the_cache_is_within_is_told),
        WITH_CATCH(the_response_counts_where_there_are_no_counts),
        WITH_CATCH(the_rest_finds_its_place),
        WITH_CATCH(failures_without_usage_are_no_calls),
        WITH_CATCH(bad_records_cost_no_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
