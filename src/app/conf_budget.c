/* budgets: of toll.yaml, and what toll budget apply takes. */
#include "app/conf_priv.h"
#include "base/near.h"
#include "base/usd.h"
#include "base/why.h"
#include "budget/budget.h"
#include "event/event_provider.h"
#include "event/registry.h"

#define VALUES_MAX 64 /* of one condition */

struct reading {
    struct budget b;
    struct budget_scope scope[LIMIT_BUDGET_SCOPES_MAX];
    struct budget_step step[LIMIT_BUDGET_STEPS_MAX];
    struct str limit; /* read when the unit is known */
    const struct yaml_node *limit_at;
};

/* ---- words and numbers ---- */

/* "2s", "90m", "24h", "7d", "500ms" in microseconds; 0 after a problem. */
static int64_t read_duration(struct conf_reader *r,
                             const struct yaml_node *value, const char *what)
{
    static const struct {
        const char *unit;
        int64_t us;
    } units[] = {
        {"ms", 1000},
        {"s", 1000000},
        {"m", INT64_C(60) * 1000000},
        {"h", INT64_C(3600) * 1000000},
        {"d", INT64_C(86400) * 1000000},
    };
    struct str text = conf_text(r, value, what);
    size_t n_digits = 0;
    uint64_t n = 0;

    while (n_digits < text.n && text.p[n_digits] >= '0' &&
           text.p[n_digits] <= '9') {
        n_digits++;
    }
    struct str unit = str_sub(text, n_digits, SIZE_MAX);
    for (size_t i = 0; i < ARRAY_N(units); i++) {
        if (str_eq(unit, str_from_cz(units[i].unit)) && n_digits < 10 &&
            str_to_u64(str_sub(text, 0, n_digits), &n) == RC_OK && n > 0) {
            return (int64_t)n * units[i].us;
        }
    }
    conf_problem(r, value,
                 "'%.*s' is no %s; write it as 500ms, 30s, 90m, 24h or 7d",
                 STR_ARG(text), what);
    return 0;
}

typedef struct str name_fn(int i);

static struct str period_name(int i)
{
    return budget_period_name((enum budget_period)i);
}
static struct str unit_name(int i)
{
    return budget_unit_name((enum budget_unit)i);
}
static struct str action_name(int i)
{
    return budget_action_name((enum budget_action)i);
}
static struct str unpriced_name(int i)
{
    return budget_unpriced_name((enum budget_unpriced)i);
}

/* One of a closed set of words; 0 after a problem. */
static int read_word(struct conf_reader *r, const struct yaml_node *value,
                     const char *what, name_fn *name, int n)
{
    struct str word = conf_text(r, value, what);
    struct near near;
    struct buf all;
    struct why why;

    near_init(&near, word);
    buf_init(&all, 256);
    for (int i = 1; i < n; i++) {
        if (str_eq(word, name(i))) {
            buf_fini(&all);
            return i;
        }
        near_offer(&near, name(i));
        buf_fmt(&all, "%s%.*s", i > 1 ? ", " : "it is one of ",
                STR_ARG(name(i)));
    }
    buf_char(&all, '\0');
    (void)near_unknown(&near, what, all.p, &why);
    conf_problem(r, value, "%s", why.text);
    buf_fini(&all);
    return 0;
}

static bool read_key(struct conf_reader *r, const struct yaml_node *at,
                     struct str text, struct event_key *ret)
{
    struct why why;

    if (event_key_parse(text, ret, &why) == RC_OK) {
        return true;
    }
    conf_problem(r, at, "%s", why.text);
    return false;
}

/* ---- a budget's members ---- */

static void read_name(struct conf_reader *r, const struct yaml_node *value,
                      void *into)
{
    struct reading *reading = into;

    reading->b.name = conf_text(r, value, "name");
}

static void read_contact(struct conf_reader *r, const struct yaml_node *value,
                         void *into)
{
    struct reading *reading = into;

    reading->b.contact = conf_text(r, value, "contact");
}

