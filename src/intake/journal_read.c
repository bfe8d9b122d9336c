/* Bytes are read in blocks into one buffer, in which a record lies in one
 * piece.  Not by mmap: a file that is cut, or a disk that fails, would end
 * the process with a signal instead of an answer. */
#include "intake/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/why.h"
#include "intake/journal_priv.h"

enum {
    /* Any whole record, and a block's worth behind it. */
    BUFFER_BYTES = LIMIT_JOURNAL_RECORD_MAX + JOURNAL_HEAD_BYTES + 64 * 1024,
    BLOCK_BYTES = 4096 /* what a failing disk loses at least */
};

struct journal_reader {
    char *dir;
    int dir_fd;
    int fd;         /* -1 between segments */
    uint64_t start; /* of the segment read last */
    uint64_t bytes; /* of its file, at least up to seen_end */
    uint64_t seen_end;
    uint64_t pos;
    char *buffer;
    uint64_t buffer_pos; /* position of its first byte */
    size_t buffer_n;
};

enum rc journal_reader_open(const char *dir, uint64_t pos,
                            struct journal_reader **ret, struct why *why)
{
    int dir_fd;
    enum rc rc = journal_open_dir(dir, &dir_fd, why);
    if (rc != RC_OK) {
        return rc;
    }
    struct journal_reader *r = mem_alloc(sizeof(*r));
    size_t n_dir = strlen(dir) + 1;
    r->dir = mem_alloc(n_dir);
    memcpy(r->dir, dir, n_dir);
    r->dir_fd = dir_fd;
    r->fd = -1;
    r->start = pos;
    r->pos = pos;
    r->buffer = mem_alloc(BUFFER_BYTES);
    *ret = r;
    return RC_OK;
}

static void leave_segment(struct journal_reader *r)
{
    if (r->fd >= 0) {
        (void)close(r->fd);
        r->fd = -1;
    }
    r->buffer_n = 0;
}

void journal_reader_close(struct journal_reader **r)
{
    if (*r == NULL) {
        return;
    }
    leave_segment(*r);
    (void)close((*r)->dir_fd);
    mem_free((*r)->dir);
    mem_free((*r)->buffer);
    mem_free(*r);
    *r = NULL;
}

uint64_t journal_reader_pos(const struct journal_reader *r)
{
    return r->pos;
}

uint64_t journal_reader_segment(const struct journal_reader *r)
{
    return r->start;
}

enum rc journal_reader_keep(struct journal_reader *r, struct why *why)
{
    struct journal_name name = journal_segment_name(r->start);
    struct journal_name kept = journal_damaged_name(r->start);
    if (linkat(r->dir_fd, name.cz, r->dir_fd, kept.cz, 0) != 0 &&
        errno != EEXIST && errno != ENOENT) {
        return why_errno(why, errno, "keeping damaged journal %s/%s", r->dir,
                         name.cz);
    }
    return RC_OK;
}

/* ---- bytes ---- */

/* Go on at `to`; tell that what stands between is lost. */
static enum rc skip(struct journal_reader *r, uint64_t to, struct why *why)
{
    uint64_t from = r->pos;
    r->pos = to;
    return why_set(why, RC_CORRUPT,
                   "journal %s/%s is damaged at byte %" PRIu64 ", %" PRIu64
                   " bytes are skipped",
                   r->dir, journal_segment_name(r->start).cz, from - r->start,
                   to - from);
}

/* RC_IO where the disk does not give what stands there. */
static enum rc fill(struct journal_reader *r, size_t n_least, size_t n_most)
{
    while (r->buffer_n < n_least) {
        off_t at = (off_t)(r->buffer_pos + r->buffer_n - r->start);
        ssize_t n =
            pread(r->fd, r->buffer + r->buffer_n, n_most - r->buffer_n, at);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return RC_IO; /* also when the file was cut by somebody */
        }
        r->buffer_n += (size_t)n;
    }
    return RC_OK;
}

/* The n bytes at `pos`, in one piece; all of them stand before `limit`, and
 * nothing behind it is read. */
static enum rc look_at(struct journal_reader *r, uint64_t pos, size_t n,
                       uint64_t limit, const char **ret_p)
{
    uint64_t buffer_end = r->buffer_pos + r->buffer_n;
    if (pos < r->buffer_pos || pos + n > buffer_end) {
        size_t n_kept = 0;
        if (pos >= r->buffer_pos && pos < buffer_end) {
            n_kept = (size_t)(buffer_end - pos);
            memmove(r->buffer, r->buffer + (pos - r->buffer_pos), n_kept);
        }
        r->buffer_pos = pos;
        r->buffer_n = n_kept;
        uint64_t n_most = limit - pos;
        n_most = n_most < BUFFER_BYTES ? n_most : BUFFER_BYTES;
        enum rc rc = fill(r, n, (size_t)n_most);
        if (rc != RC_OK) {
            r->buffer_n = 0;
            return rc;
        }
    }
    *ret_p = r->buffer + (pos - r->buffer_pos);
    return RC_OK;
}

/* The record at `pos`; RC_CORRUPT when none stands there, RC_IO when that
 * cannot be said. */
