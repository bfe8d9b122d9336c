/* Groq: OpenAI's dialects.  A stream tells its usage twice, under x_groq
 * unasked and at the top when asked: it is one call.  In a whole body x_groq
 * has figures of the hardware.  A compound system tells what each of its
 * models used, and those are the calls. */
#include "provider/openai_priv.h"

static const struct member rows[] = {
    SKIP("queue_time"),      SKIP("prompt_time"), SKIP("completion_time"),
    SKIP("completion_wait"), SKIP("total_time"),
};

enum { WHISPER_LEAST_SECONDS = 10 }; /* each file is billed so much */

static void read_breakdown(struct draft *d, const struct json *breakdown)
{
    const struct json *models = json_get(breakdown, "models");
    if (json_n(models) == 0 || d->dialect != &dialect_openai_chat) {
        return;
    }
    d->n_asides = 0;
    for (const struct json *j = json_first(models); j != NULL;
         j = json_next(j)) {
        struct usage *u = draft_aside(d, json_str(json_get(j, "model")));
        struct usage told = {.is_set = 0};
        usage_read_into(d, json_get(j, "usage"), "usage", &told);
        if (u != NULL) {
            usage_add_all(u, &told);
        }
    }
    d->is_replaced = true;
    d->is_final = true;
    d->is_seen = true;
}

static void read_whisper(struct draft *d, const struct json *j)
{
    double seconds = json_f64(json_get(j, "duration"));
    if (d->dialect == &dialect_openai_transcription && !d->has_usage &&
        seconds > 0) {
        draft_extra_n(d, STR("audio_seconds"),
                      seconds > WHISPER_LEAST_SECONDS ? seconds
                                                      : WHISPER_LEAST_SECONDS);
        d->is_quantity = true;
        d->is_final = true;
    }
}

static void part(struct draft *d, const struct part *part)
{
    const struct json *x_groq = json_get(part->json, "x_groq");
    draft_member(d, &d->request_id, json_get(x_groq, "id"));
    if (part->is_stream && !d->has_usage &&
        usage_read(d, json_get(x_groq, "usage"), "usage")) {
        d->is_final = d->has_finish;
    }
    read_breakdown(d, json_get(part->json, "usage_breakdown"));
    read_breakdown(d, json_get(x_groq, "usage_breakdown"));
    read_whisper(d, part->json);
}

const struct vendor vendor_groq = {
    .name = STR_INIT("groq"),
    .ask = ASK_ALWAYS_SENT,
    .has_unique_ids = true,
    .members = MEMBERS(rows),
    .request_id_headers = openai_request_id_headers,
    .part = part,
    .error = openai_error,
};
