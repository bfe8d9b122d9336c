/* Codex CLI writes a rollout a session: what it is (session_meta), with which
 * model it goes on (turn_context), and after each response the counters of
 * the whole session so far (token_count), often more than once.  So a call is
 * the step from one state of the counters to the next.
 *
 * A forked session begins with its parent's lines, stamped with the time of
 * the fork, and its counters go on from there.  Those steps are the parent's:
 * as many as both have in common when the parent is at hand, else the burst
 * of steps that were written at once.  (A fork's burst may straddle a tick of
 * the second, and a sub-agent's rollout names its parent and repeats nothing:
 * seen in rollouts of the versions 0.142 to 0.154.) */
#include "capture/import/import_format.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/utc.h"
#include "base/why.h"
#include "capture/import/import_session.h"
#include "capture/import/import_value.h"
#include "capture/json_split.h"
#include "event/event.h"
#include "event/event_json.h"

/* Of rollouts so old that they do not name theirs. */
#define MODEL_GUESSED "gpt-5"

enum count { /* as in the log: parts inside their totals */
             COUNT_INPUT,
             COUNT_CACHED,
             COUNT_WRITTEN,
             COUNT_OUTPUT,
             COUNT_REASONING,
             COUNT__COUNT
};

struct counts {
    int64_t n[COUNT__COUNT];
};

struct step {
    struct step *next;
    int64_t ts_us;
    struct counts total; /* of the session so far */
    struct counts last;  /* of the last response */
    bool has_total;
    bool has_last;
    const char *bad;        /* a member that is no count; NULL */
    struct str response_id; /* of a token_usage_record; else empty */
    struct str model;
    struct str cwd;
    uint64_t line;
};

struct rollout {
    const char *path;
    struct str session;
    struct str parent; /* of a fork; else empty */
    struct str provider;
    struct str branch;
    struct str version;
    int64_t begin_us; /* the first line */
    struct step *first;
    struct step *last;
    size_t n;
    bool has_records; /* token_usage_record, which are better */
    uint64_t n_repeated;
};

enum kept { KEPT_MODEL, KEPT_CWD, KEPT__COUNT };

struct scan {
    struct import_found *found;
    struct arena *arena;
    struct rollout *rollout;
    struct import_kept kept[KEPT__COUNT];
    struct str model;
    struct str cwd;
    uint64_t line;
};

/* ---- lines ---- */

static void read_counts(const struct json *usage, struct step *step,
                        struct counts *ret)
{
    static const struct str names[COUNT__COUNT] = {
        [COUNT_INPUT] = STR_INIT("input_tokens"),
        [COUNT_CACHED] = STR_INIT("cached_input_tokens"),
        [COUNT_WRITTEN] = STR_INIT("cache_write_input_tokens"),
        [COUNT_OUTPUT] = STR_INIT("output_tokens"),
        [COUNT_REASONING] = STR_INIT("reasoning_output_tokens"),
    };
    const struct json *members[COUNT__COUNT];
    if (json_kind(usage) != JSON_OBJ) {
        step->bad = "the token usage";
    }
    json_pick(usage, names, COUNT__COUNT, members);
    for (uint32_t i = 0; i < COUNT__COUNT; i++) {
        enum rc rc = import_value_count(members[i], &ret->n[i]);
        if (rc != RC_OK && rc != RC_NOT_FOUND) {
            step->bad = names[i].p;
        }
    }
}

static bool is_equal(const struct counts *a, const struct counts *b)
{
    return memcmp(a->n, b->n, sizeof(a->n)) == 0;
}

static bool is_zero(const struct counts *c)
{
    static const struct counts zero = {{0}};
    return is_equal(c, &zero);
}

static enum rc push_step(struct scan *s, const struct step *step)
{
    struct rollout *r = s->rollout;
    struct step *copy = arena_copy(s->arena, step, sizeof(*step));
    if (copy == NULL) {
        return RC_LIMIT;
    }
    if (r->last != NULL) {
        r->last->next = copy;
    } else {
        r->first = copy;
    }
    r->last = copy;
    r->n++;
    return RC_OK;
}

static struct step new_step(const struct scan *s, const struct json *timestamp)
{
    struct step step = {.model = s->model, .cwd = s->cwd, .line = s->line};
    if (import_value_ts(timestamp, &step.ts_us) != RC_OK) {
        step.bad = "timestamp";
    }
    return step;
}

