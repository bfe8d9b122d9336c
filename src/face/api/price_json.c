#include "face/api/price_json.h"

#include "base/buf.h"
#include "base/utc.h"

void price_json_text(struct json_writer *w, const char *name, struct str s)
{
    json_w_key(w, str_from_cz(name));
    json_w_str(w, s);
}

void price_json_time(struct json_writer *w, const char *name, int64_t us)
{
    struct buf text;

    json_w_key(w, str_from_cz(name));
    if (us == PRICE_ALWAYS) {
        json_w_null(w);
        return;
    }
    buf_init(&text, 64);
    utc_add_text(&text, us);
    json_w_str(w, buf_view(&text));
    buf_fini(&text);
}

static void add_count(struct json_writer *w, const char *name, size_t n)
{
    json_w_key(w, str_from_cz(name));
    json_w_i64(w, (int64_t)n);
}

static void add_prices(struct json_writer *w, const char *name,
                       const struct str price[PRICE_CLASS__COUNT])
{
    json_w_key(w, str_from_cz(name));
    json_w_obj(w);
    for (unsigned c = 0; c < PRICE_CLASS__COUNT; c++) {
        if (price[c].n > 0) {
            json_w_key(w, price_class_name(c));
            json_w_str(w, price[c]);
        }
    }
    json_w_obj_end(w);
}

void price_json_row(struct json_writer *w, const struct book_row *row)
{
    price_json_text(w, "id", row->id);
    price_json_text(w, "provider", row->provider);
    price_json_text(w, "model", row->model);
    price_json_text(w, "source", row->source);
    price_json_time(w, "from", row->from_us);
    if (row->daily.n > 0) {
        price_json_text(w, "daily_utc", row->daily);
    }
    price_json_text(w, "service_tier", service_tier_name(row->tier));
    add_prices(w, "prices", row->price);
    if (row->above_tokens > 0) {
        json_w_key(w, STR("above_input_tokens"));
        json_w_i64(w, row->above_tokens);
        add_prices(w, "prices_above", row->above_price);
    }
}

void price_json_book(struct json_writer *w, const struct price_book *book,
                     int64_t now_us)
{
    struct book_info info = book_info(book);
    int64_t day;

    json_w_key(w, STR("book"));
    json_w_obj(w);
    price_json_text(w, "source", info.source);
    price_json_text(w, "date", info.date);
    if (utc_parse_date(info.date, &day) == RC_OK) {
        json_w_key(w, STR("age_days"));
        json_w_i64(w, now_us / UTC_US_PER_DAY - day);
    }
    add_count(w, "providers", info.n_providers);
    add_count(w, "models", info.n_models);
    add_count(w, "rows", info.n_rows);
    add_count(w, "overrides", info.n_overrides);
    add_count(w, "discounts", info.n_discounts);
    json_w_obj_end(w);
}
