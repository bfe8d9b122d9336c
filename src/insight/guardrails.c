/* guardrails: what budgets did with calls - refused them, sent them to
 * another model, slowed them down - whom that touched, and what it saved. */
#include "insight/decide.h"
#include "insight/insight.h"

#include "base/why.h"
#include "query/period.h"
#include "query/query_record.h"

enum { TOUCHED_MAX = 10, ACTS_MAX = 512 };

/* What one budget did in one way. */
struct act {
    struct str budget;
    struct str action;
    int64_t n_calls;
    num_i128 saved;
    int64_t first_us, last_us;
};

struct acts {
    const struct insight_call *call;
    struct period_zone *zone;
    struct act act[ACTS_MAX];
    size_t n;
    bool is_cut;
};

static struct str keep(const struct insight_call *call, struct str s)
{
    struct str kept = STR_EMPTY;

    return str_dup(call->arena, s, &kept) == RC_OK ? kept : STR_EMPTY;
}

static struct act *act_of(struct acts *a, const struct guardrail_sum *sum)
{
    for (size_t i = 0; i < a->n; i++) {
        if (str_eq(a->act[i].budget, sum->budget) &&
            str_eq(a->act[i].action, sum->action)) {
            return &a->act[i];
        }
    }
    if (a->n == ACTS_MAX) {
        a->is_cut = true;
        return NULL;
    }
    a->act[a->n] = (struct act){.budget = keep(a->call, sum->budget),
                                .action = keep(a->call, sum->action),
                                .first_us = sum->first_us,
                                .last_us = sum->last_us};
    return &a->act[a->n++];
}

static enum rc take_act(void *arg, const struct guardrail_sum *sum,
                        struct why *why)
{
    struct acts *a = arg;
    struct act *act = act_of(a, sum);

    (void)why;
    if (act != NULL) {
        act->n_calls += sum->n_calls;
        act->saved += sum->saved;
        act->first_us =
            sum->first_us < act->first_us ? sum->first_us : act->first_us;
        act->last_us =
            sum->last_us > act->last_us ? sum->last_us : act->last_us;
    }
    return RC_OK;
}

/* ---- words ---- */

static int64_t calls_of(const struct acts *a, const char *action)
{
    int64_t n = 0;

    for (size_t i = 0; i < a->n; i++) {
        n += action == NULL || str_eq(a->act[i].action, str_from_cz(action))
                 ? a->act[i].n_calls
                 : 0;
    }
    return n;
}

static void tell_sentence(const struct acts *a, struct report *out)
{
    static const struct {
        const char *action;
        const char *words;
    } ways[] = {
        {"block", "refused"},
        {"fallback", "sent to a cheaper model"},
        {"slow", "slowed down"},
    };
    num_i128 saved = 0;
    struct buf b;
    const char *comma = ": ";

    if (a->n == 0) {
        report_sentence(out, "No budget had to act.");
        return;
    }
    buf_init(&b, 4096);
    buf_fmt(&b, "Budgets acted on %s call%s",
            decide_count(a->call, calls_of(a, NULL)),
            calls_of(a, NULL) == 1 ? "" : "s");
    for (size_t i = 0; i < ARRAY_N(ways); i++) {
        int64_t n = calls_of(a, ways[i].action);

        if (n > 0) {
            buf_fmt(&b, "%s%s %s", comma, decide_count(a->call, n),
                    ways[i].words);
            comma = ", ";
        }
    }
    for (size_t i = 0; i < a->n; i++) {
        saved += a->act[i].saved;
    }
    buf_fmt(&b, "; that saved about %s", decide_usd(a->call, saved));
    report_sentence(out, "%.*s.", STR_ARG(buf_view(&b)));
    buf_fini(&b);
    report_fact(out, "calls", ANSWER_COUNT, report_count(calls_of(a, NULL)));
    report_fact(out, "saved", ANSWER_USD, report_usd(saved));
}

/* ---- tables ---- */

static const struct report_column act_columns[] = {
    {"budget", ANSWER_TEXT, false}, {"action", ANSWER_TEXT, false},
    {"calls", ANSWER_COUNT, false}, {"saved", ANSWER_USD, false},
    {"first", ANSWER_TIME, false},  {"last", ANSWER_TIME, false},
};

static struct answer_cell time_cell(const struct acts *a, int64_t us)
{
    struct buf b;

    buf_init(&b, 64);
    period_add_time(a->zone, us, &b);
    struct answer_cell cell = report_str(keep(a->call, buf_view(&b)));
    buf_fini(&b);
    return cell;
}

