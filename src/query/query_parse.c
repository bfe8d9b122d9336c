#include "query/query.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/near.h"
#include "base/utc.h"
#include "base/why.h"
#include "query/period.h"
#include "query/query_field.h"
#include "query/query_metric.h"

enum { LIMIT_ROWS_DEFAULT = 1000, WORD_SHOWN_BYTES = 48 };

#define METRICS_DEFAULT STR("cost,requests")
#define RANGE_DEFAULT   STR("30d")
#define WHERE_DEFAULT   STR("environment:production")

enum param { /* those that come once; `where` may come several times */
             PARAM_METRICS,
             PARAM_BY,
             PARAM_INTERVAL,
             PARAM_FROM,
             PARAM_TO,
             PARAM_RANGE,
             PARAM_ORDER,
             PARAM_LIMIT,
             PARAM_TIMEZONE,
             PARAM_ROLLUPS,
             PARAM__COUNT
};

static const struct str param_names[PARAM__COUNT] = {
    [PARAM_METRICS] = STR_INIT("metrics"),
    [PARAM_BY] = STR_INIT("by"),
    [PARAM_INTERVAL] = STR_INIT("interval"),
    [PARAM_FROM] = STR_INIT("from"),
    [PARAM_TO] = STR_INIT("to"),
    [PARAM_RANGE] = STR_INIT("range"),
    [PARAM_ORDER] = STR_INIT("order"),
    [PARAM_LIMIT] = STR_INIT("limit"),
    [PARAM_TIMEZONE] = STR_INIT("timezone"),
    [PARAM_ROLLUPS] = STR_INIT("rollups"),
};

struct interval_row {
    struct str name;
    enum interval interval;
    int64_t length_us; /* about; of the shortest of its kind */
};
static const struct interval_row interval_rows[] = {
    {STR_INIT("none"), INTERVAL_NONE, INT64_MAX},
    {STR_INIT("hour"), INTERVAL_HOUR, UTC_US_PER_HOUR},
    {STR_INIT("day"), INTERVAL_DAY, UTC_US_PER_DAY},
    {STR_INIT("week"), INTERVAL_WEEK, 7 * UTC_US_PER_DAY},
    {STR_INIT("month"), INTERVAL_MONTH, 28 * UTC_US_PER_DAY},
};

struct parse {
    struct str given[PARAM__COUNT]; /* empty: not given */
    struct str where[LIMIT_QUERY_FILTERS_MAX];
    size_t n_where;
    int64_t now_us;
    struct period_zone *zone;
    struct arena *out;
    struct query q;
};

static struct str shown(struct str word)
{
    return str_utf8_cut(word, WORD_SHOWN_BYTES);
}

static enum rc too_long(struct why *why)
{
    return why_set(why, RC_LIMIT, "the question is too long");
}

/* ---- sorting out what was given ---- */

static enum rc unknown_param(struct str name, struct why *why)
{
    struct near near;

    near_init(&near, name);
    for (size_t i = 0; i < PARAM__COUNT; i++) {
        near_offer(&near, param_names[i]);
    }
    near_offer(&near, STR("where"));
    return near_unknown(&near, "parameter",
                        "there are metrics, by, interval, from, to, range, "
                        "where, order, limit, timezone, rollups",
                        why);
}

static enum rc take_where(struct parse *p, struct str value, struct why *why)
{
    /* One is left for the environment. */
    if (p->n_where == LIMIT_QUERY_FILTERS_MAX - 1) {
        return why_set(why, RC_LIMIT, "at most %d filters can be given",
                       LIMIT_QUERY_FILTERS_MAX - 1);
    }
    p->where[p->n_where++] = value;
    return RC_OK;
}

static enum rc take_param(struct parse *p, const struct query_param *param,
                          struct why *why)
{
    struct str value = str_trim(param->value);

    if (!str_utf8_ok(value) || str_find_char(value, '\0', 0) != SIZE_MAX) {
        return why_set(why, RC_INVALID, "the value of %.*s is not UTF-8 text",
                       STR_ARG(shown(param->name)));
    }
    if (str_eq(param->name, STR("where"))) {
        return value.n == 0 ? RC_OK : take_where(p, value, why);
    }
    for (size_t i = 0; i < PARAM__COUNT; i++) {
        if (!str_eq(param->name, param_names[i])) {
            continue;
        }
        if (p->given[i].n > 0) {
            return why_set(why, RC_INVALID, "%.*s is given twice",
                           STR_ARG(param->name));
        }
        p->given[i] = value;
        return RC_OK;
    }
    return unknown_param(param->name, why);
}

/* ---- metrics and dimensions ---- */

typedef enum rc add_word_fn(struct parse *p, struct str word, struct why *why);

static enum rc each_word(struct parse *p, struct str list, add_word_fn *add,
                         struct why *why)
{
    struct str word;
    enum rc rc = RC_OK;

