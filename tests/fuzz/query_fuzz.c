/* Any lines of NAME=VALUE, as a question: what is taken keeps every limit,
 * its filters say the same once written and read again, and none of its text
 * comes to stand in the SQL. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/why.h"
#include "query/query.h"
#include "query/sql_priv.h"

#define NOW_US INT64_C(1795379471123456) /* 2026-11-22 */

enum { PARAMS_MAX = 64, ARENA_BYTES = 256 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum rc parse(const struct query_param *param, size_t n,
                     struct arena *arena, struct query *ret)
{
    struct why why = {.text = ""};
    enum rc rc =
        query_parse(param, n, NOW_US, STR("Europe/Berlin"), arena, ret, &why);

    CHECK(rc == RC_OK || why.text[0] != '\0');
    return rc;
}

static void check_filter(const struct query_filter *f, struct arena *arena)
{
    struct query_param param = {.name = STR("where")};
    struct query again;
    struct buf text;

    buf_init(&text, ARENA_BYTES);
    query_add_filter(&text, f);
    param.value = buf_view(&text);
    CHECK(parse(&param, 1, arena, &again) == RC_OK);
    const struct query_filter *g = &again.where[0];
    CHECK(str_eq(f->field.name, g->field.name));
    CHECK(f->negated == g->negated && f->any == g->any);
    CHECK(f->n_values == g->n_values);
    for (size_t i = 0; i < f->n_values; i++) {
        /* White space at the end of a parameter is not part of it. */
        struct str a =
            i + 1 < f->n_values ? f->value[i] : str_trim(f->value[i]);
        struct str b =
            i + 1 < g->n_values ? g->value[i] : str_trim(g->value[i]);
        CHECK(str_eq(a, b));
    }
    buf_fini(&text);
}

static void check_sql(const struct query *q, struct arena *arena)
{
    struct period_zone *zone = NULL;
    struct period_span *spans = NULL;
    struct store_sql sql;
    struct sql s;
    size_t n_spans = 0;
    size_t n_params = 0;

    CHECK(period_zone_open(q->timezone, &zone, NULL) == RC_OK);
    if (period_spans(zone, q->from_us, q->to_us, arena, &spans, &n_spans,
                     NULL) != RC_OK) {
        period_zone_close(&zone);
        return;
    }
    sql_init(&s);
    if (q->interval != INTERVAL_NONE) {
        sql_add_bucket(&s, q, zone, spans, n_spans);
    }
    for (size_t i = 0; i < q->n_by; i++) {
        sql_add_field(&s, &q->by[i]);
    }
    sql_add_where(&s, q);
    CHECK(sql_end(&s, &sql, NULL) == RC_OK);
    for (size_t i = 0; i < sql.text.n; i++) {
        CHECK(sql.text.p[i] >= ' ' && sql.text.p[i] <= '~');
        CHECK(sql.text.p[i] != ';' && sql.text.p[i] != '\\');
        n_params += sql.text.p[i] == '$' ? 1 : 0;
    }
    CHECK(n_params == sql.n_params);
    sql_fini(&s);
    period_zone_close(&zone);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct query_param param[PARAMS_MAX];
    struct str rest = {.p = (const char *)data, .n = size};
    struct arena arena;
    struct query q;
    size_t n = 0;

    while (n < PARAMS_MAX && rest.n > 0 &&
           str_cut(&rest, '\n', &param[n].value)) {
        CHECK(str_cut(&param[n].value, '=', &param[n].name) ||
              param[n].value.n == 0);
        n++;
    }
    arena_init(&arena, ARENA_BYTES);
    if (parse(param, n, &arena, &q) == RC_OK) {
        CHECK(q.from_us < q.to_us && q.limit >= 1);
        CHECK(q.limit <= LIMIT_QUERY_ROWS_MAX);
        CHECK(q.n_metrics >= 1 && q.n_where >= 1);
        for (size_t i = 0; i < q.n_where; i++) {
            arena_fini(&arena);
            arena_init(&arena, ARENA_BYTES);
            CHECK(parse(param, n, &arena, &q) == RC_OK);
            check_filter(&q.where[i], &arena);
        }
        check_sql(&q, &arena);
    }
    arena_fini(&arena);
    return 0;
}
