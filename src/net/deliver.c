#include "net/deliver.h"

#include "base/arena.h"
#include "base/check.h"
#include "base/limits.h"
#include "base/why.h"

#include <curl/curl.h>
#include <string.h>

struct delivery {
    const struct deliver_ask *ask;
    struct deliver_answer *answer;
    CURL *easy;
    size_t at; /* of the body */
    size_t n_said;
    bool is_mail;
    char host[128];
    char error[CURL_ERROR_SIZE];
};

/* ---- libcurl's questions ---- */

static size_t on_read(char *to, size_t size, size_t n, void *arg)
{
    struct delivery *d = arg;
    struct str rest = str_sub(d->ask->body, d->at, SIZE_MAX);
    size_t room = size * n;

    size_t put = room < rest.n ? room : rest.n;

    if (rest.n == 0) {
        return 0;
    }
    if (rest.n > 1) {
        put = room < rest.n ? room : rest.n - 1; /* the last by itself */
    } else if (d->ask->commit != NULL && !d->ask->commit(d->ask->arg)) {
        return CURL_READFUNC_ABORT;
    } else {
        d->answer->is_out = true;
    }
    memcpy(to, rest.p, put);
    d->at += put;
    return put;
}

static int on_progress(void *arg, curl_off_t down_all, curl_off_t down,
                       curl_off_t up_all, curl_off_t up)
{
    struct delivery *d = arg;

    (void)down_all;
    (void)down;
    (void)up_all;
    (void)up;
    return d->ask->is_ended != NULL &&
                   d->ask->is_ended(d->ask->arg, d->answer->is_out)
               ? 1
               : 0;
}

static void keep_said(struct delivery *d, struct str text)
{
    size_t room = sizeof d->answer->said - 1 - d->n_said;

    text = str_sub(text, 0, room);
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        d->answer->said[d->n_said++] = (char)(c >= 0 && c < ' ' ? ' ' : c);
    }
    d->answer->said[d->n_said] = '\0';
}

static size_t on_body(char *p, size_t size, size_t n, void *arg)
{
    struct str piece = {.p = p, .n = size * n};

    keep_said(arg, piece);
    return piece.n;
}

/* SMTP's answers come as headers; the last one tells. */
static size_t on_line(char *p, size_t size, size_t n, void *arg)
{
    struct delivery *d = arg;
    struct str line = {.p = p, .n = size * n};

    if (d->is_mail) {
        d->n_said = 0;
        keep_said(d, str_trim(line));
    }
    return line.n;
}

/* ---- the request ---- */

static bool is_this_machine(const char *host)
{
    struct str name = str_from_cz(host);

    return str_starts(name, STR("127.")) || str_eq(name, STR("[::1]")) ||
           str_eq_nocase(name, STR("localhost"));
}

/* The scheme and host, which decide how and may be told. */
static enum rc read_url(struct delivery *d, struct why *why)
{
    CURLU *url = curl_url();
    char *host = NULL;
    char *scheme = NULL;
    enum rc rc = RC_OK;

    CHECK(url != NULL);
    if (curl_url_set(url, CURLUPART_URL, d->ask->url, 0) != CURLUE_OK ||
        curl_url_get(url, CURLUPART_HOST, &host, 0) != CURLUE_OK ||
        curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK) {
        rc = why_set(why, RC_INVALID, "the channel's url is no URL");
    } else {
        struct str name = str_utf8_cut(str_from_cz(host), sizeof d->host - 1);
        memcpy(d->host, name.p, name.n);
        d->is_mail = str_starts(str_from_cz(scheme), STR("smtp"));
    }
    curl_free(host);
    curl_free(scheme);
    curl_url_cleanup(url);
    return rc;
}

static void set_common(struct delivery *d)
{
    CURL *e = d->easy;

    (void)curl_easy_setopt(e, CURLOPT_URL, d->ask->url);
    (void)curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https,smtp,smtps");
    (void)curl_easy_setopt(e, CURLOPT_HTTP_VERSION,
                           (long)CURL_HTTP_VERSION_1_1);
    (void)curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS,
                           (long)LIMIT_UPSTREAM_CONNECT_MS);
    (void)curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)d->ask->timeout_ms);
    (void)curl_easy_setopt(e, CURLOPT_ERRORBUFFER, d->error);
    (void)curl_easy_setopt(e, CURLOPT_READFUNCTION, on_read);
    (void)curl_easy_setopt(e, CURLOPT_READDATA, d);
    (void)curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl_easy_setopt(e, CURLOPT_WRITEDATA, d);
    (void)curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_line);
    (void)curl_easy_setopt(e, CURLOPT_HEADERDATA, d);
    (void)curl_easy_setopt(e, CURLOPT_NOPROGRESS, 0L);
    (void)curl_easy_setopt(e, CURLOPT_XFERINFOFUNCTION, on_progress);
    (void)curl_easy_setopt(e, CURLOPT_XFERINFODATA, d);
}

