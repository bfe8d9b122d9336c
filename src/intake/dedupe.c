/* The hash of an id, 64 bits, in a shard's set:
 *
 *   | shard: 4 bits | entry: the other 60 | 4-bit tag: 1 + day % 15 |
 *
 * so one look-up serves all days, no bit of the hash is lost, and forgetting
 * a day is a walk over the set.  A shard forgets when it first hears of a new
 * day.  Claims stand in a small hash map beside it, whose size is that of
 * what is under way. */
#include "intake/dedupe.h"

#include "base/check.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/thread.h"
#include "intake/idset.h"

enum {
    SHARD_BITS = 4,
    N_SHARDS = 1 << SHARD_BITS,
    N_TAGS = 15,
    CLAIMS_MIN = 8 /* slots; a power of two */
};

_Static_assert((int)LIMIT_DEDUPE_DAYS_MAX < (int)N_TAGS, "a tag a day");

struct claim {
    uint64_t hash;
    struct dedupe_owner *owner; /* NULL: free */
};

struct shard {
    struct mutex lock;
    int64_t today; /* the newest day heard of */
    struct idset settled;
    struct claim *claims;
    size_t n_claims;
    size_t cap; /* of claims: 0 or a power of two */
};

struct dedupe {
    uint64_t seed;
    int64_t n_days;
    struct shard shards[N_SHARDS];
};

struct dedupe *dedupe_new(uint64_t seed, int64_t n_days)
{
    CHECK(n_days >= 1 && n_days <= LIMIT_DEDUPE_DAYS_MAX);
    struct dedupe *d = mem_alloc(sizeof(*d));
    d->seed = seed;
    d->n_days = n_days;
    for (int i = 0; i < N_SHARDS; i++) {
        mutex_init(&d->shards[i].lock);
    }
    return d;
}

void dedupe_free(struct dedupe **d)
{
    if (*d == NULL) {
        return;
    }
    for (int i = 0; i < N_SHARDS; i++) {
        struct shard *s = &(*d)->shards[i];
        idset_fini(&s->settled);
        mem_free(s->claims);
        mutex_fini(&s->lock);
    }
    mem_free(*d);
    *d = NULL;
}

uint64_t dedupe_hash(const struct dedupe *d, struct str id)
{
    return hash_64(id.p, id.n, d->seed);
}

int64_t dedupe_first_day(const struct dedupe *d, int64_t day)
{
    return day - d->n_days + 1;
}

/* ---- days ---- */

static unsigned tag_of(int64_t day)
{
    return 1 + (unsigned)(day % N_TAGS);
}

static uint64_t entry_of(uint64_t hash, unsigned tag)
{
    return hash << SHARD_BITS | tag;
}

/* Lock the shard of `hash`, having it forget what `day` moves out of the
 * window. */
static struct shard *enter(struct dedupe *d, uint64_t hash, int64_t day)
{
    struct shard *s = &d->shards[hash >> (64 - SHARD_BITS)];
    mutex_lock(&s->lock);
    if (day > s->today) {
        unsigned tags = 0;
        for (int64_t i = dedupe_first_day(d, day); i <= s->today; i++) {
            tags |= 1U << tag_of(i);
        }
        idset_keep(&s->settled, tags);
        s->today = day;
    }
    return s;
}

/* ---- claims ---- */

static size_t claim_home(const struct shard *s, uint64_t hash)
{
    return (size_t)hash & (s->cap - 1);
}

/* The slot of a hash, or the free one where it would stand; there is one. */
static struct claim *find_claim(const struct shard *s, uint64_t hash)
{
    size_t i = claim_home(s, hash);
    while (s->claims[i].owner != NULL && s->claims[i].hash != hash) {
        i = (i + 1) & (s->cap - 1);
    }
    return &s->claims[i];
}

static void grow_claims(struct shard *s)
{
    struct claim *old = s->claims;
    size_t n_old = s->cap;
    s->cap = n_old == 0 ? CLAIMS_MIN : 2 * n_old;
    s->claims = mem_array(s->cap, sizeof(*s->claims));
    for (size_t i = 0; i < n_old; i++) {
        if (old[i].owner != NULL) {
            *find_claim(s, old[i].hash) = old[i];
        }
    }
    mem_free(old);
}

