/* Most bytes of a session log are what tools answered, on lines of the type
 * "user".  The members of a line are looked at from the front, and such a
 * line is left as soon as its type shows, which stands before its message; so
 * the bulk is passed over at the speed of memchr, and yet nothing is decided
 * by text that might stand inside a string.
 *
 *   {"parentUuid":..,"isSidechain":..,"cwd":..,..,"type":"user","message":..
 *    ^ differs       ^ the head: on most lines  ^ decides
 *                      the same bytes
 *
 * The head is remembered with what it says and only compared as long as it
 * stays the same. */
#include "capture/import/import_claude.h"

#include <string.h>

#include "base/arena.h"
#include "base/json_skim.h"
#include "base/why.h"
#include "capture/import/import_session.h"
#include "capture/import/import_value.h"
#include "event/event_provider.h"

enum member { /* of a line that matter here */
              MEMBER_CWD,
              MEMBER_TYPE,
              MEMBER_UUID,
              MEMBER_DATA,
              MEMBER_MESSAGE,
              MEMBER_VERSION,
              MEMBER_COST,
              MEMBER_AGENT,
              MEMBER_BRANCH,
              MEMBER_SESSION,
              MEMBER_REQUEST,
              MEMBER_TIMESTAMP,
              MEMBER_IS_SIDE,
              MEMBER_IS_ERROR,
              MEMBER__COUNT
};

static const struct str member_names[MEMBER__COUNT] = {
    [MEMBER_CWD] = STR_INIT("cwd"),
    [MEMBER_TYPE] = STR_INIT("type"),
    [MEMBER_UUID] = STR_INIT("uuid"),
    [MEMBER_DATA] = STR_INIT("data"),
    [MEMBER_MESSAGE] = STR_INIT("message"),
    [MEMBER_VERSION] = STR_INIT("version"),
    [MEMBER_COST] = STR_INIT("costUSD"),
    [MEMBER_AGENT] = STR_INIT("agentId"),
    [MEMBER_BRANCH] = STR_INIT("gitBranch"),
    [MEMBER_SESSION] = STR_INIT("sessionId"),
    [MEMBER_REQUEST] = STR_INIT("requestId"),
    [MEMBER_TIMESTAMP] = STR_INIT("timestamp"),
    [MEMBER_IS_SIDE] = STR_INIT("isSidechain"),
    [MEMBER_IS_ERROR] = STR_INIT("isApiErrorMessage"),
};

enum kept { /* texts that lines repeat */
            KEPT_MESSAGE_ID,
            KEPT_REQUEST_ID,
            KEPT_MODEL,
            KEPT_SESSION,
            KEPT_CWD,
            KEPT_BRANCH,
            KEPT_VERSION,
            KEPT_AGENT,
            KEPT__COUNT
};

enum message_member {
    MESSAGE_ID,
    MESSAGE_MODEL,
    MESSAGE_USAGE,
    MESSAGE__COUNT
};

static const struct str message_names[MESSAGE__COUNT] = {
    [MESSAGE_ID] = STR_INIT("id"),
    [MESSAGE_MODEL] = STR_INIT("model"),
    [MESSAGE_USAGE] = STR_INIT("usage"),
};

struct line { /* what of it matters, as raw JSON */
    struct str raw[MEMBER__COUNT];
    struct str message[MESSAGE__COUNT];
    bool has_message;
    bool is_nested; /* a copy within a progress line */
};

struct head {
    char bytes[1024];
    size_t n;
    struct str raw[MEMBER__COUNT]; /* within the bytes */
};

struct scan {
    struct import_found *found;
    struct arena *arena;
    struct claude_calls *calls;
    struct claude_call *last_main; /* the last with part 0 */
    struct import_kept kept[KEPT__COUNT];
    struct str project; /* of project_cwd */
    const char *project_cwd;
    struct str provider; /* of provider_model */
    const char *provider_model;
    struct head head;
    struct claude_usage_reader usage;
    uint64_t line;
};

