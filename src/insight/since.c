#include "insight/since.h"

#include "base/buf.h"
#include "base/utc.h"
#include "base/why.h"
#include "event/registry.h"
#include "insight/jump.h"
#include "query/period.h"
#include "query/query_field.h"
#include "query/query_record.h"

#include <math.h>

enum { HOURLY_DAYS_MAX = 40, MARKERS_MAX = 20000 };

#define METRICS                                              \
    "requests,ok_requests,ok_input_tokens,ok_output_tokens," \
    "input_tokens,output_tokens,cache_read_tokens"
#define RATIO_MIN 0.08 /* a jump of less is none */
#define SHARE_MIN 0.05 /* likewise, of shares */

enum label { RELEASE, MODEL, EXPERIMENT, VARIANT, LABELS };

struct since_row {
    int64_t at_us;
    size_t scope;
    struct str when;
    struct str label[LABELS];
    double attempts, ok, in_ok, out_ok, in_all, out_all, read;
};

/* ---- asking ---- */

static const char *const label_name[LABELS] = {"release", "model", "experiment",
                                               "variant"};

/* "feature,release,model,...", and the column of each; NULL at the cap. */
static const char *question_by(const struct contrast *c, struct arena *arena,
                               size_t column[LABELS])
{
    struct str list = c->by;
    size_t n = 1;

    for (size_t i = 0; i < LABELS && list.p != NULL; i++) {
        if (str_eq(c->by, str_from_cz(label_name[i]))) {
            column[i] = 1;
            continue;
        }
        column[i] = ++n;
        list = str_fmt(arena, "%.*s,%s", STR_ARG(list), label_name[i]);
    }
    return list.p == NULL ? NULL : str_cz(arena, list);
}

struct asked { /* which scopes, and where the answer has what */
    const size_t *scope;
    size_t n_scopes;
    size_t column[LABELS];
};

static size_t scope_named(const struct contrast *c, const struct asked *asked,
                          struct str name)
{
    for (size_t i = 0; i < asked->n_scopes; i++) {
        if (str_eq(c->scope[asked->scope[i]].name, name)) {
            return asked->scope[i];
        }
    }
    return c->n_scopes;
}

static void read_row(const struct answer *a, size_t row,
                     const size_t column[LABELS], struct since_row *ret)
{
    double *const value[] = {&ret->attempts, &ret->ok,     &ret->in_ok,
                             &ret->out_ok,   &ret->in_all, &ret->out_all,
                             &ret->read};

    ret->when = answer_str(a, row, 0);
    for (size_t i = 0; i < LABELS; i++) {
        ret->label[i] = answer_str(a, row, column[i]);
    }
    for (size_t i = 0; i < ARRAY_N(value); i++) {
        *value[i] = (double)answer_count(a, row, a->n_keys + i);
    }
}

static enum rc read_rows(const struct insight_call *call,
                         const struct answer *a, const struct asked *asked,
                         struct since_line *ret, struct why *why)
{
    struct period_zone *zone = NULL;
    enum rc rc = period_zone_open(call->env->timezone, &zone, why);

    ret->row = arena_array(call->arena, a->n_rows, sizeof(*ret->row));
    if (rc == RC_OK && ret->row == NULL) {
        rc = why_set(why, RC_LIMIT, "the hours do not fit in memory");
    }
    for (size_t i = 0; i < a->n_rows && rc == RC_OK; i++) {
        struct since_row *row = &ret->row[ret->n_rows++];

        read_row(a, i, asked->column, row);
        row->scope = scope_named(ret->contrast, asked, answer_str(a, i, 1));
        rc = period_parse_time(zone, row->when, &row->at_us, why);
    }
    period_zone_close(&zone);
    return rc;
}

struct markers {
    struct arena *arena;
    struct buf marker; /* struct since_marker */
};

static enum rc add_marker(struct markers *m, const struct since_marker *marker,
                          struct why *why)
{
    struct since_marker copy = *marker;
    enum rc rc = str_dup(m->arena, marker->name, &copy.name);

    if (rc == RC_OK) {
        rc = str_dup(m->arena, marker->scope, &copy.scope);
    }
    if (rc != RC_OK) {
        return why_set(why, rc, "the releases do not fit in memory");
    }
    buf_add(&m->marker, &copy, sizeof copy); /* those beyond are left out */
    return RC_OK;
}