static void add_claim(struct shard *s, uint64_t hash,
                      struct dedupe_owner *owner)
{
    if (s->n_claims >= s->cap / 2) {
        grow_claims(s);
    }
    *find_claim(s, hash) = (struct claim){.hash = hash, .owner = owner};
    s->n_claims++;
}

/* Free a slot and move up what was pushed on over it. */
static void free_claim(struct shard *s, struct claim *claim)
{
    size_t mask = s->cap - 1;
    size_t hole = (size_t)(claim - s->claims);
    for (size_t i = (hole + 1) & mask; s->claims[i].owner != NULL;
         i = (i + 1) & mask) {
        size_t n_pushed = (i - claim_home(s, s->claims[i].hash)) & mask;
        if (n_pushed >= ((i - hole) & mask)) {
            s->claims[hole] = s->claims[i];
            hole = i;
        }
    }
    s->claims[hole] = (struct claim){0};
    s->n_claims--;
    if (s->n_claims == 0 && s->cap > CLAIMS_MIN) {
        mem_free(s->claims);
        s->claims = NULL;
        s->cap = 0;
    }
}

static void drop_claim(struct shard *s, uint64_t hash)
{
    if (s->n_claims > 0) {
        struct claim *claim = find_claim(s, hash);
        if (claim->owner != NULL) {
            free_claim(s, claim);
        }
    }
}

/* ---- the states of an id ---- */

static enum dedupe_state state_of(struct shard *s, uint64_t hash,
                                  struct dedupe_owner **ret_owner)
{
    if (idset_has(&s->settled, entry_of(hash, 0))) {
        return DEDUPE_SETTLED;
    }
    const struct claim *claim = s->n_claims > 0 ? find_claim(s, hash) : NULL;
    if (claim == NULL || claim->owner == NULL) {
        return DEDUPE_UNKNOWN;
    }
    /* The claim's own reference ends only after the claim did, which needs
     * this lock: so the owner is alive. */
    atomic_fetch_add(&claim->owner->n_refs, 1);
    *ret_owner = claim->owner;
    return DEDUPE_CLAIMED;
}

enum dedupe_state dedupe_look(struct dedupe *d, uint64_t hash, int64_t day,
                              struct dedupe_owner **ret_owner)
{
    struct shard *s = enter(d, hash, day);
    enum dedupe_state state = state_of(s, hash, ret_owner);
    mutex_unlock(&s->lock);
    return state;
}

enum dedupe_state dedupe_claim(struct dedupe *d, uint64_t hash, int64_t day,
                               struct dedupe_owner *owner,
                               struct dedupe_owner **ret_owner)
{
    struct shard *s = enter(d, hash, day);
    enum dedupe_state state = state_of(s, hash, ret_owner);
    if (state == DEDUPE_UNKNOWN) {
        add_claim(s, hash, owner);
    }
    mutex_unlock(&s->lock);
    return state;
}

void dedupe_settle(struct dedupe *d, uint64_t hash, int64_t day)
{
    struct shard *s = enter(d, hash, day);
    /* A clock that was set back, or a record that waited for long: the id
     * stays as long as the oldest that is remembered. */
    int64_t first = dedupe_first_day(d, s->today);
    (void)idset_add(&s->settled,
                    entry_of(hash, tag_of(day > first ? day : first)));
    drop_claim(s, hash);
    mutex_unlock(&s->lock);
}

void dedupe_release(struct dedupe *d, uint64_t hash)
{
    struct shard *s = &d->shards[hash >> (64 - SHARD_BITS)];
    mutex_lock(&s->lock);
    drop_claim(s, hash);
    mutex_unlock(&s->lock);
}

void dedupe_count(struct dedupe *d, uint64_t *ret_n, uint64_t *ret_bytes)
{
    uint64_t n = 0;
    uint64_t bytes = sizeof(*d);
    for (int i = 0; i < N_SHARDS; i++) {
        struct shard *s = &d->shards[i];
        mutex_lock(&s->lock);
        n += s->settled.n;
        bytes += idset_bytes(&s->settled) + s->cap * sizeof(*s->claims);
        mutex_unlock(&s->lock);
    }
    *ret_n = n;
    *ret_bytes = bytes;
}
