/* libcurl's multi interface, driven by the loop: libcurl says which sockets
 * it waits for (on_socket_wish) and how long at most (on_timer_wish), the loop
 * tells it what came (on_socket, on_timer), and after each telling collect()
 * hands out the exchanges that ended.
 *
 * Between two exchanges libcurl has no wish for a kept connection's socket; it
 * stays watched all the same, since the next exchange would only watch it
 * again, at two system calls a time.  If something does come meanwhile, which
 * is the other side's hanging up, the watch ends and libcurl finds out when
 * it next wants the connection.  Sockets that libcurl opened by itself, for
 * look-ups, it also closes by itself: those are let go when it says so. */
#include "base/check.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/why.h"
#include "net/http_upstream_priv.h"
#include "net/loop.h"
#include "net/loop_priv.h"

#include <event2/event.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct watched { /* one socket, by its number */
    struct http_upstream *up;
    struct event *event; /* NULL: never watched */
    int fd;
    short flags;        /* added with these; 0: not added */
    bool is_connection; /* closed through on_close */
    bool is_idle;       /* watched without libcurl's wish */
};

/* ---- the end of an exchange ---- */

static enum rc rc_of(const struct http_exchange *x, CURLcode code)
{
    switch ((int)code) {
    case CURLE_OK:
        return RC_OK;
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_SSL_CONNECT_ERROR:
        return RC_UNAVAILABLE;
    case CURLE_OPERATION_TIMEDOUT:
        return RC_TIMEOUT;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
        return RC_DENIED;
    case CURLE_URL_MALFORMAT:
        return RC_INVALID;
    default:
        return x->is_refused ? RC_LIMIT : RC_IO;
    }
}

/* Over HTTP/2 a server may answer in full before it has the whole request
 * (RFC 9113, 8.1).  libcurl 7.88 hands all of the answer on, finds the stream
 * closed when it would send the rest, and fails without a word; of a stream
 * that broke within its answer it has some to say. */
static bool is_answered_early(const struct http_exchange *x, CURLcode code)
{
    return (int)code == CURLE_HTTP2_STREAM && x->is_begun &&
           x->error[0] == '\0';
}

static void finish_by(struct http_exchange *x, CURLcode code)
{
    struct why why = {.text = ""};
    enum rc rc = is_answered_early(x, code) ? RC_OK : rc_of(x, code);

    if (rc == RC_OK && !x->is_begun) {
        rc = why_set(&why, RC_IO, "it hung up within its headers");
    } else if (rc != RC_OK) {
        (void)why_set(&why, rc, "%s",
                      x->error[0] != '\0' ? x->error
                                          : curl_easy_strerror(code));
    }
    exchange_finish(x, rc, &why);
}

static void collect(struct http_upstream *up)
{
    int n_left = 0;
    CURLMsg *m;

    while ((m = curl_multi_info_read(up->multi, &n_left)) != NULL) {
        struct http_exchange *x = NULL;
        CURLcode code = m->data.result;

        CHECK(m->msg == CURLMSG_DONE);
        CHECK(curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &x) ==
              CURLE_OK);
        finish_by(x, code);
    }
}

/* ---- sockets and timers ---- */

static struct watched *watched_of(struct http_upstream *up, int fd)
{
    size_t i = (size_t)fd;

    if (i >= up->n_watched) {
        size_t n = i + 64;
        up->watched = mem_grow(up->watched, n, sizeof(struct watched *));
        memset(up->watched + up->n_watched, 0,
               (n - up->n_watched) * sizeof(struct watched *));
        up->n_watched = n;
    }
    if (up->watched[i] == NULL) {
        up->watched[i] = mem_alloc(sizeof(struct watched));
        up->watched[i]->up = up;
        up->watched[i]->fd = fd;
    }
    return up->watched[i];
}

static void unwatch(struct watched *w)
{
    if (w->flags != 0) {
        (void)event_del(w->event);
        w->flags = 0;
    }
    w->is_idle = false;
}

static void on_socket(evutil_socket_t fd, short what, void *arg)
{
    struct watched *w = arg;
    struct http_upstream *up = w->up;
    int bits = ((what & EV_READ) != 0 ? CURL_CSELECT_IN : 0) |
               ((what & EV_WRITE) != 0 ? CURL_CSELECT_OUT : 0);
    int n_running = 0;

    if (w->is_idle) {
        unwatch(w);
        return;
    }
    CHECK(curl_multi_socket_action(up->multi, fd, bits, &n_running) ==
          CURLM_OK);
    collect(up);
}

