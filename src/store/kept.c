#include "store/kept.h"

#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/thread.h"
#include "base/utc.h"

enum {
    ANSWERS_MAX = 1024,
    /* From 1970 on; the first and the last day stand for all beyond. */
    DAYS = 32768,
    WORD_BITS = 64,
    PART_OF_ALL = 8 /* an answer's share of the memory */
};

struct answer {
    uint64_t hash;
    struct buf key;  /* the statement, its parameters */
    struct buf rows; /* cells as add_cell writes them */
    size_t n_cells;  /* a row */
    uint64_t made;   /* the commit's number when it began to be read */
    int64_t from_us, to_us;
    uint64_t used; /* when last, in selects */
    uint32_t n_readers;
    bool is_dropped; /* freed by the last who reads */
};

struct kept {
    kept_ask_fn *ask;
    void *base;
    struct mutex lock; /* guards what follows but the notes */
    struct answer *answer[ANSWERS_MAX];
    size_t n;
    size_t bytes;
    size_t bytes_max;
    uint64_t n_selects;
    uint64_t n_found;
    uint64_t n_commits;
    uint64_t day[DAYS]; /* the last commit that added to it */

    uint64_t noted[DAYS / WORD_BITS]; /* bits; the writer's own */
};

struct kept *kept_new(size_t bytes_max, kept_ask_fn *ask, void *base)
{
    struct kept *k = mem_alloc(sizeof(*k));

    k->ask = ask;
    k->base = base;
    k->bytes_max = bytes_max;
    mutex_init(&k->lock);
    return k;
}

/* ---- days ---- */

static size_t day_of(int64_t us)
{
    int64_t day = num_floor_div(us, UTC_US_PER_DAY);

    return day < 0 ? 0 : day >= DAYS ? DAYS - 1 : (size_t)day;
}

void kept_note(struct kept *k, int64_t ts_us)
{
    size_t day = day_of(ts_us);

    k->noted[day / WORD_BITS] |= UINT64_C(1) << (day % WORD_BITS);
}

void kept_forget(struct kept *k)
{
    memset(k->noted, 0, sizeof(k->noted));
}

void kept_commit(struct kept *k)
{
    mutex_lock(&k->lock);
    k->n_commits++;
    for (size_t w = 0; w < DAYS / WORD_BITS; w++) {
        uint64_t rest = k->noted[w];
        for (size_t bit = 0; rest != 0; bit++, rest >>= 1) {
            if ((rest & 1) != 0) {
                k->day[w * WORD_BITS + bit] = k->n_commits;
            }
        }
    }
    mutex_unlock(&k->lock);
    kept_forget(k);
}

void kept_change_all(struct kept *k)
{
    mutex_lock(&k->lock);
    k->n_commits++;
    for (size_t day = 0; day < DAYS; day++) {
        k->day[day] = k->n_commits;
    }
    mutex_unlock(&k->lock);
}

/* Under the lock. */
static bool is_good(const struct kept *k, const struct answer *a)
{
    for (size_t day = day_of(a->from_us); day <= day_of(a->to_us - 1); day++) {
        if (k->day[day] > a->made) {
            return false;
        }
    }
    return true;
}

/* ---- answers ---- */

static size_t bytes_of(const struct answer *a)
{
    return sizeof(*a) + a->key.cap + a->rows.cap;
}

static struct answer *answer_new(const struct store_sql *sql, size_t bytes_max)
{
    struct answer *a = mem_alloc(sizeof(*a));

    buf_init(&a->key, bytes_max);
    buf_init(&a->rows, bytes_max);
    buf_str(&a->key, sql->text);
    for (size_t i = 0; i < sql->n_params; i++) {
        buf_add(&a->key, &sql->params[i].n, sizeof(sql->params[i].n));
        buf_str(&a->key, sql->params[i]);
    }
    a->hash = hash_64(a->key.p, a->key.n, 0);
    a->from_us = sql->from_us;
    a->to_us = sql->to_us;
    return a;
}

static void answer_free(struct answer *a)
{
    buf_fini(&a->key);
    buf_fini(&a->rows);
    mem_free(a);
}

/* Under the lock: the answer at `i` is no longer to be found. */
static void drop(struct kept *k, size_t i)
{
    struct answer *a = k->answer[i];

    k->bytes -= bytes_of(a);
    k->answer[i] = k->answer[--k->n];
    a->is_dropped = true;
    if (a->n_readers == 0) {
        answer_free(a);
    }
}

