#include "event/record.h"

#include <math.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/utc.h"
#include "base/why.h"
#include "event/event_priv.h"
#include "event/record_field.h"

/* Months that a customer's row may be of. */
#define MONTH_MIN_US INT64_C(946684800000000)  /* 2000-01 */
#define MONTH_END_US INT64_C(7258118400000000) /* 2200-01 */

static const struct str KIND_NAMES[RECORD_KIND__COUNT] = {
    [RECORD_OUTCOME] = STR_INIT("outcomes"),
    [RECORD_RELEASE] = STR_INIT("releases"),
    [RECORD_CUSTOMER] = STR_INIT("customers"),
    [RECORD_INVOICE] = STR_INIT("invoices"),
    [RECORD_GUARDRAIL] = STR_INIT("guardrails"),
};

const struct record_field record_field_table[RECORD_FIELD__COUNT] = {
#define X(kind, name, how, which, needed) \
    {STR_INIT(name), RECORD_##kind, RECORD_FIELD_##how, which, needed},
#include "event/record_field.def"
#undef X
};

struct str record_kind_name(enum record_kind kind)
{
    return kind > 0 && kind < RECORD_KIND__COUNT ? KIND_NAMES[kind] : STR_EMPTY;
}

enum record_kind record_kind_from(struct str name)
{
    for (int kind = 1; kind < RECORD_KIND__COUNT; kind++) {
        if (str_eq(KIND_NAMES[kind], name)) {
            return (enum record_kind)kind;
        }
    }
    return (enum record_kind)0;
}

bool record_is_sent(enum record_kind kind)
{
    return kind != RECORD_GUARDRAIL;
}

bool record_has_dim(enum record_kind kind, enum dim d)
{
    for (size_t i = 0; i < RECORD_FIELD__COUNT; i++) {
        const struct record_field *f = &record_field_table[i];

        if (f->kind == kind && f->how == RECORD_FIELD_DIM && f->which == d) {
            return true;
        }
    }
    return false;
}

/* Where a text member stands; NULL for what is no text. */
static struct str *text_of(struct record *rec, const struct record_field *f)
{
    switch (f->how) {
    case RECORD_FIELD_ID:
        return &rec->id;
    case RECORD_FIELD_NAME:
        return &rec->name;
    case RECORD_FIELD_NOTE:
        return &rec->note;
    case RECORD_FIELD_TIER:
        return &rec->tier;
    case RECORD_FIELD_ACCOUNT:
        return &rec->account;
    case RECORD_FIELD_LINE:
        return &rec->line;
    case RECORD_FIELD_CHARGE:
        return &rec->charge;
    case RECORD_FIELD_ACTION:
        return &rec->action;
    case RECORD_FIELD_DIM:
        return &rec->dim[f->which];
    case RECORD_FIELD_TS:
    case RECORD_FIELD_VALUE:
    case RECORD_FIELD_REVENUE:
    case RECORD_FIELD_MONTH:
    case RECORD_FIELD_BEGIN:
    case RECORD_FIELD_END:
    case RECORD_FIELD_AMOUNT:
    case RECORD_FIELD_CURRENCY:
        break;
    }
    return NULL;
}

bool record_is_text(const struct record_field *f, int *ret_max)
{
    struct record any;

    *ret_max = f->how == RECORD_FIELD_ID     ? LIMIT_ID_MAX
               : f->how == RECORD_FIELD_NOTE ? LIMIT_NOTE_MAX
                                             : LIMIT_DIM_MAX;
    return text_of(&any, f) != NULL;
}

struct str record_text(const struct record *rec, const struct record_field *f)
{
    struct record copy = *rec;
    const struct str *text = text_of(&copy, f);

    return text != NULL ? *text : STR_EMPTY;
}

void record_set_text(struct record *rec, const struct record_field *f,
                     struct str text)
{
    struct str *at = text_of(rec, f);

    CHECK(at != NULL);
    *at = text;
}

static enum rc check_text(const struct record *rec,
                          const struct record_field *f, int max_bytes,
                          struct why *why)
{
    struct str text = record_text(rec, f);

    if (f->needed && text.n == 0) {
        return why_set(why, RC_INVALID, "%.*s is missing", STR_ARG(f->name));
    }
    if (text.n > (size_t)max_bytes) {
        return event_too_long(f->name, text, max_bytes, why);
    }
    return event_check_encoding(f->name, text, why);
}

static enum rc check_month(int64_t ts_us, struct why *why)
{
    int year;
    int month;
    int day;

    if (ts_us < MONTH_MIN_US || ts_us >= MONTH_END_US) {
        return why_set(why, RC_RANGE, "from is no month of 2000 to 2199");
    }
    utc_civil(ts_us / UTC_US_PER_DAY, &year, &month, &day);
    if (day != 1 || ts_us % UTC_US_PER_DAY != 0) {
        return why_set(why, RC_INVALID, "from is not the beginning of a month");
    }
    return RC_OK;
}

static enum rc check_stretch(const struct record *rec, int64_t now_us,
                             struct why *why)
{
    const int64_t max_us = LIMIT_INVOICE_DAYS_MAX * UTC_US_PER_DAY;
    enum rc rc = event_check_ts(rec->ts_us, now_us, why);

    if (rc != RC_OK) {
        return why_prefix(why, rc, "from");
    }
    if (rec->to_us <= rec->ts_us) {
        return why_set(why, RC_INVALID,
                       "to must be behind from: it is the first instant that "
                       "is not billed");
    }
    if (rec->to_us > rec->ts_us + max_us) {
        return why_set(why, RC_RANGE, "from and to are over %d days apart",
                       LIMIT_INVOICE_DAYS_MAX);
    }
    return RC_OK;
}

static enum rc check_numbers(const struct record *rec, int64_t now_us,
                             struct why *why)
{
    if (!isfinite(rec->value)) {
        return why_set(why, RC_RANGE, "value is not finite");
    }
    if (rec->revenue.pico < 0) {
        return why_set(why, RC_RANGE, "revenue is negative");
    }
    if (rec->kind == RECORD_INVOICE) {
        return check_stretch(rec, now_us, why);
    }
    return rec->kind == RECORD_CUSTOMER
               ? check_month(rec->ts_us, why)
               : event_check_ts(rec->ts_us, now_us, why);
}

enum rc record_check(const struct record *rec, int64_t now_us, struct why *why)
{
    enum rc rc = RC_OK;

    CHECK(rec->kind > 0 && rec->kind < RECORD_KIND__COUNT);
    for (size_t i = 0; i < RECORD_FIELD__COUNT && rc == RC_OK; i++) {
        const struct record_field *f = &record_field_table[i];
        int max_bytes;

        if (f->kind == rec->kind && record_is_text(f, &max_bytes)) {
            rc = check_text(rec, f, max_bytes, why);
        }
    }
    return rc == RC_OK ? check_numbers(rec, now_us, why) : rc;
}

/* The NUL, which no id of an event bears, keeps them apart. */
void record_add_key(struct buf *b, const struct record *rec)
{
    switch (rec->kind) {
    case RECORD_OUTCOME:
        buf_char(b, 'o');
        buf_char(b, '\0');
        buf_str(b, rec->id);
        break;
    case RECORD_RELEASE:
        buf_char(b, 'r');
        buf_char(b, '\0');
        buf_str(b, rec->dim[DIM_RELEASE]);
        buf_char(b, '\0');
        buf_str(b, rec->dim[DIM_FEATURE]);
        break;
    case RECORD_CUSTOMER:
    case RECORD_INVOICE:
    case RECORD_GUARDRAIL:
    case RECORD_KIND__COUNT:
        break;
    }
}

bool record_is_replaced(enum record_kind kind)
{
    return kind == RECORD_CUSTOMER || kind == RECORD_INVOICE;
}
