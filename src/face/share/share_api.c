#include "face/share/share_api.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/near.h"
#include "base/rand.h"
#include "base/utc.h"
#include "base/why.h"
#include "face/api/api.h"
#include "face/share/share_gate.h"
#include "face/share/shelf.h"
#include "net/http_error.h"

#define VIEWS        STR("/api/views")
#define SHARES       STR("/api/shares")
#define SHARE        STR("/api/share")
#define DAYS_USUAL   7
#define ID_BYTES     8
#define TOKEN_BYTES  32 /* 256 random bits */
#define RECORD_BYTES (64 * 1024)

struct call {
    const struct share_env *env;
    const struct share_request *req;
    struct arena arena;
    struct json *body;
    struct json_writer w; /* of the answer */
};

/* ---- what is asked ---- */

/* "/api/views" or "/api/views/{id}"; false for neither. */
static bool is_below(struct str path, struct str route, struct str *ret_id)
{
    *ret_id = STR_EMPTY;
    if (str_eq(path, route)) {
        return true;
    }
    if (!str_starts(path, route) || path.n < route.n + 2 ||
        path.p[route.n] != '/') {
        return false;
    }
    *ret_id = str_sub(path, route.n + 1, SIZE_MAX);
    return true;
}

bool share_api_knows(struct str path)
{
    struct str id;

    return is_below(path, VIEWS, &id) || is_below(path, SHARES, &id) ||
           str_eq(path, SHARE);
}

static const struct str member_names[] = {
    STR_INIT("name"), STR_INIT("address"), STR_INIT("note"),  STR_INIT("by"),
    STR_INIT("view"), STR_INIT("expires"), STR_INIT("opens"),
};

static enum rc check_members(const struct json *body, size_t n_known,
                             struct why *why)
{
    for (const struct json *j = json_first(body); j != NULL; j = json_next(j)) {
        struct near near;
        bool is_known = false;

        near_init(&near, json_key(j));
        for (size_t i = 0; i < n_known; i++) {
            is_known = is_known || str_eq(json_key(j), member_names[i]);
            near_offer(&near, member_names[i]);
        }
        if (!is_known) {
            return near_unknown(&near, "member", "docs/sharing.md has them",
                                why);
        }
    }
    return RC_OK;
}

/*   n_known  of member_names: a view has the first four */
static enum rc read_body(struct call *c, size_t n_known, struct why *why)
{
    enum rc rc = json_parse(c->req->body, &c->body, why);

    if (rc == RC_OK && json_kind(c->body) != JSON_OBJ) {
        rc = why_set(why, RC_PARSE, "the body must be a JSON object");
    }
    return rc == RC_OK ? check_members(c->body, n_known, why) : rc;
}

/* A text member; *ret stays as it was when it is absent. */
static enum rc read_text(const struct call *c, const char *name, size_t max,
                         struct str *ret, struct why *why)
{
    const struct json *j = json_get(c->body, name);

    if (json_kind(j) == JSON_NULL) {
        return RC_OK;
    }
    if (json_kind(j) != JSON_STR) {
        return why_set(why, RC_INVALID, "%s must be a string", name);
    }
    if (json_str(j).n > max) {
        return why_set(why, RC_INVALID, "%s is over %zu bytes", name, max);
    }
    *ret = json_str(j);
    return RC_OK;
}

static enum rc read_texts(const struct call *c, struct shelf_item *item,
                          struct why *why)
{
    enum rc rc = read_text(c, "name", LIMIT_DIM_MAX, &item->name, why);

    if (rc == RC_OK) {
        rc = read_text(c, "address", LIMIT_VIEW_ADDRESS_MAX, &item->address,
                       why);
    }
    if (rc == RC_OK) {
        rc = read_text(c, "note", LIMIT_NOTE_MAX, &item->note, why);
    }
    if (rc == RC_OK) {
        rc = read_text(c, "by", LIMIT_DIM_MAX, &item->by, why);
    }
    if (rc == RC_OK && str_starts(item->address, STR("#"))) {
        item->address = str_sub(item->address, 1, SIZE_MAX);
    }
    return rc;
}