static void read_condition(struct conf_reader *r, struct reading *reading,
                           const struct yaml_node *at, struct str name,
                           const struct yaml_node *value)
{
    struct budget_scope *s = &reading->scope[reading->b.n_where];
    struct str *values =
        arena_array(&r->conf->arena, VALUES_MAX, sizeof *values);

    if (reading->b.n_where == LIMIT_BUDGET_SCOPES_MAX || values == NULL) {
        conf_problem(r, at, "at most %d conditions in where",
                     LIMIT_BUDGET_SCOPES_MAX);
        return;
    }
    if (!read_key(r, at, name, &s->key)) {
        return;
    }
    s->value = values;
    if (yaml_kind(value) == YAML_NONE) {
        values[0] = STR_EMPTY; /* untagged */
        s->n_values = 1;
    } else {
        s->n_values =
            conf_texts(r, value, "a value of where", values, VALUES_MAX);
    }
    for (size_t i = 0; i < s->n_values && s->key.is_environment; i++) {
        if (environment_from(values[i]) == 0) {
            conf_problem(r, at, "'%.*s' is no environment", STR_ARG(values[i]));
        }
    }
    reading->b.n_where++;
}

static void read_where(struct conf_reader *r, const struct yaml_node *value,
                       void *into)
{
    if (!conf_expect(r, value, value, YAML_MAP, "where")) {
        return;
    }
    for (size_t i = 0; i < yaml_n(value); i++) {
        const struct yaml_node *at;
        const struct yaml_node *values;
        struct str name = yaml_member(r->doc, value, i, &at, &values);

        if (conf_seen_before(r, value, i, name)) {
            conf_problem(r, at, "'%.*s' stands here twice", STR_ARG(name));
        } else {
            read_condition(r, into, at, name, values);
        }
    }
}

static void read_per(struct conf_reader *r, const struct yaml_node *value,
                     void *into)
{
    struct reading *reading = into;

    reading->b.has_per =
        read_key(r, value, conf_text(r, value, "per"), &reading->b.per);
}

static void read_period(struct conf_reader *r, const struct yaml_node *value,
                        void *into)
{
    struct reading *reading = into;

    reading->b.period = (enum budget_period)read_word(
        r, value, "period", period_name, BUDGET_PERIOD__COUNT);
}

static void read_window(struct conf_reader *r, const struct yaml_node *value,
                        void *into)
{
    struct reading *reading = into;

    reading->b.window_us = read_duration(r, value, "window");
}

static void read_limit(struct conf_reader *r, const struct yaml_node *value,
                       void *into)
{
    struct reading *reading = into;

    reading->limit = conf_text(r, value, "limit");
    reading->limit_at = value;
}

static void read_unit(struct conf_reader *r, const struct yaml_node *value,
                      void *into)
{
    struct reading *reading = into;

    reading->b.unit = (enum budget_unit)read_word(r, value, "unit", unit_name,
                                                  BUDGET_UNIT__COUNT);
}

static void read_unpriced(struct conf_reader *r, const struct yaml_node *value,
                          void *into)
{
    struct reading *reading = into;

    reading->b.unpriced = (enum budget_unpriced)read_word(
        r, value, "unpriced", unpriced_name, BUDGET_UNPRICED__COUNT);
}

/* "gpt-4o", or with whose price is meant: "openai/gpt-4o". */
static void read_estimate_as(struct conf_reader *r,
                             const struct yaml_node *value, void *into)
{
    struct reading *reading = into;
    struct str text = conf_text(r, value, "estimate_as");
    size_t slash = str_find_char(text, '/', 0);

    if (slash != SIZE_MAX) {
        reading->b.estimate_provider = str_sub(text, 0, slash);
        text = str_sub(text, slash + 1, SIZE_MAX);
    }
    reading->b.estimate_model = text;
}

static void read_max_output(struct conf_reader *r,
                            const struct yaml_node *value, void *into)
{
    struct reading *reading = into;
    struct str text = conf_text(r, value, "max_output");

    if (str_to_i64(text, &reading->b.output_tok) != RC_OK) {
        conf_problem(r, value, "'%.*s' is no number of tokens", STR_ARG(text));
    }
}

/* ---- steps ---- */

struct step_reading {
    struct budget_step step;
    struct str notify[LIMIT_CHANNELS_MAX];
};

static void read_percent(struct conf_reader *r, const struct yaml_node *value,
                         void *into)
{
    struct step_reading *reading = into;
    struct str text = conf_text(r, value, "percent");
    int64_t n = 0;

    if (str_to_i64(text, &n) != RC_OK || n < 1 ||
        n > LIMIT_BUDGET_PERCENT_MAX) {
        conf_problem(r, value,
                     "'%.*s' is no percent; write a whole number of 1 to %d",
                     STR_ARG(text), LIMIT_BUDGET_PERCENT_MAX);
    } else {
        reading->step.percent = (int)n;
    }
}

