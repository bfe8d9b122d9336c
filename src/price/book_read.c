/* Reads data/prices.txt, the catalogue.  A line is a word and its arguments;
 * what it says is about the nearest line above it that it can be about:
 *
 *   toll prices 1                 what this is; the first line
 *   source NAME VERSION           the package the facts come from
 *   published YYYY-MM-DD          the day of that version
 *   count providers=N models=N rows=N   to notice a torn file
 *   provider ID
 *   hosts ID...                   passes on these providers' models, at
 *                                 their list price
 *   model NAME
 *     match PATTERN...            any of these (price/pattern.h)
 *     price [from=DATE] [daily=HH:MM-HH:MM] CLASS=USD...
 *                                 a row; of several the last in force wins,
 *                                 and the first when none is; times are UTC
 *     also UNIT=USD...            what else the row lists; not counted
 *     above TOKENS CLASS=USD...   instead, for the whole call, when its
 *                                 input is longer than that
 */
#include "price/book_priv.h"

#include "base/attr.h"
#include "base/buf.h"
#include "base/num.h"
#include "base/utc.h"
#include "base/why.h"
#include "price/pattern.h"

struct reader {
    struct price_book *book;
    struct book_lines lines;
    struct why *why;
    struct price_provider *provider; /* NULL before the first */
    struct price_model *model;       /* NULL before the provider's first */
    struct price_row *row;           /* NULL before the model's first */
    struct price_pattern **patterns_end;
    size_t n_rows;
    uint64_t want_providers;
    uint64_t want_models;
    uint64_t want_rows;
};

/* ---- shared with the other readers ---- */

bool book_lines_arg(struct book_lines *lines, struct str *ret_arg)
{
    lines->args = str_trim(lines->args);
    return lines->args.n > 0 && str_cut(&lines->args, ' ', ret_arg);
}

bool book_lines_next(struct book_lines *lines, struct str *ret_word)
{
    struct str line;

    while (str_cut(&lines->rest, '\n', &line)) {
        lines->line++;
        lines->args = str_trim(line);
        if (lines->args.n > 0 && lines->args.p[0] != '#') {
            return book_lines_arg(lines, ret_word);
        }
    }
    return false;
}

enum rc book_lines_bad(const struct book_lines *lines, struct why *why,
                       const char *what, struct str arg)
{
    return why_set(why, RC_PARSE, "%s line %d: %s \"%.*s\"", lines->file,
                   lines->line, what, STR_ARG(arg));
}

enum rc book_lines_full(const struct book_lines *lines, struct why *why)
{
    return why_set(why, RC_LIMIT,
                   "%s line %d: the price book is larger than %d bytes",
                   lines->file, lines->line, LIMIT_PRICE_BOOK_BYTES_MAX);
}

enum rc book_rate(const struct book_lines *lines, struct str arg,
                  struct rate *rates, struct why *why)
{
    struct str value = arg;
    struct str name;
    unsigned c;

    if (!str_cut(&value, '=', &name)) {
        return book_lines_bad(lines, why, "not a price:", arg);
    }
    c = price_class_from(name);
    if (c == PRICE_CLASS__COUNT || rates[c].is_listed) {
        return book_lines_bad(lines, why, "unknown or second price", arg);
    }
    if (rate_parse(value, c, &rates[c]) != RC_OK) {
        return book_lines_bad(lines, why, "not an exact price:", arg);
    }
    return RC_OK;
}

struct str book_row_id(struct arena *arena, const struct price_row *row,
                       struct str provider, struct str model, struct str source)
{
    struct str name = service_tier_name(row->tier);
    bool is_standard = row->tier == SERVICE_TIER_STANDARD;
    bool is_dated = row->from_us != PRICE_ALWAYS;
    struct buf date;

    buf_init(&date, 16);
    if (is_dated) {
        utc_add_date(&date, num_floor_div(row->from_us, UTC_US_PER_DAY));
    }
    struct str id =
        str_fmt(arena, "%.*s/%.*s%s%.*s%s%.*s%s%.*s#%.*s", STR_ARG(provider),
                STR_ARG(model), is_dated ? "@" : "", STR_ARG(buf_view(&date)),
                row->daily.n > 0 ? "@" : "", STR_ARG(row->daily),
                is_standard ? "" : ":", is_standard ? 0 : (int)name.n, name.p,
                STR_ARG(source));

    buf_fini(&date);
    return id;
}

/* ---- the lines ---- */

static enum rc bad(const struct reader *r, const char *what, struct str arg)
{
    return book_lines_bad(&r->lines, r->why, what, arg);
}

static enum rc read_title(struct reader *r)
{
    if (!str_eq(str_trim(r->lines.args), STR("prices 1"))) {
        return bad(r, "not a price catalogue of version 1:", r->lines.args);
    }
    return RC_OK;
}

static enum rc read_source(struct reader *r)
{
    struct book_info *info = &r->book->info;

    info->source = str_trim(r->lines.args);
    struct str name;

