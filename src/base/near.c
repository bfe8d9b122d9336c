#include "base/near.h"

#include "base/why.h"

#include <string.h>

enum {
    WORD_SHOWN_BYTES = 48,
    FOLD_BYTES = 64, /* as far as str_edit_distance goes */
    PREFIX_BYTES_MIN = 3
};

struct folded {
    char p[FOLD_BYTES];
    size_t n;
};

static struct folded fold(struct str s)
{
    struct folded f = {.n = s.n < FOLD_BYTES ? s.n : FOLD_BYTES};

    for (size_t i = 0; i < f.n; i++) {
        char c = s.p[i];
        if (c >= 'A' && c <= 'Z') {
            c = (char)(c - 'A' + 'a');
        } else if (c == ' ' || c == '-') {
            c = '_';
        }
        f.p[i] = c;
    }
    return f;
}

static struct str view(const struct folded *f)
{
    return (struct str){f->p, f->n};
}

void near_init(struct near *n, struct str word)
{
    /* One slip in a short word, one more for each four bytes. */
    *n = (struct near){.word = word, .distance = 2 + word.n / 4};
}

void near_offer_part(struct near *n, struct str part, struct str name)
{
    struct folded word = fold(n->word);
    struct folded known = fold(part);
    size_t distance = str_edit_distance(view(&word), view(&known));

    if (distance > 1 && word.n >= PREFIX_BYTES_MIN &&
        str_starts(view(&known), view(&word))) {
        distance = 1; /* "env" */
    }
    if (word.n > 0 && distance < n->distance && name.n <= sizeof(n->best)) {
        n->distance = distance;
        memcpy(n->best, name.p, name.n);
        n->best_n = name.n;
    }
}

void near_offer(struct near *n, struct str name)
{
    near_offer_part(n, name, name);
}

struct str near_best(const struct near *n)
{
    return (struct str){n->best, n->best_n};
}

enum rc near_unknown(const struct near *n, const char *kind, const char *hint,
                     struct why *why)
{
    struct str word = str_utf8_cut(n->word, WORD_SHOWN_BYTES);

    if (n->best_n == 0) {
        return why_set(why, RC_INVALID, "there is no %s \"%.*s\"; %s", kind,
                       STR_ARG(word), hint);
    }
    return why_set(why, RC_INVALID,
                   "there is no %s \"%.*s\"; did you mean %.*s?", kind,
                   STR_ARG(word), (int)n->best_n, n->best);
}
