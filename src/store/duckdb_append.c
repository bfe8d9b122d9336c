/* Events become rows of vectors, one a column, in chunks of 2,048 rows; when
 * some chunks are full, one statement takes them into the table:
 *
 *   events -> chunk chunk chunk -> toll_batch() -> INSERT
 *
 * toll_batch is a table function of ours whose rows are those chunks, passed
 * on without a copy.  DuckDB's own appender copies them once more, and waits
 * for its worker thread by spinning, which costs a second core. */
#include "store/duckdb_priv.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/num.h"

/* The columns of event_rows in their order (schema/1.sql); the fold, which is
 * the same for all rows, stands in the statement. */
enum column {
    COL_ID_UUID,
    COL_ID_TEXT,
    COL_TS,
    COL_ARRIVAL,
    COL_OPERATION,
    COL_SERVICE_TIER,
    COL_ENVIRONMENT,
    COL_STATUS,
    COL_SOURCE,
    COL_DIM,
    COL_TAGS = COL_DIM + DIM__COUNT,
    COL_ATTEMPT,
    COL_WEB_SEARCHES,
    COL_TOKEN,
    COL_LATENCY = COL_TOKEN + TOKEN__COUNT,
    COL_TTFT,
    COL_REPORTED_COST,
    COL_COST,
    COL_COST_CACHE,
    COL_COST_OUTPUT,
    COL_COST_TOOLS,
    COL_PRICE,
    COL__COUNT
};

/* Sixteen tags, each byte of theirs escaped at worst as six. */
enum {
    TAGS_TEXT_MAX =
        LIMIT_TAGS_MAX * (6 * (LIMIT_TAG_KEY_MAX + LIMIT_TAG_VALUE_MAX) + 8)
};

enum {
    CHUNKS_MAX = 20,                   /* about 30 MB */
    TEXT_BYTES_MAX = 16 * 1024 * 1024, /* then earlier */
    INLINE_MAX = sizeof(((duckdb_string_t *)NULL)->value.inlined.inlined)
};

struct duck_batch {
    duckdb_connection conn; /* borrowed */
    uint32_t fold;
    duckdb_logical_type type[COL__COUNT];
    idx_t n_max; /* rows a chunk */
    struct buf tags;

    duckdb_data_chunk chunk[CHUNKS_MAX];
    size_t n_made;     /* chunks there are */
    size_t n_filled;   /* those not being filled */
    size_t n_taken;    /* by toll_batch */
    struct arena text; /* what those rows point to */

    /* The chunk being filled. */
    idx_t n; /* rows in it */
    duckdb_vector vector[COL__COUNT];
    void *data[COL__COUNT];
};

/* ---- toll_batch() ---- */

static void bind_batch(duckdb_bind_info info)
{
    const struct duck *d = duckdb_bind_get_extra_info(info);

    if (!d->batch) {
        duckdb_bind_set_error(info, "toll_batch() is for the store's own use");
        return;
    }
    for (size_t i = 0; i < COL__COUNT; i++) {
        char name[16];

        snprintf(name, sizeof(name), "c%zu", i);
        duckdb_bind_add_result_column(info, name, d->batch->type[i]);
    }
}

static void init_batch(duckdb_init_info info)
{
    duckdb_init_set_max_threads(info, 1);
}

static void take_chunk(duckdb_function_info info, duckdb_data_chunk output)
{
    const struct duck *d = duckdb_function_get_extra_info(info);
    struct duck_batch *b = d->batch;

    if (b->n_taken == b->n_filled) {
        duckdb_data_chunk_set_size(output, 0);
        return;
    }
    duckdb_data_chunk chunk = b->chunk[b->n_taken++];
    for (idx_t i = 0; i < COL__COUNT; i++) {
        duckdb_vector_reference_vector(duckdb_data_chunk_get_vector(output, i),
                                       duckdb_data_chunk_get_vector(chunk, i));
    }
    duckdb_data_chunk_set_size(output, duckdb_data_chunk_get_size(chunk));
}

