#include "app/shelf_disk.h"

#include "app/record_log.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/thread.h"
#include "base/utc.h"
#include "base/why.h"
#include "face/api/api.h"
#include "face/share/share_api.h"
#include "face/share/share_gate.h"
#include "face/share/shelf.h"

struct shelf_disk {
    struct mutex lock; /* guards all below */
    struct shelf *shelf;
    struct record_log *log;
};

/* ---- writing ---- */

/* Under the lock.  A record that the shelf would not take is not written: it
 * would be refused at every start. */
static enum rc change(void *arg, struct str record, struct why *why)
{
    struct shelf_disk *d = arg;
    enum rc rc = shelf_check(d->shelf, record, why);

    return rc == RC_OK ? record_log_change(d->log, record, why) : rc;
}

static enum rc apply(void *state, struct str record, struct why *why)
{
    enum rc rc = shelf_apply(state, record, why);

    return rc == RC_LIMIT ? RC_PARSE : rc; /* toll wrote none like it */
}

static void forget_expired(void *state)
{
    const int64_t keep_us = LIMIT_SHARE_KEEP_DAYS * UTC_US_PER_DAY;
    struct shelf *shelf = state;
    int64_t now_us = clock_now_us();
    struct buf record;
    struct why why;

    buf_init(&record, SIZE_MAX);
    for (size_t i = shelf_n(shelf); i > 0; i--) {
        const struct shelf_item *item = shelf_at(shelf, i - 1);

        if (item->kind == SHELF_SHARE && now_us > item->expires_us + keep_us) {
            buf_clear(&record);
            shelf_drop(&record, item->id);
            CHECK(shelf_apply(shelf, buf_view(&record), &why) == RC_OK);
        }
    }
    buf_fini(&record);
}

static enum rc keep_all(void *state, struct record_log *log, struct why *why)
{
    const struct shelf *shelf = state;
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < shelf_n(shelf); i++) {
        rc = record_log_keep(log, shelf_record(shelf, i), why);
    }
    return rc;
}

static void tidy(struct shelf_disk *d)
{
    record_log_tidy(d->log,
                    &(struct record_log_tidy){forget_expired, keep_all});
}

/* ---- life ---- */

enum rc shelf_disk_open(const char *data_dir, struct shelf_disk **ret,
                        struct why *why)
{
    struct shelf_disk *d = mem_alloc(sizeof *d);

    mutex_init(&d->lock);
    d->shelf = shelf_new();
    enum rc rc =
        record_log_open(&(struct record_log_options){.data_dir = data_dir,
                                                     .name = "views",
                                                     .apply = apply,
                                                     .state = d->shelf},
                        &d->log, why);
    if (rc != RC_OK) {
        shelf_disk_close(&d);
        return rc;
    }
    tidy(d);
    *ret = d;
    return RC_OK;
}

void shelf_disk_close(struct shelf_disk **d)
{
    if (d == NULL || *d == NULL) {
        return;
    }
    record_log_close(&(*d)->log);
    shelf_free(&(*d)->shelf);
    mutex_fini(&(*d)->lock);
    mem_free(*d);
    *d = NULL;
}

/* ---- asking ---- */

void shelf_disk_answer(struct shelf_disk *d, const struct share_request *req,
                       struct api_response *ret)
{
    mutex_lock(&d->lock);
    share_api(&(struct share_env){.shelf = d->shelf, .write = change, .arg = d},
              req, ret);
    tidy(d);
    mutex_unlock(&d->lock);
}

enum rc shelf_disk_admit(struct shelf_disk *d, struct str token,
                         const struct share_asked *asked, struct arena *out,
                         struct str *ret_query, struct why *why)
{
    mutex_lock(&d->lock);
    const struct shelf_item *share = shelf_share_of(d->shelf, token);
    enum rc rc = share != NULL
                     ? share_admit(share, asked, out, ret_query, why)
                     : why_set(why, RC_DENIED,
                               "this share has expired, or was withdrawn");
    mutex_unlock(&d->lock);
    return rc;
}
