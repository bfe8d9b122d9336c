#include "test.h"

#include "net/sign.h"

/* RFC 4231, cases 1, 2 and 6. */
static void signs_as_rfc_4231_says(void **state)
{
    char hex[SIGN_HEX_BYTES];
    char key[131];

    (void)state;
    memset(key, 0x0b, 20);
    sign_hmac_sha256((struct str){key, 20}, STR("Hi There"), hex);
    assert_string_equal(
        hex,
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    sign_hmac_sha256(STR("Jefe"), STR("what do ya want for nothing?"), hex);
    assert_string_equal(
        hex,
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, sizeof key);
    sign_hmac_sha256(
        (struct str){key, sizeof key},
        STR("Test Using Larger Than Block-Size Key - Hash Key First"), hex);
    assert_string_equal(
        hex,
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

/* Made with another implementation: node's crypto.createHmac. */
static void takes_empty_keys_and_texts(void **state)
{
    char hex[SIGN_HEX_BYTES];

    (void)state;
    sign_hmac_sha256(STR_EMPTY, STR_EMPTY, hex);
    assert_string_equal(
        hex,
        "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signs_as_rfc_4231_says),
        cmocka_unit_test(takes_empty_keys_and_texts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
