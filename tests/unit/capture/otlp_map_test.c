/* What the fixtures do not show: versions, habits, names, refusals. */
#include "test.h"

#include "base/arena.h"
#include "base/attr.h"
#include "base/limits.h"
#include "base/utc.h"
#include "capture/otlp/otlp_map.h"
#include "event/event.h"
#include "event/event_check.h"

#define NOW_US (INT64_C(1795000000) * UTC_US_PER_SECOND)

struct world {
    struct arena arena;
    struct otlp_origin origin;
    struct otlp_attr attr[32];
    struct otlp_attr resource[8];
    struct otlp_span span;
    struct otlp_log log;
    struct otlp_note note;
    struct why why;
};

static int setup(void **state)
{
    static struct world w;
    w = (struct world){.why = {.text = ""}};
    arena_init(&w.arena, LIMIT_ARENA_MAX);
    w.origin.resource.at = w.resource;
    w.span = (struct otlp_span){.origin = &w.origin,
                                .start_ns = UINT64_C(1790000000000000000),
                                .end_ns = UINT64_C(1790000001500000000),
                                .attrs = {.at = w.attr}};
    w.span.trace_id[0] = 1;
    w.span.span_id[0] = 1;
    w.log = (struct otlp_log){.origin = &w.origin,
                              .time_ns = UINT64_C(1790000000000000000),
                              .attrs = {.at = w.attr}};
    *state = &w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    arena_fini(&w->arena);
    return 0;
}

static void add(struct world *w, const char *key, struct otlp_value value)
{
    size_t n = w->span.attrs.n;
    assert_true(n < ARRAY_N(w->attr));
    w->attr[n].key = str_from_cz(key);
    w->attr[n].value = value;
    w->span.attrs.n = n + 1;
    w->log.attrs.n = n + 1;
}

static void text(struct world *w, const char *key, const char *value)
{
    add(w, key,
        (struct otlp_value){.kind = OTLP_TEXT, .text = str_from_cz(value)});
}

static void whole(struct world *w, const char *key, int64_t n)
{
    add(w, key, (struct otlp_value){.kind = OTLP_WHOLE, .whole = n});
}

static void real(struct world *w, const char *key, double x)
{
    add(w, key, (struct otlp_value){.kind = OTLP_REAL, .real = x});
}

static void resource(struct world *w, const char *key, const char *value)
{
    size_t n = w->origin.resource.n++;
    w->resource[n].key = str_from_cz(key);
    w->resource[n].value =
        (struct otlp_value){.kind = OTLP_TEXT, .text = str_from_cz(value)};
}

static enum rc map_span(struct world *w)
{
    return otlp_map_span(&w->span, NOW_US, &w->arena, &w->note, &w->why);
}

static enum rc map_log(struct world *w)
{
    return otlp_map_log(&w->log, NOW_US, &w->arena, &w->note, &w->why);
}

static void chat(struct world *w, int64_t input, int64_t output)
{
    text(w, "gen_ai.operation.name", "chat");
    text(w, "gen_ai.request.model", "gpt-4o");
    whole(w, "gen_ai.usage.input_tokens", input);
    whole(w, "gen_ai.usage.output_tokens", output);
}

static void assert_tokens(const struct world *w, enum token_kind k,
                          int64_t want)
{
    assert_int_equal(w->note.ev.token[k], want);
}

static struct str tag(const struct world *w, const char *key)
{
    const struct event_tag *t = event_tag_find(&w->note.ev, str_from_cz(key));
    return t != NULL ? t->value : STR_EMPTY;
}

/* ---- counts ---- */

static void the_total_tells_what_is_within(void **state)
{
    struct world *w = *state;
    chat(w, 100, 50);
    whole(w, "gen_ai.usage.cache_read.input_tokens", 80);
    whole(w, "gen_ai.usage.reasoning.output_tokens", 30);
    assert_ok(map_span(w), &w->why);
    assert_tokens(w, TOKEN_INPUT, 20);
    assert_tokens(w, TOKEN_OUTPUT, 20);
    whole(w, "gen_ai.usage.total_tokens", 260); /* all beside each other */
    assert_ok(map_span(w), &w->why);
    assert_tokens(w, TOKEN_INPUT, 100);
    assert_tokens(w, TOKEN_OUTPUT, 50);
    assert_int_equal(tag(w, "otlp_note").n, 0);
}

