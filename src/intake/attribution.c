/* Rules are found, not tried one by one: a table of customers' segments is
 * thousands of rules, of which an event meets one.  Each rule with an exact
 * text among its conditions hangs under that text (its anchor); the others
 * are always tried:
 *
 *   anchors   customer --> "acme" -> 0, 7    "globex" -> 1
 *             tag.team --> "search" -> 2, 5
 *   always    3, 4, 6
 *
 * For an event of acme without a team that leaves 0, 3, 4, 6, 7, and in that
 * order they are tried, merged from one list an anchor. */
#include "intake/attribution.h"

#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/why.h"

enum {
    /* Keys that anchor rules; rules of further keys are always tried. */
    ANCHORS_MAX = 8
};

struct alias_set {
    struct event_key key;
    struct map to; /* of a text to a struct str */
};

struct rule {
    struct attribution_pair *when;
    struct attribution_pair *set;
    size_t n_when;
    size_t n_set;
};

struct rule_list { /* ascending */
    size_t *at;
    size_t n;
};

struct anchor {
    struct event_key key;
    struct map lists; /* of a text to a struct rule_list */
};

struct attribution {
    atomic_uint n_refs;
    struct arena arena; /* all text, and what maps point to */
    struct alias_set *aliases;
    size_t n_aliases;
    struct rule *rules;
    size_t n_rules;
    struct anchor anchors[ANCHORS_MAX];
    size_t n_anchors;
    struct rule_list always;
    struct map owners; /* of a feature to a struct str */
};

struct attribution *attribution_new(void)
{
    struct attribution *a = mem_alloc(sizeof(*a));
    atomic_init(&a->n_refs, 1);
    arena_init(&a->arena, LIMIT_ATTRIBUTION_BYTES_MAX);
    map_init(&a->owners);
    return a;
}

struct attribution *attribution_ref(struct attribution *a)
{
    atomic_fetch_add(&a->n_refs, 1);
    return a;
}

static void free_lists(struct map *lists)
{
    size_t pos = 0;
    struct str text;
    void *value;
    while (map_next(lists, &pos, &text, &value)) {
        struct rule_list *list = value;
        mem_free(list->at);
    }
    map_fini(lists);
}

void attribution_unref(struct attribution **a)
{
    struct attribution *own = *a;
    *a = NULL;
    if (own == NULL || atomic_fetch_sub(&own->n_refs, 1) != 1) {
        return;
    }
    for (size_t i = 0; i < own->n_aliases; i++) {
        map_fini(&own->aliases[i].to);
    }
    for (size_t i = 0; i < own->n_anchors; i++) {
        free_lists(&own->anchors[i].lists);
    }
    mem_free(own->aliases);
    mem_free(own->rules);
    mem_free(own->always.at);
    map_fini(&own->owners);
    arena_fini(&own->arena);
    mem_free(own);
}

/* ---- building ---- */

static enum rc too_much(struct why *why)
{
    (void)why_set(why, RC_LIMIT, "aliases and rules take more than %d bytes",
                  LIMIT_ATTRIBUTION_BYTES_MAX);
    return RC_LIMIT;
}

static enum rc copy_text(struct attribution *a, struct str *text,
                         struct why *why)
{
    return str_dup(&a->arena, *text, text) == RC_OK ? RC_OK : too_much(why);
}

/* Whether an event could hold `value` there. */
static enum rc check_value(const struct event_key *key, struct str value,
                           struct why *why)
{
    struct str name = event_key_name(key);
    size_t most = LIMIT_DIM_MAX;
    if (event_key_is_tag(key)) {
        most = LIMIT_TAG_VALUE_MAX;
    }
    if (key->is_environment && environment_from(value) == 0) {
        return why_set(why, RC_INVALID,
                       "'%.*s' is no environment: it is production, staging, "
                       "development, internal, test or evaluation",
                       STR_ARG(value));
    }
    if (value.n > most) {
        return why_set(why, RC_INVALID,
                       "the value of %.*s is %zu bytes long, more than %zu",
                       STR_ARG(name), value.n, most);
    }
    if (!str_utf8_ok(value) || str_find_char(value, '\0', 0) != SIZE_MAX) {
        return why_set(why, RC_INVALID, "the value of %.*s is not valid UTF-8",
                       STR_ARG(name));
    }
    return RC_OK;
}

