/* What OpenAI's dialects share. */
#ifndef PROVIDER_OPENAI_PRIV_H
#define PROVIDER_OPENAI_PRIV_H

#include "provider/provider_priv.h"

/* openai_head: id, model, tier and error of a body, chunk or response. */
void openai_head(struct draft *d, const struct json *j);

extern const char *const openai_request_id_headers[];

/* openai_error: {"error":{"message","type","param","code"}}, which most
 * compatible vendors answer with too. */
void openai_error(int status, struct str message, struct buf *out);

#endif
