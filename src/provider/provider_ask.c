/* Asking for a stream's usage is an edit of the request's text, not of its
 * tree: a tree written out again would have other spaces, other escapes, and
 * numbers that no longer are what the client signed or cached. */
#include "provider/provider_request.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/why.h"
#include "provider/provider_priv.h"
#include "provider/sse.h"

#define ASKED "{\"include_usage\":true}"

struct span { /* bytes from..to of a text */
    size_t from;
    size_t to;
};

/* ---- members of an object that a parser has seen to be well-formed ---- */

static size_t skip_space(struct str s, size_t at)
{
    while (at < s.n && (s.p[at] == ' ' || s.p[at] == '\t' || s.p[at] == '\n' ||
                        s.p[at] == '\r')) {
        at++;
    }
    return at;
}

/* From a string's first quote to behind its last. */
static size_t skip_string(struct str s, size_t at)
{
    at++;
    while (at < s.n && s.p[at] != '"') {
        at += s.p[at] == '\\' ? 2 : 1;
    }
    return at < s.n ? at + 1 : s.n;
}

/* To behind a value: what ends it stands outside of strings and brackets. */
static size_t skip_value(struct str s, size_t at)
{
    size_t depth = 0;
    while (at < s.n) {
        char c = s.p[at];
        bool is_end = c == ',' || c == '}' || c == ']';
        if (depth == 0 && is_end) {
            return at;
        }
        if (c == '"') {
            at = skip_string(s, at);
            continue;
        }
        if (c == '{' || c == '[') {
            depth++;
        } else if (c == '}' || c == ']') {
            depth--;
        }
        at++;
    }
    return at;
}

/* find_member: the value of the last member of that name, as those to whom
 * the request goes would take it.  obj begins with its bracket. */
static bool find_member(struct str obj, struct str name, struct span *ret)
{
    bool is_found = false;
    size_t at = skip_space(obj, 1);
    while (at < obj.n && obj.p[at] == '"') {
        size_t key_end = skip_string(obj, at);
        struct str key = str_sub(obj, at + 1, key_end - at - 2);
        size_t from = skip_space(obj, skip_space(obj, key_end) + 1);
        size_t to = skip_value(obj, from);
        if (str_eq(key, name)) {
            *ret = (struct span){.from = from, .to = to};
            is_found = true;
        }
        at = skip_space(obj, to + 1); /* the comma, or the end */
    }
    return is_found;
}

/* ---- the edit ---- */

static void replace(struct buf *out, struct str text, struct span span,
                    struct str by)
{
    buf_str(out, str_sub(text, 0, span.from));
    buf_str(out, by);
    buf_str(out, str_sub(text, span.to, SIZE_MAX));
}

/* Put a member first into the object whose bracket is at `at`. */
static void put_first(struct buf *out, struct str text, size_t at,
                      struct str member)
{
    size_t next = skip_space(text, at + 1);
    bool is_empty = next < text.n && text.p[next] == '}';
    buf_str(out, str_sub(text, 0, at + 1));
    buf_str(out, member);
    buf_cz(out, is_empty ? "" : ",");
    buf_str(out, str_sub(text, at + 1, SIZE_MAX));
}

static enum rc edit(struct str body, size_t open, const struct json *json,
                    struct buf *out, struct why *why)
{
    const struct json *options = json_get(json, "stream_options");
    struct str obj = str_sub(body, open, SIZE_MAX);
    struct span span;
    struct span flag;
    if (options == NULL) {
        put_first(out, body, open, STR("\"stream_options\":" ASKED));
        return RC_OK;
    }
    if (!find_member(obj, STR("stream_options"), &span)) {
        return why_set(why, RC_PARSE, "stream_options is written with escapes");
    }
    struct str value = str_sub(obj, span.from, span.to - span.from);
    span = (struct span){.from = span.from + open, .to = span.to + open};
    if (str_eq(str_trim(value), STR("null"))) {
        replace(out, body, span, STR(ASKED));
    } else if (value.p[0] != '{') {
        return why_set(why, RC_PARSE, "stream_options is no object");
    } else if (find_member(value, STR("include_usage"), &flag)) {
        flag = (struct span){.from = flag.from + span.from,
                             .to = flag.to + span.from};
        replace(out, body, flag, STR("true"));
    } else {
        put_first(out, body, span.from, STR("\"include_usage\":true"));
    }
    return RC_OK;
}

