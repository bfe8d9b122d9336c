/* A segment file of any bytes, in three ways, by the first byte of the input.
 *
 * 1, 5, ...: what follows is the file.  Whatever it holds, reading comes to
 * its end.
 *
 * 3, 7, ...: likewise; and opening finds a place to go on, and what is
 * appended there is read back.  (Of its own, since it waits for the disk.)
 *
 * Even: what follows are records, each a length byte and its payload until a
 * length of 0, then changes to the file they make, each two bytes of offset
 * and one to XOR with.  Every record that no change touched is read, in
 * order, and none that was not written. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/hash.h"
#include "intake/journal.h"
#include "intake/journal_priv.h"

enum { FILE_MAX = 1024 * 1024, RECORDS_MAX = 256 };

struct place {
    char dir[64];
    char path[128];
};

/* One record as it was written. */
struct written {
    size_t from; /* offsets into the file */
    size_t to;
    bool is_touched;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void make_place(struct place *place)
{
    (void)snprintf(place->dir, sizeof(place->dir),
                   "/tmp/toll-journal-fuzz-XXXXXX");
    CHECK(mkdtemp(place->dir) != NULL);
    (void)snprintf(place->path, sizeof(place->path), "%s/%s", place->dir,
                   journal_segment_name(0).cz);
}

/* The segment, and one more when the header of that was damaged. */
static void remove_place(struct place *place)
{
    struct journal_segment *segments = NULL;
    size_t n = 0;
    int fd;
    CHECK(journal_open_dir(place->dir, &fd, NULL) == RC_OK);
    CHECK(journal_segments(place->dir, fd, &segments, &n, NULL) == RC_OK);
    for (size_t i = 0; i < n; i++) {
        struct journal_name name = journal_segment_name(segments[i].start);
        CHECK(unlinkat(fd, name.cz, 0) == 0);
    }
    free(segments);
    CHECK(close(fd) == 0);
    CHECK(rmdir(place->dir) == 0);
}

static void write_file(const struct place *place, struct str bytes)
{
    int fd = open(place->path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    CHECK(fd >= 0);
    CHECK(write(fd, bytes.p, bytes.n) == (ssize_t)bytes.n);
    CHECK(close(fd) == 0);
}

/* ---- any bytes ---- */

/* Reads to the end; answers how many records there are, and the last. */
static size_t read_all(const struct place *place, uint64_t end,
                       struct buf *last)
{
    struct journal_reader *r = NULL;
    struct str payload;
    size_t n = 0;
    enum rc rc;
    CHECK(journal_reader_open(place->dir, 0, &r, NULL) == RC_OK);
    uint64_t pos = 0;
    do {
        rc = journal_read(r, end, &payload, NULL);
        if (rc == RC_OK) {
            buf_clear(last);
            buf_str(last, payload);
            n++;
        }
        if (rc == RC_OK || rc == RC_CORRUPT) {
            CHECK(journal_reader_pos(r) > pos);
            pos = journal_reader_pos(r);
        }
    } while (rc == RC_OK || rc == RC_CORRUPT);
    CHECK(rc == RC_END || rc == RC_UNSUPPORTED);
    journal_reader_close(&r);
    return n;
}

static void try_file(const struct place *place, struct str bytes,
                     bool is_continued)
{
    struct journal *j = NULL;
    struct buf last;
    buf_init(&last, LIMIT_JOURNAL_RECORD_MAX);
    write_file(place, bytes);
    size_t n = read_all(place, bytes.n, &last);
    if (!is_continued) {
        buf_fini(&last);
        return;
    }
    enum rc rc = journal_open(place->dir, 0, &j, NULL);
    CHECK(rc == RC_OK || rc == RC_UNSUPPORTED);
    if (rc == RC_OK) {
        uint64_t end;
        CHECK(journal_append(j, STR("new"), NULL) == RC_OK);
        CHECK(journal_sync(j, &end, NULL) == RC_OK);
        CHECK(read_all(place, end, &last) == n + 1);
        CHECK(str_eq(buf_view(&last), STR("new")));
        journal_close(&j);
    }
    buf_fini(&last);
}

/* ---- whole records, then damage ---- */

/* Takes records off the front of *rest. */
static size_t write_records(struct str *rest, struct buf *file,
                            struct written *written)
{
    char header[JOURNAL_HEADER_BYTES];
    size_t n = 0;
    journal_header_write(header, 0);
    buf_add(file, header, sizeof(header));
    while (n < RECORDS_MAX && rest->n > 0) {
        size_t len = (unsigned char)rest->p[0];
        *rest = str_sub(*rest, 1, rest->n);
        struct str payload = str_sub(*rest, 0, len);
        *rest = str_sub(*rest, payload.n, rest->n);
        if (payload.n == 0) {
            break;
        }
        char head[JOURNAL_HEAD_BYTES];
        journal_head_write(head, file->n, (uint32_t)payload.n,
                           hash_crc32c(0, payload.p, payload.n));
        written[n].from = file->n;
        written[n].is_touched = false;
        buf_add(file, head, sizeof(head));
        buf_str(file, payload);
        written[n].to = file->n;
        n++;
    }
    return n;
}

static void change(struct str rest, struct buf *file, struct written *written,
                   size_t n)
{
    for (; rest.n >= 3; rest = str_sub(rest, 3, rest.n)) {
        const unsigned char *p = (const unsigned char *)rest.p;
        size_t at = ((size_t)p[0] << 8 | p[1]) % file->n;
        file->p[at] = (char)(file->p[at] ^ (char)p[2]);
        for (size_t i = 0; i < n; i++) {
            /* Two changes may undo each other: then it need not be read,
             * but may. */
            bool is_in = at >= written[i].from && at < written[i].to;
            written[i].is_touched = written[i].is_touched || is_in;
        }
    }
}

/* A header that says "newer version", with the right CRC, cannot be made by
 * damage that anybody meets; but a fuzzer may find it. */
static bool is_readable(const struct buf *file)
{
    return journal_header_check(file->p, 0) != RC_UNSUPPORTED;
}

/* The record that was read up to `to` is this one; or it stands in the payload
 * of this one, made for just that place, and came to light when this one was
 * damaged (who can send that can send its events as well).  Answers which. */
static bool check_read(const struct written *w, struct str file, size_t to,
                       struct str payload)
{
    size_t from = to - payload.n;
    CHECK(str_eq(payload, str_sub(file, from, payload.n)) || w->is_touched);
    if (w->to == to && w->from + JOURNAL_HEAD_BYTES == from) {
        return true;
    }
    CHECK(w->is_touched && from > w->from && to <= w->to);
    return false;
}

static void try_damage(const struct place *place, struct str rest)
{
    static struct written written[RECORDS_MAX];
    struct journal_reader *r = NULL;
    struct buf whole;
    struct buf file;
    struct str payload;
    buf_init(&whole, FILE_MAX);
    buf_init(&file, FILE_MAX);
    size_t n = write_records(&rest, &whole, written);
    buf_str(&file, buf_view(&whole));
    change(rest, &file, written, n);
    write_file(place, buf_view(&file));
    CHECK(journal_reader_open(place->dir, 0, &r, NULL) == RC_OK);
    size_t i = 0;
    enum rc rc = is_readable(&file) ? RC_OK : RC_END;
    while (rc != RC_END) {
        rc = journal_read(r, file.n, &payload, NULL);
        CHECK(rc == RC_OK || rc == RC_CORRUPT || rc == RC_END);
        size_t to = (size_t)journal_reader_pos(r);
        /* Whatever was passed was touched, the one read was written. */
        for (; i < n && written[i].to < to; i++) {
            CHECK(written[i].is_touched);
        }
        if (rc == RC_OK) {
            CHECK(i < n);
            i += check_read(&written[i], buf_view(&whole), to, payload) ? 1 : 0;
        }
    }
    journal_reader_close(&r);
    buf_fini(&whole);
    buf_fini(&file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > FILE_MAX / 2) {
        return 0;
    }
    struct place place;
    struct str rest = {.p = (const char *)data + 1, .n = size - 1};
    make_place(&place);
    if (data[0] % 2 != 0) {
        try_file(&place, rest, data[0] % 4 == 3);
    } else {
        try_damage(&place, rest);
    }
    remove_place(&place);
    return 0;
}