static enum rc record_at(struct journal_reader *r, uint64_t pos, uint64_t limit,
                         struct str *ret_payload)
{
    if (pos >= limit || limit - pos < JOURNAL_HEAD_BYTES) {
        return RC_CORRUPT;
    }
    const char *p;
    enum rc rc = look_at(r, pos, JOURNAL_HEAD_BYTES, limit, &p);
    if (rc != RC_OK) {
        return rc;
    }
    uint32_t n;
    uint32_t crc;
    if (!journal_head_read(p, pos, &n, &crc) ||
        limit - pos - JOURNAL_HEAD_BYTES < n) {
        return RC_CORRUPT;
    }
    rc = look_at(r, pos, JOURNAL_HEAD_BYTES + (size_t)n, limit, &p);
    if (rc != RC_OK) {
        return rc;
    }
    p += JOURNAL_HEAD_BYTES;
    if (hash_crc32c(0, p, n) != crc) {
        return RC_CORRUPT;
    }
    *ret_payload = (struct str){.p = p, .n = n};
    return RC_OK;
}

/* The next position behind `pos` at which a whole record stands, or the
 * limit. */
static uint64_t search(struct journal_reader *r, uint64_t pos, uint64_t limit)
{
    struct str unused;
    enum rc rc;
    do {
        pos++;
        rc = record_at(r, pos, limit, &unused);
        if (rc == RC_IO) {
            /* Each try of a bad sector may take seconds: once a block. */
            pos |= BLOCK_BYTES - 1;
        }
    } while (pos < limit && rc != RC_OK);
    return pos < limit ? pos : limit;
}

/* ---- segments ---- */

static enum rc check_header(struct journal_reader *r, uint64_t end,
                            struct why *why)
{
    uint64_t behind = r->start + JOURNAL_HEADER_BYTES;
    uint64_t limit = r->start + r->bytes < end ? r->start + r->bytes : end;
    if (limit < behind) {
        return skip(r, limit, why);
    }
    const char *p;
    enum rc rc = look_at(r, r->start, JOURNAL_HEADER_BYTES, limit, &p);
    if (rc == RC_OK) {
        rc = journal_header_check(p, r->start);
    }
    if (rc == RC_UNSUPPORTED) {
        leave_segment(r);
        return why_set(why, rc, "%s/%s was written by a newer version of toll",
                       r->dir, journal_segment_name(r->start).cz);
    }
    /* A position within the header is that of the first record; one behind
     * it was reached when the header was whole, or did not matter. */
    if (r->pos >= behind) {
        return RC_OK;
    }
    if (rc != RC_OK) {
        return skip(r, behind, why);
    }
    r->pos = behind;
    return RC_OK;
}

static enum rc skip_missing(struct journal_reader *r, uint64_t to,
                            struct why *why)
{
    uint64_t from = r->pos;
    r->pos = to;
    return why_set(why, RC_CORRUPT,
                   "journal %s lacks %" PRIu64 " bytes from %" PRIu64 " on",
                   r->dir, to - from, from);
}

static enum rc open_segment(struct journal_reader *r,
                            const struct journal_segment *segment, uint64_t end,
                            struct why *why)
{
    struct journal_name name = journal_segment_name(segment->start);
    if (r->pos < segment->start) {
        return skip_missing(r, segment->start, why);
    }
    int fd = openat(r->dir_fd, name.cz, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return why_errno(why, errno, "opening journal %s/%s", r->dir, name.cz);
    }
    leave_segment(r);
    r->fd = fd;
    r->start = segment->start;
    r->bytes = segment->bytes;
    r->seen_end = end;
    return check_header(r, end, why);
}

/* Open the segment that holds r->pos, or the next one behind it. */
static enum rc next_segment(struct journal_reader *r, uint64_t end,
                            struct why *why)
{
    struct journal_segment *segments = NULL;
    size_t n = 0;
    enum rc rc = journal_segments(r->dir, r->dir_fd, &segments, &n, why);
    if (rc != RC_OK) {
        return rc;
    }
    size_t i = 0;
    while (i < n && segments[i].start + segments[i].bytes <= r->pos) {
        i++;
    }
    if (i < n && segments[i].start < end) {
        rc = open_segment(r, &segments[i], end, why);
    } else {
        rc = skip_missing(r, end, why);
    }
    mem_free(segments);
    return rc;
}

/* Where reading must stop for now: the end of this segment's file, or `end`
 * when that comes first.  A size seen before `end` was told may have been
 * that of a record half written. */
static enum rc find_limit(struct journal_reader *r, uint64_t end,
                          uint64_t *ret_limit, struct why *why)
{
    if (r->seen_end != end) {
        struct stat st;
        if (fstat(r->fd, &st) != 0) {
            return why_errno(why, errno, "looking at journal %s/%s", r->dir,
                             journal_segment_name(r->start).cz);
        }
        r->bytes = (uint64_t)st.st_size;
        r->seen_end = end;
    }
    uint64_t file_end = r->start + r->bytes;
    *ret_limit = file_end < end ? file_end : end;
    return RC_OK;
}

enum rc journal_read(struct journal_reader *r, uint64_t end,
                     struct str *ret_payload, struct why *why)
{
    while (r->pos < end) {
        uint64_t limit = 0;
        enum rc rc = r->fd < 0 ? next_segment(r, end, why) : RC_OK;
        if (rc == RC_OK) {
            rc = find_limit(r, end, &limit, why);
        }
        if (rc != RC_OK) {
            return rc;
        }
        if (r->pos >= limit) {
            leave_segment(r);
            continue;
        }
        struct str payload;
        if (record_at(r, r->pos, limit, &payload) != RC_OK) {
            return skip(r, search(r, r->pos, limit), why);
        }
        r->pos += JOURNAL_HEAD_BYTES + payload.n;
        *ret_payload = payload;
        return RC_OK;
    }
    return RC_END;
}
