/* An event in the journal:
 *
 *   version  1 byte
 *   dims     varint, bit a dimension: it is not empty
 *   tokens   varint, bit a class: its count is not 0
 *   parts    varint, bits of enum part: what else is there
 *   ts       zigzag varint, microseconds
 *   arrival  zigzag varint, microseconds after ts
 *   choices  1 byte each, in the order of enum choice
 *   then, for each bit set, in that order, its value
 *
 * A text is its length as varint and its bytes.  What is at its default has
 * no bit and costs nothing: an ordinary call takes some 150 bytes.
 *
 * dim.def and token_kind.def only grow, so their new bits need no new version:
 * old records do not have them.  Every event has exactly one form (no varint
 * longer than it must be, no bit set for a default), so that bytes compare
 * as events do and damage is seen. */
#include "event/event_bin.h"

#include "base/buf.h"
#include "base/check.h"
#include "base/why.h"
#include "event/bin_priv.h"
#include "event/event_priv.h"

#define BIN_VERSION 1

_Static_assert(DIM__COUNT <= 64, "a bit a dimension");

enum part {
    PART_ID = 1 << 0,
    PART_WEB_SEARCHES = 1 << 1,
    PART_LATENCY = 1 << 2,
    PART_TTFT = 1 << 3,
    PART_ATTEMPT = 1 << 4, /* not 1 */
    PART_REPORTED_COST = 1 << 5,
    PART_TAGS = 1 << 6,
    PART_COST = 1 << 7, /* priced */
    PART__ALL = (1 << 8) - 1
};

/* ---- writing ---- */

static uint64_t dim_bits(const struct event *ev)
{
    uint64_t bits = 0;
    for (uint32_t d = 0; d < DIM__COUNT; d++) {
        bits |= (uint64_t)(ev->dim[d].n > 0) << d;
    }
    return bits;
}

static uint64_t token_bits(const struct event *ev)
{
    uint64_t bits = 0;
    for (uint32_t k = 0; k < TOKEN__COUNT; k++) {
        bits |= (uint64_t)(ev->token[k] != 0) << k;
    }
    return bits;
}

static uint64_t part_bits(const struct event *ev)
{
    uint64_t bits = 0;
    bits |= ev->id.n > 0 ? PART_ID : 0;
    bits |= ev->web_searches != 0 ? PART_WEB_SEARCHES : 0;
    bits |= ev->latency_ms >= 0 ? PART_LATENCY : 0;
    bits |= ev->ttft_ms >= 0 ? PART_TTFT : 0;
    bits |= ev->attempt != 1 ? PART_ATTEMPT : 0;
    bits |= ev->has_reported_cost ? PART_REPORTED_COST : 0;
    bits |= ev->n_tags > 0 ? PART_TAGS : 0;
    bits |= ev->cost.priced ? PART_COST : 0;
    return bits;
}

static void add_parts(struct buf *b, const struct event *ev, uint64_t parts)
{
    if ((parts & PART_WEB_SEARCHES) != 0) {
        bin_add_varint(b, (uint64_t)ev->web_searches);
    }
    if ((parts & PART_LATENCY) != 0) {
        bin_add_varint(b, (uint64_t)ev->latency_ms);
    }
    if ((parts & PART_TTFT) != 0) {
        bin_add_varint(b, (uint64_t)ev->ttft_ms);
    }
    if ((parts & PART_ATTEMPT) != 0) {
        bin_add_varint(b, ev->attempt);
    }
    if ((parts & PART_REPORTED_COST) != 0) {
        bin_add_zigzag(b, ev->reported_cost.pico);
    }
    if ((parts & PART_TAGS) != 0) {
        bin_add_varint(b, ev->n_tags);
        for (uint32_t i = 0; i < ev->n_tags; i++) {
            bin_add_text(b, ev->tag[i].key);
            bin_add_text(b, ev->tag[i].value);
        }
    }
    if ((parts & PART_COST) != 0) {
        bin_add_zigzag(b, ev->cost.input.pico);
        bin_add_zigzag(b, ev->cost.cache.pico);
        bin_add_zigzag(b, ev->cost.output.pico);
        bin_add_zigzag(b, ev->cost.tools.pico);
        bin_add_text(b, ev->cost.price_id);
    }
}

static void add_choices(struct buf *b, const struct event *ev)
{
    for (uint32_t c = 1; c < CHOICE__COUNT; c++) {
        buf_char(b, (char)choice_get(ev, (enum choice)c));
    }
}

/* What the reader would refuse must not be written: it would be found out
 * only after a crash, when the journal replays. */
static bool is_storable(const struct event *ev)
{
    bool ok = ev->attempt > 0 && ev->web_searches >= 0 &&
              ev->n_tags <= LIMIT_TAGS_MAX;
    for (uint32_t k = 0; k < TOKEN__COUNT; k++) {
        ok = ok && ev->token[k] >= 0;
    }
    for (uint32_t c = 1; c < CHOICE__COUNT; c++) {
        uint32_t value = choice_get(ev, (enum choice)c);
        ok = ok && value > 0 && value < choice_table[c].n;
    }
    return ok;
}

