/* The output file of OpenAI's Batch: one line a request, in any order, each
 * with a whole body of the route that was asked.  Lines that failed or
 * expired are not billed. */
#include "provider/openai_priv.h"

static void part(struct draft *d, const struct part *part)
{
    const struct json *j = part->json;
    const struct json *response = json_get(j, "response");
    const struct json *body = json_get(response, "body");
    const struct dialect *dialect = detect_dialect(body);
    struct draft line;
    int64_t status = 0;
    /* A batch within a batch is none. */
    if (dialect == NULL || dialect == d->dialect ||
        json_i64(json_get(response, "status_code"), &status) != RC_OK ||
        status >= 400) {
        return;
    }
    draft_as(&line, d, dialect);
    part_read(&line, &(struct part){.json = body});
    draft_member(&line, &line.request_id, json_get(response, "request_id"));
    draft_extra_text(&line, STR("custom_id"),
                     json_str(json_get(j, "custom_id")));
    draft_text(&line, &line.tier_word, STR("batch"));
    draft_close(&line);
}

const struct dialect dialect_openai_batch = {
    .name = STR_INIT("openai-batch"),
    .operation = OPERATION_OTHER,
    .part = part,
};
