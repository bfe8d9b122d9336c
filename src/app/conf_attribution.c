/* attribution: and features: of toll.yaml. */
#include "app/conf_priv.h"
#include "base/why.h"
#include "event/registry.h"
#include "intake/attribution.h"

static bool read_attribution_key(struct conf_reader *r,
                                 const struct yaml_node *at, struct str name,
                                 struct event_key *ret_key)
{
    struct why why;

    if (event_key_parse(name, ret_key, &why) == RC_OK) {
        return true;
    }
    conf_problem(r, at, "%s", why.text);
    return false;
}

static void read_aliases(struct conf_reader *r, const struct yaml_node *value,
                         void *into)
{
    (void)into;
    if (!conf_expect(r, value, value, YAML_MAP, "aliases")) {
        return;
    }
    for (size_t i = 0; i < yaml_n(value); i++) {
        const struct yaml_node *at;
        const struct yaml_node *names;
        struct event_key key;
        struct str dim = yaml_member(r->doc, value, i, &at, &names);

        if (!read_attribution_key(r, at, dim, &key) ||
            !conf_expect(r, names, at, YAML_MAP,
                         "the aliases of a dimension")) {
            continue;
        }
        for (size_t k = 0; k < yaml_n(names); k++) {
            const struct yaml_node *from_at;
            const struct yaml_node *to;
            struct str from = yaml_member(r->doc, names, k, &from_at, &to);
            struct why why;

            if (conf_expect(r, to, from_at, YAML_SCALAR,
                            "an alias's right name") &&
                attribution_add_alias(r->conf->attribution, &key, from,
                                      yaml_text(to), &why) != RC_OK) {
                conf_problem(r, from_at, "%s", why.text);
            }
        }
    }
}

#define RULE_PAIRS_MAX 32

struct rule {
    struct attribution_pair when[RULE_PAIRS_MAX];
    size_t n_when;
    struct attribution_pair set[RULE_PAIRS_MAX];
    size_t n_set;
};

static size_t read_pairs(struct conf_reader *r, const struct yaml_node *value,
                         struct attribution_pair *pair, const char *what)
{
    size_t n = 0;

    if (!conf_expect(r, value, value, YAML_MAP, what)) {
        return 0;
    }
    for (size_t i = 0; i < yaml_n(value); i++) {
        const struct yaml_node *at;
        const struct yaml_node *text;
        struct str name = yaml_member(r->doc, value, i, &at, &text);

        if (n == RULE_PAIRS_MAX) {
            conf_problem(r, at, "at most %d conditions in a rule",
                         RULE_PAIRS_MAX);
            return n;
        }
        if (yaml_kind(text) != YAML_NONE &&
            !conf_expect(r, text, at, YAML_SCALAR, "a value")) {
            continue;
        }
        if (read_attribution_key(r, at, name, &pair[n].key)) {
            pair[n++].value = yaml_text(text);
        }
    }
    return n;
}

static void read_when(struct conf_reader *r, const struct yaml_node *value,
                      void *into)
{
    struct rule *rule = into;

    rule->n_when = read_pairs(r, value, rule->when, "when");
}

static void read_set(struct conf_reader *r, const struct yaml_node *value,
                     void *into)
{
    struct rule *rule = into;

    rule->n_set = read_pairs(r, value, rule->set, "set");
}

static const struct conf_key rule_keys[] = {
    {"when", read_when},
    {"set", read_set},
};

static void read_rules(struct conf_reader *r, const struct yaml_node *value,
                       void *into)
{
    (void)into;
    if (!conf_expect(r, value, value, YAML_LIST, "rules")) {
        return;
    }
    for (size_t i = 0; i < yaml_n(value); i++) {
        const struct yaml_node *item = yaml_item(r->doc, value, i);
        struct rule rule = {.n_when = 0, .n_set = 0};
        struct why why;

        if (!conf_expect(r, item, value, YAML_MAP, "a rule")) {
            continue;
        }
        size_t before = r->n_problems;
        conf_level(r, item, rule_keys, ARRAY_N(rule_keys), &rule);
        if (r->n_problems > before) {
            continue;
        }
        if (rule.n_set == 0) {
            conf_problem(r, item,
                         "a rule needs 'set', with at least one value");
        } else if (attribution_add_rule(r->conf->attribution, rule.when,
                                        rule.n_when, rule.set, rule.n_set,
                                        &why) != RC_OK) {
            conf_problem(r, item, "%s", why.text);
        }
    }
}

static const struct conf_key attribution_keys[] = {
    {"aliases", read_aliases},
    {"rules", read_rules},
};

void conf_read_attribution(struct conf_reader *r, const struct yaml_node *value,
                           void *into)
{
    if (conf_expect(r, value, value, YAML_MAP, "attribution")) {
        conf_level(r, value, attribution_keys, ARRAY_N(attribution_keys), into);
    }
}

static void read_owner(struct conf_reader *r, const struct yaml_node *value,
                       void *into)
{
    const struct str *feature = into;
    struct why why;

    if (!conf_expect(r, value, value, YAML_SCALAR, "owner")) {
        return;
    }
    struct str owner = yaml_text(value);
    enum rc rc =
        attribution_add_owner(r->conf->attribution, *feature, owner, &why);
    if (rc == RC_OK) {
        rc = registry_add_owner(r->conf->registry, *feature, owner, &why);
    }
    if (rc != RC_OK) {
        conf_problem(r, value, "%s", why.text);
    }
}

static void read_budget(struct conf_reader *r, const struct yaml_node *value,
                        void *into)
{
    const struct str *feature = into;

    conf_feature_budget(r, value, *feature);
}

static const struct conf_key feature_keys[] = {
    {"owner", read_owner},
    {"budget", read_budget},
};

void conf_read_features(struct conf_reader *r, const struct yaml_node *value,
                        void *into)
{
    (void)into;
    if (!conf_expect(r, value, value, YAML_MAP, "features")) {
        return;
    }
    for (size_t i = 0; i < yaml_n(value); i++) {
        const struct yaml_node *at;
        const struct yaml_node *entry;
        struct str feature = yaml_member(r->doc, value, i, &at, &entry);

        if (yaml_kind(entry) != YAML_NONE &&
            conf_expect(r, entry, at, YAML_MAP, "a feature")) {
            conf_level(r, entry, feature_keys, ARRAY_N(feature_keys), &feature);
        }
    }
}
