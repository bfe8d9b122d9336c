#include "test.h"

#include <stdio.h>

#include "base/attr.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/rand.h"
#include "intake/attribution.h"

struct fixture {
    struct attribution *a;
    struct event ev;
    struct why why;
};

static int setup(void **state)
{
    static struct fixture f;
    f.a = attribution_new();
    event_init(&f.ev);
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    attribution_unref(&f->a);
    assert_null(f->a);
    return 0;
}

/* ---- words ---- */

static struct event_key key_of(const char *text)
{
    struct event_key key;
    struct why why;
    assert_ok(event_key_parse(str_from_cz(text), &key, &why), &why);
    return key;
}

static enum rc try_alias(struct fixture *f, const char *key, const char *from,
                         const char *to)
{
    struct event_key k = key_of(key);
    return attribution_add_alias(f->a, &k, str_from_cz(from), str_from_cz(to),
                                 &f->why);
}

static void alias(struct fixture *f, const char *key, const char *from,
                  const char *to)
{
    assert_ok(try_alias(f, key, from, to), &f->why);
}

/* Pairs as "feature=search", until a NULL. */
static size_t pairs_of(const char *const *texts, struct attribution_pair *ret)
{
    size_t n = 0;
    struct why why;
    for (; texts[n] != NULL; n++) {
        struct str rest = str_from_cz(texts[n]);
        struct str key;
        assert_true(str_cut(&rest, '=', &key));
        assert_ok(event_key_parse(key, &ret[n].key, &why), &why);
        ret[n].value = rest;
    }
    return n;
}

#define PAIRS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NO_PAIRS   ((const char *const[]){NULL})

static enum rc try_rule(struct fixture *f, const char *const *when,
                        const char *const *set)
{
    struct attribution_pair whens[8];
    struct attribution_pair sets[8];
    size_t n_when = pairs_of(when, whens);
    size_t n_set = pairs_of(set, sets);
    return attribution_add_rule(f->a, whens, n_when, sets, n_set, &f->why);
}

static void rule(struct fixture *f, const char *const *when,
                 const char *const *set)
{
    assert_ok(try_rule(f, when, set), &f->why);
}

static void tag(struct fixture *f, const char *key, const char *value)
{
    assert_ok(
        event_tag_set(&f->ev, str_from_cz(key), str_from_cz(value), &f->why),
        &f->why);
}

static struct str tag_of(const struct fixture *f, const char *key)
{
    const struct event_tag *t = event_tag_find(&f->ev, str_from_cz(key));
    return t != NULL ? t->value : STR_EMPTY;
}

static void apply(struct fixture *f)
{
    attribution_apply(f->a, false, &f->ev);
}

/* ---- keys ---- */

static void a_key_is_a_dimension_a_tag_or_the_environment(void **state)
{
    (void)state;
    struct event_key key = key_of("feature");
    assert_int_equal(key.dim, DIM_FEATURE);
    assert_false(key.is_environment);
    key = key_of("environment");
    assert_true(key.is_environment);
    key = key_of("tag.service.name");
    assert_int_equal(key.dim, DIM__COUNT);
    assert_str(key.tag, "service.name");
}

static void an_unknown_key_is_told_with_the_nearest_right_word(void **state)
{
    struct fixture *f = *state;
    struct event_key key;
    assert_rc(event_key_parse(STR("featre"), &key, &f->why), RC_INVALID);
    assert_string_equal(f->why.text,
                        "'featre' is no dimension; did you mean 'feature'?");
    assert_rc(event_key_parse(STR("enviroment"), &key, &f->why), RC_INVALID);
    assert_non_null(strstr(f->why.text, "'environment'?"));
    assert_rc(event_key_parse(STR("service-name"), &key, &f->why), RC_INVALID);
    assert_non_null(strstr(f->why.text, "write 'tag.service-name'"));
    assert_rc(event_key_parse(STR("tag."), &key, &f->why), RC_INVALID);
    assert_rc(event_key_parse(STR(""), &key, &f->why), RC_INVALID);
}

static void a_tags_name_is_at_most_as_long_as_tags_are(void **state)
{
    struct fixture *f = *state;
    char text[4 + LIMIT_TAG_KEY_MAX + 1];
    struct event_key key;
    memset(text, 'x', sizeof(text));
    memcpy(text, "tag.", 4);
    struct str s = {.p = text, .n = 4 + LIMIT_TAG_KEY_MAX};
    assert_ok(event_key_parse(s, &key, &f->why), &f->why);
    s.n++;
    assert_rc(event_key_parse(s, &key, &f->why), RC_INVALID);
}

