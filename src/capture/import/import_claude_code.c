#include "capture/import/import_claude.h"

#include "base/arena.h"
#include "base/json.h"
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

struct line { /* what of it matters */
    const struct json *member[MEMBER__COUNT];
    const struct json *message[MESSAGE__COUNT];
    bool has_message;
    bool is_nested; /* a copy within a progress line */
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
static enum rc set_model(struct scan *s, const struct json *model,
                         struct claude_call *c)
{
    enum rc rc = import_keep(&s->kept[KEPT_MODEL], model, s->arena, &c->model);
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
static void add_compaction(const struct json *iteration, struct claude_call *c)
{
    struct claude_usage more = claude_usage_counts(iteration);
    for (uint32_t i = 0; i < CLAUDE_COUNT__COUNT; i++) {
        c->usage.count[i] += more.count[i];
    }
    c->usage.bad = more.bad != NULL ? more.bad : c->usage.bad;
}

/* An advisor's answer is not in the counts either, and is another model's: a
 * call of its own, the n-th of its request. */
static enum rc push_advisor(struct scan *s, const struct json *iteration,
                            const struct claude_call *c, uint32_t n)
{
    struct claude_call part = *c;
    struct claude_call *kept;
    part.part = n;
    part.usage = claude_usage_counts(iteration);
    if (claude_usage_is_zero(&part.usage)) {
        return RC_OK;
    }
    enum rc rc = set_model(s, json_get(iteration, "model"), &part);
    return rc == RC_OK ? push(s, &part, &kept) : rc;
}

/* When a fallback answered, the counts are those of its model. */
static enum rc set_fallback(struct scan *s, const struct json *iteration,
                            struct claude_call *c)
{
    const struct json *model = json_get(iteration, "model");
    return import_value_is_set(model) ? set_model(s, model, c) : RC_OK;
}

static enum rc read_iterations(struct scan *s, const struct json *iterations,
                               struct claude_call *c)
{
    uint32_t n_advisors = 0;
    enum rc rc = RC_OK;
    for (const struct json *one = json_first(iterations);
         one != NULL && rc == RC_OK; one = json_next(one)) {
        struct str type = json_str(json_get(one, "type"));
        if (str_eq(type, STR("compaction"))) {
            add_compaction(one, c);
        } else if (str_eq(type, STR("advisor_message"))) {
            rc = push_advisor(s, one, c, ++n_advisors);
        } else if (str_eq(type, STR("fallback_message"))) {
            rc = set_fallback(s, one, c);
        }
    }
    return rc;
}

/* The texts of a line and its message. */
static enum rc read_texts(struct scan *s, const struct line *l,
                          struct claude_call *c)
{
    struct str cwd = STR_EMPTY;
    const struct {
        enum kept kept;
        const struct json *member;
        struct str *ret;
    } rows[] = {
        {KEPT_MESSAGE_ID, l->message[MESSAGE_ID], &c->message_id},
        {KEPT_REQUEST_ID, l->member[MEMBER_REQUEST], &c->request_id},
        {KEPT_SESSION, l->member[MEMBER_SESSION], &c->session},
        {KEPT_CWD, l->member[MEMBER_CWD], &cwd},
        {KEPT_BRANCH, l->member[MEMBER_BRANCH], &c->branch},
        {KEPT_VERSION, l->member[MEMBER_VERSION], &c->version},
        {KEPT_AGENT, l->member[MEMBER_AGENT], &c->agent},
    };
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        enum rc rc = import_keep(&s->kept[rows[i].kept], rows[i].member,
                                 s->arena, rows[i].ret);
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

static enum rc read_usage(struct scan *s, const struct json *usage,
                          struct claude_call *c)
{
    enum rc rc = claude_usage_read(&s->usage, usage, &c->usage);
    if (rc != RC_OK) {
        return rc;
    }
    if (claude_usage_is_zero(&c->usage) && c->usage.bad == NULL) {
        s->found->n_skipped++;
        return RC_OK;
    }
    rc = read_iterations(s, json_get(usage, "iterations"), c);
    if (!c->has_ts) {
        c->usage.bad = "timestamp";
    }
    return rc == RC_OK ? add_call(s, c) : rc;
}

/* A line with a message. */
static enum rc read_message(struct scan *s, const struct line *l)
{
    const struct json *usage = l->message[MESSAGE_USAGE];
    if (!import_value_is_set(usage)) {
        return RC_OK; /* it is no answer */
    }
    if (import_value_is_true(l->member[MEMBER_IS_ERROR]) ||
        str_eq(json_str(l->message[MESSAGE_MODEL]), STR("<synthetic>"))) {
        s->found->n_skipped++;
        return RC_OK;
    }
    struct claude_call c = {
        .line = s->line,
        .path = s->found->path,
        .is_nested = l->is_nested,
        .is_side = import_value_is_true(l->member[MEMBER_IS_SIDE]),
    };
    c.has_ts = import_value_ts(l->member[MEMBER_TIMESTAMP], &c.ts_us) == RC_OK;
    c.last_us = c.ts_us;
    c.has_cost = import_value_usd(l->member[MEMBER_COST], &c.cost) == RC_OK;
    enum rc rc = read_texts(s, l, &c);
    if (rc == RC_OK && c.message_id.n == 0) {
        struct import_kept fresh = {.raw = STR_EMPTY};
        rc = import_keep(&fresh, l->member[MEMBER_UUID], s->arena, &c.uuid);
    }
    return rc == RC_OK ? read_usage(s, usage, &c) : rc;
}

/* ---- lines ---- */

/* Lines of other types bear no usage. */
static bool is_wanted(struct str type)
{
    return str_eq(type, STR("\"assistant\"")) ||
           str_eq(type, STR("\"progress\""));
}

/* What matters of a line, or of a copy of one. */
static void read_members(const struct json *line, struct line *l)
{
    json_pick(line, member_names, MEMBER__COUNT, l->member);
    l->has_message = json_kind(l->member[MEMBER_MESSAGE]) == JSON_OBJ;
    json_pick(l->member[MEMBER_MESSAGE], message_names, MESSAGE__COUNT,
              l->message);
}

/* A progress line may hold a copy of an answer, two levels down.  What the
 * copy lacks, the line itself tells. */
static void open_progress(struct line *l)
{
    const struct json *data = l->member[MEMBER_DATA];
    struct line copy = {.is_nested = true};
    read_members(json_get(data, "message"), &copy);
    l->member[MEMBER_AGENT] = json_get(data, "agentId");
    const struct json *type = copy.member[MEMBER_TYPE];
    copy.has_message =
        copy.has_message && (type == NULL || is_wanted(json_raw(type)));
    for (uint32_t m = 0; m < MEMBER__COUNT; m++) {
        if (m != MEMBER_REQUEST && copy.member[m] == NULL) {
            copy.member[m] = l->member[m];
        }
    }
    *l = copy;
}

static bool is_progress(const struct line *l)
{
    return str_eq(json_str(l->member[MEMBER_TYPE]), STR("progress"));
}

static enum rc scan_one(void *arg, const struct json *line, uint64_t number)
{
    struct scan *s = arg;
    struct line l = {.has_message = false};
    s->line = number;
    read_members(line, &l);
    if (is_progress(&l)) {
        open_progress(&l);
    }
    return l.has_message ? read_message(s, &l) : RC_OK;
}

static enum rc scan(struct import_reader *r, struct import_found *found,
                    struct why *why)
{
    struct scan s = {.found = found, .arena = found->arena};
    claude_usage_init(&s.usage, s.arena);
    s.calls = arena_alloc(s.arena, sizeof(*s.calls));
    enum rc rc = s.calls != NULL ? RC_OK : RC_LIMIT;
    if (rc == RC_OK) {
        const struct import_log_scan lines = {
            .is_wanted = is_wanted, .line = scan_one, .arg = &s};
        rc = import_each_log_line(r, found, &lines, why);
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
