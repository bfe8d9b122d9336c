/* Threads: the HTTP loops take requests; events go to ingest, which answers
 * from the journal's thread; questions go as jobs through a bounded queue to
 * the workers, each with a reader of its own; this thread waits for signals. */
#include "app/serve.h"

#include "app/conf.h"
#include "app/ledger.h"
#include "app/serve_budget.h"
#include "app/serve_conf.h"
#include "app/serve_metrics.h"
#include "app/serve_notify.h"
#include "app/serve_otlp.h"
#include "app/serve_share.h"
#include "app/session.h"
#include "app/shelf_disk.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/queue.h"
#include "base/thread.h"
#include "base/why.h"
#include "capture/gateway/gateway.h"
#include "capture/ingest/ingest.h"
#include "face/api/api.h"
#include "face/share/share_api.h"
#include "face/web/web_asset.h"
#include "insight/insight.h"
#include "intake/intake.h"
#include "intake/reject.h"
#include "net/http_error.h"
#include "net/http_server.h"
#include "price/book.h"
#include "store/store.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define WORKERS_N 2
#define GRACE_MS  5000

struct server;

/* What an address's server hands to its handler. */
struct door {
    struct server *server;
    struct http_server *http;
    bool is_local; /* only this machine reaches it */
};

struct worker {
    struct server *server;
    struct thread thread;
    struct store_reader *reader;
};

struct server {
    struct session *session;
    struct ledger *ledger;
    struct ingest ingest;
    struct serve_otlp *otlp;
    struct gateway *gateway;
    struct serve_notify *notify;
    struct serve_budget *budget;
    struct shelf_disk *shelf;
    struct api_env api;
    struct serve_conf conf;
    char url[CONF_URL_MAX]; /* the first address; set before any request */
    struct queue *jobs;
    struct worker worker[WORKERS_N];
    struct door door[2 * CONF_LISTEN_MAX]; /* OTLP's own as well */
    size_t n_doors;
    atomic_uint_fast64_t n_requests;
    atomic_uint_fast64_t n_questions;
    atomic_uint_fast64_t n_questions_refused;
};

/* A question on its way to a worker, or a request to the saved views. */
struct job {
    struct http_call *call;
    struct str path;
    struct str query;
    bool is_share;
    enum share_method method;
    struct str body;
    struct str token;
    char text[]; /* of all */
};

/* ---- what the API asks of the server ---- */

static struct price_book *env_book(void *arg)
{
    struct server *s = arg;

    return serve_conf_book(&s->conf);
}

static struct registry *env_registry(void *arg)
{
    struct server *s = arg;

    return serve_conf_registry(&s->conf);
}

static void env_setup(void *arg, struct json_writer *w, struct str *ret_url)
{
    struct server *s = arg;

    *ret_url = str_from_cz(s->url);
    serve_conf_tell(&s->conf, s->session->conf, *ret_url, w);
}

static enum rc env_ready(void *arg, struct why *why)
{
    struct server *s = arg;

    return intake_ready(s->ledger->intake, why);
}

static enum rc env_budgets(void *arg, struct budget_meter **ret,
                           struct why *why)
{
    struct server *s = arg;

    (void)why;
    *ret = serve_budget_meter(s->budget);
    return RC_OK;
}

static void env_counts(void *arg, struct insight_counts *ret)
{
    struct server *s = arg;
    struct intake_counts c;

    intake_count(s->ledger->intake, &c);
    *ret = (struct insight_counts){
        .n_accepted = c.n_accepted,
        .n_duplicates = c.n_duplicates,
        .n_refused = reject_count(s->ledger->rejects).n_rejected,
    };
}

static enum rc env_incidents(void *arg, api_incidents_use_fn *use,
                             void *use_arg, struct why *why)
{
    struct server *s = arg;

    return serve_notify_incidents(s->notify, use, use_arg, why);
}

static void env_metrics(void *arg, struct buf *out)
{
    struct server *s = arg;

    serve_metrics_ledger(s->ledger, out);
    serve_metrics_gateway(s->gateway, out);
    serve_metrics_add(out, "toll_http_requests_total", "Requests of any kind.",
                      "counter", atomic_load(&s->n_requests));
    serve_metrics_add(out, "toll_questions_total", "Questions answered.",
                      "counter", atomic_load(&s->n_questions));
    serve_metrics_add(out, "toll_questions_refused_total",
                      "Questions refused because too many waited.", "counter",
                      atomic_load(&s->n_questions_refused));
    serve_otlp_metrics(s->otlp, out);
    serve_notify_metrics(s->notify, out);
    serve_budget_metrics(s->budget, out);
}

