#include "query/query_hours.h"

#include <inttypes.h>

#include "base/check.h"
#include "base/utc.h"
#include "base/why.h"
#include "query/query_usage_priv.h"
#include "query/sql_priv.h"

enum {
    /* Events of one span: what one SELECT groups in memory. */
    SPAN_EVENTS = 250000,
    QUARTERS = 4 /* of an hour */
};

#define PIECE_US   (5 * UTC_US_PER_MINUTE)
#define QUARTER_US (15 * UTC_US_PER_MINUTE)
#define PICO       1e-12

#define INPUT                                            \
    "(\"tok_input\" + \"tok_cache_read\" + "             \
    "\"tok_cache_write_5m\" + \"tok_cache_write_1h\" + " \
    "\"tok_input_audio\" + \"tok_input_image\")"
#define OUTPUT                                      \
    "(\"tok_output\" + \"tok_output_reasoning\" + " \
    "\"tok_output_audio\" + \"tok_output_image\")"
#define WRITE     "(\"tok_cache_write_5m\" + \"tok_cache_write_1h\")"
#define IF_OK(x)  "CASE WHEN \"status\" = 'ok' THEN " x " ELSE 0 END"
#define PLAIN     "(\"cost\" - \"cost_cache\" - \"cost_output\" - \"cost_tools\")"
#define REAL(x)   "CAST(" x " AS DOUBLE)"
#define SUM(x)    "coalesce(" REAL("sum(" x ")") ", 0)"
#define LN(x)     "ln(greatest(" x ", 1))"
#define SQUARE(x) "pow(" x ", 2)"

static const char *const sums[HOUR_SUMS] = {
    [HOUR_ATTEMPTS] =
        SUM("CASE WHEN \"status\" = 'cancelled' THEN 0 ELSE 1 END"),
    [HOUR_OK] = SUM(IF_OK("1")),
    [HOUR_IN_OK] = SUM(IF_OK(INPUT)),
    [HOUR_OUT_OK] = SUM(IF_OK(OUTPUT)),
    [HOUR_IN_ALL] = SUM(INPUT),
    [HOUR_READ] = SUM("\"tok_cache_read\""),
    [HOUR_WRITE] = SUM(WRITE),
    [HOUR_OUT_ALL] = SUM(OUTPUT),
    [HOUR_COST] = SUM("\"cost\""),
    [HOUR_COST_OK] = SUM(IF_OK("\"cost\"")),
    [HOUR_COST_IN] = SUM("\"cost\" - \"cost_output\" - \"cost_tools\""),
    [HOUR_COST_CACHE] = SUM("\"cost_cache\""),
    [HOUR_COST_OUT] = SUM("\"cost_output\""),
    [HOUR_IN_LN] = SUM(IF_OK(LN(INPUT))),
    [HOUR_IN_LN_SQ] = SUM(IF_OK(SQUARE(LN(INPUT)))),
    [HOUR_OUT_LN] = SUM(IF_OK(LN(OUTPUT))),
    [HOUR_OUT_LN_SQ] = SUM(IF_OK(SQUARE(LN(OUTPUT)))),
};

#define LEAST(cost, tokens, only)                                      \
    "coalesce(min(CASE WHEN \"service_tier\" = 'standard' AND " tokens \
    " > 0 AND " cost " > 0" only " THEN " REAL(cost) " / " tokens " END), 0)"

static const char *const prices[HOUR_PRICES] = {
    [HOUR_PRICE_IN] = LEAST(PLAIN, "\"tok_input\"", ""),
    [HOUR_PRICE_READ] =
        LEAST("\"cost_cache\"", "\"tok_cache_read\"", " AND " WRITE " = 0"),
    [HOUR_PRICE_OUT] = LEAST("\"cost_output\"", OUTPUT, ""),
};

struct hours {
    struct query q; /* its range is that of one span */
    const struct usage_hours_sink *sink;
    struct store_reader *reader;
    int64_t n, min_us, max_us; /* events there are */
};

static double take_usd(struct usage_cells *c)
{
    return usage_take_real(c) * PICO;
}

static bool is_cost(size_t sum)
{
    return sum >= HOUR_COST && sum <= HOUR_COST_OUT;
}

static enum rc take_hour(void *arg, const struct store_cell *cells, size_t n,
                         struct why *why)
{
    struct hours *h = arg;
    struct usage_cells c = {.cell = cells, .n = n};
    struct usage_hour row;

