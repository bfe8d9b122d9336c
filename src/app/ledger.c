#include "app/ledger.h"

#include "app/conf.h"
#include "base/file.h"
#include "base/mem.h"
#include "intake/intake.h"
#include "intake/reject.h"
#include "price/book.h"
#include "store/store.h"

#include <stdio.h>

enum rc ledger_book(const struct conf *conf, struct price_book **ret,
                    struct why *why)
{
    struct book_source src = book_source_builtin();

    src.overrides = conf->overrides;
    src.n_overrides = conf->n_overrides;
    src.discounts = conf->discounts;
    src.n_discounts = conf->n_discounts;
    return book_load(&src, ret, why);
}

enum rc ledger_open(const struct conf *conf, const char *dir,
                    enum ledger_use use, struct ledger **ret,
                    struct buf *ret_url, struct why *why)
{
    struct ledger *l = mem_alloc(sizeof *l);
    char path[DATA_DIR_PATH_MAX];
    enum rc rc;

    l->lock_fd = -1;
    (void)snprintf(l->dir, sizeof l->dir, "%s", dir);
    rc = data_dir_lock(dir, &l->lock_fd, ret_url, why);
    if (rc != RC_OK) {
        goto out;
    }
    rc = ledger_book(conf, &l->book, why);
    if (rc != RC_OK) {
        goto out;
    }
    (void)snprintf(path, sizeof path, "%s/toll.duckdb", dir);
    rc = store_open_duckdb(
        &(struct store_duckdb_options){.path = path,
                                       .brief = use != LEDGER_SERVE},
        &l->store, why);
    if (rc != RC_OK) {
        goto out;
    }
    l->rejects = reject_open(dir);
    rc =
        intake_open(&(struct intake_options){.dir = l->dir,
                                             .store = l->store,
                                             .book = l->book,
                                             .attribution = conf->attribution,
                                             .only_carries = use == LEDGER_ASK},
                    &l->intake, why);
out:
    if (rc != RC_OK) {
        ledger_close(&l);
        return rc;
    }
    *ret = l;
    return RC_OK;
}

void ledger_close(struct ledger **ledger)
{
    if (ledger == NULL || *ledger == NULL) {
        return;
    }
    struct ledger *l = *ledger;

    intake_close(&l->intake);
    reject_close(&l->rejects);
    store_close(&l->store);
    book_unref(&l->book);
    if (l->lock_fd >= 0) {
        file_unlock(l->lock_fd);
    }
    mem_free(l);
    *ledger = NULL;
}
