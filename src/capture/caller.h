/* Whose call it is: what a request's headers and body say of feature,
 * workflow, run, user and so on.  Strongest first, each fills what is still
 * empty: X-Toll-*, the headers of Helicone and Portkey, W3C baggage and
 * traceparent, the body's own fields.  Pure, any thread. */
#ifndef CAPTURE_CALLER_H
#define CAPTURE_CALLER_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"
#include "event/event.h"
#include "net/http_server.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct provider_request;

struct caller {
    struct event *ev; /* filled; its text borrows from headers and arena */
    struct arena *arena;
    struct str id; /* X-Toll-Id */
    bool has_environment;
};

/* caller_read: values that break the event's rules (too long, no UTF-8,
 * an unknown environment) are cut or left out, never an error. */
void caller_read(const struct http_field *field, size_t n,
                 const struct provider_request *body, struct caller *who);

/* caller_is_toll_header: X-Toll-*, which are never sent upstream. */
bool caller_is_toll_header(struct str name);

#endif
