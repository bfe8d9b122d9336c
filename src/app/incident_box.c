#include "app/incident_box.h"

#include "app/record_log.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/thread.h"
#include "base/why.h"

#define RECORD_SIZE ((size_t)LIMIT_JOURNAL_RECORD_MAX)

struct incident_box {
    struct mutex lock; /* guards all below */
    struct incidents *all;
    struct record_log *log;
};

static enum rc apply(void *state, struct str record, struct why *why)
{
    return incidents_apply(state, record, why);
}

static void forget(void *state)
{
    incidents_forget(state, clock_now_us());
}

static enum rc keep_all(void *state, struct record_log *log, struct why *why)
{
    const struct incidents *all = state;
    struct buf record;
    enum rc rc = RC_OK;

    buf_init(&record, RECORD_SIZE);
    for (size_t i = 0; rc == RC_OK && i < incidents_n(all); i++) {
        buf_clear(&record);
        incident_record(incidents_at(all, i), &record);
        rc = record_log_keep(log, buf_view(&record), why);
    }
    buf_fini(&record);
    return rc;
}

enum rc incident_box_open(const char *data_dir, struct incident_box **ret,
                          struct why *why)
{
    struct incident_box *box = mem_alloc(sizeof *box);

    mutex_init(&box->lock);
    box->all = incidents_new();
    enum rc rc =
        record_log_open(&(struct record_log_options){.data_dir = data_dir,
                                                     .name = "incidents",
                                                     .apply = apply,
                                                     .state = box->all},
                        &box->log, why);
    if (rc != RC_OK) {
        incident_box_close(&box);
        return rc;
    }
    incidents_forget(box->all, clock_now_us());
    *ret = box;
    return RC_OK;
}

void incident_box_close(struct incident_box **box)
{
    if (box == NULL || *box == NULL) {
        return;
    }
    record_log_close(&(*box)->log);
    incidents_free(&(*box)->all);
    mutex_fini(&(*box)->lock);
    mem_free(*box);
    *box = NULL;
}

void incident_box_read(struct incident_box *box, incident_use_fn *use,
                       void *arg)
{
    mutex_lock(&box->lock);
    use(arg, box->all);
    mutex_unlock(&box->lock);
}

/* Under the lock. */
static enum rc write(struct incident_box *box, const struct incident *x,
                     struct why *why)
{
    struct buf record;

    buf_init(&record, RECORD_SIZE);
    incident_record(x, &record);
    enum rc rc = buf_rc(&record, why);
    if (rc == RC_OK) {
        rc = record_log_change(box->log, buf_view(&record), why);
    }
    buf_fini(&record);
    return rc;
}

enum rc incident_box_change(struct incident_box *box,
                            incident_decide_fn *decide, void *arg,
                            bool *ret_is_changed, struct why *why)
{
    struct arena arena;
    struct incident x;
    enum rc rc = RC_OK;

    arena_init(&arena, RECORD_SIZE);
    mutex_lock(&box->lock);
    bool is_changed = decide(arg, box->all, &arena, &x);
    if (is_changed) {
        rc = write(box, &x, why);
        record_log_tidy(box->log, &(struct record_log_tidy){forget, keep_all});
    }
    mutex_unlock(&box->lock);
    arena_fini(&arena);
    if (rc == RC_OK) {
        *ret_is_changed = is_changed;
    }
    return rc;
}

/* ---- hearing ---- */

struct step {
    const struct incident_hearing *hearing;
    size_t at; /* of the news, or of the incidents */
};

static bool hear(void *arg, const struct incidents *all, struct arena *arena,
                 struct incident *ret)
{
    const struct step *s = arg;

    return incident_hear(all, &s->hearing->news[s->at], s->hearing->is_whole,
                         arena, ret);
}

static bool settle(void *arg, const struct incidents *all, struct arena *arena,
                   struct incident *ret)
{
    const struct step *s = arg;
    const struct incident_hearing *h = s->hearing;

    return s->at < incidents_n(all) &&
           incident_settle(incidents_at(all, s->at), h->news, h->n_news,
                           h->now_us, arena, ret);
}

static bool age(void *arg, const struct incidents *all, struct arena *arena,
                struct incident *ret)
{
    const struct step *s = arg;

    return s->at < incidents_n(all) &&
           incident_age(incidents_at(all, s->at), s->hearing->now_us, arena,
                        ret);
}

static void count(void *arg, const struct incidents *all)
{
    size_t *n = arg;

    *n = incidents_n(all);
}

static enum rc each(struct incident_box *box, incident_decide_fn *decide,
                    struct step s, size_t n, struct why *why)
{
    enum rc rc = RC_OK;
    bool is_changed = false;

    for (; s.at < n && rc == RC_OK; s.at++) {
        rc = incident_box_change(box, decide, &s, &is_changed, why);
    }
    return rc;
}

enum rc incident_box_hear(struct incident_box *box,
                          const struct incident_hearing *hearing,
                          struct why *why)
{
    const struct step first = {.hearing = hearing};
    size_t n = 0;
    enum rc rc = each(box, hear, first, hearing->n_news, why);

    incident_box_read(box, count, &n);
    if (rc == RC_OK) {
        rc = each(box, age, first, n, why);
    }
    if (rc == RC_OK && hearing->is_whole) {
        rc = each(box, settle, first, n, why);
    }
    return rc;
}