/* ---- aliases ---- */

static void an_alias_replaces_what_the_event_said(void **state)
{
    struct fixture *f = *state;
    alias(f, "feature", "Ticket Summary", "ticket-summary");
    alias(f, "tag.team", "AI", "support-ai");
    f->ev.dim[DIM_FEATURE] = STR("Ticket Summary");
    f->ev.dim[DIM_WORKFLOW] = STR("Ticket Summary");
    tag(f, "team", "AI");
    apply(f);
    assert_str(f->ev.dim[DIM_FEATURE], "ticket-summary");
    assert_str(f->ev.dim[DIM_WORKFLOW], "Ticket Summary");
    assert_str(tag_of(f, "team"), "support-ai");
}

static void an_alias_is_applied_once_and_exactly(void **state)
{
    struct fixture *f = *state;
    alias(f, "feature", "a", "b");
    alias(f, "feature", "b", "c");
    f->ev.dim[DIM_FEATURE] = STR("a");
    apply(f);
    assert_str(f->ev.dim[DIM_FEATURE], "b");
    f->ev.dim[DIM_FEATURE] = STR("A");
    apply(f);
    assert_str(f->ev.dim[DIM_FEATURE], "A");
}

static void the_last_of_two_aliases_holds(void **state)
{
    struct fixture *f = *state;
    alias(f, "feature", "a", "b");
    alias(f, "feature", "a", "c");
    f->ev.dim[DIM_FEATURE] = STR("a");
    apply(f);
    assert_str(f->ev.dim[DIM_FEATURE], "c");
}

static void an_environments_alias_needs_the_sender_to_have_said_it(void **state)
{
    struct fixture *f = *state;
    alias(f, "environment", "production", "staging");
    apply(f);
    assert_int_equal(f->ev.environment, ENVIRONMENT_PRODUCTION);
    attribution_apply(f->a, true, &f->ev);
    assert_int_equal(f->ev.environment, ENVIRONMENT_STAGING);
}

static void what_no_event_can_hold_is_refused(void **state)
{
    struct fixture *f = *state;
    static char text[LIMIT_DIM_MAX + 2];
    assert_rc(try_alias(f, "environment", "prod", "production"), RC_INVALID);
    assert_non_null(strstr(f->why.text, "'prod' is no environment"));
    assert_rc(try_alias(f, "feature", "", "x"), RC_INVALID);
    assert_rc(try_alias(f, "feature", "x", ""), RC_INVALID);
    assert_rc(try_alias(f, "feature", "x", "\xff"), RC_INVALID);
    memset(text, 'x', LIMIT_DIM_MAX + 1);
    assert_rc(try_alias(f, "feature", "x", text), RC_INVALID);
    text[LIMIT_DIM_MAX] = '\0';
    assert_rc(try_alias(f, "feature", "x", text), RC_OK);
    assert_rc(try_rule(f, PAIRS("feature=x"), PAIRS("environment=prod")),
              RC_INVALID);
    assert_rc(try_rule(f, PAIRS("environment="), PAIRS("owner=x")), RC_INVALID);
    assert_rc(try_rule(f, PAIRS("feature=x"), PAIRS("owner=")), RC_INVALID);
    assert_rc(try_rule(f, PAIRS("feature=x"), NO_PAIRS), RC_INVALID);
    assert_rc(attribution_add_owner(f->a, STR(""), STR("x"), &f->why),
              RC_INVALID);
}

/* ---- rules ---- */

static void a_rule_fills_what_is_empty_when_all_holds(void **state)
{
    struct fixture *f = *state;
    rule(f, PAIRS("tag.service=summarizer", "provider=openai"),
         PAIRS("feature=ticket-summary", "owner=support-ai", "tag.via=rule"));
    f->ev.dim[DIM_PROVIDER] = STR("openai");
    apply(f);
    assert_str(f->ev.dim[DIM_FEATURE], "");
    tag(f, "service", "summarizer");
    apply(f);
    assert_str(f->ev.dim[DIM_FEATURE], "ticket-summary");
    assert_str(f->ev.dim[DIM_OWNER], "support-ai");
    assert_str(tag_of(f, "via"), "rule");
}