static void a_part_is_never_larger_than_its_whole(void **state)
{
    struct world *w = *state;
    chat(w, 10, 5);
    whole(w, "gen_ai.usage.cache_read.input_tokens", 80);
    assert_ok(map_span(w), &w->why);
    assert_tokens(w, TOKEN_INPUT, 10);
    assert_tokens(w, TOKEN_CACHE_READ, 80);
}

static void a_part_without_its_whole_is_noted(void **state)
{
    struct world *w = *state;
    text(w, "gen_ai.request.model", "claude-sonnet-4-5");
    whole(w, "gen_ai.usage.cache_read.input_tokens", 80);
    whole(w, "gen_ai.usage.output_tokens", 7);
    assert_ok(map_span(w), &w->why);
    assert_tokens(w, TOKEN_INPUT, 0);
    assert_str(tag(w, "otlp_note"), "counts_do_not_add_up");
}

static void counts_come_in_three_kinds(void **state)
{
    struct world *w = *state;
    text(w, "gen_ai.request.model", "gpt-4o");
    text(w, "gen_ai.usage.input_tokens", "12.0");
    real(w, "gen_ai.usage.output_tokens", 7.0);
    assert_ok(map_span(w), &w->why);
    assert_tokens(w, TOKEN_INPUT, 12);
    assert_tokens(w, TOKEN_OUTPUT, 7);
}

static void what_is_no_count_refuses_its_span(void **state)
{
    struct world *w = *state;
    static const struct otlp_value wrong[] = {
        {.kind = OTLP_WHOLE, .whole = -1},
        {.kind = OTLP_WHOLE, .whole = (INT64_C(1) << LIMIT_COUNT_BITS) + 1},
        {.kind = OTLP_REAL, .real = 1.5},
        {.kind = OTLP_REAL, .real = -1.0},
        {.kind = OTLP_REAL, .real = 1e300},
        {.kind = OTLP_TEXT, .text = STR_INIT("1.5")},
        {.kind = OTLP_TEXT, .text = STR_INIT("many")},
        {.kind = OTLP_BOOL, .whole = 1},
    };
    chat(w, 1, 1);
    for (size_t i = 0; i < ARRAY_N(wrong); i++) {
        w->attr[2].value = wrong[i];
        enum rc rc = map_span(w);
        assert_true(rc == RC_INVALID || rc == RC_RANGE);
        assert_true(strstr(w->why.text, "gen_ai.usage.input_tokens") != NULL);
    }
    w->attr[2].value = (struct otlp_value){
        .kind = OTLP_WHOLE, .whole = INT64_C(1) << LIMIT_COUNT_BITS};
    assert_ok(map_span(w), &w->why);
}

static void a_cost_that_is_none_costs_no_call(void **state)
{
    struct world *w = *state;
    static const struct otlp_value wrong[] = {
        {.kind = OTLP_TEXT, .text = STR_INIT("None")},
        {.kind = OTLP_TEXT, .text = STR_INIT("")},
        {.kind = OTLP_REAL, .real = -0.5},
        {.kind = OTLP_REAL, .real = 1e300},
        {.kind = OTLP_BOOL, .whole = 1},
    };
    chat(w, 7, 1);
    text(w, "gen_ai.usage.cost", "0.5");
    assert_ok(map_span(w), &w->why);
    assert_true(w->note.ev.has_reported_cost);
    for (size_t i = 0; i < ARRAY_N(wrong); i++) {
        w->attr[4].value = wrong[i];
        assert_ok(map_span(w), &w->why);
        assert_tokens(w, TOKEN_INPUT, 7);
        assert_false(w->note.ev.has_reported_cost);
        assert_str(tag(w, "otlp_note"), "cost_unreadable");
    }
}

/* ---- conventions ---- */