static enum rc take_release(void *arg, const struct record *rec,
                            struct why *why)
{
    const struct since_marker marker = {SINCE_RELEASE, rec->dim[DIM_RELEASE],
                                        rec->ts_us, rec->dim[DIM_FEATURE]};

    return add_marker(arg, &marker, why);
}

static enum rc add_experiment(struct markers *m, const struct experiment *x,
                              struct why *why)
{
    const struct since_marker start = {SINCE_EXPERIMENT, x->name, x->start_us,
                                       x->feature};
    const struct since_marker rollout = {SINCE_ROLLOUT, x->name, x->rollout_us,
                                         x->feature};
    enum rc rc = RC_OK;

    if (x->start_us != EXPERIMENT_ALWAYS_US) {
        rc = add_marker(m, &start, why);
    }
    if (rc == RC_OK && x->rollout_us != EXPERIMENT_NEVER_US) {
        rc = add_marker(m, &rollout, why);
    }
    return rc;
}

/* What is known beside the calls, where scopes are features: the markers of
 * releases and the registered experiments. */
static enum rc add_markers(const struct insight_call *call,
                           const struct insight_question *range,
                           struct since_line *line, struct why *why)
{
    const struct query_releases q = {.from_us = range->from_us,
                                     .to_us = range->to_us};
    const struct registry *r = call->env->registry;
    size_t n = r == NULL ? 0 : registry_n_experiments(r);
    struct markers m = {.arena = call->arena};

    if (!str_eq(line->contrast->by, STR("feature"))) {
        return RC_OK;
    }
    buf_init(&m.marker, MARKERS_MAX * sizeof(struct since_marker));
    enum rc rc = query_releases(&q, call->env->reader, take_release, &m, why);
    for (size_t i = 0; i < n && rc == RC_OK; i++) {
        rc = add_experiment(&m, registry_experiment(r, i), why);
    }
    if (rc == RC_OK && m.marker.n > 0) {
        line->marker = arena_copy(call->arena, m.marker.p, m.marker.n);
        line->n_markers =
            line->marker == NULL ? 0 : m.marker.n / sizeof(struct since_marker);
    }
    buf_fini(&m.marker);
    return rc;
}

enum rc since_ask(const struct insight_call *call, const struct contrast *c,
                  const size_t *scope, size_t n_scopes, struct since_line *ret,
                  struct why *why)
{
    const struct side *before = &c->sides.side[CHANGE_BEFORE];
    const struct side *after = &c->sides.side[CHANGE_AFTER];
    struct insight_question q = {.metrics = METRICS};
    struct asked asked = {.scope = scope, .n_scopes = n_scopes};
    struct answer *a = NULL;
    struct str where = STR_EMPTY;

    *ret = (struct since_line){.contrast = c, .arena = call->arena};
    if (n_scopes == 0 || c->sides.against.n > 0) {
        return RC_OK;
    }
    enum rc rc = contrast_filter(c, scope, n_scopes, call->arena, &where, why);
    if (rc != RC_OK || where.n == 0) {
        return rc;
    }
    q.from_us =
        before->from_us < after->from_us ? before->from_us : after->from_us;
    q.to_us = before->to_us > after->to_us ? before->to_us : after->to_us;
    bool hourly = q.to_us - q.from_us <= HOURLY_DAYS_MAX * UTC_US_PER_DAY;
    ret->step_us = hourly ? UTC_US_PER_HOUR : UTC_US_PER_DAY;
    q.interval = hourly ? "hour" : "day";
    q.by = question_by(c, call->arena, asked.column);
    q.where = str_cz(call->arena, where);
    if (q.by == NULL || q.where == NULL) {
        return why_set(why, RC_LIMIT, "no room for the question");
    }
    rc = add_markers(call, &q, ret, why);
    if (rc == RC_OK) {
        rc = insight_ask(&after->call, &q, &a, why);
    }
    if (rc == RC_OK && !a->truncated) {
        rc = read_rows(call, a, &asked, ret, why);
    }
    return rc;
}

/* ---- the jump ---- */