    int64_t quarter = usage_take_i64(&c);
    row.hour = num_floor_div(quarter, QUARTERS);
    row.quarter = (int)(quarter - row.hour * QUARTERS);
    row.feature = usage_take_str(&c);
    row.provider = usage_take_str(&c);
    row.model = usage_take_str(&c);
    for (size_t i = 0; i < HOUR_SUMS; i++) {
        row.sum[i] = is_cost(i) ? take_usd(&c) : usage_take_real(&c);
    }
    for (size_t i = 0; i < HOUR_PRICES; i++) {
        row.price[i] = take_usd(&c);
    }
    enum rc rc = usage_taken(&c, why);
    return rc == RC_OK ? h->sink->hour(h->sink->arg, &row, why) : rc;
}

static enum rc take_crowd(void *arg, const struct store_cell *cells, size_t n,
                          struct why *why)
{
    struct hours *h = arg;
    struct usage_cells c = {.cell = cells, .n = n};
    struct usage_crowd row;

    row.hour = usage_take_i64(&c);
    row.feature = usage_take_str(&c);
    row.n_users = usage_take_i64(&c);
    row.n_runs = usage_take_i64(&c);
    enum rc rc = usage_taken(&c, why);
    return rc == RC_OK ? h->sink->crowd(h->sink->arg, &row, why) : rc;
}

static enum rc take_payer(void *arg, const struct store_cell *cells, size_t n,
                          struct why *why)
{
    struct hours *h = arg;
    struct usage_cells c = {.cell = cells, .n = n};
    struct usage_payer row;

    row.hour = usage_take_i64(&c);
    row.customer = usage_take_str(&c);
    row.feature = usage_take_str(&c);
    row.cost = take_usd(&c);
    enum rc rc = usage_taken(&c, why);
    return rc == RC_OK ? h->sink->payer(h->sink->arg, &row, why) : rc;
}

static enum rc take_piece(void *arg, const struct store_cell *cells, size_t n,
                          struct why *why)
{
    struct hours *h = arg;
    struct usage_cells c = {.cell = cells, .n = n};
    struct usage_piece row;

    row.piece = usage_take_i64(&c);
    row.feature = usage_take_str(&c);
    row.workflow = usage_take_str(&c);
    row.run = usage_take_str(&c);
    row.customer = usage_take_str(&c);
    row.n = usage_take_i64(&c);
    row.cost = take_usd(&c);
    enum rc rc = usage_taken(&c, why);
    return rc == RC_OK ? h->sink->piece(h->sink->arg, &row, why) : rc;
}

static enum rc take_extent(void *arg, const struct store_cell *cells, size_t n,
                           struct why *why)
{
    struct hours *h = arg;
    struct usage_cells c = {.cell = cells, .n = n};

    h->n = usage_take_i64(&c);
    h->min_us = usage_take_i64(&c);
    h->max_us = usage_take_i64(&c);
    return usage_taken(&c, why);
}

static void add_bucket(struct sql *s, int64_t bucket_us)
{
    buf_fmt(&s->text, "epoch_us(\"ts\") // %" PRId64, bucket_us);
}

/* SELECT bucket, KEYS and WHAT, of rows with MORE. */
struct hours_part {
    int64_t bucket_us;
    const char *what;
    const char *more;
    const char *group;
    store_row_fn *take;
};

enum { PART_CROWD, PART_PAYER, PART_PIECE };
static const struct hours_part parts[] = {
    [PART_CROWD] =
        {.bucket_us = UTC_US_PER_HOUR,
         .what = ", \"feature\", count(DISTINCT CASE WHEN \"user\" <> '' THEN "
                 "\"user\" END), count(DISTINCT CASE WHEN \"run\" <> '' THEN "
                 "\"run\" END)",
         .more = "",
         .group = " GROUP BY 1, 2 ORDER BY 1, 2",
         .take = take_crowd},
    [PART_PAYER] = {.bucket_us = UTC_US_PER_HOUR,
                    .what = ", \"customer\", \"feature\", " SUM("\"cost\""),
                    .more = " AND \"customer\" <> ''",
                    .group = " GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
                    .take = take_payer},
    [PART_PIECE] =
        {.bucket_us = PIECE_US,
         .what = ", \"feature\", \"workflow\", \"run\", max(\"customer\"), "
                 "count(*), " SUM("\"cost\""),
         .more = " AND \"run\" <> ''",
         .group = " GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4",
         .take = take_piece},
};

static enum rc select_part(struct hours *h, const struct hours_part *part,
                           struct why *why)
{
    struct sql s;

    sql_init(&s);
    s.is_asked_once = true;
    buf_cz(&s.text, "SELECT ");
    add_bucket(&s, part->bucket_us);
    buf_cz(&s.text, part->what);
    buf_cz(&s.text, " FROM events");
    sql_add_where(&s, &h->q);
    buf_cz(&s.text, part->more);
    buf_cz(&s.text, part->group);
    enum rc rc = usage_select(&s, h->reader, part->take, h, why);
    sql_fini(&s);
    return rc;
}

