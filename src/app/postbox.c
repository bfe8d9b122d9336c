/* The journal grows by a record a change.  From time to time it is tidied: a
 * new segment begins with every item as it is, and the older ones are
 * removed; read together they give the same outbox. */
#include "app/postbox.h"

#include "base/buf.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rand.h"
#include "base/thread.h"
#include "base/utc.h"
#include "base/why.h"
#include "intake/journal.h"

#include <stdio.h>
#include <string.h>

#define PATH_BYTES  4096
#define LISTED_MAX  500
#define LOOK_US     (30 * UTC_US_PER_SECOND) /* the wall clock may be set */
#define RECORD_SIZE ((size_t)LIMIT_JOURNAL_RECORD_MAX)

struct letter { /* under way */
    struct outbox_item item;
    struct buf text;
    bool is_taken;
};

struct postbox {
    char dir[PATH_BYTES];
    struct mutex lock; /* guards all below */
    struct cond changed;
    struct journal *journal;
    struct outbox *outbox;
    struct letter letter[LIMIT_OUTBOX_SENDERS];
    struct buf owed; /* notes that the disk refused, each behind its length */
    uint64_t tidied_pos;
    struct rand rand;
    struct postbox_counts counts;
    bool is_ended;
};

/* ---- writing ---- */

/* Under the lock. */
static enum rc write_record(struct postbox *p, struct str record,
                            struct why *why)
{
    uint64_t pos = 0;
    enum rc rc = journal_append(p->journal, record, why);

    return rc == RC_OK ? journal_sync(p->journal, &pos, why) : rc;
}

static enum rc write_owed(struct postbox *p, struct why *why)
{
    while (p->owed.n > 0) {
        size_t n;
        memcpy(&n, p->owed.p, sizeof n);
        enum rc rc = write_record(
            p, (struct str){.p = p->owed.p + sizeof n, .n = n}, why);
        if (rc != RC_OK) {
            return rc;
        }
        buf_drop_front(&p->owed, sizeof n + n);
    }
    return RC_OK;
}

/* Durable, then in effect. */
static enum rc change(struct postbox *p, struct str record, struct why *why)
{
    enum rc rc = write_owed(p, why);

    if (rc == RC_OK) {
        rc = write_record(p, record, why);
    }
    if (rc == RC_OK) {
        rc = outbox_apply(p->outbox, record, why);
        CHECK(rc == RC_OK); /* made by the outbox itself */
    }
    return rc;
}

/* In effect whatever the disk says: it is a fact already. */
static void change_anyway(struct postbox *p, struct str record)
{
    struct why why;
    bool is_first = p->owed.n == 0;

    if (change(p, record, &why) == RC_OK) {
        return;
    }
    if (is_first) {
        log_error("app", "what became of a message could not be noted: %s",
                  why.text);
    }
    CHECK(outbox_apply(p->outbox, record, &why) == RC_OK);
    buf_add(&p->owed, &record.n, sizeof record.n);
    buf_str(&p->owed, record);
}

static void tidy(struct postbox *p)
{
    struct buf record;
    struct why why;
    uint64_t pos = 0;

    if (journal_end(p->journal) - p->tidied_pos <
            (uint64_t)LIMIT_OUTBOX_COMPACT_BYTES ||
        write_owed(p, &why) != RC_OK ||
        journal_rest(p->journal, &why) != RC_OK) {
        return;
    }
    uint64_t begin = journal_end(p->journal);
    enum rc rc = RC_OK;
    outbox_forget(p->outbox, clock_now_us());
    buf_init(&record, RECORD_SIZE);
    for (size_t i = 0; rc == RC_OK && i < outbox_n(p->outbox); i++) {
        buf_clear(&record);
        outbox_keep(outbox_at(p->outbox, i), &record);
        rc = journal_append(p->journal, buf_view(&record), &why);
    }
    if (rc == RC_OK) {
        rc = journal_sync(p->journal, &pos, &why);
    }
    if (rc == RC_OK) {
        rc = journal_trim(p->dir, begin, &why);
        p->tidied_pos = pos;
    }
    if (rc != RC_OK) {
        log_warn("app", "the outbox could not be tidied: %s", why.text);
    }
    buf_fini(&record);
}

