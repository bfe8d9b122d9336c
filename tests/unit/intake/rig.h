/* An intake on a store that can be made to fail, and short words for what
 * tests do with it. */
#ifndef TESTS_UNIT_INTAKE_RIG_H
#define TESTS_UNIT_INTAKE_RIG_H

#include "folder.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>

#include "base/attr.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/thread.h"
#include "base/utc.h"
#include "event/event.h"
#include "intake/attribution.h"
#include "intake/intake.h"
#include "price/book.h"
#include "store/store.h"
#include "store/store_fake.h"

struct rig {
    struct folder folder;
    struct store *store;
    struct price_book *book;
    struct attribution *attribution;
    struct intake *in;
    int64_t now_us;
    bool only_carries; /* how it is opened */
    struct why why;
};

static inline void rig_new_store(struct rig *r)
{
    store_close(&r->store);
    assert_ok(store_open_fake(&r->store, &r->why), &r->why);
}

static inline void rig_init(struct rig *r)
{
    struct book_source source = book_source_builtin();
    memset(r, 0, sizeof(*r));
    folder_make(&r->folder);
    rig_new_store(r);
    assert_ok(book_load(&source, &r->book, &r->why), &r->why);
    r->attribution = attribution_new();
    r->now_us = clock_now_us();
}

static inline enum rc rig_try_open(struct rig *r)
{
    struct intake_options opt = {.dir = r->folder.path,
                                 .store = r->store,
                                 .book = r->book,
                                 .attribution = r->attribution,
                                 .only_carries = r->only_carries};
    return intake_open(&opt, &r->in, &r->why);
}

static inline void rig_open(struct rig *r)
{
    assert_ok(rig_try_open(r), &r->why);
}

static inline void rig_reopen(struct rig *r)
{
    intake_close(&r->in);
    rig_open(r);
}

static inline void rig_fini(struct rig *r)
{
    intake_close(&r->in);
    store_close(&r->store);
    attribution_unref(&r->attribution);
    book_unref(&r->book);
    folder_remove(&r->folder);
}

/* The store takes nothing, or takes events again. */
static inline void rig_break_store(struct rig *r)
{
    store_fake_fail(r->store, STORE_FAKE_BEGIN, 0, UINT32_MAX, RC_IO);
}

static inline void rig_mend_store(struct rig *r)
{
    store_fake_fail(r->store, STORE_FAKE_BEGIN, 0, 0, RC_OK);
}

/* A copy of a slice, ended by a NUL. */
struct text {
    char cz[160];
};

static inline struct text text_of(struct str s)
{
    struct text text = {{0}};
    assert_true(s.n < sizeof(text.cz));
    if (s.n > 0) {
        memcpy(text.cz, s.p, s.n);
    }
    return text;
}

/* ---- events ---- */

static inline struct event call_named(const struct rig *r, const char *id)
{
    struct event ev;
    event_init(&ev);
    ev.id = str_from_cz(id);
    ev.ts_us = r->now_us;
    ev.dim[DIM_PROVIDER] = STR("openai");
    ev.dim[DIM_MODEL] = STR("gpt-4o-mini");
    ev.dim[DIM_REQUESTED_MODEL] = STR("gpt-4o-mini");
    ev.token[TOKEN_INPUT] = 1200;
    ev.token[TOKEN_OUTPUT] = 300;
    return ev;
}

static inline enum intake_verdict put_add(struct rig *r, struct intake_put *put,
                                          const char *id)
{
    struct event ev = call_named(r, id);
    enum intake_verdict verdict;
    assert_ok(intake_add(put, &ev, false, r->now_us, &verdict, &r->why),
              &r->why);
    return verdict;
}

/* One put of one event, on disk or not. */
static inline enum rc send_one(struct rig *r, const char *id,
                               enum intake_verdict *ret_verdict)
{
    struct intake_put *put = intake_begin(r->in, EVENT_SOURCE_API);
    *ret_verdict = put_add(r, put, id);
    return intake_commit_wait(&put, &r->why);
}

static inline enum intake_verdict send_ok(struct rig *r, const char *id)
{
    enum intake_verdict verdict;
    assert_ok(send_one(r, id, &verdict), &r->why);
    return verdict;
}

static inline void flush_ok(struct rig *r)
{
    assert_ok(intake_flush(r->in, INT64_MAX / 2, &r->why), &r->why);
}

/* ---- what the store holds ---- */

struct tally {
    struct text *ids;
    size_t n;
};

static inline enum rc tally_id(void *arg, struct str id)
{
    struct tally *tally = arg;
    if ((tally->n & (tally->n - 1)) == 0) { /* a power of two is full */
        size_t cap = tally->n > 0 ? 2 * tally->n : 1;
        tally->ids = mem_grow(tally->ids, cap, sizeof(*tally->ids));
    }
    tally->ids[tally->n++] = text_of(id);
    return RC_OK;
}

static inline int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* All ids of the store, sorted. */
static inline struct tally tally_store(struct rig *r)
{
    struct tally tally = {0};
    struct store_reader *reader = NULL;
    assert_ok(store_reader_open(r->store, &reader, &r->why), &r->why);
    assert_ok(store_ids(reader, STORE_TIME_ARRIVAL, INT64_MIN, INT64_MAX,
                        tally_id, &tally, &r->why),
              &r->why);
    store_reader_close(&reader);
    if (tally.n > 0) {
        qsort(tally.ids, tally.n, sizeof(*tally.ids), by_text);
    }
    return tally;
}

/* The store holds these, sorted and separated by spaces, each once. */
static inline void assert_stored(struct rig *r, const char *want)
{
    struct tally tally = tally_store(r);
    char got[2000] = "";
    size_t n = 0;
    for (size_t i = 0; i < tally.n; i++) {
        n += (size_t)snprintf(got + n, sizeof(got) - n, "%s%s",
                              i > 0 ? " " : "", tally.ids[i].cz);
        assert_true(n < sizeof(got));
    }
    mem_free(tally.ids);
    assert_string_equal(got, want);
}

/* ---- a disk that refuses ---- */

/* No file may grow over n bytes from here on. */
static inline void limit_files(uint64_t n)
{
    struct rlimit limit;
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = n;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* ---- outcomes ---- */

/* What a put's done said; waits until it did. */
struct outcome {
    struct mutex lock;
    struct cond known;
    int n_told;
    enum rc rc;
    struct why why;
};

static inline void outcome_init(struct outcome *o)
{
    memset(o, 0, sizeof(*o));
    mutex_init(&o->lock);
    cond_init(&o->known);
}

static inline void outcome_tell(void *arg, enum rc rc, const struct why *why)
{
    struct outcome *o = arg;
    mutex_lock(&o->lock);
    o->n_told++;
    o->rc = rc;
    if (rc != RC_OK) {
        o->why = *why;
    }
    cond_signal(&o->known);
    mutex_unlock(&o->lock);
}

static inline enum rc outcome_wait(struct outcome *o)
{
    mutex_lock(&o->lock);
    while (o->n_told == 0) {
        cond_wait(&o->known, &o->lock);
    }
    assert_int_equal(o->n_told, 1);
    enum rc rc = o->rc;
    mutex_unlock(&o->lock);
    return rc;
}

static inline bool outcome_is_told(struct outcome *o)
{
    mutex_lock(&o->lock);
    bool is_told = o->n_told > 0;
    mutex_unlock(&o->lock);
    return is_told;
}

#endif
