#include "price/memo_priv.h"

#include <string.h>

#include "base/check.h"
#include "base/mem.h"

#define KEY_MAX (2 * LIMIT_DIM_MAX + 1)

/* Twice what the keys and matches of a full memo take, so that no rounding
 * within the arena makes it too small. */
#define ARENA_MAX \
    ((size_t)2 * LIMIT_PRICE_MEMO_MAX * (KEY_MAX + sizeof(struct price_match)))

struct price_memo {
    struct price_book *book; /* what the matches point into; NULL at first */
    struct map matches;      /* "provider/model" -> struct price_match */
    struct arena arena;
    struct name_forms forms;
};

struct price_memo *memo_new(void)
{
    struct price_memo *memo = mem_alloc(sizeof(*memo));

    map_init(&memo->matches);
    arena_init(&memo->arena, ARENA_MAX);
    return memo;
}

void memo_free(struct price_memo **memo)
{
    struct price_memo *m = *memo;

    *memo = NULL;
    if (!m) {
        return;
    }
    map_fini(&m->matches);
    arena_fini(&m->arena);
    book_unref(&m->book);
    mem_free(m);
}

static void start_over(struct price_memo *memo, struct price_book *book)
{
    map_fini(&memo->matches);
    arena_reset(&memo->arena);
    if (memo->book != book) {
        book_unref(&memo->book);
        memo->book = book_ref(book);
    }
}

/* remember: a copy of the match under a copy of its key; the names of the
 * match stay behind, since they are scratch. */
static const struct price_match *remember(struct price_memo *memo,
                                          struct str key,
                                          const struct price_match *found)
{
    char *p = arena_copy(&memo->arena, key.p, key.n);
    struct price_match *match = arena_copy(&memo->arena, found, sizeof(*found));

    CHECK(p && match); /* ARENA_MAX has room */
    match->name = STR_EMPTY;
    match->override_name = STR_EMPTY;
    map_put(&memo->matches, (struct str){.p = p, .n = key.n}, match);
    return match;
}

const struct price_match *memo_find(struct price_memo *memo,
                                    struct price_book *book,
                                    struct str provider, struct str model)
{
    char text[KEY_MAX];
    struct str key = {.p = text, .n = provider.n + 1 + model.n};
    const struct price_match *match;
    struct price_match found;

    CHECK(provider.n > 0 && provider.n <= LIMIT_DIM_MAX);
    CHECK(model.n > 0 && model.n <= LIMIT_DIM_MAX);
    memcpy(text, provider.p, provider.n);
    text[provider.n] = '\n'; /* in no provider's name */
    memcpy(text + provider.n + 1, model.p, model.n);
    if (memo->book != book || memo->matches.n >= LIMIT_PRICE_MEMO_MAX) {
        start_over(memo, book);
    }
    match = map_get(&memo->matches, key);
    if (match) {
        return match;
    }
    book_find(book, provider, model, &memo->forms, &found);
    return remember(memo, key, &found);
}
