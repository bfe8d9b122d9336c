/* Any bytes as a session log of Claude Code. */
#include "import_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    import_fuzz_twice("claude-code",
                      (struct str){.p = (const char *)data, .n = size});
    return 0;
}