    while (rc == RC_OK && str_cut(&list, ',', &word)) {
        rc = add(p, str_trim(word), why);
    }
    return rc;
}

static enum rc add_metric(struct parse *p, struct str word, struct why *why)
{
    struct query *q = &p->q;
    const struct metric *m = NULL;
    enum rc rc = metric_from(word, &m, why);

    if (rc != RC_OK) {
        return rc;
    }
    for (size_t i = 0; i < q->n_metrics; i++) {
        if (q->metric[i] == m) {
            return why_set(why, RC_INVALID, "%.*s is asked for twice",
                           STR_ARG(word));
        }
    }
    if (q->n_metrics == LIMIT_QUERY_METRICS_MAX) {
        return why_set(why, RC_LIMIT, "at most %d metrics can be asked for",
                       LIMIT_QUERY_METRICS_MAX);
    }
    q->metric[q->n_metrics++] = m;
    return RC_OK;
}

static enum rc add_dim(struct parse *p, struct str word, struct why *why)
{
    struct query *q = &p->q;
    struct query_field f;
    enum rc rc = query_field_from(word, p->out, &f, why);

    if (rc != RC_OK) {
        return rc;
    }
    for (size_t i = 0; i < q->n_by; i++) {
        if (str_eq(q->by[i].name, f.name)) {
            return why_set(why, RC_INVALID, "by names %.*s twice",
                           STR_ARG(shown(word)));
        }
    }
    if (q->n_by == LIMIT_QUERY_DIMS_MAX) {
        return why_set(why, RC_LIMIT, "by takes at most %d dimensions",
                       LIMIT_QUERY_DIMS_MAX);
    }
    q->by[q->n_by++] = f;
    return RC_OK;
}

/* ---- filters: FIELD:VALUE|VALUE ---- */

/* A backslash before one of these makes it stand for itself. */
static bool is_special(char c)
{
    return c == '\\' || c == '|' || c == ':' || c == '!' || c == '*';
}

static bool is_escape(struct str s, size_t at)
{
    return s.p[at] == '\\' && at + 1 < s.n && is_special(s.p[at + 1]);
}

/* The first `c` that means itself as a sign; s.n when there is none. */
static size_t find_sign(struct str s, char c)
{
    size_t i = 0;

    while (i < s.n && s.p[i] != c) {
        i += is_escape(s, i) ? 2 : 1;
    }
    return i;
}

static bool unescape(struct arena *out, struct str s, struct str *ret)
{
    char *p = arena_alloc(out, s.n);
    size_t n = 0;

    if (p == NULL) {
        return false;
    }
    for (size_t i = 0; i < s.n; i++) {
        i += is_escape(s, i) ? 1 : 0;
        p[n++] = s.p[i];
    }
    *ret = (struct str){p, n};
    return true;
}

static size_t count_values(struct str list)
{
    size_t n = 1;

    for (size_t at; (at = find_sign(list, '|')) < list.n; n++) {
        list = str_sub(list, at + 1, SIZE_MAX);
    }
    return n;
}

static enum rc parse_values(struct parse *p, struct str list,
                            struct query_filter *f, struct why *why)
{
    size_t n = count_values(list);
    struct str *values;
    enum rc rc = RC_OK;

    if (n > LIMIT_QUERY_VALUES_MAX) {
        return why_set(why, RC_LIMIT, "one where takes at most %d values",
                       LIMIT_QUERY_VALUES_MAX);
    }
    values = arena_array(p->out, n, sizeof(*values));
    if (values == NULL) {
        return too_long(why);
    }
    for (size_t i = 0; i < n && rc == RC_OK; i++) {
        size_t at = find_sign(list, '|');
        struct str word = str_sub(list, 0, at);
        list = str_sub(list, at + 1, SIZE_MAX);
        if (str_eq(word, STR("*")) || str_starts(word, STR("!"))) {
            return why_set(why, RC_INVALID,
                           "* stands alone (feature:*) and ! before all values "
                           "(feature:!a|b); \\* and \\! are the plain signs");
        }
        if (!unescape(p->out, word, &values[i])) {
            return too_long(why);
        }
        rc = query_field_check(&f->field, values[i], why);
    }
    f->value = values;
    f->n_values = n;
    return rc;
}

static enum rc add_where(struct parse *p, struct str text, struct why *why)
{
    struct query_filter f = {.negated = false};
    size_t colon = find_sign(text, ':');
    struct str list = str_sub(text, colon + 1, SIZE_MAX);
    struct str name = STR_EMPTY;
    enum rc rc;

