/* What is recorded beside the calls, to hold their cost against something:
 *
 *   outcome   what came of it: a resolved ticket, a thumbs-up, a score
 *   release   a deploy: from there on calls may cost something else
 *   customer  what one pays a month, from a month on
 *   invoice   a line of what a provider asks for some stretch of time
 *   guardrail what a budget did with a call; toll's own, nobody sends them
 *
 * One struct for all, since they go one way: read from JSON, through the
 * journal, into the store and out of it.  docs/records.md has their public
 * form, record_field.def its members.
 *
 * Text is borrowed: it lives as long as what the record was read from.  Plain
 * data, any thread. */
#ifndef EVENT_RECORD_H
#define EVENT_RECORD_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"
#include "base/usd.h"
#include "event/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct json;
struct why;

enum record_kind {
    RECORD_OUTCOME = 1,
    RECORD_RELEASE,
    RECORD_CUSTOMER,
    RECORD_INVOICE,
    RECORD_GUARDRAIL,
    RECORD_KIND__COUNT
};

struct record {
    enum record_kind kind;
    /* When it happened; of a customer the first instant, UTC, of the month
     * from which on it holds; of an invoice the first that it is for. */
    int64_t ts_us;
    int64_t arrival_us;         /* when toll accepted it */
    struct str dim[DIM__COUNT]; /* those its kind has; the others are empty */
    struct str id;      /* outcome, guardrail; 1..LIMIT_ID_MAX once accepted */
    struct str name;    /* outcome: "ticket-resolved"; guardrail: the budget */
    struct str account; /* invoice: the provider's project */
    struct str line;    /* invoice: what is billed, in its words */
    struct str charge;  /* invoice: what kind of thing that is */
    struct str action;  /* guardrail: "block" */
    struct str note;    /* release, guardrail; at most LIMIT_NOTE_MAX bytes */
    struct str tier;    /* customer: what was bought */
    int64_t to_us;      /* invoice: behind the last instant */
    double value;       /* outcome; finite; guardrail: calls it stands for */
    struct usd amount;  /* invoice; below 0 for a credit */
    struct usd revenue; /* customer; a month, 0 or more; guardrail: saved */
};

/* record_kind_name: in the plural, as routes have it: "outcomes"; and back: 0
 * when unknown. */
struct str record_kind_name(enum record_kind kind);
enum record_kind record_kind_from(struct str name);

/* record_is_sent: others may bring records of that kind. */
bool record_is_sent(enum record_kind kind);

/* record_has_dim: whether records of that kind bear that dimension. */
bool record_has_dim(enum record_kind kind, enum dim d);

/* record_check: texts within their limits, valid UTF-8 and without NUL bytes,
 * what a kind cannot do without is there, ts within 2020..now + 1 hour (of a
 * customer any month of 2000..2199), value and revenue as above, an invoice's
 * line for at most LIMIT_INVOICE_DAYS_MAX days.  RC_INVALID
 * or RC_RANGE with the member named in `why`. */
enum rc record_check(const struct record *rec, int64_t now_us,
                     struct why *why) MUST_CHECK;

/* record_add_key: what makes it one thing, so that a second of the same key
 * is the first come again: an outcome's id, a release and its feature.
 * Nothing for those that record_is_replaced, nor for a guardrail, which toll
 * makes once.  No key is the id of an event. */
#define RECORD_KEY_MAX (2 * LIMIT_DIM_MAX + 8)
void record_add_key(struct buf *b, const struct record *rec);

/* record_is_replaced: whether a record of that kind takes the place of the one
 * before: a customer's row of the same month, an invoice's line of the same
 * stretch, account, model, line and charge. */
bool record_is_replaced(enum record_kind kind);

/* record_read_json: one object of that kind.
 *   obj     borrowed for the call, and by the record's text
 *   now_us  stands in for an absent ts
 * The record is checked.  A null member is as absent; one that the kind does
 * not have, or that is given twice, is refused.  RC_INVALID or RC_RANGE with
 * the member named in `why`. */
enum rc record_read_json(enum record_kind kind, const struct json *obj,
                         int64_t now_us, struct record *ret_rec,
                         struct why *why) MUST_CHECK;

/* record_read_row: likewise one row of a table, whose columns are members of
 * the kind; an empty cell is as absent.  record_match_columns says which:
 * RC_INVALID, with what is expected, unless each column is a member, each of
 * which the kind cannot do without is there, and none is there twice.
 *   columns  n of them; borrowed for the call */
#define RECORD_COLUMNS_MAX 16
struct record_table {
    enum record_kind kind;
    size_t n;
    uint8_t member[RECORD_COLUMNS_MAX]; /* row of record_field.def */
};
enum rc record_match_columns(enum record_kind kind, const struct str *columns,
                             size_t n, struct record_table *ret_table,
                             struct why *why) MUST_CHECK;
enum rc record_read_row(const struct record_table *table,
                        const struct str *cells, int64_t now_us,
                        struct record *ret_rec, struct why *why) MUST_CHECK;

/* record_add_row_json: append the row as the object that it would be, whether
 * it can be read or not: what is no number is text.  Cells are valid UTF-8. */
void record_add_row_json(struct buf *b, const struct record_table *table,
                         const struct str *cells);

/* record_add_json: one line without a line end, empty members left out, which
 * read back gives the same record but for its arrival. */
void record_add_json(struct buf *b, const struct record *rec);

/* The binary form in the journal, beside that of events (event_bin.h), from
 * which its first byte tells it.  Exact.  record_bin_read: the record at the
 * front of *rest, which then begins behind it; text borrows from there.
 * RC_CORRUPT for bytes that no version of toll writes. */
void record_bin_add(struct buf *b, const struct record *rec);
bool record_bin_is(struct str rest);
enum rc record_bin_read(struct str *rest, struct record *ret_rec,
                        struct why *why) MUST_CHECK;

#endif
