/* quality: how much of the spending names its cause, what is wrong with the
 * rest, where it comes from and how it is mended.  Every figure is a plain
 * count or sum; the calls shown are the newest of their kind. */
#include "insight/insight.h"
#include "insight/quality_priv.h"
#include "insight/say.h"

#include "base/utc.h"
#include "base/why.h"
#include "event/event.h"

#include <inttypes.h>

enum { CALLS_EACH = 3, WORST_MAX = 5 };

/* What may be wrong with a call, as a filter that finds it. */
struct fault {
    const char *name;
    const char *where;
    bool is_coverage;  /* a share of the cost that should be all of it */
    bool has_examples; /* single calls are of use */
    const char *mend;
};

static const struct fault faults[] = {
    {"feature", "feature:", true, true,
     "send X-Toll-Feature (or \"feature\" in the event), or add a rule under "
     "attribution: in toll.yaml"},
    {"owner", "owner:", true, false,
     "register the feature's owner: features: {NAME: {owner: TEAM}} in "
     "toll.yaml"},
    {"customer", "customer:", true, false,
     "send X-Toll-Customer: without it no margin can be told"},
    {"user", "user:", true, false,
     "send X-Toll-User: without it no cost per user can be told"},
    {"experiment", "experiment:", true, false,
     "only calls that are part of one need X-Toll-Experiment and "
     "X-Toll-Variant"},
    {"estimated", "tag.estimated:true", false, true,
     "clients left before the provider told the usage; raise the drain limit "
     "or let the call end"},
};

struct quality {
    const struct insight_call *call;
    struct insight_question q; /* the whole range */
    struct answer *all;        /* cost, requests, unpriced and late ones */
    struct report *out;
    struct report_table *calls; /* NULL: none are wanted */
    num_i128 pico, n, n_unpriced;
    num_i128 untagged_pico, untagged_n; /* without a feature */
    num_i128 n_estimated;
};

/* ---- single calls ---- */

static const struct report_column call_columns[] = {
    {"what", ANSWER_TEXT, false},  {"time", ANSWER_TIME, false},
    {"id", ANSWER_TEXT, false},    {"source", ANSWER_TEXT, false},
    {"key", ANSWER_TEXT, false},   {"provider", ANSWER_TEXT, false},
    {"model", ANSWER_TEXT, false}, {"feature", ANSWER_TEXT, false},
};

struct example {
    struct quality *in;
    const char *what;
};

static enum rc add_call(void *arg, const struct event *ev, struct why *why)
{
    const struct example *e = arg;
    struct buf time;

    (void)why;
    buf_init(&time, 64);
    utc_add_text(&time, ev->ts_us);
    report_row(e->in->calls, (struct answer_cell[]){
                                 report_str(str_from_cz(e->what)),
                                 report_str(buf_view(&time)),
                                 report_str(ev->id),
                                 report_str(event_source_name(ev->source)),
                                 report_str(ev->dim[DIM_KEY]),
                                 report_str(ev->dim[DIM_PROVIDER]),
                                 report_str(ev->dim[DIM_MODEL]),
                                 report_str(ev->dim[DIM_FEATURE]),
                             });
    buf_fini(&time);
    return RC_OK;
}

static enum rc add_calls(struct quality *in, const char *what,
                         const struct query *query, struct why *why)
{
    return query_events(query, true, CALLS_EACH, NULL, in->call->env->reader,
                        add_call, &(struct example){in, what}, why);
}

/* ---- what is untagged or guessed ---- */

static const struct report_column coverage_columns[] = {
    {"dimension", ANSWER_TEXT, false},
    {"share_of_cost", ANSWER_RATIO, false},
    {"share_of_requests", ANSWER_RATIO, false},
    {"untagged_cost", ANSWER_USD, false},
    {"untagged_requests", ANSWER_COUNT, false},
    {"mend", ANSWER_TEXT, false},
};