static void read_do(struct conf_reader *r, const struct yaml_node *value,
                    void *into)
{
    struct step_reading *reading = into;

    reading->step.action = (enum budget_action)read_word(
        r, value, "action", action_name, BUDGET_ACTION__COUNT);
}

static void read_model(struct conf_reader *r, const struct yaml_node *value,
                       void *into)
{
    struct step_reading *reading = into;

    reading->step.model = conf_text(r, value, "model");
}

static void read_delay(struct conf_reader *r, const struct yaml_node *value,
                       void *into)
{
    struct step_reading *reading = into;

    reading->step.delay_ms = read_duration(r, value, "delay") / 1000;
}

static void read_notify(struct conf_reader *r, const struct yaml_node *value,
                        void *into)
{
    struct step_reading *reading = into;

    reading->step.n_notify =
        conf_notify(r, value, reading->notify, LIMIT_CHANNELS_MAX);
}

static const struct conf_key step_keys[] = {
    {"percent", read_percent}, {"do", read_do},         {"model", read_model},
    {"delay", read_delay},     {"notify", read_notify},
};

/* The channels, kept as long as the budget is read. */
static bool keep_notify(struct conf_reader *r, struct step_reading *reading)
{
    size_t n = reading->step.n_notify;
    struct str *kept = arena_array(&r->conf->arena, n + 1, sizeof *kept);

    for (size_t i = 0; i < n && kept != NULL; i++) {
        kept[i] = reading->notify[i];
    }
    reading->step.notify = kept;
    return kept != NULL;
}

static void read_at(struct conf_reader *r, const struct yaml_node *value,
                    void *into)
{
    struct reading *reading = into;

    if (!conf_expect(r, value, value, YAML_LIST, "at")) {
        return;
    }
    for (size_t i = 0; i < yaml_n(value); i++) {
        const struct yaml_node *item = yaml_item(r->doc, value, i);
        struct step_reading step = {.step = {.percent = 0}};
        size_t before = r->n_problems;

        if (reading->b.n_steps == LIMIT_BUDGET_STEPS_MAX) {
            conf_problem(r, item, "at most %d steps", LIMIT_BUDGET_STEPS_MAX);
            return;
        }
        if (!conf_expect(r, item, value, YAML_MAP, "a step")) {
            continue;
        }
        conf_level(r, item, step_keys, ARRAY_N(step_keys), &step);
        if (r->n_problems > before) {
            continue;
        }
        if (step.step.percent == 0 || step.step.action == 0 ||
            !keep_notify(r, &step)) {
            conf_problem(r, item,
                         "a step needs both of {percent: 100, do: block}");
        } else {
            reading->step[reading->b.n_steps++] = step.step;
        }
    }
}

static const struct conf_key budget_keys[] = {
    {"name", read_name},
    {"where", read_where},
    {"per", read_per},
    {"period", read_period},
    {"window", read_window},
    {"limit", read_limit},
    {"unit", read_unit},
    {"at", read_at},
    {"unpriced", read_unpriced},
    {"estimate_as", read_estimate_as},
    {"max_output", read_max_output},
    {"contact", read_contact},
};

/* ---- the whole budget ---- */

static struct reading begin(void)
{
    return (struct reading){.b = {.period = BUDGET_MONTH,
                                  .unit = BUDGET_USD,
                                  .unpriced = BUDGET_UNPRICED_BLOCK,
                                  .output_tok = LIMIT_BUDGET_OUTPUT_TOK}};
}

static bool set_limit(struct conf_reader *r, struct reading *reading,
                      const struct yaml_node *at)
{
    struct usd usd = {.pico = 0};
    struct str text = reading->limit;
    enum rc rc = reading->b.unit == BUDGET_USD
                     ? usd_parse(text, &usd)
                     : str_to_i64(text, &reading->b.limit);

    if (reading->b.unit == BUDGET_USD) {
        reading->b.limit = usd.pico;
    }
    if (text.n == 0) {
        conf_problem(r, at, "a budget needs a limit, such as 500");
        return false;
    }
    if (rc != RC_OK || reading->b.limit < 1) {
        conf_problem(r, reading->limit_at,
                     "'%.*s' is no limit; write %s above 0", STR_ARG(text),
                     reading->b.unit == BUDGET_USD ? "dollars" : "a count");
        return false;
    }
    return true;
}

