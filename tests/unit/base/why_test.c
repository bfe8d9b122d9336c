#include "test.h"

#include <errno.h>

#define ROOM (sizeof(((struct why *)NULL)->text) - 1)

static void sets_and_hands_back_the_code(void **state)
{
    struct why why;

    (void)state;
    assert_rc(why_set(&why, RC_PARSE, "line %d: no colon", 7), RC_PARSE);
    assert_string_equal(why.text, "line 7: no colon");
    assert_rc(why_prefix(&why, RC_INVALID, "toll%s", ".yaml"), RC_INVALID);
    assert_string_equal(why.text, "toll.yaml: line 7: no colon");
}

static void accepts_null(void **state)
{
    (void)state;
    assert_rc(why_set(NULL, RC_IO, "x"), RC_IO);
    assert_rc(why_prefix(NULL, RC_IO, "x"), RC_IO);
    assert_rc(why_errno(NULL, ENOENT, "x"), RC_NOT_FOUND);
}

static void may_be_told_its_own_text(void **state)
{
    struct why why;

    (void)state;
    why_set(&why, RC_IO, "inner");
    why_set(&why, RC_IO, "outer (%s)", why.text);
    assert_string_equal(why.text, "outer (inner)");
    why_prefix(&why, RC_IO, "%s", why.text);
    assert_string_equal(why.text, "outer (inner): outer (inner)");
}

static void fills_to_the_last_byte(void **state)
{
    struct why why;
    char text[ROOM + 2];

    (void)state;
    memset(text, 'a', sizeof(text));
    text[ROOM] = '\0';
    why_set(&why, RC_IO, "%s", text);
    assert_string_equal(why.text, text);

    text[ROOM] = 'a';
    text[ROOM + 1] = '\0';
    why_set(&why, RC_IO, "%s", text);
    assert_int_equal(strlen(why.text), ROOM);
}

/* A euro sign is three bytes; it is moved over the end byte by byte. */
static void cuts_between_code_points(void **state)
{
    (void)state;
    for (size_t lead = ROOM - 4; lead <= ROOM; lead++) {
        char text[ROOM + 8];
        struct why why;

        memset(text, 'a', lead);
        memcpy(text + lead, "\xE2\x82\xAC", 4);
        why_set(&why, RC_IO, "%s", text);
        assert_int_equal(strlen(why.text), lead + 3 <= ROOM ? lead + 3 : lead);
        assert_true(str_utf8_ok(str_from_cz(why.text)));
    }
}

static void cuts_a_prefixed_text_at_its_end(void **state)
{
    struct why why;
    char text[ROOM + 1];

    (void)state;
    memset(text, 'b', ROOM);
    text[ROOM] = '\0';
    why_set(&why, RC_IO, "%s", text);
    why_prefix(&why, RC_IO, "front");
    assert_int_equal(strlen(why.text), ROOM);
    assert_memory_equal(why.text, "front: bbb", 10);

    why_set(&why, RC_IO, "lost");
    why_prefix(&why, RC_IO, "%s%s", text, text);
    assert_int_equal(strlen(why.text), ROOM);
    assert_null(strstr(why.text, "lost"));
}

static void maps_errno(void **state)
{
    struct why why;

    (void)state;
    assert_rc(why_errno(&why, ENOENT, "cannot open %s", "a.csv"), RC_NOT_FOUND);
    assert_string_equal(why.text,
                        "cannot open a.csv: No such file or directory");
    assert_rc(why_errno(&why, ENOSPC, "x"), RC_FULL);
    assert_rc(why_errno(&why, EDQUOT, "x"), RC_FULL);
    assert_rc(why_errno(&why, EACCES, "x"), RC_DENIED);
    assert_rc(why_errno(&why, EPERM, "x"), RC_DENIED);
    assert_rc(why_errno(&why, EIO, "x"), RC_IO);
    assert_rc(why_errno(&why, EMFILE, "x"), RC_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_and_hands_back_the_code),
        cmocka_unit_test(accepts_null),
        cmocka_unit_test(may_be_told_its_own_text),
        cmocka_unit_test(fills_to_the_last_byte),
        cmocka_unit_test(cuts_between_code_points),
        cmocka_unit_test(cuts_a_prefixed_text_at_its_end),
        cmocka_unit_test(maps_errno),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
