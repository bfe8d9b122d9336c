/* toll.yaml as a struct: read, checked against a declared schema, refused
 * whole when anything in it is wrong, with the line and the nearest right
 * name.  docs/configuration.md is the user's side of it.
 *
 * Owns all its text.  Immutable once loaded. */
#ifndef APP_CONF_H
#define APP_CONF_H

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/rc.h"
#include "base/str.h"
#include "price/book.h"

#include <stddef.h>
#include <stdint.h>

struct attribution;
struct budgets;
struct channels;
struct registry;
struct schedule;
struct upstreams;
struct watch_settings;
struct why;

#define CONF_LISTEN_MAX 8
#define CONF_URL_MAX    256

struct conf_address {
    const char *host;
    uint16_t port; /* 0: a free one */
};

struct conf {
    struct arena arena; /* all text below */
    const char *path;   /* the file read, NULL when there is none */
    struct conf_address listen[CONF_LISTEN_MAX];
    size_t n_listen;
    struct conf_address otlp_listen[CONF_LISTEN_MAX]; /* none: off */
    size_t n_otlp_listen;
    struct str timezone; /* IANA name, checked */
    struct attribution *attribution;
    struct registry *registry; /* experiments, and owners of features */
    struct upstreams *upstreams;
    struct channels *channels;
    struct schedule *reviews;
    struct watch_settings *watch;
    struct budgets *budgets;
    struct price_override *overrides;
    size_t n_overrides;
    struct price_discount *discounts;
    size_t n_discounts;
};

/* conf_load: from YAML text; empty text gives the defaults.
 *   path      for messages and conf.path; may be NULL
 *   problems  takes one line a problem ("toll.yaml line 3: unknown key
 *             'pirces'; did you mean 'prices'?")
 * RC_INVALID, with the first problem in `why`, when there is any; RC_PARSE
 * when it is no YAML. */
enum rc conf_load(struct str text, const char *path, struct conf **ret_conf,
                  struct buf *problems, struct why *why) MUST_CHECK;
void conf_free(struct conf **conf); /* accepts NULL */

/* conf_load_budgets: a text that holds budgets and nothing else, such as what
 * toll plan prints, added to `into` as applied ones.
 *   path  for messages
 *   with  the configuration whose channels and owners they may name
 * As conf_load; `into` is of no use after a failure. */
enum rc conf_load_budgets(struct str text, const char *path,
                          const struct conf *with, struct budgets *into,
                          struct buf *problems, struct why *why) MUST_CHECK;

/* conf_parse_address: "127.0.0.1:8655", "[::1]:8655", ":8655" (all
 * addresses), "8655" and "localhost:8655" (loopback).  RC_INVALID for another
 * name, RC_LIMIT at the arena's cap. */
enum rc conf_parse_address(struct arena *arena, struct str text,
                           struct conf_address *ret,
                           struct why *why) MUST_CHECK;
/* conf_address_url: how a client on this machine reaches it, NUL-ended. */
void conf_address_url(const struct conf_address *at, uint16_t port,
                      char ret_url[static CONF_URL_MAX]);

#endif