/* ---- calls ---- */

static enum rc push(struct scan *s, const struct claude_call *c,
                    struct claude_call **ret_kept)
{
    struct claude_call *copy = arena_copy(s->arena, c, sizeof(*c));
    if (copy == NULL) {
        return RC_LIMIT;
    }
    copy->next = NULL;
    if (s->calls->last != NULL) {
        s->calls->last->next = copy;
    } else {
        s->calls->first = copy;
    }
    s->calls->last = copy;
    s->calls->n++;
    *ret_kept = copy;
    return RC_OK;
}

/* A call's model, and who serves it: behind Claude Code may stand Bedrock,
 * Vertex or a gateway to others, which some models' names tell. */
static enum rc set_model(struct scan *s, struct str raw, struct claude_call *c)
{
    enum rc rc = import_keep(&s->kept[KEPT_MODEL], raw, s->arena, &c->model);
    if (rc == RC_OK &&
        (s->provider.n == 0 || c->model.p != s->provider_model)) {
        s->provider = provider_of_model(c->model);
        s->provider_model = c->model.p;
        if (s->provider.n == 0) {
            s->provider = STR("anthropic");
        }
    }
    c->provider = s->provider;
    return rc;
}

/* Compaction happens within a request but is not in its counts. */
static void add_compaction(struct str iteration, struct claude_call *c)
{
    struct claude_usage more;
    if (claude_usage_counts(iteration, &more) != RC_OK) {
        return;
    }
    for (uint32_t i = 0; i < CLAUDE_COUNT__COUNT; i++) {
        c->usage.count[i] += more.count[i];
    }
    c->usage.bad = more.bad != NULL ? more.bad : c->usage.bad;
}

/* An advisor's answer is not in the counts either, and is another model's: a
 * call of its own, the n-th of its request. */
static enum rc push_advisor(struct scan *s, struct str iteration,
                            const struct claude_call *c, uint32_t n)
{
    struct claude_call part = *c;
    struct claude_call *kept;
    part.part = n;
    if (claude_usage_counts(iteration, &part.usage) != RC_OK ||
        claude_usage_is_zero(&part.usage)) {
        return RC_OK;
    }
    enum rc rc =
        set_model(s, import_value_member(iteration, STR("model")), &part);
    return rc == RC_OK ? push(s, &part, &kept) : rc;
}

/* When a fallback answered, the counts are those of its model. */
static enum rc set_fallback(struct scan *s, struct str iteration,
                            struct claude_call *c)
{
    struct str model = import_value_member(iteration, STR("model"));
    return import_value_is_set(model) ? set_model(s, model, c) : RC_OK;
}

static enum rc read_iterations(struct scan *s, struct claude_call *c)
{
    struct json_skim it;
    struct str key;
    struct str one;
    uint32_t n_advisors = 0;
    enum rc rc = json_skim_arr(c->usage.iterations, &it) ? RC_OK : RC_END;
    while (rc == RC_OK && json_skim_next(&it, &key, &one) == RC_OK) {
        struct str type = import_value_member(one, STR("type"));
        if (str_eq(type, STR("\"compaction\""))) {
            add_compaction(one, c);
        } else if (str_eq(type, STR("\"advisor_message\""))) {
            rc = push_advisor(s, one, c, ++n_advisors);
        } else if (str_eq(type, STR("\"fallback_message\""))) {
            rc = set_fallback(s, one, c);
        }
    }
    return rc == RC_END ? RC_OK : rc;
}

