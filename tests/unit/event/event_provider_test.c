#include "test.h"

#include "event/event_provider.h"

struct pair {
    const char *name;
    const char *provider;
};

static void check_fold(const struct pair *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct str got = provider_fold(str_from_cz(rows[i].name));
        struct str want = str_from_cz(rows[i].provider);
        if (!str_eq(got, want)) {
            fail_msg("%s folds to %.*s, not %s", rows[i].name, STR_ARG(got),
                     rows[i].provider);
        }
    }
}

/* Every spelling that the table should know, so that a row out of order,
 * which the look-up would miss, fails here. */
static void test_known_spellings_fold_into_one(void **state)
{
    (void)state;
    static const struct pair rows[] = {
        {"openai", "openai"},
        {"OpenAI", "openai"},
        {"open_ai", "openai"},
        {"openai.chat", "openai"},
        {"openai.responses", "openai"},
        {"openai.completion", "openai"},
        {"openai.embedding", "openai"},
        {"azure", "azure"},
        {"Azure", "azure"},
        {"azure.ai.openai", "azure"},
        {"az.ai.openai", "azure"},
        {"azure_openai", "azure"},
        {"azure-openai.chat", "azure"},
        {"azure-openai.responses", "azure"},
        {"azure.chat", "azure"},
        {"azure.responses", "azure"},
        {"azure_text", "azure"},
        {"azure.ai.inference", "azure_ai"},
        {"az.ai.inference", "azure_ai"},
        {"azure_ai", "azure_ai"},
        {"anthropic", "anthropic"},
        {"anthropic.messages", "anthropic"},
        {"bedrock", "bedrock"},
        {"bedrock_converse", "bedrock"},
        {"aws", "bedrock"},
        {"AWS", "bedrock"},
        {"aws.bedrock", "bedrock"},
        {"aws_bedrock", "bedrock"},
        {"amazon", "bedrock"},
        {"amazon-bedrock", "bedrock"},
        {"vertex", "vertex"},
        {"vertexai", "vertex"},
        {"vertex_ai", "vertex"},
        {"vertex_ai_beta", "vertex"},
        {"gcp.vertex_ai", "vertex"},
        {"google.vertex", "vertex"},
        {"google_vertex_ai", "vertex"},
        {"google.vertex.chat", "vertex"},
        {"gemini", "gemini"},
        {"google", "gemini"},
        {"google_ai", "gemini"},
        {"google-ai-studio", "gemini"},
        {"google_gemini", "gemini"},
        {"google-genai", "gemini"},
        {"google.generative-ai", "gemini"},
        {"gcp.gemini", "gemini"},
        {"gcp.gen_ai", "gemini"},
        {"mistral", "mistral"},
        {"mistral_ai", "mistral"},
        {"mistralai", "mistral"},
        {"mistral.chat", "mistral"},
        {"cohere", "cohere"},
        {"cohere_chat", "cohere"},
        {"deepseek", "deepseek"},
        {"xai", "xai"},
        {"x_ai", "xai"},
        {"x-ai", "xai"},
        {"xai.chat", "xai"},
        {"groq", "groq"},
        {"groq.chat", "groq"},
        {"together", "together"},
        {"together_ai", "together"},
        {"openrouter", "openrouter"},
        {"ollama", "ollama"},
        {"ollama_chat", "ollama"},
        {"vllm", "vllm"},
        {"hosted_vllm", "vllm"},
        {"perplexity", "perplexity"},
        {"perplexity-ai", "perplexity"},
        {"ibm.watsonx.ai", "watsonx"},
        {"ibm_watsonx", "watsonx"},
        {"watsonx", "watsonx"},
        {"moonshot", "moonshot"},
        {"moonshot_ai", "moonshot"},
        {"hugging_face", "huggingface"},
        {"fireworks", "fireworks"},
        {"fireworks_ai", "fireworks"},
        {"replicate", "replicate"},
        {"cerebras", "cerebras"},
        {"cloudflare", "cloudflare"},
        {"deepinfra", "deepinfra"},
        {"github-copilot", "github-copilot"},
        {"minimax", "minimax"},
        {"novita", "novita"},
        {"novita-ai", "novita"},
        {"sambanova", "sambanova"},
        {"voyage", "voyage"},
        {"voyageai", "voyage"},
        {"ai21", "ai21"},
        {"ai21_labs", "ai21"},
        {"z.ai", "zai"},
    };
    check_fold(rows, ARRAY_N(rows));
}

static void test_unknown_names_stay_as_they_are(void **state)
{
    (void)state;
    struct str name = STR("Our-Gateway");
    assert_ptr_equal(provider_fold(name).p, name.p);
    assert_str(provider_fold(name), "Our-Gateway");
    assert_int_equal(provider_fold(STR_EMPTY).n, 0);
    /* No alias is as long as what is looked up, nor its beginning. */
    assert_str(provider_fold(STR("openaixxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")),
               "openaixxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
    assert_str(provider_fold(STR("opena")), "opena");
}

static void check_models(const struct pair *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct str got = provider_of_model(str_from_cz(rows[i].name));
        struct str want = str_from_cz(rows[i].provider);
        if (!str_eq(got, want)) {
            fail_msg("%s is of \"%.*s\", not \"%s\"", rows[i].name,
                     STR_ARG(got), rows[i].provider);
        }
    }
}