    if (!book_lines_arg(&r->lines, &name) ||
        !book_lines_arg(&r->lines, &info->version)) {
        return bad(r, "no name and version:", info->source);
    }
    return RC_OK;
}

static enum rc read_published(struct reader *r)
{
    int64_t day;

    if (!book_lines_arg(&r->lines, &r->book->info.date) ||
        utc_parse_date(r->book->info.date, &day) != RC_OK) {
        return bad(r, "not a date:", r->book->info.date);
    }
    return RC_OK;
}

static enum rc read_count(struct reader *r)
{
    struct str arg;

    while (book_lines_arg(&r->lines, &arg)) {
        struct str value = arg;
        struct str name;
        uint64_t n = 0;

        if (!str_cut(&value, '=', &name) || str_to_u64(value, &n) != RC_OK) {
            return bad(r, "not a count:", arg);
        }
        if (str_eq(name, STR("providers"))) {
            r->want_providers = n;
        } else if (str_eq(name, STR("models"))) {
            r->want_models = n;
        } else if (str_eq(name, STR("rows"))) {
            r->want_rows = n;
        } else {
            return bad(r, "not a count:", arg);
        }
    }
    return RC_OK;
}

static enum rc read_provider(struct reader *r)
{
    struct price_book *book = r->book;
    struct price_provider *p = arena_alloc(&book->arena, sizeof(*p));
    struct str name;

    if (!p) {
        return book_lines_full(&r->lines, r->why);
    }
    map_init(&p->plain);
    *(book->last_provider ? &book->last_provider->next : &book->providers) = p;
    book->last_provider = p;
    book->info.n_providers++;
    r->provider = p;
    r->model = NULL;
    r->row = NULL;
    r->patterns_end = &p->patterns;
    if (!book_lines_arg(&r->lines, &name) || book_provider(book, name)) {
        return bad(r, "provider without a name of its own", STR(""));
    }
    p->name = name;
    return RC_OK;
}

static enum rc read_hosts(struct reader *r)
{
    if (!r->provider) {
        return bad(r, "hosts of no provider:", r->lines.args);
    }
    r->provider->hosts = str_trim(r->lines.args);
    return RC_OK;
}

static enum rc read_model(struct reader *r)
{
    struct price_model *m = arena_alloc(&r->book->arena, sizeof(*m));

    if (!m) {
        return book_lines_full(&r->lines, r->why);
    }
    if (!r->provider || !book_lines_arg(&r->lines, &m->name)) {
        return bad(r, "model without name or provider:", m->name);
    }
    m->provider = r->provider;
    m->order = (uint32_t)r->book->info.n_models++;
    if (r->provider->last_model) {
        r->provider->last_model->next = m;
    } else {
        r->provider->models = m;
    }
    r->provider->last_model = m;
    r->model = m;
    r->row = NULL;
    return RC_OK;
}

/* add_pattern: a plain name goes to the provider's map, where the first
 * model that claims it stays; anything else to the list to be tried. */
static enum rc add_pattern(struct reader *r, struct str pattern)
{
    struct price_pattern *p;

    if (!pattern_is_valid(pattern)) {
        return bad(r, "not a pattern:", pattern);
    }
    if (pattern_is_plain(pattern)) {
        struct str name = str_sub(pattern, 1, pattern.n);

        if (!map_get(&r->provider->plain, name)) {
            map_put(&r->provider->plain, name, r->model);
        }
        return RC_OK;
    }
    p = arena_alloc(&r->book->arena, sizeof(*p));
    if (!p) {
        return book_lines_full(&r->lines, r->why);
    }
    p->pattern = pattern;
    p->model = r->model;
    *r->patterns_end = p;
    r->patterns_end = &p->next;
    return RC_OK;
}

static enum rc read_match(struct reader *r)
{
    struct str pattern;
    enum rc rc = RC_OK;

    if (!r->model || r->model->patterns.n > 0) {
        return bad(r, "match of no model, or a second one:", r->lines.args);
    }
    r->model->patterns = str_trim(r->lines.args);
    while (rc == RC_OK && book_lines_arg(&r->lines, &pattern)) {
        rc = add_pattern(r, pattern);
    }
    return rc;
}

/* read_clock: "HH:MM" as microseconds into the day. */
static enum rc read_clock(struct str text, int64_t *ret_us)
{
    struct str minute = text;
    struct str hour;
    uint64_t h;
    uint64_t m;

    if (text.n != 5 || !str_cut(&minute, ':', &hour) ||
        str_to_u64(hour, &h) != RC_OK || str_to_u64(minute, &m) != RC_OK ||
        h > 23 || m > 59) {
        return RC_PARSE;
    }
    *ret_us = (int64_t)(h * 60 + m) * UTC_US_PER_MINUTE;
    return RC_OK;
}

static enum rc read_daily(struct price_row *row, struct str value)
{
    struct str to = value;
    struct str from;

    if (!str_cut(&to, '-', &from) ||
        read_clock(from, &row->day_from_us) != RC_OK ||
        read_clock(to, &row->day_to_us) != RC_OK ||
        row->day_from_us == row->day_to_us) {
        return RC_PARSE;
    }
    row->daily = value;
    return RC_OK;
}

