/* Any bytes, as a run of stored events: nothing outside them is read, and
 * each event that is taken has exactly the bytes it was read from. */
#include "base/buf.h"
#include "base/check.h"
#include "event/event_bin.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = {.p = (const char *)data, .n = size};
    struct event ev;
    struct buf again;
    buf_init(&again, size);
    struct str from = rest;
    while (event_bin_read(&rest, &ev, NULL) == RC_OK) {
        buf_clear(&again);
        event_bin_add(&again, &ev);
        CHECK(str_eq(buf_view(&again), str_sub(from, 0, from.n - rest.n)));
        from = rest;
    }
    CHECK(rest.p == from.p && rest.n == from.n);
    buf_fini(&again);
    return 0;
}
