/* Channels: the ways on which toll reaches people by itself.  A kind is a row
 * (notify_kind.h) that renders a message into what its service takes and says
 * how it is posted; the configured channels are a snapshot, replaced as a
 * whole at a reload.
 *
 * Rendering is pure and ends in bytes without secrets, for they stand in the
 * outbox on disk; keys, signatures and addresses are added when a payload is
 * sent.  Any thread. */
#ifndef FACE_NOTIFY_NOTIFY_H
#define FACE_NOTIFY_NOTIFY_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"
#include "watch/outbox.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct channels;
struct message;
struct notify_kind;
struct why;

/* One configured channel; which of these a kind has, its row says. */
struct channel {
    struct str name;
    const struct notify_kind *kind;
    struct str url;    /* a secret of slack and teams */
    struct str secret; /* key, signing secret or password */
    struct str user;
    struct str from;
    const struct str *to;
    size_t n_to;
    struct str missing_env; /* a variable that is not set; empty: none */
};

/* ---- the snapshot ---- */

struct channels *channels_new(void) RETURNS_NONNULL;
struct channels *channels_ref(struct channels *c);
void channels_unref(struct channels **c); /* accepts NULL; sets it NULL */
/* channels_add: copies.  RC_INVALID for what the kind lacks, or cannot use;
 * RC_LIMIT for too many. */
enum rc channels_add(struct channels *c, const struct channel *channel,
                     struct why *why) MUST_CHECK;
size_t channels_n(const struct channels *c);
const struct channel *channels_at(const struct channels *c, size_t i);
/* channels_find: RC_NOT_FOUND, with the nearest name, when there is none. */
enum rc channels_find(const struct channels *c, struct str name,
                      const struct channel **ret, struct why *why) MUST_CHECK;

/* ---- kinds ---- */

/* Sorted by name: pagerduty, slack, smtp, teams, webhook. */
extern const struct notify_kind *const notify_table[];
extern const size_t notify_table_n;

const struct notify_kind *notify_kind_of(struct str name); /* NULL: none */
const char *notify_kind_name(const struct notify_kind *kind);
/* notify_can_repeat: whoever receives a message of that kind twice can tell;
 * false for a kind that is not known. */
bool notify_can_repeat(struct str kind);

/* ---- messages ---- */

/* notify_render: the payload; RC_LIMIT when it is too large. */
enum rc notify_render(const struct channel *channel,
                      const struct message *message, struct buf *ret_payload,
                      struct why *why) MUST_CHECK;

/* notify_send: posts what notify_render made, waiting for the answer.
 *   commit, is_ended  as in net/deliver.h; may be NULL
 *   ret_is_unsure     it may have arrived, and nothing more is known */
struct notify_letter {
    struct str key;
    struct str payload;
    int64_t now_us;
    int64_t timeout_ms;
    bool (*commit)(void *arg);
    bool (*is_ended)(void *arg, bool is_out);
    void *arg;
};
void notify_send(const struct channel *channel,
                 const struct notify_letter *letter, struct outbox_result *ret,
                 bool *ret_is_unsure);

#endif