/* A fallback that the one who is asked cannot serve would never be one. */
static void check_fallback(struct conf_reader *r, const struct yaml_node *at,
                           const struct budget *b)
{
    for (size_t i = 0; i < b->n_where; i++) {
        const struct budget_scope *s = &b->where[i];
        bool is_provider = !s->key.is_environment && s->key.dim == DIM_PROVIDER;

        for (size_t k = 0; k < b->n_steps && is_provider; k++) {
            struct str model = b->step[k].model;

            if (model.n > 0 && !provider_may_serve(s->value[0], model)) {
                conf_problem(r, at,
                             "budget '%.*s' cannot fall back to %.*s: %.*s "
                             "does not serve it, and a request is not "
                             "translated into another vendor's words",
                             STR_ARG(b->name), STR_ARG(model),
                             STR_ARG(s->value[0]));
            }
        }
    }
}

/* Whom to ask, unless it is said: who owns the feature. */
static void set_contact(struct conf_reader *r, struct budget *b)
{
    for (size_t i = 0; i < b->n_where && b->contact.n == 0; i++) {
        const struct budget_scope *s = &b->where[i];

        if (!s->key.is_environment && s->key.dim == DIM_FEATURE &&
            s->n_values == 1) {
            b->contact = registry_owner(r->conf->registry, s->value[0]);
        }
    }
}

static void add(struct conf_reader *r, struct reading *reading,
                const struct yaml_node *at)
{
    struct budget *b = &reading->b;
    struct why why;

    if (!set_limit(r, reading, at)) {
        return;
    }
    b->where = reading->scope;
    b->step = reading->step;
    b->is_applied = r->is_applied;
    set_contact(r, b);
    check_fallback(r, at, b);
    if (budgets_add(r->conf->budgets, b, &why) != RC_OK) {
        conf_problem(r, at, "budget '%.*s': %s", STR_ARG(b->name), why.text);
    }
}

static void read_budget(struct conf_reader *r, const struct yaml_node *entry)
{
    struct reading reading = begin();
    size_t before = r->n_problems;

    conf_level(r, entry, budget_keys, ARRAY_N(budget_keys), &reading);
    if (r->n_problems == before) {
        add(r, &reading, entry);
    }
}

/* Channels and owners may stand behind it in the file. */
void conf_read_budgets(struct conf_reader *r, const struct yaml_node *value,
                       void *into)
{
    (void)into;
    r->budgets = value;
}

static void add_feature_budget(struct conf_reader *r,
                               const struct conf_feature_budget *f)
{
    struct reading reading = begin();

    if (!conf_expect(r, f->value, f->value, YAML_SCALAR, "budget")) {
        return;
    }
    reading.limit = conf_text(r, f->value, "budget");
    reading.limit_at = f->value;
    reading.b.name =
        str_fmt(&r->conf->arena, "feature %.*s", STR_ARG(f->feature));
    reading.scope[0] = (struct budget_scope){
        .key = {.dim = DIM_FEATURE}, .value = &f->feature, .n_values = 1};
    reading.b.n_where = 1;
    add(r, &reading, f->value);
}

void conf_feature_budget(struct conf_reader *r, const struct yaml_node *value,
                         struct str feature)
{
    if (r->n_feature_budgets == LIMIT_BUDGETS_MAX) {
        conf_problem(r, value, "over %d budgets", LIMIT_BUDGETS_MAX);
        return;
    }
    r->feature_budget[r->n_feature_budgets++] =
        (struct conf_feature_budget){.feature = feature, .value = value};
}

void conf_check_budgets(struct conf_reader *r)
{
    for (size_t i = 0; i < r->n_feature_budgets; i++) {
        add_feature_budget(r, &r->feature_budget[i]);
    }
    if (r->budgets == NULL ||
        !conf_expect(r, r->budgets, r->budgets, YAML_LIST, "budgets")) {
        return;
    }
    for (size_t i = 0; i < yaml_n(r->budgets); i++) {
        const struct yaml_node *entry = yaml_item(r->doc, r->budgets, i);

        if (conf_expect(r, entry, entry, YAML_MAP, "a budget")) {
            read_budget(r, entry);
        }
    }
}
