/* What takes time happens on a thread of its own: messages are written to
 * disk, and what is applied is counted from the ledger. */
#include "app/serve_budget.h"

#include "app/budget_keeper.h"
#include "app/conf.h"
#include "app/ledger.h"
#include "app/serve_notify.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/queue.h"
#include "base/thread.h"
#include "base/utc.h"
#include "base/why.h"
#include "budget/budget_meter.h"
#include "budget/budget_pace.h"
#include "event/event_bin.h"
#include "event/record.h"
#include "event/registry.h"
#include "face/notify/notify.h"
#include "intake/intake.h"
#include "net/http_error.h"
#include "net/http_server.h"
#include "price/book.h"
#include "query/period.h"
#include "watch/message.h"

#include <string.h>

#define PATH      STR("/api/budgets")
#define US_PER_MS INT64_C(1000)

struct serve_budget {
    struct ledger *ledger;
    struct serve_notify *notify;
    struct budget_keeper *keeper;
    struct period_zone *zone;
    struct thread thread; /* once budgets were counted for the first time */
    struct queue *jobs;
    struct mutex lock; /* over what follows, and one change at a time */
    struct conf held;  /* references: registry, channels, budgets */
    struct price_book *book;
};

enum job_kind { JOB_TELL = 1, JOB_APPLY, JOB_REMOVE };

struct job {
    enum job_kind kind;
    struct http_call *call; /* of APPLY and REMOVE */
    struct buf text;        /* to be applied, the name, or the message's */
    struct buf key;
    struct buf title;
    enum message_severity severity;
    int64_t now_us;
    size_t n_channels; /* their names stand in `channels`, a line each */
    struct buf channels;
};

static struct job *job_new(enum job_kind kind)
{
    struct job *job = mem_alloc(sizeof *job);

    job->kind = kind;
    buf_init(&job->text, LIMIT_CONFIG_BYTES_MAX);
    buf_init(&job->key, 4096);
    buf_init(&job->title, 4096);
    buf_init(&job->channels, LIMIT_CONFIG_BYTES_MAX);
    return job;
}

static void job_free(struct job *job)
{
    buf_fini(&job->text);
    buf_fini(&job->key);
    buf_fini(&job->title);
    buf_fini(&job->channels);
    mem_free(job);
}

/* ---- events ---- */

static void on_taken(void *arg, struct str run)
{
    struct serve_budget *s = arg;
    struct budget_meter *meter = budget_keeper_meter(s->keeper);

    if (budget_meter_is_idle(meter)) {
        return;
    }
    int64_t now_us = clock_now_us();
    while (run.n > 0) {
        struct record rec;
        struct event ev;
        struct why why;
        bool is_event = !record_bin_is(run);
        enum rc rc = is_event ? event_bin_read(&run, &ev, &why)
                              : record_bin_read(&run, &rec, &why);

        if (rc != RC_OK) {
            return; /* the writer meets it too, and tells */
        }
        if (is_event) {
            budget_spend(meter, &ev, now_us);
        }
    }
}

/* ---- steps ---- */

static const char *consequence(enum budget_action action)
{
    switch (action) {
    case BUDGET_FALLBACK:
        return " Calls go to a cheaper model from now on.";
    case BUDGET_SLOW:
        return " Calls are slowed down from now on.";
    case BUDGET_BLOCK:
        return " Calls are refused from now on.";
    case BUDGET_NOTIFY:
    case BUDGET_ACTION__COUNT:
        break;
    }
    return "";
}

static void say_step(struct job *job, const struct budget_notice *n)
{
    const struct budget *b = n->budget;

    buf_fmt(&job->key, "budget/%.*s/%d/%.*s/", STR_ARG(b->name),
            n->step->percent, STR_ARG(budget_action_name(n->step->action)));
    utc_add_text(&job->key, n->from_us);
    buf_fmt(&job->title, "Budget %.*s has reached %d %%", STR_ARG(b->name),
            n->step->percent);
    budget_say_amount(&job->text, b->unit, n->used);
    buf_cz(&job->text, " of ");
    budget_say_amount(&job->text, b->unit, b->limit);
    if (b->period == BUDGET_ROLLING) {
        buf_cz(&job->text, " in ");
        budget_add_window(&job->text, b->window_us);
        buf_cz(&job->text, " are used");
    } else {
        buf_fmt(&job->text, " a %.*s are used",
                STR_ARG(budget_period_name(b->period)));
    }
    if (n->value.n > 0) {
        buf_cz(&job->text, " by ");
        budget_add_key(&job->text, &b->per);
        buf_fmt(&job->text, " %.*s", STR_ARG(n->value));
    }
    buf_char(&job->text, '.');
    buf_cz(&job->text, consequence(n->step->action));
    if (b->contact.n > 0) {
        buf_fmt(&job->text, " It is %.*s's.", STR_ARG(b->contact));
    }
}

