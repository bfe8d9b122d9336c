/* From a provider's word and a model's name to the rows that price it, in the
 * order of docs/pricing.md, "Finding the price". */
#include "price/book_priv.h"

#include <string.h>

#include "event/event_provider.h"
#include "price/pattern.h"

#define KEY_MAX (2 * LIMIT_DIM_MAX + 1)

struct price_provider *book_provider(const struct price_book *book,
                                     struct str word)
{
    for (const struct price_word *w = book->aliases; w; w = w->next) {
        if (str_eq(w->word, word)) {
            return w->provider;
        }
    }
    for (struct price_provider *p = book->providers; p; p = p->next) {
        if (str_eq(p->name, word)) {
            return p;
        }
    }
    return NULL;
}

/* find_word: the first entry for `word`, of that model unless it is NULL. */
static const struct price_word *find_word(const struct price_word *list,
                                          struct str word,
                                          const struct price_model *model)
{
    for (; list; list = list->next) {
        if (str_eq(list->word, word) && (!model || list->model == model)) {
            return list;
        }
    }
    return NULL;
}

/* find_model: the first model of the provider's list that claims the name,
 * whether by a plain name or by a pattern. */
static const struct price_model *find_model(const struct price_provider *p,
                                            struct str name)
{
    const struct price_model *plain = map_get(&p->plain, name);

    for (const struct price_pattern *t = p->patterns; t; t = t->next) {
        if (plain && plain->order <= t->model->order) {
            break;
        }
        if (pattern_matches(t->pattern, name)) {
            return t->model;
        }
    }
    return plain;
}

/* find_listed: in the provider's own list, then in those it passes on. */
static const struct price_model *find_listed(const struct price_book *book,
                                             const struct price_provider *p,
                                             struct str name, bool *ret_hosted)
{
    const struct price_model *model = find_model(p, name);
    struct str hosts = p->hosts;
    struct str host;

    *ret_hosted = false;
    while (!model && str_cut(&hosts, ' ', &host)) {
        const struct price_provider *other = book_provider(book, host);

        model = other ? find_model(other, name) : NULL;
        *ret_hosted = model != NULL;
    }
    return model;
}

const struct price_model *book_find_override(const struct price_book *book,
                                             struct str provider,
                                             struct str name)
{
    char key[KEY_MAX];

    if (book->overrides.n == 0 || provider.n == 0 ||
        provider.n + 1 + name.n > sizeof(key)) {
        return NULL;
    }
    memcpy(key, provider.p, provider.n);
    key[provider.n] = '/';
    memcpy(key + provider.n + 1, name.p, name.n);
    return map_get(&book->overrides,
                   (struct str){.p = key, .n = provider.n + 1 + name.n});
}

/* pass_on: behind a router stands the provider that its models' names begin
 * with, or that the name alone makes certain. */
static struct str pass_on(const struct price_book *book, struct str model)
{
    struct str head;
    struct str rest = model;

    if (str_cut(&rest, '/', &head) && rest.n > 0) {
        struct str word = provider_fold(head);

        if (book_provider(book, word)) {
            return word;
        }
    }
    return provider_of_model(model);
}

static enum name_source name_source(const struct price_book *book,
                                    const struct price_provider *seller,
                                    bool is_routed)
{
    bool is_bedrock = seller && seller == book_provider(book, STR("aws"));

    return is_routed ? NAME_ROUTED : is_bedrock ? NAME_BEDROCK : NAME_PLAIN;
}

void book_find(const struct price_book *book, struct str provider,
               struct str model, struct name_forms *forms,
               struct price_match *ret)
{
    struct str word = provider_fold(provider);
    bool is_routed = find_word(book->routers, word, NULL) != NULL;
    struct str seller = is_routed ? pass_on(book, str_trim(model)) : word;
    const struct price_word *local = find_word(book->locals, word, NULL);

    *ret = (struct price_match){.seller = book_provider(book, seller)};
    name_forms_of(forms, model, name_source(book, ret->seller, is_routed));
    ret->discounts = map_get(&book->discounts, word);
    for (size_t i = 0; i < forms->n && !ret->override; i++) {
        ret->override = book_find_override(book, word, forms->form[i]);
        ret->override_name = forms->form[i];
    }
    if (local) {
        ret->fixed = local->row;
        return;
    }
    if (!ret->seller) {
        return;
    }
    for (size_t i = 0; i < forms->n && !ret->model; i++) {
        ret->model =
            find_listed(book, ret->seller, forms->form[i], &ret->is_hosted);
        ret->name = forms->form[i];
    }
    ret->is_hosted = ret->is_hosted || (is_routed && ret->model);
    if (forms->is_free) {
        ret->fixed = ret->seller->free_row;
    } else if (ret->model) {
        const struct price_word *w = find_word(book->frees, word, ret->model);

        ret->fixed = w ? w->row : NULL;
    }
}
