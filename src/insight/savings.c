/* savings: what could be spent less, ranked, each line with its arithmetic.
 * The method is told in docs/methods.md. */
#include "insight/insight.h"

#include <string.h>

#include "base/check.h"
#include "base/utc.h"
#include "base/why.h"
#include "insight/savings_priv.h"
#include "price/memo.h"
#include "query/period.h"

enum { CACHE_INPUT_MIN = 1024 };

/* ---- what the parts share ---- */

void saving_add(struct savings *s, const struct saving *line)
{
    if (line->high > 0 && s->n_lines < SAVINGS_LINES_MAX) {
        s->line[s->n_lines++] = *line;
    }
}

num_i128 saving_month(const struct savings *s, num_i128 pico)
{
    return decide_per_month(pico, s->length_us);
}

static int64_t mean_of(num_i128 sum, int64_t n)
{
    return (int64_t)(sum / (n > 0 ? n : 1));
}

enum rc saving_rates(const struct savings *s, const struct usage_sum *row,
                     const struct saving_target *to, struct decide_rates *ret,
                     struct why *why)
{
    struct event like;
    num_i128 input = 0;

    for (unsigned c = 0; c < TOKEN_OUTPUT; c++) {
        input += row->token[c];
    }
    event_init(&like);
    like.ts_us = s->to_us - 1;
    like.dim[DIM_PROVIDER] = to->model.n > 0 ? to->provider : row->provider;
    like.dim[DIM_MODEL] = to->model.n > 0 ? to->model : row->model;
    like.service_tier = (int)to->tier != 0 ? to->tier : row->tier;
    like.token[TOKEN_INPUT] = mean_of(input, row->n);
    return decide_rates(s->call, s->memo, &like, ret, why);
}

num_i128 saving_cost_at(const struct usage_sum *row,
                        const struct decide_rates *rates)
{
    num_i128 pico = row->tools_cost;

    for (unsigned c = 0; c < TOKEN__COUNT; c++) {
        pico += decide_at(row->token[c], rates->per_1000[c]);
    }
    return pico;
}

/* ---- what is asked ---- */

enum { GROUP_KEY_MAX = 2 * LIMIT_DIM_MAX + 2 };

/* Whether apart, feature, a NUL, workflow. */
static struct str group_key(struct str feature, struct str workflow,
                            bool is_apart, char key[GROUP_KEY_MAX])
{
    size_t n = 0;

    CHECK(feature.n <= LIMIT_DIM_MAX && workflow.n <= LIMIT_DIM_MAX);
    key[n++] = is_apart ? 'a' : 'w';
    if (feature.n > 0) {
        memcpy(key + n, feature.p, feature.n);
        n += feature.n;
    }
    key[n++] = '\0';
    if (workflow.n > 0) {
        memcpy(key + n, workflow.p, workflow.n);
        n += workflow.n;
    }
    return (struct str){key, n};
}

static size_t find_group(const struct savings *s, struct str feature,
                         struct str workflow, bool is_apart)
{
    char key[GROUP_KEY_MAX];
    const struct saving_group *g =
        map_get(&s->groups, group_key(feature, workflow, is_apart, key));

    return g != NULL ? (size_t)(g - s->group) : SIZE_MAX;
}

size_t saving_group_of(const struct savings *s, struct str feature,
                       struct str workflow)
{
    return find_group(s, feature, workflow, false);
}

static enum rc keep(const struct savings *s, struct str *text, struct why *why)
{
    return str_dup(s->call->arena, *text, text) == RC_OK
               ? RC_OK
               : why_set(why, RC_LIMIT, "there are too many names");
}

/* A new group, or SIZE_MAX when there are too many; rows come dearest first,
 * so that those left out are the cheapest. */