static enum rc read_row_arg(struct reader *r, struct price_row *row,
                            struct str arg)
{
    struct str value = arg;
    struct str name;
    int64_t day;

    if (str_cut(&value, '=', &name) && str_eq(name, STR("from"))) {
        if (utc_parse_date(value, &day) != RC_OK) {
            return bad(r, "not a date:", value);
        }
        row->from_us = day * UTC_US_PER_DAY;
        return RC_OK;
    }
    if (str_eq(name, STR("daily"))) {
        return read_daily(row, value) == RC_OK
                   ? RC_OK
                   : bad(r, "not a time of day:", value);
    }
    return book_rate(&r->lines, arg, row->rate, r->why);
}

static enum rc read_price(struct reader *r)
{
    struct arena *arena = &r->book->arena;
    struct price_row *row = arena_alloc(arena, sizeof(*row));
    struct str arg;
    enum rc rc = RC_OK;

    if (!row || ++r->n_rows > LIMIT_PRICE_ROWS_MAX) {
        return book_lines_full(&r->lines, r->why);
    }
    if (!r->model) {
        return bad(r, "price of no model:", r->lines.args);
    }
    row->from_us = PRICE_ALWAYS;
    row->tier = SERVICE_TIER_STANDARD;
    row->model = r->model;
    while (rc == RC_OK && book_lines_arg(&r->lines, &arg)) {
        rc = read_row_arg(r, row, arg);
    }
    if (rc != RC_OK) {
        return rc;
    }
    row->source = r->book->info.source;
    row->id = book_row_id(arena, row, r->provider->name, r->model->name,
                          r->book->info.version);
    if (!row->id.p) {
        return book_lines_full(&r->lines, r->why);
    }
    row->older = r->model->rows;
    r->model->rows = row;
    r->row = row;
    return RC_OK;
}

static enum rc read_also(struct reader *r)
{
    if (!r->row) {
        return bad(r, "also without a price:", r->lines.args);
    }
    r->row->also = str_trim(r->lines.args);
    return RC_OK;
}

static enum rc read_above(struct reader *r)
{
    struct price_step *step = arena_alloc(&r->book->arena, sizeof(*step));
    struct str arg = STR("");
    enum rc rc = RC_OK;

    if (!step) {
        return book_lines_full(&r->lines, r->why);
    }
    if (!r->row || !book_lines_arg(&r->lines, &arg) ||
        str_to_i64(arg, &step->above_tok) != RC_OK || step->above_tok < 0 ||
        (r->row->steps && r->row->steps->above_tok >= step->above_tok)) {
        return bad(r, "not a context size above the last:", arg);
    }
    while (rc == RC_OK && book_lines_arg(&r->lines, &arg)) {
        rc = book_rate(&r->lines, arg, step->rate, r->why);
    }
    step->next = r->row->steps;
    r->row->steps = step;
    return rc;
}

static const struct {
    struct str word;
    enum rc (*read)(struct reader *r);
} words[] = {
    {STR_INIT("above"), read_above},
    {STR_INIT("also"), read_also},
    {STR_INIT("count"), read_count},
    {STR_INIT("hosts"), read_hosts},
    {STR_INIT("match"), read_match},
    {STR_INIT("model"), read_model},
    {STR_INIT("price"), read_price},
    {STR_INIT("provider"), read_provider},
    {STR_INIT("published"), read_published},
    {STR_INIT("source"), read_source},
};

static enum rc read_line(struct reader *r, struct str word)
{
    for (size_t i = 0; i < ARRAY_N(words); i++) {
        if (str_eq(words[i].word, word)) {
            return words[i].read(r);
        }
    }
    return bad(r, "unknown word", word);
}

enum rc book_read_catalogue(struct price_book *book, struct str text,
                            struct why *why)
{
    struct reader r = {
        .book = book,
        .lines = {.file = "prices.txt", .rest = text},
        .why = why,
    };
    struct str word;
    enum rc rc;

    if (!book_lines_next(&r.lines, &word) || !str_eq(word, STR("toll"))) {
        return bad(&r, "not a price catalogue:", str_sub(text, 0, 40));
    }
    rc = read_title(&r);
    while (rc == RC_OK && book_lines_next(&r.lines, &word)) {
        rc = read_line(&r, word);
    }
    if (rc != RC_OK) {
        return rc;
    }
    if (book->info.version.n == 0 || book->info.date.n == 0) {
        return bad(&r, "no source or no date in", STR("prices.txt"));
    }
    if (r.want_providers != book->info.n_providers ||
        r.want_models != book->info.n_models || r.want_rows != r.n_rows) {
        return why_set(why, RC_PARSE,
                       "prices.txt is torn: it has %zu providers, %zu models "
                       "and %zu rows, which is not what its head counts",
                       book->info.n_providers, book->info.n_models, r.n_rows);
    }
    book->info.n_rows = r.n_rows;
    return RC_OK;
}
