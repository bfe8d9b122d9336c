#include "folder.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/thread.h"
#include "intake/journal.h"
#include "intake/journal_priv.h"

struct fixture {
    struct folder folder;
    char dir[64];
    struct journal *j;
    struct why why;
};

static int setup(void **state)
{
    static struct fixture f;
    memset(&f, 0, sizeof(f));
    folder_make(&f.folder);
    (void)snprintf(f.dir, sizeof(f.dir), "%s/journal", f.folder.path);
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    journal_close(&f->j);
    folder_remove(&f->folder);
    return 0;
}

/* ---- words ---- */

static void open_at(struct fixture *f, uint64_t least_pos)
{
    journal_close(&f->j);
    assert_ok(journal_open(f->dir, least_pos, &f->j, &f->why), &f->why);
}

static uint64_t sync_all(struct fixture *f)
{
    uint64_t pos;
    assert_ok(journal_sync(f->j, &pos, &f->why), &f->why);
    assert_int_equal(pos, journal_end(f->j));
    return pos;
}

static uint64_t add(struct fixture *f, struct str payload)
{
    assert_ok(journal_append(f->j, payload, &f->why), &f->why);
    return sync_all(f);
}

static const char *segment_path(struct fixture *f, uint64_t start)
{
    static char path[128];
    (void)snprintf(path, sizeof(path), "%s/%s", f->dir,
                   journal_segment_name(start).cz);
    return path;
}

static uint64_t size_of(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return (uint64_t)st.st_size;
}

static bool is_there(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

static void content(const char *path, struct buf *b)
{
    struct why why;
    buf_clear(b);
    assert_ok(file_read(path, false, b, &why), &why);
}

static void put_content(const char *path, struct str bytes)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.p, 1, bytes.n, file), bytes.n);
    assert_int_equal(fclose(file), 0);
}

