/* An estimate for calls whose true counts never came: four bytes of text are
 * a token.  Text is what stands in the members of JSON that carry prompts and
 * replies; the rest of a body - names, ids, pictures - is none.  Works over
 * any framing, since only what stands in quotes is looked at.  Pure, one
 * thread. */
#ifndef CAPTURE_GATEWAY_TEXT_H
#define CAPTURE_GATEWAY_TEXT_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text_meter {  /* begins zeroed */
    int64_t n_bytes; /* of text, so far */
    char key[24];    /* the last string, as far as it may be a key */
    uint8_t key_n;
    uint8_t skip; /* of an escape */
    bool in_string;
    bool is_value; /* a colon stood before */
    bool in_list;  /* of values of one member */
    bool is_text;  /* the member carries text */
};

/* text_meter_feed: the next bytes, split anywhere. */
void text_meter_feed(struct text_meter *m, struct str bytes);
/* text_meter_tok: at least one where there was any text. */
int64_t text_meter_tok(const struct text_meter *m);

#endif
