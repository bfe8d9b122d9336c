#include "event/event_provider.h"

#include <string.h>

#include "base/attr.h"

#define FOLD_MAX 32 /* bytes; longer than any alias below */

struct alias {
    struct str key; /* lower case, without the signs between words */
    struct str provider;
};

/* Names for one provider differ mostly in case and in the signs between
 * their words ("Azure_OpenAI", "azure-openai"), so both are dropped before
 * the look-up.  Sorted by key: a test says so.  Sources: the providers' own
 * names, OpenTelemetry's gen_ai.provider.name and gen_ai.system, LiteLLM's
 * custom_llm_provider, the price catalogue's ids, the AI SDK's ids. */
#define ALIAS(key, provider)              \
    {                                     \
        STR_INIT(key), STR_INIT(provider) \
    }
static const struct alias alias_table[] = {
    ALIAS("ai21", "ai21"),
    ALIAS("ai21labs", "ai21"),
    ALIAS("amazon", "bedrock"),
    ALIAS("amazonbedrock", "bedrock"),
    ALIAS("anthropic", "anthropic"),
    ALIAS("anthropicmessages", "anthropic"),
    ALIAS("aws", "bedrock"),
    ALIAS("awsbedrock", "bedrock"),
    ALIAS("azaiinference", "azure_ai"),
    ALIAS("azaiopenai", "azure"),
    ALIAS("azure", "azure"),
    ALIAS("azureai", "azure_ai"),
    ALIAS("azureaiinference", "azure_ai"),
    ALIAS("azureaiopenai", "azure"),
    ALIAS("azurechat", "azure"),
    ALIAS("azureopenai", "azure"),
    ALIAS("azureopenaichat", "azure"),
    ALIAS("azureopenairesponses", "azure"),
    ALIAS("azureresponses", "azure"),
    ALIAS("azuretext", "azure"),
    ALIAS("bedrock", "bedrock"),
    ALIAS("bedrockconverse", "bedrock"),
    ALIAS("cerebras", "cerebras"),
    ALIAS("cloudflare", "cloudflare"),
    ALIAS("cohere", "cohere"),
    ALIAS("coherechat", "cohere"),
    ALIAS("deepinfra", "deepinfra"),
    ALIAS("deepseek", "deepseek"),
    ALIAS("fireworks", "fireworks"),
    ALIAS("fireworksai", "fireworks"),
    ALIAS("gcpgemini", "gemini"),
    ALIAS("gcpgenai", "gemini"),
    ALIAS("gcpvertexai", "vertex"),
    ALIAS("gemini", "gemini"),
    ALIAS("githubcopilot", "github-copilot"),
    ALIAS("google", "gemini"),
    ALIAS("googleai", "gemini"),
    ALIAS("googleaistudio", "gemini"),
    ALIAS("googlegemini", "gemini"),
    ALIAS("googlegenai", "gemini"),
    ALIAS("googlegenerativeai", "gemini"),
    ALIAS("googlevertex", "vertex"),
    ALIAS("googlevertexai", "vertex"),
    ALIAS("googlevertexchat", "vertex"),
    ALIAS("groq", "groq"),
    ALIAS("groqchat", "groq"),
    ALIAS("hostedvllm", "vllm"),
    ALIAS("huggingface", "huggingface"),
    ALIAS("ibmwatsonx", "watsonx"),
    ALIAS("ibmwatsonxai", "watsonx"),
    ALIAS("minimax", "minimax"),
    ALIAS("mistral", "mistral"),
    ALIAS("mistralai", "mistral"),
    ALIAS("mistralchat", "mistral"),
    ALIAS("moonshot", "moonshot"),
    ALIAS("moonshotai", "moonshot"),
    ALIAS("novita", "novita"),
    ALIAS("novitaai", "novita"),
    ALIAS("ollama", "ollama"),
    ALIAS("ollamachat", "ollama"),
    ALIAS("openai", "openai"),
    ALIAS("openaichat", "openai"),
    ALIAS("openaicompletion", "openai"),
    ALIAS("openaiembedding", "openai"),
    ALIAS("openairesponses", "openai"),
    ALIAS("openrouter", "openrouter"),
    ALIAS("perplexity", "perplexity"),
    ALIAS("perplexityai", "perplexity"),
    ALIAS("replicate", "replicate"),
    ALIAS("sambanova", "sambanova"),
    ALIAS("together", "together"),
    ALIAS("togetherai", "together"),
    ALIAS("vertex", "vertex"),
    ALIAS("vertexai", "vertex"),
    ALIAS("vertexaibeta", "vertex"),
    ALIAS("vllm", "vllm"),
    ALIAS("voyage", "voyage"),
    ALIAS("voyageai", "voyage"),
    ALIAS("watsonx", "watsonx"),
    ALIAS("xai", "xai"),
    ALIAS("xaichat", "xai"),
    ALIAS("zai", "zai"),
};

/* fold_key: the name without case and word signs, in `space`; empty when it
 * is longer than any alias. */