void kept_free(struct kept **k)
{
    if (*k == NULL) {
        return;
    }
    while ((*k)->n > 0) {
        CHECK((*k)->answer[0]->n_readers == 0);
        drop(*k, 0);
    }
    mutex_fini(&(*k)->lock);
    mem_free(*k);
    *k = NULL;
}

/* Under the lock.  Those just made stay, too: a report's answers come together,
 * and are only asked for again together. */
static void make_room(struct kept *k)
{
    while (k->bytes > k->bytes_max || k->n == ANSWERS_MAX) {
        size_t first = 0;
        for (size_t i = 1; i < k->n; i++) {
            first = k->answer[i]->used < k->answer[first]->used ? i : first;
        }
        drop(k, first);
    }
}

/* Under the lock; SIZE_MAX: there is none. */
static size_t find(const struct kept *k, const struct answer *like)
{
    for (size_t i = 0; i < k->n; i++) {
        const struct answer *a = k->answer[i];
        if (a->hash == like->hash &&
            str_eq(buf_view(&a->key), buf_view(&like->key))) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* ---- rows ----
 *
 * Rows come in order as a rule, so that texts are those of the row before, and
 * most numbers are small: what would be 24 bytes a cell is 3 to 6. */

enum cell_mark { MARK_SAME = STORE_CELL_STR + 1 }; /* as in the row before */

static void add_varint(struct buf *rows, uint64_t n)
{
    for (; n >= 0x80; n >>= 7) {
        buf_char(rows, (char)(n | 0x80));
    }
    buf_char(rows, (char)n);
}

/* Those near 0 are small, below it as above. */
static void add_i64(struct buf *rows, int64_t n)
{
    add_varint(rows, ((uint64_t)n << 1) ^ (n < 0 ? UINT64_MAX : 0));
}

static uint64_t take_varint(const char **at)
{
    uint64_t n = 0;
    unsigned shift = 0;

    for (; *(const unsigned char *)*at >= 0x80; (*at)++, shift += 7) {
        n |= (uint64_t)(*(const unsigned char *)*at & 0x7f) << shift;
    }
    return n | (uint64_t) * (const unsigned char *)(*at)++ << shift;
}

static int64_t take_i64(const char **at)
{
    uint64_t n = take_varint(at);

    return (int64_t)(n >> 1 ^ ((n & 1) != 0 ? UINT64_MAX : 0));
}

/* A text in `rows`, by its place, as the buffer moves while it grows. */
struct place {
    size_t at, n;
    bool is_known;
};

static void add_text(struct buf *rows, struct str text, struct place *before)
{
    if (before->is_known &&
        str_eq((struct str){rows->p + before->at, before->n}, text)) {
        buf_char(rows, MARK_SAME);
        return;
    }
    buf_char(rows, STORE_CELL_STR);
    add_varint(rows, text.n);
    *before = (struct place){.at = rows->n, .n = text.n, .is_known = true};
    buf_str(rows, text);
}

static void add_cell(struct buf *rows, const struct store_cell *cell,
                     struct place *before)
{
    if (cell->kind == STORE_CELL_STR) {
        add_text(rows, cell->str, before);
        return;
    }
    buf_char(rows, (char)cell->kind);
    switch (cell->kind) {
    case STORE_CELL_NULL:
    case STORE_CELL_STR:
        break;
    case STORE_CELL_I64:
        add_i64(rows, cell->i64);
        break;
    case STORE_CELL_I128: /* the upper half is mostly 0 or -1 */
        add_i64(rows, (int64_t)(cell->i128 >> 64));
        add_i64(rows, (int64_t)cell->i128);
        break;
    case STORE_CELL_F64:
        buf_add(rows, &cell->f64, sizeof(cell->f64));
        break;
    }
}

/* *before is the last text of that column. */
static void take_cell(const char **at, struct store_cell *cell,
                      struct str *before)
{
    char kind = *(*at)++;

    if (kind == MARK_SAME) {
        *cell = (struct store_cell){.kind = STORE_CELL_STR, .str = *before};
        return;
    }
    *cell = (struct store_cell){.kind = (enum store_cell_kind)kind};
    switch (cell->kind) {
    case STORE_CELL_NULL:
        break;
    case STORE_CELL_I64:
        cell->i64 = take_i64(at);
        break;
    case STORE_CELL_I128:
        cell->i128 = (num_i128)take_i64(at) * ((num_i128)1 << 64);
        cell->i128 += (uint64_t)take_i64(at);
        break;
    case STORE_CELL_F64:
        memcpy(&cell->f64, *at, sizeof(cell->f64));
        *at += sizeof(cell->f64);
        break;
    case STORE_CELL_STR:
        cell->str.n = take_varint(at);
        cell->str.p = *at;
        *at += cell->str.n;
        *before = cell->str;
        break;
    }
}

/* Hands rows on and writes them down meanwhile. */
struct scribe {
    struct answer *answer;
    struct place *before; /* the last text of each column */
    store_row_fn *row;
    void *arg;
};

static enum rc write_down(void *arg, const struct store_cell *cells,
                          size_t n_cells, struct why *why)
{
    struct scribe *s = arg;

    if (s->before == NULL) {
        s->answer->n_cells = n_cells;
        s->before = mem_array(n_cells, sizeof(*s->before));
    }
    for (size_t i = 0; i < n_cells && !s->answer->rows.overflown; i++) {
        add_cell(&s->answer->rows, &cells[i], &s->before[i]);
    }
    return s->row(s->arg, cells, n_cells, why);
}

static enum rc read_out(const struct answer *a, store_row_fn *row, void *arg,
                        struct why *why)
{
    struct store_cell *cells = mem_array(a->n_cells, sizeof(*cells));
    struct str *before = mem_array(a->n_cells, sizeof(*before));
    const char *at = a->rows.p;
    enum rc rc = RC_OK;

    while (rc == RC_OK && at != NULL && at < a->rows.p + a->rows.n) {
        for (size_t i = 0; i < a->n_cells; i++) {
            take_cell(&at, &cells[i], &before[i]);
        }
        rc = row(arg, cells, a->n_cells, why);
    }
    mem_free(before);
    mem_free(cells);
    return rc;
}

/* ---- select ---- */

/* The answer if it is there, held until let_go; else `fresh` knows from which
 * commit on it is read. */
static struct answer *hold(struct kept *k, struct answer *fresh)
{
    struct answer *found = NULL;

    mutex_lock(&k->lock);
    size_t i = find(k, fresh);
    if (i != SIZE_MAX && is_good(k, k->answer[i])) {
        found = k->answer[i];
        found->used = k->n_selects;
        found->n_readers++;
        k->n_found++;
    }
    fresh->made = k->n_commits;
    fresh->used = k->n_selects++;
    mutex_unlock(&k->lock);
    return found;
}

static void let_go(struct kept *k, struct answer *a)
{
    mutex_lock(&k->lock);
    a->n_readers--;
    bool is_last = a->is_dropped && a->n_readers == 0;
    mutex_unlock(&k->lock);
    if (is_last) {
        answer_free(a);
    }
}

static void keep(struct kept *k, struct answer *fresh)
{
    mutex_lock(&k->lock);
    size_t i = find(k, fresh);
    if (i != SIZE_MAX) {
        drop(k, i); /* older, or as new: another asked the same meanwhile */
    }
    make_room(k);
    k->answer[k->n++] = fresh;
    k->bytes += bytes_of(fresh);
    make_room(k);
    mutex_unlock(&k->lock);
}

enum rc kept_select(struct kept *k, const struct store_sql *sql,
                    store_row_fn *row, void *arg, struct why *why)
{
    if (sql->from_us >= sql->to_us) {
        return k->ask(k->base, sql, row, arg, why);
    }
    struct answer *fresh = answer_new(sql, k->bytes_max / PART_OF_ALL);
    struct answer *found = hold(k, fresh);
    enum rc rc;

    if (found != NULL) {
        rc = read_out(found, row, arg, why);
        let_go(k, found);
        answer_free(fresh);
        return rc;
    }
    struct scribe scribe = {.answer = fresh, .row = row, .arg = arg};
    rc = k->ask(k->base, sql, write_down, &scribe, why);
    mem_free(scribe.before);
    if (rc == RC_OK && !fresh->rows.overflown && !fresh->key.overflown) {
        keep(k, fresh);
    } else {
        answer_free(fresh);
    }
    return rc;
}

void kept_stats(struct kept *k, struct kept_stats *ret)
{
    mutex_lock(&k->lock);
    *ret = (struct kept_stats){.n = k->n,
                               .bytes = k->bytes,
                               .n_found = k->n_found,
                               .n_asked = k->n_selects - k->n_found};
    mutex_unlock(&k->lock);
}
