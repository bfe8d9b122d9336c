/* One call once its request is made: asked of the upstream, passed on,
 * metered, and ended. */
#ifndef CAPTURE_GATEWAY_CALL_H
#define CAPTURE_GATEWAY_CALL_H

struct gateway_call;
struct http_ask;

/* gateway_call_start: asks; from here on the call is its own owner. */
void gateway_call_start(struct gateway_call *c, const struct http_ask *ask);

#endif
