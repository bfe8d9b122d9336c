/* CSV as RFC 4180 has it, with LF or CRLF: a reader that is fed whole text,
 * and cell writing.  One thread. */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct buf;
struct why;

struct csv_reader {
    struct str rest;
    char sep;      /* ',' usually; ';' and tab are met too */
    uint64_t line; /* 1-based line on which the next record begins */
};

void csv_init(struct csv_reader *r, struct str text, char sep);

/* csv_next: the next record's cells.
 *   arena      takes the array and unquoted text
 *   ret_cells  until the arena ends; also borrows from the text
 * RC_END when there is none; RC_PARSE for a quote never closed or text after
 * a closing quote (the reader stands behind that line, reading may go on);
 * RC_LIMIT over CSV_CELLS_MAX cells or at the arena's cap.  Blank lines are
 * skipped. */
enum rc csv_next(struct csv_reader *r, struct arena *arena,
                 struct str **ret_cells, size_t *ret_n,
                 struct why *why) MUST_CHECK;

/* csv_add_cell: append one cell, quoted where needed.  A text cell that a
 * spreadsheet would run as a formula (=, +, -, @ in front) is led by an
 * apostrophe when `guard`. */
void csv_add_cell(struct buf *b, struct str cell, char sep, bool guard);

#endif
