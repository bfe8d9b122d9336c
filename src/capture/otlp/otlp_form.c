#include "capture/otlp/otlp_form.h"

#include "base/arena.h"
#include "base/buf.h"
#include "event/event_check.h"

#include <string.h>

bool otlp_is_no_id(const unsigned char *id, size_t n)
{
    size_t i = 0;
    while (i < n && id[i] == 0) {
        i++;
    }
    return i == n;
}

const struct otlp_value *otlp_attr_find(struct otlp_attrs attrs, struct str key)
{
    for (size_t i = 0; i < attrs.n; i++) {
        if (str_eq(attrs.at[i].key, key)) {
            return &attrs.at[i].value;
        }
    }
    return NULL;
}

struct str otlp_text(const struct otlp_value *value, struct arena *arena)
{
    switch (value->kind) {
    case OTLP_TEXT:
    case OTLP_LIST:
        if (memchr(value->text.p != NULL ? value->text.p : "", '\0',
                   value->text.n) != NULL ||
            !str_utf8_ok(value->text)) {
            return STR_EMPTY;
        }
        return str_trim(value->text);
    case OTLP_BOOL:
        return value->whole != 0 ? STR("true") : STR("false");
    case OTLP_WHOLE:
        return str_fmt(arena, "%lld", (long long)value->whole);
    case OTLP_REAL:
        return str_fmt(arena, "%.15g", value->real);
    }
    return STR_EMPTY;
}

/* Text that is the number with nothing behind its point: SDKs that know only
 * doubles print "12.0". */
static enum rc whole_of_text(struct str text, int64_t *ret_n)
{
    text = str_trim(text);
    size_t point = str_find_char(text, '.', 0);
    for (size_t i = point; point != SIZE_MAX && i + 1 < text.n; i++) {
        if (text.p[i + 1] != '0') {
            return RC_INVALID;
        }
    }
    enum rc rc = str_to_i64(str_sub(text, 0, point), ret_n);
    return rc == RC_PARSE ? RC_INVALID : rc;
}

enum rc otlp_count(const struct otlp_value *value, int64_t *ret_n)
{
    int64_t n = 0;
    enum rc rc = RC_OK;

    switch (value->kind) {
    case OTLP_WHOLE:
        n = value->whole;
        break;
    case OTLP_REAL:
        /* Written so that a NaN is refused as well. */
        if (!(value->real >= 0.0)) {
            return RC_INVALID;
        }
        if (value->real > (double)EVENT_COUNT_MAX) {
            return RC_RANGE;
        }
        n = (int64_t)value->real;
        if (value->real > (double)n) {
            return RC_INVALID;
        }
        break;
    case OTLP_TEXT:
        rc = whole_of_text(value->text, &n);
        break;
    case OTLP_BOOL:
    case OTLP_LIST:
        return RC_INVALID;
    }
    if (rc == RC_OK && n < 0) {
        return RC_INVALID;
    }
    if (rc == RC_OK && n > EVENT_COUNT_MAX) {
        return RC_RANGE;
    }
    if (rc == RC_OK) {
        *ret_n = n;
    }
    return rc;
}

enum rc otlp_money(const struct otlp_value *value, struct usd *ret_usd)
{
    struct usd usd = {0};
    struct buf text;
    enum rc rc = RC_INVALID;

    buf_init(&text, 512);
    if (value->kind == OTLP_REAL) {
        buf_fmt(&text, "%.15g",
                value->real); /* what was meant, not 0.1's tail */
    } else if (value->kind == OTLP_WHOLE) {
        buf_i64(&text, value->whole);
    } else if (value->kind == OTLP_TEXT) {
        buf_str(&text, str_trim(value->text));
    }
    if (text.n > 0) {
        rc = usd_parse(buf_view(&text), &usd);
    }
    buf_fini(&text);
    if (rc == RC_OK && usd.pico < 0) {
        rc = RC_INVALID;
    }
    if (rc == RC_OK) {
        *ret_usd = usd;
    }
    return rc == RC_PARSE ? RC_INVALID : rc;
}