static void add_measure(enum change_cause cause, const struct since_row *r,
                        bool is_model, struct jump_point *p)
{
    switch (cause) {
    case CHANGE_MODEL_MIX:
        p->n += is_model ? r->ok : 0;
        p->weight += r->ok;
        return;
    case CHANGE_INPUT_TOKENS:
        p->n += r->in_ok;
        p->weight += r->ok;
        return;
    case CHANGE_OUTPUT_TOKENS:
        p->n += r->out_ok;
        p->weight += r->ok;
        return;
    case CHANGE_CACHE:
        p->n += r->read;
        p->weight += r->in_all;
        return;
    case CHANGE_RETRIES:
        p->n += r->in_all + r->out_all;
        p->weight += r->in_ok + r->out_ok;
        return;
    case CHANGE_NONE:
    case CHANGE_USERS:
    case CHANGE_REQUESTS_PER_USER:
    case CHANGE_PRICE:
    case CHANGE_NEW:
    case CHANGE_REMOVED:
    case CHANGE_DAYS:
    case CHANGE_OTHER:
    case CHANGE__COUNT:
        return; /* does not jump, or not by what happens to a call */
    }
}

/* A model that was not there before is measured with all its scope. */
static bool is_by_model(const struct contrast *c, const struct contrast_pick *p)
{
    return p->cell < c->n_cells && p->cause != CHANGE_MODEL_MIX &&
           c->change[p->cell].count[CHANGE_BEFORE].attempts > 0 &&
           c->change[p->cell].count[CHANGE_AFTER].attempts > 0;
}

static size_t make_series(const struct since_line *line,
                          const struct contrast_pick *p, struct jump_point *ret)
{
    const struct contrast *c = line->contrast;
    struct str model =
        p->cell < c->n_cells ? c->cell[p->cell].model : STR_EMPTY;
    bool by_model = is_by_model(c, p);
    size_t n = 0;

    for (size_t i = 0; i < line->n_rows; i++) {
        const struct since_row *r = &line->row[i];
        bool is_model = str_eq(r->label[MODEL], model);

        if (r->scope != p->scope || (by_model && !is_model)) {
            continue;
        }
        if (n == 0 || ret[n - 1].at_us != r->at_us) {
            ret[n++] = (struct jump_point){.at_us = r->at_us};
        }
        add_measure(p->cause, r, is_model, &ret[n - 1]);
    }
    return n;
}

static bool is_large(enum change_cause cause, const struct jump *j)
{
    if (cause == CHANGE_MODEL_MIX || cause == CHANGE_CACHE) {
        return fabs(j->size) >= SHARE_MIN;
    }
    return j->before > 0 && fabs(j->size / j->before) >= RATIO_MIN;
}

/* ---- what coincides ---- */

/* The search for it: something that happened within two hours of the jump, or
 * within a day, at a time that the calls cannot tell from the jump's. */
struct search {
    const struct since_line *line;
    const struct jump_point *point;
    size_t n_points;
    const struct jump *jump;
    size_t cut;     /* where it began */
    bool is_inside; /* in the middle of that day, no other will do */

    enum since_kind kind; /* the best until now */
    struct str name;
    size_t best;
    double loss;
};

static bool is_hourly(const struct since_line *line)
{
    return line->step_us == UTC_US_PER_HOUR;
}

#define SOON_US (2 * UTC_US_PER_HOUR) /* a release takes its time to arrive */

static void offer(struct search *s, enum since_kind kind, struct str name,
                  int64_t at_us)
{
    int64_t begun_us = s->point[s->cut].at_us;
    int64_t away_us = at_us > begun_us ? at_us - begun_us : begun_us - at_us;
    size_t at = 0;
    double loss = 0;

    if (name.n == 0 || away_us > UTC_US_PER_DAY) {
        return;
    }
    while (at < s->n_points && s->point[at].at_us + s->line->step_us <= at_us) {
        at++;
    }
    if (s->is_inside && at != s->cut) {
        return;
    }
    if (at != s->cut && (!is_hourly(s->line) || away_us > SOON_US)) {
        loss = jump_loss(s->point, s->n_points, s->jump, at);
    }
    if (loss > JUMP_ALIKE) {
        return;
    }
    loss += (double)away_us / (double)UTC_US_PER_DAY; /* of equals the nearer */
    if (s->kind == SINCE_NOTHING || loss < s->loss) {
        s->kind = kind;
        s->name = name;
        s->best = away_us > SOON_US ? at : s->cut;
        s->loss = loss;
    }
}