    if (colon == text.n) {
        return why_set(why, RC_INVALID,
                       "\"%.*s\" is no filter; one is written "
                       "DIMENSION:VALUE, as in feature:search",
                       STR_ARG(shown(text)));
    }
    if (!unescape(p->out, str_trim(str_sub(text, 0, colon)), &name)) {
        return too_long(why);
    }
    rc = query_field_from(name, p->out, &f.field, why);
    if (rc != RC_OK) {
        return rc;
    }
    f.any = str_eq(list, STR("*"));
    if (!f.any) {
        f.negated = str_starts(list, STR("!"));
        rc = parse_values(p, str_sub(list, f.negated ? 1 : 0, SIZE_MAX), &f,
                          why);
    }
    if (rc == RC_OK) {
        p->q.where[p->q.n_where++] = f;
    }
    return rc;
}

/* Only production counts, unless the question says otherwise. */
static enum rc parse_where(struct parse *p, struct why *why)
{
    bool names_environment = false;
    enum rc rc = RC_OK;

    for (size_t i = 0; i < p->n_where && rc == RC_OK; i++) {
        rc = add_where(p, p->where[i], why);
        names_environment =
            names_environment || (rc == RC_OK && p->q.where[i].field.kind ==
                                                     QUERY_FIELD_ENVIRONMENT);
    }
    if (rc == RC_OK && !names_environment) {
        rc = add_where(p, WHERE_DEFAULT, why);
    }
    return rc;
}

static void add_escaped(struct buf *b, struct str s, struct str signs)
{
    for (size_t i = 0; i < s.n; i++) {
        if (str_find_char(signs, s.p[i], 0) != SIZE_MAX) {
            buf_char(b, '\\');
        }
        buf_char(b, s.p[i]);
    }
}

void query_add_filter(struct buf *b, const struct query_filter *f)
{
    add_escaped(b, f->field.name, STR("\\:"));
    buf_char(b, ':');
    if (f->any) {
        buf_char(b, '*');
        return;
    }
    if (f->negated) {
        buf_char(b, '!');
    }
    for (size_t i = 0; i < f->n_values; i++) {
        if (i > 0) {
            buf_char(b, '|');
        }
        /* ! and * are signs only in front and alone, but read well anyway. */
        add_escaped(b, f->value[i], STR("\\|!*"));
    }
}

/* ---- time ---- */

static enum rc parse_timezone(struct parse *p, struct str configured,
                              struct why *why)
{
    struct str name =
        p->given[PARAM_TIMEZONE].n > 0 ? p->given[PARAM_TIMEZONE] : configured;
    enum rc rc = period_zone_open(name, &p->zone, why);

    if (rc == RC_OK && str_dup(p->out, name, &p->q.timezone) != RC_OK) {
        rc = too_long(why);
    }
    return rc;
}

static enum rc parse_range(struct parse *p, struct why *why)
{
    struct str from = p->given[PARAM_FROM];
    struct str to = p->given[PARAM_TO];
    struct str range = p->given[PARAM_RANGE];
    struct query *q = &p->q;
    enum rc rc;

    if (from.n == 0) {
        if (to.n > 0) {
            return why_set(why, RC_INVALID, "to is given without from");
        }
        return period_parse_range(p->zone, range.n > 0 ? range : RANGE_DEFAULT,
                                  p->now_us, &q->from_us, &q->to_us, why);
    }
    if (range.n > 0) {
        return why_set(why, RC_INVALID,
                       "range and from exclude each other; give one of them");
    }
    rc = period_parse_time(p->zone, from, &q->from_us, why);
    if (rc == RC_OK && to.n > 0) {
        rc = period_parse_time(p->zone, to, &q->to_us, why);
    } else if (rc == RC_OK) { /* until the end of today */
        q->to_us = period_next(p->zone, INTERVAL_DAY, p->now_us);
    }
    if (rc == RC_OK && q->from_us >= q->to_us) {
        return why_set(why, RC_INVALID,
                       "from (%.*s) is not before to (%.*s), which is the "
                       "first instant left out",
                       STR_ARG(shown(from)),
                       STR_ARG(to.n > 0 ? shown(to) : STR("tomorrow")));
    }
    return rc;
}

static enum rc find_interval(struct str word, const struct interval_row **ret,
                             struct why *why)
{
    struct near near;

    near_init(&near, word);
    for (size_t i = 0; i < ARRAY_N(interval_rows); i++) {
        if (str_eq(word, interval_rows[i].name)) {
            *ret = &interval_rows[i];
            return RC_OK;
        }
        near_offer(&near, interval_rows[i].name);
    }
    return near_unknown(&near, "interval",
                        "there are hour, day, week, month, none", why);
}

static enum rc parse_interval(struct parse *p, struct why *why)
{
    struct str word = p->given[PARAM_INTERVAL];
    const struct interval_row *row = &interval_rows[0];
    enum rc rc = find_interval(word.n > 0 ? word : STR("none"), &row, why);

