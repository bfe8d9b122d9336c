/* review: one week on a page.  What it cost and why that changed, what moved,
 * experiments, models, customers, the state of the data, and what to do.  All
 * but the headline is what the other insights say of that week; the review
 * chooses and puts together. */
#include "insight/review_priv.h"

#include "base/check.h"
#include "base/utc.h"
#include "base/why.h"
#include "insight/experiment_priv.h"
#include "insight/inner.h"
#include "insight/movers_priv.h"
#include "insight/quality_priv.h"
#include "insight/say.h"
#include "query/period.h"

enum { FEATURES_MAX = 8, MOVERS_MAX = 5, MODELS_MAX = 8, TRIALS_MAX = 5 };

/* ---- which week ---- */

enum { DAYS_A_WEEK = 7, MONDAY_1969_12_29 = -3 };

static int64_t monday_of(int64_t day)
{
    return num_floor_div(day - MONDAY_1969_12_29, DAYS_A_WEEK) * DAYS_A_WEEK +
           MONDAY_1969_12_29;
}

/* The Monday of ISO 8601's week 1: that of the week with January 4th. */
static int64_t first_monday(int year)
{
    return monday_of(utc_day(year, 1, 4));
}

/* "2026-W47" */
static enum rc parse_week(struct str text, int64_t *ret_monday, struct why *why)
{
    struct str rest = text;
    struct str year_text;
    uint64_t year = 0;
    uint64_t week = 0;

    (void)str_cut(&rest, '-', &year_text);
    bool is_form = year_text.n == 4 && rest.n == 3 && rest.p[0] == 'W' &&
                   str_to_u64(year_text, &year) == RC_OK &&
                   str_to_u64(str_sub(rest, 1, 2), &week) == RC_OK;
    if (!is_form || year < 1971 || year > 2198) {
        return why_set(why, RC_INVALID,
                       "week must be like 2026-W47, not '%.*s'", STR_ARG(text));
    }
    int64_t monday =
        first_monday((int)year) + ((int64_t)week - 1) * DAYS_A_WEEK;
    if (week < 1 || monday >= first_monday((int)year + 1)) {
        return why_set(why, RC_INVALID, "%d has no week %d", (int)year,
                       (int)week);
    }
    *ret_monday = monday;
    return RC_OK;
}

static void add_week_name(struct buf *b, int64_t monday)
{
    int year;
    int month;
    int day;

    utc_civil(monday + 3, &year, &month, &day); /* its Thursday's year */
    buf_fmt(b, "%d-W%02d", year,
            (int)((monday - first_monday(year)) / DAYS_A_WEEK) + 1);
}

static enum rc choose_week(const struct insight_call *call,
                           const struct period_zone *zone, int64_t *ret_monday,
                           struct why *why)
{
    struct str text = insight_value(call, "week");

    if (text.n > 0) {
        return parse_week(text, ret_monday, why);
    }
    int64_t now_us = call->env->now_us;
    int64_t day =
        num_floor_div(now_us + period_offset_us(zone, now_us), UTC_US_PER_DAY);
    *ret_monday = monday_of(day) - DAYS_A_WEEK;
    return RC_OK;
}

static struct str time_text(const struct review *r, int64_t us)
{
    struct buf b;
    struct str text = STR_EMPTY;

    buf_init(&b, 64);
    utc_add_text(&b, us);
    enum rc rc = str_dup(r->call->arena, buf_view(&b), &text);
    CHECK(rc == RC_OK || rc == RC_LIMIT); /* empty is told by the question */
    buf_fini(&b);
    return text;
}

/* ---- what it cost ---- */

enum head { HEAD_COST, HEAD_REQUESTS, HEAD_USERS, HEAD_UNPRICED };

struct totals {
    num_i128 pico;
    num_i128 n;
    num_i128 n_users;
    num_i128 n_unpriced;
};

static bool has_cost(const struct totals *t)
{
    return t->n == 0 || t->n_unpriced < t->n;
}

