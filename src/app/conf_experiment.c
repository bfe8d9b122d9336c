/* experiments: of toll.yaml. */
#include "app/conf_priv.h"
#include "base/near.h"
#include "base/why.h"
#include "event/registry.h"

#define SHARES_MAX 32

struct reading {
    struct experiment x;
    struct experiment_share share[SHARES_MAX];
};

static void read_feature(struct conf_reader *r, const struct yaml_node *value,
                         void *into)
{
    struct reading *reading = into;

    reading->x.feature = conf_text(r, value, "feature");
}

static void read_start(struct conf_reader *r, const struct yaml_node *value,
                       void *into)
{
    struct reading *reading = into;

    reading->x.start_us = conf_date(r, value);
}

static void read_end(struct conf_reader *r, const struct yaml_node *value,
                     void *into)
{
    struct reading *reading = into;

    reading->x.end_us = conf_date(r, value);
}

static void read_rollout(struct conf_reader *r, const struct yaml_node *value,
                         void *into)
{
    struct reading *reading = into;

    reading->x.rollout_us = conf_date(r, value);
}

static void read_rolled_out(struct conf_reader *r,
                            const struct yaml_node *value, void *into)
{
    struct reading *reading = into;

    reading->x.rolled_out = conf_text(r, value, "rolled_out");
}

static void read_control(struct conf_reader *r, const struct yaml_node *value,
                         void *into)
{
    struct reading *reading = into;

    reading->x.control = conf_text(r, value, "control");
}

static void read_unit(struct conf_reader *r, const struct yaml_node *value,
                      void *into)
{
    struct reading *reading = into;
    struct str word = conf_text(r, value, "unit");
    enum dim unit = experiment_unit_from(word);
    struct near near;
    struct why why;

    if (unit != DIM__COUNT) {
        reading->x.unit = unit;
        return;
    }
    near_init(&near, word);
    near_offer(&near, STR("user"));
    near_offer(&near, STR("customer"));
    near_offer(&near, STR("run"));
    (void)near_unknown(&near, "unit",
                       "an experiment splits user, customer or run", &why);
    conf_problem(r, value, "%s", why.text);
}

static void read_share(struct conf_reader *r, struct str variant,
                       const struct yaml_node *at,
                       const struct yaml_node *value, struct reading *reading)
{
    struct experiment *x = &reading->x;
    double weight = 0;

    if (x->n_split == SHARES_MAX) {
        conf_problem(r, at, "at most %d variants in a split", SHARES_MAX);
        return;
    }
    if (!conf_expect(r, value, at, YAML_SCALAR, "a variant's share")) {
        return;
    }
    if (str_to_f64(yaml_text(value), &weight) != RC_OK || !(weight > 0)) {
        conf_problem(r, value,
                     "'%.*s' is no share; write a number above 0, such as "
                     "{control: 1, treatment: 1}",
                     STR_ARG(yaml_text(value)));
        return;
    }
    reading->share[x->n_split++] =
        (struct experiment_share){.variant = variant, .weight = weight};
}

static void read_split(struct conf_reader *r, const struct yaml_node *value,
                       void *into)
{
    struct reading *reading = into;

    if (!conf_expect(r, value, value, YAML_MAP, "split")) {
        return;
    }
    for (size_t i = 0; i < yaml_n(value); i++) {
        const struct yaml_node *at;
        const struct yaml_node *share;
        struct str variant = yaml_member(r->doc, value, i, &at, &share);

        if (conf_seen_before(r, value, i, variant)) {
            conf_problem(r, at, "'%.*s' stands here twice", STR_ARG(variant));
        } else {
            read_share(r, variant, at, share, reading);
        }
    }
}

static const struct conf_key experiment_keys[] = {
    {"feature", read_feature}, {"start", read_start},
    {"end", read_end},         {"rolled_out", read_rolled_out},
    {"rollout", read_rollout}, {"unit", read_unit},
    {"split", read_split},     {"control", read_control},
};

static void read_experiment(struct conf_reader *r, struct str name,
                            const struct yaml_node *at,
                            const struct yaml_node *entry)
{
    struct reading reading = {.x = {.name = name,
                                    .start_us = EXPERIMENT_ALWAYS_US,
                                    .end_us = EXPERIMENT_NEVER_US,
                                    .rollout_us = EXPERIMENT_NEVER_US,
                                    .control = STR("control"),
                                    .unit = DIM_USER}};
    size_t before = r->n_problems;
    struct why why;

    reading.x.split = reading.share;
    conf_level(r, entry, experiment_keys, ARRAY_N(experiment_keys), &reading);
    if (r->n_problems > before) {
        return;
    }
    if (reading.x.rolled_out.n > 0 &&
        reading.x.rollout_us == EXPERIMENT_NEVER_US) {
        reading.x.rollout_us = reading.x.end_us;
    }
    if (registry_add_experiment(r->conf->registry, &reading.x, &why) != RC_OK) {
        conf_problem(r, at, "experiment '%.*s': %s", STR_ARG(name), why.text);
    }
}

void conf_read_experiments(struct conf_reader *r, const struct yaml_node *value,
                           void *into)
{
    (void)into;
    if (!conf_expect(r, value, value, YAML_MAP, "experiments")) {
        return;
    }
    for (size_t i = 0; i < yaml_n(value); i++) {
        const struct yaml_node *at;
        const struct yaml_node *entry;
        struct str name = yaml_member(r->doc, value, i, &at, &entry);

        if (conf_expect(r, entry, at, YAML_MAP, "an experiment")) {
            read_experiment(r, name, at, entry);
        }
    }
}
