/* What the commands share: tables for a terminal and numbers to read. */
#ifndef FACE_CLI_CMD_PRIV_H
#define FACE_CLI_CMD_PRIV_H

#include "face/cli/cmd.h"
#include "face/table.h"

/* table_print: a table to standard output, as wide as the terminal; the last
 * row is a total when there is one. */
void table_print(const struct table *t, const struct cmd_env *env,
                 bool has_total);
/* table_dim: a line of lesser weight to standard output. */
void table_dim(const struct cmd_env *env, struct str line);

/* draw_usd: exact dollars to read: "1,234.56"; below ten cents with more
 * decimals. */
void draw_usd(struct buf *b, struct str exact);

/* query_ask_and_draw: what /api/query answers. */
enum cmd_exit query_ask_and_draw(const struct cmd_call *call,
                                 const struct buf *query);

/* One file exports one row. */
extern const struct cmd cmd_doctor;
extern const struct cmd cmd_export;
extern const struct cmd cmd_price;
extern const struct cmd cmd_prices;
extern const struct cmd cmd_query;
extern const struct cmd cmd_setup;
extern const struct cmd cmd_top;
extern const struct cmd cmd_version;

#endif
