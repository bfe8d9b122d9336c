#include "query/query_plan_priv.h"

#include <stdbool.h>

#include "base/num.h"
#include "base/utc.h"

static bool has_field(const struct rollup *r, const struct query_field *f)
{
    switch (f->kind) {
    case QUERY_FIELD_DIM:
        return rollup_has_dim(r, f->dim);
    case QUERY_FIELD_OPERATION:
    case QUERY_FIELD_SERVICE_TIER:
    case QUERY_FIELD_ENVIRONMENT:
    case QUERY_FIELD_STATUS:
    case QUERY_FIELD_SOURCE:
        return true;
    case QUERY_FIELD_TAG:
        break;
    }
    return false;
}

static bool has_fields(const struct rollup *r, const struct query *q)
{
    for (size_t i = 0; i < q->n_by; i++) {
        if (!has_field(r, &q->by[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < q->n_where; i++) {
        if (!q->where[i].any && !has_field(r, &q->where[i].field)) {
            return false;
        }
    }
    return true;
}

/* Whether all columns that the part is made of, which are its quoted names,
 * are there. */
static bool has_part(const struct rollup *r, enum part part)
{
    struct str sql = part_sql(part, true);
    struct str outside = STR_EMPTY;
    struct str name = STR_EMPTY;

    if (part_table[part].kind == PART_KIND_QUANTILE) {
        return false;
    }
    while (str_cut(&sql, '"', &outside) && str_cut(&sql, '"', &name)) {
        if (!rollup_has_column(r, name)) {
            return false;
        }
    }
    return true;
}

static bool is_whole(int64_t us, int64_t bucket_us)
{
    return us % bucket_us == 0;
}

/* All local days, weeks and months begin at whole hours of the local clock,
 * and where clocks change; local hours may begin within a day's bucket. */
static bool keeps_intervals(const struct rollup *r, enum interval interval,
                            const struct period_span *spans, size_t n_spans)
{
    if (interval == INTERVAL_NONE) {
        return true;
    }
    if (interval == INTERVAL_HOUR && r->bucket_us > UTC_US_PER_HOUR) {
        return false;
    }
    for (size_t i = 0; i < n_spans; i++) {
        if (!is_whole(spans[i].offset_us, r->bucket_us) ||
            (i > 0 && !is_whole(spans[i].from_us, r->bucket_us))) {
            return false;
        }
    }
    return true;
}

struct query_plan query_plan_make(const struct query *q, const enum part *part,
                                  size_t n_parts,
                                  const struct period_span *spans,
                                  size_t n_spans)
{
    const struct query_plan events = {.rollup = NULL};

    for (size_t i = 0; i < rollup_table_n && !q->only_events; i++) {
        const struct rollup *r = &rollup_table[i];
        struct query_plan p = {
            .rollup = r,
            .from_us =
                num_floor_div(q->from_us + r->bucket_us - 1, r->bucket_us) *
                r->bucket_us,
            .to_us = num_floor_div(q->to_us, r->bucket_us) * r->bucket_us};
        bool covers = p.from_us < p.to_us && has_fields(r, q) &&
                      keeps_intervals(r, q->interval, spans, n_spans);
        for (size_t k = 0; k < n_parts && covers; k++) {
            covers = has_part(r, part[k]);
        }
        if (covers) {
            return p;
        }
    }
    return events;
}

struct str query_plan_source(const struct query_plan *p)
{
    return p->rollup != NULL ? p->rollup->name : STR("events");
}