/* ---- life ---- */

static enum rc read_all(struct postbox *p, struct why *why)
{
    struct journal_reader *reader = NULL;
    uint64_t end = journal_end(p->journal);
    enum rc rc = journal_reader_open(p->dir, 0, &reader, why);
    bool is_first = true;

    while (rc == RC_OK) {
        struct str record;

        rc = journal_read(reader, end, &record, why);
        if (is_first) {
            p->tidied_pos = journal_reader_segment(reader);
            is_first = false;
        }
        if (rc == RC_OK) {
            rc = outbox_apply(p->outbox, record, why);
        }
        if (rc == RC_CORRUPT || rc == RC_PARSE) {
            log_error("app", "the outbox is damaged: %s", why->text);
            rc = journal_reader_keep(reader, why);
        }
    }
    journal_reader_close(&reader);
    return rc == RC_END ? RC_OK : rc;
}

static void recover(struct postbox *p, bool (*can_repeat)(struct str kind))
{
    struct buf record;

    buf_init(&record, RECORD_SIZE);
    for (size_t i = 0; i < outbox_n(p->outbox); i++) {
        const struct outbox_item *item = outbox_at(p->outbox, i);
        bool again = can_repeat(item->kind);
        struct outbox_change found;

        if (item->state != OUTBOX_SENDING) {
            continue;
        }
        log_warn("app",
                 "\"%.*s\" was on its way to channel %.*s when toll ended; %s",
                 STR_ARG(item->title), STR_ARG(item->channel),
                 again ? "it is sent again, under the same key"
                       : "it is taken as sent");
        outbox_recover(item, again, clock_now_us(), &found);
        buf_clear(&record);
        outbox_mark(&found, &record);
        change_anyway(p, buf_view(&record));
    }
    buf_fini(&record);
}

enum rc postbox_open(const char *data_dir, bool (*can_repeat)(struct str kind),
                     struct postbox **ret, struct why *why)
{
    struct postbox *p = mem_alloc(sizeof *p);
    uint64_t seed = 0;

    mutex_init(&p->lock);
    cond_init(&p->changed);
    p->outbox = outbox_new();
    buf_init(&p->owed, SIZE_MAX);
    for (size_t i = 0; i < ARRAY_N(p->letter); i++) {
        buf_init(&p->letter[i].text, SIZE_MAX);
    }
    int n = snprintf(p->dir, sizeof p->dir, "%s/outbox", data_dir);
    enum rc rc =
        n > 0 && (size_t)n < sizeof p->dir
            ? file_make_dirs(p->dir, why)
            : why_set(why, RC_LIMIT, "the data directory's path is too long");
    if (rc == RC_OK) {
        rc = rand_secret(&seed, sizeof seed, why);
    }
    if (rc == RC_OK) {
        rand_init(&p->rand, seed);
        rc = journal_open(p->dir, 0, &p->journal, why);
    }
    if (rc == RC_OK) {
        rc = read_all(p, why);
    }
    if (rc != RC_OK) {
        postbox_close(&p);
        return rc;
    }
    outbox_forget(p->outbox, clock_now_us());
    recover(p, can_repeat);
    tidy(p);
    *ret = p;
    return RC_OK;
}

void postbox_close(struct postbox **p)
{
    struct why why;

    if (p == NULL || *p == NULL) {
        return;
    }
    if ((*p)->owed.n > 0 && write_owed(*p, &why) != RC_OK) {
        log_error("app", "what became of messages was not noted: %s", why.text);
    }
    for (size_t i = 0; i < ARRAY_N((*p)->letter); i++) {
        buf_fini(&(*p)->letter[i].text);
    }
    buf_fini(&(*p)->owed);
    journal_close(&(*p)->journal);
    outbox_free(&(*p)->outbox);
    cond_fini(&(*p)->changed);
    mutex_fini(&(*p)->lock);
    mem_free(*p);
    *p = NULL;
}

/* ---- putting ---- */