static void the_sender_is_stronger_than_a_rule(void **state)
{
    struct fixture *f = *state;
    rule(f, PAIRS("provider=openai"),
         PAIRS("feature=search", "tag.team=a", "environment=test"));
    f->ev.dim[DIM_PROVIDER] = STR("openai");
    f->ev.dim[DIM_FEATURE] = STR("chat");
    tag(f, "team", "b");
    attribution_apply(f->a, true, &f->ev);
    assert_str(f->ev.dim[DIM_FEATURE], "chat");
    assert_str(tag_of(f, "team"), "b");
    assert_int_equal(f->ev.environment, ENVIRONMENT_PRODUCTION);
}

static void a_rule_may_set_an_environment_nobody_named_once(void **state)
{
    struct fixture *f = *state;
    rule(f, PAIRS("key=ci-*"), PAIRS("environment=test"));
    rule(f, PAIRS("key=*"), PAIRS("environment=staging"));
    f->ev.dim[DIM_KEY] = STR("ci-7");
    apply(f);
    assert_int_equal(f->ev.environment, ENVIRONMENT_TEST);
    f->ev.environment = ENVIRONMENT_PRODUCTION;
    f->ev.dim[DIM_KEY] = STR("other");
    apply(f);
    assert_int_equal(f->ev.environment, ENVIRONMENT_STAGING);
}

static void the_first_of_two_rules_wins_and_later_ones_see_it(void **state)
{
    struct fixture *f = *state;
    rule(f, PAIRS("segment=enterprise"), PAIRS("tag.early=yes"));
    rule(f, PAIRS("customer=acme"), PAIRS("segment=enterprise"));
    rule(f, PAIRS("customer=acme"), PAIRS("segment=free"));
    rule(f, PAIRS("segment=enterprise"), PAIRS("owner=key-accounts"));
    rule(f, PAIRS("segment=free"), PAIRS("owner=growth"));
    f->ev.dim[DIM_CUSTOMER] = STR("acme");
    apply(f);
    assert_str(f->ev.dim[DIM_SEGMENT], "enterprise");
    assert_str(f->ev.dim[DIM_OWNER], "key-accounts");
    assert_str(tag_of(f, "early"), ""); /* stood before */
}

static void empty_matches_what_is_untagged(void **state)
{
    struct fixture *f = *state;
    rule(f, PAIRS("feature=", "tag.team="), PAIRS("feature=unknown"));
    apply(f);
    assert_str(f->ev.dim[DIM_FEATURE], "unknown");
    f->ev.dim[DIM_FEATURE] = STR_EMPTY;
    tag(f, "team", "x");
    apply(f);
    assert_str(f->ev.dim[DIM_FEATURE], "");
}

static void a_rule_without_conditions_always_holds(void **state)
{
    struct fixture *f = *state;
    rule(f, NO_PAIRS, PAIRS("release=r1"));
    apply(f);
    assert_str(f->ev.dim[DIM_RELEASE], "r1");
}

static void rules_see_aliases_but_are_not_aliased(void **state)
{
    struct fixture *f = *state;
    alias(f, "feature", "old", "new");
    rule(f, PAIRS("feature=new"), PAIRS("workflow=w"));
    rule(f, PAIRS("feature="), PAIRS("feature=old"));
    f->ev.dim[DIM_FEATURE] = STR("old");
    apply(f);
    assert_str(f->ev.dim[DIM_WORKFLOW], "w");
    f->ev.dim[DIM_FEATURE] = STR_EMPTY;
    apply(f);
    assert_str(f->ev.dim[DIM_FEATURE], "old");
}

static void a_star_is_any_run_of_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        const char *text;
        bool matches;
    } rows[] = {
        {"*", "", true},
        {"*", "abc", true},
        {"a*", "a", true},
        {"a*", "abc", true},
        {"a*", "ba", false},
        {"*c", "abc", true},
        {"*c", "abd", false},
        {"a*c", "abbc", true},
        {"a*c", "ac", true},
        {"a*c", "abcd", false},
        {"*b*", "abc", true},
        {"*b*", "acd", false},
        {"a*b*c", "a-b-b-c", true},
        {"a**c", "abc", true},
        {"*ab", "aab", true},
        {"*aab", "aaab", true},
        {"a*a", "a", false},
        {"gpt-4*-mini", "gpt-4o-mini", true},
        {"gpt-4*-mini", "gpt-4o-minis", false},
    };
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        struct fixture f = {.a = attribution_new()};
        char pair[100];
        event_init(&f.ev);
        (void)snprintf(pair, sizeof(pair), "model=%s", rows[i].pattern);
        rule(&f, PAIRS(pair), PAIRS("step=yes"));
        f.ev.dim[DIM_MODEL] = str_from_cz(rows[i].text);
        apply(&f);
        if ((f.ev.dim[DIM_STEP].n > 0) != rows[i].matches) {
            print_error("%s against %s\n", rows[i].pattern, rows[i].text);
            fail();
        }
        attribution_unref(&f.a);
    }
}

