/* Any bytes as a stream of events: split anywhere, the same passes, and
 * nothing passes that did not come. */
#include "base/buf.h"
#include "base/check.h"
#include "capture/gateway/gateway_withhold.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take(void *arg, struct str bytes)
{
    buf_str(arg, bytes);
}

static void feed(struct str text, size_t step, struct buf *out)
{
    struct withhold w;

    withhold_init(&w, take, out);
    while (text.n > 0) {
        withhold_feed(&w, str_sub(text, 0, step));
        text = str_sub(text, step, SIZE_MAX);
    }
    withhold_end(&w);
    withhold_fini(&w);
}

/* What passes is the text with parts left out. */
static bool is_part_of(struct str part, struct str text)
{
    size_t at = 0;

    for (size_t i = 0; i < text.n && at < part.n; i++) {
        at += text.p[i] == part.p[at] ? 1 : 0;
    }
    return at == part.n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str all = {.p = (const char *)data, .n = size};
    struct buf whole;
    struct buf pieces;

    buf_init(&whole, SIZE_MAX);
    buf_init(&pieces, SIZE_MAX);
    feed(all, SIZE_MAX, &whole);
    feed(all, 1, &pieces);
    CHECK(str_eq(buf_view(&whole), buf_view(&pieces)));
    CHECK(is_part_of(buf_view(&whole), all));
    buf_fini(&whole);
    buf_fini(&pieces);
    return 0;
}
