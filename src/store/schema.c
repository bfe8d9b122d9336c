#include "store/schema.h"

#include <inttypes.h>

#include "base/attr.h"
#include "base/json.h"
#include "base/num.h"
#include "base/utc.h"
#include "base/why.h"
#include "store/store.h"

#define N_COLUMNS (8 + DIM__COUNT + 3 + TOKEN__COUNT + 8)

static const char COLUMNS[] =
    "id, ts, arrival, operation, service_tier, environment, status, source"
#define X(name, text) ", \"" text "\""
#include "event/dim.def"
#undef X
    ", tags, attempt, web_searches"
#define X(name, text) ", tok_" text
#include "event/token_kind.def"
#undef X
    ", latency_ms, ttft_ms, reported_cost, cost, cost_cache, cost_output, "
    "cost_tools, price";

struct str schema_event_columns(void)
{
    return (struct str){.p = COLUMNS, .n = sizeof(COLUMNS) - 1};
}

size_t schema_event_n_columns(void)
{
    return N_COLUMNS;
}

/* ---- rollups ---- */

#define CLOSED_SETS "operation, service_tier, environment, status, source, "

static const char HOURLY_SUMS[] =
    "requests, retries, web_searches"
#define X(name, text) ", tok_" text
#include "event/token_kind.def"
#undef X
    ", latency_ms, latency_n, reported_cost, reported_cost_hi, cost, cost_hi, "
    "cost_cache, cost_cache_hi, cost_output, cost_output_hi, cost_tools, "
    "cost_tools_hi, unpriced, late";

const struct rollup rollup_table[] = {
    {STR_INIT("hourly"),
     UTC_US_PER_HOUR,
     STR_INIT(CLOSED_SETS
              "provider, model, requested_model, feature, workflow, "
              "experiment, variant, release, prompt, segment, owner, "
              "fallback_from"),
     {.p = HOURLY_SUMS, .n = sizeof(HOURLY_SUMS) - 1}},
    {STR_INIT("customer_day"), UTC_US_PER_DAY,
     STR_INIT(CLOSED_SETS "feature, workflow, segment, customer, owner"),
     STR_INIT("requests, cost, cost_hi, unpriced")},
};
const size_t rollup_table_n = ARRAY_N(rollup_table);

static bool has_name(struct str list, struct str name)
{
    struct str one = STR_EMPTY;

    while (str_cut(&list, ',', &one)) {
        if (str_eq(str_trim(one), name)) {
            return true;
        }
    }
    return false;
}

bool rollup_has_dim(const struct rollup *r, enum dim dim)
{
    return has_name(r->keys, dim_name(dim));
}

bool rollup_has_column(const struct rollup *r, struct str name)
{
    return has_name(r->keys, name) || has_name(r->sums, name);
}

/* ---- an event of a row ---- */

/* Takes the cells one after another, so that this file names the order of
 * the columns twice and no more: above and in schema_event_read. */
struct row {
    const struct store_cell *cells;
    size_t n_taken;
    size_t misfit; /* first column of another kind, from 1; 0: none */
};

static const struct store_cell *take(struct row *row, enum store_cell_kind kind)
{
    const struct store_cell *cell = &row->cells[row->n_taken++];

    if (cell->kind == kind) {
        return cell;
    }
    if (row->misfit == 0) {
        row->misfit = row->n_taken;
    }
    return NULL;
}

static int64_t take_i64(struct row *row)
{
    const struct store_cell *cell = take(row, STORE_CELL_I64);

    return cell ? cell->i64 : 0;
}

static bool next_is_null(const struct row *row)
{
    return row->cells[row->n_taken].kind == STORE_CELL_NULL;
}

static int64_t take_i64_or(struct row *row, int64_t absent)
{
    if (next_is_null(row)) {
        row->n_taken++;
        return absent;
    }
    return take_i64(row);
}

static struct str take_str(struct row *row)
{
    const struct store_cell *cell = take(row, STORE_CELL_STR);

    return cell ? cell->str : STR_EMPTY;
}

/* A name that no member of the closed set has (0) is a misfit too. */
static int take_member(struct row *row, int (*from)(struct str name))
{
    int member = from(take_str(row));

    if (member == 0 && row->misfit == 0) {
        row->misfit = row->n_taken;
    }
    return member;
}

static int from_operation(struct str name)
{
    return (int)operation_from(name);
}

static int from_service_tier(struct str name)
{
    return (int)service_tier_from(name);
}

static int from_environment(struct str name)
{
    return (int)environment_from(name);
}

static int from_status(struct str name)
{
    return (int)event_status_from(name);
}

