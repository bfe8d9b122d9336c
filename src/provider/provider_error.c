#include "provider/provider_error_priv.h"

#include "base/buf.h"
#include "event/event_provider.h"
#include "provider/provider_priv.h"
#include "provider/provider_request.h"

struct str error_word(const struct error_word *table, int status)
{
    const char *word = table->word;
    for (; table->word != NULL && table->status <= status; table++) {
        word = table->word;
    }
    return str_from_cz(word);
}

void error_member(struct json_writer *w, const char *name, struct str text)
{
    json_w_key(w, str_from_cz(name));
    json_w_str(w, text);
}

void error_alone(const char *name, struct str message, struct buf *out)
{
    struct json_writer w;
    json_w_init(&w, out);
    json_w_obj(&w);
    error_member(&w, name, message);
    json_w_obj_end(&w);
}

void provider_error(struct str provider, int status, struct str message,
                    struct buf *out)
{
    vendor_find(provider_fold(provider))->error(status, message, out);
}
