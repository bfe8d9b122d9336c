#include "ref/ledger_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/check.h"
#include "query/query_metric.h"

void *ledger_get(size_t n)
{
    void *p = calloc(n > 0 ? n : 1, 1);

    CHECK(p != NULL);
    return p;
}

/* ---- fields and filters ---- */

static struct str field_value(const struct query_field *f,
                              const struct event *ev)
{
    switch (f->kind) {
    case QUERY_FIELD_DIM:
        return ev->dim[f->dim];
    case QUERY_FIELD_OPERATION:
        return operation_name(ev->operation);
    case QUERY_FIELD_SERVICE_TIER:
        return service_tier_name(ev->service_tier);
    case QUERY_FIELD_ENVIRONMENT:
        return environment_name(ev->environment);
    case QUERY_FIELD_STATUS:
        return event_status_name(ev->status);
    case QUERY_FIELD_SOURCE:
        return event_source_name(ev->source);
    case QUERY_FIELD_TAG:
        break;
    }
    for (uint32_t i = 0; i < ev->n_tags; i++) {
        if (str_eq(ev->tag[i].key, f->tag)) {
            return ev->tag[i].value;
        }
    }
    return STR("");
}

bool ledger_matches(const struct query *q, const struct event *ev)
{
    if (ev->ts_us < q->from_us || ev->ts_us >= q->to_us) {
        return false;
    }
    for (size_t i = 0; i < q->n_where; i++) {
        const struct query_filter *f = &q->where[i];
        struct str value = field_value(&f->field, ev);
        bool is_one = false;
        for (size_t k = 0; k < f->n_values; k++) {
            is_one = is_one || str_eq(value, f->value[k]);
        }
        if (!f->any && is_one == f->negated) {
            return false;
        }
    }
    return true;
}

/* ---- groups and rows ---- */

struct keyed { /* one event and the keys it falls under */
    const struct event *ev;
    int64_t time; /* 0 without an interval */
    char *time_text;
    struct str key[LIMIT_QUERY_DIMS_MAX];
    size_t n_keys;
};

static int compare_keys(const struct keyed *a, const struct keyed *b)
{
    int order = ledger_i64_cmp(&a->time, &b->time);

    for (size_t i = 0; i < a->n_keys && order == 0; i++) {
        order = str_cmp(a->key[i], b->key[i]);
    }
    return order;
}

static int compare_keyed(const void *a, const void *b)
{
    return compare_keys(a, b);
}

struct row {
    const struct query *q;
    const struct keyed *keyed; /* the first of the group */
    struct answer_cell *cell;  /* of the metrics */
};

static int compare_cells(enum answer_kind kind, const struct answer_cell *a,
                         const struct answer_cell *b)
{
    switch (kind) {
    case ANSWER_TEXT:
    case ANSWER_TIME:
        CHECK(false);
    case ANSWER_COUNT:
    case ANSWER_TOKENS:
        return a->count < b->count ? -1 : a->count > b->count;
    case ANSWER_USD:
    case ANSWER_USD_RATIO:
        return a->usd.pico < b->usd.pico ? -1 : a->usd.pico > b->usd.pico;
    case ANSWER_RATIO:
    case ANSWER_AVERAGE:
    case ANSWER_DURATION:
        return a->real < b->real ? -1 : a->real > b->real;
    }
    CHECK(false);
}

/* Absent comes last, whichever the direction. */
static int compare_metric(const struct row *a, const struct row *b, size_t i,
                          bool descending)
{
    const struct answer_cell *x = &a->cell[i];
    const struct answer_cell *y = &b->cell[i];

    if (x->is_null || y->is_null) {
        return (int)x->is_null - (int)y->is_null;
    }
    int order = compare_cells(a->q->metric[i]->kind, x, y);
    return descending ? -order : order;
}

static size_t main_metric(const struct query *q)
{
    for (size_t i = 0; i < q->n_metrics; i++) {
        if (str_eq(q->metric[i]->name, STR("cost"))) {
            return i;
        }
    }
    return 0;
}

static int compare_rows(const void *a, const void *b)
{
    const struct row *x = a;
    const struct row *y = b;
    const struct query *q = x->q;
    size_t n_times = q->interval == INTERVAL_NONE ? 0 : 1;
    size_t column = q->order.column;
    int order;

    if (!q->order.by_column) {
        order = ledger_i64_cmp(&x->keyed->time, &y->keyed->time);
        order = order != 0 ? order : compare_metric(x, y, main_metric(q), true);
    } else if (column < n_times) {
        order = ledger_i64_cmp(&x->keyed->time, &y->keyed->time);
        order = q->order.descending ? -order : order;
    } else if (column < n_times + q->n_by) {
        order = str_cmp(x->keyed->key[column - n_times],
                        y->keyed->key[column - n_times]);
        order = q->order.descending ? -order : order;
    } else {
        order = compare_metric(x, y, column - n_times - q->n_by,
                               q->order.descending);
    }
    return order != 0 ? order : compare_keys(x->keyed, y->keyed);
}

