/* The two ways in which the row formats lay out a file, read record by
 * record: JSON objects, and cells below a header.  One thread. */
#ifndef CAPTURE_IMPORT_ROWS_H
#define CAPTURE_IMPORT_ROWS_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"
#include "capture/import/import_format.h"

#include <stddef.h>

enum import_shape {
    IMPORT_SHAPE_NONE,  /* no JSON: perhaps a table */
    IMPORT_SHAPE_LINES, /* one object a line */
    IMPORT_SHAPE_ARRAY, /* one array of objects */
    IMPORT_SHAPE_PAGE,  /* {"data":[...]}, as an HTTP interface answers, or
                           several of them */
    IMPORT_SHAPE_OBJECT /* one object over several lines */
};

/* import_shape_of: how the objects of a file that begins so are laid out;
 * *ret_first is where the first of them begins. */
enum import_shape import_shape_of(struct str head, struct str *ret_first);

/* import_each_object: every object of the file to `object`; what is refused
 * is told with its line or its place in the array. */
enum rc import_each_object(struct import_job *job, struct import_reader *r,
                           import_object_fn *object,
                           struct why *why) MUST_CHECK;

/* A table's columns as a format sees them. */
struct import_table {
    /* The names above the columns; they live until the table ends.  RC_INVALID
     * when they do not do. */
    enum rc (*header)(void *arg, const struct import_job *job,
                      const struct str *names, size_t n, struct why *why);
    /* One record with as many cells as the header has names. */
    enum rc (*row)(void *arg, struct import_job *job, const struct str *cells,
                   struct why *why);
    void *arg;
};

/* import_table_header: the cells of the first line that is not blank, in
 * `arena`, and what separates them: a comma, a semicolon or a tab. */
enum rc import_table_header(struct str text, struct arena *arena,
                            struct str **ret_cells, size_t *ret_n,
                            char *ret_sep) MUST_CHECK;

enum rc import_each_row(struct import_job *job, struct import_reader *r,
                        const struct import_table *table,
                        struct why *why) MUST_CHECK;

#endif
