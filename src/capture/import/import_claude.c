#include "capture/import/import_claude.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/utc.h"
#include "base/why.h"
#include "capture/import/import_session.h"
#include "capture/import/import_value.h"
#include "event/event.h"
#include "event/event_json.h"

bool claude_same_key(const struct claude_call *a, const struct claude_call *b)
{
    return a->part == b->part && a->message_id.n > 0 &&
           str_eq(a->message_id, b->message_id) &&
           str_eq(a->request_id, b->request_id);
}

/* How directly a telling names the session it belongs to. */
static int directness(const struct claude_call *c)
{
    if (c->is_nested) {
        return 0;
    }
    return c->is_side ? 1 : 2;
}

static void take_attribution(struct claude_call *into,
                             const struct claude_call *other)
{
    into->session = other->session;
    into->project = other->project;
    into->branch = other->branch;
    into->version = other->version;
    into->agent = other->agent.n > 0 ? other->agent : into->agent;
    into->path = other->path;
    into->line = other->line;
    into->is_nested = other->is_nested;
}

static void fill_if_empty(struct str *into, struct str other)
{
    if (into->n == 0) {
        *into = other;
    }
}

void claude_fold(struct claude_call *into, const struct claude_call *other)
{
    for (uint32_t i = 0; i < CLAUDE_COUNT__COUNT; i++) {
        if (other->usage.count[i] > into->usage.count[i]) {
            into->usage.count[i] = other->usage.count[i];
        }
    }
    if (other->has_cost &&
        (!into->has_cost || other->cost.pico > into->cost.pico)) {
        into->has_cost = true;
        into->cost = other->cost;
    }
    if (other->has_ts && (!into->has_ts || other->ts_us < into->ts_us)) {
        into->has_ts = true;
        into->ts_us = other->ts_us;
    }
    into->last_us =
        other->last_us > into->last_us ? other->last_us : into->last_us;
    into->is_open = into->is_open || other->is_open;
    if (directness(other) > directness(into)) {
        take_attribution(into, other);
    }
    fill_if_empty(&into->agent, other->agent);
    if (into->model.n == 0) {
        into->model = other->model;
        into->provider = other->provider;
    }
    fill_if_empty(&into->usage.tier, other->usage.tier);
    fill_if_empty(&into->usage.speed, other->usage.speed);
    fill_if_empty(&into->usage.geo, other->usage.geo);
    into->is_side = into->is_side && other->is_side;
    /* One telling that could be read is enough. */
    into->usage.bad = other->usage.bad == NULL ? NULL : into->usage.bad;
}

/* ---- merging ---- */

/* Calls by message id: heads of chains. */
struct merger {
    struct claude_call **heads;
    size_t n_heads; /* a power of two */
    uint64_t n_merged;
};

/* A side chain repeats its parent's answer under another request id: the
 * parent's is the one that was paid. */
static bool is_replay(const struct claude_call *a, const struct claude_call *b)
{
    return a->part == b->part && (a->is_side || b->is_side) &&
           str_eq(a->message_id, b->message_id);
}

/* One more telling meets those of the same message.  Either it or one of
 * them is gone afterwards when they are of the same request. */
static void merge_call(struct merger *m, struct claude_call *c)
{
    struct claude_call **head =
        &m->heads[hash_64(c->message_id.p, c->message_id.n, 0) &
                  (m->n_heads - 1)];
    struct claude_call *replay = NULL;
    for (struct claude_call *o = *head; o != NULL; o = o->chain) {
        if (o->is_gone) {
            continue;
        }
        if (claude_same_key(o, c)) {
            claude_fold(o, c);
            c->is_gone = true;
            m->n_merged++;
            return;
        }
        if (replay == NULL && is_replay(o, c)) {
            replay = o;
        }
    }
    if (replay != NULL) {
        struct claude_call *side = c->is_side ? c : replay;
        side->is_gone = true;
        m->n_merged++;
    }
    c->chain = *head;
    *head = c;
}

/* ---- events ---- */