static enum rc select_hours(struct hours *h, struct why *why)
{
    struct sql s;

    sql_init(&s);
    s.is_asked_once = true;
    buf_cz(&s.text, "SELECT ");
    add_bucket(&s, QUARTER_US);
    buf_cz(&s.text, ", \"feature\", \"provider\", \"model\"");
    for (size_t i = 0; i < HOUR_SUMS; i++) {
        buf_fmt(&s.text, ", %s", sums[i]);
    }
    for (size_t i = 0; i < HOUR_PRICES; i++) {
        buf_fmt(&s.text, ", %s", prices[i]);
    }
    buf_cz(&s.text, " FROM events");
    sql_add_where(&s, &h->q);
    buf_cz(&s.text, " GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4");
    enum rc rc = usage_select(&s, h->reader, take_hour, h, why);
    sql_fini(&s);
    return rc;
}

static enum rc select_extent(struct hours *h, struct why *why)
{
    struct sql s;

    sql_init(&s);
    s.is_asked_once = true;
    buf_cz(&s.text, "SELECT count(*), coalesce(epoch_us(min(\"ts\")), 0), "
                    "coalesce(epoch_us(max(\"ts\")), 0) FROM events");
    sql_add_where(&s, &h->q);
    enum rc rc = usage_select(&s, h->reader, take_extent, h, why);
    sql_fini(&s);
    return rc;
}

static enum rc select_span(struct hours *h, int64_t from_hour, int64_t to_hour,
                           const struct query *whole, struct why *why)
{
    h->q.from_us = from_hour * UTC_US_PER_HOUR;
    h->q.to_us = to_hour * UTC_US_PER_HOUR;
    if (h->q.from_us < whole->from_us) {
        h->q.from_us = whole->from_us;
    }
    if (h->q.to_us > whole->to_us) {
        h->q.to_us = whole->to_us;
    }
    enum rc rc = select_hours(h, why);
    for (size_t i = 0; i < ARRAY_N(parts) && rc == RC_OK; i++) {
        rc = select_part(h, &parts[i], why);
    }
    return rc == RC_OK ? h->sink->span(h->sink->arg, from_hour, to_hour, why)
                       : rc;
}

enum rc query_hours(const struct query *q, struct store_reader *reader,
                    const struct usage_hours_sink *sink, struct why *why)
{
    struct hours h = {.q = *q, .sink = sink, .reader = reader};
    enum rc rc = select_extent(&h, why);

    if (rc != RC_OK || h.n == 0) {
        return rc;
    }
    int64_t from = num_floor_div(h.min_us, UTC_US_PER_HOUR);
    int64_t to = num_floor_div(h.max_us, UTC_US_PER_HOUR) + 1;
    int64_t n_spans = h.n / SPAN_EVENTS + 1;
    int64_t length = (to - from + n_spans - 1) / n_spans;

    for (int64_t at = from; at < to && rc == RC_OK; at += length) {
        rc = select_span(&h, at, at + length < to ? at + length : to, q, why);
    }
    return rc;
}

enum rc query_pieces(const struct query *q, struct store_reader *reader,
                     usage_piece_fn *each, void *arg, struct why *why)
{
    const struct usage_hours_sink sink = {.piece = each, .arg = arg};
    struct hours h = {.q = *q, .sink = &sink, .reader = reader};

    return select_part(&h, &parts[PART_PIECE], why);
}

static enum rc take_count(void *arg, const struct store_cell *cells, size_t n,
                          struct why *why)
{
    struct usage_cells c = {.cell = cells, .n = n};
    int64_t *ret = arg;

    *ret = usage_take_i64(&c);
    return usage_taken(&c, why);
}

enum rc query_late(const struct query *q, int64_t since_us, int64_t grace_us,
                   struct store_reader *reader, int64_t *ret_n, struct why *why)
{
    struct sql s;

    sql_init(&s);
    s.is_asked_once = true;
    buf_cz(&s.text, "SELECT count(*) FROM events");
    sql_add_where(&s, q);
    buf_cz(&s.text, " AND \"arrival\" >= ");
    sql_add_instant(&s, since_us);
    buf_fmt(&s.text,
            " AND epoch_us(\"arrival\") > (epoch_us(\"ts\") // %" PRId64
            " + 1) * %" PRId64 " + %" PRId64,
            UTC_US_PER_HOUR, UTC_US_PER_HOUR, grace_us);
    enum rc rc = usage_select(&s, reader, take_count, ret_n, why);
    sql_fini(&s);
    return rc;
}
