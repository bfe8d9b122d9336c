#include "app/record_log.h"

#include "base/buf.h"
#include "base/check.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/why.h"
#include "intake/journal.h"

#include <stdio.h>
#include <string.h>

#define PATH_BYTES 4096

struct record_log {
    struct record_log_options opt;
    char dir[PATH_BYTES];
    struct journal *journal;
    struct buf owed; /* records that the disk refused, each behind its length */
    uint64_t tidied_pos;
};

/* ---- writing ---- */

static enum rc write_record(struct record_log *l, struct str record,
                            struct why *why)
{
    uint64_t pos = 0;
    enum rc rc = journal_append(l->journal, record, why);

    return rc == RC_OK ? journal_sync(l->journal, &pos, why) : rc;
}

static enum rc write_owed(struct record_log *l, struct why *why)
{
    while (l->owed.n > 0) {
        size_t n;
        memcpy(&n, l->owed.p, sizeof n);
        enum rc rc = write_record(
            l, (struct str){.p = l->owed.p + sizeof n, .n = n}, why);
        if (rc != RC_OK) {
            return rc;
        }
        buf_drop_front(&l->owed, sizeof n + n);
    }
    return RC_OK;
}

enum rc record_log_change(struct record_log *l, struct str record,
                          struct why *why)
{
    enum rc rc = write_owed(l, why);

    if (rc == RC_OK) {
        rc = write_record(l, record, why);
    }
    if (rc == RC_OK) {
        rc = l->opt.apply(l->opt.state, record, why);
        CHECK(rc == RC_OK); /* made by the state itself */
    }
    return rc;
}

void record_log_change_anyway(struct record_log *l, struct str record)
{
    struct why why;
    bool is_first = l->owed.n == 0;

    if (record_log_change(l, record, &why) == RC_OK) {
        return;
    }
    if (is_first) {
        log_error("app", "the %s could not be written: %s", l->opt.name,
                  why.text);
    }
    CHECK(l->opt.apply(l->opt.state, record, &why) == RC_OK);
    buf_add(&l->owed, &record.n, sizeof record.n);
    buf_str(&l->owed, record);
}

enum rc record_log_note(struct record_log *l, struct str record,
                        struct why *why)
{
    enum rc rc = journal_append(l->journal, record, why);

    if (rc == RC_OK) {
        journal_hold(l->journal);
        rc = l->opt.apply(l->opt.state, record, why);
        CHECK(rc == RC_OK); /* made by the state itself */
    }
    return rc;
}

enum rc record_log_keep(struct record_log *l, struct str record,
                        struct why *why)
{
    return journal_append(l->journal, record, why);
}

void record_log_tidy(struct record_log *l, const struct record_log_tidy *how)
{
    struct why why;
    uint64_t pos = 0;

    if (journal_end(l->journal) - l->tidied_pos <
            (uint64_t)LIMIT_RECORD_LOG_TIDY_BYTES ||
        write_owed(l, &why) != RC_OK ||
        journal_rest(l->journal, &why) != RC_OK) {
        return;
    }
    uint64_t begin = journal_end(l->journal);
    how->forget(l->opt.state);
    enum rc rc = how->keep(l->opt.state, l, &why);
    if (rc == RC_OK) {
        rc = journal_sync(l->journal, &pos, &why);
    }
    if (rc == RC_OK) {
        rc = journal_trim(l->dir, begin, &why);
        l->tidied_pos = pos;
    }
    if (rc != RC_OK) {
        log_warn("app", "the %s could not be tidied: %s", l->opt.name,
                 why.text);
    }
}

/* ---- life ---- */

static enum rc read_all(struct record_log *l, struct why *why)
{
    struct journal_reader *reader = NULL;
    uint64_t end = journal_end(l->journal);
    enum rc rc = journal_reader_open(l->dir, 0, &reader, why);
    bool is_first = true;

    while (rc == RC_OK) {
        struct str record;

        rc = journal_read(reader, end, &record, why);
        if (is_first) {
            l->tidied_pos = journal_reader_segment(reader);
            is_first = false;
        }
        if (rc == RC_OK) {
            rc = l->opt.apply(l->opt.state, record, why);
        }
        if (rc == RC_CORRUPT || rc == RC_PARSE) {
            log_error("app", "the %s is damaged: %s", l->opt.name, why->text);
            rc = journal_reader_keep(reader, why);
        }
    }
    journal_reader_close(&reader);
    return rc == RC_END ? RC_OK : rc;
}

enum rc record_log_open(const struct record_log_options *opt,
                        struct record_log **ret, struct why *why)
{
    struct record_log *l = mem_alloc(sizeof *l);

    l->opt = *opt;
    buf_init(&l->owed, SIZE_MAX);
    int n = snprintf(l->dir, sizeof l->dir, "%s/%s", opt->data_dir, opt->name);
    enum rc rc =
        n > 0 && (size_t)n < sizeof l->dir
            ? file_make_dirs(l->dir, why)
            : why_set(why, RC_LIMIT, "the data directory's path is too long");
    if (rc == RC_OK) {
        rc = journal_open(l->dir, 0, &l->journal, why);
    }
    if (rc == RC_OK) {
        rc = read_all(l, why);
    }
    if (rc != RC_OK) {
        record_log_close(&l);
        return rc;
    }
    *ret = l;
    return RC_OK;
}

void record_log_close(struct record_log **l)
{
    struct why why;

    if (l == NULL || *l == NULL) {
        return;
    }
    if ((*l)->owed.n > 0 && write_owed(*l, &why) != RC_OK) {
        log_error("app", "changes of the %s were not written: %s",
                  (*l)->opt.name, why.text);
    }
    buf_fini(&(*l)->owed);
    journal_close(&(*l)->journal);
    mem_free(*l);
    *l = NULL;
}
