#include "watch/rule.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/num.h"
#include "base/utc.h"
#include "base/why.h"
#include "insight/say.h"
#include "query/period.h"
#include "query/query_metric.h"
#include "watch/watch_priv.h"

#include <math.h>

enum { WEEKS = 4, DAYS = 28, WEEK_DAYS = 7, PASTS_MAX = DAYS, PASTS_MIN = 3 };
#define TEXT_BYTES ((size_t)8192)

/* ---- words ---- */

enum rule_than rule_than_of(struct str word)
{
    static const struct {
        struct str word;
        enum rule_than than;
    } all[] = {{STR_INIT("yesterday"), RULE_YESTERDAY},
               {STR_INIT("same-weekday"), RULE_SAME_WEEKDAY},
               {STR_INIT("baseline"), RULE_BASELINE}};

    for (size_t i = 0; i < ARRAY_N(all); i++) {
        if (str_eq(word, all[i].word)) {
            return all[i].than;
        }
    }
    return (enum rule_than)0;
}

enum rule_window rule_window_of(struct str word)
{
    return str_eq(word, STR("day"))    ? RULE_DAY
           : str_eq(word, STR("hour")) ? RULE_HOUR
                                       : (enum rule_window)0;
}

/* Metrics that are two questions, or a ratio that queries have not. */
struct share {
    struct str name;
    const char *metrics;    /* the whole, the part */
    const char *part_where; /* NULL: the part is the second metric */
};
static const struct share shares[] = {
    {STR_INIT("untagged_share"), "cost", "feature:"},
    {STR_INIT("unpriced_share"), "requests,unpriced_requests", NULL},
};

static const struct share *share_of(struct str metric)
{
    for (size_t i = 0; i < ARRAY_N(shares); i++) {
        if (str_eq(metric, shares[i].name)) {
            return &shares[i];
        }
    }
    return NULL;
}

enum rc rule_check(const struct rule *rule, struct why *why)
{
    struct query_param param[LIMIT_RULE_FILTERS_MAX + 2] = {
        {STR("metrics"),
         share_of(rule->metric) != NULL ? STR("cost") : rule->metric},
        {STR("by"), rule->by}};
    struct arena arena;
    struct query q;
    size_t n = 2;

    for (size_t i = 0; i < rule->n_where; i++, n++) {
        param[n].name = STR("where");
        param[n].value = rule->where[i];
    }
    arena_init(&arena, LIMIT_ARENA_MAX);
    enum rc rc = query_parse(param, n, 0, STR("UTC"), &arena, &q, why);
    if (rc == RC_OK && (q.n_metrics != 1 || q.n_by > 1)) {
        rc = why_set(why, RC_INVALID, "a rule has one metric, and one by");
    }
    arena_fini(&arena);
    return rc == RC_LIMIT ? RC_INVALID : rc;
}

/* ---- built in ---- */

const struct rule rule_built_in[] = {
    {.name = STR_INIT("untagged calls"),
     .cause = STR_INIT("untagged"),
     .metric = STR_INIT("untagged_share"),
     .than = RULE_BASELINE,
     .percent = 50,
     .points = 0.05,
     .minimum = 1,
     .window = RULE_DAY},
    {.name = STR_INIT("unpriced calls"),
     .cause = STR_INIT("unpriced"),
     .metric = STR_INIT("unpriced_share"),
     .than = RULE_BASELINE,
     .percent = 50,
     .points = 0.02,
     .window = RULE_DAY},
};
const size_t rule_built_in_n = ARRAY_N(rule_built_in);

/* ---- windows ---- */

struct window {
    int64_t from_us, to_us;
};

/* Today so far, to the last whole hour where it is held against other days. */
static struct window window_of(const struct rule *rule,
                               const struct period_zone *zone, int64_t now_us)
{
    int64_t hour_us = num_floor_div(now_us, UTC_US_PER_HOUR) * UTC_US_PER_HOUR;

    if (rule->window == RULE_HOUR) {
        return (struct window){hour_us - UTC_US_PER_HOUR, hour_us};
    }
    return (struct window){period_start(zone, INTERVAL_DAY, now_us),
                           rule->than == RULE_NUMBER ? now_us : hour_us};
}

