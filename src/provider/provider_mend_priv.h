/* JSON from a provider, whose texts are a model's: cut emoji, \u0000 and
 * broken UTF-8 stand in them, which a strict parser refuses.  The counts
 * beside such a text are good all the same. */
#ifndef PROVIDER_PROVIDER_MEND_PRIV_H
#define PROVIDER_PROVIDER_MEND_PRIV_H

#include "base/json.h"
#include "base/rc.h"
#include "base/str.h"

/* provider_parse: json_parse, and when it fails, once more with U+FFFD or a
 * question mark for what cannot be text.  RC_PARSE, RC_LIMIT. */
enum rc provider_parse(struct str text, struct json **ret_json) MUST_CHECK;

#endif