static enum rc add_group(struct savings *s, const struct usage_sum *row,
                         bool is_apart, size_t *ret, struct why *why)
{
    struct saving_group *g = &s->group[s->n_groups];
    char bytes[GROUP_KEY_MAX];
    struct str key = group_key(row->feature, row->workflow, is_apart, bytes);

    *ret = find_group(s, row->feature, row->workflow, is_apart);
    if (*ret != SIZE_MAX || s->n_groups == SAVINGS_GROUPS_MAX ||
        s->n_sums == SAVINGS_SUMS_MAX) {
        return RC_OK;
    }
    g->feature = row->feature;
    g->workflow = row->workflow;
    g->is_apart = is_apart;
    enum rc rc = keep(s, &g->feature, why);
    if (rc == RC_OK) {
        rc = keep(s, &g->workflow, why);
    }
    if (rc == RC_OK) {
        rc = keep(s, &key, why);
    }
    if (rc == RC_OK) {
        map_put(&s->groups, key, g);
        *ret = s->n_groups++;
    }
    return rc;
}

static void add_to_group(struct saving_group *g, const struct usage_sum *row)
{
    g->cost += row->cost;
    g->error_cost += row->error_cost;
    g->output_cost += row->output_cost;
    g->tools_cost += row->tools_cost;
    g->n += row->n;
    g->n_errors += row->n_errors;
    g->cache_read += row->token[TOKEN_CACHE_READ];
    for (unsigned c = 0; c < TOKEN__COUNT; c++) {
        *(c < TOKEN_OUTPUT ? &g->input : &g->output) += row->token[c];
    }
}

static enum rc take(struct savings *s, const struct usage_sum *row,
                    bool is_apart, struct why *why)
{
    struct saving_sum *sum = &s->sum[s->n_sums];
    size_t group = SIZE_MAX;
    enum rc rc = add_group(s, row, is_apart, &group, why);

    s->n_unpriced += row->n_unpriced;
    if (rc != RC_OK || group == SIZE_MAX || s->n_sums == SAVINGS_SUMS_MAX) {
        s->left_out += row->cost;
        return rc;
    }
    add_to_group(&s->group[group], row);
    *sum = (struct saving_sum){.row = *row, .group = group};
    struct str *texts[] = {&sum->row.provider, &sum->row.model,
                           &sum->row.requested_model};
    for (size_t i = 0; i < ARRAY_N(texts) && rc == RC_OK; i++) {
        rc = keep(s, texts[i], why);
    }
    sum->row.feature = s->group[group].feature;
    sum->row.workflow = s->group[group].workflow;
    s->n_sums += rc == RC_OK ? 1 : 0;
    return rc;
}

static enum rc take_sum(void *arg, const struct usage_sum *row, struct why *why)
{
    return take(arg, row, false, why);
}

static enum rc take_apart(void *arg, const struct usage_sum *row,
                          struct why *why)
{
    return take(arg, row, true, why);
}

static enum rc take_gap(void *arg, const struct usage_gap *row, struct why *why)
{
    struct savings *s = arg;
    struct saving_gap *gap = &s->gap[s->n_gaps];
    size_t group = saving_group_of(s, row->feature, row->workflow);

    if (group == SIZE_MAX || s->n_gaps == SAVINGS_SUMS_MAX) {
        return RC_OK;
    }
    *gap = (struct saving_gap){.row = *row, .group = group};
    s->n_gaps++;
    enum rc rc = keep(s, &gap->row.provider, why);
    return rc == RC_OK ? keep(s, &gap->row.model, why) : rc;
}

static enum rc take_short(void *arg, const struct usage_short *row,
                          struct why *why)
{
    struct savings *s = arg;
    size_t group = saving_group_of(s, row->feature, row->workflow);

    (void)why;
    for (size_t i = 0; i < s->n_gaps; i++) {
        struct saving_gap *gap = &s->gap[i];
        if (gap->group == group && str_eq(gap->row.provider, row->provider) &&
            str_eq(gap->row.model, row->model)) {
            gap->input_p05 = (int64_t)row->input_p05;
        }
    }
    return RC_OK;
}

/* Who says which environments count has said it of these, too. */
static bool names_environment(const struct insight_call *call)
{
    for (size_t i = 0; i < call->n_params; i++) {
        if (str_eq(call->param[i].name, STR("where")) &&
            str_starts(call->param[i].value, STR("environment:"))) {
            return true;
        }
    }
    return false;
}

static enum rc ask_usage(struct savings *s, struct why *why)
{
    struct insight_question all = {
        .metrics = "cost", .from_us = s->from_us, .to_us = s->to_us};
    struct insight_question apart = all;
    struct store_reader *reader = s->call->env->reader;
    struct query q;
    enum rc rc = insight_parse(s->call, &all, &q, why);

