/* OpenAI's transcription and translation, which tell tokens or seconds, and
 * its speech, which tells tokens only as a stream of events.  The details
 * stand under "input_token_details", in the singular. */
#include "provider/openai_priv.h"

static const struct member rows[] = {
    COUNT("input_tokens", INPUT),
    COUNT("output_tokens", OUTPUT),
    COUNT("total_tokens", TOTAL),
    COUNT("input_token_details.audio_tokens", AUDIO_IN),
    SKIP("input_token_details.text_tokens"),
    EXTRA("seconds", "audio_seconds"),
};

static void read_usage(struct draft *d, const struct json *j)
{
    const struct json *usage = json_get(j, "usage");
    if (usage_read(d, usage, "usage")) {
        d->is_final = true;
        d->is_quantity =
            str_eq(json_str(json_get(usage, "type")), STR("duration"));
    }
}

static void transcription_part(struct draft *d, const struct part *part)
{
    openai_head(d, part->json);
    struct str type = json_str(json_get(part->json, "type"));
    if (json_kind(json_get(part->json, "text")) == JSON_STR ||
        str_starts(type, STR("transcript."))) {
        d->is_seen = true;
        d->has_output = true;
    }
    read_usage(d, part->json);
}

const struct dialect dialect_openai_transcription = {
    .name = STR_INIT("openai-transcription"),
    .provider = STR_INIT("openai"),
    .operation = OPERATION_AUDIO,
    .members = MEMBERS(rows),
    .needs_output = true,
    .part = transcription_part,
};

static void speech_part(struct draft *d, const struct part *part)
{
    openai_head(d, part->json);
    struct str type = json_str(json_get(part->json, "type"));
    if (str_starts(type, STR("speech."))) {
        d->is_seen = true;
        d->has_output = true;
    }
    read_usage(d, part->json);
}

/* All that comes out is sound. */
static void speech_settle(struct draft *d)
{
    usage_set(&d->usage, SLOT_AUDIO_OUT, d->usage.n[SLOT_OUTPUT]);
}

const struct dialect dialect_openai_speech = {
    .name = STR_INIT("openai-speech"),
    .provider = STR_INIT("openai"),
    .operation = OPERATION_AUDIO,
    .members = MEMBERS(rows),
    .needs_output = true,
    .part = speech_part,
    .settle = speech_settle,
};
