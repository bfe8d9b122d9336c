#include "provider/eventstream.h"

#include <endian.h>
#include <string.h>

#include "base/gz.h"

enum {
    PRELUDE_BYTES = 12,
    CRC_BYTES = 4,
    FRAME_BYTES = PRELUDE_BYTES + CRC_BYTES /* of a message without content */
};

enum header_type {
    HEADER_TRUE,
    HEADER_FALSE,
    HEADER_I8,
    HEADER_I16,
    HEADER_I32,
    HEADER_I64,
    HEADER_BYTES,
    HEADER_STRING,
    HEADER_TIMESTAMP,
    HEADER_UUID,
    HEADER__COUNT
};

void eventstream_init(struct eventstream *s, size_t message_max_bytes,
                      eventstream_fn *fn, void *arg)
{
    *s = (struct eventstream){.fn = fn, .arg = arg};
    s->message_max_bytes = message_max_bytes;
    buf_init(&s->message, message_max_bytes);
}

void eventstream_fini(struct eventstream *s)
{
    buf_fini(&s->message);
}

static uint32_t u32_at(struct str s, size_t at)
{
    uint32_t n;
    memcpy(&n, s.p + at, sizeof n);
    return be32toh(n);
}

/* ---- headers ---- */

static bool cut(struct str *rest, size_t n, struct str *ret)
{
    if (rest->n < n) {
        return false;
    }
    *ret = str_sub(*rest, 0, n);
    *rest = str_sub(*rest, n, SIZE_MAX);
    return true;
}

static bool cut_number(struct str *rest, size_t n_bytes, size_t *ret_n)
{
    struct str bytes;
    if (!cut(rest, n_bytes, &bytes)) {
        return false;
    }
    *ret_n = 0;
    for (size_t i = 0; i < n_bytes; i++) {
        *ret_n = *ret_n << 8 | (unsigned char)bytes.p[i];
    }
    return true;
}

static bool cut_value(struct str *rest, size_t type, struct str *ret_value)
{
    static const size_t sizes[HEADER__COUNT] = {
        [HEADER_I8] = 1,  [HEADER_I16] = 2,       [HEADER_I32] = 4,
        [HEADER_I64] = 8, [HEADER_TIMESTAMP] = 8, [HEADER_UUID] = 16,
    };
    size_t n;
    if (type >= HEADER__COUNT) {
        return false;
    }
    n = sizes[type];
    if ((type == HEADER_BYTES || type == HEADER_STRING) &&
        !cut_number(rest, 2, &n)) {
        return false;
    }
    return cut(rest, n, ret_value);
}

static bool read_header(struct str *rest, struct eventstream_message *m)
{
    size_t n;
    size_t type;
    struct str name;
    struct str value;
    if (!cut_number(rest, 1, &n) || !cut(rest, n, &name) ||
        !cut_number(rest, 1, &type) || !cut_value(rest, type, &value)) {
        return false;
    }
    if (type != HEADER_STRING) {
        return true;
    }
    if (str_eq(name, STR(":message-type"))) {
        m->is_exception = !str_eq(value, STR("event"));
    } else if (str_eq(name, STR(":event-type")) ||
               str_eq(name, STR(":exception-type"))) {
        m->type = value;
    }
    return true;
}

/* ---- messages ---- */

static bool read_message(struct str bytes, size_t headers_n,
                         struct eventstream_message *m)
{
    size_t n = bytes.n - CRC_BYTES;
    if (gz_crc32(0, bytes.p, n) != u32_at(bytes, n)) {
        return false;
    }
    struct str headers = str_sub(bytes, PRELUDE_BYTES, headers_n);
    m->payload = str_sub(bytes, PRELUDE_BYTES + headers_n,
                         bytes.n - FRAME_BYTES - headers_n);
    while (headers.n > 0) {
        if (!read_header(&headers, m)) {
            return false;
        }
    }
    return true;
}

static void give_up(struct eventstream *s)
{
    s->is_lost = true;
    s->is_damaged = true;
    buf_clear(&s->message);
}

/* take: the message at the front of the buffer.  Nothing when it is
 * not whole yet. */
static void take(struct eventstream *s)
{
    struct str bytes = buf_view(&s->message);
    struct eventstream_message m = {.is_exception = false};
    if (bytes.n < PRELUDE_BYTES) {
        return;
    }
    size_t n = u32_at(bytes, 0);
    size_t headers_n = u32_at(bytes, 4);
    if (gz_crc32(0, bytes.p, 8) != u32_at(bytes, 8) || n < FRAME_BYTES ||
        headers_n > n - FRAME_BYTES) {
        give_up(s);
        return;
    }
    if (n > s->message_max_bytes) {
        s->is_damaged = true;
        s->skip_bytes = n - bytes.n;
        buf_clear(&s->message);
        return;
    }
    if (bytes.n < n) {
        return;
    }
    if (read_message(str_sub(bytes, 0, n), headers_n, &m)) {
        s->fn(s->arg, &m);
    } else {
        s->is_damaged = true;
    }
    buf_clear(&s->message);
}

/* The bytes that the message in the buffer still lacks, as far as is known. */
static size_t lacks(const struct eventstream *s)
{
    struct str have = buf_view(&s->message);
    if (have.n < PRELUDE_BYTES) {
        return PRELUDE_BYTES - have.n;
    }
    return u32_at(have, 0) - have.n;
}

void eventstream_feed(struct eventstream *s, struct str bytes)
{
    while (bytes.n > 0 && !s->is_lost) {
        size_t n = s->skip_bytes > 0 ? s->skip_bytes : lacks(s);
        struct str piece = str_sub(bytes, 0, n);
        bytes = str_sub(bytes, piece.n, SIZE_MAX);
        if (s->skip_bytes > 0) {
            s->skip_bytes -= piece.n;
            continue;
        }
        buf_str(&s->message, piece);
        take(s);
    }
}

bool eventstream_end(const struct eventstream *s)
{
    return !s->is_damaged && s->message.n == 0;
}
