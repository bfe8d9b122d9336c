#include "watch/hearing.h"

#include "base/hash.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/utc.h"
#include "base/why.h"
#include "watch/watch.h"

#include <string.h>

#define QUARTER_US (15 * UTC_US_PER_MINUTE)

enum {
    SPAN_BYTES = 512 * 1024 * 1024, /* a span's rows, each kind */
    PIECES_HOUR = 12,
    PIECES_QUARTER = 3,
    QUARTERS = 4,
    PARTS_MIN = 1024
};

void hearing_init(struct hearing *h, struct watch *watch)
{
    *h = (struct hearing){.watch = watch, .next_hour = INT64_MIN};
    arena_init(&h->arena, SPAN_BYTES);
    buf_init(&h->hour, SPAN_BYTES);
    buf_init(&h->crowd, SPAN_BYTES);
    buf_init(&h->payer, SPAN_BYTES);
    buf_init(&h->piece, SPAN_BYTES);
}

void hearing_fini(struct hearing *h)
{
    buf_fini(&h->hour);
    buf_fini(&h->crowd);
    buf_fini(&h->payer);
    buf_fini(&h->piece);
    arena_fini(&h->arena);
    mem_free(h->part);
}

void hearing_drop(struct hearing *h)
{
    struct buf *const kinds[] = {&h->hour, &h->crowd, &h->payer, &h->piece};

    for (size_t i = 0; i < ARRAY_N(kinds); i++) {
        buf_clear(kinds[i]);
    }
    arena_reset(&h->arena);
}

/* ---- keeping ---- */

static enum rc keep(struct hearing *h, struct str *const *text, size_t n,
                    struct why *why)
{
    for (size_t i = 0; i < n; i++) {
        if (str_dup(&h->arena, *text[i], text[i]) != RC_OK) {
            return why_set(why, RC_LIMIT,
                           "the names of a few hours' calls "
                           "are too long to be watched");
        }
    }
    return RC_OK;
}

static enum rc keep_hour(void *arg, const struct usage_hour *from,
                         struct why *why)
{
    struct hearing *h = arg;
    struct usage_hour row = *from;
    struct str *const text[] = {&row.feature, &row.provider, &row.model};
    enum rc rc = keep(h, text, ARRAY_N(text), why);

    buf_add(&h->hour, &row, sizeof row);
    return rc;
}

static enum rc keep_crowd(void *arg, const struct usage_crowd *from,
                          struct why *why)
{
    struct hearing *h = arg;
    struct usage_crowd row = *from;
    struct str *const text[] = {&row.feature};
    enum rc rc = keep(h, text, ARRAY_N(text), why);

    buf_add(&h->crowd, &row, sizeof row);
    return rc;
}

static enum rc keep_payer(void *arg, const struct usage_payer *from,
                          struct why *why)
{
    struct hearing *h = arg;
    struct usage_payer row = *from;
    struct str *const text[] = {&row.customer, &row.feature};
    enum rc rc = keep(h, text, ARRAY_N(text), why);

    buf_add(&h->payer, &row, sizeof row);
    return rc;
}

static enum rc keep_piece(void *arg, const struct usage_piece *from,
                          struct why *why)
{
    struct hearing *h = arg;
    struct usage_piece row = *from;
    struct str *const text[] = {&row.feature, &row.workflow, &row.run,
                                &row.customer};
    enum rc rc = keep(h, text, ARRAY_N(text), why);

    buf_add(&h->piece, &row, sizeof row);
    return rc;
}

/* ---- parts of the hour that is going on ---- */

static struct hearing_part *find_part(struct hearing_part *table, size_t cap,
                                      uint64_t key)
{
    size_t at = (size_t)key & (cap - 1);

    while (table[at].key != 0 && table[at].key != key) {
        at = (at + 1) & (cap - 1);
    }
    return &table[at];
}

static void grow_parts(struct hearing *h)
{
    size_t cap = h->cap_parts == 0 ? PARTS_MIN : h->cap_parts * 2;
    struct hearing_part *table = mem_array(cap, sizeof *table);

    for (size_t i = 0; i < h->cap_parts; i++) {
        if (h->part[i].key != 0) {
            *find_part(table, cap, h->part[i].key) = h->part[i];
        }
    }
    mem_free(h->part);
    h->part = table;
    h->cap_parts = cap;
}

static void forget_parts(struct hearing *h)
{
    if (h->n_parts > 0) {
        memset(h->part, 0, h->cap_parts * sizeof *h->part);
        h->n_parts = 0;
    }
}

static uint64_t part_key(const struct usage_piece *row)
{
    uint64_t key = hash_64(row->run.p, row->run.n, (uint64_t)row->piece);

    key = hash_64(row->workflow.p, row->workflow.n, key);
    return hash_64(row->feature.p, row->feature.n, key) | 1;
}

/* What of the row was not heard before; false when all of it was.  What does
 * not fit is left to the whole hour. */