static int on_socket_wish(CURL *easy, curl_socket_t fd, int wish, void *arg,
                          void *of_socket)
{
    struct watched *w = watched_of(arg, fd);
    short flags = (short)(((wish & CURL_POLL_IN) != 0 ? EV_READ : 0) |
                          ((wish & CURL_POLL_OUT) != 0 ? EV_WRITE : 0));

    (void)easy;
    (void)of_socket;
    if (wish == CURL_POLL_REMOVE) {
        if (w->is_connection && w->flags == EV_READ) {
            w->is_idle = true;
        } else {
            unwatch(w);
        }
        return 0;
    }
    w->is_idle = false;
    if (w->flags == flags) {
        return 0;
    }
    unwatch(w);
    if (w->event == NULL) {
        w->event =
            event_new(loop_base(w->up->loop), fd, EV_PERSIST, on_socket, w);
        CHECK(w->event != NULL);
    }
    CHECK(event_assign(w->event, loop_base(w->up->loop), fd,
                       (short)(flags | EV_PERSIST), on_socket, w) == 0);
    CHECK(event_add(w->event, NULL) == 0);
    w->flags = flags;
    return 0;
}

static curl_socket_t on_open(void *arg, curlsocktype purpose,
                             struct curl_sockaddr *to)
{
    int fd = socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);

    (void)purpose;
    if (fd >= 0) {
        struct watched *w = watched_of(arg, fd);

        unwatch(w);
        w->is_connection = true;
    }
    return fd;
}

static int on_close(void *arg, curl_socket_t fd)
{
    struct watched *w = watched_of(arg, fd);

    unwatch(w);
    w->is_connection = false;
    return close(fd);
}

static int on_timer_wish(CURLM *multi, long ms, void *arg)
{
    struct http_upstream *up = arg;
    const struct timeval in = {.tv_sec = ms / 1000,
                               .tv_usec = ms % 1000 * 1000};

    (void)multi;
    if (ms < 0) {
        CHECK(event_del(up->timer) == 0);
    } else {
        CHECK(event_add(up->timer, &in) == 0);
    }
    return 0;
}

static void kick(struct http_upstream *up)
{
    int n_running = 0;

    CHECK(curl_multi_socket_action(up->multi, CURL_SOCKET_TIMEOUT, 0,
                                   &n_running) == CURLM_OK);
    collect(up);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    kick(arg);
}

/* ---- the answer ---- */

/* "HTTP/1.1 200 OK": the status, and what stands behind it. */
static void read_status(struct http_exchange *x, struct str line,
                        struct str *ret_reason)
{
    struct str word;
    uint64_t n = 0;

    (void)str_cut(&line, ' ', &word);
    (void)str_cut(&line, ' ', &word);
    x->status = str_to_u64(word, &n) == RC_OK && n < 1000 ? (int)n : 0;
    *ret_reason = line;
}

static void hand_on_head(struct http_exchange *x)
{
    struct str rest = buf_view(&x->head);
    struct str line;
    struct arena arena;
    struct http_answer_head head = {.status = x->status};
    size_t n = 0;

    for (size_t i = 0; i < rest.n; i++) {
        n += rest.p[i] == '\n' ? 1 : 0;
    }
    arena_init(&arena, (n + 1) * sizeof(struct http_field) + 64 * 1024);
    struct http_field *field = arena_array(&arena, n, sizeof *field);
    CHECK(field != NULL);
    (void)str_cut(&rest, '\n', &line);
    read_status(x, line, &head.reason);
    while (str_cut(&rest, '\n', &line)) {
        struct str name;

        if (str_cut(&line, ':', &name) && line.p != NULL) {
            field[head.n_fields++] =
                (struct http_field){.name = name, .value = str_trim(line)};
        }
    }
    head.status = x->status;
    head.field = field;
    x->is_begun = true;
    x->watch.head(x->watch.arg, &head);
    arena_fini(&arena);
    buf_fini(&x->head);
}

static size_t on_line(char *p, size_t size, size_t n, void *arg)
{
    struct http_exchange *x = arg;
    struct str line = {.p = p, .n = size * n};
    struct str text = line;

    x->last_us = clock_mono_us();
    if (x->is_begun) {
        return line.n; /* a trailer */
    }
    while (text.n > 0 &&
           (text.p[text.n - 1] == '\r' || text.p[text.n - 1] == '\n')) {
        text.n--;
    }
    if (str_starts(text, STR("HTTP/"))) {
        struct str reason;
        buf_clear(&x->head);
        read_status(x, text, &reason);
    }
    if (text.n == 0) {
        if (x->status / 100 != 1) {
            hand_on_head(x);
        }
        return line.n;
    }
    if ((text.p[0] == ' ' || text.p[0] == '\t') && x->head.n > 0) {
        x->head.n--; /* a line folded: goes on behind the last */
        buf_char(&x->head, ' ');
        text = str_trim(text);
    }
    buf_str(&x->head, text);
    buf_char(&x->head, '\n');
    x->is_refused = x->head.overflown;
    return x->head.overflown ? 0 : line.n;
}

