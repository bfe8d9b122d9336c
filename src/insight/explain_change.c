/* explain: why spending changed, split exactly into its causes. */
#include "insight/cause_words.h"
#include "insight/contrast.h"
#include "insight/insight.h"
#include "insight/runaway.h"
#include "insight/say.h"
#include "insight/since.h"

#include "base/why.h"

enum {
    SPOKEN_MAX = 3,     /* causes in the sentence */
    SCOPES_MAX = 32,    /* looked at for when it happened */
    SENTENCE_MAX = 4096 /* bytes */
};

/* A line with the places that it comes from. */
struct line {
    enum change_cause cause;
    num_i128 pico;
    struct contrast_pick pick[CONTRAST_PICKS_MAX];
    struct since since[CONTRAST_PICKS_MAX];
    size_t n_picks;
};

struct explained {
    struct contrast c;
    struct line line[CHANGE__COUNT]; /* the largest first */
    size_t n_lines;
    struct runaway runaway;
};

/* ---- causes ---- */

static void find_lines(struct explained *x)
{
    enum change_cause order[CHANGE__COUNT];
    size_t n = contrast_order(&x->c.all, order);

    for (size_t i = 0; i < n; i++) {
        struct line *l = &x->line[x->n_lines++];
        l->cause = order[i];
        l->pico = x->c.all.part[order[i]];
        l->n_picks = contrast_picks(&x->c, order[i], l->pick);
        if (l->cause == CHANGE_DAYS && l->n_picks > 0) {
            l->n_picks = 1; /* all places have the same days */
            l->pick[0].pico = l->pico;
        }
    }
}

static bool has_scope(const size_t *scope, size_t n, size_t wanted)
{
    for (size_t i = 0; i < n; i++) {
        if (scope[i] == wanted) {
            return true;
        }
    }
    return false;
}

static enum rc find_since(const struct insight_call *call, struct explained *x,
                          struct why *why)
{
    size_t scope[SCOPES_MAX];
    size_t n = 0;
    struct since_line line;

    for (size_t i = 0; i < x->n_lines; i++) {
        for (size_t k = 0; k < x->line[i].n_picks && n < SCOPES_MAX; k++) {
            size_t at = x->line[i].pick[k].scope;
            if (!has_scope(scope, n, at)) {
                scope[n++] = at;
            }
        }
    }
    enum rc rc = since_ask(call, &x->c, scope, n, &line, why);
    for (size_t i = 0; i < x->n_lines && rc == RC_OK; i++) {
        for (size_t k = 0; k < x->line[i].n_picks; k++) {
            x->line[i].since[k] = since_find(&line, &x->line[i].pick[k]);
        }
    }
    return rc;
}

/* Asked where more requests are among what is spoken of. */
static enum rc find_runaway(const struct insight_call *call,
                            struct explained *x, struct why *why)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; i < x->n_lines && i < SPOKEN_MAX && rc == RC_OK; i++) {
        const struct line *l = &x->line[i];
        if (l->cause == CHANGE_REQUESTS_PER_USER && l->n_picks > 0) {
            rc = runaway_ask(call, &x->c, &l->pick[0], &x->runaway, why);
        }
    }
    return rc;
}

/* ---- the sentence ---- */

/* Whether the first n places make most of the line. */
static bool is_most(const struct line *l, size_t n)
{
    num_i128 sum = 0;

    for (size_t i = 0; i < n && n <= l->n_picks; i++) {
        sum += num_abs(l->pick[i].pico);
    }
    return sum * 5 >= num_abs(l->pico) * 3;
}

/* Two models of one place would be told in the same words. */
static bool is_one_place(const struct line *l)
{
    return l->pick[0].scope == l->pick[1].scope && l->cause != CHANGE_PRICE;
}

/* One or two places that make most of it are told, else the cause as such. */
static void add_line(struct buf *b, const struct explained *x,
                     const struct line *l)
{
    size_t n = is_most(l, 1) ? 1 : is_most(l, 2) ? 2 : 0;

    if (n == 2 && is_one_place(l)) {
        struct contrast_pick p =
            contrast_pick_scope(&x->c, l->pick[0].scope, l->cause);
        cause_words_pick(b, &x->c, &p, x->c.n_scopes > 1, &l->since[0]);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        buf_cz(b, i > 0 ? " and " : "");
        cause_words_pick(b, &x->c, &l->pick[i], x->c.n_scopes > 1,
                         &l->since[i]);
    }
    if (n == 0) {
        cause_words_line(b, l->cause, l->pico);
    }
}

