#include "provider/json_stream.h"

#include <string.h>

/* Nearly all bytes say nothing about where an object ends. */
static const bool is_frame[256] = {
    ['"'] = true, ['{'] = true, ['}'] = true, ['['] = true, [']'] = true,
};

static size_t skip_to_frame(struct str bytes, size_t at)
{
    while (at < bytes.n && !is_frame[(unsigned char)bytes.p[at]]) {
        at++;
    }
    return at;
}

/* The first such byte of [from, to), else `to`. */
static size_t seek(struct str bytes, size_t from, size_t to, char c)
{
    const char *p = from < to ? memchr(bytes.p + from, c, to - from) : NULL;

    return p != NULL ? (size_t)(p - bytes.p) : to;
}

void json_stream_init(struct json_stream *s, size_t object_max_bytes,
                      size_t element_max_bytes, json_stream_fn *fn, void *arg)
{
    *s = (struct json_stream){.fn = fn, .arg = arg};
    s->object_max_bytes = object_max_bytes;
    s->element_max_bytes = element_max_bytes;
    buf_init(&s->object, object_max_bytes);
}

void json_stream_fini(struct json_stream *s)
{
    buf_fini(&s->object);
}

static void lose(struct json_stream *s)
{
    s->n_lost += s->depth > 0;
    s->depth = 0;
    s->is_string = false;
    s->is_escape = false;
    buf_clear(&s->object);
}

/* The object's last bytes; those before may stand in the buffer. */
static void close_object(struct json_stream *s, struct str tail)
{
    struct str object = tail;
    if (s->object.n > 0 || s->object.overflown) {
        buf_str(&s->object, tail);
        object = buf_view(&s->object);
    }
    if (s->object.overflown || object.n > s->object.max) {
        s->n_lost++;
    } else {
        s->fn(s->arg, object, s->is_array);
    }
    buf_clear(&s->object);
}

/* To the byte behind the string, or behind what there is of it.  What models
 * write is mostly long strings, so they are searched and not stepped through;
 * each search goes on where the last of its kind ended. */
static size_t skip_string(struct json_stream *s, struct str bytes, size_t at)
{
    if (s->is_escape && at < bytes.n) {
        s->is_escape = false;
        at++;
    }
    size_t quote = seek(bytes, at, bytes.n, '"');
    for (;;) {
        size_t escape = seek(bytes, at, quote, '\\');
        size_t line_end = seek(bytes, at, escape, '\n');
        if (line_end < escape) {
            lose(s);
            return line_end + 1;
        }
        if (escape == quote) {
            s->is_string = quote == bytes.n;
            return s->is_string ? quote : quote + 1;
        }
        at = escape + 2;
        if (at > bytes.n) {
            s->is_escape = true;
            return bytes.n;
        }
        quote = at > quote ? seek(bytes, at, bytes.n, '"') : quote;
    }
}

static void begin(struct json_stream *s, char c)
{
    if (!s->has_begun && (c == '{' || c == '[')) {
        s->has_begun = true;
        s->is_array = c == '[';
        s->object.max =
            s->is_array ? s->element_max_bytes : s->object_max_bytes;
    }
}

/* One byte that is in no string.  True where an object is complete. */
static bool step(struct json_stream *s, char c)
{
    switch (c) {
    case '"':
        s->is_string = true;
        return false;
    case '{':
        s->depth++;
        return false;
    case '[':
        s->depth += s->depth > 0;
        return false;
    case '}':
    case ']':
        if (s->depth > 0) {
            s->depth--;
            return s->depth == 0;
        }
        return false;
    default:
        return false;
    }
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The last byte before `at` that is no white space. */
static char last_before(const struct json_stream *s, struct str bytes,
                        size_t at)
{
    while (at > 0 && is_space(bytes.p[at - 1])) {
        at--;
    }
    if (at == 0) {
        return s->last;
    }
    return bytes.p[at - 1];
}

/* Does the object at `at` show that the one before broke off? */
static bool is_next_line(const struct json_stream *s, struct str bytes,
                         size_t at)
{
    bool is_front = at > 0 ? bytes.p[at - 1] == '\n' : s->is_line_begin;
    if (bytes.p[at] != '{' || s->depth == 0 || !is_front) {
        return false;
    }
    char last = last_before(s, bytes, at);
    return last != ':' && last != ',' && last != '[';
}

void json_stream_feed(struct json_stream *s, struct str bytes)
{
    size_t from = s->depth > 0 ? 0 : SIZE_MAX; /* of the object in `bytes` */
    size_t at = 0;
    while (at < bytes.n) {
        if (s->is_string) {
            at = skip_string(s, bytes, at);
            from = s->depth > 0 ? from : SIZE_MAX;
            continue;
        }
        at = skip_to_frame(bytes, at);
        if (at == bytes.n) {
            break;
        }
        if (is_next_line(s, bytes, at)) {
            lose(s);
        }
        char c = bytes.p[at++];
        uint32_t was = s->depth;
        begin(s, c);
        if (step(s, c)) {
            close_object(s, str_sub(bytes, from, at - from));
            from = SIZE_MAX;
        } else if (was == 0 && s->depth > 0) {
            from = at - 1;
        }
    }
    if (s->depth > 0 && from < bytes.n) {
        buf_str(&s->object, str_sub(bytes, from, SIZE_MAX));
    }
    if (bytes.n > 0) {
        s->last = last_before(s, bytes, bytes.n);
        s->is_line_begin = bytes.p[bytes.n - 1] == '\n';
    }
}

bool json_stream_end(const struct json_stream *s)
{
    return s->depth == 0 && !s->is_string;
}