    if (rc == RC_OK) {
        rc = query_sums(&q, reader, take_sum, s, why);
    }
    if (rc == RC_OK) {
        const struct usage_gaps_of of = {CACHE_INPUT_MIN, s->n_calls};
        rc = query_gaps(&q, &of, reader, take_gap, s, why);
    }
    if (rc == RC_OK) {
        rc = query_shorts(&q, reader, take_short, s, why);
    }
    if (rc != RC_OK || names_environment(s->call)) {
        return rc;
    }
    apart.where = "environment:evaluation|test";
    rc = insight_parse(s->call, &apart, &q, why);
    return rc == RC_OK ? query_sums(&q, reader, take_apart, s, why) : rc;
}

/* Days and hours of all workflows are more than an answer can hold, and cut
 * at the end it would lack the newest: so rows are streamed. */
struct past {
    struct savings *s;
    struct period_zone *zone;
};

static int64_t whole(const struct answer_cell *cell)
{
    return cell->is_null ? 0 : (int64_t)cell->count;
}

static struct str text(const struct answer_cell *cell)
{
    return cell->is_null ? STR_EMPTY : cell->text;
}

static enum rc each_workflow(struct past *past, struct insight_question *q,
                             query_row_fn *take_row, struct why *why)
{
    const struct insight_call *call = past->s->call;
    struct query query;

    q->by = "feature,workflow";
    q->to_us = past->s->to_us;
    enum rc rc = insight_parse(call, q, &query, why);
    return rc == RC_OK
               ? query_each(&query, call->env->reader, take_row, past, why)
               : rc;
}

/* The days since the history began, whatever the clocks did. */
static size_t day_of(const struct past *past, struct str date)
{
    int64_t us = 0;

    if (period_parse_time(past->zone, date, &us, NULL) != RC_OK ||
        us < past->s->history_from_us) {
        return SIZE_MAX;
    }
    return (size_t)((us - past->s->history_from_us + UTC_US_PER_DAY / 2) /
                    UTC_US_PER_DAY);
}

/* Cells: time, feature, workflow, then the metrics of ask_history. */
static enum rc take_day(void *arg, const struct answer_cell *cell,
                        struct why *why)
{
    const struct past *past = arg;
    size_t group = saving_group_of(past->s, text(&cell[1]), text(&cell[2]));
    size_t day = group == SIZE_MAX ? SIZE_MAX : day_of(past, text(&cell[0]));

    (void)why;
    if (day < SAVINGS_HISTORY_DAYS) {
        past->s->group[group].day[day] = (struct saving_day){
            .n = whole(&cell[3]),
            .n_errors = whole(&cell[4]),
            .n_retries = whole(&cell[5]),
            .input = whole(&cell[6]),
            .cache_read = whole(&cell[7]),
            .output = whole(&cell[8]),
        };
    }
    return RC_OK;
}

static enum rc ask_history(struct savings *s, struct why *why)
{
    struct insight_question q = {
        .metrics = "requests,errors,retries,input_tokens,cache_read_tokens,"
                   "output_tokens",
        .interval = "day",
        .from_us = s->history_from_us};
    struct past past = {.s = s};
    enum rc rc = period_zone_open(s->call->env->timezone, &past.zone, why);

    if (rc == RC_OK) {
        rc = each_workflow(&past, &q, take_day, why);
    }
    period_zone_close(&past.zone);
    return rc;
}

/* "2026-11-01 05:00": the hour of the day, by the local clock. */
static unsigned hour_of(struct str time)
{
    uint64_t hour = 0;

    return str_to_u64(str_sub(time, 11, 2), &hour) == RC_OK && hour < 24
               ? (unsigned)hour
               : 0;
}

static enum rc take_hour(void *arg, const struct answer_cell *cell,
                         struct why *why)
{
    const struct past *past = arg;
    size_t group = saving_group_of(past->s, text(&cell[1]), text(&cell[2]));

    (void)why;
    if (group != SIZE_MAX) {
        past->s->group[group].hour[hour_of(text(&cell[0]))] += whole(&cell[3]);
    }
    return RC_OK;
}

