#include "intake/history.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/thread.h"
#include "base/utc.h"
#include "base/why.h"
#include "intake/idset.h"
#include "store/store.h"

enum { SPAN_DAYS_MAX = 64 };

/* Ids of the calls with from <= time < to. */
struct span {
    int64_t from_us;
    int64_t to_us;
    int64_t used_mono_us;
    struct idset ids;
};

struct history {
    struct store_reader *reader;
    history_hash_fn *hash;
    const void *hash_arg;
    struct mutex lock; /* over all below, and the reader */
    int64_t day;       /* on which the spans were loaded */
    struct span spans[LIMIT_HISTORY_SPANS_MAX];
    int n_spans;
    int i_last; /* where the last question was answered */
};

enum rc history_new(struct store *store, history_hash_fn *hash,
                    const void *hash_arg, struct history **ret, struct why *why)
{
    struct store_reader *reader = NULL;
    enum rc rc = store_reader_open(store, &reader, why);
    if (rc != RC_OK) {
        return rc;
    }
    struct history *h = mem_alloc(sizeof(*h));
    h->reader = reader;
    h->hash = hash;
    h->hash_arg = hash_arg;
    mutex_init(&h->lock);
    *ret = h;
    return RC_OK;
}

static void drop_span(struct history *h, int i)
{
    idset_fini(&h->spans[i].ids);
    h->n_spans--;
    h->spans[i] = h->spans[h->n_spans];
    h->i_last = 0;
}

static void drop_all(struct history *h)
{
    while (h->n_spans > 0) {
        drop_span(h, h->n_spans - 1);
    }
}

void history_free(struct history **h)
{
    if (*h == NULL) {
        return;
    }
    drop_all(*h);
    store_reader_close(&(*h)->reader);
    mutex_fini(&(*h)->lock);
    mem_free(*h);
    *h = NULL;
}

/* ---- loading ---- */

static uint64_t entry_of(uint64_t hash)
{
    return (hash & ~IDSET_TAG_MASK) | 1; /* no days here to tell apart */
}

struct load {
    const struct history *h;
    struct idset *ids;
};

static enum rc add_id(void *arg, struct str id)
{
    struct load *load = arg;
    const struct history *h = load->h;
    (void)idset_add(load->ids, entry_of(h->hash(h->hash_arg, id)));
    return RC_OK;
}

/* Days of the store's events that make a span of about HISTORY_SPAN_IDS. */
static int64_t days_of_span(const struct store_stats *stats)
{
    int64_t first = num_floor_div(stats->min_ts_us, UTC_US_PER_DAY);
    int64_t last = num_floor_div(stats->max_ts_us, UTC_US_PER_DAY);
    int64_t n_a_day = stats->n_events / (last - first + 1) + 1;
    int64_t days = LIMIT_HISTORY_SPAN_IDS / n_a_day;
    if (days > SPAN_DAYS_MAX) {
        return SPAN_DAYS_MAX;
    }
    return days > 0 ? days : 1;
}

/* The span that answers for `ts_us`, still without ids.  *ret_is_empty: the
 * store holds nothing there, so it need not be asked. */
static struct span plan_span(const struct store_stats *stats, int64_t ts_us,
                             int64_t first_us, bool *ret_is_empty)
{
    struct span span = {.from_us = INT64_MIN, .to_us = first_us};
    *ret_is_empty = true;
    if (stats->n_events == 0) {
        return span;
    }
    if (ts_us < stats->min_ts_us) {
        span.to_us = stats->min_ts_us;
    } else if (ts_us > stats->max_ts_us) {
        span.from_us = stats->max_ts_us + 1;
    } else {
        int64_t width_us = days_of_span(stats) * UTC_US_PER_DAY;
        *ret_is_empty = false;
        span.from_us = num_floor_div(ts_us, width_us) * width_us;
        span.to_us = span.from_us + width_us;
    }
    if (span.to_us > first_us) {
        span.to_us = first_us;
    }
    return span;
}