/* ---- making ---- */

static enum rc random_hex(struct call *c, size_t n_bytes, struct str *ret,
                          struct why *why)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char bytes[TOKEN_BYTES];
    char hex[2 * TOKEN_BYTES];
    enum rc rc = rand_secret(bytes, n_bytes, why);

    if (rc != RC_OK) {
        return rc;
    }
    for (size_t i = 0; i < n_bytes; i++) {
        hex[2 * i] = digits[bytes[i] >> 4];
        hex[2 * i + 1] = digits[bytes[i] & 15];
    }
    return str_dup(&c->arena, (struct str){hex, 2 * n_bytes}, ret);
}

static enum rc write(struct call *c, const struct shelf_item *item,
                     const struct str *opens, size_t n_opens, struct why *why)
{
    struct buf record;

    buf_init(&record, RECORD_BYTES);
    shelf_put(&record, item, opens, n_opens);
    enum rc rc = buf_rc(&record, why);
    if (rc == RC_OK) {
        rc = c->env->write(c->env->arg, buf_view(&record), why);
    }
    buf_fini(&record);
    return rc;
}

static enum rc not_found(const char *what, struct str id, struct why *why)
{
    return why_set(why, RC_NOT_FOUND, "there is no %s %.*s", what,
                   STR_ARG(str_utf8_cut(id, 80)));
}

static enum rc check_view(struct call *c, const struct shelf_item *view,
                          struct why *why)
{
    const struct shelf_item *other =
        shelf_named(c->env->shelf, SHELF_VIEW, view->name);
    struct query scope;

    if (view->name.n == 0) {
        return why_set(why, RC_INVALID, "name is missing");
    }
    if (other != NULL && !str_eq(other->id, view->id)) {
        return why_set(why, RC_EXISTS, "there is a view of that name: %.*s",
                       STR_ARG(other->id));
    }
    return share_scope(view->address, c->req->now_us, c->req->timezone,
                       &c->arena, &scope, why);
}

/* ---- telling ---- */

static void add_text(struct json_writer *w, const char *name, struct str s)
{
    json_w_key(w, str_from_cz(name));
    json_w_str(w, s);
}

static void add_time(struct json_writer *w, const char *name, int64_t us)
{
    struct buf text;

    buf_init(&text, 64);
    utc_add_text(&text, us);
    add_text(w, name, buf_view(&text));
    buf_fini(&text);
}

static void add_item(struct json_writer *w, const struct shelf_item *item,
                     int64_t now_us)
{
    add_text(w, "id", item->id);
    add_text(w, "name", item->name);
    add_text(w, "address", item->address);
    add_text(w, "note", item->note);
    add_text(w, "by", item->by);
    add_time(w, "made", item->made_us);
    add_time(w, "changed", item->changed_us);
    if (item->kind != SHELF_SHARE) {
        return;
    }
    json_w_key(w, STR("view"));
    if (item->view.n > 0) {
        json_w_str(w, item->view);
    } else {
        json_w_null(w);
    }
    add_time(w, "expires", item->expires_us);
    json_w_key(w, STR("expired"));
    json_w_bool(w, now_us >= item->expires_us);
    json_w_key(w, STR("opens"));
    json_w_arr(w);
    for (const struct json *j = json_first(item->opens); j != NULL;
         j = json_next(j)) {
        json_w_str(w, json_str(j));
    }
    json_w_arr_end(w);
}

static void add_object(struct call *c, const struct shelf_item *item)
{
    json_w_obj(&c->w);
    add_item(&c->w, item, c->req->now_us);
    json_w_obj_end(&c->w);
}

static void list(struct call *c, enum shelf_kind kind)
{
    json_w_obj(&c->w);
    json_w_key(&c->w, kind == SHELF_VIEW ? STR("views") : STR("shares"));
    json_w_arr(&c->w);
    for (size_t i = 0; i < shelf_n(c->env->shelf); i++) {
        if (shelf_at(c->env->shelf, i)->kind == kind) {
            add_object(c, shelf_at(c->env->shelf, i));
        }
    }
    json_w_arr_end(&c->w);
    json_w_obj_end(&c->w);
}

