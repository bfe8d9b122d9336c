/* The public forms of records: members of a JSON object, cells of a row. */
#include "event/record.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/near.h"
#include "base/utc.h"
#include "base/why.h"
#include "event/event_json_priv.h"
#include "event/event_provider.h"
#include "event/record_field.h"

#define SHOWN_MAX  40 /* bytes of a bad value that a message repeats */
#define NUMBER_MAX 64 /* bytes of a number's text */

_Static_assert(RECORD_FIELD__COUNT <= 64, "reading.seen has a bit for each");
_Static_assert(RECORD_COLUMNS_MAX >= 14, "every member of the largest kind");

struct reading {
    struct record rec;
    uint64_t seen; /* bit a field */
};

/* A member's value: of JSON, or the text of a cell. */
struct value {
    const struct json *json; /* NULL: a cell */
    struct str text;
};

static struct str shown(struct str s)
{
    return str_utf8_cut(s, SHOWN_MAX);
}

static enum rc wrong_kind(const struct record_field *f, const char *want,
                          const struct value *v, struct why *why)
{
    return why_set(why, RC_INVALID, "%.*s must be %s, not %s", STR_ARG(f->name),
                   want, json_kind_name(json_kind(v->json)));
}

/* ---- single values ---- */

static enum rc read_text(const struct record_field *f, const struct value *v,
                         struct str *ret, struct why *why)
{
    if (v->json != NULL && json_kind(v->json) != JSON_STR) {
        return wrong_kind(f, "a string", v, why);
    }
    *ret = v->json != NULL ? json_str(v->json) : v->text;
    return RC_OK;
}

/* A cell is read as the JSON that it would be: a number, else a string. */
static enum rc read_ts_cell(struct str text, int64_t *ret_us, struct why *why)
{
    struct json_writer w;
    struct json *json = NULL;
    struct buf b;
    double number;
    enum rc rc;

    buf_init(&b, 6 * text.n + 2);
    json_w_init(&w, &b);
    if (str_to_f64(text, &number) == RC_OK) {
        json_w_f64(&w, number);
    } else {
        json_w_str(&w, text);
    }
    rc = buf_rc(&b, why);
    if (rc == RC_OK) {
        rc = json_parse(buf_view(&b), &json, why);
    }
    if (rc == RC_OK) {
        rc = event_read_ts(json, ret_us, why);
    }
    json_free(&json);
    buf_fini(&b);
    return rc;
}

static enum rc read_value(const struct record_field *f, const struct value *v,
                          double *ret, struct why *why)
{
    if (v->json == NULL) {
        return str_to_f64(v->text, ret) == RC_OK
                   ? RC_OK
                   : why_set(why, RC_INVALID,
                             "value must be a number, not \"%.*s\"",
                             STR_ARG(shown(v->text)));
    }
    if (json_kind(v->json) != JSON_NUM) {
        return wrong_kind(f, "a number", v, why);
    }
    *ret = json_f64(v->json);
    return RC_OK;
}

/* A bill may say more digits than toll keeps, and credits are below 0. */
static enum rc parse_dollars(const struct record_field *f, struct str text,
                             struct usd *ret, struct why *why)
{
    bool is_bill = f->how == RECORD_FIELD_AMOUNT;
    struct usd usd = {0};
    enum rc rc =
        is_bill ? usd_parse(text, &usd) : usd_parse_scaled(text, 12, &usd);

    if (rc == RC_OK && usd.pico < 0 && !is_bill) {
        rc = RC_RANGE;
    }
    if (rc != RC_OK) {
        return why_set(why, rc == RC_RANGE ? RC_RANGE : RC_INVALID,
                       "%.*s must be dollars%s 9 million, such as 1200.50, not "
                       "\"%.*s\"",
                       STR_ARG(f->name),
                       is_bill ? " up to" : " a month from 0 to",
                       STR_ARG(shown(text)));
    }
    *ret = usd;
    return RC_OK;
}

static enum rc read_dollars(const struct record_field *f, const struct value *v,
                            struct usd *ret, struct why *why)
{
    struct buf number;
    enum rc rc;

    if (v->json == NULL) {
        return parse_dollars(f, v->text, ret, why);
    }
    if (json_kind(v->json) == JSON_STR) {
        return parse_dollars(f, json_str(v->json), ret, why);
    }
    if (json_kind(v->json) != JSON_NUM) {
        return wrong_kind(f, "a number or a decimal string", v, why);
    }
    buf_init(&number, NUMBER_MAX);
    json_num_text(v->json, &number);
    rc = parse_dollars(f, buf_view(&number), ret, why);
    buf_fini(&number);
    return rc;
}

