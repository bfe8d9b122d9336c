/*   bytes   [ handed out | no line end | not searched ][ free ]
 *             0            at            searched      n
 *
 * When no line end is left, what was handed out is dropped, the unfinished
 * line moves to the front and the next piece is read behind it. */
#include "capture/import/import_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/gz.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/why.h"

enum { KEPT_BYTES = 16 * LIMIT_IMPORT_PIECE_BYTES }; /* for the next file */

void import_reader_init(struct import_reader *r)
{
    *r = (struct import_reader){.fd = -1};
    r->json = json_parser_new();
    buf_init(&r->bytes, LIMIT_IMPORT_WHOLE_BYTES + JSON_PADDING);
}

void import_reader_fini(struct import_reader *r)
{
    if (r == NULL) {
        return;
    }
    import_reader_close(r);
    json_parser_free(&r->json);
    buf_fini(&r->bytes);
}

static void end_file(struct import_reader *r)
{
    if (r->fd > STDIN_FILENO) {
        (void)close(r->fd);
    }
    r->fd = -1;
    r->n_left = 0;
}

void import_reader_close(struct import_reader *r)
{
    end_file(r);
    if (r->bytes.cap > KEPT_BYTES) {
        buf_fini(&r->bytes);
    }
    buf_clear(&r->bytes);
    r->at = 0;
    r->searched = 0;
    r->line = 0;
    r->n_read = 0;
}

/* Read the next piece behind what is there; at the file's end it is closed.
 * RC_LIMIT when the buffer is at its ceiling. */
static enum rc read_piece(struct import_reader *r, size_t piece,
                          struct why *why)
{
    size_t n = r->n_left < piece ? (size_t)r->n_left : piece;
    if (n == 0) {
        end_file(r);
        return RC_OK;
    }
    char *space = buf_space(&r->bytes, n + JSON_PADDING);
    if (space == NULL) {
        return buf_rc(&r->bytes, why);
    }
    ssize_t got;
    do {
        got = read(r->fd, space, n);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        enum rc rc = why_errno(why, errno, "reading");
        end_file(r);
        return rc;
    }
    if (got == 0) {
        end_file(r);
        return RC_OK;
    }
    buf_used(&r->bytes, (size_t)got);
    r->n_read += (uint64_t)got;
    r->n_left -= r->n_left == UINT64_MAX ? 0 : (uint64_t)got;
    return RC_OK;
}

static enum rc read_rest(struct import_reader *r, struct why *why)
{
    enum rc rc = RC_OK;
    while (rc == RC_OK && r->fd >= 0) {
        rc = read_piece(r, LIMIT_IMPORT_PIECE_BYTES, why);
    }
    if (rc == RC_LIMIT) {
        rc = why_set(why, RC_LIMIT,
                     "over %d MiB, which must be read whole (a JSON array, "
                     "CSV or gzip); split it, or make it one JSON object a "
                     "line",
                     LIMIT_IMPORT_WHOLE_BYTES / (1024 * 1024));
    }
    return rc;
}

static enum rc gunzip(struct import_reader *r, struct why *why)
{
    enum rc rc = read_rest(r, why);
    if (rc != RC_OK) {
        return rc;
    }
    struct buf plain;
    buf_init(&plain, LIMIT_IMPORT_WHOLE_BYTES + JSON_PADDING);
    rc = gz_inflate(buf_view(&r->bytes), &plain, why);
    if (rc == RC_OK && buf_space(&plain, JSON_PADDING) == NULL) {
        rc = buf_rc(&plain, why);
    }
    if (rc != RC_OK) {
        buf_fini(&plain);
        return rc;
    }
    buf_fini(&r->bytes);
    r->bytes = plain;
    return RC_OK;
}

/* Fill the buffer with what detection looks at. */
static enum rc begin(struct import_reader *r, struct why *why)
{
    static const struct str byte_order_mark = STR_INIT("\xef\xbb\xbf");
    enum rc rc = RC_OK;
    while (rc == RC_OK && r->fd >= 0 && r->bytes.n < LIMIT_IMPORT_HEAD_BYTES) {
        rc = read_piece(r, LIMIT_IMPORT_PIECE_BYTES, why);
    }
    if (rc == RC_OK && gz_is(buf_view(&r->bytes))) {
        rc = gunzip(r, why);
    }
    if (rc == RC_OK && str_starts(buf_view(&r->bytes), byte_order_mark)) {
        r->at = byte_order_mark.n;
        r->searched = r->at;
    }
    return rc;
}

