#include "insight/say.h"

#include <string.h>

#include "base/usd.h"

void say_grouped(struct buf *b, struct str digits)
{
    size_t n = digits.n;
    size_t sign = n > 0 && (digits.p[0] == '-' || digits.p[0] == '+') ? 1 : 0;

    for (size_t i = 0; i < n; i++) {
        if (i > sign && (n - i) % 3 == 0) {
            buf_char(b, ',');
        }
        buf_char(b, digits.p[i]);
    }
}

enum { DECIMALS_MIN = 2 };

/* Two decimals from ten cents on; below that as many as show something. */
static int decimals_of(num_i128 pico)
{
    num_i128 size = num_abs(pico);

    if (size == 0 || size >= USD_PICO_PER_DOLLAR / 10) {
        return DECIMALS_MIN;
    }
    return size >= USD_PICO_PER_DOLLAR / 100000 ? 6 : 12;
}

static void add_number(struct buf *b, num_i128 pico, int decimals)
{
    struct buf text;

    buf_init(&text, USD_TEXT_MAX);
    usd_add_short(&text, (struct usd_sum){pico}, decimals);
    struct str rest = buf_view(&text);
    struct str whole = rest;
    (void)str_cut(&rest, '.', &whole);
    say_grouped(b, whole);
    buf_fmt(b, ".%.*s", STR_ARG(rest));
    buf_fini(&text);
}

void say_number(struct buf *b, num_i128 pico)
{
    add_number(b, pico, decimals_of(pico));
}

void say_usd_among(struct buf *b, bool is_change, num_i128 pico,
                   num_i128 largest)
{
    bool in_cents = largest >= USD_PICO_PER_DOLLAR;
    num_i128 size = num_abs(pico);

    if (in_cents && size < USD_PICO_PER_DOLLAR / 200) {
        size = 0; /* shows as nothing, so it has no sign */
    }
    if (size > 0) {
        buf_cz(b, pico < 0 ? "-" : is_change ? "+" : "");
    }
    buf_char(b, '$');
    add_number(b, size, in_cents ? DECIMALS_MIN : decimals_of(pico));
}

void say_usd(struct buf *b, num_i128 pico)
{
    buf_cz(b, pico < 0 ? "-$" : "$");
    say_number(b, num_abs(pico));
}

void say_usd_change(struct buf *b, num_i128 pico)
{
    buf_cz(b, pico > 0 ? "+" : "");
    say_usd(b, pico);
}

void say_count(struct buf *b, num_i128 n)
{
    struct buf text;

    buf_init(&text, 64);
    buf_i128(&text, n);
    say_grouped(b, buf_view(&text));
    buf_fini(&text);
}

struct say_counted say_counted(num_i128 n)
{
    struct say_counted said = {.cz = ""};
    struct buf b;

    buf_init(&b, sizeof said.cz - 1);
    say_count(&b, n);
    struct str text = buf_view(&b);
    memcpy(said.cz, text.p, text.n);
    buf_fini(&b);
    return said;
}

void say_share(struct buf *b, double share)
{
    buf_fmt(b, "%.1f %%", share * 100);
}

#define MANIFOLD 10.0

void say_change(struct buf *b, double before, double after)
{
    if (!(before > 0)) {
        buf_cz(b, after > 0 ? "new" : "unchanged");
    } else if (after / before >= MANIFOLD) {
        buf_fmt(b, "x%.1f", after / before);
    } else {
        buf_fmt(b, "%+.1f %%", (after / before - 1) * 100);
    }
}

void say_name(struct buf *b, struct str name)
{
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        buf_char(b, (char)(c == '_' ? ' ' : c));
    }
}

static void say_real(struct buf *b, enum answer_kind kind, bool is_change,
                     double x)
{
    const char *sign = is_change && x > 0 ? "+" : "";

    if (kind == ANSWER_RATIO) {
        buf_fmt(b, "%s%.1f %%", sign, x * 100);
    } else if (kind == ANSWER_DURATION) {
        buf_fmt(b, "%s%.0f ms", sign, x);
    } else {
        buf_fmt(b, "%s%.1f", sign, x);
    }
}

void say_cell(struct buf *b, enum answer_kind kind, bool is_change,
              const struct answer_cell *cell)
{
    if (cell->is_null) {
        buf_char(b, '-');
        return;
    }
    switch (kind) {
    case ANSWER_TEXT:
    case ANSWER_TIME:
        buf_str(b, cell->text.n > 0 ? cell->text : STR("(untagged)"));
        return;
    case ANSWER_COUNT:
    case ANSWER_TOKENS:
        buf_cz(b, is_change && cell->count > 0 ? "+" : "");
        say_count(b, cell->count);
        return;
    case ANSWER_USD:
    case ANSWER_USD_RATIO:
        buf_cz(b, is_change && cell->usd.pico > 0 ? "+" : "");
        say_usd(b, cell->usd.pico);
        return;
    case ANSWER_RATIO:
    case ANSWER_AVERAGE:
    case ANSWER_DURATION:
        say_real(b, kind, is_change, cell->real);
        return;
    }
}
