/* Pseudo-random numbers from a seed, the same on every machine
 * (xoshiro256** by Blackman and Vigna, seeded by SplitMix64).  Not for
 * secrets: rand_secret is.  One thread a struct. */
#ifndef BASE_RAND_H
#define BASE_RAND_H

#include "base/attr.h"
#include "base/rc.h"

#include <stddef.h>
#include <stdint.h>

struct why;

struct rand {
    uint64_t s[4];
};

void rand_init(struct rand *r, uint64_t seed);
uint64_t rand_u64(struct rand *r);
uint64_t rand_below(struct rand *r, uint64_t n); /* 0..n-1, unbiased; n > 0 */
double rand_f64(struct rand *r);                 /* [0, 1) */
double rand_normal(struct rand *r);              /* mean 0, deviation 1 */
double rand_lognormal(struct rand *r, double mu, double sigma);
uint64_t rand_poisson(struct rand *r, double mean); /* mean 0..1e6 */

/* rand_secret: n bytes from the kernel. */
enum rc rand_secret(void *p, size_t n, struct why *why) MUST_CHECK;

#endif
