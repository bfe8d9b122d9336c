/* Any bytes as a session log of the Codex CLI. */
#include "import_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    import_fuzz_twice("codex",
                      (struct str){.p = (const char *)data, .n = size});
    return 0;
}