static size_t on_piece(char *p, size_t size, size_t n, void *arg)
{
    return exchange_hand_on(arg, (struct str){p, size * n}) ? size * n : 0;
}

/* ---- the request ---- */

/* What libcurl is told once a handle. */
static void set_up(struct http_exchange *x)
{
    CURL *e = x->easy;

    (void)curl_easy_setopt(e, CURLOPT_PRIVATE, x);
    (void)curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(e, CURLOPT_HTTP_VERSION,
                           (long)CURL_HTTP_VERSION_2TLS);
    (void)curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
    (void)curl_easy_setopt(e, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    (void)curl_easy_setopt(e, CURLOPT_BUFFERSIZE,
                           (long)LIMIT_UPSTREAM_READ_BYTES);
    (void)curl_easy_setopt(e, CURLOPT_UPLOAD_BUFFERSIZE,
                           (long)LIMIT_UPSTREAM_WRITE_BYTES);
    (void)curl_easy_setopt(e, CURLOPT_ERRORBUFFER, x->error);
    (void)curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_line);
    (void)curl_easy_setopt(e, CURLOPT_HEADERDATA, x);
    (void)curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_piece);
    (void)curl_easy_setopt(e, CURLOPT_WRITEDATA, x);
    (void)curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, on_open);
    (void)curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, x->up);
    (void)curl_easy_setopt(e, CURLOPT_CLOSESOCKETFUNCTION, on_close);
    (void)curl_easy_setopt(e, CURLOPT_CLOSESOCKETDATA, x->up);
}

/* libcurl's list of headers, made in the arena: "Name: value", "Name;" for an
 * empty value, and "Name:" to keep libcurl from making one up. */
static struct curl_slist *add_line(struct http_exchange *x,
                                   struct curl_slist *last, char *text)
{
    struct curl_slist *line = arena_alloc(&x->arena, sizeof *line);

    CHECK(line != NULL && text != NULL);
    line->data = text;
    last->next = line;
    return line;
}

static struct curl_slist *header_lines(struct http_exchange *x,
                                       const struct http_ask *ask)
{
    struct curl_slist first = {.next = NULL};
    struct curl_slist *last = &first;
    bool has_accept = false;
    bool has_type = false;

    for (size_t i = 0; i < ask->n_fields; i++) {
        const struct http_field *f = &ask->field[i];
        char *text = arena_alloc(&x->arena, f->name.n + f->value.n + 3);

        CHECK(text != NULL);
        memcpy(text, f->name.p, f->name.n);
        text[f->name.n] = f->value.n > 0 ? ':' : ';';
        if (f->value.n > 0) {
            text[f->name.n + 1] = ' ';
            memcpy(text + f->name.n + 2, f->value.p, f->value.n);
        }
        last = add_line(x, last, text);
        has_accept = has_accept || str_eq_nocase(f->name, STR("Accept"));
        has_type = has_type || str_eq_nocase(f->name, STR("Content-Type"));
    }
    last = add_line(x, last, str_cz(&x->arena, STR("Expect:")));
    if (!has_accept) {
        last = add_line(x, last, str_cz(&x->arena, STR("Accept:")));
    }
    if (!has_type) {
        (void)add_line(x, last, str_cz(&x->arena, STR("Content-Type:")));
    }
    return first.next;
}

static void set_method(struct http_exchange *x, enum http_method method,
                       bool has_body)
{
    CURL *e = x->easy;

    /* Each of these forgets what the others had set. */
    (void)curl_easy_setopt(e, CURLOPT_NOBODY, 0L);
    (void)curl_easy_setopt(e, CURLOPT_POSTFIELDS, NULL);
    (void)curl_easy_setopt(e, CURLOPT_HTTPGET, 1L);
    (void)curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, NULL);
    if (method == HTTP_HEAD) {
        (void)curl_easy_setopt(e, CURLOPT_NOBODY, 1L);
    } else if (has_body || method == HTTP_POST) {
        (void)curl_easy_setopt(e, CURLOPT_POST, 1L);
        (void)curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE,
                               (curl_off_t)x->body.n);
        (void)curl_easy_setopt(e, CURLOPT_POSTFIELDS,
                               x->body.n > 0 ? x->body.p : "");
    }
    if (method != HTTP_HEAD && method != HTTP_GET && method != HTTP_POST) {
        (void)curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST,
                               http_method_name(method));
    } else if (method == HTTP_GET && has_body) {
        (void)curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, "GET");
    }
}

