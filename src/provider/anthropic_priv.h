/* What vendors that answer in Anthropic's words share. */
#ifndef PROVIDER_ANTHROPIC_PRIV_H
#define PROVIDER_ANTHROPIC_PRIV_H

#include "provider/provider_priv.h"

void anthropic_error(int status, struct str message, struct buf *out);

#endif
