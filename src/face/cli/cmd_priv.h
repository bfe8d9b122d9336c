/* What the commands share: tables for a terminal and numbers to read. */
#ifndef FACE_CLI_CMD_PRIV_H
#define FACE_CLI_CMD_PRIV_H

#include "face/cli/cmd.h"

/* A table: columns as wide as their widest cell, numbers to the right.  All
 * memory is the table's own.  One thread. */
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
/* table_print: to standard output; the last row is a total when there is one.
 * Where the terminal is too narrow the widest texts are cut. */
void table_print(const struct table *t, const struct cmd_env *env,
                 bool has_total);

/* table_safe: text from outside with control characters shown as U+FFFD, so
 * that a name cannot drive the terminal. */
void table_safe(struct buf *b, struct str s);
/* table_dim: a line of lesser weight to standard output. */
void table_dim(const struct cmd_env *env, struct str line);

/* draw_grouped: "1234567" as "1,234,567".  draw_usd: exact dollars to read:
 * "1,234.56"; below ten cents with more decimals. */
void draw_grouped(struct buf *b, struct str digits);
void draw_usd(struct buf *b, struct str exact);

/* query_ask_and_draw: what /api/query answers. */
enum cmd_exit query_ask_and_draw(const struct cmd_call *call,
                                 const struct buf *query);

/* One file exports one row. */
extern const struct cmd cmd_doctor;
extern const struct cmd cmd_export;
extern const struct cmd cmd_price;
extern const struct cmd cmd_query;
extern const struct cmd cmd_top;
extern const struct cmd cmd_version;

#endif
