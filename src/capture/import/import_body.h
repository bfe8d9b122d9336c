/* A provider's response that a record of a call holds as it came, where the
 * record's own counts are missing or say less.  Pure, any thread. */
#ifndef CAPTURE_IMPORT_BODY_H
#define CAPTURE_IMPORT_BODY_H

#include "base/attr.h"
#include "base/str.h"

#include <stdbool.h>

struct arena;
struct event;
struct json;
struct provider_context;

/* import_body_read: tokens, searches and tier of the one call that the body
 * tells of, to `ev`.  False, and nothing done, when it tells of none, or not
 * all of it.
 *   body   an object, the events of a stream in an array, or either as text
 *   arena  for the provider's words */
bool import_body_read(const struct json *body,
                      const struct provider_context *context,
                      struct arena *arena, struct event *ev);

#endif