static void tell_acts(const struct acts *a, struct report *out)
{
    struct report_table *t =
        report_table(out, "budgets", "", act_columns, ARRAY_N(act_columns));

    for (size_t i = 0; i < a->n; i++) {
        const struct act *act = &a->act[i];
        report_row(t, (struct answer_cell[]){
                          report_str(act->budget),
                          report_str(act->action),
                          report_count(act->n_calls),
                          report_usd(act->saved),
                          time_cell(a, act->first_us),
                          time_cell(a, act->last_us),
                      });
    }
}

static const struct report_column touched_columns[] = {
    {"budget", ANSWER_TEXT, false}, {"action", ANSWER_TEXT, false},
    {"value", ANSWER_TEXT, false},  {"calls", ANSWER_COUNT, false},
    {"saved", ANSWER_USD, false},
};

static enum rc take_touched(void *arg, const struct guardrail_sum *sum,
                            struct why *why)
{
    struct report_table *t = arg;

    (void)why;
    if (sum->value.n > 0) {
        report_row(t, (struct answer_cell[]){
                          report_str(sum->budget),
                          report_str(sum->action),
                          report_str(sum->value),
                          report_count(sum->n_calls),
                          report_usd(sum->saved),
                      });
    }
    return RC_OK;
}

/* Who was touched, by each dimension that somebody may answer for. */
static enum rc tell_touched(const struct acts *a,
                            const struct query_guardrails *q,
                            struct report *out, struct why *why)
{
    static const struct {
        enum dim dim;
        const char *name;
        const char *title;
    } by[] = {
        {DIM_FEATURE, "features", "Features"},
        {DIM_USER, "users", "Users"},
        {DIM_CUSTOMER, "customers", "Customers"},
        {DIM_RUN, "runs", "Runs"},
        {DIM_REQUESTED_MODEL, "models", "Models asked for"},
    };
    enum rc rc = RC_OK;

    for (size_t i = 0; i < ARRAY_N(by) && rc == RC_OK && a->n > 0; i++) {
        struct query_guardrails top = *q;
        struct report_table *t =
            report_table(out, by[i].name, by[i].title, touched_columns,
                         ARRAY_N(touched_columns));

        top.limit = TOUCHED_MAX;
        rc = query_guardrail_sums(&top, by[i].dim, a->call->env->reader,
                                  take_touched, t, why);
    }
    return rc;
}

static enum rc run(const struct insight_call *call, struct report *out,
                   struct why *why)
{
    struct query_guardrails q = {.budget = insight_value(call, "budget")};
    struct acts *a = arena_alloc(call->arena, sizeof *a);
    enum rc rc = insight_range(call, "30d", &q.from_us, &q.to_us, why);

    if (a == NULL) {
        return why_set(why, RC_LIMIT, "no room for the report");
    }
    *a = (struct acts){.call = call};
    if (rc == RC_OK) {
        rc = period_zone_open(call->env->timezone, &a->zone, why);
    }
    if (rc != RC_OK) {
        return rc;
    }
    report_title(out, "What budgets did");
    rc = query_guardrail_sums(&q, DIM_FEATURE, call->env->reader, take_act, a,
                              why);
    if (rc == RC_OK) {
        tell_sentence(a, out);
        tell_acts(a, out);
        rc = tell_touched(a, &q, out, why);
    }
    if (rc == RC_OK && a->n > 0) {
        report_note(out, "%s",
                    "What is saved is an estimate: what calls of that budget "
                    "came to on average; of a fallback the share by which it "
                    "is cheaper.");
    }
    if (a->is_cut) {
        report_note(out, "Only %d budgets and actions are told.", ACTS_MAX);
    }
    period_zone_close(&a->zone);
    return rc;
}

static const struct insight_param params[] = {
    {"from", "TIME", "a date or RFC 3339; included", false},
    {"to", "TIME", "likewise; not included", false},
    {"range", "WORD", "today, this-week, last-month, 7d, 30d, all, ...", false},
    {"budget", "NAME", "of one budget only", false},
};

const struct insight insight_guardrails = {
    .name = "guardrails",
    .path = "/api/budgets/report",
    .summary = "what budgets did: calls refused, slowed down, sent elsewhere",
    .details = "Every call that a budget refused, slowed down or sent to a\n"
               "cheaper model is in the ledger, with the numbers it was\n"
               "decided by. This sums them: by budget, and whom it touched.\n\n"
               "  toll guardrails --range this-month\n"
               "  toll budget report --budget search-month --json",
    .param = params,
    .n_params = ARRAY_N(params),
    .run = run,
};
