/* prices: of toll.yaml. */
#include "app/conf_priv.h"
#include "base/why.h"

static void read_override_provider(struct conf_reader *r,
                                   const struct yaml_node *value, void *into)
{
    struct price_override *row = into;

    row->provider = conf_text(r, value, "provider");
}

static void read_override_model(struct conf_reader *r,
                                const struct yaml_node *value, void *into)
{
    struct price_override *row = into;

    row->model = conf_text(r, value, "model");
}

static void read_override_from(struct conf_reader *r,
                               const struct yaml_node *value, void *into)
{
    struct price_override *row = into;

    row->from_us = conf_date(r, value);
}

/* The price classes have one reader: the level's rows cannot tell it which
 * class it is called for, so the classes are read apart, by name. */
static bool read_price_class(struct conf_reader *r, struct str name,
                             const struct yaml_node *value,
                             struct price_override *row)
{
    unsigned class = price_class_from(name);
    struct usd price;

    if (class == PRICE_CLASS__COUNT) {
        return false;
    }
    row->price[class] = conf_text(r, value, "a price");
    if (usd_parse_scaled(row->price[class], 6, &price) != RC_OK ||
        price.pico < 0) {
        conf_problem(r, value,
                     "'%.*s' is no price; write dollars for a million tokens "
                     "(a thousand searches or requests), such as 0.10",
                     STR_ARG(row->price[class]));
    }
    return true;
}

static const struct conf_key override_keys[] = {
    {"provider", read_override_provider},
    {"model", read_override_model},
    {"from", read_override_from},
};

/* The names of the level for messages: the fixed keys, then the classes. */
static void unknown_override_key(struct conf_reader *r,
                                 const struct yaml_node *at, struct str name)
{
    struct conf_key all[ARRAY_N(override_keys) + PRICE_CLASS__COUNT];
    size_t n = 0;

    for (size_t i = 0; i < ARRAY_N(override_keys); i++) {
        all[n++] = override_keys[i];
    }
    for (unsigned c = 0; c < PRICE_CLASS__COUNT; c++) {
        /* price_class_name gives literals: NUL-ended. */
        all[n++] = (struct conf_key){price_class_name(c).p, NULL};
    }
    conf_unknown_key(r, all, n, at, name);
}

static void read_override_row(struct conf_reader *r,
                              const struct yaml_node *item,
                              struct price_override *row)
{
    for (size_t i = 0; i < yaml_n(item); i++) {
        const struct yaml_node *at;
        const struct yaml_node *value;
        struct str name = yaml_member(r->doc, item, i, &at, &value);
        size_t k = 0;

        if (conf_seen_before(r, item, i, name)) {
            conf_problem(r, at, "'%.*s' stands here twice", STR_ARG(name));
            continue;
        }
        if (yaml_kind(value) == YAML_NONE) {
            continue;
        }
        while (k < ARRAY_N(override_keys) &&
               !str_eq(name, str_from_cz(override_keys[k].name))) {
            k++;
        }
        if (k < ARRAY_N(override_keys)) {
            override_keys[k].read(r, value, row);
        } else if (!read_price_class(r, name, value, row)) {
            unknown_override_key(r, at, name);
        }
    }
    if (row->model.n == 0 || row->provider.n == 0) {
        conf_problem(r, item, "a price override needs 'provider' and 'model'");
    }
}

static void read_overrides(struct conf_reader *r, const struct yaml_node *value,
                           void *into)
{
    struct conf *conf = r->conf;

    (void)into;
    if (!conf_expect(r, value, value, YAML_LIST, "overrides")) {
        return;
    }
    conf->overrides =
        arena_array(&conf->arena, yaml_n(value), sizeof *conf->overrides);
    if (conf->overrides == NULL) {
        conf_problem(r, value, "too many overrides");
        return;
    }
    for (size_t i = 0; i < yaml_n(value); i++) {
        const struct yaml_node *item = yaml_item(r->doc, value, i);
        struct price_override *row = &conf->overrides[conf->n_overrides];

        row->from_us = PRICE_ALWAYS;
        if (conf_expect(r, item, value, YAML_MAP, "a price override")) {
            read_override_row(r, item, row);
            conf->n_overrides++;
        }
    }
}

static void read_discount_provider(struct conf_reader *r,
                                   const struct yaml_node *value, void *into)
{
    struct price_discount *row = into;

    row->provider = conf_text(r, value, "provider");
}

static void read_discount_percent(struct conf_reader *r,
                                  const struct yaml_node *value, void *into)
{
    struct price_discount *row = into;

    row->percent = conf_text(r, value, "percent");
}

static void read_discount_from(struct conf_reader *r,
                               const struct yaml_node *value, void *into)
{
    struct price_discount *row = into;

    row->from_us = conf_date(r, value);
}

static const struct conf_key discount_keys[] = {
    {"provider", read_discount_provider},
    {"percent", read_discount_percent},
    {"from", read_discount_from},
};

static void read_discounts(struct conf_reader *r, const struct yaml_node *value,
                           void *into)
{
    struct conf *conf = r->conf;

    (void)into;
    if (!conf_expect(r, value, value, YAML_LIST, "discounts")) {
        return;
    }
    conf->discounts =
        arena_array(&conf->arena, yaml_n(value), sizeof *conf->discounts);
    if (conf->discounts == NULL) {
        conf_problem(r, value, "too many discounts");
        return;
    }
    for (size_t i = 0; i < yaml_n(value); i++) {
        const struct yaml_node *item = yaml_item(r->doc, value, i);
        struct price_discount *row = &conf->discounts[conf->n_discounts];

        row->from_us = PRICE_ALWAYS;
        if (!conf_expect(r, item, value, YAML_MAP, "a discount")) {
            continue;
        }
        conf_level(r, item, discount_keys, ARRAY_N(discount_keys), row);
        if (row->provider.n == 0 || row->percent.n == 0) {
            conf_problem(r, item, "a discount needs 'provider' and 'percent'");
        }
        conf->n_discounts++;
    }
}

static const struct conf_key price_keys[] = {
    {"overrides", read_overrides},
    {"discounts", read_discounts},
};

void conf_read_prices(struct conf_reader *r, const struct yaml_node *value,
                      void *into)
{
    if (conf_expect(r, value, value, YAML_MAP, "prices")) {
        conf_level(r, value, price_keys, ARRAY_N(price_keys), into);
    }
}

/* What no single line can tell: the book takes overrides and discounts. */
void conf_check_prices(struct conf_reader *r)
{
    struct book_source src = book_source_builtin();
    struct price_book *book = NULL;
    struct why why;

    src.overrides = r->conf->overrides;
    src.n_overrides = r->conf->n_overrides;
    src.discounts = r->conf->discounts;
    src.n_discounts = r->conf->n_discounts;
    if (book_load(&src, &book, &why) != RC_OK) {
        conf_problem(r, NULL, "%s", why.text);
    }
    book_unref(&book);
}