static void add_coverage(struct quality *in, struct report_table *t,
                         const struct fault *fault, const struct answer *a)
{
    num_i128 pico = answer_pico(a, 0, 0);
    num_i128 n = answer_count(a, 0, 1);

    report_row(t,
               (struct answer_cell[]){
                   report_str(str_from_cz(fault->name)),
                   report_share(in->pico - pico, in->pico),
                   report_share(in->n - n, in->n),
                   report_usd(pico),
                   report_count(n),
                   n > 0 ? report_str(str_from_cz(fault->mend)) : report_null(),
               });
}

static enum rc look_for(struct quality *in, struct report_table *coverage,
                        const struct fault *fault, struct why *why)
{
    struct insight_question q = in->q;
    struct answer *a = NULL;
    struct query query;

    q.metrics = "cost,requests"; /* a rollup has these for most faults */
    q.where = fault->where;
    enum rc rc = insight_ask(in->call, &q, &a, why);
    if (rc != RC_OK) {
        return rc;
    }
    if (fault->is_coverage) {
        add_coverage(in, coverage, fault, a);
    } else {
        in->n_estimated = answer_count(a, 0, 1);
    }
    if (fault == &faults[0]) {
        in->untagged_pico = answer_pico(a, 0, 0);
        in->untagged_n = answer_count(a, 0, 1);
    }
    if (answer_count(a, 0, 1) == 0 || !fault->has_examples ||
        in->calls == NULL) {
        return RC_OK;
    }
    rc = insight_parse(in->call, &q, &query, why);
    return rc == RC_OK ? add_calls(in, fault->name, &query, why) : rc;
}

static enum rc look_for_all(struct quality *in, struct why *why)
{
    struct report_table *coverage = report_table(
        in->out, "coverage", "Share of the spending that names its cause",
        coverage_columns, ARRAY_N(coverage_columns));
    enum rc rc = RC_OK;

    for (size_t i = 0; i < ARRAY_N(faults) && rc == RC_OK; i++) {
        rc = look_for(in, coverage, &faults[i], why);
    }
    return rc;
}

/* ---- what has no price ---- */

static const struct report_column unpriced_columns[] = {
    {"provider", ANSWER_TEXT, false},
    {"model", ANSWER_TEXT, false},
    {"unpriced_requests", ANSWER_COUNT, false},
    {"input_tokens", ANSWER_TOKENS, false},
    {"output_tokens", ANSWER_TOKENS, false},
};

static enum rc add_unpriced(struct quality *in, struct why *why)
{
    struct insight_question q = in->q;
    struct answer *a = NULL;
    struct query query;

    q.metrics = "unpriced_requests,input_tokens,output_tokens";
    q.by = "provider,model";
    q.order = "-unpriced_requests";
    q.limit = WORST_MAX;
    enum rc rc = insight_ask(in->call, &q, &a, why);
    if (rc != RC_OK) {
        return rc;
    }
    struct report_table *t =
        report_table(in->out, "unpriced", "Models without a price",
                     unpriced_columns, ARRAY_N(unpriced_columns));
    for (size_t i = 0; i < a->n_rows && answer_count(a, i, 2) > 0; i++) {
        report_row(t, &a->cell[i * a->n_columns]);
    }
    if (t->n_rows == 0) {
        return RC_OK;
    }
    report_text(in->out, "mend_unpriced",
                STR("Calls without a price count as no dollars at all: state "
                    "the model's price under prices: overrides: in toll.yaml, "
                    "or mend its name with attribution: aliases."));
    rc = insight_parse(in->call, &in->q, &query, why);
    for (size_t i = 0; i < 2 && rc == RC_OK; i++) {
        rc = insight_narrow(in->call, &query, i == 0 ? DIM_PROVIDER : DIM_MODEL,
                            answer_str(a, 0, i), why);
    }
    return rc == RC_OK ? add_calls(in, "unpriced", &query, why) : rc;
}

/* ---- where it comes from, and what it is for ---- */

static const struct report_column group_columns[] = {
    {"name", ANSWER_TEXT, false},
    {"requests", ANSWER_COUNT, false},
    {"cost", ANSWER_USD, false},
    {"share_of_cost", ANSWER_RATIO, false},
    {"unpriced_requests", ANSWER_COUNT, false},
    {"late_requests", ANSWER_COUNT, false},
    {"untagged_share", ANSWER_RATIO, false},
};