/* The largest causes, as long as they tell something. */
static void add_causes(struct buf *b, const struct explained *x)
{
    for (size_t i = 0; i < x->n_lines && i < SPOKEN_MAX; i++) {
        num_i128 size = num_abs(x->line[i].pico);
        if (i > 0 && size * 10 < num_abs(x->line[0].pico)) {
            break;
        }
        buf_cz(b, i == 0 ? ": " : ", ");
        add_line(b, x, &x->line[i]);
    }
}

static void add_subject(struct buf *b, const struct contrast *c)
{
    buf_cz(b, "Spend");
    if (c->n_scopes == 1) {
        buf_cz(b, " on ");
        cause_words_scope(b, c->scope[0].name);
    }
    buf_char(b, ' ');
}

static void add_against(struct buf *b, const struct contrast *c)
{
    num_i128 delta = c->all.part[CHANGE_NONE];
    num_i128 before = c->all.cost[CHANGE_BEFORE];

    if (delta == 0) {
        buf_fmt(b, "is the same as with %.*s", STR_ARG(c->sides.against));
        return;
    }
    buf_cz(b, "is ");
    say_usd(b, num_abs(delta));
    buf_cz(b, delta < 0 ? " lower" : " higher");
    if (before > 0) {
        buf_fmt(b, " (%+.1f %%)", (double)delta / (double)before * 100);
    }
    buf_fmt(b, " than with %.*s", STR_ARG(c->sides.against));
}

static void say_sentence(struct report *out, const struct explained *x)
{
    const struct contrast *c = &x->c;
    struct buf b;

    buf_init(&b, SENTENCE_MAX);
    add_subject(&b, c);
    if (c->sides.against.n > 0) {
        add_against(&b, c);
    } else {
        cause_words_change(&b, c->all.cost[CHANGE_BEFORE],
                           c->all.cost[CHANGE_AFTER]);
    }
    if (c->sum[CHANGE_BEFORE].attempts == 0) {
        buf_cz(&b, ": there were no calls before");
    } else if (c->sum[CHANGE_AFTER].attempts == 0) {
        buf_cz(&b, ": there are no calls any more");
    } else {
        add_causes(&b, x);
    }
    buf_char(&b, '.');
    runaway_say(&b, &x->runaway);
    report_sentence(out, "%.*s", STR_ARG(buf_view(&b)));
    buf_fini(&b);
}

/* ---- tables ---- */

static const struct report_column factor_columns[] = {
    {"name", ANSWER_TEXT, false},
    {"usd", ANSWER_USD, true},
    {"share_of_change", ANSWER_RATIO, false},
};

static void say_factors(struct report *out, const struct contrast *c)
{
    struct report_table *t =
        report_table(out, "factors", "What brought the change about",
                     factor_columns, ARRAY_N(factor_columns));
    double delta = (double)c->all.part[CHANGE_NONE];

    for (enum change_cause k = CHANGE_USERS; k < CHANGE__COUNT; k++) {
        double share = (double)c->all.part[k] / delta; /* null when delta 0 */
        if (contrast_is_measured(c, k) || c->all.part[k] != 0) {
            report_row(t, (struct answer_cell[]){
                              report_str(change_cause_name(k)),
                              report_usd(c->all.part[k]), report_real(share)});
        }
    }
}

static const struct report_column cell_columns[] = {
    {"factor", ANSWER_TEXT, false},         {"scope", ANSWER_TEXT, false},
    {"model", ANSWER_TEXT, false},          {"usd", ANSWER_USD, true},
    {"moved", ANSWER_TEXT, false},          {"before", ANSWER_AVERAGE, false},
    {"after", ANSWER_AVERAGE, false},       {"since", ANSWER_TIME, false},
    {"coincides_with", ANSWER_TEXT, false},
};

static struct answer_cell coincidence(const struct since *since,
                                      struct buf *scratch)
{
    static const char *const word[] = {[SINCE_NOTHING] = "",
                                       [SINCE_RELEASE] = "release ",
                                       [SINCE_EXPERIMENT] = "start of ",
                                       [SINCE_ROLLOUT] = "rollout of ",
                                       [SINCE_MODEL] = "model "};