static enum rc read_totals(const struct review *r, int64_t from_us,
                           int64_t to_us, struct totals *ret,
                           struct answer **ret_answer, struct why *why)
{
    const struct insight_question q = {
        .metrics = "cost,requests,users,unpriced_requests",
        .from_us = from_us,
        .to_us = to_us};
    enum rc rc = insight_ask(r->call, &q, ret_answer, why);

    if (rc == RC_OK) {
        ret->pico = answer_pico(*ret_answer, 0, HEAD_COST);
        ret->n = answer_count(*ret_answer, 0, HEAD_REQUESTS);
        ret->n_users = answer_count(*ret_answer, 0, HEAD_USERS);
        ret->n_unpriced = answer_count(*ret_answer, 0, HEAD_UNPRICED);
    }
    return rc;
}

static struct answer_cell per(num_i128 pico, num_i128 n)
{
    int64_t divisor = 0;

    return num_to_i64(n, &divisor) == RC_OK && divisor > 0
               ? report_usd(num_div_even(pico, divisor))
               : report_null();
}

static const struct report_column head_columns[] = {
    {"figure", ANSWER_TEXT, false},
    {"this_week", ANSWER_TEXT, false},
    {"week_before", ANSWER_TEXT, false},
    {"change", ANSWER_TEXT, false},
};

static void head_row(struct report_table *t, const char *name,
                     enum answer_kind kind, struct answer_cell now,
                     struct answer_cell before)
{
    struct buf text[3];
    bool is_money = kind == ANSWER_USD || kind == ANSWER_USD_RATIO;

    for (size_t i = 0; i < ARRAY_N(text); i++) {
        buf_init(&text[i], 1024);
    }
    say_cell(&text[0], kind, false, &now);
    say_cell(&text[1], kind, false, &before);
    if (!now.is_null && !before.is_null) {
        say_change(&text[2],
                   is_money ? usd_to_f64(before.usd) : (double)before.count,
                   is_money ? usd_to_f64(now.usd) : (double)now.count);
    }
    report_row(t, (struct answer_cell[]){report_str(str_from_cz(name)),
                                         report_str(buf_view(&text[0])),
                                         report_str(buf_view(&text[1])),
                                         report_str(buf_view(&text[2]))});
    for (size_t i = 0; i < ARRAY_N(text); i++) {
        buf_fini(&text[i]);
    }
}

static struct answer_cell cost_of(const struct totals *t)
{
    return report_usd_if(has_cost(t), t->pico);
}

static struct answer_cell cost_per(const struct totals *t, num_i128 n)
{
    return has_cost(t) ? per(t->pico, n) : report_null();
}

static void say_head(const struct review *r, const struct totals *now,
                     const struct totals *before)
{
    report_fact(r->out, "cost", ANSWER_USD, cost_of(now));
    report_fact(r->out, "cost_before", ANSWER_USD, cost_of(before));
    report_fact_change(r->out, "change", ANSWER_USD,
                       report_usd_if(has_cost(now) && has_cost(before),
                                     now->pico - before->pico));
    struct report_table *t =
        report_table(r->out, "totals", "", head_columns, ARRAY_N(head_columns));
    head_row(t, "cost", ANSWER_USD, cost_of(now), cost_of(before));
    head_row(t, "requests", ANSWER_COUNT, report_count(now->n),
             report_count(before->n));
    head_row(t, "users", ANSWER_COUNT, report_count(now->n_users),
             report_count(before->n_users));
    head_row(t, "cost per request", ANSWER_USD_RATIO, cost_per(now, now->n),
             cost_per(before, before->n));
    head_row(t, "cost per user", ANSWER_USD_RATIO, cost_per(now, now->n_users),
             cost_per(before, before->n_users));
}

/* ---- shares, now and before ---- */

static const struct report_column share_columns[] = {
    {"name", ANSWER_TEXT, false},   {"owner", ANSWER_TEXT, false},
    {"cost", ANSWER_USD, false},    {"change", ANSWER_USD, true},
    {"share", ANSWER_RATIO, false}, {"share_before", ANSWER_RATIO, false},
};

