#include "query/query_usage.h"

#include "query/query_usage_priv.h"
#include "query/sql_priv.h"

struct calls {
    query_event_fn *each;
    void *arg;
};

static const char COLUMNS[] =
    "\"provider\", \"model\", epoch_us(\"ts\"), \"service_tier\", \"status\""
#define X(name, text) ", \"tok_" text "\""
#include "event/token_kind.def"
#undef X
    ", \"web_searches\", \"cost\", \"cost_cache\", \"cost_output\", "
    "\"cost_tools\"";

static void take_cost(struct usage_cells *c, struct event *ev)
{
    ev->cost.priced = c->cell[c->n_taken].kind != STORE_CELL_NULL;
    int64_t total = usage_take_i64(c);

    ev->cost.cache.pico = usage_take_i64(c);
    ev->cost.output.pico = usage_take_i64(c);
    ev->cost.tools.pico = usage_take_i64(c);
    if (ev->cost.priced) {
        ev->cost.input.pico = total - ev->cost.cache.pico -
                              ev->cost.output.pico - ev->cost.tools.pico;
    }
}

static enum rc take_call(void *arg, const struct store_cell *cells, size_t n,
                         struct why *why)
{
    struct calls *calls = arg;
    struct usage_cells c = {.cell = cells, .n = n};
    struct event ev;

    event_init(&ev);
    ev.dim[DIM_PROVIDER] = usage_take_str(&c);
    ev.dim[DIM_MODEL] = usage_take_str(&c);
    ev.ts_us = usage_take_i64(&c);
    ev.service_tier = service_tier_from(usage_take_str(&c));
    ev.status = event_status_from(usage_take_str(&c));
    for (size_t i = 0; i < TOKEN__COUNT; i++) {
        ev.token[i] = usage_take_i64(&c);
    }
    ev.web_searches = usage_take_i64(&c);
    take_cost(&c, &ev);
    c.is_misfit =
        c.is_misfit || (int)ev.service_tier == 0 || (int)ev.status == 0;
    enum rc rc = usage_taken(&c, why);
    return rc == RC_OK ? calls->each(calls->arg, &ev, why) : rc;
}

enum rc query_calls(const struct query *q, struct store_reader *reader,
                    query_event_fn *each, void *arg, struct why *why)
{
    struct calls calls = {.each = each, .arg = arg};
    struct sql s;

    sql_init(&s);
    s.is_asked_once = true; /* they are too many to keep */
    buf_fmt(&s.text, "SELECT %s FROM events", COLUMNS);
    sql_add_where(&s, q);
    enum rc rc = usage_select(&s, reader, take_call, &calls, why);
    sql_fini(&s);
    return rc;
}