static bool is_more(struct hearing *h, struct usage_piece *row)
{
    if (h->n_parts * 2 >= h->cap_parts) {
        if (h->n_parts >= LIMIT_WATCH_RUNS_MAX) {
            return false;
        }
        grow_parts(h);
    }
    uint64_t key = part_key(row);
    struct hearing_part *part = find_part(h->part, h->cap_parts, key);
    int64_t n = row->n - part->n;
    double cost = row->cost - part->cost;

    if (n <= 0) {
        return false;
    }
    h->n_parts += part->key == 0 ? 1 : 0;
    *part = (struct hearing_part){key, row->n, row->cost};
    row->n = n;
    row->cost = cost;
    return true;
}

enum rc hearing_now(void *hearing, const struct usage_piece *row,
                    struct why *why)
{
    struct hearing *h = hearing;
    struct usage_piece more = *row;

    (void)why;
    if (row->piece / PIECES_HOUR == h->next_hour &&
        watch_knows(h->watch, row->feature) && is_more(h, &more)) {
        watch_piece(h->watch, &more);
    }
    return RC_OK;
}

/* The rest of a row whose hour has ended. */
static void hear_piece(struct hearing *h, const struct usage_piece *row)
{
    struct usage_piece rest = *row;

    if (h->n_parts > 0) {
        const struct hearing_part *part =
            find_part(h->part, h->cap_parts, part_key(row));
        rest.n -= part->n;
        rest.cost -= part->cost;
    }
    if (rest.n > 0) {
        watch_piece(h->watch, &rest);
    }
}

/* ---- hearing ---- */

#define ROW(b, type, i) (&((const type *)(const void *)(b).p)[i])
#define ROWS(b, type)   ((b).n / sizeof(type))

static void end_hour(struct hearing *h, int64_t hour)
{
    watch_tick(h->watch, hour);
    h->next_hour = hour + 1;
    forget_parts(h);
}

void hearing_silence(struct hearing *h, int64_t hour)
{
    /* It begins with the first call. */
    while (h->next_hour != INT64_MIN && h->next_hour < hour) {
        end_hour(h, h->next_hour);
    }
}

struct places { /* in the kept rows */
    size_t hour, crowd, payer, piece;
};

static void hear_quarter(struct hearing *h, int64_t hour, int quarter,
                         struct places *at)
{
    int64_t piece = hour * PIECES_HOUR + (quarter + 1) * PIECES_QUARTER;

    for (; at->hour < ROWS(h->hour, struct usage_hour); at->hour++) {
        const struct usage_hour *row =
            ROW(h->hour, struct usage_hour, at->hour);
        if (row->hour > hour || (row->hour == hour && row->quarter > quarter)) {
            break;
        }
        watch_hour(h->watch, row);
        h->n_calls += (int64_t)row->sum[HOUR_ATTEMPTS];
    }
    for (; at->piece < ROWS(h->piece, struct usage_piece) &&
           ROW(h->piece, struct usage_piece, at->piece)->piece < piece;
         at->piece++) {
        hear_piece(h, ROW(h->piece, struct usage_piece, at->piece));
    }
}

static void hear_hour(struct hearing *h, int64_t hour, struct places *at)
{
    for (int quarter = 0; quarter < QUARTERS; quarter++) {
        hear_quarter(h, hour, quarter, at);
        if (quarter < QUARTERS - 1) {
            watch_look(h->watch,
                       hour * UTC_US_PER_HOUR + (quarter + 1) * QUARTER_US);
        }
    }
    for (; at->crowd < ROWS(h->crowd, struct usage_crowd) &&
           ROW(h->crowd, struct usage_crowd, at->crowd)->hour <= hour;
         at->crowd++) {
        watch_crowd(h->watch, ROW(h->crowd, struct usage_crowd, at->crowd));
    }
    for (; at->payer < ROWS(h->payer, struct usage_payer) &&
           ROW(h->payer, struct usage_payer, at->payer)->hour <= hour;
         at->payer++) {
        watch_payer(h->watch, ROW(h->payer, struct usage_payer, at->payer));
    }
    end_hour(h, hour);
}

static enum rc rc_of(const struct hearing *h, struct why *why)
{
    const struct buf *const kinds[] = {&h->hour, &h->crowd, &h->payer,
                                       &h->piece};
    enum rc rc = RC_OK;

    for (size_t i = 0; i < ARRAY_N(kinds) && rc == RC_OK; i++) {
        rc = buf_rc(kinds[i], why);
    }
    return rc;
}

static enum rc hear_span(void *arg, int64_t from_hour, int64_t to_hour,
                         struct why *why)
{
    struct hearing *h = arg;
    struct places at = {0};
    enum rc rc = rc_of(h, why);

    if (rc == RC_OK && h->is_ended != NULL && h->is_ended(h->arg)) {
        rc = why_set(why, RC_END, "ended before all was heard");
    }
    if (rc == RC_OK) {
        hearing_silence(h, from_hour);
        for (int64_t hour = from_hour; hour < to_hour; hour++) {
            hear_hour(h, hour, &at);
        }
    }
    hearing_drop(h);
    return rc;
}

struct usage_hours_sink hearing_sink(struct hearing *h)
{
    return (struct usage_hours_sink){.hour = keep_hour,
                                     .crowd = keep_crowd,
                                     .payer = keep_payer,
                                     .piece = keep_piece,
                                     .span = hear_span,
                                     .arg = h};
}
