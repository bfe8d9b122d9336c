/* toll alerts replay, for the command's row (app/cmd_alerts.c). */
#ifndef FACE_CLI_CMD_ALERTS_REPLAY_H
#define FACE_CLI_CMD_ALERTS_REPLAY_H

#include "face/cli/cmd.h"

enum cmd_exit cmd_alerts_replay(struct cmd_call *call);

#endif