/* "2026-10", or its first day. */
static enum rc read_month(const struct record_field *f, const struct value *v,
                          int64_t *ret_us, struct why *why)
{
    struct str text;
    struct buf date;
    int64_t day = 0;
    int year;
    int month;
    int day_of_month = 0;
    enum rc rc = read_text(f, v, &text, why);

    if (rc != RC_OK) {
        return rc;
    }
    buf_init(&date, SHOWN_MAX);
    buf_str(&date, shown(text));
    buf_cz(&date, text.n == 7 ? "-01" : "");
    if (buf_rc(&date, NULL) == RC_OK &&
        utc_parse_date(buf_view(&date), &day) == RC_OK) {
        utc_civil(day, &year, &month, &day_of_month);
    }
    buf_fini(&date);
    if (day_of_month != 1) {
        return why_set(why, RC_INVALID,
                       "from must be a month such as 2026-10, not \"%.*s\"",
                       STR_ARG(shown(text)));
    }
    *ret_us = day * UTC_US_PER_DAY;
    return RC_OK;
}

/* A date, which is its midnight in UTC, as providers' days are; else a time,
 * in UTC where it does not say. */
static enum rc read_instant(const struct record_field *f, const struct value *v,
                            int64_t *ret_us, struct why *why)
{
    struct str text;
    int64_t day;

    if (v->json != NULL && json_kind(v->json) == JSON_NUM) {
        return event_read_ts(v->json, ret_us, why);
    }
    enum rc rc = read_text(f, v, &text, why);
    if (rc != RC_OK) {
        return rc;
    }
    if (utc_parse_date(text, &day) == RC_OK) {
        *ret_us = day * UTC_US_PER_DAY;
    } else if (utc_parse(text, true, ret_us) != RC_OK) {
        return why_set(why, RC_INVALID,
                       "%.*s must be a date or a time, such as 2026-10-01, not "
                       "\"%.*s\"",
                       STR_ARG(f->name), STR_ARG(shown(text)));
    }
    return RC_OK;
}

static enum rc read_currency(const struct record_field *f,
                             const struct value *v, struct why *why)
{
    struct str text;
    enum rc rc = read_text(f, v, &text, why);

    if (rc == RC_OK && text.n > 0 && !str_eq_nocase(text, STR("USD"))) {
        return why_set(why, RC_INVALID,
                       "currency must be USD, not \"%.*s\": toll counts "
                       "dollars, so turn the amounts into them first",
                       STR_ARG(shown(text)));
    }
    return rc;
}

static enum rc read_field(struct record *rec, const struct record_field *f,
                          const struct value *v, struct why *why)
{
    struct str text;
    enum rc rc;

    switch (f->how) {
    case RECORD_FIELD_TS:
        return v->json != NULL ? event_read_ts(v->json, &rec->ts_us, why)
                               : read_ts_cell(v->text, &rec->ts_us, why);
    case RECORD_FIELD_VALUE:
        return read_value(f, v, &rec->value, why);
    case RECORD_FIELD_REVENUE:
        return read_dollars(f, v, &rec->revenue, why);
    case RECORD_FIELD_AMOUNT:
        return read_dollars(f, v, &rec->amount, why);
    case RECORD_FIELD_BEGIN:
        return read_instant(f, v, &rec->ts_us, why);
    case RECORD_FIELD_END:
        return read_instant(f, v, &rec->to_us, why);
    case RECORD_FIELD_CURRENCY:
        return read_currency(f, v, why);
    case RECORD_FIELD_MONTH:
        return read_month(f, v, &rec->ts_us, why);
    case RECORD_FIELD_ID:
    case RECORD_FIELD_NAME:
    case RECORD_FIELD_DIM:
    case RECORD_FIELD_NOTE:
    case RECORD_FIELD_TIER:
    case RECORD_FIELD_ACCOUNT:
    case RECORD_FIELD_LINE:
    case RECORD_FIELD_CHARGE:
    case RECORD_FIELD_ACTION:
        break;
    }
    rc = read_text(f, v, &text, why);
    if (rc == RC_OK) {
        record_set_text(rec, f, text);
    }
    return rc;
}

/* ---- a whole record ---- */

static void reading_init(struct reading *r, enum record_kind kind,
                         int64_t now_us)
{
    *r = (struct reading){
        .rec = {
            .kind = kind, .ts_us = now_us, .arrival_us = now_us, .value = 1}};
}

