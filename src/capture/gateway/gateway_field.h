/* Which headers pass, on the way there and on the way back.  Pure, any
 * thread. */
#ifndef CAPTURE_GATEWAY_FIELD_H
#define CAPTURE_GATEWAY_FIELD_H

#include "base/attr.h"
#include "base/str.h"
#include "net/http_server.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct upstream;

/* gateway_field_of: the first of that name; empty when absent. */
struct str gateway_field_of(const struct http_field *field, size_t n,
                            const char *name);

/* gateway_fields_up: what goes to the provider: all but those of the
 * connection, those that the client makes anew (Host, Content-Length), toll's
 * own, and, where toll holds the provider's key, the caller's keys, whose
 * place the provider's takes.  Of Accept-Encoding only what the meter can
 * read remains; with `plain` nothing does.
 *   out   room for n + 2
 * NULL-free; gives how many, SIZE_MAX at the arena's cap. */
size_t gateway_fields_up(const struct http_field *field, size_t n,
                         const struct upstream *to, bool plain,
                         struct arena *arena, struct http_field *out);

/* gateway_fields_down: what goes back; without the length when bytes may be
 * withheld.  out: room for n. */
size_t gateway_fields_down(const struct http_field *field, size_t n,
                           bool drop_length, struct http_field *out);

/* gateway_query_up: the query without the caller's key (Gemini's "key="),
 * where toll holds the provider's. */
struct str gateway_query_up(struct str query, const struct upstream *to,
                            struct arena *arena);

#endif
