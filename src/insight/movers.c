/* movers: what changed most, each with its main cause. */
#include "insight/cause_words.h"
#include "insight/contrast.h"
#include "insight/insight.h"
#include "insight/movers_priv.h"
#include "insight/say.h"
#include "insight/since.h"

#include "base/why.h"

#include <stdlib.h>

enum {
    ROWS_DEFAULT = 20,
    ROWS_MAX = 1000,
    SINCE_MAX = 10, /* rows that are asked when it happened */
    SPOKEN_MAX = 2, /* causes in a row's sentence */
    SENTENCE_MAX = 4096
};

struct mover {
    const struct contrast *c;
    size_t scope;
};

static num_i128 delta_of(const struct mover *m)
{
    return m->c->scope[m->scope].part[CHANGE_NONE];
}

/* The largest change first; of equals the larger cost, then the name. */
static int by_size(const void *va, const void *vb)
{
    const struct mover *a = va;
    const struct mover *b = vb;
    const struct contrast_scope *x = &a->c->scope[a->scope];
    const struct contrast_scope *y = &b->c->scope[b->scope];
    num_i128 more = num_abs(delta_of(b)) - num_abs(delta_of(a));

    if (more == 0) {
        more = y->cost[CHANGE_AFTER] - x->cost[CHANGE_AFTER];
    }
    if (more != 0) {
        return more > 0 ? 1 : -1;
    }
    return str_cmp(x->name, y->name);
}

/* The causes that go the way of the change, the largest first. */
static size_t causes_of(const struct contrast_scope *s,
                        enum change_cause ret[CHANGE__COUNT])
{
    enum change_cause order[CHANGE__COUNT];
    size_t n_order = contrast_order(s, order);
    num_i128 delta = s->part[CHANGE_NONE];
    size_t n = 0;

    for (size_t i = 0; i < n_order; i++) {
        if (delta == 0 || (s->part[order[i]] > 0) == (delta > 0)) {
            ret[n++] = order[i];
        }
    }
    return n;
}

static void add_sentence(struct buf *b, const struct mover *m,
                         const struct since_line *line)
{
    const struct contrast_scope *s = &m->c->scope[m->scope];
    enum change_cause cause[CHANGE__COUNT];
    size_t n = causes_of(s, cause);

    cause_words_scope(b, s->name);
    buf_char(b, ' ');
    cause_words_change(b, s->cost[CHANGE_BEFORE], s->cost[CHANGE_AFTER]);
    for (size_t i = 0; i < n && i < SPOKEN_MAX; i++) {
        struct contrast_pick p = contrast_pick_scope(m->c, m->scope, cause[i]);
        struct since since = since_find(line, &p);

        if (i > 0 && num_abs(p.pico) * 10 < num_abs(s->part[cause[0]])) {
            break;
        }
        buf_cz(b, i == 0 ? ": " : ", ");
        cause_words_pick(b, m->c, &p, false, &since);
    }
    buf_char(b, '.');
}

static const struct report_column columns[] = {
    {"name", ANSWER_TEXT, false},
    {"before", ANSWER_USD, false},
    {"after", ANSWER_USD, false},
    {"delta", ANSWER_USD, true},
    {"share_of_change", ANSWER_RATIO, false},
    {"cause", ANSWER_TEXT, false},
    {"cause_usd", ANSWER_USD, true},
    {"sentence", ANSWER_TEXT, false},
};

static void say_row(struct report_table *t, const struct mover *m,
                    const struct since_line *line)
{
    const struct contrast_scope *s = &m->c->scope[m->scope];
    enum change_cause cause[CHANGE__COUNT];
    size_t n = causes_of(s, cause);
    double all = (double)m->c->all.part[CHANGE_NONE];
    struct buf sentence;

    buf_init(&sentence, SENTENCE_MAX);
    add_sentence(&sentence, m, line);
    report_row(
        t, (struct answer_cell[]){
               report_str(s->name),
               report_usd(s->cost[CHANGE_BEFORE]),
               report_usd(s->cost[CHANGE_AFTER]),
               report_usd(s->part[CHANGE_NONE]),
               report_real((double)s->part[CHANGE_NONE] / all),
               n > 0 ? report_str(change_cause_name(cause[0])) : report_null(),
               n > 0 ? report_usd(s->part[cause[0]]) : report_null(),
               report_str(buf_view(&sentence)),
           });
    buf_fini(&sentence);
}