static enum rc read_member(struct reading *r, size_t field,
                           const struct value *v, struct why *why)
{
    const struct record_field *f = &record_field_table[field];

    if ((r->seen >> field & 1) != 0) {
        return why_set(why, RC_INVALID, "%.*s is given twice",
                       STR_ARG(f->name));
    }
    r->seen |= UINT64_C(1) << field;
    return read_field(&r->rec, f, v, why);
}

static enum rc end_reading(struct reading *r, int64_t now_us,
                           struct record *ret_rec, struct why *why)
{
    enum rc rc;

    for (size_t i = 0; i < RECORD_FIELD__COUNT; i++) {
        const struct record_field *f = &record_field_table[i];

        if (f->kind == r->rec.kind && f->needed && (r->seen >> i & 1) == 0) {
            return why_set(why, RC_INVALID, "%.*s is missing",
                           STR_ARG(f->name));
        }
    }
    if (r->rec.kind == RECORD_INVOICE) { /* under the name calls bear */
        r->rec.dim[DIM_PROVIDER] = provider_fold(r->rec.dim[DIM_PROVIDER]);
    }
    rc = record_check(&r->rec, now_us, why);
    if (rc == RC_OK) {
        *ret_rec = r->rec;
    }
    return rc;
}

/* RECORD_FIELD__COUNT when the kind has no such member. */
static size_t find_field(enum record_kind kind, struct str name)
{
    size_t i = 0;

    while (i < RECORD_FIELD__COUNT &&
           (record_field_table[i].kind != kind ||
            !str_eq(record_field_table[i].name, name))) {
        i++;
    }
    return i;
}

static void add_members(struct buf *b, enum record_kind kind)
{
    const char *comma = "";

    for (size_t i = 0; i < RECORD_FIELD__COUNT; i++) {
        if (record_field_table[i].kind == kind) {
            buf_cz(b, comma);
            buf_str(b, record_field_table[i].name);
            comma = ", ";
        }
    }
}

static enum rc unknown_member(enum record_kind kind, struct str name,
                              struct why *why)
{
    struct buf known;
    struct near near;
    enum rc rc;

    near_init(&near, shown(name));
    for (size_t i = 0; i < RECORD_FIELD__COUNT; i++) {
        if (record_field_table[i].kind == kind) {
            near_offer(&near, record_field_table[i].name);
        }
    }
    buf_init(&known, sizeof(why->text));
    buf_cz(&known, "known: ");
    add_members(&known, kind);
    buf_char(&known, '\0');
    rc = near_unknown(&near, "member", known.p, why);
    buf_fini(&known);
    return rc;
}

enum rc record_read_json(enum record_kind kind, const struct json *obj,
                         int64_t now_us, struct record *ret_rec,
                         struct why *why)
{
    struct reading r;
    enum rc rc = RC_OK;

    if (json_kind(obj) != JSON_OBJ) {
        return why_set(why, RC_INVALID, "it must be a JSON object, not %s",
                       json_kind_name(json_kind(obj)));
    }
    reading_init(&r, kind, now_us);
    for (const struct json *j = json_first(obj); j != NULL && rc == RC_OK;
         j = json_next(j)) {
        const struct value v = {.json = j};
        size_t field = find_field(kind, json_key(j));

        if (field == RECORD_FIELD__COUNT) {
            rc = unknown_member(kind, json_key(j), why);
        } else if (json_kind(j) != JSON_NULL) {
            rc = read_member(&r, field, &v, why);
        }
    }
    return rc == RC_OK ? end_reading(&r, now_us, ret_rec, why) : rc;
}

/* ---- rows ---- */

static enum rc wrong_columns(enum record_kind kind, const char *trouble,
                             struct str column, struct why *why)
{
    struct buf known;
    enum rc rc;

    buf_init(&known, sizeof(why->text));
    add_members(&known, kind);
    rc = why_set(why, RC_INVALID,
                 "%s column \"%.*s\"; the first line must name the columns, "
                 "of %.*s",
                 trouble, STR_ARG(shown(column)), STR_ARG(buf_view(&known)));
    buf_fini(&known);
    return rc;
}

enum rc record_match_columns(enum record_kind kind, const struct str *columns,
                             size_t n, struct record_table *ret_table,
                             struct why *why)
{
    struct record_table table = {.kind = kind, .n = n};
    uint64_t seen = 0;

