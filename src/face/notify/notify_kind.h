/* A kind of channel as a row, and what the kinds share.  One file exports one
 * row; notify.c lists them. */
#ifndef FACE_NOTIFY_NOTIFY_KIND_H
#define FACE_NOTIFY_NOTIFY_KIND_H

#include "base/arena.h"
#include "base/buf.h"
#include "face/notify/notify.h"
#include "net/deliver.h"

struct json_writer;

enum { /* what a channel of the kind must have */
       NOTIFY_URL = 1,
       NOTIFY_SECRET = 2,
       NOTIFY_FROM = 4,
       NOTIFY_TO = 8
};

/* One payload on its way. */
struct notify_post {
    const struct channel *channel;
    const struct notify_letter *letter;
    struct arena *arena;    /* of this post; LIMIT_BODY_MAX */
    struct deliver_ask ask; /* url and body are there; the row adds to it */
};

struct notify_kind {
    const char *name;
    unsigned needs;
    bool is_mail;
    bool can_repeat; /* a repetition can be told by who receives it */
    const char *url; /* unless the channel says another; NULL: none */
    void (*render)(struct buf *out, const struct channel *channel,
                   const struct message *message);
    /* address: RC_LIMIT at the arena's cap; NULL: a POST of JSON. */
    enum rc (*address)(struct notify_post *post, struct why *why);
};

/* notify_is_address: "a@b" or "Name <a@b>", printable ASCII;
 * notify_bare_address: the a@b of it. */
bool notify_is_address(struct str text);
struct str notify_bare_address(struct str text);

/* notify_head: the title with what befell the incident in front. */
void notify_head(struct buf *b, const struct message *m);

/* Members of JSON objects. */
void notify_member(struct json_writer *w, const char *name, struct str value);
void notify_object(struct json_writer *w, const char *name); /* "" in a list */

extern const struct notify_kind notify_pagerduty;
extern const struct notify_kind notify_slack;
extern const struct notify_kind notify_smtp;
extern const struct notify_kind notify_teams;
extern const struct notify_kind notify_webhook;

#endif
