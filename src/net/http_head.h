/* The head of an HTTP/1 message, read strictly (RFC 9112): what two readers
 * could take for two different messages is refused.  Pure, any thread. */
#ifndef NET_HTTP_HEAD_H
#define NET_HTTP_HEAD_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"
#include "net/http_server.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Grown as needed and used again; http_fields_fini ends it. */
struct http_fields {
    struct http_field *at;
    size_t n;
    size_t cap;
};

void http_fields_fini(struct http_fields *f);
/* http_fields_get: the first of that name; p == NULL when there is none. */
struct str http_fields_get(const struct http_fields *f, const char *name);

/* http_head_size: bytes to the end of the empty line that ends the head, 0
 * when it is not there yet.  *scanned starts at 0 and remembers what need not
 * be looked at again. */
size_t http_head_size(struct str bytes, size_t *scanned);

/* http_head_read: the whole head in `bytes`, its first line and its fields.
 * A folded line is joined to the one before it, in place, with blanks.
 * RC_PARSE for what is no head. */
enum rc http_head_read(char *bytes, size_t n, struct str *ret_first,
                       struct http_fields *fields) MUST_CHECK;

enum http_framing {
    HTTP_FRAMING_NONE = 1, /* the head says nothing */
    HTTP_FRAMING_LENGTH,
    HTTP_FRAMING_CHUNKED
};

/* http_framing_of: where the body ends, as the fields have it.  RC_PARSE for
 * two lengths, a length beside chunks, or another encoding than chunks. */
enum rc http_framing_of(const struct http_fields *f, enum http_framing *ret,
                        uint64_t *ret_length) MUST_CHECK;

/* http_says: `field`, a list of words, names `word`. */
bool http_says(const struct http_fields *f, const char *field,
               const char *word);

/* The reader of a body in chunks.  Zeroed at first. */
struct http_chunks {
    uint64_t left; /* of the chunk at hand */
    unsigned state;
    size_t line_n;    /* bytes of the line at hand */
    size_t trailer_n; /* of all lines behind the last chunk */
    bool is_over;     /* the last chunk and the trailer were read */
};

/* http_chunks_next: takes bytes from the front of *bytes; *ret_piece is body
 * (empty when there is none yet, then *bytes is spent or the body is over).
 * RC_PARSE for what are no chunks, RC_LIMIT for a line over
 * LIMIT_HTTP_LINE_BYTES or a trailer over LIMIT_HTTP_HEADERS_BYTES. */
enum rc http_chunks_next(struct http_chunks *c, struct str *bytes,
                         struct str *ret_piece) MUST_CHECK;

/* http_reason: the usual words for a status. */
struct str http_reason(int status);

#endif
