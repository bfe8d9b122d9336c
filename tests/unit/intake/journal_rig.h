/* A journal in a folder of its own, and short words for what tests do with it
 * and with its files. */
#ifndef TESTS_UNIT_INTAKE_JOURNAL_RIG_H
#define TESTS_UNIT_INTAKE_JOURNAL_RIG_H

#include "folder.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/file.h"
#include "intake/journal.h"
#include "intake/journal_priv.h"

struct fixture {
    struct folder folder;
    char dir[64];
    struct journal *j;
    struct why why;
};

static inline int setup(void **state)
{
    static struct fixture f;
    memset(&f, 0, sizeof(f));
    folder_make(&f.folder);
    (void)snprintf(f.dir, sizeof(f.dir), "%s/journal", f.folder.path);
    *state = &f;
    return 0;
}

static inline int teardown(void **state)
{
    struct fixture *f = *state;
    journal_close(&f->j);
    folder_remove(&f->folder);
    return 0;
}

/* ---- words ---- */

static inline void open_at(struct fixture *f, uint64_t least_pos)
{
    journal_close(&f->j);
    assert_ok(journal_open(f->dir, least_pos, &f->j, &f->why), &f->why);
}

static inline uint64_t sync_all(struct fixture *f)
{
    uint64_t pos;
    assert_ok(journal_sync(f->j, &pos, &f->why), &f->why);
    assert_int_equal(pos, journal_end(f->j));
    return pos;
}

static inline uint64_t add(struct fixture *f, struct str payload)
{
    assert_ok(journal_append(f->j, payload, &f->why), &f->why);
    return sync_all(f);
}

static inline const char *segment_path(struct fixture *f, uint64_t start)
{
    static char path[128];
    (void)snprintf(path, sizeof(path), "%s/%s", f->dir,
                   journal_segment_name(start).cz);
    return path;
}

static inline uint64_t size_of(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return (uint64_t)st.st_size;
}

static inline bool is_there(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

static inline void content(const char *path, struct buf *b)
{
    struct why why;
    buf_clear(b);
    assert_ok(file_read(path, false, b, &why), &why);
}

static inline void put_content(const char *path, struct str bytes)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.p, 1, bytes.n, file), bytes.n);
    assert_int_equal(fclose(file), 0);
}

static inline void flip(const char *path, uint64_t offset)
{
    int fd = open(path, O_RDWR);
    char c;
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &c, 1, (off_t)offset), 1);
    c = (char)(c ^ 0x40);
    assert_int_equal(pwrite(fd, &c, 1, (off_t)offset), 1);
    assert_int_equal(close(fd), 0);
}

/* What reading gives, one record a line, "!" where damage was told. */
static inline void read_all(struct fixture *f, uint64_t pos, uint64_t end,
                            struct buf *out)
{
    struct journal_reader *r = NULL;
    enum rc rc;
    buf_clear(out);
    assert_ok(journal_reader_open(f->dir, pos, &r, &f->why), &f->why);
    do {
        struct str payload;
        rc = journal_read(r, end, &payload, &f->why);
        if (rc == RC_OK) {
            buf_str(out, payload);
            buf_char(out, '\n');
        } else if (rc == RC_CORRUPT) {
            buf_cz(out, "!\n");
        }
    } while (rc == RC_OK || rc == RC_CORRUPT);
    assert_rc(rc, RC_END);
    assert_int_equal(journal_reader_pos(r), end > pos ? end : pos);
    journal_reader_close(&r);
}

static inline void assert_reads(struct fixture *f, const char *lines)
{
    struct buf out;
    buf_init(&out, 100000);
    read_all(f, 0, journal_end(f->j), &out);
    test_assert_str(buf_view(&out), str_from_cz(lines), __FILE__, __LINE__);
    buf_fini(&out);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
