/* A table as text: columns as wide as their widest cell, numbers to the
 * right.  All memory is the table's own.  One thread. */
#ifndef FACE_TABLE_H
#define FACE_TABLE_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

struct buf;

struct table {
    size_t n_columns;
    size_t n_cells;
    size_t cap;
    struct buf *cell; /* heads first, then row by row */
    bool *to_right;
    size_t n_heads;
};

void table_init(struct table *t, size_t n_columns, size_t n_rows);
void table_fini(struct table *t);
/* table_head, table_add: text from outside may be given as it is (table_safe
 * is applied). */
void table_head(struct table *t, struct str name, bool to_right);
void table_add(struct table *t, struct str text);
/* table_draw: append it to `b`.  Where the width is too narrow the widest
 * texts are cut.
 *   limit      columns there are; 0: as many as it takes
 *   in_colour  the heads stand out
 *   has_total  the last row is a total */
void table_draw(const struct table *t, size_t limit, bool in_colour,
                bool has_total, struct buf *b);

/* table_safe: text from outside with control characters shown as U+FFFD, so
 * that a name cannot drive the terminal. */
void table_safe(struct buf *b, struct str s);

#endif