struct shares {
    const char *table;
    const char *title;
    const char *by;
    size_t limit;
};

enum { SHARE_NAME, SHARE_COST, SHARE_REQUESTS, SHARE_UNPRICED };

/* What the calls of a row cost; not known when none of them has a price. */
struct spent {
    bool is_known;
    num_i128 pico;
};

static struct spent spent_at(const struct answer *a, size_t row)
{
    return (struct spent){.is_known = answer_count(a, row, SHARE_UNPRICED) <
                                      answer_count(a, row, SHARE_REQUESTS),
                          .pico = answer_pico(a, row, SHARE_COST)};
}

/* Without calls it is known that it cost nothing. */
static struct spent spent_of(const struct answer *a, struct str name)
{
    for (size_t i = 0; i < a->n_rows; i++) {
        if (str_eq(answer_str(a, i, SHARE_NAME), name)) {
            return spent_at(a, i);
        }
    }
    return (struct spent){.is_known = true};
}

static struct answer_cell share_of(struct spent part,
                                   const struct totals *whole)
{
    return part.is_known ? report_share(part.pico, whole->pico) : report_null();
}

static enum rc ask_shares(const struct review *r, const struct shares *s,
                          int64_t from_us, int64_t to_us, struct answer **ret,
                          struct why *why)
{
    const struct insight_question q = {.metrics =
                                           "cost,requests,unpriced_requests",
                                       .by = s->by,
                                       .from_us = from_us,
                                       .to_us = to_us,
                                       .order = "-cost"};

    return insight_ask(r->call, &q, ret, why);
}

static enum rc add_shares(const struct review *r, const struct shares *s,
                          const struct totals *now, const struct totals *before,
                          struct why *why)
{
    struct answer *a = NULL;
    struct answer *b = NULL;
    enum rc rc = ask_shares(r, s, r->from_us, r->to_us, &a, why);

    rc = rc == RC_OK ? ask_shares(r, s, r->before_us, r->before_to_us, &b, why)
                     : rc;
    if (rc != RC_OK) {
        return rc;
    }
    bool has_owner = str_eq(str_from_cz(s->by), STR("feature"));
    const struct report_column *column = share_columns;
    struct report_column bare[ARRAY_N(share_columns)];
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_N(share_columns); i++) {
        if (i != 1 || has_owner) {
            bare[n++] = column[i];
        }
    }
    struct report_table *t = report_table(r->out, s->table, s->title, bare, n);
    for (size_t i = 0; i < a->n_rows && i < s->limit; i++) {
        struct str name = answer_str(a, i, SHARE_NAME);
        struct answer_cell cell[ARRAY_N(share_columns)];
        struct spent is = spent_at(a, i);
        struct spent was = spent_of(b, name);

        name = name.n > 0 ? name : STR("(untagged)");
        n = 0;
        cell[n++] = report_str(name);
        if (has_owner) {
            cell[n++] =
                report_str(review_owner(r, answer_str(a, i, SHARE_NAME)));
        }
        cell[n++] = report_usd_if(is.is_known, is.pico);
        cell[n++] =
            report_usd_if(is.is_known && was.is_known, is.pico - was.pico);
        cell[n++] = share_of(is, now);
        cell[n++] = share_of(was, before);
        report_row(t, cell);
    }
    return RC_OK;
}

/* ---- what other insights say ---- */

static const struct report_column mover_columns[] = {
    {"name", ANSWER_TEXT, false},
    {"delta", ANSWER_USD, true},
    {"why", ANSWER_TEXT, false},
};

static void say_movers(const struct review *r, const struct report_table *rows,
                       struct buf *headline)
{
    report_heading(r->out, "What moved");
    struct report_table *t = report_table(r->out, "movers", "", mover_columns,
                                          ARRAY_N(mover_columns));
    for (size_t i = 0; rows != NULL && i < rows->n_rows && i < MOVERS_MAX;
         i++) {
        struct str sentence = inner_str(rows, i, "sentence");
        if (i == 0 && sentence.n > 0) {
            buf_char(headline, ' ');
            buf_str(headline, sentence);
        }
        report_row(
            t, (struct answer_cell[]){report_str(inner_str(rows, i, "name")),
                                      report_usd(inner_pico(rows, i, "delta")),
                                      report_str(sentence)});
    }
}