static struct str fold_key(struct str name, char space[FOLD_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        if (c == '.' || c == '_' || c == '-' || c == ' ') {
            continue;
        }
        if (n == FOLD_MAX) {
            return STR_EMPTY;
        }
        if (c >= 'A' && c <= 'Z') {
            c = (char)(c + ('a' - 'A'));
        }
        space[n++] = c;
    }
    return (struct str){.p = space, .n = n};
}

struct str provider_fold(struct str name)
{
    char space[FOLD_MAX];
    struct str key = fold_key(name, space);
    size_t lo = 0;
    size_t hi = ARRAY_N(alias_table);
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int order = str_cmp(alias_table[mid].key, key);
        if (order == 0) {
            return alias_table[mid].provider;
        }
        if (order < 0) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return name;
}

/* What the beginning of a model's name says.  The first row that fits wins,
 * so exceptions stand before their rule; an empty provider says that the name
 * alone does not tell.  Open-weight families (llama, qwen, gpt-oss, gemma,
 * mixtral, deepseek-v3, kimi, glm, ...) are served by many and have no row. */
struct model_rule {
    struct str begin;
    bool whole; /* the name is `begin`, or goes on after a sign */
    struct str provider;
};

#define BEGINS(text, provider)                    \
    {                                             \
        STR_INIT(text), false, STR_INIT(provider) \
    }
#define NAMED(text, provider)                    \
    {                                            \
        STR_INIT(text), true, STR_INIT(provider) \
    }
static const struct model_rule model_rules[] = {
    BEGINS("claude-", "anthropic"),
    BEGINS("gpt-35-", "azure"), /* only Azure leaves out the point */
    BEGINS("gpt-oss", ""),      /* open weights, these and the next three */
    BEGINS("gpt-neo", ""),
    BEGINS("gpt-j", ""),
    NAMED("gpt-2", ""),
    BEGINS("gpt-", "openai"),
    BEGINS("chatgpt-", "openai"),
    NAMED("o1", "openai"),
    NAMED("o3", "openai"),
    NAMED("o4", "openai"),
    BEGINS("codex-mini", "openai"),
    BEGINS("computer-use-", "openai"),
    BEGINS("text-embedding-3-", "openai"),
    BEGINS("text-embedding-ada-", "openai"),
    BEGINS("text-davinci-", "openai"),
    BEGINS("davinci-002", "openai"),
    BEGINS("babbage-002", "openai"),
    BEGINS("omni-moderation-", "openai"),
    BEGINS("text-moderation-", "openai"),
    BEGINS("dall-e-", "openai"),
    NAMED("whisper-1", "openai"),
    NAMED("tts-1", "openai"),
    NAMED("sora-2", "openai"),
    BEGINS("gemini-", "gemini"),
    BEGINS("imagen-", "gemini"),
    BEGINS("veo-", "gemini"),
    BEGINS("mistral-large-", "mistral"),
    BEGINS("mistral-medium-", "mistral"),
    BEGINS("mistral-small-latest", "mistral"),
    BEGINS("mistral-embed", "mistral"),
    BEGINS("mistral-ocr-", "mistral"),
    BEGINS("mistral-moderation-", "mistral"),
    BEGINS("codestral-", "mistral"),
    BEGINS("magistral-medium-", "mistral"),
    BEGINS("open-mistral-", "mistral"),
    BEGINS("open-mixtral-", "mistral"),
    BEGINS("command-r", "cohere"),
    BEGINS("command-a-", "cohere"),
    BEGINS("embed-english-", "cohere"),
    BEGINS("embed-multilingual-", "cohere"),
    BEGINS("embed-v4", "cohere"),
    BEGINS("rerank-v", "cohere"),
    BEGINS("rerank-english-", "cohere"),
    BEGINS("rerank-multilingual-", "cohere"),
    NAMED("deepseek-chat", "deepseek"),
    NAMED("deepseek-reasoner", "deepseek"),
    BEGINS("grok-", "xai"),
    NAMED("sonar", "perplexity"),
    BEGINS("voyage-", "voyage"),
    BEGINS("moonshot-v1-", "moonshot"),
};

static bool rule_fits(const struct model_rule *rule, struct str model)
{
    if (!str_starts_nocase(model, rule->begin)) {
        return false;
    }
    struct str rest = str_sub(model, rule->begin.n, SIZE_MAX);
    return !rule->whole || rest.n == 0 || rest.p[0] == '-' || rest.p[0] == '.';
}

static struct str by_begin(struct str model)
{
    for (size_t i = 0; i < ARRAY_N(model_rules); i++) {
        if (rule_fits(&model_rules[i], model)) {
            return model_rules[i].provider;
        }
    }
    return STR_EMPTY;
}

/* Bedrock's own spelling: "anthropic.claude-...", with a region's profile in
 * front ("us.anthropic.claude-..."). */
