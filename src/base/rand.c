#include "base/rand.h"

#include <errno.h>
#include <math.h>
#include <sys/random.h>

#include "base/check.h"
#include "base/num.h"
#include "base/why.h"

#define TWO_PI        6.28318530717958647692
#define POISSON_SMALL 10.0 /* PTRS is valid from here on */
#define POISSON_MAX   1e6

static uint64_t rotl(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

/* SplitMix64 spreads any seed, zero too, over the whole state; xoshiro must
 * not start at all zeros and does not here. */
static uint64_t splitmix(uint64_t *state)
{
    uint64_t z;

    *state += UINT64_C(0x9e3779b97f4a7c15);
    z = *state;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

void rand_init(struct rand *r, uint64_t seed)
{
    for (size_t i = 0; i < ARRAY_N(r->s); i++) {
        r->s[i] = splitmix(&seed);
    }
}

uint64_t rand_u64(struct rand *r)
{
    uint64_t *s = r->s;
    uint64_t out = rotl(s[1] * 5, 7) * 9;
    uint64_t shifted = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotl(s[3], 45);
    return out;
}

/* Lemire, "Fast Random Integer Generation in an Interval" (2019): the high
 * half of a product, drawn anew while the low half falls in the short part
 * that would make some answers likelier. */
uint64_t rand_below(struct rand *r, uint64_t n)
{
    CHECK(n > 0);
    uint64_t uneven = (0 - n) % n; /* 2^64 mod n */
    num_u128 product;

    do {
        product = (num_u128)rand_u64(r) * n;
    } while ((uint64_t)product < uneven);
    return (uint64_t)(product >> 64);
}

double rand_f64(struct rand *r)
{
    return (double)(rand_u64(r) >> 11) * 0x1p-53;
}

/* Box and Muller (1958).  The second number it could give is not kept: then
 * the state is the four words and nothing else. */
double rand_normal(struct rand *r)
{
    double radius = sqrt(-2.0 * log(1.0 - rand_f64(r)));

    return radius * cos(TWO_PI * rand_f64(r));
}

double rand_lognormal(struct rand *r, double mu, double sigma)
{
    return exp(mu + sigma * rand_normal(r));
}

/* Knuth, TAOCP 2, 3.4.1: how many uniform factors until the product falls
 * below e^-mean. */
static uint64_t poisson_by_product(struct rand *r, double mean)
{
    double least = exp(-mean);
    double product = rand_f64(r);
    uint64_t n = 0;

    while (product > least) {
        product *= rand_f64(r);
        n++;
    }
    return n;
}

/* Hoermann, "The transformed rejection method for generating Poisson random
 * variables" (1993), algorithm PTRS; its constants, for a mean of 10 up. */
static uint64_t poisson_by_rejection(struct rand *r, double mean)
{
    double b = 0.931 + 2.53 * sqrt(mean);
    double a = -0.059 + 0.02483 * b;
    double v_r = 0.9277 - 3.6224 / (b - 2.0);
    double inv_alpha = 1.1239 + 1.1328 / (b - 3.4);

    for (;;) {
        double u = rand_f64(r) - 0.5;
        double v = 1.0 - rand_f64(r); /* (0, 1]: log(v) is finite */
        double us = 0.5 - fabs(u);
        double k;
        int sign;

        if (us <= 0.0) {
            continue;
        }
        k = floor((2.0 * a / us + b) * u + mean + 0.43);
        if (us >= 0.07 && v <= v_r) {
            return (uint64_t)k;
        }
        if (k < 0.0 || (us < 0.013 && v > us)) {
            continue;
        }
        if (log(v * inv_alpha / (a / (us * us) + b)) <=
            k * log(mean) - mean - lgamma_r(k + 1.0, &sign)) {
            return (uint64_t)k;
        }
    }
}

uint64_t rand_poisson(struct rand *r, double mean)
{
    CHECK(mean >= 0.0 && mean <= POISSON_MAX);
    return mean < POISSON_SMALL ? poisson_by_product(r, mean)
                                : poisson_by_rejection(r, mean);
}

enum rc rand_secret(void *p, size_t n, struct why *why)
{
    unsigned char *at = p;

    while (n > 0) {
        ssize_t got = getrandom(at, n, 0);

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return why_errno(why, errno, "cannot get random bytes");
        }
        at += got;
        n -= (size_t)got;
    }
    return RC_OK;
}