/* Of the same groups, those calls that name no feature. */
static num_i128 untagged_of(const struct answer *untagged, struct str name)
{
    for (size_t i = 0; i < untagged->n_rows; i++) {
        if (str_eq(answer_str(untagged, i, 0), name)) {
            return answer_count(untagged, i, 2);
        }
    }
    return 0;
}

struct grouping {
    const char *by;   /* "source" */
    const char *name; /* of the table */
    const char *title;
    bool all_environments;
};

static enum rc add_groups(struct quality *in, const struct grouping *g,
                          struct why *why)
{
    struct insight_question q = in->q;
    struct answer *a = NULL;
    struct answer *untagged = NULL;

    q.by = g->by;
    q.all_environments = g->all_environments;
    enum rc rc = insight_ask(in->call, &q, &a, why);
    q.where = "feature:";
    rc = rc == RC_OK ? insight_ask(in->call, &q, &untagged, why) : rc;
    if (rc != RC_OK) {
        return rc;
    }
    struct report_table *t = report_table(
        in->out, g->name, g->title, group_columns, ARRAY_N(group_columns));
    for (size_t i = 0; i < a->n_rows; i++) {
        struct str name = answer_str(a, i, 0);
        report_row(
            t, (struct answer_cell[]){
                   report_str(name),
                   report_count(answer_count(a, i, 2)),
                   a->cell[i * a->n_columns + 1],
                   report_share(answer_pico(a, i, 1),
                                a->total[1].is_null ? 0 : a->total[1].usd.pico),
                   report_count(answer_count(a, i, 3)),
                   report_count(answer_count(a, i, 4)),
                   report_share(untagged_of(untagged, name),
                                answer_count(a, i, 2)),
               });
    }
    return RC_OK;
}

static const struct grouping groupings[] = {
    {"environment", "environments", "Production, and all else", true},
    {"source", "sources", "By the way in", false},
};

/* ---- what was turned away ---- */

static void add_counts(struct quality *in)
{
    struct insight_counts c;
    const struct insight_env *env = in->call->env;

    if (env->counts == NULL) {
        report_note(in->out,
                    "How many events were duplicates or refused is told by a "
                    "running server only.");
        return;
    }
    env->counts(env->arg, &c);
    report_heading(in->out, "Since the server started");
    report_fact(in->out, "accepted_events", ANSWER_COUNT,
                report_count(c.n_accepted));
    report_fact(in->out, "duplicate_events", ANSWER_COUNT,
                report_count(c.n_duplicates));
    report_fact(in->out, "refused_events", ANSWER_COUNT,
                report_count(c.n_refused));
    if (c.n_refused > 0) {
        report_text(in->out, "mend_refused",
                    STR("What was refused lies in the data directory's "
                        "rejects, each with its reason; mend it and bring it "
                        "back with toll import."));
    }
}

/* ---- the answer in a line ---- */

static void say_it(struct quality *in)
{
    struct buf b;

    buf_init(&b, 4096);
    if (in->pico > 0) {
        say_share(&b,
                  (double)(in->pico - in->untagged_pico) / (double)in->pico);
        buf_cz(&b, " of ");
        say_usd(&b, in->pico);
        buf_cz(&b, " names its feature");
    } else {
        say_count(&b, in->n - in->untagged_n);
        buf_cz(&b, " of ");
        say_count(&b, in->n);
        buf_cz(&b, " calls name their feature");
    }
    if (in->n_unpriced > 0) {
        buf_cz(&b, "; ");
        say_count(&b, in->n_unpriced);
        buf_cz(&b, in->n_unpriced == 1 ? " call has" : " calls have");
        buf_cz(&b, in->n_unpriced == 1 ? " no price and counts as nothing"
                                       : " no price and count as nothing");
    } else {
        buf_cz(&b, "; every call has a price");
    }
    if (in->n_estimated > 0) {
        buf_cz(&b, "; ");
        say_count(&b, in->n_estimated);
        buf_cz(&b, in->n_estimated == 1 ? " is" : " are");
        buf_cz(&b, " estimated");
    }
    buf_char(&b, '.');
    report_sentence(in->out, "%.*s", STR_ARG(buf_view(&b)));
    buf_fini(&b);
}

