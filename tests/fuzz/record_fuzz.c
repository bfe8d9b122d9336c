/* Any text as each kind of record, in JSON and as a row of a table, and any
 * bytes as stored records: what is taken obeys every rule, and is the same
 * once written and read again. */
#include "base/buf.h"
#include "base/check.h"
#include "base/json.h"
#include "base/why.h"
#include "event/record.h"

#define NOW_US INT64_C(1795379471123456) /* 2026-11-22 */

enum { CELLS_MAX = 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void bin_of(const struct record *rec, struct buf *b)
{
    buf_clear(b);
    record_bin_add(b, rec);
    CHECK(buf_rc(b, NULL) == RC_OK);
}

static void check_record(const struct record *rec)
{
    struct json *json = NULL;
    struct record again;
    struct buf text;
    struct buf before;
    struct buf after;

    buf_init(&text, LIMIT_BODY_MAX);
    buf_init(&before, LIMIT_EVENT_BYTES_MAX);
    buf_init(&after, LIMIT_EVENT_BYTES_MAX);
    CHECK(record_check(rec, NOW_US, NULL) == RC_OK);
    record_add_json(&text, rec);
    CHECK(json_parse(buf_view(&text), &json, NULL) == RC_OK);
    CHECK(record_read_json(rec->kind, json, NOW_US, &again, NULL) == RC_OK);
    bin_of(rec, &before);
    bin_of(&again, &after);
    CHECK(str_eq(buf_view(&before), buf_view(&after)));
    buf_fini(&text);
    buf_fini(&before);
    buf_fini(&after);
    json_free(&json);
}

static void check_json(struct str text)
{
    struct json *json = NULL;

    if (json_parse(text, &json, NULL) != RC_OK) {
        return;
    }
    for (int kind = 1; kind < RECORD_KIND__COUNT; kind++) {
        struct record rec;
        struct why why = {.text = ""};
        enum rc rc =
            record_read_json((enum record_kind)kind, json, NOW_US, &rec, &why);
        CHECK(rc == RC_OK || why.text[0] != '\0');
        if (rc == RC_OK) {
            check_record(&rec);
        }
    }
    json_free(&json);
}

static size_t cut(struct str line, struct str *cells)
{
    size_t n = 0;

    while (n < CELLS_MAX && str_cut(&line, ',', &cells[n])) {
        n++;
    }
    return n;
}

/* As the object that it would be, a row can be read or is refused in words. */
static void check_row_json(const struct record_table *table,
                           const struct str *cells, struct str line)
{
    struct json *json = NULL;
    struct record rec;
    struct why why = {.text = ""};
    struct buf b;

    buf_init(&b, LIMIT_BODY_MAX);
    record_add_row_json(&b, table, cells);
    if (str_utf8_ok(line) && json_parse(buf_view(&b), &json, NULL) == RC_OK) {
        CHECK(record_read_json(table->kind, json, NOW_US, &rec, &why) ==
                  RC_OK ||
              why.text[0] != '\0');
    }
    json_free(&json);
    buf_fini(&b);
}

/* The first line names the columns, each other one is a row. */
static void check_rows(struct str text)
{
    struct str columns[CELLS_MAX];
    struct str cells[CELLS_MAX];
    struct record_table table;
    struct str line = STR_EMPTY;
    bool has_line = str_cut(&text, '\n', &line);
    size_t n = cut(line, columns);

    for (int k = 1; has_line && k < RECORD_KIND__COUNT; k++) {
        enum record_kind kind = (enum record_kind)k;
        struct str rest = text;
        if (record_match_columns(kind, columns, n, &table, NULL) != RC_OK) {
            continue;
        }
        while (str_cut(&rest, '\n', &line)) {
            struct record rec;
            if (cut(line, cells) != n) {
                continue;
            }
            check_row_json(&table, cells, line);
            if (record_read_row(&table, cells, NOW_US, &rec, NULL) == RC_OK) {
                check_record(&rec);
            }
        }
    }
}

static void check_bin(struct str rest)
{
    struct record rec;
    struct str from = rest;
    struct buf b;

    buf_init(&b, LIMIT_EVENT_BYTES_MAX);
    while (record_bin_read(&rest, &rec, NULL) == RC_OK) {
        bin_of(&rec, &b);
        CHECK(str_eq(buf_view(&b), str_sub(from, 0, from.n - rest.n)));
        from = rest;
    }
    CHECK(rest.p == from.p && rest.n == from.n);
    buf_fini(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {.p = (const char *)data, .n = size};

    check_json(text);
    check_rows(text);
    check_bin(text);
    return 0;
}
