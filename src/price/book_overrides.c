/* The user's own prices and discounts, checked and put in order.  They come
 * from a configuration file, so every refusal names the row. */
#include "price/book_priv.h"

#include "base/why.h"
#include "event/event_provider.h"

#define PPM INT64_C(1000000)

struct over {
    struct price_book *book;
    struct why *why;
    const char *list; /* "prices.overrides" */
    size_t row;       /* from 1, as a reader counts */
    struct str about; /* what the row is for */
};

static enum rc bad(const struct over *o, enum rc rc, const char *what,
                   struct str arg)
{
    return why_set(o->why, rc, "%s row %zu (%.*s): %s \"%.*s\"", o->list,
                   o->row, STR_ARG(o->about), what, STR_ARG(arg));
}

static enum rc full(const struct over *o)
{
    return why_set(o->why, RC_LIMIT, "%s has more rows than fit a price book",
                   o->list);
}

/* lower: trimmed, in lower case, in the book; p is NULL at its cap. */
static struct str lower(struct price_book *book, struct str s)
{
    struct str name = str_trim(s);
    char *p = arena_alloc(&book->arena, name.n);

    for (size_t i = 0; p && i < name.n; i++) {
        char c = name.p[i];

        if (c >= 'A' && c <= 'Z') {
            c = (char)(c + ('a' - 'A'));
        }
        p[i] = c;
    }
    return (struct str){.p = p, .n = name.n};
}

static enum rc check_name(const struct over *o, const char *what, struct str s)
{
    if (s.n == 0 || s.n > LIMIT_DIM_MAX) {
        return bad(o, RC_INVALID, what, s);
    }
    return RC_OK;
}

/* find_model: the override's model under `key`, made when it is new. */
static struct price_model *find_model(struct price_book *book, struct str key,
                                      struct str provider, struct str name)
{
    struct price_model *m = map_get(&book->overrides, key);

    if (!m) {
        m = arena_alloc(&book->arena, sizeof(*m));
        if (!m) {
            return NULL;
        }
        m->name = name;
        m->provider = book_provider(book, provider);
        book_apply_families(book, m);
        *book->override_models_end = m;
        book->override_models_end = &m->next;
        map_put(&book->overrides, key, m);
    }
    return m;
}

static enum rc read_rates(const struct over *o, const struct price_override *in,
                          struct price_row *row)
{
    size_t n = 0;

    for (unsigned c = 0; c < PRICE_CLASS__COUNT; c++) {
        struct str text = str_trim(in->price[c]);

        if (text.n == 0) {
            continue;
        }
        enum rc rc = rate_parse(text, c, &row->rate[c]);

        if (rc != RC_OK) {
            struct str name = price_class_name(c);

            return why_set(o->why, rc == RC_RANGE ? RC_RANGE : RC_INVALID,
                           "%s row %zu (%.*s): %.*s is not a price from 0 to "
                           "%d as a plain decimal: \"%.*s\"",
                           o->list, o->row, STR_ARG(o->about), STR_ARG(name),
                           RATE_DOLLARS_MAX, STR_ARG(text));
        }
        n++;
    }
    return n > 0 ? RC_OK : bad(o, RC_INVALID, "states no price", STR(""));
}

/* insert_row: newest first. */
static enum rc insert_row(const struct over *o, struct price_model *model,
                          struct price_row *row)
{
    struct price_row **at = &model->rows;

    while (*at && (*at)->from_us > row->from_us) {
        at = &(*at)->older;
    }
    if (*at && (*at)->from_us == row->from_us) {
        return bad(o, RC_INVALID, "a second price from the same day for",
                   model->name);
    }
    row->older = *at;
    *at = row;
    return RC_OK;
}

static enum rc add_override(struct over *o, const struct price_override *in)
{
    struct arena *arena = &o->book->arena;
    struct price_row *row = arena_alloc(arena, sizeof(*row));
    struct str provider = lower(o->book, provider_fold(str_trim(in->provider)));
    struct str name = lower(o->book, in->model);
    struct str key =
        str_fmt(arena, "%.*s/%.*s", STR_ARG(provider), STR_ARG(name));
    enum rc rc;

