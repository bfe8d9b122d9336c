/* toll alerts [list] and toll alerts show, for the command's row
 * (app/cmd_alerts.c). */
#ifndef FACE_CLI_CMD_ALERTS_LIST_H
#define FACE_CLI_CMD_ALERTS_LIST_H

#include "face/cli/cmd.h"

enum cmd_exit cmd_alerts_list(struct cmd_call *call);
enum cmd_exit cmd_alerts_show(struct cmd_call *call); /* arg[1]: the id */

/* cmd_alerts_path: "/api/alerts/{id}", with a verb "/api/alerts/{id}/ack". */
void cmd_alerts_path(struct buf *path, const char *id, const char *verb);
/* cmd_alerts_print: one alert as its route answers it; with --json as it
 * came. */
enum cmd_exit cmd_alerts_print(const struct cmd_call *call, struct str body);

#endif