static void a_tag_without_a_place_is_not_set(void **state)
{
    struct fixture *f = *state;
    static char keys[LIMIT_TAGS_MAX][8];
    rule(f, NO_PAIRS, PAIRS("tag.one-more=x", "step=s"));
    for (size_t i = 0; i < LIMIT_TAGS_MAX; i++) {
        (void)snprintf(keys[i], sizeof(keys[i]), "k%zu", i);
        tag(f, keys[i], "v");
    }
    apply(f);
    assert_int_equal(f->ev.n_tags, LIMIT_TAGS_MAX);
    assert_str(tag_of(f, "one-more"), "");
    assert_str(f->ev.dim[DIM_STEP], "s");
}

/* ---- owners ---- */

static void an_owner_comes_from_the_feature_unless_named(void **state)
{
    struct fixture *f = *state;
    assert_ok(
        attribution_add_owner(f->a, STR("search"), STR("discovery"), &f->why),
        &f->why);
    rule(f, PAIRS("key=k"), PAIRS("feature=search"));
    apply(f);
    assert_str(f->ev.dim[DIM_OWNER], "");
    f->ev.dim[DIM_KEY] = STR("k"); /* also of a feature that a rule set */
    apply(f);
    assert_str(f->ev.dim[DIM_OWNER], "discovery");
    f->ev.dim[DIM_OWNER] = STR("mine");
    apply(f);
    assert_str(f->ev.dim[DIM_OWNER], "mine");
}

/* ---- many ---- */

/* Rules of few keys and values in random order give what trying each in turn
 * gives: the index leaves none out and keeps the order. */
enum { RULES = 60, VALUES = 4 };

struct plain_rule {
    enum dim when[2]; /* DIM__COUNT: always */
    struct str value[2];
    enum dim set;
    struct str to;
};

static const struct str values[VALUES] = {STR_INIT(""), STR_INIT("a"),
                                          STR_INIT("b"), STR_INIT("a*")};
static const enum dim dims[] = {
    DIM_FEATURE, DIM_WORKFLOW, DIM_STEP,   DIM_SEGMENT, DIM_CUSTOMER,
    DIM_USER,    DIM_RELEASE,  DIM_PROMPT, DIM_VARIANT, DIM_EXPERIMENT};

static bool plain_match(struct str pattern, struct str s)
{
    if (str_eq(pattern, STR("a*"))) {
        return s.n > 0 && s.p[0] == 'a';
    }
    return str_eq(pattern, s);
}

static void plain_apply(const struct plain_rule *rules, struct event *ev)
{
    for (int i = 0; i < RULES; i++) {
        bool holds = true;
        for (int k = 0; k < 2; k++) {
            holds = holds &&
                    (rules[i].when[k] == DIM__COUNT ||
                     plain_match(rules[i].value[k], ev->dim[rules[i].when[k]]));
        }
        if (holds && ev->dim[rules[i].set].n == 0) {
            ev->dim[rules[i].set] = rules[i].to;
        }
    }
}

static void add_plain(struct attribution *a, const struct plain_rule *plain)
{
    struct attribution_pair when[2];
    struct attribution_pair set = {.key = {.dim = plain->set},
                                   .value = plain->to};
    struct why why;
    size_t n = 0;
    for (int k = 0; k < 2; k++) {
        if (plain->when[k] != DIM__COUNT) {
            when[n++] = (struct attribution_pair){
                .key = {.dim = plain->when[k]}, .value = plain->value[k]};
        }
    }
    assert_ok(attribution_add_rule(a, when, n, &set, 1, &why), &why);
}

