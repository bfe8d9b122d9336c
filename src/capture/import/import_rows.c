#include "capture/import/import_rows.h"

#include "base/arena.h"
#include "base/csv.h"
#include "base/limits.h"
#include "base/why.h"
#include "capture/json_split.h"

/* ---- objects ---- */

static struct str skip_space(struct str s)
{
    size_t at = 0;
    while (at < s.n && (s.p[at] == ' ' || s.p[at] == '\t' || s.p[at] == '\n' ||
                        s.p[at] == '\r')) {
        at++;
    }
    return str_sub(s, at, SIZE_MAX);
}

/* What follows `word` and white space at the front of *s. */
static bool take(struct str *s, struct str word)
{
    struct str rest = skip_space(*s);
    if (!str_starts(rest, word)) {
        return false;
    }
    *s = skip_space(str_sub(rest, word.n, SIZE_MAX));
    return true;
}

/* What a split has not looked at yet. */
static struct str rest_of(const struct json_split *it)
{
    return (struct str){.p = it->at, .n = (size_t)(it->end - it->at)};
}

/* Is `line` an object from its first byte to its last? */
static bool is_whole_object(struct str line)
{
    struct json_split it;
    struct str key;
    struct str raw;
    enum rc rc = json_split_obj(line, &it) ? RC_OK : RC_PARSE;
    while (rc == RC_OK) {
        rc = json_split_next(&it, &key, &raw);
    }
    return rc == RC_END;
}

/* A file of one object a line and a single object printed over several lines
 * both begin with a brace.  It is lines when the first is whole, or when the
 * next begins with a brace in its first column: what stands inside a printed
 * object is indented. */
static bool is_lines(struct str head)
{
    struct str line = STR_EMPTY;
    struct str rest = skip_space(head);
    (void)str_cut(&rest, '\n', &line);
    if (rest.n == 0 || is_whole_object(str_trim(line))) {
        return true;
    }
    while (str_cut(&rest, '\n', &line)) {
        if (str_trim(line).n > 0) {
            return line.p[0] == '{';
        }
    }
    return false;
}

/* Where the array of a page begins: what an HTTP interface answers has it as
 * its first member, or behind a word that says what it is ("object": "page").
 * Lines of a log may have a member of that name further back. */
static bool find_data(struct str page, struct str *ret_array)
{
    struct json_split it;
    struct str key = STR_EMPTY;
    struct str raw;
    for (bool is_page = json_split_obj(page, &it); is_page;) {
        struct str rest = rest_of(&it);
        (void)take(&rest, STR(","));
        if (take(&rest, STR("\"data\"")) && take(&rest, STR(":"))) {
            *ret_array = rest;
            return str_starts(rest, STR("["));
        }
        is_page = key.n == 0 && json_split_next(&it, &key, &raw) == RC_OK &&
                  str_eq(key, STR("object"));
    }
    return false;
}

enum import_shape import_shape_of(struct str head, struct str *ret_first)
{
    struct str rest = head;
    if (take(&rest, STR("["))) {
        *ret_first = rest;
        return str_starts(rest, STR("{")) || str_starts(rest, STR("]"))
                   ? IMPORT_SHAPE_ARRAY
                   : IMPORT_SHAPE_NONE;
    }
    *ret_first = skip_space(head);
    if (!take(&rest, STR("{"))) {
        return IMPORT_SHAPE_NONE;
    }
    if (find_data(*ret_first, &rest)) {
        (void)take(&rest, STR("["));
        *ret_first = rest;
        return IMPORT_SHAPE_PAGE;
    }
    return is_lines(head) ? IMPORT_SHAPE_LINES : IMPORT_SHAPE_OBJECT;
}

/* One object, whose failure is a refusal unless the sink said no. */
static enum rc take_object(struct import_job *job, struct str obj,
                           import_object_fn *object, const char *what,
                           uint64_t number, struct why *why)
{
    import_job_begin_record(job, obj);
    enum rc rc = object(job, obj, why);
    if (rc != RC_OK && !job->has_ended) {
        import_job_refuse_at(job, what, number, why);
        return RC_OK;
    }
    return rc;
}

