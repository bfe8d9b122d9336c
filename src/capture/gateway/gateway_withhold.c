/* The event to withhold looks so, and is told by provider_withheld once it is
 * whole:
 *
 *   data: {"id":"...","choices":[],"usage":{...}}
 *
 * Every other event is known for another as soon as its "choices" hold
 * something, or it is no JSON object at all.  A raw "," and a raw quote in a
 * row stand only between two members, never inside a string, so the text of
 * the member can be looked for without parsing. */
#include "capture/gateway/gateway_withhold.h"

#include "base/limits.h"
#include "provider/provider_request.h"

#include <string.h>

void withhold_init(struct withhold *w, withhold_sink_fn *sink, void *arg)
{
    *w = (struct withhold){.sink = sink, .arg = arg};
    buf_init(&w->held, LIMIT_GATEWAY_HELD_BYTES);
    buf_init(&w->member, LIMIT_GATEWAY_HELD_BYTES);
}

void withhold_fini(struct withhold *w)
{
    buf_fini(&w->held);
    buf_fini(&w->member);
}

/* ---- the member ---- */

enum match { MATCH_NONE = 1, MATCH_PART, MATCH_WHOLE };

/* Does `s`, which begins with a comma, begin with the member?  Blanks may
 * stand between its parts. */
static enum match match_member(struct str s, size_t *ret_n)
{
    static const char *const part[] = {",", "\"usage\"", ":", "null"};
    size_t at = 0;

    for (size_t i = 0; i < ARRAY_N(part); i++) {
        struct str want = str_from_cz(part[i]);

        while (i > 0 && at < s.n && s.p[at] == ' ') {
            at++;
        }
        struct str have = str_sub(s, at, want.n);
        if (!str_starts(want, have)) {
            return MATCH_NONE;
        }
        if (have.n < want.n) {
            return at + have.n > LIMIT_GATEWAY_MEMBER_BYTES ? MATCH_NONE
                                                            : MATCH_PART;
        }
        at += want.n;
    }
    *ret_n = at;
    return MATCH_WHOLE;
}

static void emit(struct withhold *w, struct str s)
{
    if (s.n > 0) {
        w->sink(w->arg, s);
    }
}

/* Bytes of an event that passes, but for the member. */
static void pass(struct withhold *w, struct str bytes)
{
    if (w->member.n > 0) {
        buf_str(&w->member, bytes);
        bytes = buf_view(&w->member);
    }
    struct str rest = bytes;
    size_t from = 0; /* passed up to here */
    size_t comma = str_find_char(rest, ',', 0);
    while (comma != SIZE_MAX) {
        size_t n = 0;
        enum match match = match_member(str_sub(rest, comma, SIZE_MAX), &n);

        if (match == MATCH_PART) {
            break;
        }
        if (match == MATCH_WHOLE) {
            emit(w, str_sub(rest, from, comma - from));
            from = comma + n;
        }
        comma = str_find_char(rest, ',', comma + (n > 0 ? n : 1));
    }
    size_t until = comma == SIZE_MAX ? rest.n : comma;
    emit(w, str_sub(rest, from, until - from));
    struct str tail = str_sub(rest, until, SIZE_MAX);
    if (bytes.p == w->member.p && w->member.n > 0) {
        buf_drop_front(&w->member, w->member.n - tail.n);
    } else {
        buf_str(&w->member, tail);
    }
}

/* ---- the event ---- */

static size_t skip_blanks(struct str s, size_t at)
{
    while (at < s.n && (s.p[at] == ' ' || s.p[at] == '\t')) {
        at++;
    }
    return at;
}

/* False once the bytes at hand tell that the event is another. */
static bool may_be_it(struct str s)
{
    const struct str data = STR("data:");
    const struct str choices = STR("\"choices\"");

    if (!str_starts(data, str_sub(s, 0, data.n))) {
        return false;
    }
    size_t at = skip_blanks(s, data.n);
    if (at < s.n && s.p[at] != '{') {
        return false;
    }
    at = str_find(s, choices, 0);
    if (at == SIZE_MAX) {
        return true;
    }
    at = skip_blanks(s, at + choices.n);
    at = skip_blanks(s, at < s.n && s.p[at] == ':' ? at + 1 : at);
    if (at < s.n && s.p[at] != '[') {
        return false;
    }
    at = skip_blanks(s, at + 1);
    return at >= s.n || s.p[at] == ']';
}

static void let_pass(struct withhold *w)
{
    w->is_passing = true;
    pass(w, buf_view(&w->held));
    buf_clear(&w->held);
}

/* `part` is of one event. */
static void take(struct withhold *w, struct str part)
{
    if (w->is_passing) {
        pass(w, part);
        return;
    }
    buf_str(&w->held, part);
    if (w->held.overflown) {
        let_pass(w);
        pass(w, part);
    } else if (!may_be_it(buf_view(&w->held))) {
        let_pass(w);
    }
}

static void end_event(struct withhold *w)
{
    if (!w->is_passing && provider_withheld(buf_view(&w->held))) {
        w->n_withheld++;
    } else if (!w->is_passing) {
        let_pass(w);
    }
    buf_clear(&w->held);
    w->is_passing = false;
}

void withhold_feed(struct withhold *w, struct str bytes)
{
    while (bytes.n > 0) {
        size_t end = str_find_char(bytes, '\n', 0);
        struct str line =
            str_sub(bytes, 0, end == SIZE_MAX ? SIZE_MAX : end + 1);
        size_t n_text = line.n - (end == SIZE_MAX ? 0 : 1);

        if (n_text > 0 && line.p[n_text - 1] == '\r') {
            n_text--;
        }
        w->line_n += n_text;
        take(w, line);
        if (end != SIZE_MAX) {
            if (w->line_n == 0) {
                end_event(w);
            }
            w->line_n = 0;
        }
        bytes = str_sub(bytes, line.n, SIZE_MAX);
    }
}

void withhold_end(struct withhold *w)
{
    if (w->held.n > 0) {
        let_pass(w);
    }
    emit(w, buf_view(&w->member));
    buf_clear(&w->member);
}
