#include "app/session.h"

#include "app/budget_keeper.h"
#include "app/conf.h"
#include "app/incident_box.h"
#include "app/ledger.h"
#include "app/setup.h"
#include "app/version.h"
#include "app/watcher.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/why.h"
#include "event/registry.h"
#include "intake/intake.h"
#include "net/http_client.h"
#include "price/book.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ASK_TIMEOUT_MS (10L * 60 * 1000)
/* A holder of the data that cannot be asked is waited for. */
#define HOLDER_WAIT_US (5 * INT64_C(1000000))
#define HOLDER_POLL_US (50 * 1000)
/* How long a question waits for what was just taken in to be stored. */
#define FLUSH_US (60 * INT64_C(1000000))

/* ---- configuration ---- */

/* The first of the usual places that has a file; "" for none.  A place whose
 * path is too long has none. */
static void find_usual(char ret_path[DATA_DIR_PATH_MAX])
{
    const char *xdg = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    bool has_xdg = xdg != NULL && xdg[0] == '/';
    const char *const base[] = {"",
                                has_xdg        ? xdg
                                : home != NULL ? home
                                               : "",
                                "/etc"};
    const char *const rest[] = {
        "toll.yaml", has_xdg ? "/toll/toll.yaml" : "/.config/toll/toll.yaml",
        "/toll/toll.yaml"};

    for (size_t i = 0; i < ARRAY_N(base); i++) {
        int n = snprintf(ret_path, DATA_DIR_PATH_MAX, "%s%s", base[i], rest[i]);
        if (n > 0 && n < DATA_DIR_PATH_MAX && access(ret_path, F_OK) == 0) {
            return;
        }
    }
    ret_path[0] = '\0';
}

/* A file that was named must exist, the usual places may be empty. */
static enum rc find_config(const char *given, char ret_path[DATA_DIR_PATH_MAX],
                           struct why *why)
{
    const char *named = given != NULL ? given : getenv("TOLL_CONFIG");

    if (named == NULL || named[0] == '\0') {
        find_usual(ret_path);
        return RC_OK;
    }
    int n = snprintf(ret_path, DATA_DIR_PATH_MAX, "%s", named);
    if (n < 0 || n >= DATA_DIR_PATH_MAX) {
        return why_set(why, RC_LIMIT, "the configuration's path is too long");
    }
    return RC_OK;
}

enum rc session_config(const char *config, struct conf **ret_conf,
                       struct buf *problems, struct why *why)
{
    char path[DATA_DIR_PATH_MAX];
    struct buf text;
    enum rc rc;

    buf_init(&text, LIMIT_CONFIG_BYTES_MAX);
    rc = find_config(config, path, why);
    if (rc == RC_OK && path[0] != '\0') {
        rc = file_read(path, false, &text, why);
    }
    if (rc != RC_OK) {
        buf_fmt(problems, "%s\n", why->text);
    } else {
        rc = conf_load(buf_view(&text), path[0] != '\0' ? path : NULL, ret_conf,
                       problems, why);
    }
    buf_fini(&text);
    return rc;
}

/* ---- life ---- */

static struct price_book *env_book(void *arg)
{
    struct session *s = arg;

    return book_ref(s->book);
}

static struct registry *env_registry(void *arg)
{
    struct session *s = arg;

    return registry_ref(s->conf->registry);
}

struct use {
    api_incidents_use_fn *use;
    void *arg;
    int64_t from_us;
};

static void hand_on(void *arg, const struct incidents *all)
{
    const struct use *u = arg;

    u->use(u->arg, all, u->from_us);
}

static enum rc env_incidents(void *arg, api_incidents_use_fn *use,
                             void *use_arg, struct why *why)
{
    struct session *s = arg;
    struct incident_box *box = NULL;
    enum rc rc = session_incidents(s, &box, why);

    if (rc == RC_OK) {
        struct use u = {use, use_arg, watcher_from_us(s->watcher)};
        incident_box_read(box, hand_on, &u);
    }
    return rc;
}

/* Only where this process holds the data: else the server is asked. */
static enum rc env_budgets(void *arg, struct budget_meter **ret,
                           struct why *why)
{
    struct session *s = arg;

