/* Any bytes as the small texts of requests and files: money, instants, days,
 * numbers, percent-escapes.  What is read, once written and read again, is the
 * same. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/usd.h"
#include "base/utc.h"
#include "net/http_server.h"

#include <math.h>

enum { ARENA_BYTES = 1 << 20, POWER_MILLION = 6 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_usd(struct str text, struct buf *out)
{
    struct usd x;
    struct usd again;

    if (usd_parse(text, &x) == RC_OK) {
        buf_clear(out);
        usd_add_text(out, (struct usd_sum){.pico = x.pico});
        CHECK(usd_parse(buf_view(out), &again) == RC_OK);
        CHECK(again.pico == x.pico);
    }
    if (usd_parse_scaled(text, POWER_MILLION, &x) == RC_OK && x.pico != 0) {
        CHECK(usd_parse(text, &again) != RC_PARSE);
    }
}

static void check_time(struct str text, struct buf *out)
{
    int64_t us = 0;
    int64_t again = 0;

    /* An offset can lead out of the years that have four digits. */
    if (utc_parse(text, true, &us) == RC_OK &&
        us >= utc_day(0, 1, 1) * UTC_US_PER_DAY &&
        us < utc_day(10000, 1, 1) * UTC_US_PER_DAY) {
        buf_clear(out);
        utc_add_text(out, us);
        CHECK(utc_parse(buf_view(out), false, &again) == RC_OK);
        CHECK(again == us);
    }
    if (utc_parse_date(text, &us) == RC_OK) {
        buf_clear(out);
        utc_add_date(out, us);
        CHECK(str_eq(buf_view(out), text));
    }
}

static void check_number(struct str text, struct buf *out)
{
    int64_t n = 0;
    int64_t again = 0;
    double x = 0;

    if (str_to_i64(text, &n) == RC_OK) {
        buf_clear(out);
        buf_i64(out, n);
        CHECK(str_to_i64(buf_view(out), &again) == RC_OK);
        CHECK(again == n);
    }
    if (str_to_f64(text, &x) == RC_OK) {
        CHECK(isfinite(x));
    }
}

static void check_escapes(struct str text)
{
    struct arena arena;
    struct str plain = STR_EMPTY;
    struct str same = STR_EMPTY;

    arena_init(&arena, ARENA_BYTES);
    enum rc rc = http_percent_decode(text, true, &arena, &plain);
    if (rc == RC_OK) {
        size_t n_escapes = 0;
        for (size_t i = 0; i < text.n; i++) {
            n_escapes += text.p[i] == '%';
        }
        CHECK(plain.n + 2 * n_escapes == text.n);
        CHECK(http_percent_decode(text, false, &arena, &same) == RC_OK);
        CHECK(same.n == plain.n);
    } else {
        CHECK(rc == RC_LIMIT || str_find_char(text, '%', 0) != SIZE_MAX);
    }
    arena_fini(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {.p = (const char *)data, .n = size};
    struct buf out;

    buf_init(&out, SIZE_MAX);
    check_usd(text, &out);
    check_time(text, &out);
    check_number(text, &out);
    check_escapes(text);
    buf_fini(&out);
    return 0;
}