/* It would be acknowledged, and refused when its trace has settled. */
static void counts_that_no_event_holds_refuse_their_span(void **state)
{
    struct world *w = *state;
    chat(w, EVENT_COUNT_MAX, 1);
    assert_ok(map_span(w), &w->why);
    whole(w, "gen_ai.usage.cache_read.input_tokens", 5);
    whole(w, "gen_ai.usage.cache_write.input_tokens", EVENT_COUNT_MAX);
    assert_rc(map_span(w), RC_RANGE);
    assert_true(strstr(w->why.text, "add up") != NULL);
}

static void an_agents_run_of_pydantic_repeats(void **state)
{
    struct world *w = *state;
    w->origin.scope = STR("pydantic-ai");
    w->span.name = STR("agent run");
    text(w, "model_name", "gpt-4o");
    whole(w, "gen_ai.aggregated_usage.input_tokens", 300);
    whole(w, "gen_ai.aggregated_usage.output_tokens", 30);
    real(w, "operation.cost", 0.25);
    assert_ok(map_span(w), &w->why);
    assert_int_equal(w->note.role, OTLP_ROLE_SUM);
    assert_tokens(w, TOKEN_INPUT, 300);
    assert_true(w->note.ev.reported_cost.pico == USD_PICO_PER_DOLLAR / 4);
    text(w, "logfire.span_type", "pending_span");
    assert_rc(map_span(w), RC_NOT_FOUND);
}

static void details_of_pydantic_are_parts(void **state)
{
    struct world *w = *state;
    w->origin.scope = STR("pydantic-ai");
    chat(w, 300, 30);
    whole(w, "gen_ai.usage.details.cache_read_tokens", 100);
    assert_ok(map_span(w), &w->why);
    assert_int_equal(w->note.role, OTLP_ROLE_CALL);
    assert_tokens(w, TOKEN_INPUT, 200);
    assert_tokens(w, TOKEN_CACHE_READ, 100);
}

static void details_of_the_ai_sdk_are_parts(void **state)
{
    struct world *w = *state;
    text(w, "ai.operationId", "ai.generateText.doGenerate");
    text(w, "ai.model.provider", "anthropic.messages");
    text(w, "ai.model.id", "claude-sonnet-4-5");
    whole(w, "ai.usage.inputTokens", 100);
    whole(w, "ai.usage.outputTokens", 10);
    whole(w, "ai.usage.inputTokenDetails.cacheReadTokens", 60);
    whole(w, "ai.usage.inputTokenDetails.cacheWriteTokens", 30);
    assert_ok(map_span(w), &w->why);
    assert_str(w->note.ev.dim[DIM_PROVIDER], "anthropic");
    assert_tokens(w, TOKEN_INPUT, 10);
    assert_tokens(w, TOKEN_CACHE_WRITE_5M, 30);
    assert_int_equal(tag(w, "otlp_note").n, 0);
}

/* Up to release 4, text calls named the input promptTokens, and Anthropic's
 * left the cache out. */
static void the_ai_sdk_4_leaves_anthropics_cache_out(void **state)
{
    struct world *w = *state;
    text(w, "ai.operationId", "ai.generateText.doGenerate");
    text(w, "ai.model.provider", "anthropic.messages");
    text(w, "ai.model.id", "claude-3-5-sonnet-20241022");
    whole(w, "ai.usage.promptTokens", 1000);
    whole(w, "ai.usage.completionTokens", 50);
    text(w, "ai.response.providerMetadata",
         "{\"anthropic\":{\"cacheCreationInputTokens\":300,"
         "\"cacheReadInputTokens\":400}}");
    assert_ok(map_span(w), &w->why);
    assert_tokens(w, TOKEN_INPUT, 1000);
    assert_tokens(w, TOKEN_CACHE_WRITE_5M, 300);
    assert_tokens(w, TOKEN_CACHE_READ, 400);
    assert_int_equal(tag(w, "otlp_note").n, 0);
    /* OpenAI's has it within, in every release. */
    w->attr[1].value.text = STR("openai.chat");
    w->attr[5].value.text = STR("{\"openai\":{\"cachedPromptTokens\":400}}");
    assert_ok(map_span(w), &w->why);
    assert_tokens(w, TOKEN_INPUT, 600);
    /* A call for an object has that name in later releases too. */
    w->attr[0].value.text = STR("ai.generateObject.doGenerate");
    w->attr[1].value.text = STR("anthropic.messages");
    w->attr[5].value.text =
        STR("{\"anthropic\":{\"cacheCreationInputTokens\":300}}");
    assert_ok(map_span(w), &w->why);
    assert_tokens(w, TOKEN_INPUT, 700);
    assert_str(tag(w, "otlp_note"), "cache_inclusion_assumed");
}

