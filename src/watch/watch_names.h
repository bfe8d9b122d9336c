/* Names to small numbers, in the order they came, up to a ceiling.  Keeps the
 * text.  One thread. */
#ifndef WATCH_WATCH_NAMES_H
#define WATCH_WATCH_NAMES_H

#include "base/arena.h"
#include "base/map.h"
#include "base/str.h"

#include <stddef.h>
#include <stdint.h>

#define WATCH_NO_NAME UINT32_MAX

struct watch_names {
    struct map map;
    struct arena arena;
    struct str *text;
    size_t n, cap, max;
};

void watch_names_init(struct watch_names *t, size_t max);
void watch_names_fini(struct watch_names *t);
/* watch_names_add: the name's number, a new one if need be; WATCH_NO_NAME when
 * there are too many.  watch_names_find: WATCH_NO_NAME when absent. */
uint32_t watch_names_add(struct watch_names *t, struct str name);
uint32_t watch_names_find(const struct watch_names *t, struct str name);
/* watch_names_pair: likewise of two numbers. */
uint32_t watch_names_pair(struct watch_names *t, uint32_t a, uint32_t b);

#endif