/* ---- workers ---- */

static void answer_with(struct http_call *call,
                        const struct api_response *response)
{
    const struct http_header header[] = {
        {"Cache-Control", STR("no-store")},
        {"X-Content-Type-Options", STR("nosniff")},
        {"Retry-After", STR("1")},
    };
    bool later = response->status == 429 || response->status == 503;

    http_answer(call, &(struct http_reply){
                          .status = response->status,
                          .content_type = str_from_cz(response->content_type),
                          .body = buf_view(&response->body),
                          .header = header,
                          .n_headers = ARRAY_N(header) - (later ? 0 : 1),
                      });
}

static void answer_job(struct worker *w, struct job *job)
{
    struct api_response response;

    if (job->is_share) {
        shelf_disk_answer(
            w->server->shelf,
            &(struct share_request){.method = job->method,
                                    .path = job->path,
                                    .body = job->body,
                                    .token = job->token,
                                    .now_us = clock_now_us(),
                                    .timezone = w->server->api.timezone},
            &response);
    } else {
        api_handle(&w->server->api, w->reader,
                   &(struct api_request){.path = job->path,
                                         .query = job->query,
                                         .now_us = clock_now_us()},
                   &response);
    }
    answer_with(job->call, &response);
    buf_fini(&response.body);
    atomic_fetch_add(&w->server->n_questions, 1);
    mem_free(job);
}

static void *worker_main(void *arg)
{
    struct worker *w = arg;
    void *item = NULL;

    while (queue_take(w->server->jobs, &item) == RC_OK) {
        answer_job(w, item);
    }
    return NULL;
}

/* ---- requests ---- */

static struct str copy(struct str s, char **at)
{
    struct str to = {*at, s.n};

    if (s.n > 0) {
        memcpy(*at, s.p, s.n);
        *at += s.n;
    }
    return to;
}

/* Takes over; `like` has what is asked. */
static void put_job(struct server *s, struct http_call *call,
                    const struct job *like)
{
    size_t n = like->path.n + like->query.n + like->body.n + like->token.n;
    struct job *job = mem_alloc(sizeof *job + n);
    char *at = job->text;

    job->call = call;
    job->is_share = like->is_share;
    job->method = like->method;
    job->path = copy(like->path, &at);
    job->query = copy(like->query, &at);
    job->body = copy(like->body, &at);
    job->token = copy(like->token, &at);
    if (queue_put(s->jobs, job) != RC_OK) {
        atomic_fetch_add(&s->n_questions_refused, 1);
        http_answer_error(call, 503, STR("busy"),
                          STR("too many questions wait for an answer"),
                          STR("ask again in a second"));
        mem_free(job);
    }
}

static void ask(struct server *s, struct http_call *call,
                const struct http_request *req)
{
    put_job(s, call, &(struct job){.path = req->path, .query = req->query});
}

/* What needs no store is answered at once: health and metrics must not wait
 * behind long questions. */
static void ask_at_once(struct server *s, struct http_call *call,
                        const struct http_request *req)
{
    struct api_response response;

    api_handle(&s->api, NULL,
               &(struct api_request){.path = req->path,
                                     .query = req->query,
                                     .now_us = clock_now_us()},
               &response);
    answer_with(call, &response);
    buf_fini(&response.body);
}

static bool accepts_gzip(const struct http_request *req)
{
    return str_find(req->accept_encoding, STR("gzip"), 0) != SIZE_MAX;
}

static void answer_asset(struct http_call *call, const struct http_request *req,
                         const struct web_asset *asset)
{
    bool gz = asset->gzip.n > 0 && accepts_gzip(req);
    bool same = str_eq(req->if_none_match, asset->etag);
    struct http_header header[] = {
        {"Cache-Control", asset->cache},
        {"ETag", asset->etag},
        {"Content-Security-Policy",
         STR("default-src 'none'; script-src 'self'; style-src 'self'; "
             "img-src 'self' data:; connect-src 'self'; font-src 'self'; "
             "base-uri 'none'; form-action 'none'; frame-ancestors 'none'")},
        {"X-Content-Type-Options", STR("nosniff")},
        {"Referrer-Policy", STR("no-referrer")},
        {"Vary", STR("Accept-Encoding")},
        {"Content-Encoding", STR("gzip")},
    };

    http_answer(call, &(struct http_reply){
                          .status = same ? 304 : 200,
                          .content_type = asset->type,
                          .body = same ? STR_EMPTY
                                  : gz ? asset->gzip
                                       : asset->body,
                          .header = header,
                          .n_headers = ARRAY_N(header) - (gz && !same ? 0 : 1),
                      });
}