    CHECK(s->ledger != NULL);
    if (s->budgets == NULL) {
        enum rc rc = budget_keeper_open(s->ledger, s->conf->timezone, NULL,
                                        NULL, &s->budgets, why);
        if (rc == RC_OK) {
            rc = budget_keeper_use(s->budgets, s->conf, s->book, why);
        }
        if (rc != RC_OK) {
            budget_keeper_close(&s->budgets);
            return rc;
        }
    }
    *ret = budget_keeper_meter(s->budgets);
    return RC_OK;
}

static void env_setup(void *arg, struct json_writer *w, struct str *ret_url)
{
    struct session *s = arg;
    const struct conf_address *at = &s->conf->listen[0];

    conf_address_url(at, at->port, s->usual_url);
    *ret_url = str_from_cz(s->usual_url);
    setup_tell(&(struct setup){.conf = s->conf,
                               .upstreams = s->conf->upstreams,
                               .channels = s->conf->channels,
                               .url = *ret_url},
               w);
}

enum rc session_open(const struct session_options *opt, struct session *ret,
                     struct why *why)
{
    struct session s = {.opt = *opt};
    struct buf problems;

    buf_init(&problems, 64 * 1024);
    enum rc rc = session_config(opt->config, &s.conf, &problems, why);
    buf_fini(&problems);
    if (rc == RC_OK) {
        rc = ledger_book(s.conf, &s.book, why);
    }
    if (rc != RC_OK) {
        session_close(&s);
        return rc == RC_PARSE ? RC_INVALID : rc;
    }
    s.api = (struct api_env){
        .timezone = s.conf->timezone,
        .version = STR(TOLL_VERSION),
        .store_name = "duckdb",
        .started_us = clock_now_us(),
        .arg = ret,
        .book = env_book,
        .registry = env_registry,
        .incidents = env_incidents,
        .budgets = env_budgets,
        .setup = env_setup,
    };
    *ret = s;
    return RC_OK;
}

void session_close(struct session *s)
{
    thread_join(&s->connecting);
    watcher_close(&s->watcher);
    store_reader_close(&s->reader);
    budget_keeper_close(&s->budgets);
    ledger_close(&s->ledger);
    http_client_free(&s->client);
    book_unref(&s->book);
    conf_free(&s->conf);
}

static enum rc connect_once(struct session *s, struct why *why)
{
    char what[64];
    struct buf url;

    buf_init(&url, sizeof s->url - 1);
    enum rc rc =
        ledger_open(s->conf, s->dir, s->opt.use, &s->ledger, &url, why);
    if (rc == RC_OK) {
        CHECK(s->ledger != NULL);
        (void)snprintf(what, sizeof what, "toll %s", s->opt.what);
        rc = data_dir_announce(s->ledger->lock_fd, what, "", why);
    } else if (rc == RC_BUSY && url.n > 0) {
        memcpy(s->url, url.p, url.n);
        s->url[url.n] = '\0';
        s->client = http_client_new(ASK_TIMEOUT_MS);
        rc = RC_OK;
    }
    buf_fini(&url);
    return rc;
}

static enum rc connect(struct session *s, struct why *why)
{
    int64_t deadline = clock_mono_us() + HOLDER_WAIT_US;
    enum rc rc = connect_once(s, why);

    while (rc == RC_BUSY && clock_mono_us() < deadline) {
        (void)usleep(HOLDER_POLL_US);
        rc = connect_once(s, why);
    }
    return rc;
}

static enum rc find_dir(struct session *s, struct why *why)
{
    return s->dir[0] != '\0'
               ? RC_OK
               : data_dir_find(s->opt.data, s->opt.demo, s->dir, why);
}

static void *connect_main(void *arg)
{
    struct session *s = arg;

    s->connect_rc = connect(s, &s->connect_why);
    return NULL;
}

enum rc session_connect_soon(struct session *s, struct why *why)
{
    CHECK(s->ledger == NULL && s->client == NULL && !s->connecting.started);
    enum rc rc = find_dir(s, why);
    if (rc == RC_OK) {
        rc = thread_start(&s->connecting, "toll-open", connect_main, s, why);
    }
    return rc;
}

enum rc session_connect(struct session *s, struct why *why)
{
    if (s->connecting.started) {
        thread_join(&s->connecting);
        if (s->connect_rc != RC_OK) {
            *why = s->connect_why;
        }
        return s->connect_rc;
    }
    if (s->ledger != NULL || s->client != NULL) {
        return RC_OK;
    }
    enum rc rc = find_dir(s, why);
    return rc == RC_OK ? connect(s, why) : rc;
}