/* The texts of a line and its message. */
static enum rc read_texts(struct scan *s, const struct line *l,
                          struct claude_call *c)
{
    struct str cwd = STR_EMPTY;
    const struct {
        enum kept kept;
        struct str raw;
        struct str *ret;
    } rows[] = {
        {KEPT_MESSAGE_ID, l->message[MESSAGE_ID], &c->message_id},
        {KEPT_REQUEST_ID, l->raw[MEMBER_REQUEST], &c->request_id},
        {KEPT_SESSION, l->raw[MEMBER_SESSION], &c->session},
        {KEPT_CWD, l->raw[MEMBER_CWD], &cwd},
        {KEPT_BRANCH, l->raw[MEMBER_BRANCH], &c->branch},
        {KEPT_VERSION, l->raw[MEMBER_VERSION], &c->version},
        {KEPT_AGENT, l->raw[MEMBER_AGENT], &c->agent},
    };
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        enum rc rc = import_keep(&s->kept[rows[i].kept], rows[i].raw, s->arena,
                                 rows[i].ret);
        if (rc != RC_OK) {
            return rc;
        }
    }
    if (s->project.n == 0 || cwd.p != s->project_cwd) {
        s->project = import_project(str_from_cz(s->found->path), cwd);
        s->project_cwd = cwd.p;
    }
    c->project = s->project;
    return set_model(s, l->message[MESSAGE_MODEL], c);
}

/* A telling of a request is complete: it is new, or one more of the last. */
static enum rc add_call(struct scan *s, const struct claude_call *c)
{
    if (s->last_main != NULL && claude_same_key(s->last_main, c)) {
        claude_fold(s->last_main, c);
        s->calls->n_merged++;
        return RC_OK;
    }
    return push(s, c, &s->last_main);
}

static enum rc read_usage(struct scan *s, struct str text,
                          struct claude_call *c)
{
    enum rc rc = claude_usage_read(&s->usage, text, &c->usage);
    if (rc != RC_OK) {
        return rc;
    }
    if (claude_usage_is_zero(&c->usage) && c->usage.bad == NULL) {
        s->found->n_skipped++;
        return RC_OK;
    }
    if (c->usage.iterations.n > 0) {
        rc = read_iterations(s, c);
    }
    if (!c->has_ts) {
        c->usage.bad = "timestamp";
    }
    return rc == RC_OK ? add_call(s, c) : rc;
}

/* A line with a message. */
static enum rc read_message(struct scan *s, const struct line *l)
{
    struct str usage = l->message[MESSAGE_USAGE];
    if (!import_value_is_set(usage)) {
        return RC_OK; /* it is no answer */
    }
    if (import_value_is_true(l->raw[MEMBER_IS_ERROR]) ||
        str_eq(l->message[MESSAGE_MODEL], STR("\"<synthetic>\""))) {
        s->found->n_skipped++;
        return RC_OK;
    }
    struct claude_call c = {
        .line = s->line,
        .path = s->found->path,
        .is_nested = l->is_nested,
        .is_side = import_value_is_true(l->raw[MEMBER_IS_SIDE]),
    };
    c.has_ts = import_value_ts(l->raw[MEMBER_TIMESTAMP], &c.ts_us) == RC_OK;
    c.has_cost = import_value_usd(l->raw[MEMBER_COST], &c.cost) == RC_OK;
    enum rc rc = read_texts(s, l, &c);
    if (rc == RC_OK && c.message_id.n == 0) {
        struct import_kept fresh = {.raw = STR_EMPTY};
        rc = import_keep(&fresh, l->raw[MEMBER_UUID], s->arena, &c.uuid);
    }
    return rc == RC_OK ? read_usage(s, usage, &c) : rc;
}

/* ---- lines ---- */

/* Most members are none of these: so their length is asked first. */
static enum member member_of(struct str key)
{
    uint32_t m = 0;
    while (m < MEMBER__COUNT &&
           (member_names[m].n != key.n || !str_eq(member_names[m], key))) {
        m++;
    }
    return (enum member)m;
}

/* Members of the head: they say where the session goes on. */
static bool is_of_head(enum member m)
{
    return m == MEMBER_CWD || m == MEMBER_VERSION || m == MEMBER_AGENT ||
           m == MEMBER_BRANCH || m == MEMBER_SESSION || m == MEMBER_IS_SIDE ||
           m == MEMBER__COUNT;
}