static void refuse_method(struct http_call *call, const char *allowed)
{
    const struct http_header allow = {"Allow", str_from_cz(allowed)};
    struct buf body;

    buf_init(&body, 1024);
    http_error_body(&body, STR("method"),
                    STR("this route does not take that method"),
                    str_from_cz(allowed));
    http_answer(call, &(struct http_reply){
                          .status = 405,
                          .content_type = STR("application/json"),
                          .body = buf_view(&body),
                          .header = &allow,
                          .n_headers = 1,
                      });
    buf_fini(&body);
}

#define USAGE_PATH STR("/v1/usage/")

#define RECORDS_PATH STR("/v1/")

/* Outcomes, releases, customers and invoices; false when it is none. */
static bool take_records(struct server *s, struct http_call *call,
                         const struct http_request *req)
{
    enum record_kind kind =
        str_starts(req->path, RECORDS_PATH)
            ? record_kind_from(str_sub(req->path, RECORDS_PATH.n, SIZE_MAX))
            : (enum record_kind)0;
    bool is_upsert = kind == RECORD_CUSTOMER;

    if (kind == (enum record_kind)0 || !record_is_sent(kind)) {
        return false;
    }
    if (req->method != (is_upsert ? HTTP_PUT : HTTP_POST)) {
        refuse_method(call, is_upsert ? "PUT" : "POST");
    } else {
        ingest_records(&s->ingest, call, req, kind, clock_now_us());
    }
    return true;
}

/* Events and responses; false when it is neither. */
static bool take_usage(struct server *s, struct http_call *call,
                       const struct http_request *req)
{
    bool is_response = str_starts(req->path, USAGE_PATH);

    if (!is_response && !str_eq(req->path, STR("/v1/events"))) {
        return false;
    }
    if (req->method != HTTP_POST) {
        refuse_method(call, "POST");
    } else if (is_response) {
        ingest_usage(&s->ingest, call, req,
                     str_sub(req->path, USAGE_PATH.n, SIZE_MAX),
                     clock_now_us());
    } else {
        ingest_events(&s->ingest, call, req, clock_now_us());
    }
    return true;
}

/* ---- views and shares ---- */

static void ask_shared(void *arg, struct http_call *call,
                       const struct http_request *req)
{
    ask(arg, call, req);
}

static void put_share(void *arg, struct http_call *call,
                      const struct share_request *req)
{
    put_job(arg, call,
            &(struct job){.is_share = true,
                          .method = req->method,
                          .path = req->path,
                          .body = req->body,
                          .token = req->token});
}

static bool take_share(struct server *s, struct http_call *call,
                       const struct http_request *req)
{
    return serve_share_take(&(struct serve_share){.shelf = s->shelf,
                                                  .timezone = s->api.timezone,
                                                  .ask = ask_shared,
                                                  .put = put_share,
                                                  .arg = s},
                            call, req);
}

static void on_request(void *arg, struct http_call *call,
                       const struct http_request *req)
{
    const struct door *door = arg;
    struct server *s = door->server;
    bool reads = req->method == HTTP_GET || req->method == HTTP_HEAD;

    atomic_fetch_add(&s->n_requests, 1);
    if (take_share(s, call, req) || take_usage(s, call, req) ||
        take_records(s, call, req) || serve_otlp_take(s->otlp, call, req) ||
        serve_notify_take(s->notify, call, req) ||
        serve_budget_take(s->budget, call, req) ||
        gateway_take(s->gateway, call, req, door->is_local, clock_now_us())) {
        return;
    }
    const struct web_asset *asset = web_asset_find(req->path);
    if (asset == NULL && !api_knows(req->path)) {
        http_answer_error(call, 404, STR("not_found"),
                          STR("there is nothing at this address"),
                          STR("the dashboard is at /, the API below /api/, "
                              "events go to POST /v1/events, outcomes to "
                              "/v1/outcomes, OpenTelemetry's "
                              "to /v1/traces and /v1/logs, and calls to "
                              "/{upstream}/..., for the upstreams of "
                              "docs/gateway.md and toll.yaml"));
    } else if (!reads) {
        refuse_method(call, "GET, HEAD");
    } else if (asset != NULL) {
        answer_asset(call, req, asset);
    } else if (api_needs_store(req->path, req->query)) {
        ask(s, call, req);
    } else {
        ask_at_once(s, call, req);
    }
}

