/* Prices calls for the tests that compare toll with something else: NDJSON in,
 * NDJSON out, a line a line.
 *
 *   {"provider":"openai","model":"gpt-4o","ts":...,"input_tokens":...}
 *       an event in toll's public form: its cost in whole pico-dollars
 *   {"override":{"provider":...,"model":...,"from":"2026-10-01","input":"3"}}
 *   {"discount":{"provider":...,"percent":"12","from":"2026-10-01"}}
 *       add to the book for all calls behind it
 *   {"match":{"provider":...,"model":...}}
 *       which model of the catalogue that is
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/file.h"
#include "base/json.h"
#include "base/usd.h"
#include "base/utc.h"
#include "base/why.h"
#include "event/event_json.h"
#include "price/book_priv.h"
#include "price/cost.h"
#include "price/memo.h"

#define INPUT_MAX ((size_t)256 * 1024 * 1024)
#define ROWS_MAX  1024
#define NOW_US    INT64_C(4102444800000000) /* 2100-01-01: dates may be late */

struct cli {
    struct price_book *book; /* NULL: to be made anew */
    struct price_memo *memo;
    struct arena rows; /* text of overrides and discounts */
    struct price_override override[ROWS_MAX];
    struct price_discount discount[ROWS_MAX];
    struct book_source source;
    struct buf out;
};

static void die(const char *what, const struct why *why)
{
    (void)fprintf(stderr, "price_cli: %s: %s\n", what, why->text);
    exit(1);
}

static struct str text_of(struct cli *c, const struct json *obj,
                          const char *name)
{
    struct str s = STR_EMPTY;

    CHECK(str_dup(&c->rows, json_str(json_get(obj, name)), &s) == RC_OK);
    return s;
}

static int64_t from_of(const struct json *obj)
{
    struct str from = json_str(json_get(obj, "from"));
    int64_t day = 0;

    if (from.n == 0) {
        return PRICE_ALWAYS;
    }
    CHECK(utc_parse_date(from, &day) == RC_OK);
    return day * UTC_US_PER_DAY;
}

static void add_override(struct cli *c, const struct json *obj)
{
    struct price_override *o = &c->override[c->source.n_overrides++];

    CHECK(c->source.n_overrides < ROWS_MAX);
    o->provider = text_of(c, obj, "provider");
    o->model = text_of(c, obj, "model");
    o->from_us = from_of(obj);
    for (unsigned k = 0; k < PRICE_CLASS__COUNT; k++) {
        struct str name = price_class_name(k);

        o->price[k] = text_of(c, obj, name.p); /* literals end with NUL */
    }
    book_unref(&c->book);
}

static void add_discount(struct cli *c, const struct json *obj)
{
    struct price_discount *d = &c->discount[c->source.n_discounts++];

    CHECK(c->source.n_discounts < ROWS_MAX);
    d->provider = text_of(c, obj, "provider");
    d->percent = text_of(c, obj, "percent");
    d->from_us = from_of(obj);
    book_unref(&c->book);
}

static void load(struct cli *c)
{
    struct why why;

    if (!c->book && book_load(&c->source, &c->book, &why) != RC_OK) {
        die("book", &why);
    }
}

static void print_match(struct cli *c, const struct json *obj)
{
    static struct name_forms forms;
    struct price_match m;
    struct json_writer w;

    load(c);
    book_find(c->book, json_str(json_get(obj, "provider")),
              json_str(json_get(obj, "model")), &forms, &m);
    json_w_init(&w, &c->out);
    json_w_obj(&w);
    json_w_key(&w, STR("provider"));
    json_w_str(&w, m.model ? m.model->provider->name : STR_EMPTY);
    json_w_key(&w, STR("model"));
    json_w_str(&w, m.model ? m.model->name : STR_EMPTY);
    json_w_key(&w, STR("name"));
    json_w_str(&w, m.model ? m.name : STR_EMPTY);
    json_w_key(&w, STR("free"));
    json_w_bool(&w, m.fixed != NULL);
    json_w_obj_end(&w);
}

static void add_pico(struct json_writer *w, const char *name, struct usd x)
{
    struct buf b;

    buf_init(&b, USD_TEXT_MAX);
    buf_i64(&b, x.pico);
    json_w_key(w, str_from_cz(name));
    json_w_str(w, buf_view(&b));
    buf_fini(&b);
}

static void print_cost(struct cli *c, const struct json *obj)
{
    struct json_writer w;
    struct arena arena;
    struct event ev;
    struct event_cost cost;
    struct why why;

    load(c);
    arena_init(&arena, LIMIT_ARENA_MAX);
    if (event_from_json(obj, NOW_US, &arena, &ev, NULL, &why) != RC_OK) {
        die("event", &why);
    }
    if (cost_of_event(c->book, c->memo, &ev, &cost, &why) != RC_OK) {
        die("cost", &why);
    }
    json_w_init(&w, &c->out);
    json_w_obj(&w);
    json_w_key(&w, STR("priced"));
    json_w_bool(&w, cost.priced);
    ev.cost = cost;
    add_pico(&w, "total", event_total_cost(&ev));
    add_pico(&w, "input", cost.input);
    add_pico(&w, "cache", cost.cache);
    add_pico(&w, "output", cost.output);
    add_pico(&w, "tools", cost.tools);
    json_w_key(&w, STR("price_id"));
    json_w_str(&w, cost.price_id);
    json_w_obj_end(&w);
    arena_fini(&arena);
}

static void answer(struct cli *c, struct str line)
{
    struct json *json = NULL;
    struct why why;

    if (json_parse(line, &json, &why) != RC_OK) {
        die("line", &why);
    }
    if (json_get(json, "override")) {
        add_override(c, json_get(json, "override"));
    } else if (json_get(json, "discount")) {
        add_discount(c, json_get(json, "discount"));
    } else if (json_get(json, "match")) {
        print_match(c, json_get(json, "match"));
        buf_char(&c->out, '\n');
    } else {
        print_cost(c, json);
        buf_char(&c->out, '\n');
    }
    json_free(&json);
}

int main(void)
{
    static struct cli c;
    struct buf in;
    struct why why;
    struct str line;
    struct str rest;

    buf_init(&in, INPUT_MAX);
    buf_init(&c.out, INPUT_MAX);
    arena_init(&c.rows, INPUT_MAX);
    c.memo = memo_new();
    c.source = book_source_builtin();
    c.source.overrides = c.override;
    c.source.discounts = c.discount;
    if (file_read("-", true, &in, &why) != RC_OK) {
        die("standard input", &why);
    }
    rest = buf_view(&in);
    while (str_cut(&rest, '\n', &line)) {
        if (line.n > 0) {
            answer(&c, line);
        }
    }
    if (buf_rc(&c.out, &why) != RC_OK ||
        fwrite(c.out.p, 1, c.out.n, stdout) != c.out.n) {
        die("standard output", &why);
    }
    memo_free(&c.memo);
    book_unref(&c.book);
    arena_fini(&c.rows);
    buf_fini(&c.out);
    buf_fini(&in);
    return 0;
}