/* The windows that it is held against: so many days back by the local clock. */
static size_t pasts_of(const struct rule *rule, const struct period_zone *zone,
                       struct window w, struct window ret[PASTS_MAX])
{
    bool is_baseline = rule->than == RULE_BASELINE;
    bool is_weekly = rule->than == RULE_SAME_WEEKDAY ||
                     (is_baseline && rule->window == RULE_DAY);
    size_t n = !is_baseline ? 1 : is_weekly ? WEEKS : DAYS;
    int64_t offset_us = period_offset_us(zone, w.from_us);

    for (size_t i = 0; i < n; i++) {
        int64_t back_us =
            (int64_t)(i + 1) * (is_weekly ? WEEK_DAYS : 1) * UTC_US_PER_DAY;
        int64_t from_us = w.from_us - back_us;
        from_us += offset_us - period_offset_us(zone, from_us);
        ret[i] = (struct window){from_us, from_us + (w.to_us - w.from_us)};
    }
    return n;
}

/* ---- asking ---- */

struct value {
    struct str key; /* of the dimension */
    double x;       /* NaN: none */
    double cost;    /* dollars */
};
struct values {
    struct value *of;
    size_t n;
    enum answer_kind kind;
};

static double number_of(const struct answer *a, size_t row, size_t column)
{
    const struct answer_cell *cell = &a->cell[row * a->n_columns + column];

    if (cell->is_null) {
        return (double)NAN;
    }
    switch (a->column[column].kind) {
    case ANSWER_COUNT:
    case ANSWER_TOKENS:
        return (double)cell->count;
    case ANSWER_USD:
    case ANSWER_USD_RATIO:
        return usd_to_f64(cell->usd);
    case ANSWER_RATIO:
    case ANSWER_AVERAGE:
    case ANSWER_DURATION:
        return cell->real;
    case ANSWER_TEXT:
    case ANSWER_TIME:
        break;
    }
    return (double)NAN;
}

struct asker {
    const struct rule *rule;
    struct insight_call call;
    const struct period_zone *zone;
};

static enum rc ask(const struct asker *a, struct window w, const char *metrics,
                   const char *where, struct answer **ret, struct why *why)
{
    const char *by =
        a->rule->by.n > 0 ? str_cz(a->call.arena, a->rule->by) : NULL;
    const struct insight_question q = {.metrics = metrics,
                                       .by = by,
                                       .from_us = w.from_us,
                                       .to_us = w.to_us,
                                       .order = "-cost",
                                       .where = where,
                                       .lacks_totals = true,
                                       .limit = LIMIT_RULE_ROWS_MAX};

    return insight_ask(&a->call, &q, ret, why);
}

static struct str key_of(const struct asker *a, const struct answer *answer,
                         size_t row)
{
    return a->rule->by.n > 0 ? answer_str(answer, row, 0) : STR("");
}

static const struct value *value_of(const struct values *v, struct str key)
{
    for (size_t i = 0; i < v->n; i++) {
        if (str_eq(v->of[i].key, key)) {
            return &v->of[i];
        }
    }
    return NULL;
}

/* The parts of shares that are a second question. */
static enum rc divide(const struct asker *a, struct window w,
                      const struct share *share, struct values *v,
                      struct why *why)
{
    struct answer *answer = NULL;
    size_t n_keys = a->rule->by.n > 0 ? 1 : 0;
    enum rc rc = ask(a, w, share->metrics, share->part_where, &answer, why);

    for (size_t i = 0; i < v->n && rc == RC_OK; i++) {
        double part = 0;
        for (size_t k = 0; k < answer->n_rows; k++) {
            if (str_eq(v->of[i].key, key_of(a, answer, k))) {
                part = number_of(answer, k, n_keys);
            }
        }
        v->of[i].x = isfinite(part) ? part / v->of[i].x : 0;
    }
    return rc;
}

