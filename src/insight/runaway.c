#include "insight/runaway.h"

#include "base/why.h"
#include "insight/say.h"

enum { CALLS_MIN = 20 }; /* of a run; fewer are no loop */

static double added(const struct contrast *c, size_t scope)
{
    const struct change_count *sum = c->change_scope[scope].sum;
    double days =
        c->sides.side[CHANGE_AFTER].days / c->sides.side[CHANGE_BEFORE].days;

    return (double)sum[CHANGE_AFTER].attempts -
           (double)sum[CHANGE_BEFORE].attempts * days;
}

enum rc runaway_ask(const struct insight_call *call, const struct contrast *c,
                    const struct contrast_pick *p, struct runaway *ret,
                    struct why *why)
{
    const struct side *side = &c->sides.side[CHANGE_AFTER];
    bool by_customer = str_eq(c->by, STR("customer"));
    struct str where = STR_EMPTY;
    struct answer *a = NULL;
    struct query query;

    *ret = (struct runaway){.is_found = false};
    if (p->cause != CHANGE_REQUESTS_PER_USER || p->pico <= 0 ||
        c->sides.against.n > 0 || str_eq(c->by, STR("run")) ||
        !(added(c, p->scope) > 0)) {
        return RC_OK;
    }
    enum rc rc = contrast_filter(c, &p->scope, 1, call->arena, &where, why);
    if (rc != RC_OK || where.n == 0) {
        return rc;
    }
    const struct insight_question q = {
        .metrics = "cost,requests",
        .by = by_customer ? "run" : "run,customer",
        .from_us = side->from_us,
        .to_us = side->to_us,
        .where = str_cz(call->arena, where),
        .limit = 1,
    };
    if (q.where == NULL) {
        return why_set(why, RC_LIMIT, "no room for the question");
    }
    rc = insight_parse(&side->call, &q, &query, why);
    if (rc == RC_OK) {
        rc = insight_narrow(&side->call, &query, DIM_RUN, STR(""), why);
    }
    if (rc == RC_OK) { /* calls of no run are not a run */
        query.where[query.n_where - 1].negated = true;
        rc = query_run(&query, side->call.env->reader, call->arena, &a, why);
    }
    if (rc != RC_OK || a->n_rows == 0) {
        return rc;
    }
    ret->run = answer_str(a, 0, 0);
    ret->customer = by_customer ? c->scope[p->scope].name : answer_str(a, 0, 1);
    ret->pico = answer_pico(a, 0, a->n_keys);
    ret->requests = answer_count(a, 0, a->n_keys + 1);
    ret->is_found = ret->requests >= CALLS_MIN &&
                    (double)ret->requests * 10 >= added(c, p->scope) * 3;
    return RC_OK;
}

void runaway_say(struct buf *b, const struct runaway *r)
{
    if (!r->is_found) {
        return;
    }
    buf_cz(b, " One run");
    if (r->customer.n > 0) {
        buf_fmt(b, " of %.*s", STR_ARG(r->customer));
    }
    buf_cz(b, " alone made ");
    say_count(b, r->requests);
    buf_cz(b, " calls (");
    say_usd(b, r->pico);
    buf_cz(b, ").");
}
