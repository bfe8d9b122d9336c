/* A sink for import's tests: keeps the events that reach it, drops ids it has
 * seen as the intake does, and keeps what troubles were told. */
#ifndef TESTS_UNIT_CAPTURE_IMPORT_CATCH_H
#define TESTS_UNIT_CAPTURE_IMPORT_CATCH_H

#include "test.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"
#include "base/utc.h"
#include "capture/import/import.h"
#include "event/event.h"

enum { CATCH_EVENTS_MAX = 256, CATCH_TROUBLES_MAX = 32 };

/* Behind every time in these tests. */
#define CATCH_NOW_US (INT64_C(1795000000) * UTC_US_PER_SECOND)

struct catch
{
    struct import_options opt;
    struct import_counts counts;
    struct why why;
    struct arena arena;
    struct json_parser *json;
    struct event event[CATCH_EVENTS_MAX];
    bool has_environment[CATCH_EVENTS_MAX];
    size_t n;
    size_t n_duplicates;
    struct str trouble[CATCH_TROUBLES_MAX]; /* "path|place|what" */
    size_t n_troubles;
    size_t n_progress;
    void *record_arg;    /* of a test that takes records */
    enum rc refuse_with; /* the sink's answer, when it is to fail */
    size_t refuse_from;  /* from that event on */
};

/* A value of JSON as the formats see it: skimmed, on a line with others. */
static inline const struct json *catch_value(struct catch *c, struct str raw)
{
    struct str line =
        str_fmt(&c->arena, "[%.*s]%*s", STR_ARG(raw), JSON_PADDING, "");
    const struct json *list = NULL;
    line.n -= JSON_PADDING;
    assert_rc(json_parser_skim(c->json, line, &list), RC_OK);
    return json_first(list);
}

static inline enum rc catch_event(void *arg, struct event *ev,
                                  bool has_environment, struct why *why)
{
    struct catch *c = arg;
    if (c->refuse_with != RC_OK && c->n >= c->refuse_from) {
        return why_set(why, c->refuse_with, "the sink is full");
    }
    assert_true(ev->id.n > 0 && ev->id.n <= LIMIT_ID_MAX);
    assert_int_equal(ev->source, EVENT_SOURCE_IMPORT);
    assert_true(ev->arrival_us == c->opt.now_us);
    for (size_t i = 0; i < c->n; i++) {
        if (str_eq(c->event[i].id, ev->id)) {
            c->n_duplicates++;
            return RC_OK;
        }
    }
    assert_true(c->n < CATCH_EVENTS_MAX);
    c->event[c->n] = *ev;
    c->has_environment[c->n] = has_environment;
    assert_ok(event_dup_text(&c->event[c->n], &c->arena, why), why);
    c->n++;
    return RC_OK;
}

static inline void catch_trouble(void *arg, const char *path, struct str place,
                                 struct str what)
{
    struct catch *c = arg;
    assert_true(c->n_troubles < CATCH_TROUBLES_MAX);
    c->trouble[c->n_troubles++] =
        str_fmt(&c->arena, "%s|%.*s|%.*s", path, STR_ARG(place), STR_ARG(what));
}

static inline void catch_progress(void *arg, uint64_t done, uint64_t all,
                                  uint64_t n_events)
{
    struct catch *c = arg;
    (void)n_events;
    assert_true(all == 0 || done <= all);
    c->n_progress++;
}

static inline int catch_setup(void **state)
{
    struct catch *c = calloc(1, sizeof(*c));
    assert_non_null(c);
    arena_init(&c->arena, 64 * 1024 * 1024);
    c->json = json_parser_new();
    c->opt = (struct import_options){
        .now_us = CATCH_NOW_US,
        .n_threads = 2,
        .sink = catch_event,
        .trouble = catch_trouble,
        .progress = catch_progress,
        .arg = c,
    };
    *state = c;
    return 0;
}

static inline int catch_teardown(void **state)
{
    struct catch *c = *state;
    arena_fini(&c->arena);
    json_parser_free(&c->json);
    free(c);
    return 0;
}

/* Import text as if it stood in a file of that name; it must not fail as a
 * whole. */
static inline void catch_text(struct catch *c, const char *name,
                              struct str text)
{
    assert_ok(import_bytes(&c->opt, name, text, &c->counts, &c->why), &c->why);
}

static inline bool has_text(struct str text, const char *part)
{
    return str_find(text, str_from_cz(part), 0) != SIZE_MAX;
}

/* The i-th trouble says that; it is shown when it does not. */
static inline void assert_trouble(const struct catch *c, size_t i,
                                  const char *part)
{
    assert_true(i < c->n_troubles);
    if (!has_text(c->trouble[i], part)) {
        print_error("\"%.*s\" lacks \"%s\"\n", STR_ARG(c->trouble[i]), part);
        fail();
    }
}

static inline void assert_tag(const struct event *ev, const char *key,
                              const char *value)
{
    const struct event_tag *tag = event_tag_find(ev, str_from_cz(key));
    struct str got = tag != NULL ? tag->value : STR_EMPTY;
    if (!str_eq(got, str_from_cz(value))) {
        print_error("tag %s is \"%.*s\", not \"%s\"\n", key, STR_ARG(got),
                    value);
        fail();
    }
}

/* A folder of its own for files, gone with everything in it at the end. */
struct catch_dir {
    char path[64];
};

static inline void catch_dir_make(struct catch_dir *dir)
{
    memcpy(dir->path, "import-test-XXXXXX", sizeof("import-test-XXXXXX"));
    assert_non_null(mkdtemp(dir->path));
}

/* `name` may have folders before it. */
static inline const char *catch_file(struct catch *c,
                                     const struct catch_dir *dir,
                                     const char *name, struct str text)
{
    struct str path = str_fmt(&c->arena, "%s/%s", dir->path, name);
    char *cz = str_cz(&c->arena, path);
    assert_non_null(cz);
    for (char *slash = cz + strlen(dir->path) + 1;
         (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        assert_ok(file_make_dirs(cz, &c->why), &c->why);
        *slash = '/';
    }
    assert_ok(file_append(cz, text, false, &c->why), &c->why);
    return cz;
}

static inline void catch_run(struct catch *c, const char *path)
{
    assert_ok(import_run(&c->opt, &path, 1, &c->counts, &c->why), &c->why);
}

static inline int catch_remove_one(const char *path, const struct stat *st,
                                   int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

static inline void catch_dir_remove(const struct catch_dir *dir)
{
    assert_int_equal(
        nftw(dir->path, catch_remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

#endif