static enum rc ask_values(const struct asker *a, struct window w,
                          struct values *ret, struct why *why)
{
    const struct share *share = share_of(a->rule->metric);
    struct answer *answer = NULL;
    size_t at = a->rule->by.n > 0 ? 1 : 0;
    struct str own =
        share != NULL ? str_from_cz(share->metrics) : a->rule->metric;
    struct str all = str_eq(own, STR("cost"))
                         ? own
                         : str_fmt(a->call.arena, "%.*s,cost", STR_ARG(own));
    const char *metrics = str_cz(a->call.arena, all);
    enum rc rc = metrics != NULL ? ask(a, w, metrics, NULL, &answer, why)
                                 : why_set(why, RC_LIMIT, "a rule is too long");
    if (rc != RC_OK) {
        return rc;
    }
    *ret = (struct values){
        .of = arena_array(a->call.arena, answer->n_rows, sizeof *ret->of),
        .n = answer->n_rows,
        .kind = share != NULL ? ANSWER_RATIO : answer->column[at].kind};
    if (ret->of == NULL) {
        return why_set(why, RC_LIMIT, "a rule's values are too many");
    }
    for (size_t i = 0; i < answer->n_rows; i++) {
        double cost = number_of(answer, i, answer->n_columns - 1);
        double x = number_of(answer, i, at);
        bool is_pair = share != NULL && share->part_where == NULL;
        ret->of[i] =
            (struct value){.key = key_of(a, answer, i),
                           .x = is_pair ? number_of(answer, i, at + 1) / x : x,
                           .cost = isfinite(cost) ? cost : 0};
    }
    return share != NULL && share->part_where != NULL
               ? divide(a, w, share, ret, why)
               : RC_OK;
}

/* ---- judging ---- */

struct past {
    struct values values[PASTS_MAX];
    size_t n;
};

/* The median of the windows that have it; NaN of too few. */
static double reference(const struct past *past, struct str key)
{
    double x[PASTS_MAX];
    size_t n = 0;

    for (size_t i = 0; i < past->n; i++) {
        const struct value *v = value_of(&past->values[i], key);
        if (v != NULL && isfinite(v->x)) {
            x[n++] = v->x;
        }
    }
    bool is_enough = past->n == 1 ? n == 1 : n >= PASTS_MIN;
    return is_enough ? watch_median(x, n) : (double)NAN;
}

static bool is_found(const struct rule *rule, const struct value *v, double ref,
                     double *ret_usd)
{
    if (rule->than == RULE_NUMBER) {
        ref = rule->number;
    }
    if (!isfinite(v->x) || !isfinite(ref)) {
        return false;
    }
    double away = fabs(v->x - ref);
    double limit = ref * (1 + rule->percent / 100);
    bool is_out = rule->than == RULE_NUMBER ? v->x > ref
                  : rule->percent < 0       ? v->x < limit
                                            : v->x > limit;
    /* What the change makes up of what these calls cost. */
    double share = v->x > ref ? away / v->x : ref > 0 ? away / ref : 0;
    *ret_usd = v->cost * fmin(share, 1);
    return is_out && away >= rule->points && *ret_usd >= rule->minimum;
}

static struct answer_cell cell_of(enum answer_kind kind, double x)
{
    switch (kind) {
    case ANSWER_COUNT:
    case ANSWER_TOKENS:
        return report_count((num_i128)llround(x));
    case ANSWER_USD:
    case ANSWER_USD_RATIO:
        return report_usd((num_i128)(x * 1e12));
    case ANSWER_RATIO:
    case ANSWER_AVERAGE:
    case ANSWER_DURATION:
    case ANSWER_TEXT:
    case ANSWER_TIME:
        break;
    }
    return report_real(x);
}

static void add_value(struct buf *b, enum answer_kind kind, double x)
{
    const struct answer_cell cell = cell_of(kind, x);

    say_cell(b, kind, false, &cell);
}

static struct str sentence_of(const struct asker *a, struct str key,
                              enum answer_kind kind, double x, double ref)
{
    static const char *const against[] = {
        [RULE_NUMBER] = "more than",
        [RULE_YESTERDAY] = "yesterday's",
        [RULE_SAME_WEEKDAY] = "last week's",
        [RULE_BASELINE] = "the usual",
    };
    const struct rule *rule = a->rule;
    struct buf b;

    buf_init(&b, TEXT_BYTES);
    if (rule->by.n > 0) {
        buf_str(&b, key.n > 0 ? key : STR("calls without one"));
        buf_cz(&b, ": ");
    }
    say_name(&b, rule->metric);
    buf_cz(&b, rule->window == RULE_DAY ? " of today is "
                                        : " of the last hour is ");
    add_value(&b, kind, x);
    buf_fmt(&b, ", %s ", against[rule->than]);
    add_value(&b, kind, ref);
    if (rule->than != RULE_NUMBER && ref > 0) {
        buf_cz(&b, " (");
        say_change(&b, ref, x);
        buf_char(&b, ')');
    }
    buf_char(&b, '.');
    struct str text = str_fmt(a->call.arena, "%.*s", STR_ARG(buf_view(&b)));
    buf_fini(&b);
    return text;
}

