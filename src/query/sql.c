#include "query/sql_priv.h"

#include <inttypes.h>

#include "base/check.h"
#include "base/num.h"
#include "base/utc.h"
#include "base/why.h"
#include "query/query_field.h"

enum {
    TEXT_BYTES_MAX = 1024 * 1024,
    PARAMS_MAX = LIMIT_QUERY_FILTERS_MAX * (LIMIT_QUERY_VALUES_MAX + 1) +
                 LIMIT_QUERY_DIMS_MAX + 4,
    ARENA_BYTES_MAX = 64 * 1024
};

void sql_init(struct sql *s)
{
    buf_init(&s->text, TEXT_BYTES_MAX);
    buf_init(&s->params, PARAMS_MAX * sizeof(struct str));
    arena_init(&s->arena, ARENA_BYTES_MAX);
    s->is_full = false;
    s->is_asked_once = false;
    s->from_us = 0;
    s->to_us = 0;
}

void sql_fini(struct sql *s)
{
    buf_fini(&s->text);
    buf_fini(&s->params);
    arena_fini(&s->arena);
}

enum rc sql_end(struct sql *s, struct store_sql *ret_sql, struct why *why)
{
    if (s->is_full || buf_rc(&s->text, NULL) != RC_OK ||
        buf_rc(&s->params, NULL) != RC_OK) {
        return why_set(why, RC_LIMIT, "the question is too long for the store");
    }
    *ret_sql = (struct store_sql){.text = buf_view(&s->text),
                                  .params = (const void *)s->params.p,
                                  .n_params = s->params.n / sizeof(struct str),
                                  .from_us = s->from_us,
                                  .to_us = s->to_us};
    if (s->is_asked_once) {
        ret_sql->from_us = 0;
        ret_sql->to_us = 0;
    }
    return RC_OK;
}

void sql_reads(struct sql *s, int64_t from_us, int64_t to_us)
{
    bool is_first = s->from_us >= s->to_us;

    s->from_us = is_first || from_us < s->from_us ? from_us : s->from_us;
    s->to_us = is_first || to_us > s->to_us ? to_us : s->to_us;
}

void sql_add_param(struct sql *s, struct str text)
{
    buf_add(&s->params, &text, sizeof(text));
    buf_fmt(&s->text, "$%zu", s->params.n / sizeof(text));
}

void sql_add_instant(struct sql *s, int64_t us)
{
    buf_fmt(&s->text, "make_timestamp(%" PRId64 ")", us);
}

/* ---- fields and filters ---- */

/* The tag as a JSON pointer (RFC 6901), whose only special signs are "~" and
 * "/"; a JSON path could not name every tag. */
static void add_tag(struct sql *s, struct str tag)
{
    struct buf pointer;
    struct str kept = STR_EMPTY;

    buf_init(&pointer, 2 * LIMIT_TAG_KEY_MAX + 1);
    buf_char(&pointer, '/');
    for (size_t i = 0; i < tag.n; i++) {
        if (tag.p[i] == '~' || tag.p[i] == '/') {
            buf_cz(&pointer, tag.p[i] == '~' ? "~0" : "~1");
        } else {
            buf_char(&pointer, tag.p[i]);
        }
    }
    if (buf_rc(&pointer, NULL) != RC_OK ||
        str_dup(&s->arena, buf_view(&pointer), &kept) != RC_OK) {
        s->is_full = true;
    }
    buf_fini(&pointer);
    buf_cz(&s->text, "CASE WHEN \"tags\" = '' THEN '' ELSE "
                     "coalesce(json_extract_string(\"tags\", ");
    sql_add_param(s, kept);
    buf_cz(&s->text, "), '') END");
}

void sql_add_field(struct sql *s, const struct query_field *f)
{
    if (f->kind == QUERY_FIELD_TAG) {
        add_tag(s, f->tag);
    } else {
        buf_fmt(&s->text, "\"%.*s\"", STR_ARG(f->name));
    }
}

/* Members of closed sets are words of ours and written out: DuckDB then
 * compares their numbers, a bound text it would compare as text. */
static void add_value(struct sql *s, const struct query_filter *f,
                      struct str value)
{
    if (query_field_is_closed(&f->field)) {
        CHECK(query_field_check(&f->field, value, NULL) == RC_OK);
        buf_fmt(&s->text, "'%.*s'", STR_ARG(value));
    } else {
        sql_add_param(s, value);
    }
}

