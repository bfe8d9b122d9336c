/* The grammar of HTTP/1 messages (RFC 9112): the door to llhttp, the parser of
 * Node.js, in its strict mode.  What two readers could still take for two
 * different messages, and llhttp lets pass, is refused behind it; the .c has
 * the list.
 *
 * One of these reads one message: the head first, from a buffer that holds
 * all of the message so far, then the body, from wherever its bytes are.
 * Owns nothing of either.  One thread at a time. */
#ifndef NET_HTTP_PARSE_H
#define NET_HTTP_PARSE_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"
#include "net/http_head.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_parse;

enum http_parse_kind { HTTP_PARSE_REQUEST = 1, HTTP_PARSE_ANSWER };

/* http_parse_new: `body_max` bounds the chunks of a body.
 * http_parse_free: accepts NULL inside. */
struct http_parse *http_parse_new(enum http_parse_kind kind,
                                  uint64_t body_max) RETURNS_NONNULL;
void http_parse_free(struct http_parse **parse);

enum http_parsed {
    HTTP_PARSED_MORE = 1, /* the head is not whole */
    HTTP_PARSED_HEAD,     /* it is */
    HTTP_PARSED_WRONG,    /* no HTTP/1 */
    HTTP_PARSED_METHOD,   /* a method that llhttp does not know */
    HTTP_PARSED_VERSION   /* HTTP, but neither 1.0 nor 1.1 */
};

/* http_parse_head: reads on.
 *   bytes, n  the message from its first byte, which may have moved since the
 *             last call; what was read already is not read again.  A folded
 *             line of an answer is joined to the one before it, in place, with
 *             blanks; in a request it is wrong (RFC 9112, 5.2).
 * Not to be called again after another word than HTTP_PARSED_MORE. */
enum http_parsed http_parse_head(struct http_parse *p, char *bytes,
                                 size_t n) MUST_CHECK;

/* Slices live as long as the bytes given to http_parse_tell. */
struct http_told {
    size_t head_n;     /* bytes of the head */
    struct str method; /* of a request */
    struct str target; /* likewise */
    struct str reason; /* of an answer */
    int status;        /* likewise, 100..999 */
    uint64_t length;   /* of the body; 0 when it is not told */
    bool is_old;       /* HTTP/1.0 */
    bool is_chunked;   /* the body */
    bool may_keep;     /* the connection outlives the message */
};

/* http_parse_tell: what the head said, which is whole and stands at `bytes`.
 * `fields` is filled anew. */
void http_parse_tell(const struct http_parse *p, const char *bytes,
                     struct http_told *ret, struct http_fields *fields);

/* http_parse_is_bare: of an answer's head, before its body: there is none,
 * whatever the head says, since the request was a HEAD. */
void http_parse_is_bare(struct http_parse *p);

/* False: it is refused. */
typedef bool http_parse_piece_fn(void *arg, struct str piece);

/* http_parse_body: the bytes behind the head, in their order; `piece` is
 * called with those that are body.
 *   ret_n  how many of `bytes` were of this message; fewer than all when it
 *          is over
 * RC_PARSE for what is none, RC_LIMIT for chunks over body_max, RC_DENIED when
 * a piece was refused. */
enum rc http_parse_body(struct http_parse *p, struct str bytes,
                        http_parse_piece_fn *piece, void *arg,
                        size_t *ret_n) MUST_CHECK;
bool http_parse_is_over(const struct http_parse *p);
/* http_parse_ends: the connection ended behind the head; true when the body
 * did so with it, in its time. */
bool http_parse_ends(struct http_parse *p);

#endif