/* ---- views ---- */

static enum rc make_view(struct call *c, struct why *why)
{
    struct shelf_item view = {.kind = SHELF_VIEW,
                              .made_us = c->req->now_us,
                              .changed_us = c->req->now_us};
    enum rc rc = read_body(c, 4, why);

    rc = rc == RC_OK ? read_texts(c, &view, why) : rc;
    rc = rc == RC_OK ? random_hex(c, ID_BYTES, &view.id, why) : rc;
    rc = rc == RC_OK ? check_view(c, &view, why) : rc;
    rc = rc == RC_OK ? write(c, &view, NULL, 0, why) : rc;
    if (rc == RC_OK) {
        add_object(c, &view);
    }
    return rc;
}

static enum rc change_view(struct call *c, struct str id, struct why *why)
{
    const struct shelf_item *old = shelf_find(c->env->shelf, SHELF_VIEW, id);

    if (old == NULL) {
        return not_found("view", id, why);
    }
    struct shelf_item view = *old;
    view.changed_us = c->req->now_us;
    enum rc rc = read_body(c, 4, why);
    rc = rc == RC_OK ? read_texts(c, &view, why) : rc;
    rc = rc == RC_OK ? check_view(c, &view, why) : rc;
    /* The old one ends with the write, and the slices that point into it. */
    if (rc == RC_OK) {
        add_object(c, &view);
        rc = write(c, &view, NULL, 0, why);
    }
    return rc;
}

static enum rc drop(struct call *c, enum shelf_kind kind, struct str id,
                    struct why *why)
{
    struct buf record;

    if (shelf_find(c->env->shelf, kind, id) == NULL) {
        return not_found(kind == SHELF_VIEW ? "view" : "share", id, why);
    }
    buf_init(&record, RECORD_BYTES);
    shelf_drop(&record, id);
    enum rc rc = buf_rc(&record, why);
    rc = rc == RC_OK ? c->env->write(c->env->arg, buf_view(&record), why) : rc;
    buf_fini(&record);
    if (rc == RC_OK) {
        json_w_raw(&c->w, STR("{\"deleted\":true}"));
    }
    return rc;
}

/* ---- shares ---- */

/* "7d", "12h", or the time itself. */
static enum rc read_expires(const struct call *c, int64_t *ret_us,
                            struct why *why)
{
    const int64_t now_us = c->req->now_us;
    struct str text = STR_EMPTY;
    int64_t n = DAYS_USUAL;
    enum rc rc = read_text(c, "expires", 64, &text, why);

    if (rc != RC_OK) {
        return rc;
    }
    bool is_days = text.n == 0 || str_ends(text, STR("d"));
    bool is_span =
        text.n == 0 || ((is_days || str_ends(text, STR("h"))) &&
                        str_to_i64(str_sub(text, 0, text.n - 1), &n) == RC_OK);
    if (is_span && n > 0 && n <= LIMIT_SHARE_DAYS_MAX * 24) {
        *ret_us = now_us + n * (is_days ? UTC_US_PER_DAY : UTC_US_PER_HOUR);
    } else if (is_span || utc_parse(text, false, ret_us) != RC_OK) {
        return why_set(why, RC_INVALID,
                       "expires must be a span such as 7d or 12h, or a time "
                       "such as 2026-12-24T18:00:00Z, not \"%.*s\"",
                       STR_ARG(text));
    }
    if (*ret_us <= now_us ||
        *ret_us > now_us + LIMIT_SHARE_DAYS_MAX * UTC_US_PER_DAY) {
        return why_set(why, RC_INVALID,
                       "expires must be ahead, by at most %d days",
                       LIMIT_SHARE_DAYS_MAX);
    }
    return RC_OK;
}

static enum rc read_opens(struct call *c, struct str opens[], size_t *ret_n,
                          struct why *why)
{
    const struct json *list_of = json_get(c->body, "opens");
    enum rc rc = RC_OK;

