/* Runs that go in circles: calls beyond twice what nearly all runs of the
 * workflow need.  A run is remembered until three hours after its last call,
 * then only its length is. */
#include "base/buf.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/utc.h"
#include "watch/watch_priv.h"

#include <math.h>
#include <string.h>

enum {
    PIECES_HOUR = 12,
    PIECES = 6 * PIECES_HOUR, /* the long window */
    IDLE_PIECES = 3 * PIECES_HOUR,
    LENGTH_DAYS = 28,
    LENGTHS = 96,
    LENGTH_EXACT = 40, /* longer ones are binned by 15 % */
    LIMIT_MIN = 20,
    LIMIT_COLD = 100,
    RUNS_COLD = 200,
    CALLS_MIN = 15, /* beyond */
    MUTE_HOURS = 30
};
#define GATES    0.25
#define QUANTILE 0.999

struct flow { /* a workflow of a feature */
    uint32_t feature;
    struct str workflow;
    int64_t first_hour;
    uint32_t length[LENGTH_DAYS][LENGTHS];
    double usual, limit; /* calls of a run */
    float cost[PIECES], calls[PIECES];
    int64_t last;  /* piece with a call beyond */
    int64_t since; /* the first of this time */
    bool is_open, is_touched;
    struct watch_alert alert;
    char run[LIMIT_DIM_MAX]; /* the longest of this time */
    size_t n_run;
    uint32_t longest;
    struct str customer;
};

struct run {
    uint64_t key; /* 0: free */
    uint32_t flow, calls;
    int64_t last;
};

struct watch_loops {
    struct watch_names flow_name, customer_name;
    struct flow **flow;
    size_t cap_flows;
    struct run *run;
    size_t n_runs, cap_runs; /* cap a power of two */
    int64_t piece;
};

struct watch_loops *watch_loops_new(void)
{
    struct watch_loops *l = mem_alloc(sizeof *l);

    watch_names_init(&l->flow_name, LIMIT_WATCH_FLOWS_MAX);
    watch_names_init(&l->customer_name, LIMIT_WATCH_FLOWS_MAX);
    l->cap_runs = 1024;
    l->run = mem_array(l->cap_runs, sizeof *l->run);
    l->piece = INT64_MIN;
    return l;
}

void watch_loops_free(struct watch_loops **l)
{
    struct watch_loops *p = *l;

    if (p == NULL) {
        return;
    }
    for (size_t i = 0; i < p->flow_name.n; i++) {
        mem_free(p->flow[i]);
    }
    mem_free(p->flow);
    mem_free(p->run);
    watch_names_fini(&p->flow_name);
    watch_names_fini(&p->customer_name);
    mem_free(p);
    *l = NULL;
}

static size_t bin_of(uint32_t calls)
{
    if (calls <= LENGTH_EXACT) {
        return calls > 0 ? calls - 1 : 0;
    }
    double over = log((double)calls / LENGTH_EXACT) / log(1.15);
    return (size_t)fmin(LENGTH_EXACT + over, LENGTHS - 1);
}

static double length_of(size_t bin)
{
    return bin < LENGTH_EXACT
               ? (double)bin + 1
               : LENGTH_EXACT * pow(1.15, (double)(bin - LENGTH_EXACT) + 1);
}

static void set_limit(struct watch *w, struct flow *f)
{
    double all[LENGTHS] = {0};
    double n = 0;
    double below = 0;

    for (size_t d = 0; d < LENGTH_DAYS; d++) {
        for (size_t i = 0; i < LENGTHS; i++) {
            all[i] += f->length[d][i];
            n += f->length[d][i];
        }
    }
    f->usual = 0;
    for (size_t i = 0; i < LENGTHS && n > 0; i++) {
        below += all[i];
        if (below >= QUANTILE * n) {
            f->usual = length_of(i);
            break;
        }
    }
    bool is_cold = w->hour - f->first_hour < WATCH_DAY || n < RUNS_COLD;
    f->limit = fmax(LIMIT_MIN, 2 * f->usual);
    if (is_cold) {
        f->limit = fmax(LIMIT_COLD, f->limit);
    }
}

