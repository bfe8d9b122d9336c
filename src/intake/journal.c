/*       segment              last segment
 *   |==============|=================|-------- - - - -
 *                  start          durable   written
 *
 * All before `durable` was flushed.  Behind it stands what was appended since;
 * after a failure some of it may, may not, or may half be there.  It is cut
 * off before anything else is done, since a failed fdatasync leaves the
 * kernel's pages marked clean: flushing once more would report a success that
 * never happened. */
#include "intake/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/check.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/why.h"
#include "intake/journal_priv.h"

enum { MODE_FILE = 0600, PROBE_BYTES = 64 * 1024 };

struct journal {
    char *dir;
    int dir_fd;
    int fd;         /* the last segment */
    uint64_t start; /* its position */
    uint64_t durable;
    uint64_t written;
    uint64_t held; /* stays, flushed or not */
    uint64_t cut_bytes;
    bool is_torn;    /* what stands behind `durable` must be cut first */
    bool is_created; /* the segment's name is not flushed yet */
};

static struct journal_name file_name(const struct journal *j)
{
    return journal_segment_name(j->start);
}

static enum rc told(const struct journal *j, int err, const char *doing,
                    struct why *why)
{
    return why_errno(why, err, "%s journal %s/%s", doing, j->dir,
                     file_name(j).cz);
}

/* All of head and body at `offset`, however often the kernel takes fewer. */
static int write_at(int fd, struct iovec *iov, int n_iov, off_t offset)
{
    while (n_iov > 0) {
        ssize_t n = pwritev(fd, iov, n_iov, offset);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return n < 0 ? errno : EIO;
        }
        offset += n;
        for (; n_iov > 0 && (size_t)n >= iov->iov_len; iov++, n_iov--) {
            n -= (ssize_t)iov->iov_len;
        }
        if (n_iov > 0) {
            iov->iov_base = (char *)iov->iov_base + n;
            iov->iov_len -= (size_t)n;
        }
    }
    return 0;
}

static int flush(int fd)
{
    int got;
    do {
        got = fdatasync(fd);
    } while (got != 0 && errno == EINTR);
    return got == 0 ? 0 : errno;
}

/* ---- segments ---- */

/* The first byte that may be cut: a header stays. */
static uint64_t least_end(const struct journal *j)
{
    uint64_t behind_header = j->start + JOURNAL_HEADER_BYTES;
    uint64_t end = j->held > j->durable ? j->held : j->durable;
    return end > behind_header ? end : behind_header;
}

/* Begin a new segment at `start`.  On failure the journal stands as before,
 * and the file that may be left is begun anew the next time. */
static enum rc begin_segment(struct journal *j, uint64_t start, struct why *why)
{
    struct journal_name name = journal_segment_name(start);
    int fd = openat(j->dir_fd, name.cz, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC,
                    MODE_FILE);
    if (fd < 0) {
        return why_errno(why, errno, "creating journal %s/%s", j->dir, name.cz);
    }
    char header[JOURNAL_HEADER_BYTES];
    journal_header_write(header, start);
    struct iovec iov = {.iov_base = header, .iov_len = sizeof(header)};
    int err = write_at(fd, &iov, 1, 0);
    if (err != 0) {
        (void)close(fd);
        (void)unlinkat(j->dir_fd, name.cz, 0);
        return why_errno(why, err, "writing journal %s/%s", j->dir, name.cz);
    }
    if (j->fd >= 0) {
        (void)close(j->fd); /* flushed before, so nothing can be lost */
    }
    j->fd = fd;
    j->start = start;
    j->durable = start;
    j->written = start + JOURNAL_HEADER_BYTES;
    j->is_created = true;
    return RC_OK;
}

static enum rc cut(struct journal *j, struct why *why)
{
    uint64_t end = least_end(j);
    if (ftruncate(j->fd, (off_t)(end - j->start)) != 0) {
        return told(j, errno, "cutting", why);
    }
    j->written = end;
    j->is_torn = false;
    return RC_OK;
}

/* What a failure leaves behind goes now if it can, else before the next
 * append; the cause that is told stays that of the failure. */
static enum rc fail(struct journal *j, enum rc rc)
{
    j->is_torn = true;
    enum rc unheard = cut(j, NULL);
    (void)unheard;
    return rc;
}

/* ---- opening ---- */

/* Position behind the last whole record of the segment; its start if it has
 * none. */