    *ret_n = 0;
    if (json_kind(list_of) != JSON_NULL && json_kind(list_of) != JSON_ARR) {
        return why_set(why, RC_INVALID, "opens must be an array of requests");
    }
    for (const struct json *j = json_first(list_of); rc == RC_OK && j != NULL;
         j = json_next(j)) {
        if (*ret_n == LIMIT_SHARE_OPENS_MAX) {
            return why_set(why, RC_INVALID, "opens has over %d requests",
                           LIMIT_SHARE_OPENS_MAX);
        }
        rc = share_open(json_str(j), &c->arena, &opens[(*ret_n)++], why);
    }
    return rc;
}

/* Of a saved view, or of an address alone. */
static enum rc read_what(struct call *c, struct shelf_item *share,
                         struct why *why)
{
    enum rc rc = read_text(c, "view", LIMIT_DIM_MAX, &share->view, why);
    struct query scope;

    if (rc == RC_OK && share->view.n > 0) {
        const struct shelf_item *view =
            shelf_find(c->env->shelf, SHELF_VIEW, share->view);
        if (view == NULL) {
            return not_found("view", share->view, why);
        }
        share->name = view->name;
        share->note = view->note;
        share->address = view->address;
    } else if (rc == RC_OK && json_get(c->body, "address") == NULL) {
        return why_set(why, RC_INVALID,
                       "say what is shared: view, the id of a saved one, or "
                       "address");
    }
    if (rc == RC_OK && share->view.n > 0 &&
        json_get(c->body, "address") != NULL) {
        return why_set(why, RC_INVALID, "view and address exclude each other");
    }
    rc = rc == RC_OK ? read_texts(c, share, why) : rc;
    return rc == RC_OK ? share_scope(share->address, c->req->now_us,
                                     c->req->timezone, &c->arena, &scope, why)
                       : rc;
}

static void add_made(struct call *c, const struct shelf_item *share,
                     const struct str *opens, size_t n_opens, struct str token)
{
    struct str link = str_fmt(&c->arena, "/?share=%.*s#%.*s", STR_ARG(token),
                              STR_ARG(share->address));

    json_w_obj(&c->w);
    add_text(&c->w, "id", share->id);
    add_text(&c->w, "token", token);
    add_text(&c->w, "link", link);
    add_text(&c->w, "name", share->name);
    add_text(&c->w, "address", share->address);
    add_text(&c->w, "note", share->note);
    add_time(&c->w, "expires", share->expires_us);
    json_w_key(&c->w, STR("opens"));
    json_w_arr(&c->w);
    for (size_t i = 0; i < n_opens; i++) {
        json_w_str(&c->w, opens[i]);
    }
    json_w_arr_end(&c->w);
    json_w_obj_end(&c->w);
}

static enum rc make_share(struct call *c, struct why *why)
{
    struct shelf_item share = {.kind = SHELF_SHARE,
                               .made_us = c->req->now_us,
                               .changed_us = c->req->now_us};
    struct str opens[LIMIT_SHARE_OPENS_MAX];
    struct str token = STR_EMPTY;
    char hash[SHELF_HASH_BYTES];
    size_t n_opens = 0;
    enum rc rc = read_body(c, ARRAY_N(member_names), why);

    rc = rc == RC_OK ? read_what(c, &share, why) : rc;
    rc = rc == RC_OK ? read_expires(c, &share.expires_us, why) : rc;
    rc = rc == RC_OK ? read_opens(c, opens, &n_opens, why) : rc;
    rc = rc == RC_OK ? random_hex(c, ID_BYTES, &share.id, why) : rc;
    rc = rc == RC_OK ? random_hex(c, TOKEN_BYTES, &token, why) : rc;
    if (rc != RC_OK) {
        return rc;
    }
    shelf_hash_token(token, hash);
    share.token = str_from_cz(hash);
    rc = write(c, &share, opens, n_opens, why);
    if (rc == RC_OK) {
        add_made(c, &share, opens, n_opens, token);
    }
    return rc;
}

/* What its holder may know of it. */
static enum rc tell_share(struct call *c, struct why *why)
{
    const struct shelf_item *share =
        shelf_share_of(c->env->shelf, c->req->token);
    struct query scope;

