/* JSON objects in a row as their bytes arrive, split anywhere: one body, JSON
 * lines, or the elements of one array, told apart by what they begin with.
 * What stands between the objects is passed over.  An object that its ceiling
 * does not hold is passed over and counted; so is a line that breaks off: a
 * line's end within a string, or another object at the front of the next line
 * where no value may stand.
 *
 * Nothing is checked but where objects end: who gets them parses them.
 * Owns its buffer.  One thread. */
#ifndef PROVIDER_JSON_STREAM_H
#define PROVIDER_JSON_STREAM_H

#include "base/buf.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* object is borrowed for the call; is_element: of an array. */
typedef void json_stream_fn(void *arg, struct str object, bool is_element);

struct json_stream {
    struct buf object; /* one that a feed left without its end */
    json_stream_fn *fn;
    void *arg;
    size_t object_max_bytes;
    size_t element_max_bytes;
    uint64_t n_lost;
    uint32_t depth; /* of brackets within an object; 0: between objects */
    char last;      /* byte of the bytes so far that is no white space */
    bool is_line_begin;
    bool is_string;
    bool is_escape; /* the next byte of a string stands behind a backslash */
    bool is_array;  /* the objects are elements */
    bool has_begun;
};

void json_stream_init(struct json_stream *s, size_t object_max_bytes,
                      size_t element_max_bytes, json_stream_fn *fn, void *arg);
void json_stream_fini(struct json_stream *s);
void json_stream_feed(struct json_stream *s, struct str bytes);

/* json_stream_end: false when an object is without its end. */
bool json_stream_end(const struct json_stream *s);

#endif
