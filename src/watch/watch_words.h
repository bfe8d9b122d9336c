/* An alert in words.  Any thread. */
#ifndef WATCH_WATCH_WORDS_H
#define WATCH_WATCH_WORDS_H

#include "watch/watch.h"

struct buf;

/* watch_words: "Input tokens a request of reply-draft went from 1,810 to 4,270
 * (+136 %), $12.40 a day more." */
void watch_words(struct buf *b, const struct watch_alert *a);

#endif
