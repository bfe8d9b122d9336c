/* Reads data/price-rules.txt: what a catalogue has no words for.
 *
 *   toll price rules 1
 *   provider WORD ID              toll's word for a catalogue's provider
 *   router WORD                   sells at the list price of whom the model's
 *                                 name begins with
 *   local WORD                    nobody charges for a token there
 *   family TEXT cache_write=F cache_write_1h=F
 *                                 for models with TEXT in their name: a cache
 *                                 write in prices of input, where none is
 *                                 listed
 *   tier ID TIER F [unverified]   what a service tier does to token prices
 *   row ID MODEL TIER [upto=TOKENS] CLASS=USD...
 *                                 a model's own prices in a tier
 *   free WORD MODEL               the catalogue lists no price, because none
 *                                 is charged
 */
#include "price/book_priv.h"

#include "base/attr.h"
#include "base/why.h"

struct rules {
    struct price_book *book;
    struct book_lines lines;
    struct why *why;
};

static enum rc bad(const struct rules *r, const char *what, struct str arg)
{
    return book_lines_bad(&r->lines, r->why, what, arg);
}

static enum rc full(const struct rules *r)
{
    return book_lines_full(&r->lines, r->why);
}

/* read_factor: "1.25" as the fraction 5/4. */
static enum rc read_factor(struct str text, struct price_factor *ret)
{
    static const int64_t primes[] = {2, 5}; /* all that a den is made of */
    struct str fraction = text;
    struct str whole;
    int64_t num = 0;
    int64_t den = 1;

    if (!str_cut(&fraction, '.', &whole) || whole.n == 0 || text.n > 6) {
        return RC_PARSE;
    }
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];

        if (i == whole.n) {
            continue;
        }
        if (c < '0' || c > '9') {
            return RC_PARSE;
        }
        num = num * 10 + (c - '0');
        den *= i > whole.n ? 10 : 1;
    }
    for (size_t i = 0; i < ARRAY_N(primes); i++) {
        while (num % primes[i] == 0 && den % primes[i] == 0) {
            num /= primes[i];
            den /= primes[i];
        }
    }
    if (num == 0 || num > PRICE_FACTOR_MAX || den > PRICE_FACTOR_MAX) {
        return RC_RANGE;
    }
    ret->num = (int32_t)num;
    ret->den = (int32_t)den;
    return RC_OK;
}

static struct price_word *add_word(struct rules *r, struct price_word **list)
{
    struct price_word *w = arena_alloc(&r->book->arena, sizeof(*w));

    if (w) {
        w->next = *list;
        *list = w;
    }
    return w;
}

static enum rc rule_provider(struct rules *r)
{
    struct price_word *w = add_word(r, &r->book->aliases);
    struct str id = STR("");

    if (!w) {
        return full(r);
    }
    if (!book_lines_arg(&r->lines, &w->word) ||
        !book_lines_arg(&r->lines, &id)) {
        return bad(r, "not a word and a provider:", w->word);
    }
    w->provider = book_provider(r->book, id);
    return w->provider ? RC_OK : bad(r, "unknown provider", id);
}

static enum rc rule_router(struct rules *r)
{
    struct price_word *w = add_word(r, &r->book->routers);

    if (!w) {
        return full(r);
    }
    return book_lines_arg(&r->lines, &w->word)
               ? RC_OK
               : bad(r, "router without a word", STR(""));
}

/* zero_row: a row that lists zero for everything. */
static struct price_row *zero_row(struct rules *r, struct str provider,
                                  struct str model)
{
    struct price_row *row = arena_alloc(&r->book->arena, sizeof(*row));

    if (!row) {
        return NULL;
    }
    row->from_us = PRICE_ALWAYS;
    row->tier = SERVICE_TIER_STANDARD;
    row->source = r->book->rules_id;
    for (unsigned c = 0; c < PRICE_CLASS__COUNT; c++) {
        row->rate[c] = rate_free();
    }
    row->id = book_row_id(&r->book->arena, row, provider, model, row->source);
    return row->id.p ? row : NULL;
}

static enum rc rule_local(struct rules *r)
{
    struct price_word *w = add_word(r, &r->book->locals);

