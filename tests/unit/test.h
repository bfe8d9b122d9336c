/* What every unit test includes: cmocka and a few words on top of it. */
#ifndef TESTS_UNIT_TEST_H
#define TESTS_UNIT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/rc.h"
#include "base/str.h"
#include "base/why.h"

/* A slice equals a literal; both are shown on failure. */
#define assert_str(s, lit) test_assert_str((s), STR(lit), __FILE__, __LINE__)

static inline void test_assert_str(struct str got, struct str want,
                                   const char *file, int line)
{
    if (!str_eq(got, want)) {
        print_error("got  \"%.*s\"\nwant \"%.*s\"\n", STR_ARG(got),
                    STR_ARG(want));
        _fail(file, line);
    }
}

/* A call went well; else its `why` is shown. */
#define assert_ok(call, why_ptr)                                 \
    do {                                                         \
        enum rc test_rc = (call);                                \
        if (test_rc != RC_OK) {                                  \
            print_error("%s: %s: %s\n", #call, rc_name(test_rc), \
                        (why_ptr)->text);                        \
            _fail(__FILE__, __LINE__);                           \
        }                                                        \
    } while (0)

#define assert_rc(call, want) assert_int_equal((call), (want))

#endif