static struct curl_slist *add_line(struct curl_slist *list, const char *line)
{
    struct curl_slist *all = curl_slist_append(list, line);

    CHECK(all != NULL);
    return all;
}

static struct curl_slist *set_http(struct delivery *d, struct arena *arena)
{
    struct curl_slist *lines = add_line(NULL, "Expect:");

    for (size_t i = 0; i < d->ask->n_fields; i++) {
        const struct http_field *f = &d->ask->field[i];
        struct str line =
            str_fmt(arena, "%.*s: %.*s", STR_ARG(f->name), STR_ARG(f->value));
        const char *text = str_cz(arena, line);
        CHECK(text != NULL);
        lines = add_line(lines, text);
    }
    (void)curl_easy_setopt(d->easy, CURLOPT_POST, 1L);
    (void)curl_easy_setopt(d->easy, CURLOPT_POSTFIELDSIZE_LARGE,
                           (curl_off_t)d->ask->body.n);
    (void)curl_easy_setopt(d->easy, CURLOPT_HTTPHEADER, lines);
    return lines;
}

static struct curl_slist *set_mail(struct delivery *d)
{
    const struct deliver_ask *ask = d->ask;
    struct curl_slist *to = NULL;
    bool must = ask->password != NULL && !is_this_machine(d->host);

    for (size_t i = 0; i < ask->n_mail_to; i++) {
        to = add_line(to, ask->mail_to[i]);
    }
    (void)curl_easy_setopt(d->easy, CURLOPT_UPLOAD, 1L);
    (void)curl_easy_setopt(d->easy, CURLOPT_MAIL_FROM, ask->mail_from);
    (void)curl_easy_setopt(d->easy, CURLOPT_MAIL_RCPT, to);
    (void)curl_easy_setopt(d->easy, CURLOPT_USE_SSL,
                           (long)(must ? CURLUSESSL_ALL : CURLUSESSL_TRY));
    if (ask->user != NULL && ask->password != NULL) {
        (void)curl_easy_setopt(d->easy, CURLOPT_USERNAME, ask->user);
        (void)curl_easy_setopt(d->easy, CURLOPT_PASSWORD, ask->password);
    }
    return to;
}

/* ---- the end ---- */

static enum rc rc_of(const struct delivery *d, CURLcode code)
{
    switch ((int)code) {
    case CURLE_OK:
        return RC_OK;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
        return RC_INVALID;
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return RC_UNAVAILABLE;
    case CURLE_OPERATION_TIMEDOUT:
        return RC_TIMEOUT;
    default:
        return d->is_mail && d->answer->status / 100 == 5 ? RC_DENIED : RC_IO;
    }
}

static enum rc finish(struct delivery *d, CURLcode code, struct why *why)
{
    curl_off_t after_s = 0;
    long status = 0;

    (void)curl_easy_getinfo(d->easy, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(d->easy, CURLINFO_RETRY_AFTER, &after_s);
    d->answer->status = (int)status;
    d->answer->retry_after_ms = after_s > 0 ? after_s * 1000 : 0;
    enum rc rc = rc_of(d, code);
    if (rc == RC_OK) {
        return RC_OK;
    }
    if (d->is_mail && d->n_said > 0 && status / 100 >= 4) {
        return why_set(why, rc, "%s: %s", d->host, d->answer->said);
    }
    return why_set(why, rc, "%s: %s", d->host,
                   d->error[0] != '\0' ? d->error : curl_easy_strerror(code));
}

enum rc deliver(const struct deliver_ask *ask, struct deliver_answer *ret,
                struct why *why)
{
    struct delivery d = {.ask = ask, .answer = ret};
    struct arena arena;
    struct curl_slist *list;

    CHECK(ask->body.n >= 2);
    *ret = (struct deliver_answer){.status = 0};
    enum rc rc = read_url(&d, why);
    if (rc != RC_OK) {
        return rc;
    }
    CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
    d.easy = curl_easy_init();
    CHECK(d.easy != NULL);
    arena_init(&arena, LIMIT_ARENA_MAX);
    set_common(&d);
    list = d.is_mail ? set_mail(&d) : set_http(&d, &arena);
    rc = finish(&d, curl_easy_perform(d.easy), why);
    curl_easy_cleanup(d.easy);
    curl_slist_free_all(list);
    arena_fini(&arena);
    curl_global_cleanup();
    return rc;
}
