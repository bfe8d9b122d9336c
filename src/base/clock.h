/* The wall clock and the monotonic one.  Only app, net and intake read them;
 * everywhere else time is an argument. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

int64_t clock_now_us(void);  /* UTC microseconds since 1970 */
int64_t clock_mono_us(void); /* microseconds since an arbitrary start */

#endif