/* Step over the head when it is the one that is known.  The comma behind
 * shows that its last value ends there. */
static bool take_head(const struct head *head, struct json_skim *it,
                      struct line *l)
{
    size_t rest = (size_t)(it->end - it->at);
    if (head->n == 0 || rest <= head->n || it->at[head->n] != ',' ||
        memcmp(it->at, head->bytes, head->n) != 0) {
        return false;
    }
    for (uint32_t m = 0; m < MEMBER__COUNT; m++) {
        if (head->raw[m].n > 0) {
            l->raw[m] = head->raw[m];
        }
    }
    it->at += head->n;
    return true;
}

/* Remember the head that went from `from` to `to`. */
static void keep_head(struct head *head, const char *from, const char *to,
                      const struct line *l)
{
    size_t n = (size_t)(to - from);
    head->n = n <= sizeof(head->bytes) ? n : 0;
    memcpy(head->bytes, from, head->n);
    for (uint32_t m = 0; m < MEMBER__COUNT; m++) {
        struct str raw = l->raw[m];
        bool is_in = raw.n > 0 && raw.p > from && raw.p < to;
        head->raw[m] =
            is_in ? (struct str){.p = head->bytes + (raw.p - from), .n = raw.n}
                  : STR_EMPTY;
    }
}

static void keep_message_member(struct line *l, struct str key, struct str raw)
{
    for (uint32_t m = 0; m < MESSAGE__COUNT; m++) {
        if (str_eq(message_names[m], key) && l->message[m].n == 0) {
            l->message[m] = raw;
        }
    }
}

/* What matters of the message at which `it` stands, in one pass over it. */
static enum rc read_message_members(struct json_skim *it, struct line *l)
{
    struct json_skim inner;
    struct str key;
    struct str raw;
    if (!json_skim_enter(it, &inner)) {
        return json_skim_value(it, &raw);
    }
    l->has_message = true;
    while (json_skim_next(&inner, &key, &raw) == RC_OK) {
        keep_message_member(l, key, raw);
    }
    return json_skim_leave(it, &inner);
}

/* The next member's value.  RC_NOT_FOUND when it is a type that bears no
 * usage. */
static enum rc read_member(struct json_skim *it, enum member m, struct line *l)
{
    struct str raw;
    if (m == MEMBER_MESSAGE && !l->has_message) {
        return read_message_members(it, l);
    }
    enum rc rc = json_skim_value(it, &raw);
    if (rc != RC_OK || m == MEMBER__COUNT || l->raw[m].n > 0) {
        return rc;
    }
    l->raw[m] = raw;
    bool is_other = m == MEMBER_TYPE && !str_eq(raw, STR("\"assistant\"")) &&
                    !str_eq(raw, STR("\"progress\""));
    return is_other ? RC_NOT_FOUND : RC_OK;
}

/* The members of a line that matter.  RC_NOT_FOUND as soon as it shows that
 * the line bears no usage.
 *   head  of the lines before, and then of this one; NULL: there is none */
static enum rc read_members(struct str line, struct head *head, struct line *l)
{
    struct json_skim it;
    const char *from = NULL; /* where the head began, while it goes on */
    if (!json_skim_obj(line, &it)) {
        return RC_PARSE;
    }
    for (uint64_t i = 0;; i++) {
        struct str key;
        if (i == 1 && head != NULL && !take_head(head, &it, l)) {
            from = it.at;
        }
        const char *before = it.at;
        enum rc rc = json_skim_key(&it, &key);
        if (rc != RC_OK) {
            return rc == RC_END ? RC_OK : rc;
        }
        enum member m = member_of(key);
        if (from != NULL && !is_of_head(m)) {
            keep_head(head, from, before, l);
            from = NULL;
        }
        rc = read_member(&it, m, l);
        if (rc != RC_OK) {
            return rc;
        }
    }
}

/* A progress line may hold a copy of an answer, two levels down.  What the
 * copy lacks, the line itself tells. */
