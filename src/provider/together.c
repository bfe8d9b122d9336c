/* Together: OpenAI's dialects as they are. */
#include "provider/openai_priv.h"

const struct vendor vendor_together = {
    .name = STR_INIT("together"),
    .ask = ASK_ON_REQUEST,
    .has_unique_ids = true,
    .error = openai_error,
};
