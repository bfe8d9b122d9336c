#include "capture/import/import_body.h"

#include <string.h>

#include "base/json.h"
#include "capture/import/import_value.h"
#include "event/event.h"
#include "provider/provider.h"

static struct str bytes_of(const struct json *body)
{
    switch (json_kind(body)) {
    case JSON_OBJ:
    case JSON_ARR:
        return json_raw(body);
    case JSON_STR:
        return json_str(body);
    case JSON_NULL:
    case JSON_BOOL:
    case JSON_NUM:
        break;
    }
    return STR_EMPTY;
}

static bool is_whole_call(const struct provider_record *record, size_t n)
{
    int64_t all = 0;
    for (uint32_t k = 0; n == 1 && k < TOKEN__COUNT; k++) {
        all |= record->token[k];
    }
    return all > 0 && record->is_complete;
}

static void take_record(const struct provider_record *record, struct event *ev)
{
    memcpy(ev->token, record->token, sizeof ev->token);
    ev->web_searches = record->web_searches;
    ev->service_tier = record->tier;
    if (record->is_clamped) {
        import_value_tag(ev, "import_note", STR("parts_over_total"));
    }
}

bool import_body_read(const struct json *body,
                      const struct provider_context *context,
                      struct arena *arena, struct event *ev)
{
    const struct provider_record *record = NULL;
    size_t n = 0;
    struct str bytes = bytes_of(body);
    if (bytes.n == 0) {
        return false;
    }
    struct provider_reader *reader = provider_reader_new(context);
    provider_reader_feed(reader, bytes);
    bool is_read =
        provider_reader_end(reader, false, arena, &record, &n, NULL) == RC_OK &&
        is_whole_call(record, n);
    if (is_read) {
        take_record(record, ev);
    }
    provider_reader_free(&reader);
    return is_read;
}
