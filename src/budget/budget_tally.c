#include "budget/budget_tally.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/num.h"
#include "budget/budget.h"

enum { CAP_MIN = 16, SKETCH_ROWS = 4, RING_PARTS = LIMIT_BUDGET_PARTS + 1 };

struct budget_ring {
    int64_t newest; /* number of the part, since 1970 */
    int64_t part[RING_PARTS];
};

struct budget_sketch {
    int64_t cell[SKETCH_ROWS][LIMIT_BUDGET_SKETCH_CELLS];
};

int64_t budget_sum(int64_t a, int64_t b)
{
    int64_t sum;

    return num_add_i64(a, b, &sum) == RC_OK ? sum : INT64_MAX;
}

/* ---- the sketch ---- */

static int64_t *cell_of(struct budget_sketch *s, int row, uint64_t hash)
{
    return &s->cell[row][(hash >> (16 * row)) % LIMIT_BUDGET_SKETCH_CELLS];
}

static void sketch_add(struct budget_sketch **s, uint64_t hash, int64_t amount)
{
    if (*s == NULL) {
        *s = mem_alloc(sizeof **s);
    }
    for (int row = 0; row < SKETCH_ROWS; row++) {
        int64_t *cell = cell_of(*s, row, hash);
        *cell = budget_sum(*cell, amount);
    }
}

static int64_t sketch_of(struct budget_sketch *s, uint64_t hash)
{
    int64_t least = s != NULL ? INT64_MAX : 0;

    for (int row = 0; row < SKETCH_ROWS && s != NULL; row++) {
        int64_t cell = *cell_of(s, row, hash);
        least = cell < least ? cell : least;
    }
    return least;
}

/* ---- the table ---- */

void budget_tallies_init(struct budget_tallies *t, size_t max,
                         int64_t window_us)
{
    *t = (struct budget_tallies){.max = max,
                                 .window_us = window_us,
                                 .width_us = budget_width_us(window_us),
                                 .cap = CAP_MIN};
    t->slot = mem_array(t->cap, sizeof *t->slot);
}

static void free_slots(struct budget_tally *slot, size_t cap)
{
    for (size_t i = 0; i < cap; i++) {
        mem_free(slot[i].ring);
    }
    mem_free(slot);
}

void budget_tallies_fini(struct budget_tallies *t)
{
    free_slots(t->slot, t->cap);
    mem_free(t->sketch);
    mem_free(t->sketch_before);
}

static struct budget_tally *place_of(struct budget_tally *slot, size_t cap,
                                     uint64_t hash)
{
    size_t i = hash & (cap - 1);

    while (slot[i].hash != 0 && slot[i].hash != hash) {
        i = (i + 1) & (cap - 1);
    }
    return &slot[i];
}

struct budget_tally *budget_tally_find(struct budget_tallies *t, uint64_t hash)
{
    struct budget_tally *y = place_of(t->slot, t->cap, hash);

    return y->hash != 0 ? y : NULL;
}

/* The table anew, with room for `cap`, without what is marked as free. */
static void rebuild(struct budget_tallies *t, size_t cap)
{
    struct budget_tally *slot = mem_array(cap, sizeof *slot);

    t->n = 0;
    for (size_t i = 0; i < t->cap; i++) {
        if (t->slot[i].hash != 0) {
            *place_of(slot, cap, t->slot[i].hash) = t->slot[i];
            t->n++;
        }
    }
    mem_free(t->slot);
    t->slot = slot;
    t->cap = cap;
}

static void drop(struct budget_tally *y)
{
    mem_free(y->ring);
    *y = (struct budget_tally){.hash = 0};
}

static size_t cap_for(size_t n)
{
    size_t cap = CAP_MIN;

    while (cap / 4 * 3 <= n) {
        cap *= 2;
    }
    return cap;
}

/* Down to three quarters: first who has been idle since the last time. */
static void evict(struct budget_tallies *t)
{
    size_t keep = t->max / 4 * 3;

    for (int pass = 0; pass < 2 && t->n > keep; pass++) {
        for (size_t i = 0; i < t->cap && t->n > keep; i++) {
            struct budget_tally *y = &t->slot[i];

            if (y->hash == 0 || y->n_reserved > 0) {
                continue;
            }
            if (y->is_recent) {
                y->is_recent = false;
                continue;
            }
            sketch_add(&t->sketch, y->hash, budget_sum(y->used, y->early));
            drop(y);
            t->n--;
        }
    }
    rebuild(t, cap_for(t->n));
}