/* The first mover's sentence goes into the headline.  What became of last
 * week's advice is read from the same comparison. */
static enum rc add_movers(struct review *r, struct buf *headline,
                          struct why *why)
{
    const struct query_param param[] = {
        {STR("from"), r->from}, {STR("to"), r->to}, {STR("vs"), r->vs}};
    const struct inner_question q = {.name = "movers",
                                     .param = param,
                                     .n_params = ARRAY_N(param),
                                     .now_us = r->to_us};
    struct insight_call call;
    struct report inner;
    enum rc rc = inner_call(r->call, &q, &call, why);

    r->contrast = arena_alloc(r->call->arena, sizeof *r->contrast);
    if (rc == RC_OK && r->contrast == NULL) {
        rc = why_set(why, RC_LIMIT, "no room for the comparison");
    }
    rc = rc == RC_OK ? contrast_run(&call, r->contrast, why) : rc;
    if (rc != RC_OK) {
        return rc;
    }
    report_init(&inner, LIMIT_ANSWER_BYTES_MAX);
    rc = movers_tell(&call, &inner, r->contrast, MOVERS_MAX, why);
    rc = rc == RC_OK ? report_rc(&inner, why) : rc;
    if (rc == RC_OK) {
        say_movers(r, inner_table(&inner, "rows"), headline);
    }
    report_fini(&inner);
    return rc;
}

static const struct report_column trial_columns[] = {
    {"experiment", ANSWER_TEXT, false},
    {"status", ANSWER_TEXT, false},
    {"cost", ANSWER_USD, false},
    {"verdict", ANSWER_TEXT, false},
};

static enum rc add_trials(const struct review *r, struct why *why)
{
    struct trial_brief brief[TRIALS_MAX];
    struct insight_call call;
    size_t n = 0;
    enum rc rc = inner_call(
        r->call,
        &(struct inner_question){.name = "experiment", .now_us = r->to_us},
        &call, why);

    rc =
        rc == RC_OK ? experiment_briefs(&call, TRIALS_MAX, brief, &n, why) : rc;
    if (rc != RC_OK || n == 0) {
        return rc;
    }
    report_heading(r->out, "Experiments");
    struct report_table *t = report_table(
        r->out, "experiments", "", trial_columns, ARRAY_N(trial_columns));
    for (size_t i = 0; i < n; i++) {
        report_row(t, (struct answer_cell[]){report_str(brief[i].name),
                                             report_str(brief[i].status),
                                             brief[i].cost,
                                             report_str(brief[i].sentence)});
    }
    return rc;
}

/* A table of another insight for this week, as it is. */
struct lift {
    const char *insight;
    const char *table;
    const char *as;
    const char *heading;
    const char *said; /* the insight's sentence as this text */
    insight_fn *run;  /* what says no more than is lifted; NULL: the row's */
    bool needs_rows;  /* says nothing without any, nor of some calls only */
};

static const struct lift lifts[] = {
    {"customers", "dear", "dear_customers", "Customers dear to serve",
     "customers_sentence", NULL, false},
    {"guardrails", "budgets", "budgets", "What budgets did", "budgets_sentence",
     NULL, true},
    {"quality", "coverage", "coverage", "State of the data", "quality_sentence",
     quality_coverage, false},
};

static enum rc ask_lift(const struct review *r, const struct lift *l,
                        struct report *ret, struct why *why)
{
    const struct query_param param[] = {{STR("from"), r->from},
                                        {STR("to"), r->to}};
    const struct inner_question q = {.name = l->insight,
                                     .param = param,
                                     .n_params = ARRAY_N(param),
                                     .now_us = r->to_us};
    struct insight_call call;