    if (!row || !provider.p || !name.p || !key.p) {
        return full(o);
    }
    o->about = key;
    rc = check_name(o, "not a provider's name:", provider);
    if (rc == RC_OK) {
        rc = check_name(o, "not a model's name:", name);
    }
    if (rc == RC_OK) {
        rc = read_rates(o, in, row);
    }
    if (rc != RC_OK) {
        return rc;
    }
    row->model = find_model(o->book, key, provider, name);
    row->from_us = in->from_us;
    row->tier = SERVICE_TIER_STANDARD;
    row->source = STR("override");
    row->id = book_row_id(arena, row, provider, name, row->source);
    if (!row->model || !row->id.p) {
        return full(o);
    }
    o->book->info.n_overrides++;
    return insert_row(o, map_get(&o->book->overrides, key), row);
}

/* read_percent: "12.5" as what is kept, 875,000 millionths. */
static enum rc read_percent(struct str text, int32_t *ret_keep_ppm)
{
    struct rate rate;

    /* A percentage is written as a price is; read as one it is 10^6 times the
     * number, and millionths are 10^4 times it. */
    if (rate_parse(text, TOKEN_INPUT, &rate) != RC_OK || rate.decimals > 0 ||
        rate.n > 100 * PPM || rate.n % 100 != 0) {
        return RC_INVALID;
    }
    *ret_keep_ppm = (int32_t)(PPM - rate.n / 100);
    return RC_OK;
}

static enum rc add_discount(struct over *o, const struct price_discount *in)
{
    struct arena *arena = &o->book->arena;
    struct price_discount_row *row = arena_alloc(arena, sizeof(*row));
    struct str provider = lower(o->book, provider_fold(str_trim(in->provider)));
    struct price_discount_row **at;
    struct price_discount_row *newest;
    enum rc rc;

    if (!row || !provider.p ||
        str_dup(arena, str_trim(in->percent), &row->percent) != RC_OK) {
        return full(o);
    }
    o->about = provider;
    rc = check_name(o, "not a provider's name:", provider);
    if (rc != RC_OK) {
        return rc;
    }
    row->from_us = in->from_us;
    if (read_percent(row->percent, &row->keep_ppm) != RC_OK) {
        return bad(o, RC_INVALID,
                   "not a percentage from 0 to 100 with at most four decimals:",
                   row->percent);
    }
    newest = map_get(&o->book->discounts, provider);
    at = &newest;
    while (*at && (*at)->from_us > row->from_us) {
        at = &(*at)->older;
    }
    if (*at && (*at)->from_us == row->from_us) {
        return bad(o, RC_INVALID,
                   "a second discount from the same day:", row->percent);
    }
    row->provider = provider;
    row->older = *at;
    *at = row;
    map_put(&o->book->discounts, provider, newest);
    *o->book->discounts_end = row;
    o->book->discounts_end = &row->next;
    o->book->info.n_discounts++;
    return RC_OK;
}

enum rc book_read_overrides(struct price_book *book,
                            const struct book_source *src, struct why *why)
{
    struct over o = {
        .book = book, .why = why, .list = "prices.overrides", .about = STR("")};
    enum rc rc = RC_OK;

    book->override_models_end = &book->override_models;
    book->discounts_end = &book->first_discount;
    if (src->n_overrides + book->info.n_rows > LIMIT_PRICE_ROWS_MAX ||
        src->n_discounts > LIMIT_PRICE_ROWS_MAX) {
        return why_set(why, RC_LIMIT,
                       "prices in the configuration: more than %d rows with "
                       "the catalogue's",
                       LIMIT_PRICE_ROWS_MAX);
    }
    for (size_t i = 0; rc == RC_OK && i < src->n_overrides; i++) {
        o.row = i + 1;
        rc = add_override(&o, &src->overrides[i]);
    }
    o.list = "prices.discounts";
    for (size_t i = 0; rc == RC_OK && i < src->n_discounts; i++) {
        o.row = i + 1;
        rc = add_discount(&o, &src->discounts[i]);
    }
    return rc;
}