static enum rc each_line(struct import_job *job, struct import_reader *r,
                         import_object_fn *object, struct why *why)
{
    for (;;) {
        struct str line;
        enum rc rc = import_reader_line(r, &line, why);
        if (rc == RC_END) {
            return RC_OK;
        }
        if (rc == RC_LIMIT) {
            import_job_begin_record(job, STR_EMPTY);
            import_job_refuse_at(job, "line", r->line, why);
            continue;
        }
        if (rc != RC_OK) {
            return rc;
        }
        line = str_trim(line);
        if (line.n == 0) {
            continue;
        }
        rc = take_object(job, line, object, "line", r->line, why);
        if (rc != RC_OK) {
            return rc;
        }
        import_job_progress(job, r->n_read);
    }
}

/* Arrays of objects, one or a page behind the other, as they are read. */
struct array_walk {
    struct import_job *job;
    import_object_fn *object;
    struct str text;  /* not read yet */
    const char *from; /* where all of it began */
    uint64_t number;  /* of the element read last, over all arrays */
    bool is_broken;   /* nothing more is to be read */
};

/* What follows a broken element cannot be told apart: one refusal stands for
 * it. */
static void refuse_rest(struct array_walk *w, const char *what, struct why *why)
{
    (void)why_set(why, RC_PARSE, "%s; what follows is not read", what);
    import_job_begin_record(w->job, STR_EMPTY);
    import_job_refuse_at(w->job, "element", w->number + 1, why);
    w->is_broken = true;
}

/* Every element of the array at the front of the text, which then begins
 * behind it. */
static enum rc each_element(struct array_walk *w, struct why *why)
{
    struct json_split it;
    struct str key;
    struct str raw;
    bool is_array = json_split_arr(w->text, &it);
    enum rc rc = is_array ? RC_OK : RC_PARSE;
    while (rc == RC_OK) {
        rc = json_split_next(&it, &key, &raw);
        if (rc != RC_OK) {
            break;
        }
        w->number++;
        rc = take_object(w->job, raw, w->object, "element", w->number, why);
        import_job_progress(w->job, (uint64_t)(raw.p - w->from));
    }
    if (w->job->has_ended) {
        return rc;
    }
    if (is_array && it.close == '\0') {
        w->text = rest_of(&it);
    } else {
        refuse_rest(w, "the array is broken here", why);
    }
    return RC_OK;
}

/* The end of the page whose array was read. */
static bool end_page(struct array_walk *w)
{
    struct str key;
    struct str raw;
    struct json_split it = {
        .at = w->text.p, .end = w->text.p + w->text.n, .close = '}'};
    while (json_split_next(&it, &key, &raw) == RC_OK) {
    }
    w->text = rest_of(&it);
    return it.close == '\0';
}

/* Pages as they were answered, one behind the other. */
static enum rc each_page(struct array_walk *w, struct why *why)
{
    enum rc rc = RC_OK;
    while (rc == RC_OK && !w->is_broken && w->text.n > 0) {
        if (!find_data(w->text, &w->text)) {
            refuse_rest(w, "no page begins here", why);
            break;
        }
        rc = each_element(w, why);
        if (rc == RC_OK && !w->is_broken && !end_page(w)) {
            refuse_rest(w, "the page is broken here", why);
        }
    }
    return rc;
}

static enum rc each_in_array(struct array_walk *w, struct why *why)
{
    enum rc rc = each_element(w, why);
    if (rc == RC_OK && !w->is_broken && w->text.n > 0) {
        refuse_rest(w, "the array has ended here", why);
    }
    return rc;
}

enum rc import_each_object(struct import_job *job, struct import_reader *r,
                           import_object_fn *object, struct why *why)
{
    struct str text;
    struct str first;
    enum import_shape shape = import_shape_of(import_reader_head(r), &first);
    if (shape == IMPORT_SHAPE_LINES || shape == IMPORT_SHAPE_NONE) {
        return each_line(job, r, object, why);
    }
    enum rc rc = import_reader_whole(r, &text, why);
    if (rc != RC_OK) {
        return rc;
    }
    if (shape == IMPORT_SHAPE_OBJECT) {
        return take_object(job, str_trim(text), object, "line", 1, why);
    }
    struct array_walk walk = {
        .job = job, .object = object, .text = text, .from = text.p};
    return shape == IMPORT_SHAPE_PAGE ? each_page(&walk, why)
                                      : each_in_array(&walk, why);
}