/* Whether no earlier (later) row of the scope has the label's value. */
static bool is_end(const struct since_line *line, size_t at, enum label label,
                   bool is_first)
{
    const struct since_row *r = &line->row[at];
    size_t end = is_first ? at : line->n_rows;

    for (size_t i = is_first ? 0 : at + 1; i < end; i++) {
        const struct since_row *other = &line->row[i];
        bool is_same = label != VARIANT ||
                       str_eq(other->label[EXPERIMENT], r->label[EXPERIMENT]);

        if (is_same && other->scope == r->scope && other->at_us != r->at_us &&
            str_eq(other->label[label], r->label[label])) {
            return false;
        }
    }
    return true;
}

static void offer_row(struct search *s, size_t i, enum change_cause cause)
{
    static const enum since_kind kind[] = {[RELEASE] = SINCE_RELEASE,
                                           [MODEL] = SINCE_MODEL,
                                           [EXPERIMENT] = SINCE_EXPERIMENT};
    const struct since_row *r = &s->line->row[i];
    bool is_oldest = r->at_us == s->point[0].at_us; /* may be older still */

    for (enum label k = RELEASE; k < ARRAY_N(kind); k++) {
        bool is_cause = k == MODEL && cause == CHANGE_MODEL_MIX;
        if (!is_cause && !is_oldest && is_end(s->line, i, k, true)) {
            offer(s, kind[k], r->label[k], r->at_us);
        }
    }
    if (r->label[VARIANT].n > 0 && is_end(s->line, i, VARIANT, false)) {
        offer(s, SINCE_ROLLOUT, r->label[EXPERIMENT],
              r->at_us + s->line->step_us);
    }
}

static void search(struct search *s, const struct contrast_pick *p)
{
    const struct since_line *line = s->line;
    struct str scope = line->contrast->scope[p->scope].name;
    int64_t at_us = s->point[s->cut].at_us;

    for (size_t i = 0; i < line->n_markers; i++) {
        const struct since_marker *m = &line->marker[i];
        if (m->scope.n == 0 || str_eq(m->scope, scope)) {
            offer(s, m->kind, m->name, m->at_us);
        }
    }
    for (size_t i = 0; i < line->n_rows; i++) {
        const struct since_row *r = &line->row[i];
        if (r->scope == p->scope && r->at_us >= at_us - 2 * UTC_US_PER_DAY &&
            r->at_us <= at_us + UTC_US_PER_DAY) {
            offer_row(s, i, p->cause);
        }
    }
}

/* "2026-11-14T09:00:00+01:00" as "2026-11-14 09:00". */
static struct str shown(const struct since_line *line, int64_t at_us)
{
    struct str when = STR_EMPTY;

    for (size_t i = 0; i < line->n_rows; i++) {
        if (line->row[i].at_us == at_us) {
            when = line->row[i].when;
            break;
        }
    }
    if (when.n < 16) {
        return when;
    }
    struct str text =
        str_fmt(line->arena, "%.*s %.*s", STR_ARG(str_sub(when, 0, 10)),
                STR_ARG(str_sub(when, 11, 5)));
    return text.p == NULL ? str_sub(when, 0, 10) : text;
}

struct since since_find(const struct since_line *line,
                        const struct contrast_pick *p)
{
    struct since since = {.is_known = false};
    struct jump jump;

    struct jump_point *point =
        line->n_rows == 0
            ? NULL
            : arena_array(line->arena, line->n_rows, sizeof(*point));
    if (point == NULL) {
        return since;
    }
    bool hourly = is_hourly(line);
    size_t n = make_series(line, p, point);
    if (!jump_find(point, n, &jump) || !is_large(p->cause, &jump) ||
        !jump_is_step(point, n, &jump, (hourly ? 1 : 2) * UTC_US_PER_DAY)) {
        return since;
    }
    struct search s = {.line = line,
                       .point = point,
                       .n_points = n,
                       .jump = &jump,
                       .cut = hourly ? jump.cut : jump_begun(point, &jump)};
    s.is_inside = s.cut != jump.cut;
    s.best = s.cut;
    search(&s, p);
    since.is_known = true;
    since.when = shown(line, point[s.best].at_us);
    since.kind = s.kind;
    since.name = s.name;
    return since;
}