static void set_scope(const struct asker *a, struct str key,
                      struct incident_scope *ret)
{
    struct {
        struct str name;
        struct str *at;
    } known[] = {{STR("feature"), &ret->feature},
                 {STR("model"), &ret->model},
                 {STR("provider"), &ret->provider},
                 {STR("workflow"), &ret->workflow},
                 {STR("customer"), &ret->customer}};
    struct str by = a->rule->by;

    *ret = (struct incident_scope){.feature = STR_EMPTY};
    for (size_t i = 0; i < ARRAY_N(known); i++) {
        if (str_eq(by, known[i].name)) {
            *known[i].at = key.p != NULL ? key : STR("");
            return;
        }
    }
    if (by.n > 0) {
        ret->group =
            str_fmt(a->call.arena, "%.*s:%.*s", STR_ARG(by), STR_ARG(key));
    }
}

static struct str filters_of(const struct rule *rule, struct arena *arena)
{
    struct str text = STR_EMPTY;

    for (size_t i = 0; i < rule->n_where; i++) {
        text = i == 0 ? rule->where[0]
                      : str_fmt(arena, "%.*s\n%.*s", STR_ARG(text),
                                STR_ARG(rule->where[i]));
    }
    return text;
}

static void judge(const struct asker *a, const struct values *now,
                  const struct past *past, struct window w,
                  struct rule_found *ret)
{
    const struct rule *rule = a->rule;
    double days = rule->window == RULE_DAY ? 1 : 1.0 / 24;

    for (size_t i = 0; i < now->n; i++) {
        const struct value *v = &now->of[i];
        double ref =
            rule->than == RULE_NUMBER ? rule->number : reference(past, v->key);
        double usd = 0;
        if (!is_found(rule, v, ref, &usd)) {
            continue;
        }
        struct incident_news *news = &ret->news[ret->n++];
        *news = (struct incident_news){
            .news = WATCH_RAISED,
            .cause = rule->cause,
            .rule = rule->name,
            .filters = filters_of(rule, a->call.arena),
            .severity = MESSAGE_WARN,
            .time_us = a->call.env->now_us,
            .since_us = w.from_us,
            .unit = rule->metric,
            .before = ref,
            .after = v->x,
            .usd_per_day = usd / days,
            .usd_so_far = usd,
            .sentence = sentence_of(a, v->key, now->kind, v->x, ref)};
        set_scope(a, v->key, &news->scope);
    }
}

static enum rc ask_all(const struct asker *a, struct rule_found *ret,
                       struct why *why)
{
    struct window w = window_of(a->rule, a->zone, a->call.env->now_us);
    struct window at[PASTS_MAX];
    struct past *past = arena_alloc(a->call.arena, sizeof *past);
    struct values now = {.n = 0};
    enum rc rc = RC_OK;

    *ret = (struct rule_found){.begin_us = w.from_us};
    if (w.from_us >= w.to_us) {
        return RC_OK; /* the day has just begun */
    }
    rc = ask_values(a, w, &now, why);
    if (rc == RC_OK && past != NULL && a->rule->than != RULE_NUMBER) {
        past->n = pasts_of(a->rule, a->zone, w, at);
        for (size_t i = 0; i < past->n && rc == RC_OK; i++) {
            rc = ask_values(a, at[i], &past->values[i], why);
        }
    }
    if (rc != RC_OK) {
        return rc;
    }
    ret->news = arena_array(a->call.arena, now.n, sizeof *ret->news);
    if (past == NULL || ret->news == NULL) {
        return why_set(why, RC_LIMIT, "a rule's values are too many");
    }
    judge(a, &now, past, w, ret);
    return RC_OK;
}

enum rc rule_ask(const struct rule *rule, const struct insight_env *env,
                 struct arena *arena, struct rule_found *ret, struct why *why)
{
    struct query_param param[LIMIT_RULE_FILTERS_MAX];
    struct period_zone *zone = NULL;
    enum rc rc = period_zone_open(env->timezone, &zone, why);

    for (size_t i = 0; i < rule->n_where; i++) {
        param[i] = (struct query_param){STR("where"), rule->where[i]};
    }
    const struct asker a = {
        .rule = rule,
        .call = {.env = env,
                 .param = param,
                 .n_params = rule->n_where,
                 .arena = arena},
        .zone = zone,
    };
    if (rc == RC_OK) {
        rc = ask_all(&a, ret, why);
    }
    period_zone_close(&zone);
    return rc;
}
