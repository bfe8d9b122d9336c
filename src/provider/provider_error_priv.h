/* What the vendors' own forms of an error share. */
#ifndef PROVIDER_PROVIDER_ERROR_PRIV_H
#define PROVIDER_PROVIDER_ERROR_PRIV_H

#include "base/buf.h"
#include "base/json.h"
#include "base/str.h"

struct error_word { /* a vendor's word for a status; 0 at the end */
    int status;
    const char *word;
};

/* error_word: of the status, else of the one in the table that is nearest
 * below it; the table is in the order of statuses and begins with 400. */
struct str error_word(const struct error_word *table, int status);

void error_member(struct json_writer *w, const char *name, struct str text);

/* error_alone: an object with the message and nothing else. */
void error_alone(const char *name, struct str message, struct buf *out);

#endif
