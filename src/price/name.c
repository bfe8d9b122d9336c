#include "price/name.h"

#include <string.h>

#include "base/attr.h"
#include "price/pattern.h"

/* What OpenAI-compatible proxies put before a slash: a vendor, a cloud or
 * themselves. */
static const struct str path_heads[] = {
    STR_INIT("ai21"),         STR_INIT("amazon"),      STR_INIT("anthropic"),
    STR_INIT("azure"),        STR_INIT("azure_ai"),    STR_INIT("bedrock"),
    STR_INIT("cerebras"),     STR_INIT("cohere"),      STR_INIT("converse"),
    STR_INIT("deepseek"),     STR_INIT("deepseek-ai"), STR_INIT("fireworks"),
    STR_INIT("fireworks_ai"), STR_INIT("gemini"),      STR_INIT("google"),
    STR_INIT("groq"),         STR_INIT("litellm"),     STR_INIT("meta-llama"),
    STR_INIT("minimax"),      STR_INIT("mistral"),     STR_INIT("mistralai"),
    STR_INIT("moonshot"),     STR_INIT("moonshotai"),  STR_INIT("openai"),
    STR_INIT("openrouter"),   STR_INIT("perplexity"),  STR_INIT("portkey"),
    STR_INIT("qwen"),         STR_INIT("together"),    STR_INIT("together_ai"),
    STR_INIT("vercel"),       STR_INIT("vertex_ai"),   STR_INIT("voyage"),
    STR_INIT("x-ai"),         STR_INIT("xai"),         STR_INIT("z-ai"),
    STR_INIT("zai"),
};

static const struct str path_roots[] = {
    STR_INIT("models/"),
    STR_INIT("publishers/"),
    STR_INIT("projects/"),
    STR_INIT("accounts/"),
};

/* Bedrock: "us.anthropic.claude-...": a region and a vendor. */
static const struct str bedrock_heads[] = {
    STR_INIT("global."),  STR_INIT("us-gov."),   STR_INIT("us."),
    STR_INIT("eu."),      STR_INIT("apac."),     STR_INIT("jp."),
    STR_INIT("au."),      STR_INIT("ca."),       STR_INIT("in."),
    STR_INIT("amazon."),  STR_INIT("ai21."),     STR_INIT("anthropic."),
    STR_INIT("cohere."),  STR_INIT("deepseek."), STR_INIT("meta."),
    STR_INIT("mistral."), STR_INIT("openai."),   STR_INIT("qwen."),
    STR_INIT("writer."),
};

/* What is said behind a name without making it another model. */
static const struct str tails[] = {
    STR_INIT(":free"),   STR_INIT(":nitro"),    STR_INIT(":floor"),
    STR_INIT(":online"), STR_INIT(":extended"), STR_INIT(":thinking"),
    STR_INIT("[1m]"),    STR_INIT("-latest"),
};
static const struct str late_tails[] = {
    /* after dates: "-preview-04-17" */
    STR_INIT("-preview"),
    STR_INIT("-exp"),
};

/* Dates behind a name: a pattern of price/pattern.h, and where in it two
 * digits must be a month (01-12), a day (01-31) or a year (20-39); 0: nowhere.
 * Longest first. */
struct date_shape {
    struct str pattern;
    unsigned char month_at;
    unsigned char day_at;
    unsigned char year_at;
};
static const struct date_shape dates[] = {
    {.pattern = STR_INIT("$-20##-##-##"), .month_at = 6, .day_at = 9},
    {.pattern = STR_INIT("$-20######"), .month_at = 5, .day_at = 7},
    {.pattern = STR_INIT("$-##-20##"), .month_at = 1},
    {.pattern = STR_INIT("$-##-##"), .month_at = 1, .day_at = 4},
    {.pattern = STR_INIT("$-####"), .month_at = 1, .day_at = 3},
    {.pattern = STR_INIT("$-####"), .month_at = 3, .year_at = 1},
    {.pattern = STR_INIT("$-00#")},
};

static bool is_digit(struct str s, size_t at)
{
    return at < s.n && s.p[at] >= '0' && s.p[at] <= '9';
}

