#include "face/cli/cmd_priv.h"

const struct cmd *const cmd_table[] = {
    &cmd_doctor, &cmd_export, &cmd_price, &cmd_prices,
    &cmd_query,  &cmd_setup,  &cmd_top,   &cmd_version,
};
const size_t cmd_table_n = ARRAY_N(cmd_table);
