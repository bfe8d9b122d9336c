#include "test.h"

#include "base/gz.h"

/* "hello\n", as gzip -n writes it. */
static const char hello[] =
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\x48\xcd\xc9\xc9\xe7\x02\x00"
    "\x20\x30\x3a\x36\x06\x00\x00\x00";
enum { HELLO_N = sizeof(hello) - 1, HELLO_TEXT_N = 6 };

static const struct str hello_gz = {.p = hello, .n = HELLO_N};

static void the_magic_is_known(void **state)
{
    (void)state;
    assert_true(gz_is(hello_gz));
    assert_true(gz_is(str_sub(hello_gz, 0, 2)));
    assert_false(gz_is(str_sub(hello_gz, 0, 1)));
    assert_false(gz_is(STR_EMPTY));
    assert_false(gz_is(STR("{\"a\":1}")));
}

static void a_member_is_inflated_behind_what_stands_there(void **state)
{
    (void)state;
    struct why why;
    struct buf out;
    buf_init(&out, 100);
    buf_cz(&out, "> ");
    assert_ok(gz_inflate(hello_gz, &out, &why), &why);
    assert_str(buf_view(&out), "> hello\n");
    buf_fini(&out);
}

static void members_follow_each_other(void **state)
{
    (void)state;
    struct why why;
    struct buf in;
    struct buf out;
    buf_init(&in, 1000);
    buf_init(&out, 100);
    for (int i = 0; i < 3; i++) {
        buf_str(&in, hello_gz);
    }
    assert_ok(gz_inflate(buf_view(&in), &out, &why), &why);
    assert_str(buf_view(&out), "hello\nhello\nhello\n");
    buf_fini(&in);
    buf_fini(&out);
}

/* Inflating `in` fails as `want` and leaves `out` as it was. */
static void assert_refused(struct str in, enum rc want)
{
    struct why why = {.text = ""};
    struct buf out;
    buf_init(&out, 100);
    buf_cz(&out, "kept");
    assert_rc(gz_inflate(in, &out, &why), want);
    assert_str(buf_view(&out), "kept");
    assert_true(why.text[0] != '\0');
    buf_fini(&out);
}

static void an_early_end_is_refused_wherever_it_comes(void **state)
{
    (void)state;
    for (size_t n = 0; n < HELLO_N; n++) {
        assert_refused(str_sub(hello_gz, 0, n), RC_PARSE);
    }
}

static void text_behind_the_end_is_refused(void **state)
{
    (void)state;
    struct buf in;
    buf_init(&in, 100);
    buf_str(&in, hello_gz);
    buf_char(&in, '\0');
    assert_refused(buf_view(&in), RC_PARSE);
    buf_cz(&in, "garbage that is no member");
    assert_refused(buf_view(&in), RC_PARSE);
    buf_fini(&in);
}

static void damage_is_refused(void **state)
{
    (void)state;
    char bad[HELLO_N];
    memcpy(bad, hello, sizeof(bad));
    bad[HELLO_N - 5] ^= 1; /* the checksum */
    assert_refused((struct str){.p = bad, .n = sizeof(bad)}, RC_PARSE);
    assert_refused(STR("plain text, not packed at all"), RC_PARSE);
}

static void the_ceiling_is_exact(void **state)
{
    (void)state;
    struct why why;
    struct buf out;
    buf_init(&out, HELLO_TEXT_N);
    assert_ok(gz_inflate(hello_gz, &out, &why), &why);
    assert_str(buf_view(&out), "hello\n");
    buf_fini(&out);
    buf_init(&out, HELLO_TEXT_N - 1);
    assert_rc(gz_inflate(hello_gz, &out, &why), RC_LIMIT);
    assert_int_equal(out.n, 0);
    assert_string_equal(why.text, "gzip: inflates to over 5 bytes");
    buf_fini(&out);
}

/* The check value that catalogues of checksums give for CRC-32. */
static void crc32_of_digits(UNUSED void **state)
{
    assert_true(gz_crc32(0, "123456789", 9) == 0xCBF43926);
    assert_true(gz_crc32(gz_crc32(0, "1234", 4), "56789", 5) == 0xCBF43926);
    assert_true(gz_crc32(0, "", 0) == 0);
}

static void gather(void *arg, struct str bytes)
{
    buf_str(arg, bytes);
}

static void a_stream_may_be_split_anywhere(void **state)
{
    (void)state;
    for (size_t at = 0; at <= hello_gz.n; at++) {
        struct gz_stream *s = gz_stream_new();
        struct buf out;
        buf_init(&out, SIZE_MAX);
        assert_rc(gz_stream_feed(s, str_sub(hello_gz, 0, at), HELLO_TEXT_N,
                                 gather, &out),
                  RC_OK);
        assert_rc(gz_stream_feed(s, str_sub(hello_gz, at, SIZE_MAX),
                                 HELLO_TEXT_N, gather, &out),
                  RC_OK);
        assert_str(buf_view(&out), "hello\n");
        buf_fini(&out);
        gz_stream_free(&s);
        assert_null(s);
    }
}

static void a_stream_that_is_none_stays_refused(void **state)
{
    (void)state;
    struct gz_stream *s = gz_stream_new();
    struct buf out;
    buf_init(&out, SIZE_MAX);
    assert_rc(gz_stream_feed(s, STR("{\"a\":1}"), 100, gather, &out), RC_PARSE);
    assert_rc(gz_stream_feed(s, hello_gz, 100, gather, &out), RC_PARSE);
    gz_stream_free(&s);
    s = gz_stream_new();
    assert_rc(gz_stream_feed(s, hello_gz, HELLO_TEXT_N - 1, gather, &out),
              RC_LIMIT);
    assert_int_equal(out.n, 0);
    gz_stream_free(&s);
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crc32_of_digits),
        cmocka_unit_test(the_magic_is_known),
        cmocka_unit_test(a_member_is_inflated_behind_what_stands_there),
        cmocka_unit_test(members_follow_each_other),
        cmocka_unit_test(an_early_end_is_refused_wherever_it_comes),
        cmocka_unit_test(text_behind_the_end_is_refused),
        cmocka_unit_test(damage_is_refused),
        cmocka_unit_test(the_ceiling_is_exact),
        cmocka_unit_test(a_stream_may_be_split_anywhere),
        cmocka_unit_test(a_stream_that_is_none_stays_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
