#include "net/sign.h"

#include "base/check.h"

#include <limits.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

void sign_hmac_sha256(struct str key, struct str text,
                      char ret_hex[static SIGN_HEX_BYTES])
{
    static const char digit[] = "0123456789abcdef";
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned int n = 0;

    CHECK(key.n <= INT_MAX);
    CHECK(HMAC(EVP_sha256(), key.n > 0 ? key.p : "", (int)key.n,
               (const unsigned char *)(text.n > 0 ? text.p : ""), text.n, mac,
               &n) != NULL);
    CHECK(n == (SIGN_HEX_BYTES - 1) / 2);
    for (unsigned int i = 0; i < n; i++) {
        ret_hex[2 * i] = digit[mac[i] >> 4];
        ret_hex[2 * i + 1] = digit[mac[i] & 15];
    }
    ret_hex[SIGN_HEX_BYTES - 1] = '\0';
}
