#include "test.h"

#include "base/attr.h"
#include "base/near.h"

static const char *const known[] = {"feature", "workflow", "environment",
                                    "cost_per_request", "user"};

static const char *text_for(const char *word, struct why *why)
{
    struct near n;

    near_init(&n, str_from_cz(word));
    for (size_t i = 0; i < ARRAY_N(known); i++) {
        near_offer(&n, str_from_cz(known[i]));
    }
    assert_rc(near_unknown(&n, "thing", "there are five", why), RC_INVALID);
    return why->text;
}

static void finds_the_nearest(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        const char *meant;
    } rows[] = {
        {"featrue", "feature"},
        {"Feature", "feature"},
        {"WORKFLOW", "workflow"},
        {"work-flow", "workflow"},
        {"env", "environment"},
        {"cost per request", "cost_per_request"},
        {"cost-per-requset", "cost_per_request"},
        {"usr", "user"},
        {"users", "user"},
    };
    struct why why;
    struct str text;

    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        text = str_from_cz(text_for(rows[i].word, &why));
        if (!str_ends(text, STR("?")) ||
            !str_ends(str_sub(text, 0, text.n - 1),
                      str_from_cz(rows[i].meant))) {
            print_error("%s: %.*s\n", rows[i].word, STR_ARG(text));
            fail();
        }
    }
}

static void does_not_guess_wildly(void **state)
{
    (void)state;
    static const char *const words[] = {
        "",
        "x",
        "fe",
        "colour",
        "zzzzzzzz",
        "a word of over sixty-four bytes, which is compared to nothing at all",
    };
    struct why why;

    for (size_t i = 0; i < ARRAY_N(words); i++) {
        struct str text = str_from_cz(text_for(words[i], &why));
        if (!str_ends(text, STR("; there are five"))) {
            print_error("%.*s\n", STR_ARG(text));
            fail();
        }
    }
}

static void tells_a_part_by_its_whole(void **state)
{
    (void)state;
    struct near n;
    struct why why;

    near_init(&n, STR("berlin"));
    near_offer_part(&n, STR("Dublin"), STR("Europe/Dublin"));
    near_offer_part(&n, STR("Berlin"), STR("Europe/Berlin"));
    assert_rc(near_unknown(&n, "zone", "none", &why), RC_INVALID);
    assert_string_equal(
        why.text, "there is no zone \"berlin\"; did you mean Europe/Berlin?");
}

static void shows_long_words_cut(void **state)
{
    (void)state;
    struct why why;

    text_for("0123456789012345678901234567890123456789012345678901234", &why);
    assert_string_equal(
        why.text,
        "there is no thing \"012345678901234567890123456789012345678901234567\""
        "; there are five");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_nearest),
        cmocka_unit_test(does_not_guess_wildly),
        cmocka_unit_test(tells_a_part_by_its_whole),
        cmocka_unit_test(shows_long_words_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
