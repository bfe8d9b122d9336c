/* A change and its causes in words, for the sentences of explain, movers and
 * whoever else tells why spending changed.  Each appends to `b`.  One
 * thread. */
#ifndef INSIGHT_CAUSE_WORDS_H
#define INSIGHT_CAUSE_WORDS_H

#include "base/buf.h"
#include "insight/contrast.h"
#include "insight/since.h"

#include <stdbool.h>

/* cause_words_scope: its name for people: "ticket-summary", "(untagged)". */
void cause_words_scope(struct buf *b, struct str name);

/* cause_words_pick: "prompts of reply-draft grew 1.9x since release
 * 2026.11.3"; with the amount behind it.
 *   names_scope  false where the sentence is about that scope anyway
 *   since        may be NULL */
void cause_words_pick(struct buf *b, const struct contrast *c,
                      const struct contrast_pick *p, bool names_scope,
                      const struct since *since);

/* cause_words_line: a cause that no place stands out in: "longer prompts". */
void cause_words_line(struct buf *b, enum change_cause cause, num_i128 pico);

/* cause_words_measure: "input tokens a request 1,810 -> 4,270"; nothing for
 * what has no measure. */
void cause_words_measure(struct buf *b, const struct contrast_pick *p);

/* cause_words_since: " since release 2026.11.3"; nothing when not known. */
void cause_words_since(struct buf *b, const struct since *since);

/* cause_words_change: "rose $412.30 (+38 %)", "fell $1.00 (-2.5 %)", "stayed
 * at $3.00". */
void cause_words_change(struct buf *b, num_i128 before, num_i128 after);

#endif
