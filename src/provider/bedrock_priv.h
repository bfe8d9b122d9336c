/* What Bedrock's files share, and the reader needs of them. */
#ifndef PROVIDER_BEDROCK_PRIV_H
#define PROVIDER_BEDROCK_PRIV_H

#include "provider/provider_priv.h"

/* bedrock_unwrap: the event of a model's own dialect that a chunk of
 * InvokeModelWithResponseStream carries as base64.  False when it carries
 * none. */
bool bedrock_unwrap(const struct json *chunk, struct buf *out);

#endif
