/* One spelling per provider, and the provider that a model's name alone makes
 * certain.  Pure, any thread. */
#ifndef EVENT_EVENT_PROVIDER_H
#define EVENT_EVENT_PROVIDER_H

#include "base/str.h"

#include <stdbool.h>

/* provider_fold: the canonical spelling of a known alias ("google",
 * "gcp.gemini" -> "gemini"; "aws.bedrock" -> "bedrock"), else the name itself.
 * Case and the signs '.', '_', '-' and ' ' do not matter to the look-up; the
 * price catalogue's ids fold too.  Result is static or `name`. */
struct str provider_fold(struct str name);

/* provider_of_model: "claude-..." is anthropic, "gpt-..." openai, "gemini-..."
 * gemini, "us.anthropic.claude-..." bedrock, and so on where the name is
 * certain; empty when it is not (open weights, "vendor/model"). */
struct str provider_of_model(struct str model);

/* provider_may_serve: false when the model is certainly of another vendor than
 * `provider`, which serves none but its own. */
bool provider_may_serve(struct str provider, struct str model);

/* provider_id_repeats: a response id of few digits, as "chatcmpl-417" or
 * "resp_90210": Ollama's OpenAI routes draw the first from a thousand and the
 * second from a million, so that it comes again and names no call.  To be asked
 * of the id itself: a client of OpenAI's that is pointed at Ollama says that it
 * speaks to openai.
 * Source: ollama/ollama, middleware/openai.go, 2026-11-29. */
bool provider_id_repeats(struct str id);

#endif
