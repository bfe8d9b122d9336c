/* Which column of a CSV file is which field of an event: said by a map, a
 * small JSON object (docs/import.md):
 *
 *   {"ts": "Date", "model": "Model Name", "input_tokens": "Prompt Tokens",
 *    "tags.team": "Team", "constants": {"provider": "openai"}}
 *
 * or, without one, by the columns' names: an event's field, or a word that is
 * often used for it, whatever its case and the signs between its words.
 *
 * A map is immutable once read; columns borrow from it.  Any thread. */
#ifndef CAPTURE_IMPORT_MAP_H
#define CAPTURE_IMPORT_MAP_H

#include "base/attr.h"
#include "base/rc.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct import_map;
struct why;

/* The kinds of event/event_field.def, as far as cells are concerned. */
enum import_field_kind {
    IMPORT_FIELD_NONE, /* the column means nothing here */
    IMPORT_FIELD_ID,
    IMPORT_FIELD_TS,
    IMPORT_FIELD_DIM,
    IMPORT_FIELD_CHOICE,
    IMPORT_FIELD_COUNT,
    IMPORT_FIELD_MS,
    IMPORT_FIELD_ATTEMPT,
    IMPORT_FIELD_REPORTED_COST,
    IMPORT_FIELD_TAGS,
    IMPORT_FIELD_EXPORT, /* toll writes it, and does not read it back */
    IMPORT_FIELD_TAG     /* one tag of that name */
};

/* A field of the event, or one of its tags. */
struct import_target {
    enum import_field_kind kind;
    struct str name; /* of the field, or of the tag */
};

/* import_map_read: RC_INVALID with the word that is wrong, and the nearest
 * right one; the errors of file_read. */
enum rc import_map_read(const char *path, struct import_map **ret_map,
                        struct why *why) MUST_CHECK;
/* import_map_parse: the same from text. */
enum rc import_map_parse(struct str text, struct import_map **ret_map,
                         struct why *why) MUST_CHECK;
void import_map_free(struct import_map **map); /* accepts NULL */

/* The same value for every row. */
struct import_constant {
    struct import_target target;
    struct str value;
};
const struct import_constant *import_map_constants(const struct import_map *map,
                                                   size_t *ret_n);

/* import_map_columns: what each column is, as many as names.
 *   map      NULL: by the names alone
 *   ret      targets, in `arena`
 * RC_INVALID tells what is missing and which columns there are: a time, a
 * model and something that was used or paid must be known of each row. */
enum rc import_map_columns(const struct import_map *map,
                           const struct str *names, size_t n,
                           struct arena *arena,
                           const struct import_target **ret,
                           struct why *why) MUST_CHECK;

/* import_map_has_model: is there a column, or a constant, for the model? */
bool import_map_has_model(const struct import_map *map, const struct str *names,
                          size_t n);

#endif