enum rc provider_request_ask(struct str body, struct buf *out, struct why *why)
{
    struct json *json = NULL;
    enum rc rc = json_parse(body, &json, why);
    if (rc != RC_OK) {
        return rc;
    }
    if (json_kind(json) == JSON_OBJ) {
        rc = edit(body, str_find_char(body, '{', 0), json, out, why);
    } else {
        rc = why_set(why, RC_PARSE, "the body is no JSON object");
    }
    json_free(&json);
    return rc == RC_OK ? buf_rc(out, why) : rc;
}

/* ---- another model ---- */

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' ||
           c == ':' || c == '~';
}

static enum rc replace_in_path(const struct provider_model *from,
                               struct str old, struct arena *out,
                               struct str *ret_path, struct why *why)
{
    struct buf b;
    size_t at = (size_t)(old.p - from->path.p);

    buf_init(&b, LIMIT_ARENA_MAX);
    buf_str(&b, str_sub(from->path, 0, at));
    for (size_t i = 0; i < from->model.n; i++) {
        char c = from->model.p[i];
        if (is_plain(c)) {
            buf_char(&b, c);
        } else {
            buf_fmt(&b, "%%%02X", (unsigned char)c);
        }
    }
    buf_str(&b, str_sub(from->path, at + old.n, SIZE_MAX));
    enum rc rc = buf_rc(&b, why);
    if (rc == RC_OK && str_dup(out, buf_view(&b), ret_path) != RC_OK) {
        rc = why_set(why, RC_LIMIT, "the request's path is too long");
    }
    buf_fini(&b);
    return rc;
}

static enum rc replace_in_body(const struct provider_model *from,
                               struct buf *ret_body, struct why *why)
{
    size_t open = str_find_char(from->body, '{', 0);
    struct str obj = str_sub(from->body, open, SIZE_MAX);
    struct json_writer w;
    struct buf name;
    struct span span;

    if (!find_member(obj, STR("model"), &span)) {
        return why_set(why, RC_INVALID, "the request names no model");
    }
    buf_init(&name, LIMIT_ARENA_MAX);
    json_w_init(&w, &name);
    json_w_str(&w, from->model);
    struct str value = str_sub(obj, span.from, span.to - span.from);
    span.from += open;
    span.to = span.from + str_trim(value).n; /* blanks stay behind it */
    replace(ret_body, from->body, span, buf_view(&name));
    buf_fini(&name);
    return buf_rc(ret_body, why);
}

enum rc provider_request_remodel(const struct provider_model *from,
                                 struct arena *out, struct str *ret_path,
                                 struct buf *ret_body, struct why *why)
{
    struct str old = path_model_text(from->path);
    struct json *json = NULL;

    *ret_path = from->path;
    if (old.n > 0) {
        return replace_in_path(from, old, out, ret_path, why);
    }
    enum rc rc = json_parse(from->body, &json, why);
    if (rc == RC_OK && json_kind(json) == JSON_OBJ) {
        rc = replace_in_body(from, ret_body, why);
    } else if (rc == RC_OK || rc == RC_PARSE) {
        rc = why_set(why, RC_INVALID, "the body is no JSON object");
    }
    json_free(&json);
    return rc;
}

/* ---- the event that the client did not ask for ---- */

static void look(void *arg, struct str data)
{
    bool *is_withheld = arg;
    struct json *json = NULL;
    /* Nearly all events are none of it, and need not be parsed. */
    if (str_find(data, STR("\"usage\""), 0) == SIZE_MAX ||
        json_parse(data, &json, NULL) != RC_OK) {
        return;
    }
    const struct json *choices = json_get(json, "choices");
    *is_withheld = json_kind(choices) == JSON_ARR && json_n(choices) == 0 &&
                   json_kind(json_get(json, "usage")) == JSON_OBJ;
    json_free(&json);
}

bool provider_withheld(struct str sse_event)
{
    struct sse sse;
    bool is_withheld = false;
    sse_init(&sse, LIMIT_PROVIDER_PART_BYTES, look, &is_withheld);
    sse_feed(&sse, sse_event);
    sse_end(&sse);
    sse_fini(&sse);
    return is_withheld;
}
