/* xAI: OpenAI's dialects and Anthropic's Messages.  In chat, reasoning stands
 * beside the output; the bill of each call is told in ticks of 10^-10 dollar.
 * Sources of a live search were once what was paid. */
#include "provider/openai_priv.h"

#include "base/buf.h"
#include "provider/provider_error_priv.h"

static const struct member rows[] = {
    MONEY("cost_in_usd_ticks", REPORTED, 10),
    EXTRA("num_sources_used", "sources_used"),
};

static void error(int status, struct str message, struct buf *out)
{
    static const struct error_word words[] = {
        {400, "Client specified an invalid argument"},
        {401, "Unauthenticated"},
        {403, "The caller does not have permission"},
        {404, "Some requested entity was not found"},
        {429, "Some resource has been exhausted"},
        {500, "Internal error"},
        {0, NULL},
    };
    struct json_writer w;
    json_w_init(&w, out);
    json_w_obj(&w);
    error_member(&w, "code", error_word(words, status));
    error_member(&w, "error", message);
    json_w_obj_end(&w);
}

const struct vendor vendor_xai = {
    .name = STR_INIT("xai"),
    .ask = ASK_ON_REQUEST,
    .has_unique_ids = true,
    .reasoning = REASONING_OUTSIDE,
    .members = MEMBERS(rows),
    .request_id_headers = openai_request_id_headers,
    .error = error,
};