static enum rc tell(struct quality *in, struct why *why)
{
    report_fact(in->out, "cost", ANSWER_USD, in->all->cell[0]);
    report_fact(in->out, "requests", ANSWER_COUNT, in->all->cell[1]);
    report_fact(in->out, "unpriced_requests", ANSWER_COUNT, in->all->cell[2]);
    report_fact(in->out, "late_requests", ANSWER_COUNT, in->all->cell[3]);
    if (answer_count(in->all, 0, 3) > 0) {
        report_note(in->out,
                    "Late calls came over a day after they were made, as those "
                    "of files do: alerts and budgets did not see them in "
                    "time. Send them as they happen, by the gateway or the "
                    "event API.");
    }
    enum rc rc = look_for_all(in, why);
    report_fact(in->out, "estimated_requests", ANSWER_COUNT,
                report_count(in->n_estimated));
    say_it(in);
    return rc;
}

static enum rc tell_rest(struct quality *in, struct why *why)
{
    enum rc rc = add_unpriced(in, why);

    for (size_t i = 0; i < ARRAY_N(groupings) && rc == RC_OK; i++) {
        rc = add_groups(in, &groupings[i], why);
    }
    return rc;
}

/* The range, and whether there is anything in it. */
static enum rc begin(struct quality *in, struct why *why)
{
    enum rc rc =
        insight_range(in->call, "30d", &in->q.from_us, &in->q.to_us, why);

    in->q.metrics = "cost,requests,unpriced_requests,late_requests";
    rc = rc == RC_OK ? insight_ask(in->call, &in->q, &in->all, why) : rc;
    if (rc != RC_OK) {
        return rc;
    }
    report_title(in->out, "Data quality");
    report_range(in->out, in->all);
    in->pico = answer_pico(in->all, 0, 0);
    in->n = answer_count(in->all, 0, 1);
    in->n_unpriced = answer_count(in->all, 0, 2);
    if (in->n == 0) {
        report_sentence(in->out, "There are no calls in this range, so nothing "
                                 "can be said of their quality.");
    }
    return RC_OK;
}

enum rc quality_coverage(const struct insight_call *call, struct report *out,
                         struct why *why)
{
    struct quality in = {.call = call, .out = out};
    enum rc rc = begin(&in, why);

    return rc == RC_OK && in.n > 0 ? tell(&in, why) : rc;
}

static enum rc run(const struct insight_call *call, struct report *out,
                   struct why *why)
{
    struct quality in = {.call = call, .out = out};
    enum rc rc = begin(&in, why);

    if (rc != RC_OK || in.n == 0) {
        if (rc == RC_OK) {
            add_counts(&in);
        }
        return rc;
    }
    struct report calls;
    report_init(&calls, LIMIT_ANSWER_BYTES_MAX);
    in.calls = report_table(&calls, "calls", "The newest calls of each kind",
                            call_columns, ARRAY_N(call_columns));
    rc = tell(&in, why);
    rc = rc == RC_OK ? tell_rest(&in, why) : rc;
    if (rc == RC_OK) {
        report_table_copy(out, in.calls, "calls",
                          "The newest calls of each kind");
        add_counts(&in);
        rc = report_rc(&calls, why);
    }
    report_fini(&calls);
    return rc;
}

static const struct insight_param params[] = {INSIGHT_RANGE_PARAMS};

const struct insight insight_quality = {
    .name = "quality",
    .path = "/api/quality",
    .summary = "how much of the spending names its cause, and what is wrong",
    .details = "  toll quality\n"
               "  toll quality --range last-month\n"
               "  toll quality --where source:gateway",
    .param = params,
    .n_params = ARRAY_N(params),
    .run = run,
};