    if (rc != RC_OK) {
        return rc;
    }
    int64_t n = (p->q.to_us - p->q.from_us) / row->length_us;
    if (n > LIMIT_QUERY_BUCKETS_MAX) {
        return why_set(why, RC_LIMIT,
                       "the range has %" PRId64 " intervals of a%s %.*s, more "
                       "than %d; ask for a shorter range or longer intervals",
                       n, row->interval == INTERVAL_HOUR ? "n" : "",
                       STR_ARG(row->name), LIMIT_QUERY_BUCKETS_MAX);
    }
    p->q.interval = row->interval;
    return RC_OK;
}

/* ---- rows ---- */

size_t query_n_keys(const struct query *q)
{
    return (q->interval != INTERVAL_NONE ? 1 : 0) + q->n_by;
}

size_t query_n_columns(const struct query *q)
{
    return query_n_keys(q) + q->n_metrics;
}

static struct str column_name(const struct query *q, size_t i)
{
    size_t n_keys = query_n_keys(q);
    size_t n_times = n_keys - q->n_by;

    if (i < n_times) {
        return STR("time");
    }
    return i < n_keys ? q->by[i - n_times].name : q->metric[i - n_keys]->name;
}

static enum rc parse_order(struct parse *p, struct why *why)
{
    struct str word = p->given[PARAM_ORDER];
    struct query_order order = {.by_column = word.n > 0};
    struct near near;

    if (word.n == 0) {
        return RC_OK;
    }
    order.descending = word.p[0] == '-';
    word = str_trim(str_sub(word, order.descending ? 1 : 0, SIZE_MAX));
    near_init(&near, word);
    for (size_t i = 0; i < query_n_columns(&p->q); i++) {
        struct str name = column_name(&p->q, i);
        if (str_eq(name, word)) {
            order.column = i;
            p->q.order = order;
            return RC_OK;
        }
        near_offer(&near, name);
    }
    return near_unknown(&near, "column",
                        "rows are ordered by something that is asked for", why);
}

static enum rc parse_limit(struct parse *p, struct why *why)
{
    struct str word = p->given[PARAM_LIMIT];
    uint64_t n = LIMIT_ROWS_DEFAULT;

    if (word.n > 0 &&
        (str_to_u64(word, &n) != RC_OK || n == 0 || n > LIMIT_QUERY_ROWS_MAX)) {
        return why_set(why, RC_INVALID,
                       "limit is a whole number of rows from 1 to %d, not "
                       "\"%.*s\"",
                       LIMIT_QUERY_ROWS_MAX, STR_ARG(shown(word)));
    }
    p->q.limit = (size_t)n;
    return RC_OK;
}

static enum rc parse_rollups(struct parse *p, struct why *why)
{
    struct str word = p->given[PARAM_ROLLUPS];

    p->q.only_events = str_eq(word, STR("no"));
    if (word.n > 0 && !p->q.only_events && !str_eq(word, STR("yes"))) {
        return why_set(why, RC_INVALID,
                       "rollups is yes or no (read the events themselves), "
                       "not \"%.*s\"",
                       STR_ARG(shown(word)));
    }
    return RC_OK;
}

static enum rc parse_all(struct parse *p, const struct query_param *param,
                         size_t n_params, struct str timezone, struct why *why)
{
    struct str metrics;
    enum rc rc = RC_OK;

    for (size_t i = 0; i < n_params && rc == RC_OK; i++) {
        rc = take_param(p, &param[i], why);
    }
    if (rc == RC_OK) {
        metrics = p->given[PARAM_METRICS];
        rc = each_word(p, metrics.n > 0 ? metrics : METRICS_DEFAULT, add_metric,
                       why);
    }
    if (rc == RC_OK && p->given[PARAM_BY].n > 0) {
        rc = each_word(p, p->given[PARAM_BY], add_dim, why);
    }
    if (rc == RC_OK) {
        rc = parse_where(p, why);
    }
    if (rc == RC_OK) {
        rc = parse_timezone(p, timezone, why);
    }
    if (rc == RC_OK) {
        rc = parse_range(p, why);
    }
    if (rc == RC_OK) {
        rc = parse_interval(p, why);
    }
    if (rc == RC_OK) {
        rc = parse_order(p, why);
    }
    if (rc == RC_OK) {
        rc = parse_limit(p, why);
    }
    if (rc == RC_OK) {
        rc = parse_rollups(p, why);
    }
    return rc;
}

enum rc query_parse(const struct query_param *param, size_t n_params,
                    int64_t now_us, struct str timezone, struct arena *out,
                    struct query *ret_query, struct why *why)
{
    struct parse p = {.now_us = now_us, .out = out};
    enum rc rc = parse_all(&p, param, n_params, timezone, why);

    period_zone_close(&p.zone);
    if (rc == RC_OK) {
        *ret_query = p.q;
    }
    return rc;
}
