/* What of the configuration is in force at the running server, replaced as a
 * whole at a reload: whoever needs a part takes a reference.  Any thread, but
 * init and fini. */
#ifndef APP_SERVE_CONF_H
#define APP_SERVE_CONF_H

#include "base/buf.h"
#include "base/str.h"
#include "base/thread.h"

struct channels;
struct conf;
struct json_writer;
struct price_book;
struct registry;
struct upstreams;
struct why;

struct serve_conf {
    struct mutex lock; /* guards all below */
    struct price_book *book;
    struct registry *registry;
    struct upstreams *upstreams;
    struct channels *channels;
    struct buf problem; /* of the last reload; empty: it went well */
};

void serve_conf_init(struct serve_conf *c);
void serve_conf_fini(struct serve_conf *c);

void serve_conf_use(struct serve_conf *c, struct price_book *book,
                    const struct conf *conf);
/* serve_conf_note: why the last reload was refused; NULL: it was not. */
void serve_conf_note(struct serve_conf *c, const struct why *why);

/* A reference each, the caller's. */
struct price_book *serve_conf_book(struct serve_conf *c);
struct registry *serve_conf_registry(struct serve_conf *c);

/* serve_conf_tell: setup_tell with what is in force.
 *   started  the configuration at the start, whose addresses hold */
void serve_conf_tell(struct serve_conf *c, const struct conf *started,
                     struct str url, struct json_writer *w);

#endif