/* ---- reload ---- */

static enum rc use_notify(struct server *s, const struct conf *conf,
                          struct why *why)
{
    return serve_notify_use(
        s->notify,
        &(struct serve_notify_settings){.channels = conf->channels,
                                        .reviews = conf->reviews,
                                        .watch = conf->watch},
        why);
}

static size_t n_lines(struct str text)
{
    struct str line;
    size_t n = 0;

    while (str_cut(&text, '\n', &line)) {
        n += line.n > 0 ? 1 : 0;
    }
    return n;
}

static void reload(struct server *s, const char *config)
{
    struct price_book *book = NULL;
    struct conf *conf = NULL;
    struct buf problems;
    struct why why;
    enum rc rc;

    buf_init(&problems, 64 * 1024);
    rc = session_config(config, &conf, &problems, &why);
    if (rc == RC_OK) {
        rc = ledger_book(conf, &book, &why);
    }
    /* First what can fail, and then changes nothing. */
    if (rc == RC_OK) {
        rc = serve_budget_use(s->budget, conf, book, &why);
    }
    if (rc == RC_OK) {
        serve_conf_use(&s->conf, book, conf);
        intake_use(s->ledger->intake, book, conf->attribution);
        gateway_use(s->gateway, conf->upstreams);
        rc = use_notify(s, conf, &why);
    }
    serve_conf_note(&s->conf, rc == RC_OK ? NULL : &why);
    if (rc == RC_OK) {
        log_info(
            "app",
            "prices, attribution, upstreams, features, experiments, alerts, "
            "watch, channels, reviews and budgets reloaded from %s; listen, "
            "otlp_listen and timezone change at the next start",
            conf->path != NULL ? conf->path : "the defaults");
    } else {
        log_error("app", "the configuration was not reloaded: %s%s", why.text,
                  n_lines(buf_view(&problems)) > 1
                      ? " (and more; toll check-config tells all)"
                      : "");
    }
    book_unref(&book);
    conf_free(&conf);
    buf_fini(&problems);
}

/* ---- life ---- */

static sigset_t awaited_signals(void)
{
    sigset_t signals;

    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGHUP);
    return signals;
}

void serve_hold_signals(void)
{
    const sigset_t signals = awaited_signals();

    CHECK(pthread_sigmask(SIG_BLOCK, &signals, NULL) == 0);
}

static void wait_for_end(struct server *s, const struct serve_options *opt)
{
    const sigset_t signals = awaited_signals();

    for (;;) {
        int signal = 0;

        CHECK(sigwait(&signals, &signal) == 0);
        if (signal == SIGHUP) {
            reload(s, opt->config);
        } else {
            log_info("app", "ending");
            return;
        }
    }
}

static enum rc open_workers(struct server *s, struct why *why)
{
    for (size_t i = 0; i < WORKERS_N; i++) {
        struct worker *w = &s->worker[i];
        enum rc rc;

        w->server = s;
        rc = store_reader_open(s->ledger->store, &w->reader, why);
        if (rc == RC_OK) {
            rc = thread_start(&w->thread, "toll-query", worker_main, w, why);
        }
        if (rc != RC_OK) {
            return rc;
        }
    }
    return RC_OK;
}

/* What is asked at OTLP's own port is OTLP's, and nothing else. */
static void on_otlp_request(void *arg, struct http_call *call,
                            const struct http_request *req)
{
    const struct door *door = arg;
    struct server *s = door->server;

    atomic_fetch_add(&s->n_requests, 1);
    if (!serve_otlp_take(s->otlp, call, req)) {
        http_answer_error(call, 404, STR("not_found"),
                          STR("this port takes OTLP only"),
                          STR("POST /v1/traces, /v1/logs or /v1/metrics"));
    }
}

static bool is_loopback(const char *host)
{
    return str_starts(str_from_cz(host), STR("127.")) ||
           strcmp(host, "::1") == 0;
}

static void *open_lane(void *arg, struct loop *loop)
{
    const struct door *door = arg;

    return gateway_lane_new(door->server->gateway, loop);
}

static void close_lane(void *arg, void *local)
{
    struct gateway_lane *lane = local;

    (void)arg;
    gateway_lane_free(&lane);
}