static void test_vendors_serve_their_own_models(void **state)
{
    (void)state;
    assert_true(provider_may_serve(STR("openai"), STR("gpt-4o-mini")));
    assert_false(provider_may_serve(STR("anthropic"), STR("gpt-4o-mini")));
    assert_false(provider_may_serve(STR("google"), STR("claude-haiku-4-5")));
    assert_true(provider_may_serve(STR("openai"), STR("ours-7b")));
    assert_true(provider_may_serve(STR("azure"), STR("gpt-4o-mini")));
    assert_true(provider_may_serve(STR("openrouter"), STR("claude-haiku-4-5")));
}

static void test_models_whose_name_is_certain(void **state)
{
    (void)state;
    static const struct pair rows[] = {
        {"gpt-4o-2024-11-20", "openai"},
        {"gpt-4.1-mini-2025-04-14", "openai"},
        {"gpt-5.6-sol", "openai"},
        {"GPT-4", "openai"},
        {"gpt-image-1.5", "openai"},
        {"gpt-35-turbo", "azure"},
        {"chatgpt-4o-latest", "openai"},
        {"o1", "openai"},
        {"o3-2025-04-16", "openai"},
        {"o4-mini-2025-04-16", "openai"},
        {"text-embedding-3-large", "openai"},
        {"text-embedding-ada-002", "openai"},
        {"whisper-1", "openai"},
        {"tts-1-hd", "openai"},
        {"ft:gpt-4o-mini-2024-07-18:org:name:id", "openai"},
        {"claude-opus-5", "anthropic"},
        {"claude-opus-5[1m]", "anthropic"},
        {"claude-sonnet-4-5@20250929", "vertex"},
        {"anthropic.claude-haiku-4-5-20251001-v1:0", "bedrock"},
        {"us.anthropic.claude-opus-4-6-v1", "bedrock"},
        {"global.openai.gpt-5.6-sol", "bedrock"},
        {"mistral.mistral-large-2407-v1:0", "bedrock"},
        {"arn:aws:bedrock:us-east-1:1:inference-profile/x", "bedrock"},
        {"gemini-2.5-flash", "gemini"},
        {"models/gemini-2.5-pro", "gemini"},
        {"publishers/google/models/gemini-2.5-pro", "vertex"},
        {"mistral-large-2411", "mistral"},
        {"codestral-2508", "mistral"},
        {"command-r7b-12-2024", "cohere"},
        {"command-a-03-2025", "cohere"},
        {"rerank-v3.5", "cohere"},
        {"deepseek-reasoner", "deepseek"},
        {"grok-4-0709", "xai"},
        {"sonar", "perplexity"},
        {"sonar-deep-research", "perplexity"},
        {"voyage-3.5-lite", "voyage"},
        {"openrouter/anthropic/claude-sonnet-4.5", "openrouter"},
        {"groq/openai/gpt-oss-120b", "groq"},
        {"azure/gpt-4o", "azure"},
        {"accounts/fireworks/models/llama-v3p1-8b", "fireworks"},
        {" gpt-4o ", "openai"},
    };
    check_models(rows, ARRAY_N(rows));
}

/* Served by many: to guess one would be to guess a price. */
static void test_models_whose_name_is_not_certain(void **state)
{
    (void)state;
    static const struct pair rows[] = {
        {"", ""},
        {"llama3.2", ""},
        {"llama-3.3-70b-versatile", ""},
        {"gpt-oss-120b", ""},
        {"gpt-oss:20b", ""},
        {"gpt-neox-20b", ""},
        {"gpt-2", ""},
        {"command-r:35b", ""},
        {"deepseek-r1", ""},
        {"whisper-large-v3", ""},
        {"whisper-10", ""},
        {"o10", ""},
        {"o3d", ""},
        {"sonarqube", ""},
        {"text-embedding-004", ""},
        {"mixtral-8x7b-32768", ""},
        {"mistral-7b-instruct", ""},
        {"mistral-small:24b", ""},
        {"rerank-2", ""},
        {"openai/gpt-4.1", ""},
        {"anthropic/claude-sonnet-4.5", ""},
        {"meta-llama/Llama-3.3-70B-Instruct", ""},
        {"some-model@v1", ""},
        {"us.", ""},
        {"x", ""},
    };
    check_models(rows, ARRAY_N(rows));
}

static void test_ids_of_few_digits_come_again(UNUSED void **state)
{
    assert_true(provider_id_repeats(STR("chatcmpl-7")));
    assert_true(provider_id_repeats(STR("cmpl-417")));
    assert_true(provider_id_repeats(STR("resp_999998")));
    assert_false(provider_id_repeats(STR("")));
    assert_false(provider_id_repeats(STR("chatcmpl-")));
    assert_false(provider_id_repeats(STR("chatcmpl-1234567")));
    assert_false(provider_id_repeats(STR("chatcmpl-12a")));
    assert_false(provider_id_repeats(STR("gen-417")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_spellings_fold_into_one),
        cmocka_unit_test(test_unknown_names_stay_as_they_are),
        cmocka_unit_test(test_vendors_serve_their_own_models),
        cmocka_unit_test(test_models_whose_name_is_certain),
        cmocka_unit_test(test_models_whose_name_is_not_certain),
        cmocka_unit_test(test_ids_of_few_digits_come_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