/* Have `text` lead to `value` in `map`, both copied. */
static enum rc put_text(struct attribution *a, struct map *map, struct str text,
                        struct str value, struct why *why)
{
    struct str *own = arena_alloc(&a->arena, sizeof(*own));
    if (own == NULL) {
        return too_much(why);
    }
    enum rc rc = copy_text(a, &text, why);
    if (rc == RC_OK) {
        rc = copy_text(a, &value, why);
    }
    if (rc != RC_OK) {
        return rc;
    }
    *own = value;
    map_put(map, text, own);
    return RC_OK;
}

static struct alias_set *alias_set_of(struct attribution *a,
                                      const struct event_key *key)
{
    for (size_t i = 0; i < a->n_aliases; i++) {
        if (event_key_same(&a->aliases[i].key, key)) {
            return &a->aliases[i];
        }
    }
    a->aliases = mem_grow(a->aliases, a->n_aliases + 1, sizeof(*a->aliases));
    struct alias_set *set = &a->aliases[a->n_aliases++];
    set->key = *key;
    map_init(&set->to);
    return set;
}

enum rc attribution_add_alias(struct attribution *a,
                              const struct event_key *key, struct str from,
                              struct str to, struct why *why)
{
    struct event_key own_key = *key;
    if (from.n == 0 || to.n == 0) {
        return why_set(why, RC_INVALID,
                       "an alias of %.*s needs text on both sides; to fill "
                       "what is empty, use a rule",
                       STR_ARG(event_key_name(key)));
    }
    enum rc rc = check_value(key, from, why);
    if (rc == RC_OK) {
        rc = check_value(key, to, why);
    }
    if (rc == RC_OK) {
        rc = copy_text(a, &own_key.tag, why);
    }
    if (rc != RC_OK) {
        return rc;
    }
    return put_text(a, &alias_set_of(a, &own_key)->to, from, to, why);
}

enum rc attribution_add_owner(struct attribution *a, struct str feature,
                              struct str owner, struct why *why)
{
    struct event_key key = {.dim = DIM_OWNER};
    if (feature.n == 0 || owner.n == 0) {
        return why_set(why, RC_INVALID, "a feature's owner needs both names");
    }
    enum rc rc = check_value(&key, owner, why);
    return rc == RC_OK ? put_text(a, &a->owners, feature, owner, why) : rc;
}

static bool is_pattern(struct str value)
{
    return str_find_char(value, '*', 0) != SIZE_MAX;
}

static enum rc check_pair(const struct attribution_pair *pair, bool is_when,
                          struct why *why)
{
    if (is_when && (pair->value.n == 0 || is_pattern(pair->value))) {
        if (pair->key.is_environment && pair->value.n == 0) {
            return why_set(why, RC_INVALID,
                           "an environment is never empty: what names none "
                           "is production");
        }
        return RC_OK;
    }
    if (pair->value.n == 0) {
        return why_set(why, RC_INVALID, "a rule cannot set %.*s to nothing",
                       STR_ARG(event_key_name(&pair->key)));
    }
    return check_value(&pair->key, pair->value, why);
}

static enum rc copy_pairs(struct attribution *a,
                          const struct attribution_pair *pairs, size_t n,
                          bool is_when, struct attribution_pair **ret,
                          struct why *why)
{
    struct attribution_pair *own = arena_array(&a->arena, n, sizeof(*own));
    if (own == NULL) {
        return too_much(why);
    }
    for (size_t i = 0; i < n; i++) {
        own[i] = pairs[i];
        enum rc rc = check_pair(&pairs[i], is_when, why);
        if (rc == RC_OK) {
            rc = copy_text(a, &own[i].key.tag, why);
        }
        if (rc == RC_OK) {
            rc = copy_text(a, &own[i].value, why);
        }
        if (rc != RC_OK) {
            return rc;
        }
    }
    *ret = own;
    return RC_OK;
}

