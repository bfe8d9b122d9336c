/* What a message's head says, once http_parse.h has read it: its fields, as
 * they stood on the wire and in their order.  Pure, any thread. */
#ifndef NET_HTTP_HEAD_H
#define NET_HTTP_HEAD_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

struct http_field { /* a header as it stands on the wire */
    struct str name;
    struct str value;
};

/* Grown as needed and used again; http_fields_fini ends it. */
struct http_fields {
    struct http_field *at;
    size_t n;
    size_t cap;
};

void http_fields_fini(struct http_fields *f);
void http_fields_add(struct http_fields *f, struct str name, struct str value);
/* http_fields_get: the first of that name; p == NULL when there is none. */
struct str http_fields_get(const struct http_fields *f, const char *name);

/* http_says: `field`, a list of words, names `word`. */
bool http_says(const struct http_fields *f, const char *field,
               const char *word);

/* http_reason: the usual words for a status. */
struct str http_reason(int status);

#endif