static uint32_t flow_of(struct watch *w, const struct usage_piece *row)
{
    struct watch_loops *l = w->loops;
    uint32_t feature = watch_names_find(&w->feature_name, row->feature);
    struct buf key;

    if (feature == WATCH_NO_NAME) {
        return WATCH_NO_NAME;
    }
    buf_init(&key, 4 * LIMIT_DIM_MAX);
    buf_u64(&key, feature);
    buf_char(&key, '/');
    size_t prefix = key.n;
    buf_str(&key, row->workflow);
    uint32_t id = watch_names_add(&l->flow_name, buf_view(&key));
    buf_fini(&key);
    if (id == WATCH_NO_NAME || (id < l->cap_flows && l->flow[id] != NULL)) {
        return id;
    }
    if (id >= l->cap_flows) {
        size_t cap = l->cap_flows == 0 ? 16 : l->cap_flows * 2;
        l->flow = mem_grow(l->flow, cap, sizeof(struct flow *));
        for (size_t i = l->cap_flows; i < cap; i++) {
            l->flow[i] = NULL;
        }
        l->cap_flows = cap;
    }
    struct flow *f = mem_alloc(sizeof *f);
    struct str whole = l->flow_name.text[id];
    f->feature = feature;
    f->workflow = str_sub(whole, prefix, whole.n - prefix);
    f->first_hour = w->hour;
    f->last = INT64_MIN / 2;
    f->limit = LIMIT_COLD;
    l->flow[id] = f;
    return id;
}

static struct run *find_run(struct run *table, size_t cap, uint64_t key)
{
    size_t i = (size_t)key & (cap - 1);

    while (table[i].key != 0 && table[i].key != key) {
        i = (i + 1) & (cap - 1);
    }
    return &table[i];
}

static void end_run(struct watch_loops *l, const struct run *r)
{
    struct flow *f = l->flow[r->flow];
    size_t day =
        (size_t)((uint64_t)(r->last / PIECES_HOUR / WATCH_DAY) % LENGTH_DAYS);

    if (!f->is_open || r->calls <= f->limit) {
        f->length[day][bin_of(r->calls)]++;
    }
}

/* Lets runs go that are idle, and makes room. */
static void sweep(struct watch_loops *l, int64_t piece)
{
    size_t n = 0;

    for (size_t i = 0; i < l->cap_runs; i++) {
        n += l->run[i].key != 0 && piece - l->run[i].last < IDLE_PIECES;
    }
    size_t cap = 1024;
    while (cap < n * 3) {
        cap *= 2;
    }
    struct run *table = mem_array(cap, sizeof *table);
    for (size_t i = 0; i < l->cap_runs; i++) {
        const struct run *r = &l->run[i];
        if (r->key != 0 && piece - r->last < IDLE_PIECES) {
            *find_run(table, cap, r->key) = *r;
        } else if (r->key != 0) {
            end_run(l, r);
        }
    }
    mem_free(l->run);
    l->run = table;
    l->cap_runs = cap;
    l->n_runs = n;
}

static void clear_before(struct flow *f, int64_t piece)
{
    int64_t from = f->last + 1;

    if (piece - f->last >= PIECES) {
        from = piece - PIECES + 1;
    }
    for (int64_t p = from; p <= piece; p++) {
        f->cost[(uint64_t)p % PIECES] = 0;
        f->calls[(uint64_t)p % PIECES] = 0;
    }
}

static void add_beyond(struct watch_loops *l, struct flow *f,
                       const struct usage_piece *row, double beyond,
                       uint32_t calls)
{
    if (row->piece - f->last > IDLE_PIECES) {
        f->since = row->piece;
        f->longest = 0;
    }
    if (row->piece > f->last) {
        clear_before(f, row->piece);
        f->last = row->piece;
    }
    size_t at = (size_t)((uint64_t)row->piece % PIECES);
    f->cost[at] += (float)(row->cost * beyond / (double)row->n);
    f->calls[at] += (float)beyond;
    f->is_touched = true;
    if (calls >= f->longest) {
        f->longest = calls;
        f->n_run = row->run.n < LIMIT_DIM_MAX ? row->run.n : LIMIT_DIM_MAX;
        memcpy(f->run, row->run.p, f->n_run);
        uint32_t who = watch_names_add(&l->customer_name, row->customer);
        f->customer = who == WATCH_NO_NAME || row->customer.n == 0
                          ? STR_EMPTY
                          : l->customer_name.text[who];
    }
}

static void window(const struct flow *f, int64_t piece, int n, double *ret_cost,
                   double *ret_calls)
{
    *ret_cost = 0;
    *ret_calls = 0;
    for (int64_t p = piece - n + 1; p <= piece; p++) {
        if (p <= f->last && p > f->last - PIECES) {
            *ret_cost += (double)f->cost[(uint64_t)p % PIECES];
            *ret_calls += (double)f->calls[(uint64_t)p % PIECES];
        }
    }
}