static bool is_bedrock(struct str model)
{
    static const struct str profiles[] = {
        STR_INIT("us."), STR_INIT("eu."),     STR_INIT("apac."),
        STR_INIT("jp."), STR_INIT("au."),     STR_INIT("ca."),
        STR_INIT("sa."), STR_INIT("us-gov."), STR_INIT("global."),
    };
    static const struct str vendors[] = {
        STR_INIT("ai21."),       STR_INIT("amazon."),
        STR_INIT("anthropic."),  STR_INIT("cohere."),
        STR_INIT("deepseek."),   STR_INIT("google."),
        STR_INIT("meta."),       STR_INIT("minimax."),
        STR_INIT("mistral."),    STR_INIT("moonshot."),
        STR_INIT("moonshotai."), STR_INIT("nvidia."),
        STR_INIT("openai."),     STR_INIT("qwen."),
        STR_INIT("stability."),  STR_INIT("twelvelabs."),
        STR_INIT("writer."),     STR_INIT("zai."),
    };
    for (size_t i = 0; i < ARRAY_N(profiles); i++) {
        if (str_starts_nocase(model, profiles[i])) {
            model = str_sub(model, profiles[i].n, SIZE_MAX);
            break;
        }
    }
    for (size_t i = 0; i < ARRAY_N(vendors); i++) {
        if (str_starts_nocase(model, vendors[i])) {
            return true;
        }
    }
    return str_starts_nocase(model, STR("arn:aws:bedrock:"));
}

/* A path: its first element is a provider only where no router names vendors
 * that way ("openai/gpt-4o" may be OpenRouter's, or a gateway's). */
static struct str by_path(struct str model)
{
    static const struct model_rule paths[] = {
        BEGINS("models/gemini-", "gemini"),
        BEGINS("publishers/", "vertex"),
        BEGINS("projects/", "vertex"),
        BEGINS("accounts/fireworks/", "fireworks"),
        BEGINS("@cf/", "cloudflare"),
        BEGINS("openrouter/", "openrouter"),
        BEGINS("azure/", "azure"),
        BEGINS("bedrock/", "bedrock"),
        BEGINS("gemini/", "gemini"),
        BEGINS("groq/", "groq"),
        BEGINS("ollama/", "ollama"),
        BEGINS("ollama_chat/", "ollama"),
        BEGINS("together_ai/", "together"),
        BEGINS("fireworks_ai/", "fireworks"),
        BEGINS("vertex_ai/", "vertex"),
        BEGINS("hosted_vllm/", "vllm"),
    };
    for (size_t i = 0; i < ARRAY_N(paths); i++) {
        if (rule_fits(&paths[i], model)) {
            return paths[i].provider;
        }
    }
    return STR_EMPTY;
}

struct str provider_of_model(struct str model)
{
    model = str_trim(model);
    if (is_bedrock(model)) {
        return STR("bedrock");
    }
    if (str_find_char(model, '/', 0) != SIZE_MAX) {
        return by_path(model);
    }
    if (str_starts_nocase(model, STR("ft:gpt-"))) {
        return STR("openai");
    }
    /* "command-r:35b", "gpt-oss:20b": a local server's tag. */
    if (str_find_char(model, ':', 0) != SIZE_MAX) {
        return STR_EMPTY;
    }
    /* "claude-sonnet-4-5@20250929": only Vertex writes versions so. */
    if (str_find_char(model, '@', 0) != SIZE_MAX) {
        return str_starts_nocase(model, STR("claude-")) ? STR("vertex")
                                                        : STR_EMPTY;
    }
    return by_begin(model);
}

bool provider_may_serve(struct str provider, struct str model)
{
    static const struct str vendors[] = {
        STR_INIT("openai"),  STR_INIT("anthropic"), STR_INIT("gemini"),
        STR_INIT("mistral"), STR_INIT("cohere"),    STR_INIT("deepseek"),
        STR_INIT("xai"),
    };
    struct str certain = provider_of_model(model);
    bool is_vendor = false;

    provider = provider_fold(provider);
    for (size_t i = 0; i < ARRAY_N(vendors); i++) {
        is_vendor = is_vendor || str_eq(provider, vendors[i]);
    }
    return !is_vendor || certain.n == 0 || str_eq(certain, provider);
}

static bool is_digits(struct str text)
{
    size_t n = 0;
    while (n < text.n && text.p[n] >= '0' && text.p[n] <= '9') {
        n++;
    }
    return n == text.n && n > 0;
}

bool provider_id_repeats(struct str id)
{
    enum { DIGITS_MAX = 6 };
    static const struct str begins[] = {
        STR_INIT("chatcmpl-"),
        STR_INIT("cmpl-"),
        STR_INIT("resp_"),
    };
    for (size_t i = 0; i < ARRAY_N(begins); i++) {
        struct str rest = str_sub(id, begins[i].n, SIZE_MAX);
        if (str_starts(id, begins[i]) && rest.n <= DIGITS_MAX &&
            is_digits(rest)) {
            return true;
        }
    }
    return false;
}