static int64_t minus(int64_t whole, int64_t part)
{
    return part < whole ? whole - part : 0;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void set_counts(const struct claude_call *c, struct event *ev)
{
    const int64_t *n = c->usage.count;
    int64_t long_write = n[CLAUDE_CACHE_WRITE_1H];
    int64_t written =
        larger(n[CLAUDE_CACHE_WRITE], n[CLAUDE_CACHE_WRITE_5M] + long_write);
    int64_t thinking = smaller(n[CLAUDE_THINKING], n[CLAUDE_OUTPUT]);
    ev->token[TOKEN_INPUT] = n[CLAUDE_INPUT];
    ev->token[TOKEN_CACHE_READ] = n[CLAUDE_CACHE_READ];
    ev->token[TOKEN_CACHE_WRITE_5M] = minus(written, long_write);
    ev->token[TOKEN_CACHE_WRITE_1H] = long_write;
    ev->token[TOKEN_OUTPUT] = n[CLAUDE_OUTPUT] - thinking;
    ev->token[TOKEN_OUTPUT_REASONING] = thinking;
    ev->web_searches = n[CLAUDE_SEARCHES];
}

static void set_tags(const struct claude_call *c, struct event *ev)
{
    import_value_tag(ev, "agent", c->agent);
    import_value_tag(ev, "git_branch", c->branch);
    if (!str_eq(c->usage.geo, STR("not_available"))) {
        import_value_tag(ev, "inference_geo", c->usage.geo);
    }
    enum service_tier tier = service_tier_from(c->usage.tier);
    if (tier != 0) {
        ev->service_tier = tier;
    } else {
        import_value_tag(ev, "service_tier", c->usage.tier);
    }
    if (!str_eq(c->usage.speed, STR("standard"))) {
        import_value_tag(ev, "speed", c->usage.speed);
    }
    import_value_tag(ev, "version", c->version);
}

void claude_to_event(const struct claude_call *c, struct event *ev)
{
    event_init(ev);
    ev->ts_us = c->ts_us;
    set_counts(c, ev);
    ev->has_reported_cost = c->has_cost;
    ev->reported_cost = c->cost;
    ev->dim[DIM_PROVIDER] = c->provider;
    ev->dim[DIM_MODEL] = import_value_dim(c->model);
    ev->dim[DIM_FEATURE] = import_value_dim(c->project);
    ev->dim[DIM_WORKFLOW] = import_value_dim(c->session);
    set_tags(c, ev);
}

/* The request's, by which Claude Code's telemetry names the call too, and for
 * an advisor's answer which one it is.  Old lines without it have the
 * message's, or an id of the line, or are known by what they say. */
static void add_id(struct buf *b, const struct claude_call *c)
{
    const struct str ids[] = {c->request_id, c->message_id, c->uuid};
    size_t i = 0;
    while (i < ARRAY_N(ids) && ids[i].n == 0) {
        i++;
    }
    if (i < ARRAY_N(ids)) {
        buf_str(b, ids[i]);
    } else {
        buf_str(b, c->session);
        buf_char(b, ':');
        buf_i64(b, c->ts_us);
        buf_char(b, ':');
        buf_u64(b, hash_64(c->usage.count, sizeof(c->usage.count), 0));
    }
    if (c->part > 0) {
        buf_cz(b, ":advisor");
        buf_u64(b, c->part);
    }
}

static enum rc set_id(struct arena *arena, const struct claude_call *c,
                      struct event *ev)
{
    struct buf b;
    buf_init(&b, LIMIT_IMPORT_ROW_BYTES);
    add_id(&b, c);
    enum rc rc = import_own_id(arena, buf_view(&b), &ev->id);
    buf_fini(&b);
    return rc;
}

static enum rc put_call(struct import_job *job, const struct claude_call *c,
                        struct why *why)
{
    struct event ev;
    if (c->path != job->path) {
        import_job_begin_file(job, c->path);
    }
    import_job_begin_record(job, STR_EMPTY);
    claude_to_event(c, &ev);
    enum rc rc = set_id(&job->arena, c, &ev);
    if (rc != RC_OK) {
        rc = why_set(why, rc, "its ids are too long");
    } else if (c->usage.bad != NULL) {
        rc = why_set(why, RC_INVALID, "%s cannot be read", c->usage.bad);
        event_add_json(&job->mapped, &ev);
    } else {
        rc = import_job_put(job, &ev, false, why);
    }
    if (rc != RC_OK && !job->has_ended) {
        import_job_refuse_at(job, "line", c->line, why);
        return RC_OK;
    }
    return rc;
}

/* ---- gathering ---- */

/* A log that is being written ends within an answer.  What that answer has
 * used so far would stay what it has used: its id is known from then on.  So
 * a file's last answer waits until it is a while old. */
static void mark_open(const struct claude_calls *calls, int64_t now_us)
{
    const struct claude_call *last = calls->last;
    if (last == NULL || last->message_id.n == 0 || !last->has_ts ||
        last->last_us < now_us - LIMIT_IMPORT_OPEN_S * UTC_US_PER_SECOND) {
        return;
    }
    for (struct claude_call *c = calls->first; c != NULL; c = c->next) {
        c->is_open = str_eq(c->message_id, last->message_id);
    }
}

/* Every call of one file, in its order, through the merger. */
static void merge_file(struct merger *m, const struct claude_calls *calls)
{
    m->n_merged += calls->n_merged;
    for (struct claude_call *c = calls->first; c != NULL; c = c->next) {
        if (c->message_id.n > 0) {
            merge_call(m, c);
        }
    }
}

/* What is left of one file's calls. */
static size_t list_kept(const struct claude_calls *calls,
                        struct import_order *order)
{
    size_t n = 0;
    for (const struct claude_call *c = calls->first; c != NULL; c = c->next) {
        if (!c->is_gone) {
            order[n++] = (struct import_order){.ts_us = c->ts_us, .call = c};
        }
    }
    return n;
}

/* Merge all files in their order, then list what is left in that of time. */
static enum rc merge_all(struct merger *m,
                         const struct import_found *const *found, size_t n,
                         struct arena *tmp, struct import_order *order,
                         size_t *ret_n)
{
    size_t n_kept = 0;
    for (size_t i = 0; i < n; i++) {
        merge_file(m, found[i]->calls);
    }
    for (size_t i = 0; i < n; i++) {
        n_kept += list_kept(found[i]->calls, order + n_kept);
    }
    *ret_n = n_kept;
    return import_order_sort(order, n_kept, tmp);
}

enum rc claude_gather(struct import_job *job,
                      const struct import_found *const *found, size_t n,
                      struct why *why)
{
    struct merger m = {.n_heads = 1};
    struct arena tmp;
    size_t n_calls = 0;
    for (size_t i = 0; i < n; i++) {
        const struct claude_calls *calls = found[i]->calls;
        mark_open(calls, job->opt->now_us);
        n_calls += calls->n;
    }
    while (m.n_heads < n_calls) {
        m.n_heads *= 2;
    }
    arena_init(&tmp, LIMIT_IMPORT_FOUND_BYTES);
    m.heads = arena_array(&tmp, m.n_heads, sizeof(struct claude_call *));
    struct import_order *order = arena_array(&tmp, n_calls, sizeof(*order));
    enum rc rc = m.heads != NULL && order != NULL ? RC_OK : RC_LIMIT;
    size_t n_kept = 0;
    if (rc == RC_OK) {
        rc = merge_all(&m, found, n, &tmp, order, &n_kept);
        job->counts->n_merged += m.n_merged;
    }
    if (rc != RC_OK) {
        rc = why_set(why, rc, "no memory left to merge %zu calls", n_calls);
    }
    for (size_t i = 0; i < n_kept && rc == RC_OK; i++) {
        const struct claude_call *c = order[i].call;
        if (c->is_open) {
            job->counts->n_open++;
        } else {
            rc = put_call(job, c, why);
        }
    }
    arena_fini(&tmp);
    return rc;
}
