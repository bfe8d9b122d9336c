#include "test.h"

#include <endian.h>

#include "base/buf.h"
#include "base/gz.h"
#include "provider/eventstream.h"

enum { MESSAGE_MAX = 200 };

struct got {
    struct buf all; /* "type:payload|", with a ! for an exception */
    bool is_sound;
};

static void on_message(void *arg, const struct eventstream_message *m)
{
    struct got *g = arg;
    buf_cz(&g->all, m->is_exception ? "!" : "");
    buf_str(&g->all, m->type);
    buf_char(&g->all, ':');
    buf_str(&g->all, m->payload);
    buf_char(&g->all, '|');
}

static void add_u32(struct buf *b, size_t n)
{
    uint32_t be = htobe32((uint32_t)n);
    buf_add(b, &be, sizeof be);
}

static void add_message(struct buf *b, struct str headers, struct str payload)
{
    size_t at = b->n;
    add_u32(b, 16 + headers.n + payload.n);
    add_u32(b, headers.n);
    add_u32(b, gz_crc32(0, b->p + at, 8));
    buf_str(b, headers);
    buf_str(b, payload);
    add_u32(b, gz_crc32(0, b->p + at, b->n - at));
}

/* Headers of every type there is, and those that say something. */
#define OTHERS                                      \
    "\1a\0\1b\1\1c\2x\1d\3xx\1e\4xxxx\1f\5xxxxxxxx" \
    "\1g\6\0\3xyz\1h\10xxxxxxxx\1i\11xxxxxxxxxxxxxxxx"
#define KIND(kind) "\15:message-type\7\0" kind
static const struct str event_headers =
    STR_INIT(OTHERS "\13:event-type\7\0\10metadata" KIND("\5event"));
static const struct str exception_headers =
    STR_INIT("\17:exception-type\7\0\4slow" KIND("\11exception"));

static void feed(struct got *g, struct str bytes, size_t piece)
{
    struct eventstream s;
    buf_clear(&g->all);
    eventstream_init(&s, MESSAGE_MAX, on_message, g);
    while (bytes.n > 0) {
        struct str front = str_sub(bytes, 0, piece);
        eventstream_feed(&s, front);
        bytes = str_sub(bytes, front.n, SIZE_MAX);
    }
    g->is_sound = eventstream_end(&s);
    eventstream_fini(&s);
}

static void check(const struct buf *bytes, const char *want, bool is_sound)
{
    struct got g;
    buf_init(&g.all, SIZE_MAX);
    for (size_t piece = 1; piece <= bytes->n; piece++) {
        feed(&g, buf_view(bytes), piece);
        if (!str_eq(buf_view(&g.all), str_from_cz(want))) {
            print_error("in pieces of %zu: %.*s\n", piece,
                        STR_ARG(buf_view(&g.all)));
            fail();
        }
        assert_int_equal(g.is_sound, is_sound);
    }
    buf_fini(&g.all);
}

static void messages(UNUSED void **state)
{
    struct buf b;
    buf_init(&b, SIZE_MAX);
    add_message(&b, event_headers, STR("{}"));
    add_message(&b, exception_headers, STR("{1}"));
    add_message(&b, STR_EMPTY, STR_EMPTY);
    check(&b, "metadata:{}|!slow:{1}|:|", true);
    b.n -= 1;
    check(&b, "metadata:{}|!slow:{1}|", false);
    buf_fini(&b);
}

/* A changed byte anywhere is noticed; a message that fails its own check
 * costs itself only. */
static void damage(UNUSED void **state)
{
    struct got g;
    struct buf b;
    buf_init(&b, SIZE_MAX);
    buf_init(&g.all, SIZE_MAX);
    add_message(&b, event_headers, STR("{}"));
    size_t n_first = b.n;
    add_message(&b, event_headers, STR("{2}"));
    for (size_t i = 0; i < n_first; i++) {
        b.p[i] = (char)(b.p[i] ^ 4);
        feed(&g, buf_view(&b), SIZE_MAX);
        assert_false(g.is_sound);
        assert_true(str_eq(buf_view(&g.all),
                           i < 12 ? STR_EMPTY : STR("metadata:{2}|")));
        b.p[i] = (char)(b.p[i] ^ 4);
    }
    buf_fini(&g.all);
    buf_fini(&b);
}

/* Lengths that the checks confirm, and that cannot be. */
static void lies(UNUSED void **state)
{
    static const size_t rows[][2] = {{15, 0}, {16, 1}, {0, 0}, {40, 25}};
    struct buf b;
    buf_init(&b, SIZE_MAX);
    for (size_t i = 0; i < 4; i++) {
        buf_clear(&b);
        add_u32(&b, rows[i][0]);
        add_u32(&b, rows[i][1]);
        add_u32(&b, gz_crc32(0, b.p, 8));
        add_message(&b, event_headers, STR("{}"));
        check(&b, "", false);
    }
    buf_clear(&b);
    add_message(&b, STR("\5ab\7\0\1x"), STR("{}"));
    add_message(&b, STR("\1a\12"), STR("{}"));
    add_message(&b, STR("\1a\7\0\11x"), STR("{}"));
    check(&b, "", false);
    buf_fini(&b);
}

static void ceiling(UNUSED void **state)
{
    char text[MESSAGE_MAX];
    struct buf b;
    memset(text, 'x', sizeof text);
    buf_init(&b, SIZE_MAX);
    struct str fits = {.p = text, .n = MESSAGE_MAX - 16};
    struct str over = {.p = text, .n = MESSAGE_MAX - 15};
    add_message(&b, STR_EMPTY, over);
    add_message(&b, event_headers, STR("{}"));
    check(&b, "metadata:{}|", false);
    buf_clear(&b);
    add_message(&b, STR_EMPTY, fits);
    struct got g;
    buf_init(&g.all, SIZE_MAX);
    feed(&g, buf_view(&b), 3);
    assert_true(g.is_sound);
    assert_int_equal(g.all.n, fits.n + 2);
    buf_fini(&g.all);
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages),
        cmocka_unit_test(damage),
        cmocka_unit_test(lies),
        cmocka_unit_test(ceiling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
