/* Any bytes: slices lie inside the text; and where json_parse takes the text,
 * skimming finds the same keys and values, at every depth. */
#include "base/arena.h"
#include "base/check.h"
#include "base/json.h"
#include "base/json_skim.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    ARENA_BYTES = 1 << 24,
    TODO_MAX = 512, /* values with children still to be compared */
    NUM_BYTES_MAX = 100
};

/* A slice and the value that it should be. */
struct pair {
    struct str raw;
    const struct json *value;
};

static void check_inside(struct str part, struct str text)
{
    if (part.n > 0) {
        CHECK(part.p >= text.p && part.p + part.n <= text.p + text.n);
    }
}

static bool begin(struct str text, struct json_skim *it)
{
    return json_skim_obj(text, it) || json_skim_arr(text, it);
}

/* On text of any kind: nothing but what the header promises. */
static void skim_anything(struct str text, struct arena *arena)
{
    struct json_skim it;
    struct str key;
    struct str raw;
    struct str s;
    int64_t n;
    if (!begin(text, &it)) {
        return;
    }
    enum rc rc = json_skim_next(&it, &key, &raw);
    while (rc == RC_OK) {
        check_inside(key, text);
        check_inside(raw, text);
        (void)json_skim_key_is(key, STR("a\n"));
        if (json_skim_str(raw, arena, &s) == RC_OK) {
            CHECK(str_utf8_ok(s));
        }
        if (json_skim_i64(raw, &n) == RC_OK) {
            CHECK(json_skim_num_n(raw) == raw.n);
        }
        rc = json_skim_next(&it, &key, &raw);
    }
    CHECK(rc == RC_END || rc == RC_PARSE);
    CHECK(json_skim_next(&it, &key, &raw) == rc);
    if (json_skim_get(text, STR("a"), &raw) == RC_OK) {
        check_inside(raw, text);
    }
}

static void compare_scalar(struct pair pair, struct arena *arena)
{
    enum json_kind kind;
    CHECK(json_skim_kind(pair.raw, &kind));
    CHECK(kind == json_kind(pair.value));
    if (kind == JSON_STR) {
        struct str s;
        CHECK(json_skim_str(pair.raw, arena, &s) == RC_OK);
        CHECK(str_eq(s, json_str(pair.value)));
    }
    if (kind == JSON_NUM && pair.raw.n <= NUM_BYTES_MAX) {
        int64_t a = 0;
        int64_t b = 0;
        CHECK(json_skim_i64(pair.raw, &a) == json_i64(pair.value, &b));
        CHECK(a == b);
    }
    if (kind == JSON_BOOL) {
        CHECK(str_eq(pair.raw, STR("true")) == json_bool(pair.value));
    }
}

/* The children of one value; those with children of their own go to `todo`.
 */
static size_t compare_children(struct pair parent, struct arena *arena,
                               struct pair todo[static TODO_MAX], size_t n_todo)
{
    struct json_skim it;
    struct pair child = {.value = json_first(parent.value)};
    struct str key;
    CHECK(begin(parent.raw, &it));
    while (json_skim_next(&it, &key, &child.raw) == RC_OK) {
        CHECK(child.value != NULL);
        CHECK(json_skim_key_is(key, json_key(child.value)));
        compare_scalar(child, arena);
        enum json_kind kind = json_kind(child.value);
        if ((kind == JSON_OBJ || kind == JSON_ARR) && n_todo < TODO_MAX) {
            todo[n_todo++] = child;
        }
        child.value = json_next(child.value);
    }
    CHECK(child.value == NULL);
    CHECK(it.is_done);
    return n_todo;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {.p = (const char *)data, .n = size};
    struct arena arena;
    struct json *tree = NULL;
    arena_init(&arena, ARENA_BYTES);
    skim_anything(text, &arena);
    if (json_parse(text, &tree, NULL) == RC_OK) {
        struct pair todo[TODO_MAX] = {{.raw = text, .value = tree}};
        enum json_kind kind = json_kind(tree);
        size_t n = kind == JSON_OBJ || kind == JSON_ARR ? 1 : 0;
        while (n > 0) {
            n--;
            n = compare_children(todo[n], &arena, todo, n);
        }
    }
    json_free(&tree);
    arena_fini(&arena);
    return 0;
}