enum rc postbox_put(struct postbox *p, const struct outbox_item *draft,
                    struct why *why)
{
    struct buf record;

    buf_init(&record, RECORD_SIZE);
    mutex_lock(&p->lock);
    enum rc rc = outbox_put(p->outbox, draft, clock_now_us(), &record, why);
    if (rc == RC_OK) {
        rc = buf_rc(&record, why);
    }
    if (rc == RC_OK) {
        rc = change(p, buf_view(&record), why);
    }
    cond_broadcast(&p->changed);
    mutex_unlock(&p->lock);
    buf_fini(&record);
    return rc;
}

bool postbox_has(struct postbox *p, struct str channel, struct str key)
{
    bool has = false;

    mutex_lock(&p->lock);
    for (size_t i = 0; !has && i < outbox_n(p->outbox); i++) {
        const struct outbox_item *item = outbox_at(p->outbox, i);
        has = str_eq(item->channel, channel) && str_eq(item->key, key);
    }
    mutex_unlock(&p->lock);
    return has;
}

/* ---- sending ---- */

static bool is_free(void *arg, struct str channel)
{
    const struct postbox *p = arg;

    for (size_t i = 0; i < ARRAY_N(p->letter); i++) {
        if (p->letter[i].is_taken &&
            str_eq(p->letter[i].item.channel, channel)) {
            return false;
        }
    }
    return true;
}

static struct str copy(struct letter *to, struct str s)
{
    size_t at = to->text.n;

    buf_str(&to->text, s);
    return (struct str){.p = to->text.p + at, .n = s.n};
}

/* Under the lock: the item as the sender keeps it. */
static const struct outbox_item *take(struct postbox *p,
                                      const struct outbox_item *item)
{
    struct letter *l = NULL;

    for (size_t i = 0; l == NULL && i < ARRAY_N(p->letter); i++) {
        l = p->letter[i].is_taken ? NULL : &p->letter[i];
    }
    CHECK(l != NULL); /* there is one a sender */
    l->is_taken = true;
    l->item = *item;
    buf_clear(&l->text);
    CHECK(buf_space(&l->text, item->channel.n + item->key.n + item->kind.n +
                                  item->title.n + item->payload.n + 1) != NULL);
    l->item.channel = copy(l, item->channel);
    l->item.key = copy(l, item->key);
    l->item.kind = copy(l, item->kind);
    l->item.title = copy(l, item->title);
    l->item.payload = copy(l, item->payload);
    l->item.incident = STR_EMPTY;
    l->item.error = STR_EMPTY;
    return &l->item;
}

bool postbox_take(struct postbox *p, const struct outbox_item **ret)
{
    const struct outbox_item *item = NULL;

    mutex_lock(&p->lock);
    while (!p->is_ended) {
        int64_t now_us = clock_now_us();
        int64_t next_us = 0;

        item = outbox_due(p->outbox, now_us, is_free, p, &next_us);
        if (item != NULL) {
            *ret = take(p, item);
            break;
        }
        int64_t wait_us =
            next_us - now_us < LOOK_US ? next_us - now_us : LOOK_US;
        (void)cond_wait_until(&p->changed, &p->lock, clock_mono_us() + wait_us);
    }
    bool is_ended = p->is_ended;
    mutex_unlock(&p->lock);
    return !is_ended;
}

void postbox_end(struct postbox *p)
{
    mutex_lock(&p->lock);
    p->is_ended = true;
    cond_broadcast(&p->changed);
    mutex_unlock(&p->lock);
}

bool postbox_sending(struct postbox *p, const struct outbox_item *item)
{
    const struct outbox_change found = {.id = item->id,
                                        .state = OUTBOX_SENDING,
                                        .at_us = clock_now_us(),
                                        .n_tries = item->n_tries};
    struct buf record;
    struct why why;

    buf_init(&record, RECORD_SIZE);
    outbox_mark(&found, &record);
    mutex_lock(&p->lock);
    enum rc rc = change(p, buf_view(&record), &why);
    mutex_unlock(&p->lock);
    buf_fini(&record);
    if (rc != RC_OK) {
        log_error("app", "a message is held back, for it cannot be noted: %s",
                  why.text);
    }
    return rc == RC_OK;
}