static enum rc find_end(const char *dir, const struct journal_segment *segment,
                        uint64_t *ret_end, struct why *why)
{
    struct journal_reader *r = NULL;
    enum rc rc = journal_reader_open(dir, segment->start, &r, why);
    if (rc != RC_OK) {
        return rc;
    }
    uint64_t end = segment->start;
    do {
        struct str payload;
        rc = journal_read(r, segment->start + segment->bytes, &payload, why);
        if (rc == RC_OK) {
            end = journal_reader_pos(r);
        }
    } while (rc == RC_OK || rc == RC_CORRUPT);
    journal_reader_close(&r);
    if (rc != RC_END) {
        return rc;
    }
    *ret_end = end;
    return RC_OK;
}

static enum rc check_header(struct journal *j, struct why *why)
{
    char header[JOURNAL_HEADER_BYTES];
    ssize_t n = pread(j->fd, header, sizeof(header), 0);
    if (n < 0) {
        return told(j, errno, "reading", why);
    }
    enum rc rc = n == sizeof(header) ? journal_header_check(header, j->start)
                                     : RC_CORRUPT;
    if (rc == RC_UNSUPPORTED) {
        return why_set(why, rc, "%s/%s was written by a newer version of toll",
                       j->dir, file_name(j).cz);
    }
    return rc;
}

/* Make the last segment the one to append to. */
static enum rc continue_segment(struct journal *j,
                                const struct journal_segment *segment,
                                struct why *why)
{
    j->start = segment->start;
    j->fd = openat(j->dir_fd, file_name(j).cz, O_RDWR | O_CLOEXEC);
    if (j->fd < 0) {
        return told(j, errno, "opening", why);
    }
    enum rc header = check_header(j, why);
    if (header != RC_OK && header != RC_CORRUPT) {
        return header;
    }
    uint64_t end;
    enum rc rc = find_end(j->dir, segment, &end, why);
    if (rc != RC_OK) {
        return rc;
    }
    if (header == RC_CORRUPT && end == j->start) {
        return begin_segment(j, end, why); /* torn when it was begun */
    }
    j->durable = end;
    end = least_end(j);
    j->written = end;
    if (segment->bytes > end - j->start) {
        j->cut_bytes = segment->bytes - (end - j->start);
        rc = cut(j, why);
    }
    if (rc != RC_OK || header == RC_OK) {
        return rc;
    }
    /* Its records can be read, but nothing is added behind a bad header. */
    int err = flush(j->fd);
    return err != 0 ? told(j, err, "flushing", why)
                    : begin_segment(j, end, why);
}

static enum rc find_place(struct journal *j, uint64_t least_pos,
                          struct why *why)
{
    struct journal_segment *segments = NULL;
    size_t n = 0;
    enum rc rc = journal_segments(j->dir, j->dir_fd, &segments, &n, why);
    if (rc != RC_OK) {
        return rc;
    }
    if (n > 0) {
        rc = continue_segment(j, &segments[n - 1], why);
    }
    if (rc == RC_OK && (n == 0 || j->durable < least_pos)) {
        rc = begin_segment(j, least_pos, why);
    }
    mem_free(segments);
    return rc;
}

enum rc journal_open(const char *dir, uint64_t least_pos, struct journal **ret,
                     struct why *why)
{
    enum rc rc = file_make_dirs(dir, why);
    if (rc != RC_OK) {
        return rc;
    }
    struct journal *j = mem_alloc(sizeof(*j));
    size_t n_dir = strlen(dir) + 1;
    j->dir = mem_alloc(n_dir);
    memcpy(j->dir, dir, n_dir);
    j->dir_fd = -1;
    j->fd = -1;
    uint64_t pos;
    rc = journal_open_dir(dir, &j->dir_fd, why);
    if (rc == RC_OK) {
        rc = find_place(j, least_pos, why);
    }
    if (rc == RC_OK) {
        rc = journal_sync(j, &pos, why);
    }
    if (rc != RC_OK) {
        journal_close(&j);
        return rc;
    }
    *ret = j;
    return RC_OK;
}

void journal_close(struct journal **j)
{
    if (*j == NULL) {
        return;
    }
    if ((*j)->fd >= 0) {
        (void)close((*j)->fd); /* what matters was flushed before */
    }
    if ((*j)->dir_fd >= 0) {
        (void)close((*j)->dir_fd);
    }
    mem_free((*j)->dir);
    mem_free(*j);
    *j = NULL;
}

