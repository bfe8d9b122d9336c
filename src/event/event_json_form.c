/* Finding a member by its name is the hot path of ingestion: some twenty a
 * call.  Lengths tell most names apart, so a name is compared with the few of
 * its length: `by_length`, at most seven, and nearly always one whose first
 * letter fits.  A hash was refused: it would read every byte to save a
 * comparison of one letter. */
#include "event/event_json_priv.h"

#include <string.h>

#include "base/attr.h"
#include "event/event_priv.h"

const struct event_field field_table[FIELD__COUNT] = {
#define X(name, json, kind, which) \
    [FIELD_##name] = {STR_INIT(json), FIELD_KIND_##kind, which},
#include "event/event_field.def"
#undef X
};

#define SAME_LENGTH_MAX 8

/* Rows end with FIELD_NONE.  A test looks up every field of the table. */
static const uint8_t by_length[][SAME_LENGTH_MAX] = {
    [2] = {FIELD_ID, FIELD_TS},
    [3] = {FIELD_RUN, FIELD_KEY},
    [4] = {FIELD_STEP, FIELD_USER, FIELD_TAGS, FIELD_COST},
    [5] = {FIELD_MODEL, FIELD_OWNER, FIELD_PRICE},
    [6] = {FIELD_STATUS, FIELD_PROMPT, FIELD_PRICED, FIELD_SOURCE},
    [7] = {FIELD_FEATURE, FIELD_SEGMENT, FIELD_RELEASE, FIELD_VARIANT,
           FIELD_TTFT_MS, FIELD_ATTEMPT, FIELD_ARRIVAL},
    [8] = {FIELD_PROVIDER, FIELD_WORKFLOW, FIELD_CUSTOMER},
    [9] = {FIELD_OPERATION},
    [10] = {FIELD_LATENCY_MS, FIELD_EXPERIMENT, FIELD_COST_INPUT,
            FIELD_COST_CACHE, FIELD_COST_TOOLS},
    [11] = {FIELD_ENVIRONMENT, FIELD_COST_OUTPUT},
    [12] = {FIELD_INPUT_TOKENS, FIELD_SERVICE_TIER, FIELD_WEB_SEARCHES},
    [13] = {FIELD_OUTPUT_TOKENS, FIELD_REPORTED_COST, FIELD_FALLBACK_FROM},
    [15] = {FIELD_REQUESTED_MODEL},
    [16] = {FIELD_REASONING_TOKENS},
    [17] = {FIELD_CACHE_READ_TOKENS},
    [18] = {FIELD_CACHE_WRITE_TOKENS, FIELD_INPUT_AUDIO_TOKENS,
            FIELD_INPUT_IMAGE_TOKENS},
    [19] = {FIELD_OUTPUT_AUDIO_TOKENS, FIELD_OUTPUT_IMAGE_TOKENS},
    [21] = {FIELD_CACHE_WRITE_1H_TOKENS},
};

enum field field_find(struct str name)
{
    if (name.n == 0 || name.n >= ARRAY_N(by_length)) {
        return FIELD_NONE;
    }
    for (const uint8_t *f = by_length[name.n]; *f != FIELD_NONE; f++) {
        const char *p = field_table[*f].name.p;
        if (p[0] == name.p[0] && memcmp(p, name.p, name.n) == 0) {
            return (enum field) * f;
        }
    }
    return FIELD_NONE;
}

void counts_to_event(const int64_t count[COUNT__COUNT], struct event *ev)
{
    int64_t *token = ev->token;
    token[TOKEN_CACHE_READ] = count[COUNT_CACHE_READ];
    token[TOKEN_CACHE_WRITE_1H] = count[COUNT_CACHE_WRITE_1H];
    token[TOKEN_CACHE_WRITE_5M] =
        count[COUNT_CACHE_WRITE] - count[COUNT_CACHE_WRITE_1H];
    token[TOKEN_INPUT_AUDIO] = count[COUNT_INPUT_AUDIO];
    token[TOKEN_INPUT_IMAGE] = count[COUNT_INPUT_IMAGE];
    token[TOKEN_INPUT] = count[COUNT_INPUT] - count[COUNT_CACHE_READ] -
                         count[COUNT_CACHE_WRITE] - count[COUNT_INPUT_AUDIO] -
                         count[COUNT_INPUT_IMAGE];
    token[TOKEN_OUTPUT_REASONING] = count[COUNT_REASONING];
    token[TOKEN_OUTPUT_AUDIO] = count[COUNT_OUTPUT_AUDIO];
    token[TOKEN_OUTPUT_IMAGE] = count[COUNT_OUTPUT_IMAGE];
    token[TOKEN_OUTPUT] = count[COUNT_OUTPUT] - count[COUNT_REASONING] -
                          count[COUNT_OUTPUT_AUDIO] - count[COUNT_OUTPUT_IMAGE];
    ev->web_searches = count[COUNT_WEB_SEARCHES];
}

void counts_from_event(const struct event *ev, int64_t count[COUNT__COUNT])
{
    count[COUNT_INPUT] = event_input_tokens(ev);
    count[COUNT_CACHE_READ] = ev->token[TOKEN_CACHE_READ];
    count[COUNT_CACHE_WRITE] = event_cache_write_tokens(ev);
    count[COUNT_CACHE_WRITE_1H] = ev->token[TOKEN_CACHE_WRITE_1H];
    count[COUNT_INPUT_AUDIO] = ev->token[TOKEN_INPUT_AUDIO];
    count[COUNT_INPUT_IMAGE] = ev->token[TOKEN_INPUT_IMAGE];
    count[COUNT_OUTPUT] = event_output_tokens(ev);
    count[COUNT_REASONING] = ev->token[TOKEN_OUTPUT_REASONING];
    count[COUNT_OUTPUT_AUDIO] = ev->token[TOKEN_OUTPUT_AUDIO];
    count[COUNT_OUTPUT_IMAGE] = ev->token[TOKEN_OUTPUT_IMAGE];
    count[COUNT_WEB_SEARCHES] = ev->web_searches;
}