static int from_source(struct str name)
{
    return (int)event_source_from(name);
}

static struct str column_name(size_t i)
{
    struct str rest = schema_event_columns();
    struct str name = STR_EMPTY;

    for (size_t n = 0; n <= i && str_cut(&rest, ',', &name); n++) {
    }
    return str_trim(name);
}

static enum rc add_tag(const struct json *member, struct arena *arena,
                       struct event *ev, struct why *why)
{
    if (ev->n_tags == LIMIT_TAGS_MAX || json_kind(member) != JSON_STR) {
        return why_set(why, RC_CORRUPT,
                       "the tags of a stored event are no tags");
    }
    struct event_tag *tag = &ev->tag[ev->n_tags];
    enum rc rc = str_dup(arena, json_key(member), &tag->key);
    if (rc == RC_OK) {
        rc = str_dup(arena, json_str(member), &tag->value);
    }
    if (rc != RC_OK) {
        return why_set(why, rc, "no room for the tags of a stored event");
    }
    ev->n_tags++;
    return RC_OK;
}

static enum rc read_tags(struct str text, struct arena *arena, struct event *ev,
                         struct why *why)
{
    if (text.n == 0) {
        return RC_OK;
    }
    struct json *json = NULL;
    enum rc rc = json_parse(text, &json, why);
    if (rc != RC_OK) {
        return why_prefix(why, RC_CORRUPT, "the tags of a stored event");
    }
    const struct json *at = json_first(json);
    while (at && rc == RC_OK) {
        rc = add_tag(at, arena, ev, why);
        at = json_next(at);
    }
    json_free(&json);
    return rc;
}

/* The input part is not stored: it is what the others leave of the total. */
static enum rc take_cost(struct row *row, struct event_cost *cost,
                         struct why *why)
{
    bool priced = !next_is_null(row);
    num_i128 input = take_i64_or(row, 0);
    struct event_cost got = {.priced = priced};

    got.cache.pico = take_i64(row);
    got.output.pico = take_i64(row);
    got.tools.pico = take_i64(row);
    got.price_id = take_str(row);
    if (!priced) {
        return RC_OK;
    }
    input -= (num_i128)got.cache.pico + got.output.pico + got.tools.pico;
    if (num_to_i64(input, &got.input.pico) != RC_OK) {
        return why_set(why, RC_CORRUPT,
                       "the cost of a stored event is less than its parts");
    }
    *cost = got;
    return RC_OK;
}

static enum rc take_attempt(struct row *row, uint32_t *ret_attempt,
                            struct why *why)
{
    int64_t attempt = take_i64(row);
    if (num_to_u32((uint64_t)attempt, ret_attempt) != RC_OK) {
        return why_set(why, RC_CORRUPT, "a stored event has attempt %" PRId64,
                       attempt);
    }
    return RC_OK;
}

enum rc schema_event_read(const struct store_cell *cells, struct arena *arena,
                          struct event *ret_event, struct why *why)
{
    struct row row = {.cells = cells};
    struct event ev;

    event_init(&ev);
    ev.id = take_str(&row);
    ev.ts_us = take_i64(&row);
    ev.arrival_us = take_i64(&row);
    ev.operation = (enum operation)take_member(&row, from_operation);
    ev.service_tier = (enum service_tier)take_member(&row, from_service_tier);
    ev.environment = (enum environment)take_member(&row, from_environment);
    ev.status = (enum event_status)take_member(&row, from_status);
    ev.source = (enum event_source)take_member(&row, from_source);
    for (int d = 0; d < DIM__COUNT; d++) {
        ev.dim[d] = take_str(&row);
    }
    struct str tags = take_str(&row);
    enum rc rc = take_attempt(&row, &ev.attempt, why);
    ev.web_searches = take_i64(&row);
    for (int k = 0; k < TOKEN__COUNT; k++) {
        ev.token[k] = take_i64(&row);
    }
    ev.latency_ms = take_i64_or(&row, -1);
    ev.ttft_ms = take_i64_or(&row, -1);
    ev.has_reported_cost = !next_is_null(&row);
    ev.reported_cost.pico = take_i64_or(&row, 0);
    if (rc == RC_OK) {
        rc = take_cost(&row, &ev.cost, why);
    }
    if (row.misfit != 0) {
        struct str name = column_name(row.misfit - 1);
        return why_set(why, RC_CORRUPT,
                       "a stored event has something unexpected in column %.*s",
                       STR_ARG(name));
    }
    if (rc == RC_OK) {
        rc = read_tags(tags, arena, &ev, why);
    }
    if (rc == RC_OK) {
        *ret_event = ev;
    }
    return rc;
}