/* ---- appending ---- */

/* Cut what a failure left, and begin a new segment when this one holds so many
 * bytes and nothing in it waits to be flushed: so a flush, and a cut, always
 * concern one file. */
static enum rc make_ready(struct journal *j, uint64_t full_bytes,
                          struct why *why)
{
    if (j->is_torn) {
        enum rc rc = cut(j, why);
        if (rc != RC_OK) {
            return rc;
        }
    }
    if (j->written == j->durable && j->durable - j->start >= full_bytes) {
        return begin_segment(j, j->durable, why);
    }
    return RC_OK;
}

enum rc journal_append(struct journal *j, struct str payload, struct why *why)
{
    CHECK(payload.n > 0);
    if (payload.n > LIMIT_JOURNAL_RECORD_MAX) {
        return why_set(why, RC_LIMIT,
                       "%zu bytes are more than a journal record takes",
                       payload.n);
    }
    enum rc rc = make_ready(j, LIMIT_JOURNAL_SEGMENT_BYTES, why);
    if (rc != RC_OK) {
        return rc;
    }
    char head[JOURNAL_HEAD_BYTES];
    journal_head_write(head, j->written, (uint32_t)payload.n,
                       hash_crc32c(0, payload.p, payload.n));
    /* pwritev only reads; its struct, which also serves to read into, has no
     * const. */
    union {
        const char *borrowed;
        void *base;
    } p = {.borrowed = payload.p};
    struct iovec iov[] = {
        {.iov_base = head, .iov_len = sizeof(head)},
        {.iov_base = p.base, .iov_len = payload.n},
    };
    int err =
        write_at(j->fd, iov, ARRAY_N(iov), (off_t)(j->written - j->start));
    if (err != 0) {
        return fail(j, told(j, err, "writing", why));
    }
    j->written += sizeof(head) + payload.n;
    return RC_OK;
}

void journal_hold(struct journal *j)
{
    j->held = j->written;
}

enum rc journal_sync(struct journal *j, uint64_t *ret_pos, struct why *why)
{
    int err = flush(j->fd);
    if (err != 0) {
        return fail(j, told(j, err, "flushing", why));
    }
    if (j->is_created) {
        if (fsync(j->dir_fd) != 0) {
            return fail(j, why_errno(why, errno, "flushing folder %s", j->dir));
        }
        j->is_created = false;
    }
    j->durable = j->written;
    *ret_pos = j->durable;
    return RC_OK;
}

enum rc journal_rest(struct journal *j, struct why *why)
{
    uint64_t pos;
    enum rc rc = make_ready(j, LIMIT_JOURNAL_REST_BYTES, why);
    return rc == RC_OK ? journal_sync(j, &pos, why) : rc;
}

enum rc journal_probe(struct journal *j, struct why *why)
{
    enum rc rc = make_ready(j, LIMIT_JOURNAL_SEGMENT_BYTES, why);
    if (rc != RC_OK) {
        return rc;
    }
    char *zeros = mem_alloc(PROBE_BYTES);
    struct iovec iov = {.iov_base = zeros, .iov_len = PROBE_BYTES};
    int err = write_at(j->fd, &iov, 1, (off_t)(j->written - j->start));
    mem_free(zeros);
    if (err == 0) {
        err = flush(j->fd);
    }
    if (err != 0) {
        return fail(j, told(j, err, "writing", why));
    }
    return cut(j, why);
}

uint64_t journal_end(const struct journal *j)
{
    return j->durable;
}

uint64_t journal_cut_bytes(const struct journal *j)
{
    return j->cut_bytes;
}

enum rc journal_trim(const char *dir, uint64_t pos, struct why *why)
{
    int dir_fd;
    enum rc rc = journal_open_dir(dir, &dir_fd, why);
    if (rc != RC_OK) {
        return rc;
    }
    struct journal_segment *segments = NULL;
    size_t n = 0;
    rc = journal_segments(dir, dir_fd, &segments, &n, why);
    for (size_t i = 0; rc == RC_OK && i + 1 < n; i++) {
        if (segments[i + 1].start > pos) {
            break;
        }
        struct journal_name name = journal_segment_name(segments[i].start);
        if (unlinkat(dir_fd, name.cz, 0) != 0 && errno != ENOENT) {
            rc = why_errno(why, errno, "removing journal %s/%s", dir, name.cz);
        }
    }
    mem_free(segments);
    (void)close(dir_fd);
    return rc;
}