static void add_to_list(struct rule_list *list, size_t i)
{
    list->at = mem_grow(list->at, list->n + 1, sizeof(*list->at));
    list->at[list->n++] = i;
}

static struct anchor *anchor_of(struct attribution *a,
                                const struct event_key *key)
{
    for (size_t i = 0; i < a->n_anchors; i++) {
        if (event_key_same(&a->anchors[i].key, key)) {
            return &a->anchors[i];
        }
    }
    if (a->n_anchors == ANCHORS_MAX) {
        return NULL;
    }
    struct anchor *anchor = &a->anchors[a->n_anchors++];
    anchor->key = *key;
    map_init(&anchor->lists);
    return anchor;
}

/* The list of the rules under one text; NULL at the arena's cap. */
static struct rule_list *list_under(struct attribution *a,
                                    struct anchor *anchor, struct str text)
{
    struct rule_list *list = map_get(&anchor->lists, text);
    if (list == NULL) {
        list = arena_alloc(&a->arena, sizeof(*list));
        if (list != NULL) {
            map_put(&anchor->lists, text, list);
        }
    }
    return list;
}

/* The list in which a rule with these conditions is found; likewise. */
static struct rule_list *list_of(struct attribution *a,
                                 const struct attribution_pair *when, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct anchor *anchor = NULL;
        if (when[i].value.n > 0 && !is_pattern(when[i].value)) {
            anchor = anchor_of(a, &when[i].key);
        }
        if (anchor != NULL) {
            return list_under(a, anchor, when[i].value);
        }
    }
    return &a->always;
}

enum rc attribution_add_rule(struct attribution *a,
                             const struct attribution_pair *when, size_t n_when,
                             const struct attribution_pair *set, size_t n_set,
                             struct why *why)
{
    struct rule rule = {.n_when = n_when, .n_set = n_set};
    if (n_set == 0) {
        return why_set(why, RC_INVALID, "a rule sets nothing");
    }
    enum rc rc = copy_pairs(a, when, n_when, true, &rule.when, why);
    if (rc == RC_OK) {
        rc = copy_pairs(a, set, n_set, false, &rule.set, why);
    }
    if (rc != RC_OK) {
        return rc;
    }
    struct rule_list *list = list_of(a, rule.when, n_when);
    if (list == NULL) {
        return too_much(why);
    }
    add_to_list(list, a->n_rules);
    a->rules = mem_grow(a->rules, a->n_rules + 1, sizeof(*a->rules));
    a->rules[a->n_rules++] = rule;
    return RC_OK;
}

/* ---- applying ---- */

static void set_value(struct event *ev, const struct event_key *key,
                      struct str value)
{
    if (key->is_environment) {
        ev->environment = environment_from(value);
    } else if (!event_key_is_tag(key)) {
        ev->dim[key->dim] = value;
    } else {
        enum rc no_place_left = event_tag_set(ev, key->tag, value, NULL);
        (void)no_place_left;
    }
}

static void apply_aliases(const struct attribution *a, bool has_environment,
                          struct event *ev)
{
    for (size_t i = 0; i < a->n_aliases; i++) {
        const struct alias_set *set = &a->aliases[i];
        struct str value = event_key_value(&set->key, ev);
        if (value.n == 0 || (set->key.is_environment && !has_environment)) {
            continue;
        }
        const struct str *to = map_get(&set->to, value);
        if (to != NULL) {
            set_value(ev, &set->key, *to);
        }
    }
}

void attribution_apply_aliases(const struct attribution *a,
                               struct str dim[DIM__COUNT])
{
    for (size_t i = 0; i < a->n_aliases; i++) {
        const struct alias_set *set = &a->aliases[i];
        if (set->key.is_environment || event_key_is_tag(&set->key)) {
            continue;
        }
        struct str *value = &dim[set->key.dim];
        const struct str *to = value->n > 0 ? map_get(&set->to, *value) : NULL;
        if (to != NULL) {
            *value = *to;
        }
    }
}