/* Told once when a channel begins to fail, and at the end. */
static void tell(const struct outbox_item *item,
                 const struct outbox_change *found)
{
    if (found->state == OUTBOX_FAILED) {
        log_error("app", "\"%.*s\" was not sent to channel %.*s: %.*s",
                  STR_ARG(item->title), STR_ARG(item->channel),
                  STR_ARG(found->error));
    } else if (found->state == OUTBOX_WAITING && found->n_tries == 1) {
        log_warn("app", "channel %.*s will be tried again: %.*s",
                 STR_ARG(item->channel), STR_ARG(found->error));
    } else if (found->state == OUTBOX_SENT) {
        log_info("app", "\"%.*s\" was sent to channel %.*s",
                 STR_ARG(item->title), STR_ARG(item->channel));
    }
}

static void note(struct postbox *p, const struct outbox_item *item,
                 const struct outbox_result *result)
{
    struct outbox_change found;
    struct buf record;

    buf_init(&record, RECORD_SIZE);
    outbox_judge(item, result, clock_now_us(), &p->rand, &found);
    outbox_mark(&found, &record);
    change_anyway(p, buf_view(&record));
    p->counts.n_sent += found.state == OUTBOX_SENT ? 1 : 0;
    p->counts.n_failed += found.state == OUTBOX_FAILED ? 1 : 0;
    p->counts.n_retried += found.state == OUTBOX_WAITING ? 1 : 0;
    tell(item, &found);
    buf_fini(&record);
}

void postbox_done(struct postbox *p, const struct outbox_item *item,
                  const struct outbox_result *result)
{
    mutex_lock(&p->lock);
    if (result != NULL) {
        note(p, item, result);
    }
    for (size_t i = 0; i < ARRAY_N(p->letter); i++) {
        if (&p->letter[i].item == item) {
            p->letter[i].is_taken = false;
        }
    }
    tidy(p);
    cond_broadcast(&p->changed);
    mutex_unlock(&p->lock);
}

/* ---- telling ---- */

void postbox_count(struct postbox *p, struct postbox_counts *ret)
{
    mutex_lock(&p->lock);
    *ret = p->counts;
    ret->n_waiting = outbox_count(p->outbox, OUTBOX_WAITING) +
                     outbox_count(p->outbox, OUTBOX_SENDING);
    mutex_unlock(&p->lock);
}

static void member(struct json_writer *w, const char *name, struct str value)
{
    json_w_key(w, str_from_cz(name));
    json_w_str(w, value);
}

static void member_time(struct json_writer *w, const char *name, int64_t us)
{
    struct buf text;

    buf_init(&text, 64);
    utc_add_text(&text, us);
    member(w, name, buf_view(&text));
    buf_fini(&text);
}

static void list_item(struct json_writer *w, const struct outbox_item *item)
{
    json_w_obj(w);
    member(w, "channel", item->channel);
    member(w, "kind", item->kind);
    member(w, "key", item->key);
    member(w, "title", item->title);
    member(w, "state", str_from_cz(outbox_state_name(item->state)));
    member_time(w, "put", item->put_us);
    member_time(w, "changed", item->changed_us);
    json_w_key(w, STR("tries"));
    json_w_i64(w, item->n_tries);
    if (item->state == OUTBOX_WAITING) {
        member_time(w, "next", item->next_us);
    }
    member(w, "error", item->error);
    json_w_obj_end(w);
}

void postbox_list(struct postbox *p, struct buf *out)
{
    struct json_writer w;

    json_w_init(&w, out);
    json_w_obj(&w);
    json_w_key(&w, STR("messages"));
    json_w_arr(&w);
    mutex_lock(&p->lock);
    size_t n = outbox_n(p->outbox);
    for (size_t i = 0; i < n && i < LISTED_MAX; i++) {
        list_item(&w, outbox_at(p->outbox, n - 1 - i));
    }
    mutex_unlock(&p->lock);
    json_w_arr_end(&w);
    json_w_obj_end(&w);
    buf_char(out, '\n');
}
