#include "base/csv.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/why.h"

/* Step over blank lines, so that `line` is that of the next record. */
static void skip_blank_lines(struct csv_reader *r)
{
    for (;;) {
        struct str rest = r->rest;
        size_t n = str_starts(rest, STR("\r\n")) ? 2 : 1;
        if (rest.n < n || rest.p[n - 1] != '\n') {
            break;
        }
        r->rest = str_sub(rest, n, rest.n);
        r->line++;
    }
    if (str_eq(r->rest, STR("\r"))) {
        r->rest = STR_EMPTY;
    }
}

#define BYTE_ORDER_MARK STR("\xef\xbb\xbf")

static bool starts_with_mark(struct str text)
{
    return str_starts(text, BYTE_ORDER_MARK);
}

void csv_init(struct csv_reader *r, struct str text, char sep)
{
    if (starts_with_mark(text)) {
        text = str_sub(text, BYTE_ORDER_MARK.n, text.n);
    }
    *r = (struct csv_reader){.rest = text, .sep = sep, .line = 1};
    skip_blank_lines(r);
}

/* Give up the record: stand behind the line that holds the byte at `at`. */
static enum rc spoilt(struct csv_reader *r, size_t at, enum rc rc,
                      const char *what, struct why *why)
{
    uint64_t line = r->line;
    for (size_t i = 0; i < at; i++) {
        line += r->rest.p[i] == '\n';
    }
    size_t end = str_find_char(r->rest, '\n', at);
    size_t n = end == SIZE_MAX ? r->rest.n : end + 1;
    r->rest = str_sub(r->rest, n, r->rest.n);
    r->line = line + 1;
    skip_blank_lines(r);
    return why_set(why, rc, "line %llu: %s", (unsigned long long)line, what);
}

/* A quoted cell's inside with each "" made one quote. */
static enum rc unquote(struct str inside, size_t n_pairs, struct arena *arena,
                       struct str *ret_cell)
{
    if (n_pairs == 0) {
        *ret_cell = inside;
        return RC_OK;
    }
    char *p = arena_alloc(arena, inside.n - n_pairs);
    if (p == NULL) {
        return RC_LIMIT;
    }
    size_t n = 0;
    for (size_t i = 0; i < inside.n; i++) {
        p[n++] = inside.p[i];
        i += inside.p[i] == '"'; /* its twin */
    }
    *ret_cell = (struct str){.p = p, .n = n};
    return RC_OK;
}

/* The quoted cell whose opening quote is at *at; *at then stands behind the
 * closing one, or stays when there is none. */
static enum rc quoted_cell(struct str text, size_t *at, struct arena *arena,
                           struct str *ret_cell)
{
    size_t from = *at + 1;
    size_t n_pairs = 0;
    size_t i = str_find_char(text, '"', from);
    while (i != SIZE_MAX && i + 1 < text.n && text.p[i + 1] == '"') {
        n_pairs++;
        i = str_find_char(text, '"', i + 2);
    }
    if (i == SIZE_MAX) {
        return RC_PARSE;
    }
    *at = i + 1;
    return unquote(str_sub(text, from, i - from), n_pairs, arena, ret_cell);
}

/* Length of the line end at `at`: 0 when there is none.  The end of the text
 * counts as one byte, which str_sub clamps. */
static size_t line_end(struct str text, size_t at)
{
    if (at >= text.n || text.p[at] == '\n') {
        return 1;
    }
    bool is_cr = text.p[at] == '\r';
    if (is_cr && (at + 1 == text.n || text.p[at + 1] == '\n')) {
        return 2;
    }
    return 0;
}

static struct str plain_cell(struct str text, size_t *at, char sep)
{
    size_t from = *at;
    size_t i = from;
    while (i < text.n && text.p[i] != sep && line_end(text, i) == 0) {
        i++;
    }
    *at = i;
    return str_sub(text, from, i - from);
}

/* Step over a record of n bytes, line end included. */
static void pass(struct csv_reader *r, size_t n)
{
    struct str record = str_sub(r->rest, 0, n);
    for (size_t i = 0; i < record.n; i++) {
        r->line += record.p[i] == '\n';
    }
    r->rest = str_sub(r->rest, record.n, r->rest.n);
    skip_blank_lines(r);
}

/* One record into `cells`; *ret_bytes is its length with its line end. */
static enum rc read_cells(struct csv_reader *r, struct arena *arena,
                          struct str cells[static LIMIT_CSV_CELLS_MAX],
                          size_t *ret_n, size_t *ret_bytes, struct why *why)
{
    struct str text = r->rest;
    size_t at = 0;
    for (size_t n = 0; n < LIMIT_CSV_CELLS_MAX; n++) {
        enum rc rc = RC_OK;
        if (at < text.n && text.p[at] == '"') {
            rc = quoted_cell(text, &at, arena, &cells[n]);
        } else {
            cells[n] = plain_cell(text, &at, r->sep);
        }
        if (rc != RC_OK) {
            return spoilt(r, at, rc,
                          rc == RC_PARSE ? "a quote is never closed"
                                         : "the record is too large",
                          why);
        }
        size_t n_end = line_end(text, at);
        if (n_end > 0) {
            *ret_n = n + 1;
            *ret_bytes = at + n_end;
            return RC_OK;
        }
        if (text.p[at] != r->sep) {
            return spoilt(r, at, RC_PARSE, "text after a closing quote", why);
        }
        at++;
    }
    return spoilt(r, at, RC_LIMIT, "the record has too many cells", why);
}

enum rc csv_next(struct csv_reader *r, struct arena *arena,
                 struct str **ret_cells, size_t *ret_n, struct why *why)
{
    if (r->rest.n == 0) {
        return RC_END;
    }
    struct str cells[LIMIT_CSV_CELLS_MAX];
    size_t n = 0;
    size_t n_bytes = 0;
    enum rc rc = read_cells(r, arena, cells, &n, &n_bytes, why);
    if (rc != RC_OK) {
        return rc;
    }
    struct str *copy = arena_copy(arena, cells, n * sizeof(*cells));
    if (copy == NULL) {
        return spoilt(r, 0, RC_LIMIT, "the record is too large", why);
    }
    pass(r, n_bytes);
    *ret_cells = copy;
    *ret_n = n;
    return RC_OK;
}

static bool is_formula(struct str cell)
{
    /* A tab or carriage return in front is dropped by spreadsheets, which
     * then see what follows. */
    return cell.n > 0 &&
           str_find_char(STR("=+-@\t\r"), cell.p[0], 0) != SIZE_MAX;
}

static bool needs_quotes(struct str cell, char sep)
{
    return str_find_char(cell, sep, 0) != SIZE_MAX ||
           str_find_char(cell, '"', 0) != SIZE_MAX ||
           str_find_char(cell, '\n', 0) != SIZE_MAX ||
           str_find_char(cell, '\r', 0) != SIZE_MAX ||
           starts_with_mark(cell); /* as the first it would be the file's */
}

void csv_add_cell(struct buf *b, struct str cell, char sep, bool guard)
{
    const char *lead = guard && is_formula(cell) ? "'" : "";
    if (!needs_quotes(cell, sep)) {
        buf_cz(b, lead);
        buf_str(b, cell);
        return;
    }
    buf_char(b, '"');
    buf_cz(b, lead);
    struct str rest = cell;
    struct str part;
    while (str_cut(&rest, '"', &part)) {
        buf_str(b, part);
        buf_cz(b, rest.p != NULL ? "\"\"" : "");
    }
    buf_char(b, '"');
}
