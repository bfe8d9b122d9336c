/* The journal grows by a record a change.  From time to time it is tidied: a
 * new segment begins with every item as it is, and the older ones are
 * removed; read together they give the same shelf. */
#include "app/shelf_disk.h"

#include "base/buf.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/thread.h"
#include "base/utc.h"
#include "base/why.h"
#include "face/api/api.h"
#include "face/share/share_api.h"
#include "face/share/share_gate.h"
#include "face/share/shelf.h"
#include "intake/journal.h"

#include <stdio.h>

#define PATH_BYTES 4096

struct shelf_disk {
    char dir[PATH_BYTES];
    struct mutex lock; /* guards all below */
    struct journal *journal;
    struct shelf *shelf;
    uint64_t tidied_pos;
};

/* ---- writing ---- */

/* Under the lock.  A record that the shelf would not take is not written: it
 * would be refused at every start. */
static enum rc change(void *arg, struct str record, struct why *why)
{
    struct shelf_disk *d = arg;
    uint64_t pos = 0;
    enum rc rc = shelf_check(d->shelf, record, why);

    if (rc == RC_OK) {
        rc = journal_append(d->journal, record, why);
    }
    if (rc == RC_OK) {
        rc = journal_sync(d->journal, &pos, why);
    }
    if (rc == RC_OK) {
        rc = shelf_apply(d->shelf, record, why);
        CHECK(rc == RC_OK); /* checked above */
    }
    return rc;
}

static void forget_expired(struct shelf_disk *d)
{
    const int64_t keep_us = LIMIT_SHARE_KEEP_DAYS * UTC_US_PER_DAY;
    int64_t now_us = clock_now_us();
    struct buf record;
    struct why why;

    buf_init(&record, SIZE_MAX);
    for (size_t i = shelf_n(d->shelf); i > 0; i--) {
        const struct shelf_item *item = shelf_at(d->shelf, i - 1);

        if (item->kind == SHELF_SHARE && now_us > item->expires_us + keep_us) {
            buf_clear(&record);
            shelf_drop(&record, item->id);
            CHECK(shelf_apply(d->shelf, buf_view(&record), &why) == RC_OK);
        }
    }
    buf_fini(&record);
}

static void tidy(struct shelf_disk *d)
{
    struct why why;
    uint64_t pos = 0;

    if (journal_end(d->journal) - d->tidied_pos <
            (uint64_t)LIMIT_SHELF_COMPACT_BYTES ||
        journal_rest(d->journal, &why) != RC_OK) {
        return;
    }
    uint64_t begin = journal_end(d->journal);
    enum rc rc = RC_OK;
    forget_expired(d);
    for (size_t i = 0; rc == RC_OK && i < shelf_n(d->shelf); i++) {
        rc = journal_append(d->journal, shelf_record(d->shelf, i), &why);
    }
    if (rc == RC_OK) {
        rc = journal_sync(d->journal, &pos, &why);
    }
    if (rc == RC_OK) {
        rc = journal_trim(d->dir, begin, &why);
        d->tidied_pos = pos;
    }
    if (rc != RC_OK) {
        log_warn("app", "the saved views could not be tidied: %s", why.text);
    }
}

/* ---- life ---- */

static enum rc read_all(struct shelf_disk *d, struct why *why)
{
    struct journal_reader *reader = NULL;
    uint64_t end = journal_end(d->journal);
    enum rc rc = journal_reader_open(d->dir, 0, &reader, why);
    bool is_first = true;

    while (rc == RC_OK) {
        struct str record;

        rc = journal_read(reader, end, &record, why);
        if (is_first) {
            d->tidied_pos = journal_reader_segment(reader);
            is_first = false;
        }
        if (rc == RC_OK) {
            rc = shelf_apply(d->shelf, record, why);
        }
        if (rc == RC_CORRUPT || rc == RC_LIMIT) {
            log_error("app", "the saved views are damaged: %s", why->text);
            rc = journal_reader_keep(reader, why);
        }
    }
    journal_reader_close(&reader);
    return rc == RC_END ? RC_OK : rc;
}

enum rc shelf_disk_open(const char *data_dir, struct shelf_disk **ret,
                        struct why *why)
{
    struct shelf_disk *d = mem_alloc(sizeof *d);

    mutex_init(&d->lock);
    d->shelf = shelf_new();
    int n = snprintf(d->dir, sizeof d->dir, "%s/views", data_dir);
    enum rc rc =
        n > 0 && (size_t)n < sizeof d->dir
            ? file_make_dirs(d->dir, why)
            : why_set(why, RC_LIMIT, "the data directory's path is too long");
    if (rc == RC_OK) {
        rc = journal_open(d->dir, 0, &d->journal, why);
    }
    if (rc == RC_OK) {
        rc = read_all(d, why);
    }
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
    journal_close(&(*d)->journal);
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