/* A token_count.  The same state of the counters told again is no step. */
static enum rc read_token_count(struct scan *s, const struct json *timestamp,
                                const struct json *info)
{
    const struct json *total = json_get(info, "total_token_usage");
    const struct json *last = json_get(info, "last_token_usage");
    struct rollout *r = s->rollout;
    if (json_kind(info) != JSON_OBJ) {
        return RC_OK; /* null: the limits alone have changed */
    }
    struct step step = new_step(s, timestamp);
    step.has_total = import_value_is_set(total);
    step.has_last = import_value_is_set(last);
    if (step.has_last) {
        read_counts(last, &step, &step.last);
    }
    if (step.has_total) {
        read_counts(total, &step, &step.total);
    }
    bool is_repeated = step.has_total && r->last != NULL &&
                       r->last->has_total && step.bad == NULL &&
                       is_equal(&r->last->total, &step.total);
    bool is_empty = is_zero(&step.total) && is_zero(&step.last);
    if (is_repeated || (is_empty && step.bad == NULL)) {
        r->n_repeated += is_repeated ? 1 : 0;
        return RC_OK;
    }
    return push_step(s, &step);
}

/* A token_usage_record: one response with its id. */
static enum rc read_record(struct scan *s, const struct json *timestamp,
                           const struct json *payload)
{
    const struct json *usage = json_get(payload, "usage");
    const struct json *model = json_get(payload, "model");
    struct import_kept id = {.raw = STR_EMPTY};
    if (!import_value_is_set(usage)) {
        return RC_OK;
    }
    struct step step = new_step(s, timestamp);
    step.has_last = true;
    read_counts(usage, &step, &step.last);
    enum rc rc = import_keep(&id, json_get(payload, "response_id"), s->arena,
                             &step.response_id);
    if (rc == RC_OK && model != NULL) {
        rc = import_keep(&s->kept[KEPT_MODEL], model, s->arena, &step.model);
    }
    if (rc != RC_OK || step.response_id.n == 0) {
        return rc;
    }
    s->rollout->has_records = true;
    return push_step(s, &step);
}

static enum rc keep_once(struct scan *s, const struct json *j, struct str *ret)
{
    struct import_kept kept = {.raw = STR_EMPTY};
    return import_keep(&kept, j, s->arena, ret);
}

/* The first one is the session's own; those behind it are its parents', and
 * came with their lines. */
static enum rc read_meta(struct scan *s, const struct json *timestamp,
                         const struct json *payload)
{
    const struct json *id = json_get(payload, "id");
    struct rollout *r = s->rollout;
    if (json_kind(payload) != JSON_OBJ) {
        return RC_OK;
    }
    if (r->session.n > 0) {
        struct str other = STR_EMPTY;
        enum rc rc = keep_once(s, id, &other);
        if (r->parent.n == 0 && !str_eq(other, r->session)) {
            r->parent = other;
        }
        return rc;
    }
    if (import_value_ts(timestamp, &r->begin_us) != RC_OK) {
        r->begin_us = 0; /* then only a burst of several is seen as one */
    }
    const struct {
        const struct json *member;
        struct str *ret;
    } rows[] = {
        {id, &r->session},
        {json_get(payload, "forked_from_id"), &r->parent},
        {json_get(payload, "model_provider"), &r->provider},
        {json_get(payload, "cli_version"), &r->version},
        {json_get(payload, "cwd"), &s->cwd},
        {json_get(json_get(payload, "git"), "branch"), &r->branch},
    };
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        enum rc rc = keep_once(s, rows[i].member, rows[i].ret);
        if (rc != RC_OK) {
            return rc;
        }
    }
    return RC_OK;
}

static enum rc read_context(struct scan *s, const struct json *payload)
{
    struct str cwd = STR_EMPTY;
    if (json_kind(payload) != JSON_OBJ) {
        return RC_OK;
    }
    enum rc rc = import_keep(&s->kept[KEPT_MODEL], json_get(payload, "model"),
                             s->arena, &s->model);
    if (rc == RC_OK) {
        rc = import_keep(&s->kept[KEPT_CWD], json_get(payload, "cwd"), s->arena,
                         &cwd);
    }
    if (rc == RC_OK && cwd.n > 0) {
        s->cwd = cwd;
    }
    return rc;
}