static void own(struct ledger *l, void *p)
{
    l->owned = realloc(l->owned, (l->n_owned + 1) * sizeof(*l->owned));
    CHECK(l->owned != NULL);
    l->owned[l->n_owned++] = p;
}

static size_t key_events(struct ledger *l, const struct query *q,
                         const struct event *ev, size_t n, struct keyed **ret)
{
    struct keyed *keyed = ledger_get(n * sizeof(*keyed));
    char *texts = ledger_get(n * 40);
    size_t n_keyed = 0;

    own(l, keyed);
    own(l, texts);
    for (size_t i = 0; i < n; i++) {
        if (!ledger_matches(q, &ev[i])) {
            continue;
        }
        struct keyed *k = &keyed[n_keyed++];
        k->ev = &ev[i];
        k->n_keys = q->n_by;
        if (q->interval != INTERVAL_NONE) {
            k->time_text = texts + 40 * i;
            k->time = ledger_interval(q, ev[i].ts_us, k->time_text);
        }
        for (size_t d = 0; d < q->n_by; d++) {
            k->key[d] = field_value(&q->by[d], &ev[i]);
        }
    }
    qsort(keyed, n_keyed, sizeof(*keyed), compare_keyed);
    *ret = keyed;
    return n_keyed;
}

static void measure_all(const struct query *q, const struct keyed *keyed,
                        size_t n, struct answer_cell *cells)
{
    struct ledger_group g = {.ev = ledger_get(n * sizeof(*g.ev)), .n = n};

    for (size_t i = 0; i < n; i++) {
        g.ev[i] = keyed[i].ev;
    }
    for (size_t m = 0; m < q->n_metrics; m++) {
        cells[m] = ledger_measure(q->metric[m]->name, &g);
    }
    free(g.ev);
}

static size_t make_rows(struct ledger *l, const struct query *q,
                        const struct keyed *keyed, size_t n, struct row *rows)
{
    size_t n_rows = 0;
    bool has_keys = q->interval != INTERVAL_NONE || q->n_by > 0;

    for (size_t from = 0, to; from < n || (n_rows == 0 && !has_keys);
         from = to) {
        to = from;
        while (to < n && compare_keys(&keyed[from], &keyed[to]) == 0) {
            to++;
        }
        struct row *row = &rows[n_rows++];
        row->q = q;
        row->keyed = &keyed[from];
        row->cell = ledger_get(q->n_metrics * sizeof(*row->cell));
        own(l, row->cell);
        measure_all(q, keyed + from, to - from, row->cell);
    }
    return n_rows;
}

void ledger_answer(struct ledger *ret, const struct query *q,
                   const struct event *ev, size_t n)
{
    size_t n_times = q->interval == INTERVAL_NONE ? 0 : 1;
    size_t n_keys = n_times + q->n_by;
    struct keyed *keyed;
    struct row *rows = ledger_get((n + 1) * sizeof(*rows));

    *ret = (struct ledger){.n_columns = n_keys + q->n_metrics};
    n = key_events(ret, q, ev, n, &keyed);
    size_t n_rows = make_rows(ret, q, keyed, n, rows);
    qsort(rows, n_rows, sizeof(*rows), compare_rows);
    ret->truncated = n_rows > q->limit;
    ret->n_rows = ret->truncated ? q->limit : n_rows;
    ret->cell =
        ledger_get((ret->n_rows + 1) * ret->n_columns * sizeof(*ret->cell));
    for (size_t r = 0; r < ret->n_rows; r++) {
        struct answer_cell *cell = ret->cell + r * ret->n_columns;
        if (n_times > 0) {
            cell[0].text = str_from_cz(rows[r].keyed->time_text);
        }
        for (size_t d = 0; d < q->n_by; d++) {
            cell[n_times + d].text = rows[r].keyed->key[d];
        }
        memcpy(cell + n_keys, rows[r].cell, q->n_metrics * sizeof(*cell));
    }
    struct answer_cell *total = ret->cell + ret->n_rows * ret->n_columns;
    for (size_t i = 0; i < n_keys; i++) {
        total[i].is_null = true;
    }
    measure_all(q, keyed, n, total + n_keys);
    free(rows);
}

void ledger_free(struct ledger *l)
{
    for (size_t i = 0; i < l->n_owned; i++) {
        free(l->owned[i]);
    }
    free(l->owned);
    free(l->cell);
    *l = (struct ledger){.n_rows = 0};
}