static void add_filter(struct sql *s, const struct query_filter *f)
{
    buf_cz(&s->text, " AND ");
    sql_add_field(s, &f->field);
    if (f->n_values == 1) {
        buf_cz(&s->text, f->negated ? " <> " : " = ");
        add_value(s, f, f->value[0]);
        return;
    }
    buf_cz(&s->text, f->negated ? " NOT IN (" : " IN (");
    for (size_t i = 0; i < f->n_values; i++) {
        buf_cz(&s->text, i > 0 ? ", " : "");
        add_value(s, f, f->value[i]);
    }
    buf_char(&s->text, ')');
}

static void add_range(struct sql *s, int64_t from_us, int64_t to_us)
{
    buf_cz(&s->text, " WHERE \"ts\" >= ");
    sql_add_instant(s, from_us);
    buf_cz(&s->text, " AND \"ts\" < ");
    sql_add_instant(s, to_us);
}

/* The events before or behind the whole buckets, if there can be some. */
static void add_edge(struct sql *s, const struct query_plan *p, int64_t from_us,
                     int64_t to_us)
{
    if (from_us < to_us) {
        buf_fmt(&s->text, " UNION ALL SELECT ts, %.*s, %.*s FROM event_sums",
                STR_ARG(p->rollup->keys), STR_ARG(p->rollup->sums));
        add_range(s, from_us, to_us);
    }
}

void sql_add_from(struct sql *s, const struct query *q,
                  const struct query_plan *p)
{
    struct str source = query_plan_source(p);

    if (p->rollup == NULL ||
        (p->from_us == q->from_us && p->to_us == q->to_us)) {
        buf_fmt(&s->text, " FROM %.*s", STR_ARG(source));
        return;
    }
    buf_fmt(&s->text, " FROM (SELECT * FROM %.*s", STR_ARG(source));
    add_range(s, p->from_us, p->to_us);
    add_edge(s, p, q->from_us, p->from_us);
    add_edge(s, p, p->to_us, q->to_us);
    buf_cz(&s->text, ") AS \"sums\"");
}

void sql_add_where(struct sql *s, const struct query *q)
{
    add_range(s, q->from_us, q->to_us);
    sql_reads(s, q->from_us, q->to_us);
    for (size_t i = 0; i < q->n_where; i++) {
        if (!q->where[i].any) {
            add_filter(s, &q->where[i]);
        }
    }
}

/* ---- intervals ---- */

/* "epoch_us(ts) + offset"; the offsets that ever hold stand in a CASE, the
 * latest first, since most events are of late. */
static void add_local_us(struct sql *s, const struct period_span *spans,
                         size_t n)
{
    buf_cz(&s->text, "epoch_us(\"ts\")");
    if (n == 1) {
        buf_fmt(&s->text, " + %" PRId64, spans[0].offset_us);
        return;
    }
    buf_cz(&s->text, " + CASE");
    for (size_t i = n - 1; i > 0; i--) {
        buf_cz(&s->text, " WHEN \"ts\" >= ");
        sql_add_instant(s, spans[i].from_us);
        buf_fmt(&s->text, " THEN %" PRId64, spans[i].offset_us);
    }
    buf_fmt(&s->text, " ELSE %" PRId64 " END", spans[0].offset_us);
}

/* Whole units of local time since a Monday at midnight, or since 1970. */
static void add_quotient(struct sql *s, const struct period_span *spans,
                         size_t n, int64_t shift_us, int64_t unit_us)
{
    buf_char(&s->text, '(');
    add_local_us(s, spans, n);
    if (shift_us != 0) {
        buf_fmt(&s->text, " + %" PRId64, shift_us);
    }
    buf_fmt(&s->text, ") // %" PRId64, unit_us);
}

static int64_t floor_mod(int64_t a, int64_t b)
{
    return a - num_floor_div(a, b) * b;
}

/* Does this change of the clocks leave the hours where they were? */
static bool keeps_hours(const struct period_span *before,
                        const struct period_span *after)
{
    return floor_mod(before->offset_us - after->offset_us, UTC_US_PER_HOUR) ==
               0 &&
           floor_mod(after->from_us + after->offset_us, UTC_US_PER_HOUR) == 0;
}

/* An instant in the hour's beginning; `first` is where its kind of hours
 * begins, in the midst of one maybe. */
static void add_hour(struct sql *s, const struct period_span *span,
                     bool is_first)
{
    int64_t shift_us = floor_mod(span->offset_us, UTC_US_PER_HOUR);

    if (!is_first) {
        buf_fmt(&s->text, "greatest(%" PRId64 ", ", span->from_us);
    }
    buf_fmt(&s->text,
            "epoch_us(\"ts\") - (epoch_us(\"ts\") + %" PRId64 ") %% %" PRId64,
            shift_us, UTC_US_PER_HOUR);
    if (!is_first) {
        buf_char(&s->text, ')');
    }
}

