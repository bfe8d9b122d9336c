#include "provider/provider_priv.h"

const struct dialect *const dialect_table[] = {
    &dialect_anthropic_batch,
    &dialect_anthropic_messages,
    &dialect_bedrock_converse,
    &dialect_bedrock_invoke,
    &dialect_cohere,
    &dialect_cohere_tokens,
    &dialect_gemini,
    &dialect_gemini_interactions,
    &dialect_mistral_conversations,
    &dialect_mistral_ocr,
    &dialect_ollama,
    &dialect_openai_batch,
    &dialect_openai_chat,
    &dialect_openai_embeddings,
    &dialect_openai_images,
    &dialect_openai_realtime,
    &dialect_openai_responses,
    &dialect_openai_speech,
    &dialect_openai_transcription,
};
const size_t dialect_table_n = ARRAY_N(dialect_table);

const struct vendor *const vendor_table[] = {
    &vendor_anthropic,  &vendor_azure,     &vendor_bedrock, &vendor_cohere,
    &vendor_deepseek,   &vendor_fireworks, &vendor_gemini,  &vendor_groq,
    &vendor_mistral,    &vendor_ollama,    &vendor_openai,  &vendor_openrouter,
    &vendor_perplexity, &vendor_together,  &vendor_vertex,  &vendor_vllm,
    &vendor_xai,
};
const size_t vendor_table_n = ARRAY_N(vendor_table);

const struct vendor *vendor_find(struct str provider)
{
    size_t lo = 0;
    size_t hi = vendor_table_n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int order = str_cmp(vendor_table[mid]->name, provider);
        if (order == 0) {
            return vendor_table[mid];
        }
        if (order < 0) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return &vendor_compatible;
}
