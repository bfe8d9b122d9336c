#include "app/serve_messages.h"

#include "app/postbox.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/limits.h"
#include "face/notify/notify.h"
#include "net/http_error.h"
#include "net/http_server.h"
#include "watch/outbox.h"

#define CHANNELS STR("/api/channels")
#define MESSAGES STR("/api/messages")
#define MESSAGE  STR("/api/messages/")

struct telling {
    struct channels *channels;
    struct json_writer w;
    uint64_t id;
    bool is_found;
};

static void member(struct json_writer *w, const char *name, struct str value)
{
    json_w_key(w, str_from_cz(name));
    json_w_str(w, value);
}

/* ---- channels ---- */

static void tell_problem(struct json_writer *w, const struct channel *c)
{
    struct buf b;

    json_w_key(w, STR("problem"));
    if (c->missing_env.n == 0) {
        json_w_null(w);
        return;
    }
    buf_init(&b, 4096);
    buf_fmt(&b,
            "the environment variable %.*s is not set where the server "
            "runs",
            STR_ARG(c->missing_env));
    json_w_str(w, buf_view(&b));
    buf_fini(&b);
}

static void tell_channels(void *arg, const struct outbox *all)
{
    struct telling *t = arg;

    json_w_obj(&t->w);
    json_w_key(&t->w, STR("channels"));
    json_w_arr(&t->w);
    for (size_t i = 0; i < channels_n(t->channels); i++) {
        const struct channel *c = channels_at(t->channels, i);
        const struct outbox_item *last = outbox_latest(all, c->name, STR_EMPTY);

        json_w_obj(&t->w);
        member(&t->w, "name", c->name);
        member(&t->w, "kind", str_from_cz(notify_kind_name(c->kind)));
        tell_problem(&t->w, c);
        json_w_key(&t->w, STR("last"));
        if (last != NULL) {
            postbox_write(&t->w, last);
        } else {
            json_w_null(&t->w);
        }
        json_w_obj_end(&t->w);
    }
    json_w_arr_end(&t->w);
    json_w_obj_end(&t->w);
}

/* ---- messages ---- */

static void tell_one(void *arg, const struct outbox *all)
{
    struct telling *t = arg;
    const struct outbox_item *item = outbox_of(all, t->id);

    t->is_found = item != NULL;
    if (item != NULL) {
        postbox_write(&t->w, item);
    }
}

static bool tell_message(struct postbox *postbox, struct str id,
                         struct buf *body)
{
    struct telling t = {.is_found = false};

    if (str_to_u64(id, &t.id) != RC_OK) {
        return false;
    }
    json_w_init(&t.w, body);
    postbox_read(postbox, tell_one, &t);
    buf_char(body, '\n');
    return t.is_found;
}

/* ---- the routes ---- */

static void answer(struct http_call *call, const struct buf *body)
{
    const struct http_header header = {"Cache-Control", STR("no-store")};

    http_answer(call,
                &(struct http_reply){.status = 200,
                                     .content_type = STR("application/json"),
                                     .body = buf_view(body),
                                     .header = &header,
                                     .n_headers = 1});
}

bool serve_messages_knows(struct str path)
{
    return str_eq(path, CHANNELS) || str_eq(path, MESSAGES) ||
           str_starts(path, MESSAGE);
}

void serve_messages_answer(struct postbox *postbox, struct channels *channels,
                           struct http_call *call,
                           const struct http_request *req)
{
    bool is_there = true;
    struct buf body;

    if (req->method != HTTP_GET && req->method != HTTP_HEAD) {
        http_answer_error(call, 405, STR("method"),
                          STR("this route does not take that method"),
                          STR("GET, HEAD"));
        return;
    }
    buf_init(&body, LIMIT_ANSWER_BYTES_MAX);
    if (str_eq(req->path, CHANNELS)) {
        struct telling t = {.channels = channels};
        json_w_init(&t.w, &body);
        postbox_read(postbox, tell_channels, &t);
        buf_char(&body, '\n');
    } else if (str_eq(req->path, MESSAGES)) {
        postbox_list(postbox, &body);
    } else {
        is_there = tell_message(postbox,
                                str_sub(req->path, MESSAGE.n, SIZE_MAX), &body);
    }
    if (is_there) {
        answer(call, &body);
    } else {
        http_answer_error(call, 404, STR("not_found"),
                          STR("there is no such message"),
                          STR("GET /api/messages lists them; those that ended "
                              "long ago are forgotten"));
    }
    buf_fini(&body);
}