enum rc duck_batch_register(struct duck *d, duckdb_connection conn,
                            struct why *why)
{
    duckdb_table_function function = duckdb_create_table_function();
    enum rc rc = RC_OK;

    duckdb_table_function_set_name(function, "toll_batch");
    duckdb_table_function_set_extra_info(function, d, NULL);
    duckdb_table_function_set_bind(function, bind_batch);
    duckdb_table_function_set_init(function, init_batch);
    duckdb_table_function_set_function(function, take_chunk);
    if (duckdb_register_table_function(conn, function) != DuckDBSuccess) {
        rc = why_set(why, RC_UNAVAILABLE, "the database takes no function");
    }
    duckdb_destroy_table_function(&function);
    return rc;
}

/* ---- chunks ---- */

/* The next empty chunk becomes the one being filled. */
static void next_chunk(struct duck_batch *b)
{
    if (b->n_filled == b->n_made) {
        b->chunk[b->n_made] = duckdb_create_data_chunk(b->type, COL__COUNT);
        CHECK(b->chunk[b->n_made] != NULL);
        b->n_made++;
    }
    duckdb_data_chunk chunk = b->chunk[b->n_filled];
    for (idx_t i = 0; i < COL__COUNT; i++) {
        b->vector[i] = duckdb_data_chunk_get_vector(chunk, i);
        b->data[i] = duckdb_vector_get_data(b->vector[i]);
    }
    b->n = 0;
}

/* A table's types are those of its columns, which an appender knows. */
static enum rc read_types(struct duck_batch *b, struct why *why)
{
    duckdb_appender appender = NULL;
    enum rc rc = RC_OK;

    if (duckdb_appender_create(b->conn, NULL, "event_rows", &appender) !=
        DuckDBSuccess) {
        duckdb_error_data error = duckdb_appender_error_data(appender);
        rc = duck_error(duckdb_error_data_message(error), why);
        duckdb_destroy_error_data(&error);
    } else {
        CHECK(duckdb_appender_column_count(appender) == COL__COUNT + 1);
        for (idx_t i = 0; i < COL__COUNT; i++) {
            b->type[i] = duckdb_appender_column_type(appender, i);
        }
    }
    (void)duckdb_appender_destroy(&appender);
    return rc;
}

enum rc duck_batch_open(duckdb_connection conn, uint32_t fold,
                        struct duck_batch **ret_batch, struct why *why)
{
    struct duck_batch *b = mem_alloc(sizeof(*b));

    b->conn = conn;
    b->fold = fold;
    b->n_max = duckdb_vector_size();
    buf_init(&b->tags, TAGS_TEXT_MAX);
    arena_init(&b->text, SIZE_MAX);
    enum rc rc = read_types(b, why);
    if (rc != RC_OK) {
        duck_batch_close(&b);
        return rc;
    }
    next_chunk(b);
    *ret_batch = b;
    return RC_OK;
}

void duck_batch_close(struct duck_batch **b)
{
    if (!*b) {
        return;
    }
    for (size_t i = 0; i < (*b)->n_made; i++) {
        duckdb_destroy_data_chunk(&(*b)->chunk[i]);
    }
    for (size_t i = 0; i < COL__COUNT; i++) {
        duckdb_destroy_logical_type(&(*b)->type[i]);
    }
    buf_fini(&(*b)->tags);
    arena_fini(&(*b)->text);
    mem_free(*b);
    *b = NULL;
}

/* The chunk being filled is done with. */
static void end_chunk(struct duck_batch *b)
{
    duckdb_data_chunk_set_size(b->chunk[b->n_filled], b->n);
    b->n_filled++;
    b->n = 0;
}