static void the_index_gives_what_trying_all_rules_gives(void **state)
{
    (void)state;
    struct rand r;
    rand_init(&r, 5);
    for (int round = 0; round < 300; round++) {
        struct attribution *a = attribution_new();
        struct plain_rule rules[RULES];
        for (int i = 0; i < RULES; i++) {
            for (int k = 0; k < 2; k++) {
                rules[i].when[k] = rand_below(&r, 5) == 0
                                       ? DIM__COUNT
                                       : dims[rand_below(&r, ARRAY_N(dims))];
                rules[i].value[k] = values[rand_below(&r, VALUES)];
            }
            rules[i].set = dims[rand_below(&r, ARRAY_N(dims))];
            rules[i].to = values[1 + rand_below(&r, 2)];
            add_plain(a, &rules[i]);
        }
        for (int n = 0; n < 20; n++) {
            struct event ev;
            event_init(&ev);
            for (size_t d = 0; d < ARRAY_N(dims); d++) {
                ev.dim[dims[d]] = rand_below(&r, 2) == 0
                                      ? STR("")
                                      : values[1 + rand_below(&r, 2)];
            }
            struct event want = ev;
            plain_apply(rules, &want);
            attribution_apply(a, false, &ev);
            for (size_t d = 0; d < ARRAY_N(dims); d++) {
                assert_true(str_eq(ev.dim[dims[d]], want.dim[dims[d]]));
            }
        }
        attribution_unref(&a);
    }
}

static void its_text_is_its_own_and_lives_as_long_as_it_does(void **state)
{
    struct fixture *f = *state;
    char from[] = "Old Name";
    char to[] = "new-name";
    struct event_key key = key_of("feature");
    assert_ok(attribution_add_alias(f->a, &key, str_from_cz(from),
                                    str_from_cz(to), &f->why),
              &f->why);
    memset(from, '-', sizeof(from) - 1);
    memset(to, '-', sizeof(to) - 1);
    struct attribution *other = attribution_ref(f->a);
    attribution_unref(&f->a);
    f->ev.dim[DIM_FEATURE] = STR("Old Name");
    attribution_apply(other, false, &f->ev);
    assert_str(f->ev.dim[DIM_FEATURE], "new-name");
    attribution_unref(&other);
    attribution_unref(&other);
}

static void more_text_than_allowed_is_refused(void **state)
{
    struct fixture *f = *state;
    char *p = mem_alloc(LIMIT_ATTRIBUTION_BYTES_MAX);
    memset(p, '*', LIMIT_ATTRIBUTION_BYTES_MAX);
    struct attribution_pair when = {
        .key = {.dim = DIM_FEATURE},
        .value = {.p = p, .n = LIMIT_ATTRIBUTION_BYTES_MAX},
    };
    struct attribution_pair set = {.key = {.dim = DIM_STEP}, .value = STR("x")};
    assert_rc(attribution_add_rule(f->a, &when, 1, &set, 1, &f->why), RC_LIMIT);
    assert_non_null(strstr(f->why.text, "bytes"));
    apply(f);
    assert_str(f->ev.dim[DIM_STEP], "");
    mem_free(p);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_key_is_a_dimension_a_tag_or_the_environment),
        TEST(an_unknown_key_is_told_with_the_nearest_right_word),
        TEST(a_tags_name_is_at_most_as_long_as_tags_are),
        TEST(an_alias_replaces_what_the_event_said),
        TEST(an_alias_is_applied_once_and_exactly),
        TEST(the_last_of_two_aliases_holds),
        TEST(an_environments_alias_needs_the_sender_to_have_said_it),
        TEST(what_no_event_can_hold_is_refused),
        TEST(a_rule_fills_what_is_empty_when_all_holds),
        TEST(the_sender_is_stronger_than_a_rule),
        TEST(a_rule_may_set_an_environment_nobody_named_once),
        TEST(the_first_of_two_rules_wins_and_later_ones_see_it),
        TEST(empty_matches_what_is_untagged),
        TEST(a_rule_without_conditions_always_holds),
        TEST(rules_see_aliases_but_are_not_aliased),
        TEST(a_star_is_any_run_of_bytes),
        TEST(a_tag_without_a_place_is_not_set),
        TEST(an_owner_comes_from_the_feature_unless_named),
        TEST(the_index_gives_what_trying_all_rules_gives),
        TEST(its_text_is_its_own_and_lives_as_long_as_it_does),
        TEST(more_text_than_allowed_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