static void add_channels(struct job *job, const struct budget_step *step)
{
    job->n_channels = step->n_notify;
    for (size_t i = 0; i < step->n_notify; i++) {
        buf_fmt(&job->channels, "%.*s\n", STR_ARG(step->notify[i]));
    }
}

/* On whatever thread spends. */
static void on_step(void *arg, const struct budget_notice *n)
{
    struct serve_budget *s = arg;
    bool is_told = n->step->action == BUDGET_NOTIFY || n->step->n_notify > 0;
    struct job *job = job_new(JOB_TELL);

    say_step(job, n);
    log_info("app", "%.*s: %.*s", STR_ARG(buf_view(&job->title)),
             STR_ARG(buf_view(&job->text)));
    job->now_us = n->now_us;
    job->severity =
        n->step->action == BUDGET_BLOCK ? MESSAGE_PAGE : MESSAGE_WARN;
    add_channels(job, n->step);
    if (!is_told || queue_put(s->jobs, job) != RC_OK) {
        job_free(job);
    }
}

static void tell(struct serve_budget *s, struct job *job)
{
    struct str rest = buf_view(&job->channels);
    struct str channel[LIMIT_CHANNELS_MAX];
    const struct message message = {
        .key = buf_view(&job->key),
        .severity = job->severity,
        .phase = MESSAGE_NOTE,
        .title = buf_view(&job->title),
        .text = buf_view(&job->text),
        .at_us = job->now_us,
    };

    for (size_t i = 0; i < job->n_channels; i++) {
        (void)str_cut(&rest, '\n', &channel[i]);
    }
    serve_notify_say(s->notify, channel, job->n_channels, &message);
}

/* ---- pace ---- */

struct look {
    int64_t now_us;
    const struct period_zone *zone;
    struct job *job[LIMIT_BUDGETS_MAX];
    size_t n;
};

static const struct budget_step *first_notify(const struct budget *b)
{
    for (size_t i = 0; i < b->n_steps; i++) {
        if (b->step[i].action == BUDGET_NOTIFY) {
            return &b->step[i];
        }
    }
    return NULL;
}

static void say_pace(struct look *l, struct job *job,
                     const struct budget_state *s,
                     const struct budget_pace *pace)
{
    const struct budget *b = s->budget;

    buf_fmt(&job->key, "budget/%.*s/pace/", STR_ARG(b->name));
    utc_add_text(&job->key, s->from_us);
    buf_fmt(&job->title, "Budget %.*s will be over before its %.*s ends",
            STR_ARG(b->name), STR_ARG(budget_period_name(b->period)));
    budget_say_amount(&job->text, b->unit, s->used);
    buf_cz(&job->text, " of ");
    budget_say_amount(&job->text, b->unit, b->limit);
    buf_cz(&job->text, " are used; at this rate the limit is reached ");
    period_add_time(l->zone, pace->exceeds_us, &job->text);
    buf_cz(&job->text, ", and it comes to ");
    budget_say_amount(&job->text, b->unit, pace->projected);
    buf_char(&job->text, '.');
    if (b->contact.n > 0) {
        buf_fmt(&job->text, " It is %.*s's.", STR_ARG(b->contact));
    }
}

/* One that is over has been told of by its steps. */
static void look_at_pace(void *arg, const struct budget_state *s)
{
    struct look *l = arg;
    const struct budget_step *step = first_notify(s->budget);
    struct budget_pace pace;

    budget_pace(s, l->now_us, &pace);
    if (step == NULL || pace.exceeds_us == 0 || s->used >= s->budget->limit) {
        return;
    }
    struct job *job = job_new(JOB_TELL);
    say_pace(l, job, s, &pace);
    job->now_us = l->now_us;
    job->severity = MESSAGE_WARN;
    add_channels(job, step);
    l->job[l->n++] = job;
}

static void tell_pace(struct serve_budget *s)
{
    struct look l = {.now_us = clock_now_us(), .zone = s->zone};

    budget_meter_each(budget_keeper_meter(s->keeper), l.now_us, look_at_pace,
                      &l);
    for (size_t i = 0; i < l.n; i++) {
        tell(s, l.job[i]);
        job_free(l.job[i]);
    }
}

/* ---- changes ---- */

