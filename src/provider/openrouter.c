/* OpenRouter: OpenAI's chat and Responses, and Anthropic's Messages, with the
 * money it charged.  Of a call on the caller's own key it charges a fee, and
 * the upstream's price is told beside it. */
#include "provider/openai_priv.h"

#include "base/buf.h"
#include "base/num.h"
#include "provider/provider_error_priv.h"

static const struct member rows[] = {
    MONEY("cost", REPORTED, 0),
    MONEY("cost_details.upstream_inference_cost", UPSTREAM, 0),
    SKIP("cost_details.upstream_inference_prompt_cost"),
    SKIP("cost_details.upstream_inference_completions_cost"),
    SKIP("cost_details.upstream_inference_input_cost"),
    SKIP("cost_details.upstream_inference_output_cost"),
    SKIP("cost_details.server_tool_cost"),
    EXTRA("is_byok", "is_byok"),
    COUNT("prompt_tokens_details.video_tokens", IMAGE_IN),
    COUNT("server_tool_use_details.web_search_requests", SEARCHES),
    COUNT("server_tool_use.web_search_requests", SEARCHES),
    SKIP("server_tool_use_details.tool_calls_requested"),
    SKIP("server_tool_use_details.tool_calls_executed"),
};

static bool is_own_key(const struct draft *d)
{
    for (size_t i = 0; i < d->n_extra; i++) {
        if (str_eq(d->extra[i].name, STR("is_byok"))) {
            return str_eq(d->extra[i].text, STR("true"));
        }
    }
    return false;
}

static void part(struct draft *d, const struct part *part)
{
    draft_extra_text(d, STR("upstream_provider"),
                     json_str(json_get(part->json, "provider")));
}

static void settle(struct draft *d)
{
    struct usage *u = &d->usage;
    int64_t sum;
    if (is_own_key(d) && (u->has_cost >> COST_UPSTREAM & 1) != 0 &&
        num_add_i64(u->cost[COST_REPORTED].pico, u->cost[COST_UPSTREAM].pico,
                    &sum) == RC_OK) {
        u->cost[COST_REPORTED].pico = sum;
        u->has_cost |= 1 << COST_REPORTED;
    }
}

static void error(int status, struct str message, struct buf *out)
{
    struct json_writer w;
    json_w_init(&w, out);
    json_w_obj(&w);
    json_w_key(&w, STR("error"));
    json_w_obj(&w);
    json_w_key(&w, STR("code"));
    json_w_i64(&w, status);
    error_member(&w, "message", message);
    json_w_obj_end(&w);
    json_w_obj_end(&w);
}

const struct vendor vendor_openrouter = {
    .name = STR_INIT("openrouter"),
    .ask = ASK_ALWAYS_SENT,
    .has_unique_ids = true,
    .members = MEMBERS(rows),
    .part = part,
    .settle = settle,
    .error = error,
};