    if (share == NULL || c->req->now_us >= share->expires_us) {
        return why_set(why, RC_DENIED, "%s",
                       c->req->token.n == 0
                           ? "no token came with this request"
                           : "this share has expired, or was withdrawn");
    }
    enum rc rc = share_scope(share->address, c->req->now_us, c->req->timezone,
                             &c->arena, &scope, why);
    if (rc != RC_OK) {
        return rc;
    }
    json_w_obj(&c->w);
    add_text(&c->w, "name", share->name);
    add_text(&c->w, "address", share->address);
    add_text(&c->w, "note", share->note);
    add_text(&c->w, "by", share->by);
    add_time(&c->w, "expires", share->expires_us);
    add_time(&c->w, "from", scope.from_us);
    add_time(&c->w, "to", scope.to_us);
    json_w_key(&c->w, STR("filters"));
    json_w_arr(&c->w);
    for (size_t i = 0; i < scope.n_where; i++) {
        struct buf text;
        buf_init(&text, RECORD_BYTES);
        query_add_filter(&text, &scope.where[i]);
        json_w_str(&c->w, buf_view(&text));
        buf_fini(&text);
    }
    json_w_arr_end(&c->w);
    json_w_key(&c->w, STR("opens"));
    json_w_arr(&c->w);
    for (const struct json *j = json_first(share->opens); j != NULL;
         j = json_next(j)) {
        json_w_str(&c->w, json_str(j));
    }
    json_w_arr_end(&c->w);
    json_w_obj_end(&c->w);
    return RC_OK;
}

/* ---- the routes ---- */

static enum rc no_method(const char *methods, struct why *why)
{
    return why_set(why, RC_UNSUPPORTED, "this route takes %s", methods);
}

static enum rc answer_items(struct call *c, enum shelf_kind kind, struct str id,
                            struct why *why)
{
    bool is_view = kind == SHELF_VIEW;

    switch (c->req->method) {
    case SHARE_GET:
        if (id.n == 0) {
            list(c, kind);
            return RC_OK;
        }
        break;
    case SHARE_POST:
        if (id.n == 0) {
            return is_view ? make_view(c, why) : make_share(c, why);
        }
        if (is_view) {
            return change_view(c, id, why);
        }
        break;
    case SHARE_DELETE:
        if (id.n > 0) {
            return drop(c, kind, id, why);
        }
        break;
    }
    return no_method(id.n == 0 ? "GET and POST"
                     : is_view ? "POST and DELETE"
                               : "DELETE",
                     why);
}

static enum rc answer(struct call *c, struct why *why)
{
    struct str path = c->req->path;
    struct str id;

    if (is_below(path, VIEWS, &id)) {
        return answer_items(c, SHELF_VIEW, id, why);
    }
    if (is_below(path, SHARES, &id)) {
        return answer_items(c, SHELF_SHARE, id, why);
    }
    return c->req->method == SHARE_GET ? tell_share(c, why)
                                       : no_method("GET", why);
}

void share_api(const struct share_env *env, const struct share_request *req,
               struct api_response *ret)
{
    struct call c = {.env = env, .req = req};
    struct why why = {.text = ""};

    *ret = (struct api_response){.status = 200,
                                 .content_type = "application/json"};
    buf_init(&ret->body, LIMIT_ANSWER_BYTES_MAX);
    arena_init(&c.arena, LIMIT_ANSWER_BYTES_MAX);
    json_w_init(&c.w, &ret->body);
    enum rc rc = answer(&c, &why);
    buf_char(&ret->body, '\n');
    rc = rc == RC_OK ? buf_rc(&ret->body, &why) : rc;
    if (rc != RC_OK) {
        buf_clear(&ret->body);
        ret->status = rc == RC_INVALID || rc == RC_RANGE ? 400
                      : rc == RC_UNSUPPORTED             ? 405
                                                         : http_status_of(rc);
        http_error_body(&ret->body, str_from_cz(rc_name(rc)),
                        str_from_cz(why.text),
                        STR("docs/sharing.md describes views and shares"));
    }
    json_free(&c.body);
    arena_fini(&c.arena);
}