static size_t bytes_of(const struct history *h)
{
    size_t bytes = 0;
    for (int i = 0; i < h->n_spans; i++) {
        bytes += idset_bytes(&h->spans[i].ids);
    }
    return bytes;
}

static void drop_oldest(struct history *h)
{
    int oldest = 0;
    for (int i = 1; i < h->n_spans; i++) {
        if (h->spans[i].used_mono_us < h->spans[oldest].used_mono_us) {
            oldest = i;
        }
    }
    drop_span(h, oldest);
}

static enum rc load_span(struct history *h, int64_t ts_us, int64_t first_us,
                         struct why *why)
{
    struct store_stats stats;
    enum rc rc = store_stats(h->reader, &stats, why);
    if (rc != RC_OK) {
        return rc;
    }
    bool is_empty;
    struct span span = plan_span(&stats, ts_us, first_us, &is_empty);
    if (!is_empty) {
        struct load load = {.h = h, .ids = &span.ids};
        rc = store_ids(h->reader, STORE_TIME_CALL, span.from_us, span.to_us,
                       add_id, &load, why);
        if (rc != RC_OK) {
            idset_fini(&span.ids);
            return rc;
        }
    }
    size_t n_bytes = idset_bytes(&span.ids);
    while (h->n_spans > 0 && (h->n_spans == LIMIT_HISTORY_SPANS_MAX ||
                              bytes_of(h) + n_bytes > LIMIT_HISTORY_BYTES)) {
        drop_oldest(h);
    }
    h->i_last = h->n_spans;
    h->spans[h->n_spans] = span;
    h->n_spans++;
    return RC_OK;
}

/* ---- asking ---- */

static bool covers(const struct span *span, int64_t ts_us)
{
    return ts_us >= span->from_us && ts_us < span->to_us;
}

static struct span *find_span(struct history *h, int64_t ts_us)
{
    /* Logs are mostly in order: the last one answers most questions. */
    if (h->i_last < h->n_spans && covers(&h->spans[h->i_last], ts_us)) {
        return &h->spans[h->i_last];
    }
    for (int i = 0; i < h->n_spans; i++) {
        if (covers(&h->spans[i], ts_us)) {
            h->i_last = i;
            return &h->spans[i];
        }
    }
    return NULL;
}

enum rc history_has(struct history *h, const struct history_question *q,
                    bool *ret_has, struct why *why)
{
    enum rc rc = RC_OK;
    mutex_lock(&h->lock);
    if (q->day > h->day) {
        drop_all(h);
        h->day = q->day;
    }
    struct span *span = find_span(h, q->ts_us);
    if (span == NULL) {
        rc = load_span(h, q->ts_us, q->first_us, why);
        span = rc == RC_OK ? &h->spans[h->i_last] : NULL;
    }
    if (span != NULL) {
        span->used_mono_us = clock_mono_us();
        *ret_has = idset_has(&span->ids, entry_of(q->hash));
    }
    mutex_unlock(&h->lock);
    if (rc != RC_OK) {
        return why_prefix(why, RC_UNAVAILABLE,
                          "the store cannot say whether it has this call");
    }
    return RC_OK;
}

bool history_rest(struct history *h, int64_t mono_us)
{
    mutex_lock(&h->lock);
    for (int i = h->n_spans; i-- > 0;) {
        if (h->spans[i].used_mono_us < mono_us) {
            drop_span(h, i);
        }
    }
    bool holds = h->n_spans > 0;
    mutex_unlock(&h->lock);
    return holds;
}

void history_count(struct history *h, uint64_t *ret_n, uint64_t *ret_bytes)
{
    uint64_t n = 0;
    mutex_lock(&h->lock);
    uint64_t bytes = bytes_of(h);
    for (int i = 0; i < h->n_spans; i++) {
        n += h->spans[i].ids.n;
    }
    mutex_unlock(&h->lock);
    *ret_n = n;
    *ret_bytes = bytes;
}
