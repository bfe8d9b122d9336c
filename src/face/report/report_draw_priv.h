/* What the forms of a report share. */
#ifndef FACE_REPORT_REPORT_DRAW_PRIV_H
#define FACE_REPORT_REPORT_DRAW_PRIV_H

#include "base/buf.h"
#include "insight/report.h"

/* A form's way of saying text from outside as text. */
typedef void report_escape_fn(struct buf *b, struct str s);

/* report_is_number: goes to the right. */
bool report_is_number(enum answer_kind kind);
void report_add_value(struct buf *b, enum answer_kind kind, bool is_change,
                      const struct answer_cell *cell, report_escape_fn *escape);
/* report_add_cell: one of a table's. */
void report_add_cell(struct buf *b, const struct report_table *t, size_t row,
                     size_t column, report_escape_fn *escape);
/* report_add_caption: "2026-11-01 to 2026-11-08, UTC, environment:production";
 * nothing of a report about no range. */
void report_add_caption(struct buf *b, const struct report *r,
                        report_escape_fn *escape);
/* report_add_lines: the first rows in columns of fixed width, control
 * characters shown.
 *   width  0: as wide as it gets */
void report_add_lines(struct buf *b, const struct report_table *from,
                      size_t n_rows, size_t width);
/* report_begins_facts, report_ends_facts: item i is the first, or last, of
 * facts in a row. */
bool report_begins_facts(const struct report *r, size_t i);
bool report_ends_facts(const struct report *r, size_t i);

#endif
