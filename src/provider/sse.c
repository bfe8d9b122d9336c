#include "provider/sse.h"

#include <string.h>

void sse_init(struct sse *s, size_t event_max_bytes, sse_fn *fn, void *arg)
{
    *s = (struct sse){.fn = fn, .arg = arg};
    buf_init(&s->line, event_max_bytes);
    buf_init(&s->data, event_max_bytes);
}

void sse_fini(struct sse *s)
{
    buf_fini(&s->line);
    buf_fini(&s->data);
}

static void dispatch(struct sse *s)
{
    if (s->is_too_large) {
        s->n_too_large++;
    } else if (s->has_data) {
        s->fn(s->arg, buf_view(&s->data));
    }
    buf_clear(&s->data);
    s->has_data = false;
    s->is_too_large = false;
}

static void add_data(struct sse *s, struct str value)
{
    if (s->has_data) {
        buf_char(&s->data, '\n');
    }
    buf_str(&s->data, value);
    s->has_data = true;
    s->is_too_large = s->is_too_large || s->data.overflown;
}

/* Take in one line without its end. */
static void take_line(struct sse *s, struct str line)
{
    struct str data = STR("data");
    if (line.n == 0) {
        dispatch(s);
        return;
    }
    if (!str_starts(line, data)) {
        return; /* a comment, or a field that says nothing here */
    }
    struct str value = str_sub(line, data.n, SIZE_MAX);
    if (value.n == 0) {
        add_data(s, value);
    } else if (value.p[0] == ':') {
        value = str_sub(value, 1, SIZE_MAX);
        if (value.n > 0 && value.p[0] == ' ') {
            value = str_sub(value, 1, SIZE_MAX);
        }
        add_data(s, value);
    }
}

/* In pieces: to look for one kind of end in all that came, before each line
 * that has the other, would take the square of its length. */
static size_t line_end(struct str bytes)
{
    enum { PIECE_BYTES = 1024 };

    for (size_t from = 0; from < bytes.n; from += PIECE_BYTES) {
        struct str piece = str_sub(bytes, from, PIECE_BYTES);
        const char *lf = memchr(piece.p, '\n', piece.n);
        size_t n = lf != NULL ? (size_t)(lf - piece.p) : piece.n;
        const char *cr = memchr(piece.p, '\r', n);
        if (cr != NULL) {
            return from + (size_t)(cr - piece.p);
        }
        if (lf != NULL) {
            return from + n;
        }
    }
    return SIZE_MAX;
}

static struct str without_mark(struct sse *s, struct str line)
{
    struct str mark = STR("\xef\xbb\xbf");
    bool is_first = !s->has_begun;
    s->has_begun = true;
    return is_first && str_starts(line, mark) ? str_sub(line, mark.n, SIZE_MAX)
                                              : line;
}

static void whole_line(struct sse *s, struct str line)
{
    if (s->line.n > 0 || s->line.overflown) {
        buf_str(&s->line, line);
        line = buf_view(&s->line);
    }
    if (s->line.overflown) {
        s->is_too_large = true;
    } else {
        take_line(s, without_mark(s, line));
    }
    buf_clear(&s->line);
}

void sse_feed(struct sse *s, struct str bytes)
{
    while (bytes.n > 0) {
        if (s->was_cr && bytes.p[0] == '\n') {
            bytes = str_sub(bytes, 1, SIZE_MAX);
            s->was_cr = false;
            continue;
        }
        s->was_cr = false;
        size_t end = line_end(bytes);
        if (end == SIZE_MAX) {
            buf_str(&s->line, bytes);
            return;
        }
        s->was_cr = bytes.p[end] == '\r';
        whole_line(s, str_sub(bytes, 0, end));
        bytes = str_sub(bytes, end + 1, SIZE_MAX);
    }
}

void sse_end(struct sse *s)
{
    if (s->line.n > 0 || s->line.overflown) {
        whole_line(s, STR_EMPTY);
    }
    dispatch(s);
}
