/* Any bytes: json_parse refuses them, or gives a tree that, written and
 * parsed again, is written as the same text; and where it gives one, so does
 * skimming, which says the same. */
#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { DEPTH_MAX = 60 /* below what the writer takes */ };

static void write_number(const struct json *j, struct json_writer *w)
{
    struct buf text;
    buf_init(&text, 100);
    json_num_text(j, &text);
    json_w_raw(w, buf_view(&text));
    buf_fini(&text);
}

/* A value, or the beginning of one with children. */
static void write_begin(const struct json *j, struct json_writer *w)
{
    switch (json_kind(j)) {
    case JSON_NULL:
        json_w_null(w);
        break;
    case JSON_BOOL:
        json_w_bool(w, json_bool(j));
        break;
    case JSON_NUM:
        write_number(j, w);
        break;
    case JSON_STR:
        json_w_str(w, json_str(j));
        break;
    case JSON_ARR:
        json_w_arr(w);
        break;
    case JSON_OBJ:
        json_w_obj(w);
        break;
    }
}

static void write_end(const struct json *j, struct json_writer *w)
{
    if (json_kind(j) == JSON_ARR) {
        json_w_arr_end(w);
    } else if (json_kind(j) == JSON_OBJ) {
        json_w_obj_end(w);
    }
}

/* The whole tree; false when it is too deep for the writer. */
static bool write_tree(const struct json *j, struct json_writer *w)
{
    const struct json *above[DEPTH_MAX]; /* begun and not ended */
    int depth = 0;
    while (j != NULL) {
        if (depth == DEPTH_MAX) {
            return false;
        }
        if (depth > 0 && json_kind(above[depth - 1]) == JSON_OBJ) {
            json_w_key(w, json_key(j));
        }
        write_begin(j, w);
        above[depth++] = j;
        j = json_first(j);
        while (j == NULL && depth > 0) {
            const struct json *done = above[--depth];
            write_end(done, w);
            j = depth > 0 ? json_next(done) : NULL;
        }
    }
    return true;
}

static bool rewrite(struct str text, struct buf *out)
{
    struct json *j = NULL;
    struct json_writer w;
    if (json_parse(text, &j, NULL) != RC_OK) {
        return false;
    }
    json_w_init(&w, out);
    bool is_whole = write_tree(j, &w);
    json_free(&j);
    return is_whole;
}

/* With other brackets behind, which simdjson may look at. */
static void skim(struct str text, const struct buf *want)
{
    struct json_parser *p = json_parser_new();
    const struct json *j = NULL;
    struct json_writer w;
    struct buf copy;
    struct buf got;
    buf_init(&copy, SIZE_MAX);
    buf_init(&got, SIZE_MAX);
    buf_str(&copy, text);
    char *behind = buf_space(&copy, JSON_PADDING);
    CHECK(behind != NULL);
    memset(behind, '}', JSON_PADDING);
    if (json_parser_skim(p, buf_view(&copy), &j) == RC_OK) {
        json_w_init(&w, &got);
        (void)write_tree(j, &w);
    }
    if (want != NULL && want->n > 0 && (*want->p == '{' || *want->p == '[')) {
        CHECK(j != NULL);
        CHECK(str_eq(buf_view(&got), buf_view(want)));
    }
    buf_fini(&copy);
    buf_fini(&got);
    json_parser_free(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {.p = (const char *)data, .n = size};
    struct buf once;
    struct buf twice;
    buf_init(&once, SIZE_MAX);
    buf_init(&twice, SIZE_MAX);
    if (rewrite(text, &once)) {
        CHECK(rewrite(buf_view(&once), &twice));
        CHECK(str_eq(buf_view(&once), buf_view(&twice)));
    }
    skim(text, twice.n > 0 ? &once : NULL);
    buf_fini(&once);
    buf_fini(&twice);
    return 0;
}
