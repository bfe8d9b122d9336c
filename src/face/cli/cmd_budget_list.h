/* toll budget list: budgets as they stand. */
#ifndef FACE_CLI_CMD_BUDGET_LIST_H
#define FACE_CLI_CMD_BUDGET_LIST_H

#include "face/cli/cmd.h"

enum cmd_exit cmd_budget_list(struct cmd_call *call);

#endif