static enum rc read_event(struct scan *s, const struct json *timestamp,
                          const struct json *payload)
{
    struct str type = json_str(json_get(payload, "type"));
    return str_eq(type, STR("token_count"))
               ? read_token_count(s, timestamp, json_get(payload, "info"))
               : RC_OK;
}

enum line_type { LINE_OTHER, LINE_META, LINE_CONTEXT, LINE_EVENT, LINE_RECORD };

static enum line_type type_of(struct str raw)
{
    static const struct {
        struct str raw;
        enum line_type type;
    } rows[] = {
        {STR_INIT("\"event_msg\""), LINE_EVENT},
        {STR_INIT("\"turn_context\""), LINE_CONTEXT},
        {STR_INIT("\"session_meta\""), LINE_META},
        {STR_INIT("\"token_usage_record\""), LINE_RECORD},
    };
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        if (str_eq(raw, rows[i].raw)) {
            return rows[i].type;
        }
    }
    return LINE_OTHER;
}

/* Lines of other types bear no usage. */
static bool is_wanted(struct str type)
{
    return type_of(type) != LINE_OTHER;
}

static enum rc scan_one(void *arg, const struct json *line, uint64_t number)
{
    struct scan *s = arg;
    const struct json *timestamp = json_get(line, "timestamp");
    const struct json *payload = json_get(line, "payload");
    s->line = number;
    switch (type_of(json_raw(json_get(line, "type")))) {
    case LINE_OTHER:
        return RC_OK;
    case LINE_META:
        return read_meta(s, timestamp, payload);
    case LINE_CONTEXT:
        return read_context(s, payload);
    case LINE_EVENT:
        return read_event(s, timestamp, payload);
    case LINE_RECORD:
        return read_record(s, timestamp, payload);
    }
    return RC_OK;
}

/* A rollout without its first line: the session's id ends the file's name,
 * rollout-2026-09-21T14-00-00-<id>.jsonl. */
static void guess_session(struct rollout *r)
{
    enum { ID_BYTES = 36 };
    struct str name = import_base_name(str_from_cz(r->path));
    size_t dot = str_find(name, STR(".jsonl"), 0);
    name = str_sub(name, 0, dot);
    if (r->session.n == 0) {
        r->session = name.n > ID_BYTES
                         ? str_sub(name, name.n - ID_BYTES, ID_BYTES)
                         : name;
    }
}

static enum rc scan(struct import_reader *reader, struct import_found *found,
                    struct why *why)
{
    struct scan s = {.found = found, .arena = found->arena};
    s.rollout = arena_alloc(s.arena, sizeof(*s.rollout));
    enum rc rc = s.rollout != NULL ? RC_OK : RC_LIMIT;
    if (rc == RC_OK) {
        const struct import_log_scan lines = {
            .is_wanted = is_wanted, .line = scan_one, .arg = &s};
        rc = import_each_log_line(reader, found, &lines, why);
    }
    if (rc == RC_OK) {
        s.rollout->path = found->path;
        guess_session(s.rollout);
        found->calls = s.rollout;
    }
    return rc;
}

/* ---- calls ---- */

struct call {
    const struct rollout *rollout;
    const struct step *step;
    struct counts counts; /* of this call alone */
    uint32_t n_resets;    /* of the session's counters before it */
};

struct gathering {
    const struct import_found *const *found;
    size_t n_found;
    struct map by_session; /* struct rollout */
    struct arena tmp;
    struct call *calls;
    struct import_order *order;
    size_t n;
    uint64_t n_merged;
};

/* How many steps two sessions have in common from their beginnings. */
static size_t n_common(const struct rollout *a, const struct rollout *b)
{
    size_t n = 0;
    const struct step *x = a->first;
    const struct step *y = b->first;
    while (x != NULL && y != NULL && x->has_total && y->has_total &&
           is_equal(&x->total, &y->total)) {
        n++;
        x = x->next;
        y = y->next;
    }
    return n;
}

/* The steps written at once, within a second of one another, at a fork's
 * beginning.  One alone counts only right behind the first line: a response
 * takes longer than that. */
static size_t n_burst(const struct rollout *r)
{
    size_t n = 0;
    int64_t before_us = r->begin_us;
    for (const struct step *s = r->first; s != NULL; s = s->next) {
        int64_t gap_us = s->ts_us - before_us;
        if (gap_us > UTC_US_PER_SECOND && n > 0) {
            break;
        }
        before_us = s->ts_us;
        n++;
    }
    bool is_at_begin =
        n > 0 && r->first->ts_us - r->begin_us <= UTC_US_PER_SECOND;
    return n > 1 || is_at_begin ? n : 0;
}

