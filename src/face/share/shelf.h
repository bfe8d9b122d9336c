/* What people keep of the dashboard: saved views, and shares by which others
 * read one view.  A function of records alone: each change is a record, made
 * here, and in effect once shelf_apply has it; who makes records durable
 * (app/shelf_disk.h) does so in between.  Reading them again gives the same.
 *
 * One thread at a time. */
#ifndef FACE_SHARE_SHELF_H
#define FACE_SHARE_SHELF_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct json;
struct shelf;
struct why;

enum shelf_kind { SHELF_VIEW = 1, SHELF_SHARE };

struct shelf_item {
    enum shelf_kind kind;
    struct str id;
    struct str name;
    struct str address; /* what stands behind '#' */
    struct str note;
    struct str by; /* who, as they say */
    int64_t made_us;
    int64_t changed_us;
    /* Of a share. */
    struct str view;  /* id of the view that it is of; empty: of none */
    struct str token; /* its hash */
    int64_t expires_us;
    const struct json *opens; /* array of strings: requests it also opens */
};

struct shelf *shelf_new(void) RETURNS_NONNULL;
void shelf_free(struct shelf **s); /* accepts NULL */

/* shelf_check: whether shelf_apply would take the record, and if not why. */
enum rc shelf_check(const struct shelf *s, struct str record,
                    struct why *why) MUST_CHECK;

/* shelf_apply: one record.  RC_CORRUPT for what is none, RC_LIMIT when a kind
 * has more items than may be. */
enum rc shelf_apply(struct shelf *s, struct str record,
                    struct why *why) MUST_CHECK;

/* shelf_put: append the record that makes the item, or changes the one with
 * its id.
 *   opens  of a share: n of them; instead of item->opens */
void shelf_put(struct buf *record, const struct shelf_item *item,
               const struct str *opens, size_t n_opens);
/* shelf_drop: likewise the one that removes it, and of a view its shares. */
void shelf_drop(struct buf *record, struct str id);

/* Items in the order in which they were made; until the next shelf_apply. */
size_t shelf_n(const struct shelf *s);
const struct shelf_item *shelf_at(const struct shelf *s, size_t i);
/* shelf_record: the record that makes it as it is. */
struct str shelf_record(const struct shelf *s, size_t i);

/* NULL when there is none. */
const struct shelf_item *shelf_find(const struct shelf *s, enum shelf_kind kind,
                                    struct str id);
const struct shelf_item *shelf_named(const struct shelf *s,
                                     enum shelf_kind kind, struct str name);
/* shelf_share_of: by a token, as its holder presents it; also one that has
 * expired. */
const struct shelf_item *shelf_share_of(const struct shelf *s,
                                        struct str token);

/* shelf_hash_token: what is kept of a token, which is random enough for its
 * hash to say nothing.  NUL-ended. */
#define SHELF_HASH_BYTES 65
void shelf_hash_token(struct str token, char ret[static SHELF_HASH_BYTES]);

#endif
