#include "event/registry.h"

#include <stdatomic.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/why.h"

struct registry {
    atomic_uint n_refs;
    struct arena arena; /* all text, the shares and the owners */
    struct experiment *experiments;
    size_t n_experiments;
    struct map owners; /* feature to struct str */
};

struct registry *registry_new(void)
{
    struct registry *r = mem_alloc(sizeof(*r));

    atomic_init(&r->n_refs, 1);
    arena_init(&r->arena, LIMIT_REGISTRY_BYTES_MAX);
    map_init(&r->owners);
    return r;
}

struct registry *registry_ref(struct registry *r)
{
    atomic_fetch_add(&r->n_refs, 1);
    return r;
}

void registry_unref(struct registry **r)
{
    struct registry *own = *r;

    *r = NULL;
    if (own == NULL || atomic_fetch_sub(&own->n_refs, 1) != 1) {
        return;
    }
    map_fini(&own->owners);
    mem_free(own->experiments);
    arena_fini(&own->arena);
    mem_free(own);
}

/* ---- building ---- */

static enum rc too_much(struct why *why)
{
    return why_set(why, RC_LIMIT, "experiments and owners take over %d bytes",
                   LIMIT_REGISTRY_BYTES_MAX);
}

static enum rc check_text(const char *what, struct str text, struct why *why)
{
    if (text.n == 0) {
        return why_set(why, RC_INVALID, "%s is missing", what);
    }
    if (text.n > LIMIT_DIM_MAX) {
        return why_set(why, RC_INVALID,
                       "%s is %zu bytes long; at most %d are allowed", what,
                       text.n, LIMIT_DIM_MAX);
    }
    if (!str_utf8_ok(text) || str_find_char(text, '\0', 0) != SIZE_MAX) {
        return why_set(why, RC_INVALID, "%s is not valid UTF-8", what);
    }
    return RC_OK;
}

static enum rc check_split(const struct experiment *x, struct why *why)
{
    for (size_t i = 0; i < x->n_split; i++) {
        enum rc rc = check_text("a variant", x->split[i].variant, why);
        if (rc != RC_OK) {
            return rc;
        }
        for (size_t k = 0; k < i; k++) {
            if (str_eq(x->split[k].variant, x->split[i].variant)) {
                return why_set(why, RC_INVALID, "the split names '%.*s' twice",
                               STR_ARG(x->split[i].variant));
            }
        }
        if (!(x->split[i].weight > 0)) {
            return why_set(why, RC_INVALID,
                           "the share of '%.*s' must be above 0",
                           STR_ARG(x->split[i].variant));
        }
    }
    return RC_OK;
}

/* A variant that the split, when there is one, does not name is misspelt. */
static enum rc check_variant(const struct experiment *x, const char *what,
                             struct str variant, struct why *why)
{
    for (size_t i = 0; i < x->n_split; i++) {
        if (str_eq(x->split[i].variant, variant)) {
            return RC_OK;
        }
    }
    if (x->n_split == 0) {
        return check_text(what, variant, why);
    }
    return why_set(why, RC_INVALID, "%s '%.*s' is no variant of the split",
                   what, STR_ARG(variant));
}

static enum rc check_times(const struct experiment *x, struct why *why)
{
    if (x->end_us <= x->start_us) {
        return why_set(why, RC_INVALID, "end must be after start");
    }
    if (x->rollout_us < x->start_us) {
        return why_set(why, RC_INVALID, "rollout must not be before start");
    }
    if (x->rollout_us != EXPERIMENT_NEVER_US && x->rolled_out.n == 0) {
        return why_set(why, RC_INVALID,
                       "rollout needs 'rolled_out', the variant that all got");
    }
    return RC_OK;
}

