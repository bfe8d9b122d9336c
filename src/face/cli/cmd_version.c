/* toll version: asks neither the data nor the configuration, so that it
 * answers whatever is wrong with those. */
#include "face/cli/cmd_priv.h"

#include "base/json.h"
#include "base/why.h"
#include "price/book.h"

#include <stdio.h>

#ifndef TOLL_VERSION
#error "TOLL_VERSION comes from meson.build"
#endif

static void print_json(const struct book_info *info)
{
    struct json_writer w;
    struct buf b;

    buf_init(&b, SIZE_MAX);
    json_w_init(&w, &b);
    json_w_obj(&w);
    json_w_key(&w, STR("version"));
    json_w_str(&w, STR(TOLL_VERSION));
    json_w_key(&w, STR("prices"));
    json_w_obj(&w);
    json_w_key(&w, STR("source"));
    json_w_str(&w, info->source);
    json_w_key(&w, STR("date"));
    json_w_str(&w, info->date);
    json_w_key(&w, STR("models"));
    json_w_i64(&w, (int64_t)info->n_models);
    json_w_key(&w, STR("providers"));
    json_w_i64(&w, (int64_t)info->n_providers);
    json_w_key(&w, STR("rows"));
    json_w_i64(&w, (int64_t)info->n_rows);
    json_w_obj_end(&w);
    json_w_obj_end(&w);
    printf("%.*s\n", STR_ARG(buf_view(&b)));
    buf_fini(&b);
}

static enum cmd_exit run(struct cmd_call *call)
{
    struct book_source src = book_source_builtin();
    struct price_book *book = NULL;
    struct why why;
    enum rc rc = book_load(&src, &book, &why);

    if (rc != RC_OK) {
        return cmd_fail(call, rc, &why);
    }
    struct book_info info = book_info(book);
    if (cmd_has(call, "--json")) {
        print_json(&info);
    } else {
        printf("toll %s\nprices: %.*s of %.*s, %zu models of %zu providers, "
               "%zu price rows\n",
               TOLL_VERSION, STR_ARG(info.source), STR_ARG(info.date),
               info.n_models, info.n_providers, info.n_rows);
    }
    book_unref(&book);
    return CMD_EXIT_OK;
}

const struct cmd cmd_version = {
    .name = "version",
    .args = "",
    .forms = CMD_FORMS_JSON,
    .summary = "this program's version and its price book's date and size",
    .run = run,
};
