/* Azure OpenAI: OpenAI's dialects.  The deployment is the model that was
 * asked for; the body names the one that served.  A stream begins with a
 * chunk about content filters, which has neither. */
#include "provider/openai_priv.h"

static void start(struct draft *d, const struct provider_context *context)
{
    if (context->header != NULL) {
        draft_extra_text(d, STR("region"),
                         context->header(context->header_arg, "x-ms-region"));
    }
}

static const char *const request_id_headers[] = {"apim-request-id",
                                                 "x-request-id", NULL};

const struct vendor vendor_azure = {
    .name = STR_INIT("azure"),
    .ask = ASK_ON_REQUEST,
    .has_unique_ids = true,
    .request_id_headers = request_id_headers,
    .start = start,
    .error = openai_error,
};
