/* The insights as commands.  Their rows are made from those of the insight
 * room, since a command's options are the insight's parameters.  One thread. */
#ifndef FACE_CLI_CMD_INSIGHT_H
#define FACE_CLI_CMD_INSIGHT_H

#include "face/cli/cmd.h"

#include <stddef.h>

enum { CMD_INSIGHT_OPTIONS_MAX = 32 };

struct cmd_insight {
    struct cmd cmd; /* its options are these */
    struct cmd_option option[CMD_INSIGHT_OPTIONS_MAX];
};

size_t cmd_insight_n(void);
/* cmd_insight_ask: asks the insight of that name with the call's options. */
enum cmd_exit cmd_insight_ask(const struct cmd_call *call, const char *name);
/* cmd_insight_make: the i-th; `ret` must not move afterwards.
 *   arena  takes the options' names */
void cmd_insight_make(size_t i, struct arena *arena, struct cmd_insight *ret);

#endif
