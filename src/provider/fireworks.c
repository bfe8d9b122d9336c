/* Fireworks: OpenAI's dialects as they are. */
#include "provider/openai_priv.h"

const struct vendor vendor_fireworks = {
    .name = STR_INIT("fireworks"),
    .ask = ASK_ON_REQUEST,
    .has_unique_ids = true,
    .error = openai_error,
};