static size_t n_replayed(const struct gathering *g, const struct rollout *r)
{
    if (r->parent.n == 0) {
        return 0;
    }
    const struct rollout *parent = map_get(&g->by_session, r->parent);
    return parent != NULL && parent != r ? n_common(r, parent) : n_burst(r);
}

/* One step back: was any counter higher before? */
static bool is_reset(const struct counts *now, const struct counts *before)
{
    for (uint32_t i = 0; i < COUNT__COUNT; i++) {
        if (now->n[i] < before->n[i]) {
            return true;
        }
    }
    return false;
}

/* What a step alone used.
 *   before  the counters before it, NULL when this log does not say: then
 *           they may hold what other logs tell, so only the last response
 *           is sure */
static struct counts used(const struct step *s, const struct counts *before)
{
    struct counts counts = s->last;
    if (!s->has_total) {
        return counts;
    }
    if (before == NULL || is_reset(&s->total, before)) {
        return s->has_last ? s->last : s->total;
    }
    for (uint32_t i = 0; i < COUNT__COUNT; i++) {
        counts.n[i] = s->total.n[i] - before->n[i];
    }
    return counts;
}

static void add_call(struct gathering *g, const struct call *call)
{
    g->calls[g->n] = *call;
    g->order[g->n] = (struct import_order){.ts_us = call->step->ts_us,
                                           .call = &g->calls[g->n]};
    g->n++;
}

static void add_rollout(struct gathering *g, const struct rollout *r)
{
    const struct counts *before = NULL;
    struct call call = {.rollout = r};
    size_t n_left = r->has_records ? 0 : n_replayed(g, r);
    g->n_merged += r->n_repeated + n_left;
    for (const struct step *s = r->first; s != NULL; s = s->next) {
        bool is_record = s->response_id.n > 0;
        if (is_record != r->has_records) {
            continue;
        }
        if (n_left > 0) {
            n_left--;
        } else {
            call.step = s;
            call.counts = used(s, before);
            call.n_resets +=
                before != NULL && s->has_total && is_reset(&s->total, before)
                    ? 1
                    : 0;
            add_call(g, &call);
        }
        before = s->has_total ? &s->total : before;
    }
}

/* ---- events ---- */

