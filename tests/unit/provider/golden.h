/* The cases of tests/golden/provider: a response's bytes, and beside them what
 * is known of the call and the records expected of it. */
#ifndef TESTS_UNIT_PROVIDER_GOLDEN_H
#define TESTS_UNIT_PROVIDER_GOLDEN_H

#include "test.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "provider/provider.h"

enum { GOLDEN_CASES_MAX = 400 };

struct golden_case {
    const char *name;
    struct buf bytes;
    struct json *expected;
    const struct json *context;
};

struct golden {
    struct arena arena;
    struct golden_case *cases;
    size_t n;
};

int golden_setup(void **state);
int golden_teardown(void **state);

/* golden_context: what a case says of its call; `arg` of its headers is the
 * case.  Without hints, nothing but the model and the headers is told. */
struct provider_context golden_context(struct golden_case *c, bool has_hints);

/* golden_check: the records are those of the case, in every field. */
void golden_check(const struct golden_case *c,
                  const struct provider_record *records, size_t n);

#endif