static bool ends_one_of(struct str s, const struct str *table, size_t n,
                        size_t *ret_n)
{
    for (size_t i = 0; i < n; i++) {
        if (s.n > table[i].n && str_ends(s, table[i])) {
            *ret_n = table[i].n;
            return true;
        }
    }
    return false;
}

static bool starts_one_of(struct str s, const struct str *table, size_t n,
                          size_t *ret_n)
{
    for (size_t i = 0; i < n; i++) {
        if (s.n > table[i].n && str_starts(s, table[i])) {
            *ret_n = table[i].n;
            return true;
        }
    }
    return false;
}

/* ---- rules: each takes one thing off, false when it is not there ---- */

typedef bool name_rule(struct str *s);

static bool drop_front(struct str *s, size_t n)
{
    *s = str_sub(*s, n, s->n);
    return true;
}

static bool drop_back(struct str *s, size_t n)
{
    s->n -= n;
    return true;
}

/* "arn:aws:bedrock:...:foundation-model/ID"; the ids of what an account made
 * for itself say nothing about the model. */
static bool rule_arn(struct str *s)
{
    size_t slash = str_find_char(*s, '/', 0);

    if (!str_starts(*s, STR("arn:")) || slash == SIZE_MAX) {
        return false;
    }
    struct str head = str_sub(*s, 0, slash);

    return (str_ends(head, STR(":foundation-model")) ||
            str_ends(head, STR(":inference-profile"))) &&
           drop_front(s, slash + 1);
}

/* "openrouter/x", "anthropic/x", "@portkey-slug/x", "~openai/x". */
static bool rule_head(struct str *s)
{
    size_t slash = str_find_char(*s, '/', 0);
    struct str head = str_sub(*s, 0, slash);

    if (slash == SIZE_MAX || slash + 1 == s->n) {
        return false;
    }
    if (head.n > 1 && head.p[0] == '@') {
        return drop_front(s, slash + 1);
    }
    for (size_t i = 0; i < ARRAY_N(path_heads); i++) {
        if (str_eq(head, path_heads[i])) {
            return drop_front(s, slash + 1);
        }
    }
    return false;
}

/* "publishers/google/models/x": the last of the path. */
static bool rule_path(struct str *s)
{
    size_t root = 0;
    size_t at = s->n;

    if (!starts_one_of(*s, path_roots, ARRAY_N(path_roots), &root)) {
        return false;
    }
    while (s->p[at - 1] != '/') {
        at--; /* the root ends with a slash */
    }
    return at < s->n && drop_front(s, at);
}

static bool rule_bedrock_head(struct str *s)
{
    size_t n = 0;

    return starts_one_of(*s, bedrock_heads, ARRAY_N(bedrock_heads), &n) &&
           drop_front(s, n);
}

/* "-v1", "-v1:0", "-v2:1:200k" at the end. */
static bool rule_bedrock_version(struct str *s)
{
    size_t at = s->n;

    while (at > 0 && (is_digit(*s, at - 1) || s->p[at - 1] == ':' ||
                      (s->p[at - 1] == 'k' && at == s->n))) {
        at--;
    }
    return at > 2 && is_digit(*s, at) &&
           str_ends(str_sub(*s, 0, at), STR("-v")) &&
           drop_back(s, s->n - at + 2);
}

static bool rule_tail(struct str *s)
{
    size_t n = 0;

    return ends_one_of(*s, tails, ARRAY_N(tails), &n) && drop_back(s, n);
}

static bool rule_late_tail(struct str *s)
{
    size_t n = 0;

    return ends_one_of(*s, late_tails, ARRAY_N(late_tails), &n) &&
           drop_back(s, n);
}

/* two_within: the two digits at `at` are low..high; nowhere is within. */
static bool two_within(struct str s, size_t at, int low, int high)
{
    int n = at > 0 ? (s.p[at] - '0') * 10 + (s.p[at + 1] - '0') : low;

    return n >= low && n <= high;
}

static bool rule_date(struct str *s)
{
    for (size_t i = 0; i < ARRAY_N(dates); i++) {
        const struct date_shape *d = &dates[i];
        size_t n = d->pattern.n - 1;

        if (s->n <= n || !pattern_matches(d->pattern, *s)) {
            continue;
        }
        struct str tail = str_sub(*s, s->n - n, n);

        if (two_within(tail, d->month_at, 1, 12) &&
            two_within(tail, d->day_at, 1, 31) &&
            two_within(tail, d->year_at, 20, 39)) {
            return drop_back(s, n);
        }
    }
    return false;
}