/* Instants and not local hours, of which clocks show one twice a year. */
static void add_hours(struct sql *s, const struct period_span *spans, size_t n)
{
    bool is_case = false;

    for (size_t i = n - 1; i > 0; i--) {
        if (keeps_hours(&spans[i - 1], &spans[i])) {
            continue;
        }
        buf_cz(&s->text, is_case ? " WHEN \"ts\" >= " : "CASE WHEN \"ts\" >= ");
        sql_add_instant(s, spans[i].from_us);
        buf_cz(&s->text, " THEN ");
        add_hour(s, &spans[i], false);
        is_case = true;
    }
    buf_cz(&s->text, is_case ? " ELSE " : "");
    add_hour(s, &spans[0], true);
    buf_cz(&s->text, is_case ? " END" : "");
}

/* Months have no one length; a year has but twelve, so their beginnings are
 * written out. */
static void add_months(struct sql *s, const struct query *q,
                       const struct period_zone *zone)
{
    int64_t first_us = period_start(zone, INTERVAL_MONTH, q->from_us);
    int64_t us = period_start(zone, INTERVAL_MONTH, q->to_us - 1);

    buf_cz(&s->text, "CASE");
    while (us > first_us) {
        buf_cz(&s->text, " WHEN \"ts\" >= ");
        sql_add_instant(s, us);
        buf_fmt(&s->text, " THEN %" PRId64, us);
        us = period_start(zone, INTERVAL_MONTH, us - 1);
    }
    buf_fmt(&s->text, " WHEN true THEN %" PRId64 " END", first_us);
}

enum { MONDAY = -3 }; /* 1969-12-29, in days since 1970 */

void sql_add_bucket(struct sql *s, const struct query *q,
                    const struct period_zone *zone,
                    const struct period_span *spans, size_t n_spans)
{
    switch (q->interval) {
    case INTERVAL_NONE:
        break;
    case INTERVAL_HOUR:
        add_hours(s, spans, n_spans);
        return;
    case INTERVAL_DAY:
        add_quotient(s, spans, n_spans, 0, UTC_US_PER_DAY);
        return;
    case INTERVAL_WEEK:
        add_quotient(s, spans, n_spans, -MONDAY * UTC_US_PER_DAY,
                     7 * UTC_US_PER_DAY);
        return;
    case INTERVAL_MONTH:
        add_months(s, q, zone);
        return;
    }
    CHECK(false);
}

int64_t sql_bucket_start(const struct query *q, const struct period_zone *zone,
                         int64_t number)
{
    switch (q->interval) {
    case INTERVAL_NONE:
        break;
    case INTERVAL_HOUR:
        /* The first may begin before the range, and by another offset. */
        return period_start(zone, INTERVAL_HOUR,
                            number > q->from_us ? number : q->from_us);
    case INTERVAL_DAY:
        return period_of_date(zone, number);
    case INTERVAL_WEEK:
        return period_of_date(zone, number * 7 + MONDAY);
    case INTERVAL_MONTH:
        return number;
    }
    CHECK(false);
}

/* ---- order ---- */

/* Dollars by something, rounded as num_div_even does, so that rows are
 * ordered by what they show. */
static void add_dollar_ratio(struct sql *s, struct str part, struct str per)
{
    buf_fmt(&s->text,
            "%.*s // nullif(%.*s, 0) + CASE WHEN 2 * (%.*s %% nullif(%.*s, 0)) "
            "+ (%.*s // nullif(%.*s, 0)) %% 2 > %.*s THEN 1 ELSE 0 END",
            STR_ARG(part), STR_ARG(per), STR_ARG(part), STR_ARG(per),
            STR_ARG(part), STR_ARG(per), STR_ARG(per));
}

void sql_add_rank(struct sql *s, const struct metric *m,
                  const struct query_plan *p)
{
    struct str part = part_sql(m->part, p->rollup != NULL);
    struct str per = part_sql(m->per, p->rollup != NULL);

    if (m->per == PART_NONE) {
        buf_str(&s->text, part);
    } else if (m->kind == ANSWER_USD_RATIO) {
        add_dollar_ratio(s, part, per);
    } else {
        buf_fmt(&s->text, "%.*s / nullif(%.*s, 0)", STR_ARG(part),
                STR_ARG(per));
    }
}