    if (l->run == NULL) {
        return inner_ask(r->call, &q, ret, why);
    }
    report_init(ret, LIMIT_ANSWER_BYTES_MAX);
    enum rc rc = inner_call(r->call, &q, &call, why);
    rc = rc == RC_OK ? l->run(&call, ret, why) : rc;
    return rc == RC_OK ? report_rc(ret, why) : rc;
}

static enum rc add_lift(const struct review *r, const struct lift *l,
                        struct why *why)
{
    struct report inner;
    enum rc rc = ask_lift(r, l, &inner, why);
    const struct report_table *t =
        rc == RC_OK ? inner_table(&inner, l->table) : NULL;
    bool has_rows = t != NULL && t->n_rows > 0;

    if (rc == RC_OK && (has_rows || !l->needs_rows)) {
        report_heading(r->out, "%s", l->heading);
        report_text(r->out, l->said, inner.sentence);
    }
    if (has_rows) {
        report_table_copy(r->out, t, l->as, "");
    }
    report_fini(&inner);
    return rc;
}

/* ---- the page ---- */

static void say_headline(const struct review *r, const struct totals *now,
                         const struct totals *before, struct str more)
{
    struct buf b;

    if (!has_cost(now)) {
        report_sentence(r->out,
                        "None of the week's calls has a price, so what it cost "
                        "is not known; toll quality names their models.");
        return;
    }
    buf_init(&b, 64 * 1024);
    buf_cz(&b, r->is_running ? "The week so far cost " : "The week cost ");
    say_usd(&b, now->pico);
    if (before->n > 0 && !has_cost(before)) {
        buf_cz(&b, "; what the week before cost is not known, since none of "
                   "its calls has a price");
    } else if (before->n > 0) {
        buf_cz(&b, ", ");
        say_usd_change(&b, now->pico - before->pico);
        buf_cz(&b, " (");
        say_change(&b, usd_to_f64((struct usd_sum){before->pico}),
                   usd_to_f64((struct usd_sum){now->pico}));
        buf_cz(&b, r->is_running ? ") against the same part of the week before"
                                 : ") against the week before");
    } else {
        buf_cz(&b, "; there is no week before it to hold it against");
    }
    buf_char(&b, '.');
    buf_str(&b, more);
    report_sentence(r->out, "%.*s", STR_ARG(buf_view(&b)));
    buf_fini(&b);
}

static enum rc tell(struct review *r, const struct totals *now,
                    const struct totals *before, struct why *why)
{
    static const struct shares features = {"features", "", "feature",
                                           FEATURES_MAX};
    static const struct shares models = {"models", "", "model", MODELS_MAX};
    struct buf headline;
    enum rc rc;

    buf_init(&headline, 64 * 1024);
    say_head(r, now, before);
    report_heading(r->out, "Where it went");
    rc = add_shares(r, &features, now, before, why);
    rc = rc == RC_OK ? add_movers(r, &headline, why) : rc;
    rc = rc == RC_OK ? review_alerts(r, why) : rc;
    rc = rc == RC_OK ? review_actions(r, why) : rc;
    rc = rc == RC_OK ? add_trials(r, why) : rc;
    if (rc == RC_OK) {
        report_heading(r->out, "Models");
        rc = add_shares(r, &models, now, before, why);
    }
    for (size_t i = 0; i < ARRAY_N(lifts) && rc == RC_OK; i++) {
        bool is_of_some = insight_value(r->call, "where").n > 0;

        if (!lifts[i].needs_rows || !is_of_some) {
            rc = add_lift(r, &lifts[i], why);
        }
    }
    if (rc == RC_OK) {
        say_headline(r, now, before, buf_view(&headline));
    }
    buf_fini(&headline);
    return rc;
}

static void say_title(const struct review *r, int64_t monday)
{
    struct buf b;

    buf_init(&b, 256);
    buf_cz(&b, "Week ");
    add_week_name(&b, monday);
    buf_cz(&b, ", ");
    utc_add_date(&b, monday);
    buf_cz(&b, " to ");
    utc_add_date(&b, monday + DAYS_A_WEEK - 1);
    report_title(r->out, "%.*s", STR_ARG(buf_view(&b)));
    buf_fini(&b);
}

