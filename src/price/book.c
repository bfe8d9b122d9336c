#include "price/book_priv.h"

#include "base/buf.h"
#include "base/check.h"
#include "base/mem.h"
#include "base/why.h"
#include "price/cost_priv.h"
#include "price/price_text.h"

struct book_source book_source_builtin(void)
{
    return (struct book_source){
        .catalogue = price_text_catalogue,
        .rules = price_text_rules,
    };
}

/* list_rows: every row of a model in *at..., newest first. */
static void list_rows(struct price_book *book, const struct price_row *row)
{
    for (; row; row = row->older) {
        book->rows[book->n_rows++] = row;
    }
}

static enum rc list_all(struct price_book *book, struct why *why)
{
    size_t n = book->info.n_rows + book->info.n_overrides;

    book->rows = arena_array(&book->arena, n, sizeof(const struct price_row *));
    if (!book->rows) {
        return why_set(why, RC_LIMIT, "the price book has too many rows");
    }
    for (struct price_model *m = book->override_models; m; m = m->next) {
        list_rows(book, m->rows);
    }
    for (struct price_provider *p = book->providers; p; p = p->next) {
        for (struct price_model *m = p->models; m; m = m->next) {
            list_rows(book, m->rows);
            list_rows(book, m->tier_rows);
        }
    }
    CHECK(book->n_rows == n);
    return RC_OK;
}

enum rc book_load(const struct book_source *src, struct price_book **ret_book,
                  struct why *why)
{
    struct price_book *book = mem_alloc(sizeof(*book));
    struct str catalogue = STR_EMPTY;
    struct str rules = STR_EMPTY;
    enum rc rc;

    atomic_init(&book->n_refs, 1);
    arena_init(&book->arena, LIMIT_PRICE_BOOK_BYTES_MAX);
    map_init(&book->overrides);
    map_init(&book->discounts);
    rc = str_dup(&book->arena, src->catalogue, &catalogue);
    if (rc == RC_OK) {
        rc = str_dup(&book->arena, src->rules, &rules);
    }
    if (rc != RC_OK) {
        (void)why_set(why, rc, "the price catalogue is too large");
    }
    if (rc == RC_OK) {
        rc = book_read_catalogue(book, catalogue, why);
    }
    if (rc == RC_OK) {
        rc = book_read_rules(book, rules, why);
    }
    if (rc == RC_OK) {
        rc = book_read_overrides(book, src, why);
    }
    if (rc == RC_OK) {
        rc = list_all(book, why);
    }
    if (rc != RC_OK) {
        book_unref(&book);
        return rc;
    }
    book->info.bytes = sizeof(*book) + book->arena.used_bytes;
    *ret_book = book;
    return RC_OK;
}

struct price_book *book_ref(struct price_book *book)
{
    atomic_fetch_add_explicit(&book->n_refs, 1, memory_order_relaxed);
    return book;
}

void book_unref(struct price_book **book)
{
    struct price_book *b = *book;

    *book = NULL;
    if (!b ||
        atomic_fetch_sub_explicit(&b->n_refs, 1, memory_order_acq_rel) > 1) {
        return;
    }
    for (struct price_provider *p = b->providers; p; p = p->next) {
        map_fini(&p->plain);
    }
    map_fini(&b->overrides);
    map_fini(&b->discounts);
    arena_fini(&b->arena);
    mem_free(b);
}

struct book_info book_info(const struct price_book *book)
{
    return book->info;
}

/* rate_text: what rate_parse reads; empty when the price is not listed. */
static enum rc rate_text(struct rate rate, unsigned price_class,
                         struct arena *out, struct str *ret_text)
{
    struct buf b;
    enum rc rc;

    *ret_text = STR_EMPTY;
    if (!rate.is_listed) {
        return RC_OK;
    }
    buf_init(&b, USD_TEXT_MAX);
    rate_add_text(&b, rate, price_class);
    rc = str_dup(out, buf_view(&b), ret_text);
    buf_fini(&b);
    return rc;
}

enum rc book_row_view(const struct price_row *row, struct arena *out,
                      struct book_row *ret_row)
{
    struct book_row view = {
        .id = row->id,
        .source = row->source,
        .from_us = row->from_us,
        .daily = row->daily,
        .tier = row->tier,
        .above_tokens = row->steps ? row->steps->above_tok : 0,
    };
    enum rc rc = RC_OK;

    view.provider = str_sub(row->id, 0, str_find_char(row->id, '/', 0));
    view.model = row->model ? row->model->name : STR_EMPTY;
    for (unsigned c = 0; rc == RC_OK && c < PRICE_CLASS__COUNT; c++) {
        rc = rate_text(row->rate[c], c, out, &view.price[c]);
        if (rc == RC_OK && row->steps) {
            rc = rate_text(row->steps->rate[c], c, out, &view.above_price[c]);
        }
    }
    if (rc == RC_OK) {
        *ret_row = view;
    }
    return rc;
}

enum rc book_row(const struct price_book *book, size_t i, struct arena *out,
                 struct book_row *ret_row)
{
    return i < book->n_rows ? book_row_view(book->rows[i], out, ret_row)
                            : RC_END;
}

/* ---- what holds at a moment ---- */

/* The stated price that goes before the list's at one of the words under
 * which the list is sold. */
static const struct price_row *stated_at(const struct price_book *book,
                                         const struct price_model *listed,
                                         struct str word, int64_t at_us)
{
    const struct price_model *m = book_find_override(book, word, listed->name);

    return m ? cost_row_at(m->rows, at_us) : NULL;
}

struct book_standing book_row_standing(const struct price_book *book, size_t i,
                                       int64_t at_us)
{
    struct book_standing standing = {.in_force = false};

    CHECK(i < book->n_rows);
    const struct price_row *row = book->rows[i];
    if (row->tier != SERVICE_TIER_STANDARD) {
        standing.in_force = at_us >= row->from_us;
    } else if (str_eq(row->source, STR("override"))) {
        standing.in_force = cost_row_at(row->model->rows, at_us) == row;
        return standing;
    } else {
        standing.in_force = cost_listed_at(row->model, at_us) == row;
    }
    const struct price_provider *p = row->model->provider;
    const struct price_row *stated =
        stated_at(book, row->model, p->name, at_us);
    for (const struct price_word *w = book->aliases; w && !stated;
         w = w->next) {
        if (w->provider == p) {
            stated = stated_at(book, row->model, w->word, at_us);
        }
    }
    standing.overridden_by = stated ? stated->id : STR_EMPTY;
    return standing;
}

enum rc book_discount(const struct price_book *book, size_t i, int64_t at_us,
                      struct book_discount *ret)
{
    const struct price_discount_row *row = book->first_discount;

    for (; row && i > 0; i--) {
        row = row->next;
    }
    if (!row) {
        return RC_END;
    }
    const struct price_discount_row *newest =
        map_get(&book->discounts, row->provider);
    *ret = (struct book_discount){
        .provider = row->provider,
        .percent = row->percent,
        .from_us = row->from_us,
        .in_force = cost_discount_at(newest, at_us) == row,
    };
    return RC_OK;
}

struct str book_list_name(const struct price_book *book, struct str provider)
{
    const struct price_provider *p = book_provider(book, provider);

    return p ? p->name : provider;
}
