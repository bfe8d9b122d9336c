/* What toll's configuration says to who sets it up (GET /api/setup): addresses,
 * and what is wrong.  No key, nor any other secret, is among it.  Any thread;
 * what it is given is immutable. */
#ifndef APP_SETUP_H
#define APP_SETUP_H

#include "base/str.h"

struct channels;
struct conf;
struct json_writer;
struct upstreams;

struct setup {
    const struct conf *conf;           /* its addresses, file and time zone */
    const struct upstreams *upstreams; /* in force */
    const struct channels *channels;   /* likewise */
    struct str url;                    /* "http://127.0.0.1:8655" */
    struct str problem; /* of the last reload, which was refused; or empty */
};

/* setup_tell: appends members to an object. */
void setup_tell(const struct setup *s, struct json_writer *w);

#endif
