#include "app/postbox.h"

#include "app/record_log.h"
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

#include <string.h>

#define LISTED_MAX  500
#define LOOK_US     (30 * UTC_US_PER_SECOND) /* the wall clock may be set */
#define RECORD_SIZE ((size_t)LIMIT_JOURNAL_RECORD_MAX)

struct letter { /* under way */
    struct outbox_item item;
    struct buf text;
    bool is_taken;
};

struct postbox {
    struct mutex lock; /* guards all below */
    struct cond changed;
    struct outbox *outbox;
    struct record_log *log;
    struct letter letter[LIMIT_OUTBOX_SENDERS];
    struct rand rand;
    struct postbox_counts counts;
    bool is_ended;
    struct buf boot; /* never changed */
};

/* ---- writing ---- */

static enum rc apply(void *state, struct str record, struct why *why)
{
    return outbox_apply(state, record, why);
}

static void forget(void *state)
{
    outbox_forget(state, clock_now_us());
}

static enum rc keep_all(void *state, struct record_log *log, struct why *why)
{
    const struct outbox *outbox = state;
    struct buf record;
    enum rc rc = RC_OK;

    buf_init(&record, RECORD_SIZE);
    for (size_t i = 0; rc == RC_OK && i < outbox_n(outbox); i++) {
        buf_clear(&record);
        outbox_keep(outbox_at(outbox, i), &record);
        rc = record_log_keep(log, buf_view(&record), why);
    }
    buf_fini(&record);
    return rc;
}

static void tidy(struct postbox *p)
{
    record_log_tidy(p->log, &(struct record_log_tidy){forget, keep_all});
}

/* ---- life ---- */

/* The kernel's name for this run of the machine; nothing where it has none. */
static void read_boot(struct buf *ret)
{
    struct why why;

    buf_init(ret, OUTBOX_BOOT_MAX);
    if (file_read("/proc/sys/kernel/random/boot_id", false, ret, &why) !=
        RC_OK) {
        buf_clear(ret);
    }
}

static void recover(struct postbox *p, bool (*can_repeat)(struct str kind))
{
    struct buf record;

    buf_init(&record, RECORD_SIZE);
    for (size_t i = 0; i < outbox_n(p->outbox); i++) {
        const struct outbox_item *item = outbox_at(p->outbox, i);
        bool again = can_repeat(item->kind);
        struct outbox_change found;

        if (item->state != OUTBOX_SENDING && item->state != OUTBOX_READY) {
            continue;
        }
        outbox_recover(item, again, buf_view(&p->boot), clock_now_us(), &found);
        if (found.n_tries > item->n_tries) {
            log_warn("app",
                     "\"%.*s\" was on its way to channel %.*s when toll ended; "
                     "%s",
                     STR_ARG(item->title), STR_ARG(item->channel),
                     again ? "it is sent again, under the same key"
                           : "it is taken as sent");
        }
        buf_clear(&record);
        outbox_mark(&found, &record);
        record_log_change_anyway(p->log, buf_view(&record));
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
    read_boot(&p->boot);
    for (size_t i = 0; i < ARRAY_N(p->letter); i++) {
        buf_init(&p->letter[i].text, SIZE_MAX);
    }
    enum rc rc = rand_secret(&seed, sizeof seed, why);
    if (rc == RC_OK) {
        rand_init(&p->rand, seed);
        rc = record_log_open(&(struct record_log_options){.data_dir = data_dir,
                                                          .name = "outbox",
                                                          .apply = apply,
                                                          .state = p->outbox},
                             &p->log, why);
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
    if (p == NULL || *p == NULL) {
        return;
    }
    for (size_t i = 0; i < ARRAY_N((*p)->letter); i++) {
        buf_fini(&(*p)->letter[i].text);
    }
    buf_fini(&(*p)->boot);
    record_log_close(&(*p)->log);
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
        rc = record_log_change(p->log, buf_view(&record), why);
    }
    cond_broadcast(&p->changed);
    mutex_unlock(&p->lock);
    buf_fini(&record);
    return rc;
}

bool postbox_has(struct postbox *p, struct str channel, struct str key)
{
    mutex_lock(&p->lock);
    bool has = outbox_find(p->outbox, channel, key) != NULL;
    mutex_unlock(&p->lock);
    return has;
}

void postbox_read(struct postbox *p, postbox_use_fn *use, void *arg)
{
    mutex_lock(&p->lock);
    use(arg, p->outbox);
    mutex_unlock(&p->lock);
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
    l->item.subject = STR_EMPTY;
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
    struct outbox_change found = {.id = item->id,
                                  .state = OUTBOX_READY,
                                  .at_us = clock_now_us(),
                                  .n_tries = item->n_tries,
                                  .boot = buf_view(&p->boot)};
    struct buf record;
    struct why why;

    buf_init(&record, RECORD_SIZE);
    outbox_mark(&found, &record);
    mutex_lock(&p->lock);
    enum rc rc = record_log_change(p->log, buf_view(&record), &why);
    if (rc == RC_OK) {
        /* Flushing took a while; this does not. */
        found.state = OUTBOX_SENDING;
        found.boot = STR_EMPTY;
        buf_clear(&record);
        outbox_mark(&found, &record);
        rc = record_log_note(p->log, buf_view(&record), &why);
    }
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
    record_log_change_anyway(p->log, buf_view(&record));
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

void postbox_write(struct json_writer *w, const struct outbox_item *item)
{
    json_w_obj(w);
    json_w_key(w, STR("id"));
    json_w_i64(w, (int64_t)item->id);
    member(w, "channel", item->channel);
    member(w, "kind", item->kind);
    member(w, "key", item->key);
    member(w, "subject", item->subject);
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
        postbox_write(&w, outbox_at(p->outbox, n - 1 - i));
    }
    mutex_unlock(&p->lock);
    json_w_arr_end(&w);
    json_w_obj_end(&w);
    buf_char(out, '\n');
}