static void say_sentence(struct report *out, const struct contrast *c,
                         const struct mover *m, const struct since_line *line)
{
    struct buf b;

    buf_init(&b, SENTENCE_MAX);
    buf_cz(&b, "Spend ");
    cause_words_change(&b, c->all.cost[CHANGE_BEFORE],
                       c->all.cost[CHANGE_AFTER]);
    buf_cz(&b, ". ");
    if (delta_of(m) == 0) {
        buf_fmt(&b, "No %.*s changed.", STR_ARG(c->by));
    } else {
        buf_cz(&b, "Most of all: ");
        add_sentence(&b, m, line);
    }
    report_sentence(out, "%.*s", STR_ARG(buf_view(&b)));
    buf_fini(&b);
}

static enum rc say_movers(const struct insight_call *call, struct report *out,
                          const struct contrast *c, size_t limit,
                          struct why *why)
{
    struct mover *m = arena_array(call->arena, c->n_scopes, sizeof *m);
    size_t scope[SINCE_MAX];
    size_t n = 0;
    size_t n_since = 0;
    struct since_line line;

    if (m == NULL) {
        return why_set(why, RC_LIMIT, "no room for the movers");
    }
    for (size_t i = 0; i < c->n_scopes; i++) {
        if (!c->has_rest || i != c->rest) { /* nobody that moved */
            m[n++] = (struct mover){c, i};
        }
    }
    qsort(m, n, sizeof *m, by_size);
    for (; n_since < n && n_since < SINCE_MAX && n_since < limit; n_since++) {
        scope[n_since] = m[n_since].scope;
    }
    enum rc rc = since_ask(call, c, scope, n_since, &line, why);
    if (rc != RC_OK) {
        return rc;
    }
    struct report_table *t =
        report_table(out, "rows", "", columns, ARRAY_N(columns));
    for (size_t i = 0; i < n && i < limit; i++) {
        say_row(t, &m[i], &line);
    }
    if (n > 0) {
        say_sentence(out, c, m, &line);
    }
    return RC_OK;
}

enum rc movers_tell(const struct insight_call *call, struct report *out,
                    const struct contrast *c, size_t limit, struct why *why)
{
    enum rc rc = RC_OK;

    report_title(out, "What changed most");
    contrast_say_sides(out, c);
    bool lacks = contrast_say_lack(call, out, c, &rc, why);
    if (lacks) {
        (void)report_table(out, "rows", "", columns, ARRAY_N(columns));
        return rc;
    }
    rc = say_movers(call, out, c, limit, why);
    if (rc == RC_OK) {
        report_fact(out, "n_rows", ANSWER_COUNT,
                    report_count((num_i128)c->n_scopes));
        contrast_say_notes(out, c);
    }
    return rc;
}

static enum rc run(const struct insight_call *call, struct report *out,
                   struct why *why)
{
    const struct insight_bounds_i64 bounds = {ROWS_DEFAULT, 1, ROWS_MAX};
    struct contrast *c = arena_alloc(call->arena, sizeof *c);
    int64_t limit = 0;

    if (c == NULL) {
        return why_set(why, RC_LIMIT, "no room for the comparison");
    }
    enum rc rc = insight_i64(call, "limit", bounds, &limit, why);
    if (rc == RC_OK) {
        rc = contrast_run(call, c, why);
    }
    return rc == RC_OK ? movers_tell(call, out, c, (size_t)limit, why) : rc;
}

static const struct insight_param params[] = {
    SIDES_PARAMS,
    {"by", "DIM", "of which dimension; feature unless said", false},
    {"limit", "N", "rows; 20 unless said", false},
};

const struct insight insight_movers = {
    .name = "movers",
    .path = "/api/movers",
    .summary = "what changed most, week over week, each with its main cause",
    .details = "  toll movers\n"
               "  toll movers --by customer --limit 5\n"
               "  toll movers --by model --range last-month",
    .hint = "docs/insights.md tells what movers compares",
    .param = params,
    .n_params = ARRAY_N(params),
    .run = run,
};
