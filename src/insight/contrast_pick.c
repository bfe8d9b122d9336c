/* Where in a contrast a cause has its place. */
#include "insight/contrast.h"

#include <math.h>

static bool is_of_scope(enum change_cause cause)
{
    switch (cause) {
    case CHANGE_INPUT_TOKENS:
    case CHANGE_CACHE:
    case CHANGE_OUTPUT_TOKENS:
    case CHANGE_RETRIES:
    case CHANGE_PRICE:
    case CHANGE_OTHER:
        return false;
    case CHANGE_NONE:
    case CHANGE_USERS:
    case CHANGE_REQUESTS_PER_USER:
    case CHANGE_MODEL_MIX:
    case CHANGE_NEW:
    case CHANGE_REMOVED:
    case CHANGE_DAYS:
    case CHANGE__COUNT:
        break;
    }
    return true;
}

static double share_of(const struct contrast *c, size_t cell,
                       enum change_side side)
{
    const struct change_cell *k = &c->change[cell];
    int64_t all = c->change_scope[k->scope].useful[side].n;
    struct change_useful u = change_useful(&k->count[side]);

    return all > 0 ? (double)u.n / (double)all : 0;
}

/* The models that gained and lost most of their scope's requests. */
static void pick_models(const struct contrast *c, struct contrast_pick *p)
{
    double most = 0;
    double least = 0;

    for (size_t i = 0; i < c->n_cells; i++) {
        if (c->change[i].scope != p->scope) {
            continue;
        }
        double change =
            share_of(c, i, CHANGE_AFTER) - share_of(c, i, CHANGE_BEFORE);
        if (change > most) {
            most = change;
            p->cell = i;
        } else if (change < least) {
            least = change;
            p->lost = i;
        }
    }
    if (p->cell < c->n_cells) {
        p->before = share_of(c, p->cell, CHANGE_BEFORE);
        p->after = share_of(c, p->cell, CHANGE_AFTER);
    }
}

static double measure(const struct contrast *c, const struct contrast_pick *p,
                      enum change_side side)
{
    const struct change_scope *s = &c->change_scope[p->scope];
    const struct change_count *count = &s->sum[side];
    struct change_useful u = s->useful[side];

    if (p->cause == CHANGE_DAYS) {
        return c->sides.side[side].days;
    }
    if (p->cell < c->n_cells && c->change[p->cell].count[side].attempts > 0) {
        count = &c->change[p->cell].count[side];
        u = change_useful(count);
    }
    bool knows = s->users[CHANGE_BEFORE] > 0 && s->users[CHANGE_AFTER] > 0;
    return change_measure(p->cause, count, &u, knows ? s->users[side] : 0, 0);
}

static struct contrast_pick pick_of(const struct contrast *c,
                                    enum change_cause cause, size_t scope,
                                    size_t cell)
{
    struct contrast_pick p = {
        .cause = cause,
        .scope = scope,
        .cell = cell,
        .lost = c->n_cells,
        .pico = cell < c->n_cells ? c->change[cell].part[cause]
                                  : c->scope[scope].part[cause],
        .before = (double)NAN,
        .after = (double)NAN,
    };
    if (cause == CHANGE_MODEL_MIX) {
        pick_models(c, &p);
    } else {
        p.before = measure(c, &p, CHANGE_BEFORE);
        p.after = measure(c, &p, CHANGE_AFTER);
    }
    return p;
}

/* Whether candidate a of the line comes before b, which may be none. */
static bool comes_before(const struct contrast *c, enum change_cause cause,
                         size_t a, size_t b)
{
    bool whole = is_of_scope(cause);
    num_i128 x = whole ? c->scope[a].part[cause] : c->change[a].part[cause];
    num_i128 y = whole ? c->scope[b].part[cause] : c->change[b].part[cause];

    if (x != y) {
        return c->all.part[cause] > 0 ? x > y : x < y;
    }
    int order = str_cmp(c->scope[whole ? a : c->change[a].scope].name,
                        c->scope[whole ? b : c->change[b].scope].name);
    return order < 0 || (order == 0 && !whole &&
                         str_cmp(c->cell[a].model, c->cell[b].model) < 0);
}