static void answer_rc(struct http_call *call, enum rc rc, const struct why *why)
{
    int status = rc == RC_INVALID || rc == RC_PARSE || rc == RC_EXISTS ? 400
                 : rc == RC_NOT_FOUND                                  ? 404
                                      : http_status_of(rc);

    http_answer_error(call, status, str_from_cz(rc_name(rc)),
                      str_from_cz(why->text),
                      STR("docs/budgets.md describes budgets"));
}

static void answer_names(struct http_call *call, const char *what,
                         struct str names)
{
    struct json_writer w;
    struct str name;
    struct buf body;

    buf_init(&body, LIMIT_CONFIG_BYTES_MAX);
    json_w_init(&w, &body);
    json_w_obj(&w);
    json_w_key(&w, str_from_cz(what));
    json_w_arr(&w);
    while (str_cut(&names, '\n', &name)) {
        if (name.n > 0) {
            json_w_str(&w, name);
        }
    }
    json_w_arr_end(&w);
    json_w_obj_end(&w);
    buf_char(&body, '\n');
    http_answer(call,
                &(struct http_reply){.status = 200,
                                     .content_type = STR("application/json"),
                                     .body = buf_view(&body)});
    buf_fini(&body);
}

/* Under the lock: what is on disk comes into force. */
static enum rc change(struct serve_budget *s, const struct job *job,
                      struct buf *names, struct why *why)
{
    struct buf problems;
    enum rc rc;

    buf_init(&problems, 64 * 1024);
    if (job->kind == JOB_APPLY) {
        rc = budget_keeper_apply(s->keeper, &s->held, buf_view(&job->text),
                                 names, &problems, why);
    } else {
        buf_str(names, buf_view(&job->text));
        rc = budget_keeper_remove(s->keeper, &s->held, buf_view(&job->text),
                                  why);
    }
    if (rc == RC_OK) {
        rc = budget_keeper_use(s->keeper, &s->held, s->book, why);
    }
    buf_fini(&problems);
    return rc;
}

static void run_change(struct serve_budget *s, struct job *job)
{
    struct buf names;
    struct why why;

    buf_init(&names, LIMIT_CONFIG_BYTES_MAX);
    mutex_lock(&s->lock);
    enum rc rc = change(s, job, &names, &why);
    mutex_unlock(&s->lock);
    if (rc == RC_OK) {
        answer_names(job->call, job->kind == JOB_APPLY ? "applied" : "removed",
                     buf_view(&names));
    } else {
        answer_rc(job->call, rc, &why);
    }
    buf_fini(&names);
}

static void run_job(struct serve_budget *s, struct job *job)
{
    if (job->kind == JOB_TELL) {
        tell(s, job);
    } else {
        run_change(s, job);
    }
    job_free(job);
}

static void *budget_main(void *arg)
{
    struct serve_budget *s = arg;
    int64_t look_mono_us = 0;
    void *item = NULL;
    enum rc rc = RC_OK;

    while (rc != RC_END) {
        rc = queue_take_until(s->jobs, look_mono_us, &item);
        if (rc == RC_OK) {
            run_job(s, item);
        } else if (rc == RC_TIMEOUT) {
            tell_pace(s);
            look_mono_us = clock_mono_us() + LIMIT_BUDGET_PACE_MS * US_PER_MS;
        }
    }
    return NULL;
}

/* ---- life ---- */

enum rc serve_budget_open(struct ledger *ledger, struct str timezone,
                          struct serve_notify *notify,
                          struct serve_budget **ret, struct why *why)
{
    struct serve_budget *s = mem_alloc(sizeof *s);

    s->ledger = ledger;
    s->notify = notify;
    s->jobs = queue_new(LIMIT_BUDGET_NOTICES_MAX);
    mutex_init(&s->lock);
    enum rc rc =
        budget_keeper_open(ledger, timezone, on_step, s, &s->keeper, why);
    if (rc == RC_OK) {
        rc = period_zone_open(timezone, &s->zone, why);
    }
    if (rc == RC_OK) {
        intake_tell(ledger->intake, on_taken, s);
    }
    if (rc != RC_OK) {
        serve_budget_close(&s);
        return rc;
    }
    *ret = s;
    return RC_OK;
}

static void hold_conf(struct serve_budget *s, const struct conf *conf)
{
    struct conf old = s->held;

    s->held = (struct conf){.registry = registry_ref(conf->registry),
                            .channels = channels_ref(conf->channels),
                            .budgets = budgets_ref(conf->budgets)};
    registry_unref(&old.registry);
    channels_unref(&old.channels);
    budgets_unref(&old.budgets);
}

