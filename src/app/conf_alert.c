/* alerts: of toll.yaml, the rules. */
#include "app/conf_priv.h"
#include "base/limits.h"
#include "base/usd.h"
#include "base/why.h"
#include "watch/rule.h"
#include "watch/watch_settings.h"

struct rule_reading {
    struct rule rule;
    struct str where[LIMIT_RULE_FILTERS_MAX];
    struct str notify[LIMIT_CHANNELS_MAX];
    bool has_percent;
};

static void read_name(struct conf_reader *r, const struct yaml_node *value,
                      void *into)
{
    struct rule_reading *reading = into;

    reading->rule.name = conf_text(r, value, "name");
    if (reading->rule.name.n > LIMIT_DIM_MAX) {
        conf_problem(r, value, "a rule's name has at most %d bytes",
                     LIMIT_DIM_MAX);
    }
}

static void read_metric(struct conf_reader *r, const struct yaml_node *value,
                        void *into)
{
    struct rule_reading *reading = into;

    reading->rule.metric = conf_text(r, value, "metric");
}

static void read_by(struct conf_reader *r, const struct yaml_node *value,
                    void *into)
{
    struct rule_reading *reading = into;

    reading->rule.by = conf_text(r, value, "by");
}

static void read_where(struct conf_reader *r, const struct yaml_node *value,
                       void *into)
{
    struct rule_reading *reading = into;

    reading->rule.where = reading->where;
    reading->rule.n_where =
        conf_texts(r, value, "where", reading->where, LIMIT_RULE_FILTERS_MAX);
}

static bool read_number(struct str text, double *ret)
{
    return text.n > 0 && str_to_f64(text, ret) == RC_OK;
}

static void read_than(struct conf_reader *r, const struct yaml_node *value,
                      void *into)
{
    struct rule_reading *reading = into;
    struct str text = conf_text(r, value, "than");

    reading->rule.than = read_number(text, &reading->rule.number)
                             ? RULE_NUMBER
                             : rule_than_of(text);
    if ((int)reading->rule.than == 0) {
        conf_problem(r, value,
                     "than is a number, yesterday, same-weekday or baseline, "
                     "not '%.*s'",
                     STR_ARG(text));
    }
}

static void read_percent(struct conf_reader *r, const struct yaml_node *value,
                         void *into)
{
    struct rule_reading *reading = into;
    struct str text = conf_text(r, value, "percent");
    double x = 0;

    reading->has_percent = true;
    if (!read_number(text, &x) || x <= -100 || x > 100000 ||
        (x > -0.001 && x < 0.001)) {
        conf_problem(r, value,
                     "'%.*s' is no change in percent; write 30 for a rise of "
                     "30 %%, -30 for a fall",
                     STR_ARG(text));
    }
    reading->rule.percent = x;
}

static void read_minimum(struct conf_reader *r, const struct yaml_node *value,
                         void *into)
{
    struct rule_reading *reading = into;

    reading->rule.minimum = conf_dollars(r, value, "minimum");
}

static void read_window(struct conf_reader *r, const struct yaml_node *value,
                        void *into)
{
    struct rule_reading *reading = into;
    struct str word = conf_text(r, value, "window");

    reading->rule.window = rule_window_of(word);
    if ((int)reading->rule.window == 0) {
        conf_problem(r, value, "window is day or hour, not '%.*s'",
                     STR_ARG(word));
    }
}

static void read_notify(struct conf_reader *r, const struct yaml_node *value,
                        void *into)
{
    struct rule_reading *reading = into;

    reading->rule.notify = reading->notify;
    reading->rule.n_notify =
        conf_notify(r, value, reading->notify, LIMIT_CHANNELS_MAX);
}

static const struct conf_key rule_keys[] = {
    {"name", read_name},       {"metric", read_metric},
    {"by", read_by},           {"where", read_where},
    {"than", read_than},       {"percent", read_percent},
    {"minimum", read_minimum}, {"window", read_window},
    {"notify", read_notify},
};

static bool is_whole(struct conf_reader *r, const struct yaml_node *entry,
                     const struct rule_reading *reading)
{
    const struct rule *rule = &reading->rule;
    struct why why;

    if (rule->name.n == 0 || rule->metric.n == 0 || (int)rule->than == 0) {
        conf_problem(r, entry,
                     "a rule needs all of {name: dear-calls, metric: "
                     "cost_per_request, than: baseline}");
        return false;
    }
    if ((rule->than == RULE_NUMBER) == reading->has_percent) {
        conf_problem(r, entry, "%s",
                     reading->has_percent
                         ? "percent is of a change; than is a number"
                         : "a rule that compares needs percent, such as 30");
        return false;
    }
    if (rule_check(rule, &why) != RC_OK) {
        conf_problem(r, entry, "%s", why.text);
        return false;
    }
    return true;
}

static void read_rule(struct conf_reader *r, const struct yaml_node *entry)
{
    struct rule_reading reading = {
        .rule = {.cause = STR("rule"), .window = RULE_DAY}};
    size_t before = r->n_problems;
    struct why why;

    conf_level(r, entry, rule_keys, ARRAY_N(rule_keys), &reading);
    if (r->n_problems == before && is_whole(r, entry, &reading) &&
        watch_settings_rule(r->conf->watch, &reading.rule, &why) != RC_OK) {
        conf_problem(r, entry, "%s", why.text);
    }
}

/* Channels may stand behind it in the file. */
void conf_read_alerts(struct conf_reader *r, const struct yaml_node *value,
                      void *into)
{
    (void)into;
    r->alerts = value;
}

void conf_check_alerts(struct conf_reader *r)
{
    if (r->alerts == NULL ||
        !conf_expect(r, r->alerts, r->alerts, YAML_LIST, "alerts")) {
        return;
    }
    for (size_t i = 0; i < yaml_n(r->alerts); i++) {
        const struct yaml_node *entry = yaml_item(r->doc, r->alerts, i);

        if (conf_expect(r, entry, entry, YAML_MAP, "a rule")) {
            read_rule(r, entry);
        }
    }
}
