#include "capture/import/import_claude_usage.h"

#include "base/json.h"
#include "capture/import/import_value.h"

enum member {
    MEMBER_INPUT,
    MEMBER_WRITE,
    MEMBER_READ,
    MEMBER_OUTPUT,
    MEMBER_WRITE_SPLIT,
    MEMBER_OUTPUT_SPLIT,
    MEMBER_TOOLS,
    MEMBER_TIER,
    MEMBER_SPEED,
    MEMBER_GEO,
    MEMBER__COUNT
};

static const struct str member_names[MEMBER__COUNT] = {
    [MEMBER_INPUT] = STR_INIT("input_tokens"),
    [MEMBER_WRITE] = STR_INIT("cache_creation_input_tokens"),
    [MEMBER_READ] = STR_INIT("cache_read_input_tokens"),
    [MEMBER_OUTPUT] = STR_INIT("output_tokens"),
    [MEMBER_WRITE_SPLIT] = STR_INIT("cache_creation"),
    [MEMBER_OUTPUT_SPLIT] = STR_INIT("output_tokens_details"),
    [MEMBER_TOOLS] = STR_INIT("server_tool_use"),
    [MEMBER_TIER] = STR_INIT("service_tier"),
    [MEMBER_SPEED] = STR_INIT("speed"),
    [MEMBER_GEO] = STR_INIT("inference_geo"),
};

/* Where each count stands: a member, or a member of a member. */
static const struct {
    enum member member;
    const char *inner; /* NULL: the member itself */
} places[CLAUDE_COUNT__COUNT] = {
    [CLAUDE_INPUT] = {MEMBER_INPUT, NULL},
    [CLAUDE_CACHE_READ] = {MEMBER_READ, NULL},
    [CLAUDE_CACHE_WRITE] = {MEMBER_WRITE, NULL},
    [CLAUDE_CACHE_WRITE_5M] = {MEMBER_WRITE_SPLIT, "ephemeral_5m_input_tokens"},
    [CLAUDE_CACHE_WRITE_1H] = {MEMBER_WRITE_SPLIT, "ephemeral_1h_input_tokens"},
    [CLAUDE_OUTPUT] = {MEMBER_OUTPUT, NULL},
    [CLAUDE_THINKING] = {MEMBER_OUTPUT_SPLIT, "thinking_tokens"},
    [CLAUDE_SEARCHES] = {MEMBER_TOOLS, "web_search_requests"},
};

void claude_usage_init(struct claude_usage_reader *r, struct arena *arena)
{
    *r = (struct claude_usage_reader){.arena = arena};
}

bool claude_usage_is_zero(const struct claude_usage *u)
{
    int64_t any = 0;
    for (uint32_t i = 0; i < CLAUDE_COUNT__COUNT; i++) {
        any |= u->count[i];
    }
    return any == 0;
}

static void read_counts(const struct json *const members[MEMBER__COUNT],
                        struct claude_usage *u)
{
    for (uint32_t i = 0; i < CLAUDE_COUNT__COUNT; i++) {
        const struct json *j = members[places[i].member];
        const char *inner = places[i].inner;
        if (inner != NULL) {
            j = json_get(j, inner);
        }
        enum rc rc = import_value_count(j, &u->count[i]);
        if (rc != RC_OK && rc != RC_NOT_FOUND) {
            u->bad = inner != NULL ? inner : member_names[places[i].member].p;
        }
    }
}

struct claude_usage claude_usage_counts(const struct json *usage)
{
    const struct json *members[MEMBER__COUNT];
    struct claude_usage u = {.bad = NULL};
    json_pick(usage, member_names, MEMBER__COUNT, members);
    read_counts(members, &u);
    return u;
}

enum rc claude_usage_read(struct claude_usage_reader *r,
                          const struct json *usage, struct claude_usage *ret)
{
    const struct json *members[MEMBER__COUNT];
    struct claude_usage u = {.bad = NULL};
    json_pick(usage, member_names, MEMBER__COUNT, members);
    read_counts(members, &u);
    enum rc rc = import_keep(&r->tier, members[MEMBER_TIER], r->arena, &u.tier);
    if (rc == RC_OK) {
        rc = import_keep(&r->speed, members[MEMBER_SPEED], r->arena, &u.speed);
    }
    if (rc == RC_OK) {
        rc = import_keep(&r->geo, members[MEMBER_GEO], r->arena, &u.geo);
    }
    if (rc == RC_OK) {
        *ret = u;
    }
    return rc;
}
