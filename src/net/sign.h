/* Message authentication (RFC 2104): the one door to OpenSSL's libcrypto,
 * which libcurl brings along anyway.  Pure, any thread. */
#ifndef NET_SIGN_H
#define NET_SIGN_H

#include "base/str.h"

#define SIGN_HEX_BYTES 65 /* 64 digits and a NUL */

/* sign_hmac_sha256: of `text` under `key`, as lower-case hex. */
void sign_hmac_sha256(struct str key, struct str text,
                      char ret_hex[static SIGN_HEX_BYTES]);

#endif
