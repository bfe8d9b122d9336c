/* How the price book is told over the API: what the routes of one call and of
 * the whole list share. */
#ifndef FACE_API_PRICE_JSON_H
#define FACE_API_PRICE_JSON_H

#include "base/attr.h"
#include "base/json.h"
#include "base/rc.h"
#include "base/str.h"
#include "price/book.h"

#include <stdint.h>

struct api_call;
struct why;

void price_json_text(struct json_writer *w, const char *name, struct str s);
/* price_json_time: PRICE_ALWAYS is null. */
void price_json_time(struct json_writer *w, const char *name, int64_t us);
/* price_json_row: the row's members, without braces. */
void price_json_row(struct json_writer *w, const struct book_row *row);
/* price_json_book: the member "book". */
void price_json_book(struct json_writer *w, const struct price_book *book,
                     int64_t now_us);

/* price_list: the whole list (docs/pricing.md, "The book as data"). */
enum rc price_list(struct api_call *call, struct price_book *book,
                   struct why *why) MUST_CHECK;

#endif
