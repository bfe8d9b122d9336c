#include "query/query_usage.h"

#include "query/query_usage_priv.h"
#include "query/sql_priv.h"

struct runs {
    usage_runs_fn *each;
    void *arg;
};

static enum rc take_runs(void *arg, const struct store_cell *cells, size_t n,
                         struct why *why)
{
    struct runs *runs = arg;
    struct usage_cells c = {.cell = cells, .n = n};
    struct usage_runs row;

    row.feature = usage_take_str(&c);
    row.workflow = usage_take_str(&c);
    row.n_calls = usage_take_i64(&c);
    row.n_runs = usage_take_i64(&c);
    row.cost = usage_take_sum(&c);
    row.run = usage_take_str(&c);
    enum rc rc = usage_taken(&c, why);
    return rc == RC_OK ? runs->each(runs->arg, &row, why) : rc;
}

enum rc query_runs(const struct query *q, struct store_reader *reader,
                   usage_runs_fn *each, void *arg, struct why *why)
{
    struct runs runs = {.each = each, .arg = arg};
    struct sql s;

    sql_init(&s);
    buf_cz(&s.text,
           "SELECT feature, workflow, n, count(*), sum(cost), max(run) FROM "
           "(SELECT \"feature\" AS feature, \"workflow\" AS workflow, "
           "\"run\" AS run, count(*) AS n, sum(\"cost\") AS cost FROM events");
    sql_add_where(&s, q);
    buf_cz(&s.text, " AND \"run\" <> '' GROUP BY 1, 2, 3) AS runs "
                    "GROUP BY 1, 2, 3 ORDER BY 1, 2, 3");
    enum rc rc = usage_select(&s, reader, take_runs, &runs, why);
    sql_fini(&s);
    return rc;
}
