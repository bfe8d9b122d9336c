/* Remembers which rows a (provider, model) pair leads to, so that the name
 * matching, which tries many spellings, runs once a name and not once an
 * event.  Apart from the book because the book never changes; bounded
 * (LIMIT_PRICE_MEMO_MAX names, then it starts over).
 *
 * One thread a memo.  It holds a reference to the book it last served. */
#ifndef PRICE_MEMO_H
#define PRICE_MEMO_H

struct price_memo;

struct price_memo *memo_new(void);
void memo_free(struct price_memo **memo); /* accepts NULL; sets NULL */

#endif