    if (!since->is_known || since->kind == SINCE_NOTHING) {
        return report_null();
    }
    buf_clear(scratch);
    buf_fmt(scratch, "%s%.*s", word[since->kind], STR_ARG(since->name));
    return report_str(buf_view(scratch));
}

static void say_pick(struct report_table *t, const struct contrast *c,
                     const struct contrast_pick *p, const struct since *since)
{
    struct buf moved;
    struct buf with;
    bool has_model = p->cell < c->n_cells;

    buf_init(&moved, SENTENCE_MAX);
    buf_init(&with, SENTENCE_MAX);
    cause_words_measure(&moved, p);
    report_row(
        t, (struct answer_cell[]){
               report_str(change_cause_name(p->cause)),
               report_str(c->scope[p->scope].name),
               has_model ? report_str(c->cell[p->cell].model) : report_null(),
               report_usd(p->pico),
               moved.n > 0 ? report_str(buf_view(&moved)) : report_null(),
               report_real(p->before),
               report_real(p->after),
               since->is_known ? report_str(since->when) : report_null(),
               coincidence(since, &with),
           });
    buf_fini(&moved);
    buf_fini(&with);
}

static void say_cells(struct report *out, const struct explained *x)
{
    struct report_table *t =
        report_table(out, "cells", "Where, four fifths of each", cell_columns,
                     ARRAY_N(cell_columns));

    for (size_t i = 0; i < x->n_lines; i++) {
        for (size_t k = 0; k < x->line[i].n_picks; k++) {
            if (x->line[i].cause == CHANGE_DAYS) {
                continue;
            }
            say_pick(t, &x->c, &x->line[i].pick[k], &x->line[i].since[k]);
        }
    }
}

static void say_runaway(struct report *out, const struct runaway *r)
{
    if (r->is_found) {
        report_fact(out, "runaway_run", ANSWER_TEXT, report_str(r->run));
        report_fact(out, "runaway_customer", ANSWER_TEXT,
                    report_str(r->customer));
        report_fact(out, "runaway_requests", ANSWER_COUNT,
                    report_count(r->requests));
        report_fact(out, "runaway_usd", ANSWER_USD, report_usd(r->pico));
    }
}

static enum rc run(const struct insight_call *call, struct report *out,
                   struct why *why)
{
    struct explained *x = arena_alloc(call->arena, sizeof *x);

    if (x == NULL) {
        return why_set(why, RC_LIMIT, "no room for the explanation");
    }
    enum rc rc = contrast_run(call, &x->c, why);
    if (rc != RC_OK) {
        return rc;
    }
    report_title(out, "Why spending changed");
    contrast_say_sides(out, &x->c);
    bool lacks = contrast_say_lack(call, out, &x->c, &rc, why);
    if (!lacks) {
        find_lines(x);
        rc = find_since(call, x, why);
    }
    if (rc == RC_OK && !lacks) {
        rc = find_runaway(call, x, why);
    }
    if (rc != RC_OK) {
        return rc;
    }
    say_factors(out, &x->c);
    say_cells(out, x);
    say_runaway(out, &x->runaway);
    if (!lacks) {
        say_sentence(out, x);
        contrast_say_notes(out, &x->c);
    }
    return RC_OK;
}

static const struct insight_param params[] = {
    SIDES_PARAMS,
    {"by", "DIM", "tells the change by this dimension; feature unless said",
     false},
};

const struct insight insight_explain = {
    .name = "explain",
    .path = "/api/explain",
    .summary = "why spending changed: its causes, in dollars that add up",
    .details = "  toll explain\n"
               "  toll explain --range last-month\n"
               "  toll explain --from 2026-11-09 --to 2026-11-16 "
               "--where feature:search\n"
               "  toll explain --at 2026-11-14T09:00:00Z\n"
               "  toll explain --vs 2026-10-01..2026-10-08 "
               "--from 2026-11-01 --to 2026-11-08 --by customer\n"
               "  toll explain --where variant:treatment "
               "--against variant:control",
    .hint = "docs/insights.md tells what explain compares",
    .param = params,
    .n_params = ARRAY_N(params),
    .run = run,
};