static void tell(struct watch *w, struct flow *f, int64_t piece,
                 const double cost[2])
{
    double rate = fmax(cost[0] * WATCH_DAY, cost[1] * WATCH_DAY / 6);

    f->alert = (struct watch_alert){
        .news = WATCH_RAISED,
        .time_us = (piece + 1) * 5 * UTC_US_PER_MINUTE,
        .since_us = f->since * 5 * UTC_US_PER_MINUTE,
        .cause = WATCH_REQUESTS_PER_WORKFLOW,
        .severity = WATCH_PAGE,
        .feature = w->feature_name.text[f->feature],
        .workflow = f->workflow.n > 0 ? f->workflow : STR_EMPTY,
        .customer = f->customer,
        .run = {.p = f->run, .n = f->n_run},
        .unit = "calls of a run",
        .before = f->usual,
        .after = (double)f->longest,
        .usd_per_day = rate,
        .usd_so_far = fmax(cost[0], cost[1]),
        .window_hours = 1,
        .n = f->longest,
    };
    f->is_open = true;
    watch_say(w, &f->alert);
}

static void judge(struct watch *w, struct flow *f, int64_t piece)
{
    double cost[2];
    double calls[2];

    f->is_touched = false;
    window(f, piece, PIECES_HOUR, &cost[0], &calls[0]);
    window(f, piece, PIECES, &cost[1], &calls[1]);
    bool is_loop = false;
    for (size_t i = 0; i < 2; i++) {
        is_loop =
            is_loop || (calls[i] >= CALLS_MIN && cost[i] >= GATES * w->gate);
    }
    if (is_loop) {
        w->feature[f->feature].muted_until = piece / PIECES_HOUR + MUTE_HOURS;
    }
    if (is_loop && !f->is_open && w->daily_usd > 0) {
        tell(w, f, piece, cost);
    }
}

static void judge_touched(struct watch *w, int64_t piece)
{
    for (size_t i = 0; i < w->loops->flow_name.n; i++) {
        struct flow *f = w->loops->flow[i];
        if (f->is_touched) {
            judge(w, f, piece);
        }
        if (f->is_open && piece - f->last > PIECES) {
            f->is_open = false;
            f->alert.news = WATCH_CLOSED;
            f->alert.severity = WATCH_INFO;
            f->alert.time_us = (piece + 1) * 5 * UTC_US_PER_MINUTE;
            watch_say(w, &f->alert);
        }
    }
}

void watch_piece(struct watch *w, const struct usage_piece *row)
{
    struct watch_loops *l = w->loops;
    uint32_t flow = flow_of(w, row);

    if (flow == WATCH_NO_NAME) {
        w->n_left_out++;
        return;
    }
    if (row->piece > l->piece) {
        judge_touched(w, l->piece);
        l->piece = row->piece;
    }
    if (l->n_runs * 4 > l->cap_runs * 3) {
        if (l->n_runs >= LIMIT_WATCH_RUNS_MAX) {
            w->n_left_out++;
            return;
        }
        sweep(l, row->piece);
    }
    uint64_t key = hash_64(row->run.p, row->run.n, flow) | 1;
    struct run *r = find_run(l->run, l->cap_runs, key);
    if (r->key == 0) {
        *r = (struct run){.key = key, .flow = flow};
        l->n_runs++;
    }
    struct flow *f = l->flow[flow];
    double from = fmax(r->calls, f->limit);
    r->calls += (uint32_t)row->n;
    r->last = row->piece;
    double beyond = fmin(r->calls - from, (double)row->n);
    if (beyond > 0) {
        add_beyond(l, f, row, beyond, r->calls);
    }
}

void watch_now(struct watch *w, int64_t piece)
{
    judge_touched(w, piece);
}

void watch_loops_tick(struct watch *w)
{
    struct watch_loops *l = w->loops;
    int64_t piece = w->hour * PIECES_HOUR + PIECES_HOUR - 1;
    int64_t tomorrow = w->hour / WATCH_DAY + 1;

    judge_touched(w, piece);
    if (piece > l->piece) {
        l->piece = piece;
    }
    sweep(l, piece);
    for (size_t i = 0; i < l->flow_name.n; i++) {
        struct flow *f = l->flow[i];
        if (w->hour % WATCH_DAY == WATCH_DAY - 1) {
            memset(f->length[(uint64_t)tomorrow % LENGTH_DAYS], 0,
                   sizeof f->length[0]);
        }
        if (w->hour % 6 == 0) {
            set_limit(w, f);
        }
    }
}