static void flip(const char *path, uint64_t offset)
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
static void read_all(struct fixture *f, uint64_t pos, uint64_t end,
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

static void assert_reads(struct fixture *f, const char *lines)
{
    struct buf out;
    buf_init(&out, 100000);
    read_all(f, 0, journal_end(f->j), &out);
    test_assert_str(buf_view(&out), str_from_cz(lines), __FILE__, __LINE__);
    buf_fini(&out);
}

/* ---- writing and reading ---- */

static void what_was_appended_is_read_in_order(void **state)
{
    struct fixture *f = *state;
    open_at(f, 0);
    assert_int_equal(journal_end(f->j), JOURNAL_HEADER_BYTES);
    assert_reads(f, "");
    assert_ok(journal_append(f->j, STR("one"), &f->why), &f->why);
    assert_ok(journal_append(f->j, STR("two"), &f->why), &f->why);
    assert_reads(f, ""); /* not flushed, so not there */
    uint64_t pos = sync_all(f);
    assert_int_equal(pos, JOURNAL_HEADER_BYTES +
                              2 * (JOURNAL_HEAD_BYTES + sizeof("one") - 1));
    assert_reads(f, "one\ntwo\n");
    (void)add(f, STR("three"));
    assert_reads(f, "one\ntwo\nthree\n");
}

static void a_journal_goes_on_after_reopening(void **state)
{
    struct fixture *f = *state;
    open_at(f, 0);
    uint64_t pos = add(f, STR("one"));
    for (int i = 0; i < 3; i++) {
        open_at(f, 0);
        assert_int_equal(journal_end(f->j), pos);
        assert_int_equal(journal_cut_bytes(f->j), 0);
        pos = add(f, STR("more"));
    }
    assert_reads(f, "one\nmore\nmore\nmore\n");
}

static void reading_starts_at_any_record(void **state)
{
    struct fixture *f = *state;
    struct buf out;
    buf_init(&out, 1000);
    open_at(f, 0);
    uint64_t first = add(f, STR("one"));
    uint64_t second = add(f, STR("two"));
    uint64_t third = add(f, STR("three"));
    read_all(f, first, third, &out);
    assert_str(buf_view(&out), "two\nthree\n");
    read_all(f, first, second, &out);
    assert_str(buf_view(&out), "two\n");
    read_all(f, third, third, &out);
    assert_str(buf_view(&out), "");
    buf_fini(&out);
}

static void a_reader_follows_the_writer(void **state)
{
    struct fixture *f = *state;
    struct journal_reader *r = NULL;
    struct str payload;
    open_at(f, 0);
    assert_ok(journal_reader_open(f->dir, 0, &r, &f->why), &f->why);
    for (int i = 0; i < 5; i++) {
        assert_rc(journal_read(r, journal_end(f->j), &payload, &f->why),
                  RC_END);
        (void)add(f, STR("next"));
        assert_ok(journal_read(r, journal_end(f->j), &payload, &f->why),
                  &f->why);
        assert_str(payload, "next");
    }
    journal_reader_close(&r);
}

static void the_longest_record_fits_and_one_more_byte_does_not(void **state)
{
    struct fixture *f = *state;
    size_t n = LIMIT_JOURNAL_RECORD_MAX;
    char *p = mem_alloc(n + 1);
    struct journal_reader *r = NULL;
    struct str payload = {.p = p, .n = n};
    memset(p, 'x', n + 1);
    p[n - 1] = 'y';
    open_at(f, 0);
    (void)add(f, payload);
    payload.n = n + 1;
    assert_rc(journal_append(f->j, payload, &f->why), RC_LIMIT);
    (void)add(f, STR("after"));
    assert_ok(journal_reader_open(f->dir, 0, &r, &f->why), &f->why);
    assert_ok(journal_read(r, journal_end(f->j), &payload, &f->why), &f->why);
    assert_int_equal(payload.n, n);
    assert_memory_equal(payload.p, p, n);
    assert_ok(journal_read(r, journal_end(f->j), &payload, &f->why), &f->why);
    assert_str(payload, "after");
    journal_reader_close(&r);
    mem_free(p);
}

/* ---- crashes ---- */

static void a_torn_tail_is_cut_wherever_it_tore(void **state)
{
    struct fixture *f = *state;
    struct buf whole;
    struct buf out;
    buf_init(&whole, 1000);
    buf_init(&out, 1000);
    open_at(f, 0);
    uint64_t ends[] = {
        JOURNAL_HEADER_BYTES,
        add(f, STR("one")),
        add(f, STR("twice two")),
        add(f, STR("three")),
    };
    const char *reads[] = {"", "one\n", "one\ntwice two\n",
                           "one\ntwice two\nthree\n"};
    char path[128];
    (void)snprintf(path, sizeof(path), "%s", segment_path(f, 0));
    content(path, &whole);
    for (size_t n = 0; n <= whole.n; n++) {
        put_content(path, (struct str){.p = whole.p, .n = n});
        size_t k = 0;
        while (k + 1 < ARRAY_N(ends) && ends[k + 1] <= n) {
            k++;
        }
        open_at(f, 0);
        assert_int_equal(journal_end(f->j), ends[k]);
        assert_int_equal(size_of(path), ends[k]);
        assert_reads(f, reads[k]);
        (void)add(f, STR("new"));
        read_all(f, ends[k], journal_end(f->j), &out);
        assert_str(buf_view(&out), "new\n");
    }
    buf_fini(&whole);
    buf_fini(&out);
}

static void a_tail_of_zeros_or_noise_is_cut(void **state)
{
    struct fixture *f = *state;
    static const char zeros[5000];
    struct buf bytes;
    buf_init(&bytes, 20000);
    open_at(f, 0);
    uint64_t end = add(f, STR("one"));
    content(segment_path(f, 0), &bytes);
    buf_add(&bytes, zeros, sizeof(zeros));
    buf_cz(&bytes, "\x03\x00\x00\x00 noise that begins like a length");
    put_content(segment_path(f, 0), buf_view(&bytes));
    open_at(f, 0);
    assert_int_equal(journal_end(f->j), end);
    assert_int_equal(journal_cut_bytes(f->j), bytes.n - end);
    assert_reads(f, "one\n");
    buf_fini(&bytes);
}

/* A record of an earlier life of these bytes, at another position, is none. */
static void a_record_stands_only_at_its_own_position(void **state)
{
    struct fixture *f = *state;
    struct buf bytes;
    buf_init(&bytes, 1000);
    open_at(f, 0);
    uint64_t end = add(f, STR("one"));
    content(segment_path(f, 0), &bytes);
    buf_add(&bytes, bytes.p + JOURNAL_HEADER_BYTES, end - JOURNAL_HEADER_BYTES);
    put_content(segment_path(f, 0), buf_view(&bytes));
    open_at(f, 0);
    assert_int_equal(journal_end(f->j), end);
    buf_fini(&bytes);
}

/* ---- damage ---- */

static void a_changed_byte_costs_its_record_only(void **state)
{
    struct fixture *f = *state;
    struct buf out;
    buf_init(&out, 1000);
    open_at(f, 0);
    uint64_t one = add(f, STR("one"));
    uint64_t two = add(f, STR("two"));
    uint64_t end = add(f, STR("three"));
    for (uint64_t at = 0; at < end; at++) {
        flip(segment_path(f, 0), at);
        read_all(f, 0, end, &out);
        if (at < JOURNAL_HEADER_BYTES) {
            assert_str(buf_view(&out), "!\none\ntwo\nthree\n");
        } else if (at < one) {
            assert_str(buf_view(&out), "!\ntwo\nthree\n");
        } else if (at < two) {
            assert_str(buf_view(&out), "one\n!\nthree\n");
        } else {
            assert_str(buf_view(&out), "one\ntwo\n!\n");
        }
        flip(segment_path(f, 0), at);
    }
    read_all(f, 0, end, &out);
    assert_str(buf_view(&out), "one\ntwo\nthree\n");
    buf_fini(&out);
}

static void damage_is_told_with_its_place(void **state)
{
    struct fixture *f = *state;
    struct journal_reader *r = NULL;
    struct str payload;
    char want[200];
    open_at(f, 0);
    uint64_t one = add(f, STR("one"));
    uint64_t two = add(f, STR("two"));
    (void)add(f, STR("three"));
    flip(segment_path(f, 0), one + 13);
    assert_ok(journal_reader_open(f->dir, one, &r, &f->why), &f->why);
    assert_rc(journal_read(r, journal_end(f->j), &payload, &f->why),
              RC_CORRUPT);
    (void)snprintf(want, sizeof(want),
                   "journal %s/0000000000000000.toll is damaged at byte "
                   "%" PRIu64 ", %" PRIu64 " bytes are skipped",
                   f->dir, one, two - one);
    assert_string_equal(f->why.text, want);
    assert_int_equal(journal_reader_pos(r), two);
    journal_reader_close(&r);
}

static void opening_does_not_cut_whole_records_behind_damage(void **state)
{
    struct fixture *f = *state;
    open_at(f, 0);
    uint64_t one = add(f, STR("one"));
    (void)add(f, STR("two"));
    uint64_t end = add(f, STR("three"));
    flip(segment_path(f, 0), one + 2);
    open_at(f, 0);
    assert_int_equal(journal_end(f->j), end);
    (void)add(f, STR("four"));
    assert_reads(f, "one\n!\nthree\nfour\n");
}

static void nothing_is_added_behind_a_bad_header(void **state)
{
    struct fixture *f = *state;
    open_at(f, 0);
    uint64_t end = add(f, STR("one"));
    flip(segment_path(f, 0), 3);
    open_at(f, 0);
    assert_int_equal(journal_end(f->j), end + JOURNAL_HEADER_BYTES);
    assert_true(is_there(segment_path(f, end)));
    (void)add(f, STR("two"));
    assert_reads(f, "!\none\ntwo\n");
}

/* Give the header this version, and the CRC that belongs to it. */
static void set_version(const char *path, char version)
{
    struct buf bytes;
    buf_init(&bytes, 1000);
    content(path, &bytes);
    bytes.p[8] = version;
    uint32_t crc = hash_crc32c(0, bytes.p, 12);
    crc = hash_crc32c(crc, bytes.p + 16, 8);
    for (int i = 0; i < 4; i++) {
        bytes.p[12 + i] = (char)(unsigned char)(crc >> (8 * i));
    }
    put_content(path, buf_view(&bytes));
    buf_fini(&bytes);
}

static void a_segment_of_a_newer_version_is_refused(void **state)
{
    struct fixture *f = *state;
    struct journal_reader *r = NULL;
    struct str payload;
    open_at(f, 0);
    uint64_t end = add(f, STR("one"));
    journal_close(&f->j);
    set_version(segment_path(f, 0), 2);
    assert_rc(journal_open(f->dir, 0, &f->j, &f->why), RC_UNSUPPORTED);
    assert_non_null(strstr(f->why.text, "newer version"));
    assert_null(f->j);
    assert_ok(journal_reader_open(f->dir, 0, &r, &f->why), &f->why);
    assert_rc(journal_read(r, end, &payload, &f->why), RC_UNSUPPORTED);
    assert_rc(journal_read(r, end, &payload, &f->why), RC_UNSUPPORTED);
    journal_reader_close(&r);
    assert_int_equal(size_of(segment_path(f, 0)), end);
    set_version(segment_path(f, 0), JOURNAL_VERSION);
    open_at(f, 0);
    assert_reads(f, "one\n");
}

static void a_damaged_segment_is_kept_under_a_second_name(void **state)
{
    struct fixture *f = *state;
    struct journal_reader *r = NULL;
    struct str payload;
    char kept[128];
    open_at(f, 0);
    uint64_t end = add(f, STR("one"));
    flip(segment_path(f, 0), end - 1);
    assert_ok(journal_reader_open(f->dir, 0, &r, &f->why), &f->why);
    assert_rc(journal_read(r, end, &payload, &f->why), RC_CORRUPT);
    assert_ok(journal_reader_keep(r, &f->why), &f->why);
    assert_ok(journal_reader_keep(r, &f->why), &f->why);
    journal_reader_close(&r);
    assert_int_equal(unlink(segment_path(f, 0)), 0);
    (void)snprintf(kept, sizeof(kept), "%s/%s", f->dir,
                   journal_damaged_name(0).cz);
    assert_int_equal(size_of(kept), end);
    open_at(f, 0); /* and it is no segment */
    assert_int_equal(journal_end(f->j), JOURNAL_HEADER_BYTES);
}

/* ---- segments ---- */

/* Records of the largest size, each with its number in front, until there
 * are n segments and one record in the last. */
static void fill_segments(struct fixture *f, int n, uint64_t *ret_starts)
{
    char *p = mem_alloc(LIMIT_JOURNAL_RECORD_MAX);
    struct str payload = {.p = p, .n = LIMIT_JOURNAL_RECORD_MAX};
    int found = 1;
    ret_starts[0] = 0;
    for (uint32_t i = 0; found < n; i++) {
        uint64_t before = journal_end(f->j);
        memcpy(p, &i, sizeof(i));
        (void)add(f, payload);
        if (is_there(segment_path(f, before)) && before > 0) {
            ret_starts[found++] = before;
        }
    }
    mem_free(p);
}

static uint32_t count_numbered(struct fixture *f, uint64_t pos)
{
    struct journal_reader *r = NULL;
    struct str payload;
    uint32_t n = 0;
    assert_ok(journal_reader_open(f->dir, pos, &r, &f->why), &f->why);
    while (journal_read(r, journal_end(f->j), &payload, &f->why) == RC_OK) {
        uint32_t number;
        assert_int_equal(payload.n, LIMIT_JOURNAL_RECORD_MAX);
        memcpy(&number, payload.p, sizeof(number));
        assert_int_equal(number, n);
        n++;
    }
    journal_reader_close(&r);
    return n;
}

static void a_full_segment_is_followed_by_the_next(void **state)
{
    struct fixture *f = *state;
    uint64_t starts[3];
    open_at(f, 0);
    fill_segments(f, 3, starts);
    assert_true(starts[1] >= LIMIT_JOURNAL_SEGMENT_BYTES);
    assert_true(starts[1] <
                LIMIT_JOURNAL_SEGMENT_BYTES + LIMIT_JOURNAL_RECORD_MAX);
    assert_int_equal(size_of(segment_path(f, 0)), starts[1]);
    uint32_t n = count_numbered(f, 0);
    assert_int_equal(n, 33); /* 16 to a segment, and one */
    open_at(f, 0);
    assert_int_equal(count_numbered(f, 0), n);
}

static void trimming_removes_what_ends_before_a_position(void **state)
{
    struct fixture *f = *state;
    uint64_t starts[3];
    open_at(f, 0);
    fill_segments(f, 3, starts);
    assert_ok(journal_trim(f->dir, starts[1] - 1, &f->why), &f->why);
    assert_true(is_there(segment_path(f, 0)));
    assert_ok(journal_trim(f->dir, starts[1], &f->why), &f->why);
    assert_false(is_there(segment_path(f, 0)));
    assert_true(is_there(segment_path(f, starts[1])));
    assert_ok(journal_trim(f->dir, UINT64_MAX, &f->why), &f->why);
    assert_false(is_there(segment_path(f, starts[1])));
    assert_true(is_there(segment_path(f, starts[2])));
    uint64_t end = journal_end(f->j);
    open_at(f, 0);
    assert_int_equal(journal_end(f->j), end);
}

static void at_rest_a_segment_worth_it_can_be_removed(void **state)
{
    struct fixture *f = *state;
    static char bytes[LIMIT_JOURNAL_REST_BYTES];
    struct buf out;
    open_at(f, 0);
    uint64_t end = add(f, STR("a"));
    assert_ok(journal_rest(f->j, &f->why), &f->why);
    assert_int_equal(journal_end(f->j), end);
    end = add(f, (struct str){.p = bytes, .n = sizeof(bytes)});
    assert_int_equal(size_of(segment_path(f, 0)), end);
    assert_ok(journal_rest(f->j, &f->why), &f->why);
    assert_true(journal_end(f->j) > end);
    assert_ok(journal_trim(f->dir, end, &f->why), &f->why);
    assert_false(is_there(segment_path(f, 0)));
    assert_ok(journal_rest(f->j, &f->why), &f->why); /* nothing in it yet */
    (void)add(f, STR("b"));
    buf_init(&out, 100);
    read_all(f, end, journal_end(f->j), &out);
    test_assert_str(buf_view(&out), STR("b\n"), __FILE__, __LINE__);
    buf_fini(&out);
}

static void a_missing_segment_is_told_and_passed(void **state)
{
    struct fixture *f = *state;
    struct journal_reader *r = NULL;
    struct str payload;
    uint64_t starts[3];
    open_at(f, 0);
    fill_segments(f, 3, starts);
    assert_int_equal(unlink(segment_path(f, starts[1])), 0);
    assert_ok(journal_reader_open(f->dir, starts[1], &r, &f->why), &f->why);
    assert_rc(journal_read(r, journal_end(f->j), &payload, &f->why),
              RC_CORRUPT);
    assert_non_null(strstr(f->why.text, "lacks"));
    assert_int_equal(journal_reader_pos(r), starts[2]);
    assert_ok(journal_read(r, journal_end(f->j), &payload, &f->why), &f->why);
    assert_rc(journal_read(r, journal_end(f->j), &payload, &f->why), RC_END);
    journal_reader_close(&r);
}

static void damage_at_a_segments_end_does_not_hide_the_next(void **state)
{
    struct fixture *f = *state;
    struct journal_reader *r = NULL;
    struct str payload;
    uint64_t starts[2];
    uint32_t n_read = 0;
    uint32_t n_damaged = 0;
    open_at(f, 0);
    fill_segments(f, 2, starts);
    flip(segment_path(f, 0), starts[1] - 1);
    assert_ok(journal_reader_open(f->dir, 0, &r, &f->why), &f->why);
    enum rc rc;
    do {
        rc = journal_read(r, journal_end(f->j), &payload, &f->why);
        n_read += rc == RC_OK;
        n_damaged += rc == RC_CORRUPT;
    } while (rc == RC_OK || rc == RC_CORRUPT);
    assert_rc(rc, RC_END);
    assert_int_equal(n_read, 16);
    assert_int_equal(n_damaged, 1);
    journal_reader_close(&r);
}

static void a_segment_torn_when_it_was_begun_is_begun_anew(void **state)
{
    struct fixture *f = *state;
    static const char noise[JOURNAL_HEADER_BYTES] = "tolljrnl and no more";
    for (size_t n = 0; n <= sizeof(noise); n += 6) {
        journal_close(&f->j);
        open_at(f, 0);
        uint64_t end = add(f, STR("one"));
        journal_close(&f->j);
        put_content(segment_path(f, end), (struct str){.p = noise, .n = n});
        open_at(f, 0);
        assert_int_equal(journal_end(f->j), end + JOURNAL_HEADER_BYTES);
        (void)add(f, STR("two"));
        struct buf out;
        buf_init(&out, 1000);
        read_all(f, end, journal_end(f->j), &out);
        assert_str(buf_view(&out), "two\n");
        buf_fini(&out);
    }
}

static void no_position_is_given_out_twice(void **state)
{
    struct fixture *f = *state;
    open_at(f, 1000);
    assert_int_equal(journal_end(f->j), 1000 + JOURNAL_HEADER_BYTES);
    uint64_t end = add(f, STR("one"));
    open_at(f, end);
    assert_int_equal(journal_end(f->j), end);
    open_at(f, end + 1);
    assert_int_equal(journal_end(f->j), end + 1 + JOURNAL_HEADER_BYTES);
    assert_true(is_there(segment_path(f, 1000)));
}

static void other_files_of_the_folder_are_left_alone(void **state)
{
    struct fixture *f = *state;
    static const char *const names[] = {
        "0000000000000000.toll~",
        "000000000000000g.toll",
        "x.toll",
        "00000000000000FF.toll",
        "readme",
    };
    char path[128];
    open_at(f, 0);
    for (size_t i = 0; i < ARRAY_N(names); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", f->dir, names[i]);
        put_content(path, STR("mine"));
    }
    (void)add(f, STR("one"));
    open_at(f, 0);
    assert_ok(journal_trim(f->dir, UINT64_MAX, &f->why), &f->why);
    assert_reads(f, "one\n");
    for (size_t i = 0; i < ARRAY_N(names); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", f->dir, names[i]);
        assert_int_equal(size_of(path), 4);
    }
}

/* ---- a disk that refuses ---- */

/* No file may grow over n bytes from here on. */
static void limit_files(uint64_t n)
{
    struct rlimit limit;
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = n;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void what_a_failed_append_left_is_cut(void **state)
{
    struct fixture *f = *state;
    char long_text[300];
    struct str payload = {.p = long_text, .n = sizeof(long_text)};
    memset(long_text, 'x', sizeof(long_text));
    open_at(f, 0);
    uint64_t end = add(f, STR("one"));
    /* Room for this one, and for half of the next. */
    assert_ok(journal_append(f->j, STR("two"), &f->why), &f->why);
    limit_files(200);
    enum rc rc = journal_append(f->j, payload, &f->why);
    limit_files(RLIM_INFINITY);
    assert_rc(rc, RC_IO);
    assert_non_null(strstr(f->why.text, "writing journal"));
    assert_int_equal(size_of(segment_path(f, 0)), end);
    assert_int_equal(sync_all(f), end);
    (void)add(f, STR("three"));
    assert_reads(f, "one\nthree\n");
    open_at(f, 0);
    assert_reads(f, "one\nthree\n");
}

static void what_is_held_outlives_a_failure(void **state)
{
    struct fixture *f = *state;
    char long_text[300];
    struct str payload = {.p = long_text, .n = sizeof(long_text)};
    memset(long_text, 'x', sizeof(long_text));
    open_at(f, 0);
    (void)add(f, STR("one"));
    assert_ok(journal_append(f->j, STR("two"), &f->why), &f->why);
    journal_hold(f->j);
    assert_ok(journal_append(f->j, STR("three"), &f->why), &f->why);
    limit_files(200);
    enum rc rc = journal_append(f->j, payload, &f->why);
    limit_files(RLIM_INFINITY);
    assert_rc(rc, RC_IO);
    (void)sync_all(f);
    assert_reads(f, "one\ntwo\n");
    (void)add(f, STR("four"));
    open_at(f, 0);
    assert_reads(f, "one\ntwo\nfour\n");
}

static void a_segment_that_cannot_be_begun_changes_nothing(void **state)
{
    struct fixture *f = *state;
    struct str payload = {.n = LIMIT_JOURNAL_RECORD_MAX};
    char *p = mem_alloc(payload.n);
    payload.p = p;
    open_at(f, 0);
    while (journal_end(f->j) < LIMIT_JOURNAL_SEGMENT_BYTES) {
        (void)add(f, payload);
    }
    uint64_t end = journal_end(f->j);
    limit_files(JOURNAL_HEADER_BYTES - 1);
    enum rc rc = journal_append(f->j, STR("x"), &f->why);
    limit_files(RLIM_INFINITY);
    assert_rc(rc, RC_IO);
    assert_int_equal(journal_end(f->j), end);
    assert_false(is_there(segment_path(f, end)));
    (void)add(f, STR("next"));
    assert_true(is_there(segment_path(f, end)));
    mem_free(p);
}

static void a_probe_leaves_nothing_behind(void **state)
{
    struct fixture *f = *state;
    open_at(f, 0);
    uint64_t end = add(f, STR("one"));
    limit_files(1000);
    enum rc rc = journal_probe(f->j, &f->why);
    limit_files(RLIM_INFINITY);
    assert_rc(rc, RC_IO);
    assert_int_equal(size_of(segment_path(f, 0)), end);
    assert_ok(journal_probe(f->j, &f->why), &f->why);
    assert_int_equal(size_of(segment_path(f, 0)), end);
    (void)add(f, STR("two"));
    assert_reads(f, "one\ntwo\n");
}

static void a_folder_that_cannot_be_is_told(void **state)
{
    struct fixture *f = *state;
    struct journal_reader *r = NULL;
    assert_rc(journal_reader_open(f->dir, 0, &r, &f->why), RC_NOT_FOUND);
    put_content(f->dir, STR("a file"));
    assert_int_not_equal(journal_open(f->dir, 0, &f->j, &f->why), RC_OK);
    assert_non_null(strstr(f->why.text, f->dir));
}

/* ---- both at once ---- */

struct tail {
    const char *dir;
    _Atomic uint64_t end;
    _Atomic bool is_done;
    uint32_t n_read;
    bool is_in_order;
};

static void *follow(void *arg)
{
    struct tail *tail = arg;
    struct journal_reader *r = NULL;
    struct why why;
    bool last_look = false;
    tail->is_in_order = true;
    if (journal_reader_open(tail->dir, 0, &r, &why) != RC_OK) {
        return NULL;
    }
    while (!last_look) {
        struct str payload;
        last_look = atomic_load(&tail->is_done);
        uint64_t end = atomic_load(&tail->end);
        while (journal_read(r, end, &payload, &why) == RC_OK) {
            uint32_t number;
            memcpy(&number, payload.p, sizeof(number));
            tail->is_in_order = tail->is_in_order && number == tail->n_read;
            tail->n_read++;
        }
    }
    journal_reader_close(&r);
    return NULL;
}

static void a_reader_on_another_thread_sees_whole_records(void **state)
{
    struct fixture *f = *state;
    static char payload[20000];
    struct thread thread = {.started = false};
    struct tail tail = {.dir = f->dir};
    const uint32_t n = 1500; /* over a segment */
    open_at(f, 0);
    assert_ok(thread_start(&thread, "follow", follow, &tail, &f->why), &f->why);
    for (uint32_t i = 0; i < n; i++) {
        memcpy(payload, &i, sizeof(i));
        struct str record = {.p = payload, .n = 4 + i % 997 * 20};
        assert_ok(journal_append(f->j, record, &f->why), &f->why);
        if (i % 50 == 0) {
            atomic_store(&tail.end, sync_all(f));
        }
    }
    atomic_store(&tail.end, sync_all(f));
    atomic_store(&tail.is_done, true);
    thread_join(&thread);
    assert_int_equal(tail.n_read, n);
    assert_true(tail.is_in_order);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_appended_is_read_in_order),
        TEST(a_journal_goes_on_after_reopening),
        TEST(reading_starts_at_any_record),
        TEST(a_reader_follows_the_writer),
        TEST(the_longest_record_fits_and_one_more_byte_does_not),
        TEST(a_torn_tail_is_cut_wherever_it_tore),
        TEST(a_tail_of_zeros_or_noise_is_cut),
        TEST(a_record_stands_only_at_its_own_position),
        TEST(a_changed_byte_costs_its_record_only),
        TEST(damage_is_told_with_its_place),
        TEST(opening_does_not_cut_whole_records_behind_damage),
        TEST(nothing_is_added_behind_a_bad_header),
        TEST(a_segment_of_a_newer_version_is_refused),
        TEST(a_damaged_segment_is_kept_under_a_second_name),
        TEST(a_full_segment_is_followed_by_the_next),
        TEST(trimming_removes_what_ends_before_a_position),
        TEST(at_rest_a_segment_worth_it_can_be_removed),
        TEST(a_missing_segment_is_told_and_passed),
        TEST(damage_at_a_segments_end_does_not_hide_the_next),
        TEST(a_segment_torn_when_it_was_begun_is_begun_anew),
        TEST(no_position_is_given_out_twice),
        TEST(other_files_of_the_folder_are_left_alone),
        TEST(what_a_failed_append_left_is_cut),
        TEST(what_is_held_outlives_a_failure),
        TEST(a_segment_that_cannot_be_begun_changes_nothing),
        TEST(a_probe_leaves_nothing_behind),
        TEST(a_folder_that_cannot_be_is_told),
        TEST(a_reader_on_another_thread_sees_whole_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