    for (size_t i = 0; i < n; i++) {
        struct str name = str_trim(columns[i]);
        size_t field = find_field(kind, name);

        if (field == RECORD_FIELD__COUNT) {
            return wrong_columns(kind, "unknown", name, why);
        }
        if ((seen >> field & 1) != 0) {
            return wrong_columns(kind, "a second", name, why);
        }
        seen |= UINT64_C(1) << field;
        /* No member is there twice, so they are few enough. */
        table.member[i] = (uint8_t)field;
    }
    for (size_t i = 0; i < RECORD_FIELD__COUNT; i++) {
        const struct record_field *f = &record_field_table[i];

        if (f->kind == kind && f->needed && (seen >> i & 1) == 0) {
            return wrong_columns(kind, "missing", f->name, why);
        }
    }
    *ret_table = table;
    return RC_OK;
}

enum rc record_read_row(const struct record_table *table,
                        const struct str *cells, int64_t now_us,
                        struct record *ret_rec, struct why *why)
{
    struct reading r;
    enum rc rc = RC_OK;

    reading_init(&r, table->kind, now_us);
    for (size_t i = 0; i < table->n && rc == RC_OK; i++) {
        const struct value v = {.text = str_trim(cells[i])};

        if (v.text.n > 0) {
            rc = read_member(&r, table->member[i], &v, why);
        }
    }
    return rc == RC_OK ? end_reading(&r, now_us, ret_rec, why) : rc;
}

/* ---- writing ---- */

static void add_field(struct json_writer *w, const struct record *rec,
                      const struct record_field *f)
{
    struct usd_sum sum = {0};
    struct buf text;

    buf_init(&text, NUMBER_MAX);
    switch (f->how) {
    case RECORD_FIELD_TS:
    case RECORD_FIELD_BEGIN:
    case RECORD_FIELD_END:
        utc_add_text(&text,
                     f->how == RECORD_FIELD_END ? rec->to_us : rec->ts_us);
        json_w_str(w, buf_view(&text));
        break;
    case RECORD_FIELD_MONTH:
        utc_add_date(&text, rec->ts_us / UTC_US_PER_DAY);
        json_w_str(w, str_sub(buf_view(&text), 0, 7));
        break;
    case RECORD_FIELD_VALUE:
        json_w_f64(w, rec->value);
        break;
    case RECORD_FIELD_REVENUE:
    case RECORD_FIELD_AMOUNT:
        usd_sum_add(&sum,
                    f->how == RECORD_FIELD_AMOUNT ? rec->amount : rec->revenue);
        usd_add_text(&text, sum);
        json_w_str(w, buf_view(&text));
        break;
    case RECORD_FIELD_ID:
    case RECORD_FIELD_NAME:
    case RECORD_FIELD_DIM:
    case RECORD_FIELD_NOTE:
    case RECORD_FIELD_TIER:
    case RECORD_FIELD_ACCOUNT:
    case RECORD_FIELD_LINE:
    case RECORD_FIELD_CHARGE:
    case RECORD_FIELD_ACTION:
        json_w_str(w, record_text(rec, f));
        break;
    case RECORD_FIELD_CURRENCY:
        json_w_str(w, STR("USD"));
        break;
    }
    buf_fini(&text);
}

void record_add_json(struct buf *b, const struct record *rec)
{
    struct json_writer w;

    json_w_init(&w, b);
    json_w_obj(&w);
    for (size_t i = 0; i < RECORD_FIELD__COUNT; i++) {
        const struct record_field *f = &record_field_table[i];
        int max_bytes;

        if (f->kind != rec->kind ||
            (record_is_text(f, &max_bytes) && record_text(rec, f).n == 0)) {
            continue;
        }
        json_w_key(&w, f->name);
        add_field(&w, rec, f);
    }
    json_w_obj_end(&w);
}

void record_add_row_json(struct buf *b, const struct record_table *table,
                         const struct str *cells)
{
    struct json_writer w;

    json_w_init(&w, b);
    json_w_obj(&w);
    for (size_t i = 0; i < table->n; i++) {
        const struct record_field *f = &record_field_table[table->member[i]];
        struct str cell = str_trim(cells[i]);
        double number;

        if (cell.n == 0) {
            continue;
        }
        json_w_key(&w, f->name);
        if ((f->how == RECORD_FIELD_VALUE || f->how == RECORD_FIELD_TS) &&
            str_to_f64(cell, &number) == RC_OK) {
            json_w_f64(&w, number);
        } else {
            json_w_str(&w, cell);
        }
    }
    json_w_obj_end(&w);
}
