/* What a journal gives back: of what was written, of what a crash left, and of
 * what was damaged. */
#include "journal_rig.h"

#include <inttypes.h>

#include "base/attr.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/mem.h"

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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
