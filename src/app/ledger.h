/* The stack that holds the data in this process: lock, store, prices, intake,
 * refused events.  Built once, by the server or by a command that found no
 * server; taken down in reverse order.  One thread builds and ends it. */
#ifndef APP_LEDGER_H
#define APP_LEDGER_H

#include "app/data_dir.h"
#include "base/attr.h"
#include "base/rc.h"

struct buf;
struct conf;
struct intake;
struct price_book;
struct reject_log;
struct store;
struct why;

enum ledger_use {                 /* what it is opened for */
                  LEDGER_ASK = 1, /* one command that brings no events */
                  LEDGER_ADD,     /* one command that brings some */
                  LEDGER_SERVE    /* a server, which stays */
};

struct ledger {
    char dir[DATA_DIR_PATH_MAX];
    int lock_fd;
    struct price_book *book; /* a reference */
    struct store *store;
    struct intake *intake;
    struct reject_log *rejects;
};

/* ledger_open: what of `conf` matters here is its prices and attribution.
 *   use  who only asks is spared the reading of ids, and may begin no put;
 *        for one command the store writes straight into its file
 * RC_BUSY when another process holds `dir`, with its URL in ret_url. */
enum rc ledger_open(const struct conf *conf, const char *dir,
                    enum ledger_use use, struct ledger **ret,
                    struct buf *ret_url, struct why *why) MUST_CHECK;
void ledger_close(struct ledger **ledger); /* accepts NULL and half-built */

/* ledger_book: a price book with the configuration's prices; one reference,
 * the caller's. */
enum rc ledger_book(const struct conf *conf, struct price_book **ret,
                    struct why *why) MUST_CHECK;

#endif
