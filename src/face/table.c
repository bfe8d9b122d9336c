#include "face/table.h"

#include "base/buf.h"
#include "base/check.h"
#include "base/mem.h"

#define CELL_BYTES_MAX (64 * 1024)
#define TEXT_WIDTH_MIN 12

void table_init(struct table *t, size_t n_columns, size_t n_rows)
{
    *t =
        (struct table){.n_columns = n_columns, .cap = n_columns * (n_rows + 1)};
    t->cell = mem_array(t->cap + 1, sizeof *t->cell);
    t->to_right = mem_array(n_columns + 1, sizeof *t->to_right);
}

void table_fini(struct table *t)
{
    for (size_t i = 0; i < t->n_cells; i++) {
        buf_fini(&t->cell[i]);
    }
    mem_free(t->cell);
    mem_free(t->to_right);
}

void table_add(struct table *t, struct str text)
{
    CHECK(t->n_cells < t->cap);
    struct buf *cell = &t->cell[t->n_cells++];

    buf_init(cell, CELL_BYTES_MAX);
    table_safe(cell, text);
}

void table_head(struct table *t, struct str name, bool to_right)
{
    CHECK(t->n_heads < t->n_columns);
    t->to_right[t->n_heads++] = to_right;
    table_add(t, name);
}

/* Columns a text takes: one a code point, near enough for alignment. */
static size_t width_of(struct str s)
{
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++) {
        n += ((unsigned char)s.p[i] & 0xC0) != 0x80 ? 1 : 0;
    }
    return n;
}

/* The first `width` columns of a text, the last of them a sign that there is
 * more. */
static struct str cut(struct str text, size_t width)
{
    size_t n = 0;

    for (size_t i = 0; i < text.n; i++) {
        bool begins = ((unsigned char)text.p[i] & 0xC0) != 0x80;
        if (begins && ++n == width) {
            return str_sub(text, 0, i);
        }
    }
    return text;
}

static void pad(struct buf *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        buf_char(b, ' ');
    }
}

static void draw_row(const struct table *t, size_t row, const size_t *width,
                     struct buf *b)
{
    for (size_t c = 0; c < t->n_columns; c++) {
        struct str text = buf_view(&t->cell[row * t->n_columns + c]);
        bool is_last = c + 1 == t->n_columns;
        const char *more = "";
        size_t used = width_of(text);

        if (used > width[c]) {
            text = cut(text, width[c]);
            more = "\xE2\x80\xA6"; /* an ellipsis */
            used = width[c];
        }
        pad(b, t->to_right[c] ? width[c] - used : 0);
        buf_str(b, text);
        buf_cz(b, more);
        pad(b, t->to_right[c] || is_last ? 0 : width[c] - used);
        buf_cz(b, is_last ? "\n" : "  ");
    }
}

/* Takes columns from the widest texts until `all` fits `limit`; numbers are
 * never cut.  Returns what is left of `all`. */
static size_t narrow(const struct table *t, size_t *width, size_t all,
                     size_t limit)
{
    while (all > limit) {
        size_t widest = SIZE_MAX;

        for (size_t c = 0; c < t->n_columns; c++) {
            if (!t->to_right[c] && width[c] > TEXT_WIDTH_MIN &&
                (widest == SIZE_MAX || width[c] > width[widest])) {
                widest = c;
            }
        }
        if (widest == SIZE_MAX) {
            break;
        }
        width[widest]--;
        all--;
    }
    return all;
}

/* How wide each column is, and with the gaps all of them. */
static size_t measure(const struct table *t, size_t *ret_width)
{
    size_t all = 0;

    for (size_t i = 0; i < t->n_cells; i++) {
        size_t w = width_of(buf_view(&t->cell[i]));
        size_t c = i % t->n_columns;
        ret_width[c] = w > ret_width[c] ? w : ret_width[c];
    }
    for (size_t c = 0; c < t->n_columns; c++) {
        all += ret_width[c] + (c > 0 ? 2 : 0);
    }
    return all;
}

void table_draw(const struct table *t, size_t limit, bool in_colour,
                bool has_total, struct buf *b)
{
    size_t n_rows = t->n_cells / t->n_columns;
    size_t *width = mem_array(t->n_columns, sizeof *width);
    size_t all = measure(t, width);

    if (limit > 0) {
        all = narrow(t, width, all, limit);
    }
    for (size_t row = 0; row < n_rows; row++) {
        bool bold = in_colour && row == 0;

        if (has_total && row + 1 == n_rows) {
            for (size_t i = 0; i < all; i++) {
                buf_char(b, '-');
            }
            buf_char(b, '\n');
        }
        buf_cz(b, bold ? "\033[1m" : "");
        draw_row(t, row, width, b);
        buf_cz(b, bold ? "\033[0m" : "");
    }
    mem_free(width);
}

void table_safe(struct buf *b, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        /* C1 controls are U+0080..U+009F: C2 80..C2 9F in UTF-8. */
        bool c1 = c == 0xC2 && i + 1 < s.n && (unsigned char)s.p[i + 1] < 0xA0;

        if (c < 0x20 || c == 0x7F || c1) {
            buf_cz(b, "\xEF\xBF\xBD");
            i += c1 ? 1 : 0;
        } else {
            buf_char(b, (char)c);
        }
    }
}