static void the_ai_sdks_gateway_names_its_vendor(void **state)
{
    static const char *const pairs[][2] = {
        {"google.vertex.chat", "vertex"},
        {"google.generative-ai", "gemini"},
        {"amazon-bedrock", "bedrock"},
        {"openai.responses", "openai"},
        {"cerebras.chat.completions", "cerebras"},
        {"acme-cloud.chat", "acme-cloud"},
    };
    struct world *w = *state;
    text(w, "ai.operationId", "ai.embed.doEmbed");
    text(w, "ai.model.provider", "");
    whole(w, "ai.usage.tokens", 100);
    for (size_t i = 0; i < ARRAY_N(pairs); i++) {
        w->attr[1].value.text = str_from_cz(pairs[i][0]);
        assert_ok(map_span(w), &w->why);
        struct str got = w->note.ev.dim[DIM_PROVIDER];
        assert_true(str_eq(got, str_from_cz(pairs[i][1])));
        assert_int_equal(w->note.ev.operation, OPERATION_EMBEDDINGS);
    }
}

static void langfuse_hands_on_usage_as_it_came(void **state)
{
    struct world *w = *state;
    text(w, "langfuse.observation.type", "generation");
    text(w, "langfuse.observation.model.name", "gpt-5.6");
    text(w, "langfuse.observation.usage_details",
         "{\"prompt_tokens\":100,\"completion_tokens\":50,\"total_tokens\":150,"
         "\"prompt_tokens_details\":{\"cached_tokens\":40,"
         "\"cache_write_tokens\":20,\"audio_tokens\":10},"
         "\"completion_tokens_details\":{\"reasoning_tokens\":15,"
         "\"audio_tokens\":5}}");
    for (int i = 0; i < 2; i++) {
        assert_ok(map_span(w), &w->why);
        assert_tokens(w, TOKEN_INPUT, 30);
        assert_tokens(w, TOKEN_CACHE_READ, 40);
        assert_tokens(w, TOKEN_CACHE_WRITE_5M, 20);
        assert_tokens(w, TOKEN_INPUT_AUDIO, 10);
        assert_tokens(w, TOKEN_OUTPUT, 30);
        assert_tokens(w, TOKEN_OUTPUT_REASONING, 15);
        assert_tokens(w, TOKEN_OUTPUT_AUDIO, 5);
        /* The same of Responses, which state no total here. */
        w->attr[2].value.text =
            STR("{\"input_tokens\":100,\"output_tokens\":50,"
                "\"input_tokens_details\":{\"cached_tokens\":40,"
                "\"cache_write_tokens\":20,\"audio_tokens\":10},"
                "\"output_tokens_details\":{\"reasoning_tokens\":15,"
                "\"audio_tokens\":5}}");
    }
}

static void codex_counts_the_end_of_a_response(void **state)
{
    struct world *w = *state;
    w->log.time_ns = 0;
    text(w, "event.name", "codex.sse_event");
    text(w, "event.kind", "response.completed");
    text(w, "event.timestamp", "2026-09-21T13:06:44Z");
    text(w, "conversation.id", "c-1");
    text(w, "model", "gpt-5-codex");
    whole(w, "input_token_count", 1000);
    whole(w, "cached_token_count", 600);
    whole(w, "output_token_count", 90);
    whole(w, "reasoning_token_count", 40);
    whole(w, "tool_token_count", 1090);
    assert_ok(map_log(w), &w->why);
    assert_tokens(w, TOKEN_INPUT, 400);
    assert_tokens(w, TOKEN_OUTPUT, 50);
    assert_tokens(w, TOKEN_OUTPUT_REASONING, 40);
    assert_true(w->note.ev.ts_us == INT64_C(1789996004000000));
    assert_true(str_starts(w->note.ev.id, STR("otlp:log:")));
    w->attr[1].value.text = STR("response.created");
    assert_rc(map_log(w), RC_NOT_FOUND);
}