/* "name@20250929", "name@001", "name@default": Vertex AI's versions. */
static bool rule_at(struct str *s)
{
    size_t at = str_find_char(*s, '@', 1);

    return at != SIZE_MAX && drop_back(s, s->n - at);
}

/* A router's names begin with a provider, whatever it is called. */
static bool rule_routed_head(struct str *s)
{
    size_t slash = str_find_char(*s, '/', 0);

    return slash != SIZE_MAX && slash + 1 < s->n && drop_front(s, slash + 1);
}

/* Two lists, each tried in its order and from the top again after a rule
 * that applied. */
struct name_rule_row {
    name_rule *take_off;
    enum name_source only; /* NAME_PLAIN: whoever says it */
};
static const struct name_rule_row front_rules[] = {
    {rule_arn, NAME_PLAIN},
    {rule_routed_head, NAME_ROUTED},
    {rule_head, NAME_PLAIN},
    {rule_path, NAME_PLAIN},
    {rule_bedrock_head, NAME_BEDROCK},
};
static const struct name_rule_row back_rules[] = {
    {rule_bedrock_version, NAME_BEDROCK},
    {rule_at, NAME_PLAIN},
    {rule_tail, NAME_PLAIN},
    {rule_date, NAME_PLAIN},
    {rule_late_tail, NAME_PLAIN},
};

/* ---- rewrites: the same name in another spelling ---- */

/* Writes to `to`, which has room for LIMIT_DIM_MAX bytes; 0 when the name
 * has no such other spelling, or it is too long. */
typedef size_t name_rewrite(struct str s, char *to);

static size_t put(char *to, size_t n, struct str s)
{
    if (n + s.n > LIMIT_DIM_MAX) {
        return 0;
    }
    memcpy(to + n, s.p, s.n);
    return n + s.n;
}

/* "-20250929" to "-2025-09-29", the catalogue's own way with dates. */
static size_t rewrite_date(struct str s, char *to)
{
    static const struct date_shape *const shape = &dates[1];
    size_t n = shape->pattern.n - 1;

    for (size_t end = s.n; end > n; end--) {
        struct str head = str_sub(s, 0, end);
        bool is_end = end == s.n || s.p[end] == '-' || s.p[end] == ':';

        if (is_end && rule_date(&head) && head.n == end - n) {
            size_t k = put(to, 0, str_sub(s, 0, head.n + 5));

            k = k > 0 ? put(to, k, STR("-")) : 0;
            k = k > 0 ? put(to, k, str_sub(s, head.n + 5, 2)) : 0;
            k = k > 0 ? put(to, k, STR("-")) : 0;
            return k > 0 ? put(to, k, str_sub(s, head.n + 7, s.n)) : 0;
        }
    }
    return 0;
}

/* swap_signs: `from` between two digits becomes `into`. */
static size_t swap_signs(struct str s, char *to, char from, char into)
{
    bool has_changed = false;
    size_t n = put(to, 0, s);

    for (size_t i = 1; i + 1 < n; i++) {
        if (s.p[i] == from && is_digit(s, i - 1) && is_digit(s, i + 1)) {
            to[i] = into;
            has_changed = true;
        }
    }
    return has_changed ? n : 0;
}

static size_t rewrite_dots(struct str s, char *to)
{
    return swap_signs(s, to, '-', '.');
}

static size_t rewrite_dashes(struct str s, char *to)
{
    return swap_signs(s, to, '.', '-');
}

/* "name@20250929" to "name-20250929". */
static size_t rewrite_at(struct str s, char *to)
{
    size_t at = str_find_char(s, '@', 1);
    size_t n = put(to, 0, s);

    if (at == SIZE_MAX || n == 0) {
        return 0;
    }
    to[at] = '-';
    return n;
}

/* Azure allows no dot in a deployment's name. */
static size_t rewrite_azure(struct str s, char *to)
{
    static const struct str azure = STR_INIT("gpt-35-");
    size_t n = 0;

    if (str_starts(s, azure)) {
        n = put(to, 0, STR("gpt-3.5-"));
        n = put(to, n, str_sub(s, azure.n, s.n));
    }
    return n;
}