struct budget_tally *budget_tally_get(struct budget_tallies *t, uint64_t hash)
{
    struct budget_tally *y = budget_tally_find(t, hash);

    if (y != NULL) {
        y->is_recent = true;
        return y;
    }
    if (t->n >= t->max) {
        evict(t);
    }
    if (t->n + 1 > t->cap / 4 * 3) {
        rebuild(t, 2 * t->cap);
    }
    y = place_of(t->slot, t->cap, hash);
    *y = (struct budget_tally){.hash = hash, .is_recent = true};
    y->used = budget_sum(sketch_of(t->sketch, hash),
                         sketch_of(t->sketch_before, hash));
    t->n++;
    if (t->window_us > 0) {
        y->ring = mem_alloc(sizeof *y->ring);
        y->ring->newest = num_floor_div(t->from_us, t->width_us);
        y->ring->part[(size_t)(y->ring->newest % RING_PARTS)] = y->used;
    }
    return y;
}

/* ---- periods ---- */

void budget_tallies_at(struct budget_tallies *t, int64_t from_us, int64_t to_us)
{
    bool is_next = from_us == t->to_us;

    t->from_us = from_us;
    t->to_us = to_us;
    if (t->window_us > 0) {
        mem_free(t->sketch_before);
        t->sketch_before = is_next ? t->sketch : NULL;
        if (!is_next) {
            mem_free(t->sketch);
        }
        t->sketch = NULL;
        return;
    }
    mem_free(t->sketch);
    t->sketch = NULL;
    for (size_t i = 0; i < t->cap; i++) {
        struct budget_tally *y = &t->slot[i];

        y->used = is_next ? y->early : 0;
        y->early = 0;
        if (y->hash != 0 && y->used == 0 && y->n_reserved == 0) {
            drop(y);
            t->n--;
        }
    }
    rebuild(t, cap_for(t->n));
}

/* ---- amounts ---- */

/* Parts that a window may touch. */
static int64_t n_parts(const struct budget_tallies *t)
{
    return (t->window_us + t->width_us - 1) / t->width_us + 1;
}

/* Parts that have left the window are emptied. */
static void advance(const struct budget_tallies *t, struct budget_ring *r,
                    int64_t now_us)
{
    int64_t part = num_floor_div(now_us, t->width_us);
    int64_t n = part - r->newest;

    for (int64_t i = 1; i <= n && i <= RING_PARTS; i++) {
        r->part[(size_t)((r->newest + i) % RING_PARTS)] = 0;
    }
    r->newest = n > 0 ? part : r->newest;
}

int64_t budget_tally_used(const struct budget_tallies *t,
                          struct budget_tally *y, int64_t now_us)
{
    if (y == NULL || y->ring == NULL) {
        return y != NULL ? y->used : 0;
    }
    advance(t, y->ring, now_us);
    y->used = 0;
    for (int64_t i = 0; i < n_parts(t); i++) {
        int64_t part = y->ring->newest - i;
        y->used =
            budget_sum(y->used, y->ring->part[(size_t)(part % RING_PARTS)]);
    }
    return y->used;
}

static bool add_to_ring(const struct budget_tallies *t, struct budget_ring *r,
                        int64_t amount, int64_t ts_us)
{
    int64_t part = num_floor_div(ts_us, t->width_us);

    if (part > r->newest) {
        part = r->newest; /* made a little ahead of our clock */
    }
    if (r->newest - part >= n_parts(t)) {
        return false;
    }
    int64_t *at = &r->part[(size_t)(part % RING_PARTS)];
    *at = budget_sum(*at, amount);
    return true;
}

bool budget_tally_add(const struct budget_tallies *t, struct budget_tally *y,
                      int64_t amount, int64_t ts_us, int64_t now_us)
{
    if (y->ring != NULL) {
        advance(t, y->ring, now_us);
        return add_to_ring(t, y->ring, amount, ts_us);
    }
    if (ts_us >= t->to_us) {
        y->early = budget_sum(y->early, amount);
        return false;
    }
    if (ts_us < t->from_us) {
        return false;
    }
    y->used = budget_sum(y->used, amount);
    return true;
}