static int64_t minus(int64_t whole, int64_t part)
{
    return part < whole ? whole - part : 0;
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void to_event(const struct call *call, struct event *ev)
{
    const struct rollout *r = call->rollout;
    const struct step *s = call->step;
    const int64_t *n = call->counts.n;
    event_init(ev);
    ev->ts_us = s->ts_us;
    /* Cached and written are inside input, reasoning inside output. */
    ev->token[TOKEN_CACHE_READ] = smaller(n[COUNT_CACHED], n[COUNT_INPUT]);
    int64_t fresh = n[COUNT_INPUT] - ev->token[TOKEN_CACHE_READ];
    ev->token[TOKEN_CACHE_WRITE_5M] = smaller(n[COUNT_WRITTEN], fresh);
    ev->token[TOKEN_INPUT] = minus(fresh, n[COUNT_WRITTEN]);
    ev->token[TOKEN_OUTPUT_REASONING] =
        smaller(n[COUNT_REASONING], n[COUNT_OUTPUT]);
    ev->token[TOKEN_OUTPUT] = minus(n[COUNT_OUTPUT], n[COUNT_REASONING]);
    ev->dim[DIM_PROVIDER] =
        r->provider.n > 0 ? import_value_dim(r->provider) : STR("openai");
    ev->dim[DIM_MODEL] =
        s->model.n > 0 ? import_value_dim(s->model) : STR(MODEL_GUESSED);
    ev->dim[DIM_FEATURE] = import_value_dim(import_base_name(s->cwd));
    ev->dim[DIM_WORKFLOW] = import_value_dim(r->session);
    import_value_tag(ev, "git_branch", r->branch);
    if (s->model.n == 0) {
        import_value_tag(ev, "import_note", STR("model_guessed"));
    }
    import_value_tag(ev, "version", r->version);
}

/* session:resets:counters, which stay the same however the log grows; or the
 * response's own id. */
static void add_id(struct buf *b, const struct call *call)
{
    const struct step *s = call->step;
    if (s->response_id.n > 0) {
        buf_str(b, s->response_id);
        return;
    }
    const struct counts *state = s->has_total ? &s->total : &s->last;
    buf_str(b, call->rollout->session);
    buf_char(b, ':');
    if (s->has_total) {
        buf_u64(b, call->n_resets);
    } else {
        buf_i64(b, s->ts_us);
    }
    for (uint32_t i = 0; i < COUNT__COUNT; i++) {
        buf_char(b, i == 0 ? ':' : '-');
        buf_i64(b, state->n[i]);
    }
}

static enum rc set_id(struct arena *arena, const struct call *call,
                      struct event *ev)
{
    struct buf b;
    buf_init(&b, LIMIT_IMPORT_ROW_BYTES);
    add_id(&b, call);
    enum rc rc = import_own_id(arena, buf_view(&b), &ev->id);
    buf_fini(&b);
    return rc;
}

static enum rc put_call(struct import_job *job, const struct call *call,
                        struct why *why)
{
    struct event ev;
    const char *path = call->rollout->path;
    if (path != job->path) {
        import_job_begin_file(job, path);
    }
    import_job_begin_record(job, STR_EMPTY);
    to_event(call, &ev);
    enum rc rc = set_id(&job->arena, call, &ev);
    if (rc != RC_OK) {
        rc = why_set(why, rc, "its id is too long");
    } else if (call->step->bad != NULL) {
        rc = why_set(why, RC_INVALID, "%s cannot be read", call->step->bad);
        event_add_json(&job->mapped, &ev);
    } else {
        rc = import_job_put(job, &ev, false, why);
    }
    if (rc != RC_OK && !job->has_ended) {
        import_job_refuse_at(job, "line", call->step->line, why);
        return RC_OK;
    }
    return rc;
}

/* ---- gathering ---- */

static enum rc list_calls(struct gathering *g)
{
    size_t n = 0;
    for (size_t i = 0; i < g->n_found; i++) {
        struct rollout *r = g->found[i]->calls;
        map_put(&g->by_session, r->session, r);
        n += r->n;
    }
    g->calls = arena_array(&g->tmp, n, sizeof(*g->calls));
    g->order = arena_array(&g->tmp, n, sizeof(*g->order));
    if (g->calls == NULL || g->order == NULL) {
        return RC_LIMIT;
    }
    for (size_t i = 0; i < g->n_found; i++) {
        add_rollout(g, g->found[i]->calls);
    }
    return import_order_sort(g->order, g->n, &g->tmp);
}

static enum rc gather(struct import_job *job,
                      const struct import_found *const *found, size_t n,
                      struct why *why)
{
    struct gathering g = {.found = found, .n_found = n};
    map_init(&g.by_session);
    arena_init(&g.tmp, LIMIT_IMPORT_FOUND_BYTES);
    enum rc rc = list_calls(&g);
    if (rc != RC_OK) {
        rc = why_set(why, rc, "no memory left to sort the calls");
    }
    job->counts->n_merged += g.n_merged;
    for (size_t i = 0; i < g.n && rc == RC_OK; i++) {
        rc = put_call(job, g.order[i].call, why);
    }
    arena_fini(&g.tmp);
    map_fini(&g.by_session);
    return rc;
}

/* ---- the row ---- */

/* By two of the members that every line has: the third, of a first line, may
 * be longer than what is looked at. */
static enum import_match is_object(struct str obj)
{
    static const struct str names[] = {STR_INIT("timestamp"), STR_INIT("type")};
    struct json_split it;
    struct str key;
    struct str raw;
    if (import_value_members(obj, names, 2) != 3 || !json_split_obj(obj, &it)) {
        return IMPORT_MATCH_NO;
    }
    while (json_split_next(&it, &key, &raw) == RC_OK) {
        if (str_eq(key, names[1])) {
            return type_of(raw) != LINE_OTHER ? IMPORT_MATCH_SURE
                                              : IMPORT_MATCH_NO;
        }
    }
    return IMPORT_MATCH_NO;
}

const struct import_format import_format_codex = {
    .about = {"codex", "session logs of the Codex CLI, folders of them "
                       "(~/.codex/sessions)"},
    .is_object = is_object,
    .scan = scan,
    .gather = gather,
};
