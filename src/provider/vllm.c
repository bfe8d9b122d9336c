/* vLLM: OpenAI's dialects.  On request each chunk of a stream has the counts
 * so far; the last ones are final. */
#include "provider/openai_priv.h"

const struct vendor vendor_vllm = {
    .name = STR_INIT("vllm"),
    .ask = ASK_ON_REQUEST,
    .has_unique_ids = true,
    .error = openai_error,
};
