#include "price/pattern.h"

#include <stddef.h>

static bool is_operator(char c)
{
    return c == '=' || c == '^' || c == '$' || c == '*';
}

bool pattern_is_valid(struct str pattern)
{
    struct str rest = pattern;
    struct str term;

    if (pattern.n == 0 || pattern.p[pattern.n - 1] == '&') {
        return false;
    }
    while (str_cut(&rest, '&', &term)) {
        size_t at = term.n > 0 && term.p[0] == '!' ? 1 : 0;

        if (term.n < at + 2 || !is_operator(term.p[at])) {
            return false;
        }
    }
    return true;
}

bool pattern_is_plain(struct str pattern)
{
    return pattern.n > 1 && pattern.p[0] == '=' &&
           str_find_char(pattern, '#', 0) == SIZE_MAX &&
           str_find_char(pattern, '&', 0) == SIZE_MAX;
}

/* fits_at: `text` stands in `name` at `at`; '#' fits any digit. */
static bool fits_at(struct str text, struct str name, size_t at)
{
    if (at > name.n || text.n > name.n - at) {
        return false;
    }
    for (size_t i = 0; i < text.n; i++) {
        char want = text.p[i];
        char got = name.p[at + i];

        if (want == '#' ? got < '0' || got > '9' : want != got) {
            return false;
        }
    }
    return true;
}

static bool contains(struct str text, struct str name)
{
    for (size_t at = 0; at + text.n <= name.n; at++) {
        if (fits_at(text, name, at)) {
            return true;
        }
    }
    return false;
}

static bool term_matches(struct str term, struct str name)
{
    struct str text = str_sub(term, 1, term.n);

    switch (term.p[0]) {
    case '=':
        return text.n == name.n && fits_at(text, name, 0);
    case '^':
        return fits_at(text, name, 0);
    case '$':
        return text.n <= name.n && fits_at(text, name, name.n - text.n);
    case '*':
        return contains(text, name);
    default:
        return false;
    }
}

bool pattern_matches(struct str pattern, struct str name)
{
    struct str rest = pattern;
    struct str term;

    while (str_cut(&rest, '&', &term)) {
        bool is_turned = term.p[0] == '!';

        if (is_turned) {
            term = str_sub(term, 1, term.n);
        }
        if (term_matches(term, name) == is_turned) {
            return false;
        }
    }
    return true;
}