static enum rc read_owners(struct review *r, struct why *why)
{
    const struct insight_question q = {.metrics = "cost",
                                       .by = "feature,owner",
                                       .from_us = r->before_us,
                                       .to_us = r->to_us,
                                       .order = "-cost"};

    return insight_ask(r->call, &q, &r->owners, why);
}

static enum rc review_week(struct review *r, int64_t monday, struct why *why)
{
    struct totals now;
    struct totals before;
    struct answer *a = NULL;
    struct answer *unused = NULL;
    enum rc rc = read_owners(r, why);

    rc = rc == RC_OK ? read_totals(r, r->before_us, r->before_to_us, &before,
                                   &unused, why)
                     : rc;
    rc = rc == RC_OK ? read_totals(r, r->from_us, r->to_us, &now, &a, why) : rc;
    if (rc != RC_OK) {
        return rc;
    }
    say_title(r, monday);
    report_range(r->out, a);
    if (r->call->env->now_us <= r->from_us) {
        report_sentence(r->out, "This week has not begun; nothing to review.");
        return RC_OK;
    }
    if (now.n == 0 && before.n == 0) {
        report_sentence(r->out, "There are no calls in this week nor in the "
                                "one before it; nothing to review.");
        return RC_OK;
    }
    if (r->is_running) {
        report_note(r->out, "This week is not over: it counts up to now, and "
                            "the week before up to the same point.");
    }
    return tell(r, &now, &before, why);
}

/* A week that is not over ends now, and the one before at the same time of
 * the same weekday: held against a whole week, it would seem cheap, and what
 * is silent since a future moment would seem over. */
static void set_week(struct review *r, const struct period_zone *zone,
                     int64_t monday)
{
    int64_t now_us = r->call->env->now_us;

    r->from_us = period_of_date(zone, monday);
    r->to_us = period_of_date(zone, monday + DAYS_A_WEEK);
    r->before_us = period_of_date(zone, monday - DAYS_A_WEEK);
    r->before_to_us = r->from_us;
    r->is_running = r->from_us < now_us && now_us < r->to_us;
    if (r->is_running) {
        int64_t us = r->before_us + (now_us - r->from_us);
        us += period_offset_us(zone, now_us) -
              period_offset_us(zone, r->from_us) - period_offset_us(zone, us) +
              period_offset_us(zone, r->before_us);
        r->to_us = now_us;
        r->before_to_us = us;
    }
    r->from = time_text(r, r->from_us);
    r->to = time_text(r, r->to_us);
    r->vs = str_fmt(r->call->arena, "%.*s..%.*s",
                    STR_ARG(time_text(r, r->before_us)),
                    STR_ARG(time_text(r, r->before_to_us)));
}

static enum rc run(const struct insight_call *call, struct report *out,
                   struct why *why)
{
    struct review r = {.call = call, .out = out};
    struct period_zone *zone = NULL;
    int64_t monday = 0;
    enum rc rc = period_zone_open(call->env->timezone, &zone, why);

    rc = rc == RC_OK ? choose_week(call, zone, &monday, why) : rc;
    if (rc == RC_OK) {
        set_week(&r, zone, monday);
        rc = review_week(&r, monday, why);
    }
    period_zone_close(&zone);
    return rc;
}

static const struct insight_param params[] = {
    {"week", "WEEK", "2026-W47; the last complete one unless said", false},
    {"where", "FILTER", "feature:a|b, owner:a, ...", true},
};

const struct insight insight_review = {
    .name = "review",
    .path = "/api/review",
    .summary = "one week on a page: what it cost, why, and what to do",
    .details = "  toll review\n"
               "  toll review --week 2026-W47 --format html > review.html\n"
               "  toll review --where owner:support-ai --format slack\n"
               "  toll review --send ops --note 'Look at search.'",
    .param = params,
    .n_params = ARRAY_N(params),
    .run = run,
};
