/* The lines that point a client at toll, one row a client: shown by `toll
 * doctor`, stated by the README, run by the tests.  Pure. */
#ifndef FACE_CLI_SETUP_LINES_H
#define FACE_CLI_SETUP_LINES_H

#include "base/str.h"

#include <stddef.h>

struct buf;

struct setup_lines {
    const char *name;  /* "openai", for --setup */
    const char *title; /* "OpenAI SDK, Python" */
    const char *lines; /* {url} stands for the server's address */
};

/* Sorted by name. */
extern const struct setup_lines setup_table[];
extern const size_t setup_table_n;

/* setup_add: the row's lines for the server at `url`. */
void setup_add(struct buf *b, const struct setup_lines *row, struct str url);

#endif