/* Many in one span, an agent's turn, and each sent twice. */
static void records_of_one_span_are_calls_of_their_own(void **state)
{
    struct world *w = *state;
    w->log.has_span = true;
    text(w, "event.name", "gemini_cli.api_response");
    text(w, "model", "gemini-3-pro");
    whole(w, "input_token_count", 1000);
    assert_ok(map_log(w), &w->why);
    struct str first = w->note.ev.id;
    assert_ok(map_log(w), &w->why);
    assert_true(str_eq(w->note.ev.id, first));
    w->attr[2].value.whole = 1001;
    assert_ok(map_log(w), &w->why);
    assert_false(str_eq(w->note.ev.id, first));
    w->attr[2].value.whole = 1000;
    w->log.span_id[0]++;
    assert_ok(map_log(w), &w->why);
    assert_false(str_eq(w->note.ev.id, first));
}

static void spans_of_coding_agents_only_link(void **state)
{
    struct world *w = *state;
    resource(w, "service.name", "codex_cli_rs");
    chat(w, 100, 10);
    assert_ok(map_span(w), &w->why);
    assert_int_equal(w->note.role, OTLP_ROLE_NONE);
    w->resource[0].value.text = STR("gemini-cli");
    assert_ok(map_span(w), &w->why);
    assert_int_equal(w->note.role, OTLP_ROLE_NONE);
}

static void a_request_of_claude_code_is_one_by_span_or_event(void **state)
{
    struct world *w = *state;
    w->span.name = STR("claude_code.llm_request");
    w->log.event_name = STR("claude_code.api_request");
    text(w, "model", "claude-haiku-4-5");
    text(w, "request_id", "req_1");
    text(w, "input_tokens", "5");
    whole(w, "cache_read_tokens", 100);
    whole(w, "output_tokens", 9);
    assert_ok(map_log(w), &w->why);
    assert_str(w->note.ev.id, "req_1");
    assert_ok(map_span(w), &w->why);
    assert_str(w->note.ev.id, "req_1");
    assert_tokens(w, TOKEN_INPUT, 5);
    assert_tokens(w, TOKEN_CACHE_READ, 100);
    w->span.name = STR("claude_code.interaction");
    assert_ok(map_span(w), &w->why);
    assert_int_equal(w->note.role, OTLP_ROLE_NONE);
}

static void a_record_of_a_span_repeats_it(void **state)
{
    struct world *w = *state;
    w->log.event_name = STR("gen_ai.client.inference.operation.details");
    chat(w, 10, 1);
    assert_ok(map_log(w), &w->why);
    w->log.has_span = true;
    assert_rc(map_log(w), RC_NOT_FOUND);
}

/* ---- names ---- */

static void tolls_own_names_are_strongest(void **state)
{
    struct world *w = *state;
    resource(w, "toll.feature", "of-the-resource");
    resource(w, "toll.owner", "platform");
    resource(w, "team", "checkout");
    resource(w, "deployment.environment.name", "dev");
    resource(w, "service.version", "1.2");
    chat(w, 10, 1);
    text(w, "user.id", "someone");
    text(w, "toll.user", "u-1");
    text(w, "baggage.toll.feature", "search");
    text(w, "toll.tag.plan", "pro");
    text(w, "session.id", "s-1");
    text(w, "toll.run", "run-1");
    assert_ok(map_span(w), &w->why);
    const struct str *dim = w->note.ev.dim;
    assert_str(dim[DIM_USER], "u-1");
    assert_str(dim[DIM_FEATURE], "search");
    assert_str(dim[DIM_OWNER], "platform");
    assert_str(dim[DIM_RELEASE], "1.2");
    assert_str(dim[DIM_RUN], "run-1");
    assert_str(tag(w, "session"), "s-1");
    assert_str(tag(w, "plan"), "pro");
    assert_str(tag(w, "team"), "checkout");
    assert_int_equal(w->note.ev.environment, ENVIRONMENT_DEVELOPMENT);
    assert_true(w->note.has_environment);
    assert_int_equal(w->note.weak_dims, 1u << DIM_OWNER | 1u << DIM_RELEASE);
}