enum rc duck_batch_flush(struct duck_batch *b, struct why *why)
{
    if (b->n > 0) {
        end_chunk(b);
    }
    if (b->n_filled == 0) {
        return RC_OK;
    }
    char sql[96];
    snprintf(sql, sizeof(sql),
             "INSERT INTO event_rows SELECT *, %" PRIu32 " FROM toll_batch()",
             b->fold);
    b->n_taken = 0;
    enum rc rc = duck_run(b->conn, sql, why);
    for (size_t i = 0; i < b->n_filled; i++) {
        duckdb_data_chunk_reset(b->chunk[i]);
    }
    b->n_filled = 0;
    arena_reset(&b->text);
    next_chunk(b);
    return rc;
}

/* ---- rows ---- */

static void put_null(struct duck_batch *b, size_t column)
{
    duckdb_vector vector = b->vector[column];

    duckdb_vector_ensure_validity_writable(vector);
    duckdb_validity_set_row_invalid(duckdb_vector_get_validity(vector), b->n);
}

/* Short text stands in its slot, longer text where the slot points to: here
 * into our own arena, which spares DuckDB's heap of strings and its second
 * look at the encoding.  The slot's other bytes count: they are compared. */
static void put_str(struct duck_batch *b, size_t column, struct str s)
{
    duckdb_string_t *slot = (duckdb_string_t *)b->data[column] + b->n;

    memset(slot, 0, sizeof(*slot));
    if (s.n == 0) {
        return; /* most dimensions of most events */
    }
    slot->value.inlined.length = (uint32_t)s.n;
    if (s.n <= INLINE_MAX) {
        memcpy(slot->value.inlined.inlined, s.p, s.n);
        return;
    }
    char *copy = arena_copy(&b->text, s.p, s.n);
    CHECK(copy != NULL);
    memcpy(slot->value.pointer.prefix, s.p, sizeof(slot->value.pointer.prefix));
    slot->value.pointer.ptr = copy;
}

static void put_i64(struct duck_batch *b, size_t column, int64_t n)
{
    int64_t *slot = b->data[column];

    slot[b->n] = n;
}

/* A closed set's number in DuckDB begins with 0. */
static void put_member(struct duck_batch *b, size_t column, int member,
                       int n_members)
{
    uint8_t *slot = b->data[column];

    CHECK(member > 0 && member < n_members);
    slot[b->n] = (uint8_t)(member - 1);
}

/* One more than the value of a hexadecimal digit, 0 for what is none.  A
 * table, since the digits of ids are random: a comparison would be guessed
 * wrong at every third. */
static const unsigned char hex_digits[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,
    ['6'] = 7,  ['7'] = 8,  ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12,
    ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
};

/* Only the form in which DuckDB prints UUIDs comes back as it was: 32 small
 * hexadecimal digits in groups of 8, 4, 4, 4, 12. */
static bool uuid_read(struct str s, num_u128 *ret_uuid)
{
    num_u128 uuid = 0;

    if (s.n != 36) {
        return false;
    }
    for (size_t i = 0; i < s.n; i++) {
        unsigned digit = hex_digits[(unsigned char)s.p[i]];

        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (s.p[i] != '-') {
                return false;
            }
            continue;
        }
        if (digit == 0) {
            return false;
        }
        uuid = uuid << 4 | (digit - 1);
    }
    *ret_uuid = uuid;
    return true;
}

static void put_id(struct duck_batch *b, struct str id)
{
    duckdb_hugeint *slot = b->data[COL_ID_UUID];
    num_u128 uuid;

    if (!uuid_read(id, &uuid)) {
        put_null(b, COL_ID_UUID);
        put_str(b, COL_ID_TEXT, id);
        return;
    }
    /* Kept as a signed number that sorts like the text: top bit flipped. */
    slot[b->n].lower = (uint64_t)uuid;
    slot[b->n].upper = (int64_t)((uint64_t)(uuid >> 64) ^ UINT64_C(1) << 63);
    put_null(b, COL_ID_TEXT);
}

