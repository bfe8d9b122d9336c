/* Any text, as an event's JSON: what is taken obeys every rule, and says the
 * same once written and read again. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/json.h"
#include "base/why.h"
#include "event/event_bin.h"
#include "event/event_check.h"
#include "event/event_json.h"

#define NOW_US INT64_C(1795379471123456) /* 2026-11-22 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum rc read_event(struct str text, struct arena *arena,
                          struct event *ret_event)
{
    struct json *json = NULL;
    struct why why = {.text = ""};
    enum rc rc = json_parse(text, &json, &why);
    if (rc == RC_OK) {
        rc = event_from_json(json, NOW_US, arena, ret_event, NULL, &why);
    }
    json_free(&json);
    CHECK(rc == RC_OK || why.text[0] != '\0');
    return rc;
}

static void check_event(const struct event *ev, struct arena *arena)
{
    struct buf text;
    struct buf before;
    struct buf after;
    struct event again;
    buf_init(&text, LIMIT_BODY_MAX);
    buf_init(&before, LIMIT_EVENT_BYTES_MAX);
    buf_init(&after, LIMIT_EVENT_BYTES_MAX);
    CHECK(event_check(ev, NOW_US, NULL) == RC_OK);
    event_add_json(&text, ev);
    CHECK(buf_rc(&text, NULL) == RC_OK);
    CHECK(read_event(buf_view(&text), arena, &again) == RC_OK);
    event_bin_add(&before, ev);
    event_bin_add(&after, &again);
    CHECK(str_eq(buf_view(&before), buf_view(&after)));
    buf_fini(&text);
    buf_fini(&before);
    buf_fini(&after);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct event ev;
    arena_init(&arena, LIMIT_ARENA_MAX);
    struct str text = {.p = (const char *)data, .n = size};
    if (read_event(text, &arena, &ev) == RC_OK) {
        check_event(&ev, &arena);
    }
    arena_fini(&arena);
    return 0;
}