/* The best candidate behind `last` (n: the very best). */
static size_t next_best(const struct contrast *c, enum change_cause cause,
                        size_t n, size_t last)
{
    size_t best = n;

    for (size_t i = 0; i < n; i++) {
        if ((last == n || comes_before(c, cause, last, i)) &&
            (best == n || comes_before(c, cause, i, best))) {
            best = i;
        }
    }
    return best;
}

size_t contrast_picks(const struct contrast *c, enum change_cause cause,
                      struct contrast_pick ret[CONTRAST_PICKS_MAX])
{
    bool whole = is_of_scope(cause);
    size_t n = whole ? c->n_scopes : c->n_cells;
    num_i128 line = c->all.part[cause];
    num_i128 sum = 0;
    size_t n_picks = 0;
    size_t last = n;

    while (line != 0 && n_picks < CONTRAST_PICKS_MAX) {
        last = next_best(c, cause, n, last);
        if (last == n) {
            break;
        }
        ret[n_picks] = whole ? pick_of(c, cause, last, c->n_cells)
                             : pick_of(c, cause, c->change[last].scope, last);
        if (ret[n_picks].pico == 0 || (ret[n_picks].pico > 0) != (line > 0)) {
            break;
        }
        sum += ret[n_picks++].pico;
        if (line > 0 ? sum * 5 >= line * 4 : sum * 5 <= line * 4) {
            break;
        }
    }
    return n_picks;
}

struct contrast_pick contrast_pick_scope(const struct contrast *c, size_t scope,
                                         enum change_cause cause)
{
    num_i128 line = c->scope[scope].part[cause];
    size_t best = c->n_cells;

    for (size_t i = 0; i < c->n_cells && !is_of_scope(cause); i++) {
        num_i128 part = c->change[i].part[cause];
        if (c->change[i].scope == scope && part != 0 &&
            (part > 0) == (line > 0) &&
            (best == c->n_cells ||
             (line > 0 ? part > c->change[best].part[cause]
                       : part < c->change[best].part[cause]))) {
            best = i;
        }
    }
    struct contrast_pick p = pick_of(c, cause, scope, best);
    p.pico = line;
    return p;
}

bool contrast_is_measured(const struct contrast *c, enum change_cause cause)
{
    const struct change_count *sum = c->sum;

    switch (cause) {
    case CHANGE_USERS:
        return c->knows_users;
    case CHANGE_RETRIES:
        return sum[CHANGE_BEFORE].attempts > sum[CHANGE_BEFORE].ok ||
               sum[CHANGE_AFTER].attempts > sum[CHANGE_AFTER].ok;
    case CHANGE_REQUESTS_PER_USER:
    case CHANGE_MODEL_MIX:
    case CHANGE_INPUT_TOKENS:
    case CHANGE_CACHE:
    case CHANGE_OUTPUT_TOKENS:
    case CHANGE_PRICE:
        return true;
    case CHANGE_NEW:
    case CHANGE_REMOVED:
    case CHANGE_DAYS:
    case CHANGE_OTHER:
        return c->all.part[cause] != 0;
    case CHANGE_NONE:
    case CHANGE__COUNT:
        break;
    }
    return false;
}

size_t contrast_order(const struct contrast_scope *s,
                      enum change_cause ret[CHANGE__COUNT])
{
    size_t n = 0;

    for (enum change_cause k = CHANGE_USERS; k < CHANGE__COUNT; k++) {
        if (s->part[k] == 0) {
            continue;
        }
        size_t at = n++;
        while (at > 0 && num_abs(s->part[ret[at - 1]]) < num_abs(s->part[k])) {
            ret[at] = ret[at - 1];
            at--;
        }
        ret[at] = k;
    }
    return n;
}