enum rc import_reader_open(struct import_reader *r, const char *path,
                           struct why *why)
{
    struct stat st;
    import_reader_close(r);
    if (strcmp(path, "-") == 0) {
        r->fd = STDIN_FILENO;
    } else {
        do {
            r->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        } while (r->fd < 0 && errno == EINTR);
    }
    if (r->fd < 0 || fstat(r->fd, &st) != 0) {
        enum rc failed = why_errno(why, errno, "opening");
        import_reader_close(r);
        return failed;
    }
    r->can_reopen = S_ISREG(st.st_mode) && r->fd != STDIN_FILENO;
    r->n_left = r->can_reopen ? (uint64_t)st.st_size : UINT64_MAX;
    enum rc rc = begin(r, why);
    if (rc != RC_OK) {
        import_reader_close(r);
    }
    return rc;
}

enum rc import_reader_view(struct import_reader *r, struct str bytes,
                           struct why *why)
{
    import_reader_close(r);
    buf_str(&r->bytes, bytes);
    (void)buf_space(&r->bytes, JSON_PADDING);
    enum rc rc = buf_rc(&r->bytes, why);
    if (rc == RC_OK) {
        r->n_read = bytes.n;
        rc = begin(r, why);
    }
    if (rc != RC_OK) {
        import_reader_close(r);
    }
    return rc;
}

struct str import_reader_head(const struct import_reader *r)
{
    return str_sub(buf_view(&r->bytes), r->at, LIMIT_IMPORT_HEAD_BYTES);
}

/* The line from `at` to `end`, which is the place of its line end. */
static enum rc hand_out(struct import_reader *r, size_t end,
                        struct str *ret_line)
{
    *ret_line = (struct str){.p = r->bytes.p + r->at, .n = end - r->at};
    r->at = end + 1 < r->bytes.n ? end + 1 : r->bytes.n;
    r->searched = r->at;
    r->line++;
    return RC_OK;
}

/* The unfinished line moves to the front, the next piece comes behind it. */
static enum rc refill(struct import_reader *r, struct why *why)
{
    buf_drop_front(&r->bytes, r->at);
    r->searched -= r->at;
    r->at = 0;
    return read_piece(r, LIMIT_IMPORT_PIECE_BYTES, why);
}

/* The line was found too long: forget it up to its end. */
static enum rc pass_line(struct import_reader *r, struct why *why)
{
    for (;;) {
        size_t end = str_find_char(buf_view(&r->bytes), '\n', r->searched);
        r->at = end != SIZE_MAX ? end + 1 : r->bytes.n;
        r->searched = r->at;
        if (end != SIZE_MAX || r->fd < 0) {
            r->line++;
            return why_set(why, RC_LIMIT, "the line is over %d MiB",
                           LIMIT_IMPORT_LINE_BYTES / (1024 * 1024));
        }
        enum rc rc = refill(r, why);
        if (rc != RC_OK) {
            return rc;
        }
    }
}

enum rc import_reader_line(struct import_reader *r, struct str *ret_line,
                           struct why *why)
{
    for (;;) {
        size_t end = str_find_char(buf_view(&r->bytes), '\n', r->searched);
        bool has_end = end != SIZE_MAX;
        if (!has_end) {
            end = r->bytes.n;
            r->searched = end;
        }
        if (end - r->at > LIMIT_IMPORT_LINE_BYTES) {
            return pass_line(r, why);
        }
        if (has_end || (r->fd < 0 && r->at < end)) {
            return hand_out(r, end, ret_line);
        }
        if (r->fd < 0) {
            return RC_END;
        }
        enum rc rc = refill(r, why);
        if (rc != RC_OK) {
            return rc;
        }
    }
}

enum rc import_reader_whole(struct import_reader *r, struct str *ret_text,
                            struct why *why)
{
    enum rc rc = read_rest(r, why);
    if (rc == RC_OK) {
        *ret_text = str_sub(buf_view(&r->bytes), r->at, SIZE_MAX);
    }
    return rc;
}
