/* What there is to know of an incident, asked of the ledger: who owns it, which
 * release came before, why it is, what did not move; and all of it as a report
 * for people.  A function of answers; one thread, each with its reader. */
#ifndef WATCH_DESCRIBE_H
#define WATCH_DESCRIBE_H

#include "base/attr.h"
#include "base/rc.h"
#include "insight/insight.h"
#include "watch/incident.h"
#include "watch/message.h"

#include <stdint.h>

struct store_reader;

/* describe_release: the last release of the feature (p NULL: of any) within the
 * day before `since_us`, or the hour that it begins; empty: none. */
enum rc describe_release(struct store_reader *reader, struct str feature,
                         int64_t since_us, struct arena *arena, struct str *ret,
                         struct why *why) MUST_CHECK;

/* describe_explain: what explain says of the incident's hours against the same
 * hours a week before, or those before it where a week ago there was nothing.
 *   ret      report_fini in any case
 *   command  takes the command that says the same */
enum rc describe_explain(const struct incident *x,
                         const struct insight_env *env, struct arena *arena,
                         struct report *ret, struct buf *command,
                         struct why *why) MUST_CHECK;

/* describe_incident: owner, release, reason, what did not move; what it costs a
 * day, by the exact split. */
enum rc describe_incident(const struct incident *x,
                          const struct insight_env *env, struct arena *arena,
                          struct incident *ret, struct why *why) MUST_CHECK;

/* describe_title: "reply-draft: input tokens +45.5 %". */
void describe_title(struct buf *b, const struct incident *x);

/* describe_report: what a message of that phase says. */
struct describe_message {
    const struct incident *x;
    enum message_phase phase;
};
/*   ret  report_fini in any case */
enum rc describe_report(const struct describe_message *m,
                        const struct insight_env *env, struct arena *arena,
                        struct report *ret, struct why *why) MUST_CHECK;

#endif