/* ret_url: as it is shown to people. */
static enum rc listen_at(struct server *s, const struct conf_address *at,
                         http_handler_fn *handler,
                         char ret_url[static CONF_URL_MAX], struct why *why)
{
    struct door *door = &s->door[s->n_doors];

    *door = (struct door){.server = s, .is_local = is_loopback(at->host)};
    enum rc rc = http_server_open(
        &(struct http_server_options){.address = at->host,
                                      .port = at->port,
                                      .body_max = LIMIT_BODY_MAX,
                                      .handler = handler,
                                      .lane_open = open_lane,
                                      .lane_close = close_lane,
                                      .arg = door},
        &door->http, why);
    if (rc == RC_OK) {
        s->n_doors++;
        conf_address_url(at, http_server_port(door->http), ret_url);
    }
    return rc;
}

static enum rc open_http(struct server *s, const struct serve_options *opt,
                         struct why *why)
{
    const struct conf *conf = s->session->conf;
    char shown[CONF_URL_MAX];
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < conf->n_otlp_listen; i++) {
        rc = listen_at(s, &conf->otlp_listen[i], on_otlp_request, shown, why);
        if (rc == RC_OK) {
            log_info("app", "OTLP at %s", shown);
        }
    }
    for (size_t i = 0; rc == RC_OK && i < opt->n_listen; i++) {
        rc = listen_at(s, &opt->listen[i], on_request, shown, why);
        if (rc == RC_OK) {
            log_info("app", "listening on %s", shown);
        }
        if (rc == RC_OK && i == 0) {
            memcpy(s->url, shown, sizeof s->url);
        }
    }
    return rc == RC_OK ? data_dir_announce(s->ledger->lock_fd, "toll serve",
                                           s->url, why)
                       : rc;
}

static void close_all(struct server *s)
{
    serve_notify_end(s->notify);
    for (size_t i = 0; i < s->n_doors; i++) {
        http_server_close(&s->door[i].http, GRACE_MS);
    }
    serve_otlp_close(&s->otlp);
    gateway_free(&s->gateway);
    queue_close(s->jobs);
    for (size_t i = 0; i < WORKERS_N; i++) {
        thread_join(&s->worker[i].thread);
        store_reader_close(&s->worker[i].reader);
    }
    /* Only now: the workers ask them. */
    serve_budget_close(&s->budget);
    serve_notify_close(&s->notify);
    queue_free(&s->jobs);
    shelf_disk_close(&s->shelf);
    serve_conf_fini(&s->conf);
    mem_free(s);
}

enum rc serve_run(struct session *session, const struct serve_options *opt,
                  struct why *why)
{
    struct server *s = mem_alloc(sizeof *s);
    enum rc rc;

    s->session = session;
    s->ledger = session->ledger;
    s->ingest = (struct ingest){.intake = s->ledger->intake,
                                .rejects = s->ledger->rejects};
    s->api = session->api;
    s->api.arg = s;
    s->api.book = env_book;
    s->api.registry = env_registry;
    s->api.ready = env_ready;
    s->api.metrics = env_metrics;
    s->api.counts = env_counts;
    s->api.incidents = env_incidents;
    s->api.budgets = env_budgets;
    s->api.setup = env_setup;
    serve_conf_init(&s->conf);
    serve_conf_use(&s->conf, s->ledger->book, session->conf);
    s->jobs = queue_new(LIMIT_QUESTIONS_WAITING_MAX);
    rc = open_workers(s, why);
    if (rc == RC_OK) {
        rc = shelf_disk_open(s->ledger->dir, &s->shelf, why);
    }
    if (rc == RC_OK) {
        rc = serve_otlp_open(s->ledger, &s->otlp, why);
    }
    if (rc == RC_OK) {
        rc = serve_notify_open(s->ledger, &s->api, &s->notify, why);
    }
    if (rc == RC_OK) {
        rc = use_notify(s, session->conf, why);
    }
    if (rc == RC_OK) {
        rc = serve_budget_open(s->ledger, s->api.timezone, s->notify,
                               &s->budget, why);
    }
    if (rc == RC_OK) {
        rc = serve_budget_use(s->budget, session->conf, s->ledger->book, why);
    }
    if (rc == RC_OK) {
        s->gateway = gateway_new(&(struct gateway_options){
            .intake = s->ledger->intake,
            .rejects = s->ledger->rejects,
            .upstreams = session->conf->upstreams,
            .budgets = serve_budget_meter(s->budget),
        });
        rc = open_http(s, opt, why);
    }
    if (rc == RC_OK) {
        wait_for_end(s, opt);
    }
    close_all(s);
    return rc;
}
