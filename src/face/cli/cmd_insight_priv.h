/* What a command of an insight does besides telling it: a row with options of
 * its own.  One file exports one row; cmd_insight.c lists them. */
#ifndef FACE_CLI_CMD_INSIGHT_PRIV_H
#define FACE_CLI_CMD_INSIGHT_PRIV_H

#include "face/cli/cmd.h"

struct cmd_insight_more {
    const char *insight; /* its name */
    const struct cmd_option *option;
    size_t n_options;
    /* run: false when the options ask for nothing of it, and the insight is
     * told as it is. */
    bool (*run)(const struct cmd_call *call, enum cmd_exit *ret);
};

extern const struct cmd_insight_more cmd_insight_review;

#endif
