/* Any bytes as a body in OTLP's JSON. */
#include "otlp_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t n = 0;
    struct str body = {.p = (const char *)data, .n = size};
    otlp_fuzz_body(body, otlp_json_spans, otlp_json_logs);
    enum rc rc = otlp_json_metrics(body, &n, NULL);
    CHECK(rc == RC_OK || rc == RC_PARSE || rc == RC_LIMIT);
    return 0;
}
