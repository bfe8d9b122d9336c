/* What the tests of change.h share. */
#ifndef TESTS_UNIT_INSIGHT_CHANGE_TEST_H
#define TESTS_UNIT_INSIGHT_CHANGE_TEST_H

#include "test.h"

#include <math.h>

#include "insight/change.h"

static const double equal_days[CHANGE_SIDES] = {7, 7};

static inline void assert_near(double got, double want, double within)
{
    if (!(fabs(got - want) <= within)) {
        print_error("got %.9f, want %.9f\n", got, want);
        fail();
    }
}

#endif