/* ---- tables ---- */

/* How often `sep` stands in the first line, outside quotes. */
static size_t n_seps(struct str line, char sep)
{
    bool in_quotes = false;
    size_t n = 0;
    for (size_t i = 0; i < line.n; i++) {
        in_quotes ^= line.p[i] == '"';
        n += !in_quotes && line.p[i] == sep ? 1 : 0;
    }
    return n;
}

enum rc import_table_header(struct str text, struct arena *arena,
                            struct str **ret_cells, size_t *ret_n,
                            char *ret_sep)
{
    static const char seps[] = {',', ';', '\t'};
    struct str line = STR_EMPTY;
    struct str rest = skip_space(text);
    (void)str_cut(&rest, '\n', &line);
    size_t best = 0;
    for (size_t i = 1; i < sizeof(seps); i++) {
        best = n_seps(line, seps[i]) > n_seps(line, seps[best]) ? i : best;
    }
    struct csv_reader csv;
    csv_init(&csv, line, seps[best]);
    enum rc rc = csv_next(&csv, arena, ret_cells, ret_n, NULL);
    if (rc != RC_OK) {
        return rc;
    }
    for (size_t i = 0; i < *ret_n; i++) {
        (*ret_cells)[i] = str_trim((*ret_cells)[i]);
    }
    *ret_sep = seps[best];
    return RC_OK;
}

/* Where a table stands: its text, and what the header said. */
struct table_walk {
    struct str text;
    struct csv_reader csv;
    struct arena arena; /* of the header */
    size_t n_names;
};

static enum rc begin_table(struct table_walk *w, const struct import_job *job,
                           const struct import_table *table, struct why *why)
{
    struct str *names;
    char sep;
    enum rc rc =
        import_table_header(w->text, &w->arena, &names, &w->n_names, &sep);
    if (rc != RC_OK) {
        return why_set(why, rc == RC_END ? RC_INVALID : rc,
                       "no line of column names stands on top");
    }
    rc = table->header(table->arg, job, names, w->n_names, why);
    if (rc != RC_OK) {
        return rc;
    }
    /* The names once more, so that the lines are counted from the top. */
    size_t n;
    csv_init(&w->csv, w->text, sep);
    return csv_next(&w->csv, &w->arena, &names, &n, why);
}

/* The next record of cells.  RC_END behind the last. */
static enum rc take_row(struct table_walk *w, struct import_job *job,
                        const struct import_table *table, struct why *why)
{
    struct str before = w->csv.rest;
    uint64_t line = w->csv.line;
    struct str *cells;
    size_t n = 0;
    import_job_begin_record(job, STR_EMPTY);
    enum rc rc = csv_next(&w->csv, &job->arena, &cells, &n, why);
    if (rc == RC_END) {
        return rc;
    }
    job->record = str_trim(str_sub(before, 0, before.n - w->csv.rest.n));
    /* Fewer cells: perhaps the end of a file that was cut, perhaps in the
     * midst of a number. */
    if (rc == RC_OK && n != w->n_names) {
        rc = why_set(why, RC_INVALID,
                     "%zu cells, where %zu columns are named on top", n,
                     w->n_names);
    }
    if (rc == RC_OK) {
        rc = table->row(table->arg, job, cells, why);
    }
    if (rc != RC_OK && !job->has_ended) {
        import_job_refuse_at(job, "line", line, why);
        rc = RC_OK;
    }
    import_job_progress(job, (uint64_t)(before.p - w->text.p));
    return rc;
}

enum rc import_each_row(struct import_job *job, struct import_reader *r,
                        const struct import_table *table, struct why *why)
{
    struct table_walk w = {.n_names = 0};
    enum rc rc = import_reader_whole(r, &w.text, why);
    if (rc != RC_OK) {
        return rc;
    }
    arena_init(&w.arena, LIMIT_IMPORT_ROW_BYTES);
    rc = begin_table(&w, job, table, why);
    while (rc == RC_OK) {
        rc = take_row(&w, job, table, why);
    }
    arena_fini(&w.arena);
    return rc == RC_END ? RC_OK : rc;
}