enum rc serve_budget_use(struct serve_budget *s, const struct conf *conf,
                         struct price_book *book, struct why *why)
{
    mutex_lock(&s->lock);
    enum rc rc = budget_keeper_use(s->keeper, conf, book, why);
    if (rc == RC_OK) {
        struct price_book *old = s->book;

        hold_conf(s, conf);
        s->book = book_ref(book);
        book_unref(&old);
    }
    if (rc == RC_OK && !s->thread.started) {
        rc = thread_start(&s->thread, "toll-budget", budget_main, s, why);
    }
    mutex_unlock(&s->lock);
    return rc;
}

void serve_budget_close(struct serve_budget **budget)
{
    if (budget == NULL || *budget == NULL) {
        return;
    }
    struct serve_budget *s = *budget;

    intake_tell(s->ledger->intake, NULL, NULL);
    queue_close(s->jobs);
    thread_join(&s->thread);
    queue_free(&s->jobs);
    budget_keeper_close(&s->keeper);
    period_zone_close(&s->zone);
    registry_unref(&s->held.registry);
    channels_unref(&s->held.channels);
    budgets_unref(&s->held.budgets);
    book_unref(&s->book);
    mutex_fini(&s->lock);
    mem_free(s);
    *budget = NULL;
}

struct budget_meter *serve_budget_meter(struct serve_budget *s)
{
    return budget_keeper_meter(s->keeper);
}

/* ---- requests ---- */

static void begin_change(struct serve_budget *s, struct http_call *call,
                         enum job_kind kind, struct str text)
{
    struct job *job = job_new(kind);

    job->call = call;
    buf_str(&job->text, text);
    if (job->text.overflown) {
        http_answer_error(call, 413, STR("limit"),
                          STR("budgets take at most 4 MiB"), STR_EMPTY);
        job_free(job);
    } else if (queue_put(s->jobs, job) != RC_OK) {
        http_answer_error(call, 503, STR("busy"), STR("too many changes wait"),
                          STR("send it again"));
        job_free(job);
    }
}

/* Other pages in a browser may send neither without asking. */
static bool is_plain_type(struct str type)
{
    return type.n == 0 || str_starts_nocase(type, STR("text/plain")) ||
           str_starts_nocase(type, STR("multipart/")) ||
           str_starts_nocase(type, STR("application/x-www-form-urlencoded"));
}

static void remove_one(struct serve_budget *s, struct http_call *call,
                       struct str query)
{
    struct arena arena;
    struct str name = STR_EMPTY;

    arena_init(&arena, LIMIT_ARENA_MAX);
    if (!str_starts(query, STR("name=")) ||
        http_percent_decode(str_sub(query, 5, SIZE_MAX), true, &arena, &name) !=
            RC_OK ||
        name.n == 0) {
        http_answer_error(call, 400, STR("invalid"),
                          STR("say which budget: ?name=NAME"), STR_EMPTY);
    } else {
        begin_change(s, call, JOB_REMOVE, name);
    }
    arena_fini(&arena);
}

bool serve_budget_take(struct serve_budget *s, struct http_call *call,
                       const struct http_request *req)
{
    if (!str_eq(req->path, PATH) ||
        (req->method != HTTP_POST && req->method != HTTP_DELETE)) {
        return false;
    }
    if (req->method == HTTP_DELETE) {
        remove_one(s, call, req->query);
    } else if (is_plain_type(req->content_type)) {
        http_answer_error(call, 415, STR("type"),
                          STR("this route takes application/yaml or "
                              "application/json"),
                          STR_EMPTY);
    } else {
        begin_change(s, call, JOB_APPLY, req->body);
    }
    return true;
}

/* ---- metrics ---- */

/* A label's value, as Prometheus escapes it. */
static void add_label(struct buf *out, struct str name)
{
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] == '"' || name.p[i] == '\\') {
            buf_char(out, '\\');
        }
        buf_char(out, name.p[i]);
    }
}

static void add_share(void *arg, const struct budget_state *state)
{
    struct buf *out = arg;

    buf_cz(out, "toll_budget_used_ratio{budget=\"");
    add_label(out, state->budget->name);
    buf_fmt(out, "\"} %.6f\n",
            (double)state->used / (double)state->budget->limit);
}

void serve_budget_metrics(struct serve_budget *s, struct buf *out)
{
    struct budget_meter *meter = budget_keeper_meter(s->keeper);

    if (budget_meter_is_idle(meter)) {
        return;
    }
    buf_cz(out,
           "# HELP toll_budget_used_ratio Used of a budget's limit; with per, "
           "of the value that used most.\n# TYPE toll_budget_used_ratio "
           "gauge\n");
    budget_meter_each(meter, clock_now_us(), add_share, out);
}