    if (!w) {
        return full(r);
    }
    if (!book_lines_arg(&r->lines, &w->word)) {
        return bad(r, "local without a word", STR(""));
    }
    w->row = zero_row(r, w->word, STR("local"));
    return w->row ? RC_OK : full(r);
}

/* is_in_quarters: price/cost.c counts so; no factor is none too many. */
static bool is_in_quarters(struct price_factor f)
{
    return f.den == 0 || PRICE_FAMILY_DEN % f.den == 0;
}

static enum rc rule_family(struct rules *r)
{
    struct price_family *f = arena_alloc(&r->book->arena, sizeof(*f));
    struct str arg = STR("");

    if (!f) {
        return full(r);
    }
    f->next = r->book->families;
    r->book->families = f;
    if (!book_lines_arg(&r->lines, &f->word)) {
        return bad(r, "family without a name", STR(""));
    }
    while (book_lines_arg(&r->lines, &arg)) {
        struct str value = arg;
        struct str name;
        enum rc rc = RC_PARSE;

        if (str_cut(&value, '=', &name)) {
            unsigned c = price_class_from(name);

            rc = c == TOKEN_CACHE_WRITE_5M   ? read_factor(value, &f->write_5m)
                 : c == TOKEN_CACHE_WRITE_1H ? read_factor(value, &f->write_1h)
                                             : RC_PARSE;
        }
        if (rc != RC_OK) {
            return bad(r, "not a rule for cache writes:", arg);
        }
    }
    if (!is_in_quarters(f->write_5m) || !is_in_quarters(f->write_1h)) {
        return bad(r, "not whole quarters of the input price:", f->word);
    }
    return RC_OK;
}

static enum rc rule_tier(struct rules *r)
{
    struct str arg = STR("");
    struct price_provider *p = NULL;
    struct price_factor factor = {.num = 0};
    enum service_tier tier = SERVICE_TIER_STANDARD;

    if (book_lines_arg(&r->lines, &arg)) {
        p = book_provider(r->book, arg);
    }
    if (!p) {
        return bad(r, "unknown provider", arg);
    }
    if (book_lines_arg(&r->lines, &arg)) {
        tier = service_tier_from(arg);
    }
    if ((unsigned)tier == 0 || tier == SERVICE_TIER_STANDARD) {
        return bad(r, "not a service tier:", arg);
    }
    if (!book_lines_arg(&r->lines, &arg) ||
        read_factor(arg, &factor) != RC_OK) {
        return bad(r, "not a factor:", arg);
    }
    if (book_lines_arg(&r->lines, &arg)) {
        if (!str_eq(arg, STR("unverified"))) {
            return bad(r, "expected \"unverified\", not", arg);
        }
        factor.is_unverified = true;
    }
    p->tier[tier] = factor;
    return RC_OK;
}

/* find_model: "ID MODEL" of the line's arguments; *ret_name is the one that
 * was not found. */
static struct price_model *find_model(struct rules *r,
                                      struct price_provider *provider,
                                      struct str *ret_name)
{
    struct price_model *m = provider->models;

    *ret_name = STR("");
    if (!book_lines_arg(&r->lines, ret_name)) {
        return NULL;
    }
    while (m && !str_eq(m->name, *ret_name)) {
        m = m->next;
    }
    return m;
}

/* read_row: the arguments behind provider, model and tier. */
static enum rc read_row(struct rules *r, struct price_row *row)
{
    struct str arg;
    enum rc rc = RC_OK;

    while (rc == RC_OK && book_lines_arg(&r->lines, &arg)) {
        if (!str_starts(arg, STR("upto="))) {
            rc = book_rate(&r->lines, arg, row->rate, r->why);
        } else if (str_to_i64(str_sub(arg, 5, arg.n), &row->upto_tok) !=
                       RC_OK ||
                   row->upto_tok < 1) {
            rc = bad(r, "not a number of tokens:", arg);
        }
    }
    return rc;
}

static enum rc rule_row(struct rules *r)
{
    struct price_row *row = arena_alloc(&r->book->arena, sizeof(*row));
    struct price_provider *p = NULL;
    struct price_model *m = NULL;
    struct str arg = STR("");
    enum rc rc;

