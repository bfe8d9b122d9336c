#include "budget/budget_bound.h"

#include "base/hash.h"
#include "base/mem.h"
#include "base/why.h"
#include "price/cost.h"
#include "price/memo.h"

#include <string.h>

enum {
    OPAQUE_MIN = 1024, /* bytes of a string that may be a file */
    OPAQUE_SAMPLE = 128,
    OPAQUE_BYTES_A_TOKEN = 8,
    KNOWN_MAX = 256, /* models whose dearest kinds are remembered */
    TIERS_MAX = 16
};

static bool is_base64(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c >= '0' && c <= '9') || c == '+' || c == '/' || c == '=' ||
           c == '-' || c == '_';
}

static struct str trim_end(struct str s)
{
    while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\n')) {
        s.n--;
    }
    return s;
}

/* Where requests carry files: the same letters in a prompt are read as text,
 * of which a token is hardly more than a byte. */
static bool is_file_member(struct str before)
{
    before = trim_end(before);
    if (!str_ends(before, STR(":"))) {
        return false;
    }
    before = trim_end(str_sub(before, 0, before.n - 1));
    return str_ends(before, STR("\"data\"")) ||
           str_ends(before, STR("\"bytes\""));
}

/* A data URL, or base64 as far as its middle tells. */
static bool is_opaque(struct str body, size_t from, struct str s)
{
    if (s.n < OPAQUE_MIN) {
        return false;
    }
    struct str sample = str_sub(s, s.n / 2, OPAQUE_SAMPLE);
    for (size_t i = 0; i < sample.n; i++) {
        if (!is_base64(sample.p[i])) {
            return false;
        }
    }
    return str_starts(s, STR("data:")) ||
           is_file_member(str_sub(body, 0, from));
}

int64_t budget_input_tok(struct str body)
{
    size_t n_opaque = 0;
    size_t at = body.n < OPAQUE_MIN ? SIZE_MAX : str_find_char(body, '"', 0);

    while (at != SIZE_MAX) {
        size_t end = str_find_char(body, '"', at + 1);
        struct str run =
            str_sub(body, at + 1, (end < body.n ? end : body.n) - at - 1);

        n_opaque += is_opaque(body, at, run) ? run.n : 0;
        at = end;
    }
    return (int64_t)(body.n - n_opaque + n_opaque / OPAQUE_BYTES_A_TOKEN);
}

/* More than any amount can be stands for what passes all bounds. */
static bool cost_of(struct price_book *book, struct price_memo *memo,
                    const struct event *ev, int64_t *ret_pico)
{
    struct event priced = *ev;
    struct why why;

    if (cost_of_event(book, memo, ev, &priced.cost, &why) != RC_OK) {
        *ret_pico = INT64_MAX;
        return true;
    }
    *ret_pico = event_total_cost(&priced).pico;
    return priced.cost.priced;
}

static int64_t count(int64_t n)
{
    const int64_t max = INT64_C(1) << LIMIT_COUNT_BITS;

    return n < max ? n : max;
}

/* ---- the dearest kinds ---- */

/* What is asked for mostly is asked for again. */
struct known {
    uint64_t hash; /* of model, provider, tier, and how long the input is */
    uint8_t input;
    uint8_t output;
};

struct budget_rates {
    struct price_memo *memo;
    struct known known[KNOWN_MAX];
};

struct budget_rates *budget_rates_new(void)
{
    struct budget_rates *r = mem_alloc(sizeof *r);

    r->memo = memo_new();
    return r;
}

void budget_rates_free(struct budget_rates **r)
{
    if (*r != NULL) {
        memo_free(&(*r)->memo);
        mem_free(*r);
        *r = NULL;
    }
}

void budget_rates_clear(struct budget_rates *r)
{
    memset(r->known, 0, sizeof r->known);
}

/* Long inputs may have other prices: each doubling is looked at apart. */
static uint64_t hash_of(const struct event *ev, int64_t input_tok)
{
    uint64_t hash = (uint64_t)ev->service_tier;

    for (; input_tok > 0; input_tok /= 2) {
        hash += TIERS_MAX;
    }
    hash = hash_64(ev->dim[DIM_MODEL].p, ev->dim[DIM_MODEL].n, hash);
    hash = hash_64(ev->dim[DIM_PROVIDER].p, ev->dim[DIM_PROVIDER].n, hash);
    return hash != 0 ? hash : 1;
}

/* The dearest kind among [from, to) for `n` tokens stays set in the event. */
static bool set_dearest(struct price_book *book, struct price_memo *memo,
                        struct event *ev, const int kinds[2], int64_t n,
                        uint8_t *ret_kind)
{
    int64_t most = -1;

    *ret_kind = (uint8_t)kinds[0];
    for (int k = kinds[0]; k < kinds[1]; k++) {
        int64_t pico = 0;

        ev->token[k] = count(n);
        if (!cost_of(book, memo, ev, &pico)) {
            return false;
        }
        ev->token[k] = 0;
        if (pico > most) {
            most = pico;
            *ret_kind = (uint8_t)k;
        }
    }
    ev->token[*ret_kind] = count(n);
    return true;
}

bool budget_bound_cost(struct price_book *book, struct budget_rates *rates,
                       const struct event *ev, int64_t input_tok,
                       int64_t output_tok, int64_t *ret_pico)
{
    static const int input[2] = {0, TOKEN_OUTPUT};
    static const int output[2] = {TOKEN_OUTPUT, TOKEN__COUNT};
    uint64_t hash = hash_of(ev, input_tok);
    struct known *known = &rates->known[hash % KNOWN_MAX];
    struct event e;

    event_init(&e);
    e.dim[DIM_PROVIDER] = ev->dim[DIM_PROVIDER];
    e.dim[DIM_MODEL] = ev->dim[DIM_MODEL];
    e.ts_us = ev->ts_us;
    e.operation = ev->operation;
    e.service_tier = ev->service_tier;
    if (known->hash != hash) {
        struct known fresh = {.hash = hash};

        if (!set_dearest(book, rates->memo, &e, input, input_tok,
                         &fresh.input) ||
            !set_dearest(book, rates->memo, &e, output,
                         output_tok > 0 ? output_tok : 1, &fresh.output)) {
            return false;
        }
        *known = fresh;
    }
    e.token[known->input] = count(input_tok);
    e.token[known->output] = count(output_tok);
    return cost_of(book, rates->memo, &e, ret_pico);
}
