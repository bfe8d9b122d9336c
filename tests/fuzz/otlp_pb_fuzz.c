/* Any bytes as a body in OTLP's protobuf. */
#include "otlp_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t n = 0;
    struct str body = {.p = (const char *)data, .n = size};
    otlp_fuzz_body(body, otlp_pb_spans, otlp_pb_logs);
    enum rc rc = otlp_pb_metrics(body, &n, NULL);
    CHECK(rc == RC_OK || rc == RC_PARSE || rc == RC_LIMIT);
    return 0;
}
