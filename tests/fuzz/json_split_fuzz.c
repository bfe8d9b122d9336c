/* Any bytes: slices lie inside the text; and where json_parse takes the text,
 * splitting finds the same values, at every depth. */
#include "base/check.h"
#include "base/json.h"
#include "capture/json_split.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TODO_MAX = 512 /* values with children still to be compared */ };

static void check_inside(struct str part, struct str text)
{
    if (part.n > 0) {
        CHECK(part.p >= text.p && part.p + part.n <= text.p + text.n);
    }
}

static bool begin(struct str text, struct json_split *it)
{
    return json_split_obj(text, it) || json_split_arr(text, it);
}

/* On text of any kind: nothing but what the header promises. */
static void split_anything(struct str text)
{
    struct json_split it;
    struct str key;
    struct str raw;
    if (!begin(text, &it)) {
        return;
    }
    enum rc rc = json_split_next(&it, &key, &raw);
    while (rc == RC_OK) {
        check_inside(key, text);
        check_inside(raw, text);
        rc = json_split_next(&it, &key, &raw);
    }
    CHECK(rc == RC_END || rc == RC_PARSE);
    CHECK(json_split_next(&it, &key, &raw) == rc);
}

/* The children of one value; those with children of their own go to `todo`.
 */
static size_t compare_children(const struct json *parent,
                               const struct json *todo[static TODO_MAX],
                               size_t n_todo)
{
    struct json_split it;
    struct str key;
    struct str raw;
    const struct json *child = json_first(parent);
    CHECK(begin(json_raw(parent), &it));
    enum rc rc = json_split_next(&it, &key, &raw);
    while (rc == RC_OK) {
        CHECK(child != NULL && str_eq(raw, json_raw(child)));
        if (json_n(child) > 0 && n_todo < TODO_MAX) {
            todo[n_todo++] = child;
        }
        child = json_next(child);
        rc = json_split_next(&it, &key, &raw);
    }
    CHECK(rc == RC_END && child == NULL);
    return n_todo;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {.p = (const char *)data, .n = size};
    struct json *tree = NULL;
    split_anything(text);
    if (json_parse(text, &tree, NULL) == RC_OK) {
        const struct json *todo[TODO_MAX] = {tree};
        size_t n = json_n(tree) > 0 ? 1 : 0;
        while (n > 0) {
            n--;
            n = compare_children(todo[n], todo, n);
        }
    }
    json_free(&tree);
    return 0;
}