static enum rc open_progress(struct line *l)
{
    static const struct str names[] = {
        STR_INIT("message"),
        STR_INIT("agentId"),
    };
    struct str of_data[2];
    struct line copy = {.is_nested = true};
    if (json_skim_pick(l->raw[MEMBER_DATA], names, 2, of_data) != RC_OK ||
        of_data[0].n == 0) {
        return RC_NOT_FOUND;
    }
    enum rc rc = read_members(of_data[0], NULL, &copy);
    if (rc != RC_OK) {
        return rc;
    }
    l->raw[MEMBER_AGENT] = of_data[1];
    for (uint32_t m = 0; m < MEMBER__COUNT; m++) {
        bool is_lines_own = m != MEMBER_REQUEST && copy.raw[m].n == 0;
        copy.raw[m] = is_lines_own ? l->raw[m] : copy.raw[m];
    }
    *l = copy;
    return RC_OK;
}

static enum rc scan_line(struct scan *s, struct str line)
{
    struct line l = {.has_message = false};
    enum rc rc = read_members(line, &s->head, &l);
    if (rc == RC_OK && str_eq(l.raw[MEMBER_TYPE], STR("\"progress\""))) {
        rc = open_progress(&l);
    }
    if (rc == RC_OK && l.has_message) {
        rc = read_message(s, &l);
    }
    if (rc == RC_PARSE) {
        s->found->n_skipped++;
        return RC_OK;
    }
    return rc == RC_NOT_FOUND ? RC_OK : rc;
}

static enum rc scan_one(void *arg, struct str line, uint64_t number)
{
    struct scan *s = arg;
    s->line = number;
    return scan_line(s, line);
}

static enum rc scan(struct import_reader *r, struct import_found *found,
                    struct why *why)
{
    struct scan s = {.found = found, .arena = found->arena};
    claude_usage_init(&s.usage, s.arena);
    s.calls = arena_alloc(s.arena, sizeof(*s.calls));
    enum rc rc = s.calls != NULL ? RC_OK : RC_LIMIT;
    if (rc == RC_OK) {
        rc = import_each_log_line(r, found, scan_one, &s, why);
    }
    if (rc == RC_OK) {
        found->calls = s.calls;
    }
    return rc;
}

/* ---- the row ---- */

/* A line names its session and its kind; the first lines of a log may be
 * summaries, or snapshots of files; old lines had no session. */
static enum import_match is_object(struct str obj)
{
    static const struct str names[] = {
        STR_INIT("sessionId"),   STR_INIT("type"),    STR_INIT("leafUuid"),
        STR_INIT("snapshot"),    STR_INIT("message"), STR_INIT("timestamp"),
        STR_INIT("isSidechain"), STR_INIT("costUSD"),
    };
    enum {
        SESSION = 1,
        TYPE = 2,
        LEAF = 4,
        SNAPSHOT = 8,
        MESSAGE = 16,
        TIMESTAMP = 32,
        SIDE = 64,
        COST = 128
    };
    uint64_t has = import_value_members(obj, names, ARRAY_N(names));
    bool is_note = (has & TYPE) != 0 && (has & (LEAF | SNAPSHOT)) != 0;
    bool is_line = (has & SESSION) != 0 &&
                   (has & (TYPE | MESSAGE | SIDE)) != 0 &&
                   (has & (TIMESTAMP | MESSAGE | SIDE)) != 0;
    bool is_old = (has & (MESSAGE | TIMESTAMP)) == (MESSAGE | TIMESTAMP) &&
                  (has & (TYPE | COST)) != 0;
    return is_note || is_line || is_old ? IMPORT_MATCH_SURE : IMPORT_MATCH_NO;
}

const struct import_format import_format_claude_code = {
    .about = {"claude-code", "session logs of Claude Code, folders of them "
                             "(~/.claude/projects)"},
    .is_object = is_object,
    .scan = scan,
    .gather = claude_gather,
};
