/* One file or pipe on its way in: read in pieces into a buffer that is used
 * again for the next file, handed out line by line or whole, gunzipped when
 * it is gzip.
 *
 * Read, not mapped: a file that shrinks while it is mapped kills the process,
 * and a copy into a buffer that stays in the processor's cache costs no more
 * than the page faults of a mapping (measured on 200 MB).  At most as much is
 * read as the file held when it was opened, so that importing a file which
 * grows meanwhile, such as the reject log of this very import, ends.
 *
 * Behind whatever is handed out stand JSON_PADDING readable bytes.
 *
 * One thread at a time. */
#ifndef CAPTURE_IMPORT_READER_H
#define CAPTURE_IMPORT_READER_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/rc.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_parser;
struct why;

struct import_reader {
    struct buf bytes;         /* a window on the file, or all of it */
    struct json_parser *json; /* for whoever reads what is handed out */
    size_t at;                /* what stands before was handed out */
    size_t searched;          /* no line end from `at` to here */
    uint64_t n_left; /* of the file, not yet read; UINT64_MAX for a pipe */
    uint64_t n_read; /* from the file since open, before gunzip */
    uint64_t line;   /* number of the line handed out last, from 1 */
    int fd;          /* -1: all is read */
    bool can_reopen; /* a regular file, not a pipe */
};

void import_reader_init(struct import_reader *r);
void import_reader_fini(struct import_reader *r); /* accepts NULL; closes */

/* import_reader_open: "-" is standard input.  Reads the first piece.
 * RC_NOT_FOUND, RC_DENIED, RC_IO; RC_PARSE, RC_LIMIT for gzip that is broken
 * or holds too much.  After a failure it is closed. */
enum rc import_reader_open(struct import_reader *r, const char *path,
                           struct why *why) MUST_CHECK;
/* import_reader_view: stands on bytes in memory, which are copied. */
enum rc import_reader_view(struct import_reader *r, struct str bytes,
                           struct why *why) MUST_CHECK;
void import_reader_close(struct import_reader *r); /* keeps the buffer */

/* import_reader_head: what is in the buffer and not handed out yet: right
 * after opening the first LIMIT_IMPORT_HEAD_BYTES, or all of a shorter file.
 * Until the next call. */
struct str import_reader_head(const struct import_reader *r);

/* import_reader_line: the next line without its end; until the next call.
 * RC_END behind the last; RC_LIMIT for a line too long, which was passed
 * over, so that reading may go on; RC_IO. */
enum rc import_reader_line(struct import_reader *r, struct str *ret_line,
                           struct why *why) MUST_CHECK;

/* import_reader_whole: all that was not handed out yet, until close.
 * RC_LIMIT when it is over LIMIT_IMPORT_WHOLE_BYTES; RC_IO. */
enum rc import_reader_whole(struct import_reader *r, struct str *ret_text,
                            struct why *why) MUST_CHECK;

#endif