static void ids_name_one_call(void **state)
{
    struct world *w = *state;
    resource(w, "toll.id", "all-the-same");
    chat(w, 10, 1);
    text(w, "gen_ai.response.id", "resp-1");
    assert_ok(map_span(w), &w->why);
    assert_str(w->note.ev.id, "resp-1");
    text(w, "gen_ai.system", "ollama");
    assert_ok(map_span(w), &w->why);
    assert_int_equal(w->note.ev.id.n, 0);
    /* A client of OpenAI's that is pointed at Ollama. */
    w->attr[w->span.attrs.n - 1].value.text = STR("openai");
    w->attr[w->span.attrs.n - 2].value.text = STR("chatcmpl-417");
    assert_ok(map_span(w), &w->why);
    assert_int_equal(w->note.ev.id.n, 0);
    text(w, "toll.id", "mine");
    assert_ok(map_span(w), &w->why);
    assert_str(w->note.ev.id, "mine");
}

static void text_that_cannot_be_kept_is_left_out(void **state)
{
    struct world *w = *state;
    static char wide[LIMIT_DIM_MAX + 40];
    memset(wide, 'x', sizeof wide - 1);
    chat(w, 10, 1);
    text(w, "toll.customer", "\xff\xfe");
    text(w, "toll.feature", wide);
    assert_ok(map_span(w), &w->why);
    assert_int_equal(w->note.ev.dim[DIM_CUSTOMER].n, 0);
    assert_int_equal(w->note.ev.dim[DIM_FEATURE].n, LIMIT_DIM_MAX);
}

static void times_status_and_what_is_unknown(void **state)
{
    struct world *w = *state;
    chat(w, 10, 1);
    real(w, "gen_ai.response.time_to_first_chunk", 0.25);
    text(w, "error.type", "CancelledError");
    w->span.status = 2;
    assert_ok(map_span(w), &w->why);
    assert_int_equal(w->note.ev.latency_ms, 1500);
    assert_int_equal(w->note.ev.ttft_ms, 250);
    assert_int_equal(w->note.ev.status, EVENT_STATUS_CANCELLED);
    w->span.attrs.n = 2; /* its stream broke off */
    assert_ok(map_span(w), &w->why);
    assert_int_equal(w->note.role, OTLP_ROLE_CALL);
    assert_int_equal(w->note.ev.status, EVENT_STATUS_ERROR);
    assert_str(tag(w, "otlp_note"), "usage_unknown");
    w->span.end_ns = UINT64_MAX; /* what no event can hold */
    assert_ok(map_span(w), &w->why);
    assert_int_equal(w->note.ev.latency_ms, -1);
    w->span.start_ns = 1000000;
    assert_rc(map_span(w), RC_RANGE);
    w->span.start_ns = 0; /* not stated */
    assert_ok(map_span(w), &w->why);
    assert_true(w->note.ev.ts_us == NOW_US);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_total_tells_what_is_within),
        TEST(a_part_is_never_larger_than_its_whole),
        TEST(a_part_without_its_whole_is_noted),
        TEST(counts_come_in_three_kinds),
        TEST(what_is_no_count_refuses_its_span),
        TEST(a_cost_that_is_none_costs_no_call),
        TEST(counts_that_no_event_holds_refuse_their_span),
        TEST(an_agents_run_of_pydantic_repeats),
        TEST(details_of_pydantic_are_parts),
        TEST(details_of_the_ai_sdk_are_parts),
        TEST(the_ai_sdk_4_leaves_anthropics_cache_out),
        TEST(the_ai_sdks_gateway_names_its_vendor),
        TEST(langfuse_hands_on_usage_as_it_came),
        TEST(codex_counts_the_end_of_a_response),
        TEST(records_of_one_span_are_calls_of_their_own),
        TEST(spans_of_coding_agents_only_link),
        TEST(a_request_of_claude_code_is_one_by_span_or_event),
        TEST(a_record_of_a_span_repeats_it),
        TEST(tolls_own_names_are_strongest),
        TEST(ids_name_one_call),
        TEST(text_that_cannot_be_kept_is_left_out),
        TEST(times_status_and_what_is_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