void event_bin_add(struct buf *b, const struct event *ev)
{
    CHECK(is_storable(ev));
    uint64_t parts = part_bits(ev);
    buf_char(b, BIN_VERSION);
    bin_add_varint(b, dim_bits(ev));
    bin_add_varint(b, token_bits(ev));
    bin_add_varint(b, parts);
    bin_add_zigzag(b, ev->ts_us);
    /* Unsigned, since the difference of any two times may pass int64. */
    bin_add_zigzag(b,
                   (int64_t)((uint64_t)ev->arrival_us - (uint64_t)ev->ts_us));
    add_choices(b, ev);
    if ((parts & PART_ID) != 0) {
        bin_add_text(b, ev->id);
    }
    for (uint32_t d = 0; d < DIM__COUNT; d++) {
        if (ev->dim[d].n > 0) {
            bin_add_text(b, ev->dim[d]);
        }
    }
    for (uint32_t k = 0; k < TOKEN__COUNT; k++) {
        if (ev->token[k] != 0) {
            bin_add_varint(b, (uint64_t)ev->token[k]);
        }
    }
    add_parts(b, ev, parts);
}

/* ---- reading ---- */

static void read_tags(struct bin_reader *r, struct event *ev)
{
    ev->n_tags = (uint32_t)bin_read_count(r, 1, LIMIT_TAGS_MAX);
    for (uint32_t i = 0; i < ev->n_tags && !r->is_bad; i++) {
        ev->tag[i].key = bin_read_text(r, 1, LIMIT_TAG_KEY_MAX);
        ev->tag[i].value = bin_read_text(r, 0, LIMIT_TAG_VALUE_MAX);
        r->is_bad |= i > 0 && str_cmp(ev->tag[i - 1].key, ev->tag[i].key) >= 0;
    }
}

static void read_cost(struct bin_reader *r, struct event_cost *cost)
{
    cost->priced = true;
    cost->input.pico = bin_read_zigzag(r);
    cost->cache.pico = bin_read_zigzag(r);
    cost->output.pico = bin_read_zigzag(r);
    cost->tools.pico = bin_read_zigzag(r);
    cost->price_id = bin_read_text(r, 0, SIZE_MAX);
}

static void read_parts(struct bin_reader *r, struct event *ev, uint64_t parts)
{
    if ((parts & PART_WEB_SEARCHES) != 0) {
        ev->web_searches = bin_read_count(r, 1, INT64_MAX);
    }
    if ((parts & PART_LATENCY) != 0) {
        ev->latency_ms = bin_read_count(r, 0, INT64_MAX);
    }
    if ((parts & PART_TTFT) != 0) {
        ev->ttft_ms = bin_read_count(r, 0, INT64_MAX);
    }
    if ((parts & PART_ATTEMPT) != 0) {
        ev->attempt = (uint32_t)bin_read_count(r, 2, UINT32_MAX);
    }
    if ((parts & PART_REPORTED_COST) != 0) {
        ev->has_reported_cost = true;
        ev->reported_cost.pico = bin_read_zigzag(r);
    }
    if ((parts & PART_TAGS) != 0) {
        read_tags(r, ev);
    }
    if ((parts & PART_COST) != 0) {
        read_cost(r, &ev->cost);
    }
}

static void read_choices(struct bin_reader *r, struct event *ev)
{
    for (uint32_t c = 1; c < CHOICE__COUNT; c++) {
        uint64_t value = bin_read_byte(r);
        if (value == 0 || value >= choice_table[c].n) {
            r->is_bad = true;
            return;
        }
        choice_set(ev, (enum choice)c, (uint32_t)value);
    }
}

static void read_event(struct bin_reader *r, struct event *ev)
{
    uint64_t dims = bin_read_varint(r);
    uint64_t tokens = bin_read_varint(r);
    uint64_t parts = bin_read_varint(r);
    r->is_bad |= dims >> DIM__COUNT != 0 || tokens >> TOKEN__COUNT != 0 ||
                 (parts & ~(uint64_t)PART__ALL) != 0;
    ev->ts_us = bin_read_zigzag(r);
    ev->arrival_us =
        (int64_t)((uint64_t)ev->ts_us + (uint64_t)bin_read_zigzag(r));
    read_choices(r, ev);
    if ((parts & PART_ID) != 0) {
        ev->id = bin_read_text(r, 1, LIMIT_ID_MAX);
    }
    for (uint32_t d = 0; d < DIM__COUNT && !r->is_bad; d++) {
        if ((dims >> d & 1) != 0) {
            ev->dim[d] = bin_read_text(r, 1, LIMIT_DIM_MAX);
        }
    }
    for (uint32_t k = 0; k < TOKEN__COUNT; k++) {
        if ((tokens >> k & 1) != 0) {
            ev->token[k] = bin_read_count(r, 1, INT64_MAX);
        }
    }
    read_parts(r, ev, parts);
}

enum rc event_bin_read(struct str *rest, struct event *ret_event,
                       struct why *why)
{
    struct bin_reader r = {.rest = *rest};
    uint64_t version = bin_read_byte(&r);
    if (!r.is_bad && version != BIN_VERSION) {
        return why_set(why, RC_CORRUPT,
                       "a stored event of version %u; this toll knows %d",
                       (unsigned)version, BIN_VERSION);
    }
    struct event ev;
    event_init(&ev);
    read_event(&r, &ev);
    if (r.is_bad) {
        return why_set(why, RC_CORRUPT, "a stored event is damaged");
    }
    *rest = r.rest;
    *ret_event = ev;
    return RC_OK;
}