    if (!row || ++r->book->info.n_rows > LIMIT_PRICE_ROWS_MAX) {
        return full(r);
    }
    if (book_lines_arg(&r->lines, &arg)) {
        p = book_provider(r->book, arg);
    }
    if (p) {
        m = find_model(r, p, &arg);
    }
    if (!m || !m->rows) {
        return bad(r, "unknown provider or model", arg);
    }
    if (book_lines_arg(&r->lines, &arg)) {
        row->tier = service_tier_from(arg);
    }
    if ((unsigned)row->tier == 0 || row->tier == SERVICE_TIER_STANDARD) {
        return bad(r, "not a service tier:", arg);
    }
    rc = read_row(r, row);
    if (rc != RC_OK) {
        return rc;
    }
    /* A tier is about tokens; fees are those of the standard row. */
    for (unsigned c = TOKEN__COUNT; c < PRICE_CLASS__COUNT; c++) {
        row->rate[c] = m->rows->rate[c];
    }
    row->from_us = PRICE_ALWAYS;
    row->source = r->book->rules_id;
    row->model = m;
    row->id = book_row_id(&r->book->arena, row, p->name, m->name, row->source);
    row->older = m->tier_rows;
    m->tier_rows = row;
    return row->id.p ? RC_OK : full(r);
}

static enum rc rule_free(struct rules *r)
{
    struct price_word *w = add_word(r, &r->book->frees);
    struct str name = STR("");

    if (!w) {
        return full(r);
    }
    if (book_lines_arg(&r->lines, &w->word)) {
        w->provider = book_provider(r->book, w->word);
    }
    if (w->provider) {
        w->model = find_model(r, w->provider, &name);
    }
    if (!w->provider || !w->model) {
        return bad(r, "unknown provider or model", name);
    }
    w->row = zero_row(r, w->provider->name, name);
    if (w->row) {
        w->row->model = w->model;
    }
    return w->row ? RC_OK : full(r);
}

static const struct {
    struct str word;
    enum rc (*read)(struct rules *r);
} words[] = {
    {STR_INIT("family"), rule_family}, {STR_INIT("free"), rule_free},
    {STR_INIT("local"), rule_local},   {STR_INIT("provider"), rule_provider},
    {STR_INIT("router"), rule_router}, {STR_INIT("row"), rule_row},
    {STR_INIT("tier"), rule_tier},
};

static enum rc read_line(struct rules *r, struct str word)
{
    for (size_t i = 0; i < ARRAY_N(words); i++) {
        if (str_eq(words[i].word, word)) {
            return words[i].read(r);
        }
    }
    return bad(r, "unknown word", word);
}

void book_apply_families(const struct price_book *book,
                         struct price_model *model)
{
    for (const struct price_family *f = book->families; f; f = f->next) {
        if (str_find(model->name, f->word, 0) != SIZE_MAX) {
            model->write_5m = f->write_5m;
            model->write_1h = f->write_1h;
        }
    }
}

/* finish: what every model and provider gets when all rules are read. */
static enum rc finish(struct rules *r)
{
    for (struct price_provider *p = r->book->providers; p; p = p->next) {
        p->free_row = zero_row(r, p->name, STR(":free"));
        if (!p->free_row) {
            return full(r);
        }
        for (struct price_model *m = p->models; m; m = m->next) {
            book_apply_families(r->book, m);
        }
    }
    return RC_OK;
}

enum rc book_read_rules(struct price_book *book, struct str text,
                        struct why *why)
{
    struct rules r = {
        .book = book,
        .lines = {.file = "price-rules.txt", .rest = text},
        .why = why,
    };
    struct str word;
    enum rc rc = RC_OK;

    book->rules_id = STR("rules");
    if (!book_lines_next(&r.lines, &word) || !str_eq(word, STR("toll")) ||
        !str_eq(str_trim(r.lines.args), STR("price rules 1"))) {
        return bad(&r, "not a file of price rules:", str_sub(text, 0, 40));
    }
    while (rc == RC_OK && book_lines_next(&r.lines, &word)) {
        rc = read_line(&r, word);
    }
    return rc == RC_OK ? finish(&r) : rc;
}