/* `pattern` with * for any run of bytes.  A later star makes what an earlier
 * one took final, so one place to return to is enough. */
static bool matches(struct str pattern, struct str s)
{
    size_t p = 0;
    size_t i = 0;
    size_t star = SIZE_MAX; /* the last one met */
    size_t taken = 0;       /* where what it takes ends, for now */
    while (i < s.n) {
        if (p < pattern.n && pattern.p[p] == '*') {
            star = p++;
            taken = i;
        } else if (p < pattern.n && pattern.p[p] == s.p[i]) {
            p++;
            i++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            i = ++taken;
        } else {
            return false;
        }
    }
    while (p < pattern.n && pattern.p[p] == '*') {
        p++;
    }
    return p == pattern.n;
}

static bool holds(const struct rule *rule, const struct event *ev)
{
    for (size_t i = 0; i < rule->n_when; i++) {
        struct str value = event_key_value(&rule->when[i].key, ev);
        if (!matches(rule->when[i].value, value)) {
            return false;
        }
    }
    return true;
}

/* The rules that one event may meet, merged from ascending lists; the last is
 * that of the rules that are always tried. */
struct merge {
    const struct attribution *a;
    const struct rule_list *lists[ANCHORS_MAX + 1];
    size_t at[ANCHORS_MAX + 1];
};

static void look_up(struct merge *m, size_t i_anchor, const struct event *ev)
{
    const struct anchor *anchor = &m->a->anchors[i_anchor];
    struct str value = event_key_value(&anchor->key, ev);
    m->lists[i_anchor] = value.n > 0 ? map_get(&anchor->lists, value) : NULL;
    m->at[i_anchor] = 0;
}

/* The least rule from `from` on; n_rules when there is none. */
static size_t next_rule(struct merge *m, size_t from)
{
    size_t next = m->a->n_rules;
    for (size_t i = 0; i <= m->a->n_anchors; i++) {
        const struct rule_list *list = m->lists[i];
        if (list == NULL) {
            continue;
        }
        while (m->at[i] < list->n && list->at[m->at[i]] < from) {
            m->at[i]++;
        }
        if (m->at[i] < list->n && list->at[m->at[i]] < next) {
            next = list->at[m->at[i]];
        }
    }
    return next;
}

static void fill(struct merge *m, const struct attribution_pair *set,
                 bool *has_environment, struct event *ev)
{
    if (set->key.is_environment ? *has_environment
                                : event_key_value(&set->key, ev).n > 0) {
        return;
    }
    set_value(ev, &set->key, set->value);
    *has_environment = *has_environment || set->key.is_environment;
    for (size_t i = 0; i < m->a->n_anchors; i++) {
        if (event_key_same(&m->a->anchors[i].key, &set->key)) {
            look_up(m, i, ev);
        }
    }
}

static void apply_rules(const struct attribution *a, bool has_environment,
                        struct event *ev)
{
    struct merge m = {.a = a};
    for (size_t i = 0; i < a->n_anchors; i++) {
        look_up(&m, i, ev);
    }
    m.lists[a->n_anchors] = &a->always;
    for (size_t i = next_rule(&m, 0); i < a->n_rules;
         i = next_rule(&m, i + 1)) {
        const struct rule *rule = &a->rules[i];
        if (!holds(rule, ev)) {
            continue;
        }
        for (size_t k = 0; k < rule->n_set; k++) {
            fill(&m, &rule->set[k], &has_environment, ev);
        }
    }
}

void attribution_apply(const struct attribution *a, bool has_environment,
                       struct event *ev)
{
    apply_aliases(a, has_environment, ev);
    if (a->n_rules > 0) {
        apply_rules(a, has_environment, ev);
    }
    if (ev->dim[DIM_OWNER].n == 0 && ev->dim[DIM_FEATURE].n > 0) {
        const struct str *owner = map_get(&a->owners, ev->dim[DIM_FEATURE]);
        if (owner != NULL) {
            ev->dim[DIM_OWNER] = *owner;
        }
    }
}