enum rc session_server(struct session *s, struct str *ret_url, bool *ret_runs,
                       struct why *why)
{
    enum rc rc = session_connect(s, why);

    if (rc != RC_OK) {
        return rc;
    }
    *ret_runs = s->client != NULL;
    if (!*ret_runs) {
        const struct conf_address *at = &s->conf->listen[0];
        conf_address_url(at, at->port, s->usual_url);
    }
    *ret_url = str_from_cz(*ret_runs ? s->url : s->usual_url);
    return RC_OK;
}

/* ---- asking ---- */

enum rc session_check(const struct session *s, int status, struct str answer,
                      struct why *why)
{
    struct json *json = NULL;
    struct str message = STR_EMPTY;
    enum rc rc = status == 404   ? RC_NOT_FOUND
                 : status == 400 ? RC_INVALID
                                 : RC_UNAVAILABLE;

    if (status == 200) {
        return RC_OK;
    }
    if (json_parse(answer, &json, NULL) == RC_OK) {
        message = json_str(json_get(json_get(json, "error"), "message"));
    }
    rc = message.n > 0
             ? why_set(why, rc, "%.*s", STR_ARG(message))
             : why_set(why, RC_UNAVAILABLE, "%s answered %d", s->url, status);
    json_free(&json);
    return rc;
}

static enum rc ask_server(struct session *s, struct str path, struct str query,
                          int *ret_status, struct buf *ret_body,
                          struct why *why)
{
    struct buf url;
    enum rc rc;

    buf_init(&url, 64 * 1024);
    buf_fmt(&url, "%s%.*s%s%.*s", s->url, STR_ARG(path), query.n > 0 ? "?" : "",
            STR_ARG(query));
    buf_char(&url, '\0');
    rc = buf_rc(&url, why);
    if (rc == RC_OK) {
        rc = http_client_get(s->client, url.p, ret_status, ret_body, why);
    }
    buf_fini(&url);
    return rc;
}

enum rc session_post(struct session *s, struct str target, struct str body,
                     int *ret_status, struct buf *ret_answer, struct why *why)
{
    struct buf url;

    buf_init(&url, 64 * 1024);
    buf_fmt(&url, "%s%.*s", s->url, STR_ARG(target));
    buf_char(&url, '\0');
    enum rc rc = buf_rc(&url, why);
    if (rc == RC_OK) {
        rc = http_client_post(
            s->client, url.p,
            &(struct http_content){.type = "application/json", .bytes = body},
            ret_status, ret_answer, why);
    }
    buf_fini(&url);
    return rc;
}

/* The data as they are once all that is durable is stored. */
static enum rc open_reader(struct session *s, struct why *why)
{
    if (s->reader != NULL) {
        return RC_OK;
    }
    enum rc rc =
        intake_flush(s->ledger->intake, clock_mono_us() + FLUSH_US, why);
    if (rc != RC_OK) {
        return rc;
    }
    return store_reader_open(s->ledger->store, &s->reader, why);
}

enum rc session_incidents(struct session *s, struct incident_box **ret,
                          struct why *why)
{
    enum rc rc = open_reader(s, why);

    if (rc == RC_OK && s->watcher == NULL) {
        rc = watcher_open(
            &(struct watcher_options){.data_dir = s->dir, .api = &s->api},
            &s->watcher, why);
        if (rc == RC_OK) {
            rc = watcher_look(s->watcher, s->conf->watch, s->reader,
                              clock_now_us(), why);
        }
    }
    if (rc == RC_OK) {
        *ret = watcher_box(s->watcher);
    }
    return rc;
}

enum rc session_ask(void *arg, struct str path, struct str query,
                    int *ret_status, struct buf *ret_body, struct why *why)
{
    struct session *s = arg;
    struct api_response response;
    enum rc rc = RC_OK;

    if (api_needs_store(path, query)) {
        rc = session_connect(s, why);
    }
    if (rc == RC_OK && s->client != NULL) {
        return ask_server(s, path, query, ret_status, ret_body, why);
    }
    if (rc == RC_OK && api_needs_store(path, query)) {
        rc = open_reader(s, why);
    }
    if (rc != RC_OK) {
        return rc;
    }
    api_handle(&s->api, s->reader,
               &(struct api_request){
                   .path = path, .query = query, .now_us = clock_now_us()},
               &response);
    *ret_status = response.status;
    buf_str(ret_body, buf_view(&response.body));
    buf_fini(&response.body);
    return buf_rc(ret_body, why);
}