static void put_tags(struct duck_batch *b, const struct event *ev)
{
    struct json_writer w;

    if (ev->n_tags == 0) {
        put_str(b, COL_TAGS, STR_EMPTY);
        return;
    }
    buf_clear(&b->tags);
    json_w_init(&w, &b->tags);
    json_w_obj(&w);
    for (uint32_t i = 0; i < ev->n_tags; i++) {
        json_w_key(&w, ev->tag[i].key);
        json_w_str(&w, ev->tag[i].value);
    }
    json_w_obj_end(&w);
    CHECK(buf_rc(&b->tags, NULL) == RC_OK);
    put_str(b, COL_TAGS, buf_view(&b->tags));
}

static enum rc put_cost(struct duck_batch *b, const struct event_cost *cost,
                        struct why *why)
{
    static const struct event_cost none;
    int64_t total;

    if (!cost->priced) {
        cost = &none;
        put_null(b, COL_COST);
    } else if (num_add_i64(cost->input.pico, cost->cache.pico, &total) ||
               num_add_i64(total, cost->output.pico, &total) ||
               num_add_i64(total, cost->tools.pico, &total)) {
        return why_set(why, RC_RANGE,
                       "an event's cost passes 9.2 million "
                       "dollars");
    } else {
        put_i64(b, COL_COST, total);
    }
    put_i64(b, COL_COST_CACHE, cost->cache.pico);
    put_i64(b, COL_COST_OUTPUT, cost->output.pico);
    put_i64(b, COL_COST_TOOLS, cost->tools.pico);
    put_str(b, COL_PRICE, cost->price_id);
    return RC_OK;
}

/* A count that may be unknown. */
static void put_known(struct duck_batch *b, size_t column, bool is_known,
                      int64_t n)
{
    if (is_known) {
        put_i64(b, column, n);
    } else {
        put_null(b, column);
    }
}

enum rc duck_batch_add(struct duck_batch *b, const struct event *ev,
                       struct why *why)
{
    enum rc rc = put_cost(b, &ev->cost, why);
    if (rc != RC_OK) {
        return rc;
    }
    put_id(b, ev->id);
    put_i64(b, COL_TS, ev->ts_us);
    put_i64(b, COL_ARRIVAL, ev->arrival_us);
    put_member(b, COL_OPERATION, (int)ev->operation, OPERATION__COUNT);
    put_member(b, COL_SERVICE_TIER, (int)ev->service_tier, SERVICE_TIER__COUNT);
    put_member(b, COL_ENVIRONMENT, (int)ev->environment, ENVIRONMENT__COUNT);
    put_member(b, COL_STATUS, (int)ev->status, EVENT_STATUS__COUNT);
    put_member(b, COL_SOURCE, (int)ev->source, EVENT_SOURCE__COUNT);
    for (size_t d = 0; d < DIM__COUNT; d++) {
        put_str(b, COL_DIM + d, ev->dim[d]);
    }
    put_tags(b, ev);
    ((uint32_t *)b->data[COL_ATTEMPT])[b->n] = ev->attempt;
    put_i64(b, COL_WEB_SEARCHES, ev->web_searches);
    for (size_t k = 0; k < TOKEN__COUNT; k++) {
        put_i64(b, COL_TOKEN + k, ev->token[k]);
    }
    put_known(b, COL_LATENCY, ev->latency_ms >= 0, ev->latency_ms);
    put_known(b, COL_TTFT, ev->ttft_ms >= 0, ev->ttft_ms);
    put_known(b, COL_REPORTED_COST, ev->has_reported_cost,
              ev->reported_cost.pico);
    b->n++;
    if (b->n < b->n_max) {
        return RC_OK;
    }
    if (b->n_filled + 1 == CHUNKS_MAX || b->text.used_bytes > TEXT_BYTES_MAX) {
        return duck_batch_flush(b, why);
    }
    end_chunk(b);
    next_chunk(b);
    return RC_OK;
}