/* "claude-4-5-sonnet-..." to "claude-sonnet-4-5-...": the family first. */
static size_t rewrite_claude(struct str s, char *to)
{
    static const struct str families[] = {
        STR_INIT("-opus"), STR_INIT("-sonnet"), STR_INIT("-haiku")};
    static const struct str claude = STR_INIT("claude");

    if (!str_starts(s, claude) || !is_digit(s, claude.n + 1)) {
        return 0;
    }
    for (size_t i = 0; i < ARRAY_N(families); i++) {
        size_t at = str_find(s, families[i], claude.n);

        if (at != SIZE_MAX) {
            size_t n = put(to, 0, claude);

            n = put(to, n, families[i]);
            n = put(to, n, str_sub(s, claude.n, at - claude.n));
            return put(to, n, str_sub(s, at + families[i].n, s.n));
        }
    }
    return 0;
}

static name_rewrite *const rewrites[] = {
    rewrite_date, rewrite_at,     rewrite_azure,
    rewrite_dots, rewrite_dashes, rewrite_claude,
};

/* ---- all of them ---- */

static void add_form(struct name_forms *f, struct str s)
{
    for (size_t i = 0; i < f->n; i++) {
        if (str_eq(f->form[i], s)) {
            return;
        }
    }
    if (f->n < NAME_FORMS_MAX) {
        f->form[f->n++] = s;
    }
}

/* add_all: the form and its other spellings. */
static void add_all(struct name_forms *f, struct str s)
{
    add_form(f, s);
    for (size_t i = 0; i < ARRAY_N(rewrites); i++) {
        char *to = f->text + f->text_n;

        if (f->text_n + LIMIT_DIM_MAX > sizeof(f->text)) {
            return;
        }
        size_t n = rewrites[i](s, to);

        if (n > 0) {
            f->text_n += n;
            add_form(f, (struct str){.p = to, .n = n});
        }
    }
}

/* add_latest: the list may have an undated name under "-latest" only.  Not
 * for a dated one: the latest may cost something else by now. */
static void add_latest(struct name_forms *f, struct str s)
{
    char *to = f->text + f->text_n;

    if (f->text_n + LIMIT_DIM_MAX > sizeof(f->text)) {
        return;
    }
    size_t n = put(to, put(to, 0, s), STR("-latest"));

    if (n > s.n) {
        f->text_n += n;
        add_form(f, (struct str){.p = to, .n = n});
    }
}

/* take_off: the first rule that applies. */
static bool take_off(struct str *s, const struct name_rule_row *rules, size_t n,
                     enum name_source source)
{
    for (size_t i = 0; i < n; i++) {
        bool may_apply = rules[i].only == NAME_PLAIN || rules[i].only == source;

        if (may_apply && rules[i].take_off(s)) {
            return true;
        }
    }
    return false;
}

/* add_fronts: the spelling with one thing after another off its front. */
static void add_fronts(struct name_forms *f, struct str s, bool is_back_whole,
                       enum name_source source)
{
    do {
        add_all(f, s);
        if (is_back_whole) {
            add_latest(f, s);
        }
    } while (f->n < NAME_FORMS_MAX &&
             take_off(&s, front_rules, ARRAY_N(front_rules), source));
}

static struct str lower(struct str s, char *to)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (c >= 'A' && c <= 'Z') {
            c = (char)(c + ('a' - 'A'));
        }
        to[i] = c;
    }
    return (struct str){.p = to, .n = s.n};
}

void name_forms_of(struct name_forms *ret, struct str model,
                   enum name_source source)
{
    struct str name = str_trim(model);
    struct str back;

    ret->n = 0;
    ret->text_n = 0;
    ret->is_free = false;
    if (name.n == 0 || name.n > LIMIT_DIM_MAX) {
        return;
    }
    name = lower(name, ret->text);
    ret->text_n = name.n;
    ret->is_free = str_ends(name, STR(":free"));
    /* What stands behind a name may be a date, so it stays as long as it
     * can: all fronts first, then the same with one thing off the back. */
    back = name;
    do {
        add_fronts(ret, back, back.n == name.n, source);
    } while (ret->n < NAME_FORMS_MAX &&
             take_off(&back, back_rules, ARRAY_N(back_rules), source));
}
