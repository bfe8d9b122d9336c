/* Any bytes as a file of one of the row formats, which the first byte picks,
 * or of whatever format its content tells. */
#include "import_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const formats[] = {
        NULL,
        "csv",
        "events",
        "rejects",
        "litellm",
        "openrouter",
        "litellm-logging",
        "bedrock",
        "helicone",
        "langfuse",
        "anthropic-usage",
        "openai-usage",
        "anthropic-costs",
        "openai-costs",
        "outcomes",
        "releases",
        "customers",
    };
    if (size == 0) {
        return 0;
    }
    size_t pick = (size_t)(data[0] - (data[0] >= '0' ? '0' : 0));
    import_fuzz_twice(formats[pick % ARRAY_N(formats)],
                      (struct str){.p = (const char *)data + 1, .n = size - 1});
    return 0;
}
