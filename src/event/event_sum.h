/* Events that are no call but the sum of many, as a provider's usage report
 * tells them: its tag bucket_end says until when the calls were made, ts from
 * when.  Tokens and searches of a sum are as good as a call's; how many calls
 * it stands for, and how long each was, it does not say.  Pure, any thread. */
#ifndef EVENT_EVENT_SUM_H
#define EVENT_EVENT_SUM_H

#include <stdbool.h>
#include <stdint.h>

struct event;

#define EVENT_SUM_END     "bucket_end"     /* RFC 3339 */
#define EVENT_SUM_CONTEXT "context_window" /* how long the calls were */

bool event_is_sum(const struct event *ev);

/* event_context_tokens: the length of input that prices go by.  A call's is
 * all its input.  The calls of a sum are as long as the tag context_window
 * says, "200k-1M" for more than 200,000 tokens; without it nobody knows, and 0
 * gives the prices of short calls, the least that they can have cost. */
int64_t event_context_tokens(const struct event *ev);

#endif