static enum rc ask_hours(struct savings *s, struct why *why)
{
    struct insight_question q = {
        .metrics = "requests", .interval = "hour", .from_us = s->from_us};
    struct past past = {.s = s};

    return each_workflow(&past, &q, take_hour, why);
}

static enum rc find_all(struct savings *s, struct why *why)
{
    /* Runs are counted by the runaway's search, which cache and batch need. */
    static enum rc (*const find[])(struct savings *, struct why *) = {
        savings_find_retries, savings_find_runaway, savings_find_cache,
        savings_find_batch,   savings_find_model,   savings_find_growth};
    enum rc rc = RC_OK;

    for (size_t i = 0; i < ARRAY_N(find) && rc == RC_OK; i++) {
        rc = find[i](s, why);
    }
    return rc;
}

static enum rc make_room(struct savings *s, struct why *why)
{
    struct arena *arena = s->call->arena;

    s->group = arena_array(arena, SAVINGS_GROUPS_MAX + 1, sizeof *s->group);
    s->sum = arena_array(arena, SAVINGS_SUMS_MAX + 1, sizeof *s->sum);
    s->gap = arena_array(arena, SAVINGS_SUMS_MAX + 1, sizeof *s->gap);
    s->line = arena_array(arena, SAVINGS_LINES_MAX, sizeof *s->line);
    return s->group == NULL || s->sum == NULL || s->gap == NULL ||
                   s->line == NULL
               ? why_set(why, RC_LIMIT, "there is no memory for the answer")
               : RC_OK;
}

/* The range and filters, and whether there is anything at all. */
static enum rc begin(struct savings *s, struct report *out, struct why *why)
{
    struct insight_question q = {.metrics = "requests"};
    struct answer *a = NULL;
    int64_t end_us = 0;
    enum rc rc =
        decide_last_days(s->call, SAVINGS_DAYS, &s->from_us, &s->to_us, why);

    if (rc == RC_OK) {
        rc = decide_last_days(s->call, SAVINGS_HISTORY_DAYS,
                              &s->history_from_us, &end_us, why);
    }
    q.from_us = s->from_us;
    q.to_us = s->to_us;
    if (rc == RC_OK) {
        rc = insight_ask(s->call, &q, &a, why);
    }
    if (rc == RC_OK) {
        s->length_us = SAVINGS_DAYS * UTC_US_PER_DAY;
        s->n_calls = (int64_t)answer_count(a, 0, 0);
        report_title(out, "Savings");
        report_range(out, a);
    }
    return rc;
}

static enum rc run(const struct insight_call *call, struct report *out,
                   struct why *why)
{
    struct savings s = {.call = call};
    enum rc rc = begin(&s, out, why);

    if (rc != RC_OK) {
        return rc;
    }
    if (call->env->book == NULL) {
        return why_set(why, RC_UNAVAILABLE, "there is no price book");
    }
    if (s.n_calls == 0) {
        report_sentence(
            out, "%s",
            "There are no calls in the last 28 complete days (today "
            "does not count), so there is nothing to save on.");
        return RC_OK;
    }
    map_init(&s.groups);
    rc = make_room(&s, why);
    if (rc == RC_OK) {
        rc = ask_usage(&s, why);
    }
    if (rc == RC_OK) {
        rc = ask_history(&s, why);
    }
    if (rc == RC_OK) {
        rc = ask_hours(&s, why);
    }
    if (rc == RC_OK) {
        s.memo = memo_new();
        rc = find_all(&s, why);
        memo_free(&s.memo);
    }
    if (rc == RC_OK) {
        savings_tell(&s, out);
    }
    map_fini(&s.groups);
    return rc;
}

static const struct insight_param params[] = {
    {"batch", "FEATURE", "may wait a day: counts as sure for the batch tier",
     true},
    {"where", "FILTER", "feature:a|b, feature:!a, feature: (untagged)", true},
};

const struct insight insight_savings = {
    .name = "savings",
    .path = "/api/savings",
    .summary = "where less could be spent, ranked, with the arithmetic",
    .details = "Looks at the last 28 complete days, and 90 for what was best.\n"
               "  toll savings\n"
               "  toll savings --batch trend-report --where owner:support-ai",
    .param = params,
    .n_params = ARRAY_N(params),
    .run = run,
};
