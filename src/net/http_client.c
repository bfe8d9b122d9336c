#include "net/http_client.h"

#include "base/buf.h"
#include "base/check.h"
#include "base/mem.h"
#include "base/why.h"

#include <curl/curl.h>
#include <stdio.h>

struct http_client {
    CURL *easy;
    long timeout_ms;
};

struct http_client *http_client_new(long timeout_ms)
{
    struct http_client *c = mem_alloc(sizeof *c);

    CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
    c->easy = curl_easy_init();
    CHECK(c->easy != NULL);
    c->timeout_ms = timeout_ms;
    return c;
}

void http_client_free(struct http_client **c)
{
    if (c == NULL || *c == NULL) {
        return;
    }
    curl_easy_cleanup((*c)->easy);
    curl_global_cleanup();
    mem_free(*c);
    *c = NULL;
}

static size_t on_body(char *p, size_t size, size_t n, void *arg)
{
    struct buf *body = arg;

    buf_add(body, p, size * n);
    return body->overflown ? 0 : size * n;
}

static enum rc rc_of(CURLcode code)
{
    switch ((int)code) {
    case CURLE_OK:
        return RC_OK;
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
        return RC_UNAVAILABLE;
    case CURLE_OPERATION_TIMEDOUT:
        return RC_TIMEOUT;
    case CURLE_WRITE_ERROR: /* on_body found the buf full */
        return RC_LIMIT;
    default:
        return RC_IO;
    }
}

static enum rc perform(struct http_client *c, const char *url, int *ret_status,
                       struct buf *ret_body, struct why *why)
{
    char error[CURL_ERROR_SIZE] = "";
    const size_t n_before = ret_body->n;
    long status = 0;

    (void)curl_easy_setopt(c->easy, CURLOPT_URL, url);
    (void)curl_easy_setopt(c->easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(c->easy, CURLOPT_NOPROXY, "*");
    (void)curl_easy_setopt(c->easy, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(c->easy, CURLOPT_TIMEOUT_MS, c->timeout_ms);
    (void)curl_easy_setopt(c->easy, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl_easy_setopt(c->easy, CURLOPT_WRITEDATA, ret_body);
    (void)curl_easy_setopt(c->easy, CURLOPT_ERRORBUFFER, error);
    enum rc rc = rc_of(curl_easy_perform(c->easy));
    (void)curl_easy_setopt(c->easy, CURLOPT_ERRORBUFFER, NULL);
    if (rc == RC_LIMIT) {
        ret_body->n = n_before;
        return why_set(why, rc, "%s: the answer is over %zu bytes", url,
                       ret_body->max);
    }
    if (rc != RC_OK) {
        ret_body->n = n_before;
        return why_set(why, rc, "%s: %s", url,
                       error[0] != '\0' ? error : "the call failed");
    }
    (void)curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
    *ret_status = (int)status;
    return RC_OK;
}

enum rc http_client_get(struct http_client *c, const char *url, int *ret_status,
                        struct buf *ret_body, struct why *why)
{
    curl_easy_reset(c->easy);
    return perform(c, url, ret_status, ret_body, why);
}

/* `c` bears its method already. */
static enum rc send_body(struct http_client *c, const char *url,
                         const struct http_content *content, int *ret_status,
                         struct buf *ret_body, struct why *why)
{
    char type[128];
    /* "Expect:" would cost a round trip a body; the server reads on anyway. */
    struct curl_slist *headers = curl_slist_append(NULL, "Expect:");

    int n = snprintf(type, sizeof type, "Content-Type: %s", content->type);
    CHECK(n > 0 && (size_t)n < sizeof type);
    CHECK(headers != NULL);
    CHECK(curl_slist_append(headers, type) != NULL);
    (void)curl_easy_setopt(c->easy, CURLOPT_POSTFIELDS,
                           content->bytes.n > 0 ? content->bytes.p : "");
    (void)curl_easy_setopt(c->easy, CURLOPT_POSTFIELDSIZE_LARGE,
                           (curl_off_t)content->bytes.n);
    (void)curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, headers);
    enum rc rc = perform(c, url, ret_status, ret_body, why);
    curl_slist_free_all(headers);
    return rc;
}

enum rc http_client_post(struct http_client *c, const char *url,
                         const struct http_content *content, int *ret_status,
                         struct buf *ret_body, struct why *why)
{
    curl_easy_reset(c->easy);
    (void)curl_easy_setopt(c->easy, CURLOPT_POST, 1L);
    return send_body(c, url, content, ret_status, ret_body, why);
}

enum rc http_client_put(struct http_client *c, const char *url,
                        const struct http_content *content, int *ret_status,
                        struct buf *ret_body, struct why *why)
{
    curl_easy_reset(c->easy);
    (void)curl_easy_setopt(c->easy, CURLOPT_POST, 1L);
    (void)curl_easy_setopt(c->easy, CURLOPT_CUSTOMREQUEST, "PUT");
    return send_body(c, url, content, ret_status, ret_body, why);
}

enum rc http_client_delete(struct http_client *c, const char *url,
                           int *ret_status, struct buf *ret_body,
                           struct why *why)
{
    curl_easy_reset(c->easy);
    (void)curl_easy_setopt(c->easy, CURLOPT_CUSTOMREQUEST, "DELETE");
    return perform(c, url, ret_status, ret_body, why);
}
