/* A record in the journal:
 *
 *   kind     1 byte, BIN_FIRST + kind: no version of an event
 *   ts       zigzag varint, microseconds
 *   arrival  zigzag varint, microseconds after ts
 *   texts    each member that is text, in the order of record_field.def
 *   then     the value of an outcome or a guardrail as its 8 bytes, the
 *            revenue of a customer or a guardrail as zigzag, an invoice's `to`
 *            as zigzag after ts, then its amount likewise
 *
 * A member that is added later gets a new first byte. */
#include "event/record.h"

#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/why.h"
#include "event/bin_priv.h"
#include "event/record_field.h"

#define BIN_FIRST   0x40
#define VALUE_BYTES 8

static bool has_value(enum record_kind kind)
{
    return kind == RECORD_OUTCOME || kind == RECORD_GUARDRAIL;
}

static bool has_revenue(enum record_kind kind)
{
    return kind == RECORD_CUSTOMER || kind == RECORD_GUARDRAIL;
}

static void add_value(struct buf *b, double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof(bits));
    for (unsigned i = 0; i < VALUE_BYTES; i++) {
        buf_char(b, (char)(bits >> (8 * i)));
    }
}

static double read_value(struct bin_reader *r)
{
    uint64_t bits = 0;
    double value;

    for (unsigned i = 0; i < VALUE_BYTES; i++) {
        bits |= bin_read_byte(r) << (8 * i);
    }
    memcpy(&value, &bits, sizeof(value));
    r->is_bad |= !isfinite(value);
    return value;
}

void record_bin_add(struct buf *b, const struct record *rec)
{
    CHECK(rec->kind > 0 && rec->kind < RECORD_KIND__COUNT);
    buf_char(b, (char)(BIN_FIRST + (int)rec->kind));
    bin_add_zigzag(b, rec->ts_us);
    bin_add_zigzag(b,
                   (int64_t)((uint64_t)rec->arrival_us - (uint64_t)rec->ts_us));
    for (size_t i = 0; i < RECORD_FIELD__COUNT; i++) {
        const struct record_field *f = &record_field_table[i];
        int max_bytes;

        if (f->kind == rec->kind && record_is_text(f, &max_bytes)) {
            bin_add_text(b, record_text(rec, f));
        }
    }
    if (has_value(rec->kind)) {
        add_value(b, rec->value);
    }
    if (has_revenue(rec->kind)) {
        bin_add_zigzag(b, rec->revenue.pico);
    }
    if (rec->kind == RECORD_INVOICE) {
        bin_add_zigzag(b,
                       (int64_t)((uint64_t)rec->to_us - (uint64_t)rec->ts_us));
        bin_add_zigzag(b, rec->amount.pico);
    }
}

bool record_bin_is(struct str rest)
{
    int kind = rest.n > 0 ? (unsigned char)rest.p[0] - BIN_FIRST : 0;

    return kind > 0 && kind < RECORD_KIND__COUNT;
}

static void read_record(struct bin_reader *r, struct record *rec)
{
    rec->kind = (enum record_kind)(bin_read_byte(r) - BIN_FIRST);
    rec->ts_us = bin_read_zigzag(r);
    rec->arrival_us =
        (int64_t)((uint64_t)rec->ts_us + (uint64_t)bin_read_zigzag(r));
    for (size_t i = 0; i < RECORD_FIELD__COUNT && !r->is_bad; i++) {
        const struct record_field *f = &record_field_table[i];
        int max_bytes;

        if (f->kind == rec->kind && record_is_text(f, &max_bytes)) {
            record_set_text(rec, f, bin_read_text(r, 0, (size_t)max_bytes));
        }
    }
    if (has_value(rec->kind)) {
        rec->value = read_value(r);
    }
    if (has_revenue(rec->kind)) {
        rec->revenue.pico = bin_read_zigzag(r);
    }
    if (rec->kind == RECORD_INVOICE) {
        rec->to_us =
            (int64_t)((uint64_t)rec->ts_us + (uint64_t)bin_read_zigzag(r));
        rec->amount.pico = bin_read_zigzag(r);
    }
}

enum rc record_bin_read(struct str *rest, struct record *ret_rec,
                        struct why *why)
{
    struct bin_reader r = {.rest = *rest};
    struct record rec = {.value = 0};

    if (!record_bin_is(*rest)) {
        return why_set(why, RC_CORRUPT, "a stored record of an unknown kind");
    }
    read_record(&r, &rec);
    if (r.is_bad) {
        return why_set(why, RC_CORRUPT, "a stored record is damaged");
    }
    *rest = r.rest;
    *ret_rec = rec;
    return RC_OK;
}
