/* Vertex AI: Gemini, Anthropic's Messages and OpenAI's chat under paths of
 * its own.  The location in the path bears on the price. */
#include "provider/google_priv.h"

static void start(struct draft *d, const struct provider_context *context)
{
    draft_extra_text(d, STR("location"),
                     path_after(path_only(context->path), STR("/locations/")));
}

static const char *const request_id_headers[] = {"request-id",
                                                 "x-goog-request-id", NULL};

const struct vendor vendor_vertex = {
    .name = STR_INIT("vertex"),
    .ask = ASK_ON_REQUEST,
    .has_unique_ids = true,
    .request_id_headers = request_id_headers,
    .start = start,
    .settle = google_settle,
    .error = google_error,
};
