#include "capture/import/import_format.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/why.h"
#include "capture/import/import_rows.h"
#include "capture/json_split.h"

const struct import_format *const import_format_table[] = {
    &import_format_anthropic_costs, &import_format_anthropic_usage,
    &import_format_bedrock,         &import_format_claude_code,
    &import_format_codex,           &import_format_csv,
    &import_format_customers,       &import_format_events,
    &import_format_helicone,        &import_format_invoices,
    &import_format_langfuse,        &import_format_litellm,
    &import_format_litellm_logging, &import_format_openai_costs,
    &import_format_openai_usage,    &import_format_openrouter,
    &import_format_outcomes,        &import_format_rejects,
    &import_format_releases,        NULL,
};

const struct import_format_doc *import_format_doc(size_t i)
{
    bool is_in = i < ARRAY_N(import_format_table) - 1;
    return is_in ? &import_format_table[i]->about : NULL;
}

enum rc import_format_find(const char *name, const struct import_format **ret,
                           struct why *why)
{
    struct buf names;
    buf_init(&names, sizeof(why->text));
    for (size_t i = 0; import_format_table[i] != NULL; i++) {
        const char *known = import_format_table[i]->about.name;
        if (str_eq(str_from_cz(known), str_from_cz(name))) {
            *ret = import_format_table[i];
            buf_fini(&names);
            return RC_OK;
        }
        buf_cz(&names, i > 0 ? ", " : "");
        buf_cz(&names, known);
    }
    enum rc rc = why_set(why, RC_INVALID,
                         "no format is called %s; there are "
                         "%.*s",
                         name, STR_ARG(buf_view(&names)));
    buf_fini(&names);
    return rc;
}

/* Asks every format, or those of rows, about one object; what is surer of it
 * than the best so far becomes that. */
static void ask(struct str obj, bool rows_only,
                const struct import_format **best,
                enum import_match *best_match)
{
    for (size_t i = 0; import_format_table[i] != NULL; i++) {
        const struct import_format *f = import_format_table[i];
        bool is_asked = f->is_object != NULL && (!rows_only || f->object);
        enum import_match match =
            is_asked ? f->is_object(obj) : IMPORT_MATCH_NO;
        if (match > *best_match) {
            *best = f;
            *best_match = match;
        }
    }
}

/* The format that is surest of one object. */
static const struct import_format *of_object(struct str obj, bool rows_only)
{
    const struct import_format *best = NULL;
    enum import_match match = IMPORT_MATCH_NO;
    ask(obj, rows_only, &best, &match);
    return best;
}

const struct import_format *import_format_of_object(struct str obj)
{
    return of_object(obj, true);
}

/* The first elements may say little, as the hours of a report in which nobody
 * called: the first of which a format is sure decides. */
static const struct import_format *of_elements(struct str elements)
{
    const struct import_format *best = NULL;
    enum import_match match = IMPORT_MATCH_NO;
    struct json_split it = {.at = elements.p,
                            .end = elements.p + elements.n,
                            .close = ']',
                            .is_first = true};
    enum rc rc = RC_OK;
    for (int n = 0; n < LIMIT_IMPORT_HEAD_LINES && rc == RC_OK &&
                    match != IMPORT_MATCH_SURE;
         n++) {
        struct str key;
        struct str obj = {.p = it.at, .n = (size_t)(it.end - it.at)};
        rc = json_split_next(&it, &key, &obj);
        if (it.close == '\0') {
            break;
        }
        if (rc != RC_OK) { /* the last, whose end is missing */
            obj = str_sub(obj, str_find_char(obj, '{', 0), SIZE_MAX);
        }
        ask(obj, true, &best, &match);
    }
    return best;
}

/* The first lines may say little: the first that any format knows decides. */
static const struct import_format *of_lines(struct str head)
{
    struct str line;
    for (int n = 0; n < LIMIT_IMPORT_HEAD_LINES && str_cut(&head, '\n', &line);
         n++) {
        const struct import_format *f = of_object(line, false);
        if (f != NULL) {
            return f;
        }
    }
    return NULL;
}

static const struct import_format *of_header(struct str head,
                                             const struct import_map *map)
{
    struct arena arena;
    struct str *cells;
    size_t n;
    char sep;
    const struct import_format *best = NULL;
    enum import_match best_match = IMPORT_MATCH_NO;
    arena_init(&arena, LIMIT_IMPORT_ROW_BYTES);
    if (str_find_char(head, '\0', 0) == SIZE_MAX &&
        import_table_header(head, &arena, &cells, &n, &sep) == RC_OK) {
        for (size_t i = 0; import_format_table[i] != NULL; i++) {
            const struct import_format *f = import_format_table[i];
            enum import_match match = f->is_header != NULL
                                          ? f->is_header(cells, n, map)
                                          : IMPORT_MATCH_NO;
            if (match > best_match) {
                best = f;
                best_match = match;
            }
        }
    }
    arena_fini(&arena);
    return best;
}

/* What people try to import, known by its first bytes, and what to do. */
static const char *hint_of(struct str head)
{
    static const struct {
        struct str magic;
        const char *hint;
    } rows[] = {
        {STR_INIT("\x28\xb5\x2f\xfd"), "it is packed by zstd; unpack it first"},
        {STR_INIT("PK\x03\x04"), "it is a zip file or a spreadsheet; unpack "
                                 "it, or save it as CSV"},
        {STR_INIT("PAR1"), "it is a Parquet file; save it as CSV or NDJSON"},
        {STR_INIT("\xff\xfe"), "it is UTF-16 text; save it as UTF-8"},
        {STR_INIT("\xfe\xff"), "it is UTF-16 text; save it as UTF-8"},
        {STR_INIT("BZh"), "it is packed by bzip2; unpack it first"},
        {STR_INIT("\xfd"
                  "7zXZ"),
         "it is packed by xz; unpack it first"},
    };
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        if (str_starts(head, rows[i].magic)) {
            return rows[i].hint;
        }
    }
    return "";
}

const struct import_format *import_format_detect(struct str head,
                                                 const struct import_map *map,
                                                 const char **ret_hint)
{
    struct str first;
    *ret_hint = "";
    switch (import_shape_of(head, &first)) {
    case IMPORT_SHAPE_LINES:
        return of_lines(head);
    case IMPORT_SHAPE_ARRAY:
    case IMPORT_SHAPE_PAGE:
        return of_elements(first);
    case IMPORT_SHAPE_OBJECT:
        return import_format_of_object(first);
    case IMPORT_SHAPE_NONE:
        break;
    }
    *ret_hint = hint_of(head);
    return **ret_hint == '\0' ? of_header(head, map) : NULL;
}
