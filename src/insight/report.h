/* The report: what an insight says, whatever face draws it.  An ordered list
 * of items: one sentence that answers the question, facts (a name and a typed
 * value), tables (typed columns, named rows), texts, notes on what the answer
 * lacks, and headings that part it for people.
 *
 *   as JSON   {"sentence": "...", FACT: value, TABLE: [{COLUMN: value}, ...],
 *              TEXT: "...", "notes": [...], "from", "to", ...}
 *   as text   in the order in which they were said
 *
 * So names are unique within a report and stable: they are the API.
 *
 * Everything said is copied.  What does not fit is noted and told once by
 * report_rc, so that code which says many things stays without checks.  One
 * thread. */
#ifndef INSIGHT_REPORT_H
#define INSIGHT_REPORT_H

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/rc.h"
#include "base/str.h"
#include "query/answer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct why;

enum { REPORT_COLUMNS_MAX = 24 };

struct report_column {
    const char *name; /* "usd": the member's name; people see it with spaces */
    enum answer_kind kind;
    bool is_change; /* drawn with its sign */
};

struct report_table {
    struct report *report;
    struct report_column column[REPORT_COLUMNS_MAX];
    size_t n_columns;
    size_t n_rows;
    struct buf cells;                     /* struct answer_cell, row by row */
    num_i128 largest[REPORT_COLUMNS_MAX]; /* size of the largest USD in each */
};

enum report_item_kind {
    REPORT_HEADING = 1, /* .text */
    REPORT_TEXT,        /* .name .text: a paragraph a line */
    REPORT_CODE,        /* .name .text: lines to copy as they are */
    REPORT_FACT,        /* .name .column (kind, is_change) .cell */
    REPORT_TABLE        /* .name .text (its title, may be empty) .table */
};

struct report_item {
    enum report_item_kind kind;
    struct str name; /* empty of headings */
    struct str text;
    enum answer_kind value_kind; /* of a fact */
    bool is_change;
    struct answer_cell cell;
    struct report_table *table;
    bool is_data; /* not for people */
};

struct report {
    struct arena arena;
    struct str title;
    struct str sentence; /* the answer in one line; never empty at the end */
    struct buf items;    /* struct report_item */
    struct buf notes;    /* struct str: what to know before believing it */
    /* What it is about; empty where it is about none. */
    struct str from, to; /* as in an answer */
    struct str timezone;
    struct str *filter;
    size_t n_filters;
    bool is_full;
    struct report_table spare; /* what a table is said into when all is full */
};

/*   bytes_max  of all that is said */
void report_init(struct report *r, size_t bytes_max);
void report_fini(struct report *r); /* accepts the zeroed */

/* report_rc: RC_LIMIT when not all that was said fit. */
enum rc report_rc(const struct report *r, struct why *why) MUST_CHECK;

void report_title(struct report *r, const char *fmt, ...) PRINTF_LIKE(2, 3);
void report_sentence(struct report *r, const char *fmt, ...) PRINTF_LIKE(2, 3);
void report_note(struct report *r, const char *fmt, ...) PRINTF_LIKE(2, 3);
void report_heading(struct report *r, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* report_text, report_code: `name` is a constant. */
void report_text(struct report *r, const char *name, struct str text);
void report_code(struct report *r, const char *name, struct str text);

/* report_range: the range and filters of what was asked. */
void report_range(struct report *r, const struct answer *a);

/* Facts; `name` is a constant. */
void report_fact(struct report *r, const char *name, enum answer_kind kind,
                 struct answer_cell cell);
void report_fact_change(struct report *r, const char *name,
                        enum answer_kind kind, struct answer_cell cell);

/* Values for facts and cells; text is copied when it is said. */
struct answer_cell report_null(void);
struct answer_cell report_str(struct str s);  /* TEXT, TIME */
struct answer_cell report_count(num_i128 n);  /* COUNT, TOKENS */
struct answer_cell report_usd(num_i128 pico); /* USD, USD_RATIO */
struct answer_cell report_usd_if(bool is_known, num_i128 pico); /* else null */
/* RATIO, AVERAGE, DURATION; null when not finite */
struct answer_cell report_real(double x);
/* RATIO: of a whole; null when there is none, which is not a share of 0 */
struct answer_cell report_share(num_i128 part, num_i128 whole);

/* report_table: begins a table; rows are added one by one, `cell` has one a
 * column.  The table lives as long as the report.
 *   title  for people; may be ""; NULL: for programs only, since a text says
 *          the same to people */
struct report_table *report_table(struct report *r, const char *name,
                                  const char *title,
                                  const struct report_column *column,
                                  size_t n_columns);
void report_row(struct report_table *t, const struct answer_cell *cell);
/* report_table_copy: another report's table, with all its rows, said here. */
void report_table_copy(struct report *r, const struct report_table *from,
                       const char *name, const char *title);

/* What was said, for who draws it. */
size_t report_n_items(const struct report *r);
const struct report_item *report_item(const struct report *r, size_t i);
size_t report_n_notes(const struct report *r);
struct str report_note_at(const struct report *r, size_t i);
const struct answer_cell *report_cell(const struct report_table *t, size_t row,
                                      size_t column);

#endif