static enum rc check_experiment(const struct experiment *x, struct why *why)
{
    CHECK(x->unit == DIM_USER || x->unit == DIM_CUSTOMER || x->unit == DIM_RUN);
    enum rc rc = check_text("an experiment's name", x->name, why);
    if (rc == RC_OK) {
        rc = check_text("feature", x->feature, why);
    }
    if (rc == RC_OK) {
        rc = check_split(x, why);
    }
    if (rc == RC_OK) {
        rc = check_variant(x, "control", x->control, why);
    }
    if (rc == RC_OK && x->rolled_out.n > 0) {
        rc = check_variant(x, "rolled_out", x->rolled_out, why);
    }
    return rc == RC_OK ? check_times(x, why) : rc;
}

static bool copy_text(struct arena *arena, struct str *s)
{
    return s->n == 0 || str_dup(arena, *s, s) == RC_OK;
}

static bool copy_split(struct arena *arena, struct experiment *x)
{
    struct experiment_share *split =
        arena_array(arena, x->n_split, sizeof(*split));

    if (split == NULL) {
        return false;
    }
    for (size_t i = 0; i < x->n_split; i++) {
        split[i] = x->split[i];
        if (!copy_text(arena, &split[i].variant)) {
            return false;
        }
    }
    x->split = split;
    return true;
}

enum rc registry_add_experiment(struct registry *r, const struct experiment *x,
                                struct why *why)
{
    struct experiment copy = *x;
    enum rc rc = check_experiment(x, why);

    if (rc != RC_OK) {
        return rc;
    }
    if (registry_find(r, x->name) != NULL) {
        return why_set(why, RC_EXISTS, "experiment '%.*s' is there twice",
                       STR_ARG(x->name));
    }
    if (!copy_text(&r->arena, &copy.name) ||
        !copy_text(&r->arena, &copy.feature) ||
        !copy_text(&r->arena, &copy.rolled_out) ||
        !copy_text(&r->arena, &copy.control) || !copy_split(&r->arena, &copy)) {
        return too_much(why);
    }
    r->experiments =
        mem_grow(r->experiments, r->n_experiments + 1, sizeof(*r->experiments));
    r->experiments[r->n_experiments++] = copy;
    return RC_OK;
}

enum rc registry_add_owner(struct registry *r, struct str feature,
                           struct str owner, struct why *why)
{
    enum rc rc = check_text("a feature's name", feature, why);
    if (rc == RC_OK) {
        rc = check_text("owner", owner, why);
    }
    if (rc != RC_OK) {
        return rc;
    }
    struct str *kept = arena_alloc(&r->arena, sizeof(*kept));
    if (kept == NULL || str_dup(&r->arena, feature, &feature) != RC_OK ||
        str_dup(&r->arena, owner, kept) != RC_OK) {
        return too_much(why);
    }
    map_put(&r->owners, feature, kept);
    return RC_OK;
}

enum dim experiment_unit_from(struct str word)
{
    enum dim dim = dim_from(word);

    return dim == DIM_USER || dim == DIM_CUSTOMER || dim == DIM_RUN
               ? dim
               : DIM__COUNT;
}

/* ---- asking ---- */

size_t registry_n_experiments(const struct registry *r)
{
    return r->n_experiments;
}

const struct experiment *registry_experiment(const struct registry *r, size_t i)
{
    CHECK(i < r->n_experiments);
    return &r->experiments[i];
}

const struct experiment *registry_find(const struct registry *r,
                                       struct str name)
{
    for (size_t i = 0; i < r->n_experiments; i++) {
        if (str_eq(r->experiments[i].name, name)) {
            return &r->experiments[i];
        }
    }
    return NULL;
}

const struct experiment *registry_rolled_out(const struct registry *r,
                                             struct str feature, int64_t ts_us)
{
    const struct experiment *last = NULL;

    for (size_t i = 0; i < r->n_experiments; i++) {
        const struct experiment *x = &r->experiments[i];

        if (x->rolled_out.n > 0 && x->rollout_us <= ts_us &&
            str_eq(x->feature, feature) &&
            (last == NULL || x->rollout_us >= last->rollout_us)) {
            last = x;
        }
    }
    return last;
}

struct str registry_owner(const struct registry *r, struct str feature)
{
    const struct str *owner = map_get(&r->owners, feature);

    return owner != NULL ? *owner : STR_EMPTY;
}