/* Certificates out of one file are read once and shared by all connections of
 * a loop; a folder of them, which some builds of libcurl look into besides,
 * would have every connection read them again and keep them: 0.9 MB and 29 ms
 * each.  Beside a file of the user's it would be trusted, too. */
static void set_trust(CURL *e, const char *ca_file)
{
    const curl_version_info_data *built = curl_version_info(CURLVERSION_NOW);

    if (ca_file != NULL) {
        (void)curl_easy_setopt(e, CURLOPT_CAINFO, ca_file);
    }
    if (ca_file != NULL || built->cainfo != NULL) {
        (void)curl_easy_setopt(e, CURLOPT_CAPATH, NULL);
    }
}

static void set_ask(struct http_exchange *x, const struct http_ask *ask)
{
    const struct http_origin *to = ask->origin;
    CURL *e = x->easy;

    set_method(x, ask->method, ask->own_body != NULL);
    (void)curl_easy_setopt(e, CURLOPT_URL, to->url);
    (void)curl_easy_setopt(e, CURLOPT_REQUEST_TARGET,
                           str_cz(&x->arena, ask->target));
    (void)curl_easy_setopt(e, CURLOPT_HTTPHEADER, header_lines(x, ask));
    (void)curl_easy_setopt(e, CURLOPT_PROXY,
                           to->proxy != NULL ? to->proxy : "");
    (void)curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)to->connect_ms);
    set_trust(e, to->ca_file);
}

void curl_start(struct http_exchange *x, const struct http_ask *ask)
{
    struct http_upstream *up = x->up;

    if (up->n_spare > 0) {
        x->easy = up->spare[--up->n_spare];
    } else {
        x->easy = curl_easy_init();
        CHECK(x->easy != NULL);
    }
    x->error = mem_alloc(CURL_ERROR_SIZE);
    arena_init(&x->arena, SIZE_MAX); /* the server bounds what is in it */
    set_up(x);
    set_ask(x, ask);
    CHECK(curl_multi_add_handle(up->multi, x->easy) == CURLM_OK);
}

void curl_let_go(struct http_exchange *x)
{
    struct http_upstream *up = x->up;
    long n_sent = 0;

    (void)curl_easy_getinfo(x->easy, CURLINFO_REQUEST_SIZE, &n_sent);
    x->is_sent = n_sent > 0;
    CHECK(curl_multi_remove_handle(up->multi, x->easy) == CURLM_OK);
    if (up->n_spare < LIMIT_UPSTREAM_SPARE) {
        curl_easy_reset(x->easy);
        up->spare[up->n_spare++] = x->easy;
    } else {
        curl_easy_cleanup(x->easy);
    }
    arena_fini(&x->arena);
    mem_free(x->error);
}

void curl_hold(struct http_exchange *x, bool is_held)
{
    (void)curl_easy_pause(x->easy, is_held ? CURLPAUSE_RECV : CURLPAUSE_CONT);
}

/* ---- life ---- */

void curl_open(struct http_upstream *up)
{
    CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
    up->multi = curl_multi_init();
    up->timer = evtimer_new(loop_base(up->loop), on_timer, up);
    up->spare = mem_array(LIMIT_UPSTREAM_SPARE, sizeof(CURL *));
    CHECK(up->multi != NULL && up->timer != NULL);
    (void)curl_multi_setopt(up->multi, CURLMOPT_SOCKETFUNCTION, on_socket_wish);
    (void)curl_multi_setopt(up->multi, CURLMOPT_SOCKETDATA, up);
    (void)curl_multi_setopt(up->multi, CURLMOPT_TIMERFUNCTION, on_timer_wish);
    (void)curl_multi_setopt(up->multi, CURLMOPT_TIMERDATA, up);
    /* One call at a time on a connection, over HTTP/2 too: when libcurl 7.88
     * reads for one stream what is another's whole answer, while the request
     * of that is not sent to its end, it loses the answer. */
    (void)curl_multi_setopt(up->multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
    (void)curl_multi_setopt(up->multi, CURLMOPT_MAXCONNECTS,
                            (long)LIMIT_UPSTREAM_KEPT);
}

void curl_close(struct http_upstream *up)
{
    for (int i = 0; i < up->n_spare; i++) {
        curl_easy_cleanup(up->spare[i]);
    }
    mem_free(up->spare);
    CHECK(curl_multi_cleanup(up->multi) == CURLM_OK);
    for (size_t i = 0; i < up->n_watched; i++) {
        if (up->watched[i] != NULL && up->watched[i]->event != NULL) {
            event_free(up->watched[i]->event);
        }
        mem_free(up->watched[i]);
    }
    mem_free(up->watched);
    event_free(up->timer);
    curl_global_cleanup();
}
