#include "capture/import/import_claude_usage.h"

#include <string.h>

#include "base/json_skim.h"
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
    MEMBER_ITERATIONS,
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
    [MEMBER_ITERATIONS] = STR_INIT("iterations"),
};

/* Where each count stands: a member, or a member of a member. */
static const struct {
    enum member member;
    struct str inner; /* empty: the member itself */
} places[CLAUDE_COUNT__COUNT] = {
    [CLAUDE_INPUT] = {MEMBER_INPUT, STR_INIT("")},
    [CLAUDE_CACHE_READ] = {MEMBER_READ, STR_INIT("")},
    [CLAUDE_CACHE_WRITE] = {MEMBER_WRITE, STR_INIT("")},
    [CLAUDE_CACHE_WRITE_5M] = {MEMBER_WRITE_SPLIT,
                               STR_INIT("ephemeral_5m_input_tokens")},
    [CLAUDE_CACHE_WRITE_1H] = {MEMBER_WRITE_SPLIT,
                               STR_INIT("ephemeral_1h_input_tokens")},
    [CLAUDE_OUTPUT] = {MEMBER_OUTPUT, STR_INIT("")},
    [CLAUDE_THINKING] = {MEMBER_OUTPUT_SPLIT, STR_INIT("thinking_tokens")},
    [CLAUDE_SEARCHES] = {MEMBER_TOOLS, STR_INIT("web_search_requests")},
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

/* ---- the ordinary way ---- */

/* The counts of the members `raws`; where each stands goes to `counts`. */
static void read_counts(const struct str raws[MEMBER__COUNT],
                        struct str counts[CLAUDE_COUNT__COUNT],
                        struct claude_usage *u)
{
    for (uint32_t i = 0; i < CLAUDE_COUNT__COUNT; i++) {
        struct str raw = raws[places[i].member];
        if (places[i].inner.n > 0) {
            raw = import_value_member(raw, places[i].inner);
        }
        enum rc rc = import_value_count(raw, &u->count[i]);
        if (rc != RC_OK && rc != RC_NOT_FOUND) {
            u->bad = places[i].inner.n > 0 ? places[i].inner.p
                                           : member_names[places[i].member].p;
        }
        counts[i] = raw;
    }
}

enum rc claude_usage_counts(struct str text, struct claude_usage *ret)
{
    struct str raws[MEMBER__COUNT];
    struct str counts[CLAUDE_COUNT__COUNT];
    enum rc rc = json_skim_pick(text, member_names, MEMBER__COUNT, raws);
    if (rc == RC_OK) {
        *ret = (struct claude_usage){.bad = NULL};
        read_counts(raws, counts, ret);
    }
    return rc;
}

/* ---- the short way ---- */

enum { DIGITS_MAX = 15 }; /* that many always fit */

/* A number of digits alone, as JSON has it; 0 when there is none. */
static size_t digits_at(const char *p, const char *end, int64_t *ret_n)
{
    size_t i = 0;
    int64_t n = 0;
    for (; p + i < end && i < DIGITS_MAX && p[i] >= '0' && p[i] <= '9'; i++) {
        n = n * 10 + (p[i] - '0');
    }
    if (i == 0 || (i > 1 && *p == '0')) {
        return 0;
    }
    *ret_n = n;
    return i;
}

/* Add a slot where its place is among the others. */
static void add_slot(struct claude_usage_reader *r,
                     struct claude_usage_slot slot)
{
    size_t i = r->n_slots++;
    for (; i > 0 && r->slot[i - 1].at > slot.at; i--) {
        r->slot[i] = r->slot[i - 1];
    }
    r->slot[i] = slot;
}

/* Keep a usage for the next: not one with iterations, which bear counts of
 * their own, nor one with counts that are more than digits. */
static void keep(struct claude_usage_reader *r, struct str text,
                 const struct str counts[CLAUDE_COUNT__COUNT],
                 const struct claude_usage *u)
{
    r->n_last = 0;
    r->n_slots = 0;
    if (text.n > sizeof(r->last) || u->iterations.n > 0 || u->bad != NULL) {
        return;
    }
    for (uint32_t i = 0; i < CLAUDE_COUNT__COUNT; i++) {
        int64_t n;
        struct str raw = counts[i];
        if (raw.n == 0) {
            continue;
        }
        if (digits_at(raw.p, raw.p + raw.n, &n) != raw.n) {
            return;
        }
        add_slot(r, (struct claude_usage_slot){.at = (size_t)(raw.p - text.p),
                                               .n = raw.n,
                                               .which = (enum claude_count)i});
    }
    memcpy(r->last, text.p, text.n);
    r->n_last = text.n;
    r->words = *u;
}

/* The same bytes but for the counts?  Each count ends where the other one
 * did: at the byte that begins what is compared next. */
static bool read_alike(const struct claude_usage_reader *r, struct str text,
                       struct claude_usage *ret)
{
    const char *p = text.p;
    const char *end = text.p + text.n;
    size_t at = 0; /* in the last text */
    if (r->n_last == 0) {
        return false;
    }
    *ret = r->words;
    for (size_t i = 0; i < r->n_slots; i++) {
        const struct claude_usage_slot *slot = &r->slot[i];
        size_t n = slot->at - at;
        if ((size_t)(end - p) < n || memcmp(p, r->last + at, n) != 0) {
            return false;
        }
        p += n;
        size_t n_digits = digits_at(p, end, &ret->count[slot->which]);
        if (n_digits == 0) {
            return false;
        }
        p += n_digits;
        at = slot->at + slot->n;
    }
    return (size_t)(end - p) == r->n_last - at &&
           memcmp(p, r->last + at, r->n_last - at) == 0;
}

enum rc claude_usage_read(struct claude_usage_reader *r, struct str text,
                          struct claude_usage *ret)
{
    struct str raws[MEMBER__COUNT];
    struct str counts[CLAUDE_COUNT__COUNT];
    struct claude_usage u = {.bad = NULL};
    if (read_alike(r, text, ret)) {
        return RC_OK;
    }
    enum rc rc = json_skim_pick(text, member_names, MEMBER__COUNT, raws);
    if (rc != RC_OK) {
        return rc;
    }
    read_counts(raws, counts, &u);
    if (import_value_is_set(raws[MEMBER_ITERATIONS])) {
        u.iterations = raws[MEMBER_ITERATIONS];
    }
    rc = import_keep(&r->tier, raws[MEMBER_TIER], r->arena, &u.tier);
    if (rc == RC_OK) {
        rc = import_keep(&r->speed, raws[MEMBER_SPEED], r->arena, &u.speed);
    }
    if (rc == RC_OK) {
        rc = import_keep(&r->geo, raws[MEMBER_GEO], r->arena, &u.geo);
    }
    if (rc != RC_OK) {
        return rc;
    }
    keep(r, text, counts, &u);
    *ret = u;
    return RC_OK;
}
