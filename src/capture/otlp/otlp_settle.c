/* A span whose parent is not there stands below the root, if there is one:
 * whatever lies between was not recorded, or not sampled. */
#include "capture/otlp/otlp_settle.h"

#include "base/arena.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/why.h"
#include "event/event_check.h"

#include <string.h>

struct settling {
    struct otlp_note *note;
    struct otlp_node *node;
    size_t n;
    struct arena arena;
};

static bool is_root(const struct otlp_note *note)
{
    return otlp_is_no_id(note->parent_id, OTLP_SPAN_BYTES);
}

static struct str id_text(const unsigned char *id)
{
    return (struct str){.p = (const char *)id, .n = OTLP_SPAN_BYTES};
}

static void link_parents(struct settling *s)
{
    struct map by_id;
    size_t root = SIZE_MAX;

    map_init(&by_id);
    for (size_t i = 0; i < s->n; i++) {
        map_put(&by_id, id_text(s->note[i].span_id), &s->note[i]);
        if (root == SIZE_MAX && is_root(&s->note[i])) {
            root = i;
        }
    }
    for (size_t i = 0; i < s->n; i++) {
        const struct otlp_note *parent =
            map_get(&by_id, id_text(s->note[i].parent_id));
        s->node[i].parent = root != i ? root : SIZE_MAX;
        if (is_root(&s->note[i])) {
            s->node[i].parent = SIZE_MAX;
        } else if (parent != NULL) {
            s->node[i].parent = (size_t)(parent - s->note);
        }
    }
    map_fini(&by_id);
}

/* ---- the same call seen by two ---- */

static bool is_above(const struct settling *s, size_t up, size_t down)
{
    size_t a = s->node[down].parent;
    for (int i = 0; a != SIZE_MAX && i < LIMIT_OTLP_DEPTH_MAX; i++) {
        if (a == up) {
            return true;
        }
        a = s->node[a].parent;
    }
    return false;
}

static uint64_t detail_of(const struct otlp_note *note)
{
    uint64_t n = 0;
    for (unsigned k = 0; k < TOKEN__COUNT; k++) {
        n += note->ev.token[k] > 0 ? 1 : 0;
    }
    return n;
}

static void empty(struct settling *s, size_t i)
{
    s->node[i].role = OTLP_ROLE_NONE;
    memset(s->node[i].token, 0, sizeof s->node[i].token);
    s->node[i].web_searches = 0;
    s->node[i].reported_pico = 0;
}

static bool has_counted(const struct settling *s, size_t i)
{
    bool has = false;
    for (unsigned g = 0; g < OTLP_GROUP__COUNT; g++) {
        has = has || (s->node[i].is_counted && s->node[i].counted[g] > 0);
    }
    return has;
}

/* Of two spans of one response, which one has it: what was counted before
 * stays where it is; else the one that tells more, else the first. */
static bool is_better(const struct settling *s, size_t i, size_t than)
{
    if (has_counted(s, i) != has_counted(s, than)) {
        return has_counted(s, i);
    }
    return detail_of(&s->note[i]) > detail_of(&s->note[than]);
}

/* Two instrumentations side by side, neither above the other. */
static void drop_twins(struct settling *s)
{
    struct map by_id;

    map_init(&by_id);
    for (size_t i = 0; i < s->n; i++) {
        struct otlp_note *note = &s->note[i];
        if (note->ev.id.n == 0 || note->role != OTLP_ROLE_CALL) {
            continue;
        }
        const struct otlp_note *twin = map_get(&by_id, note->ev.id);
        size_t k = twin != NULL ? (size_t)(twin - s->note) : 0;
        if (twin == NULL || is_above(s, k, i) || is_above(s, i, k)) {
            map_put(&by_id, note->ev.id, note);
        } else if (is_better(s, i, k)) {
            empty(s, k);
            map_put(&by_id, note->ev.id, note);
        } else {
            empty(s, i);
        }
    }
    map_fini(&by_id);
}

/* ---- what hands down ---- */

static bool hands_down(enum dim d)
{
    return d != DIM_PROVIDER && d != DIM_MODEL && d != DIM_REQUESTED_MODEL &&
           d != DIM_KEY && d != DIM_FALLBACK_FROM;
}

static void inherit_dims(struct otlp_note *note, const struct otlp_note *from)
{
    for (unsigned d = 0; d < DIM__COUNT; d++) {
        bool from_weak = (from->weak_dims >> d & 1u) != 0;
        bool own_weak = (note->weak_dims >> d & 1u) != 0;
        struct str *own = &note->ev.dim[d];
        if (!hands_down((enum dim)d) || from->ev.dim[d].n == 0) {
            continue;
        }
        if (own->n == 0 || (own_weak && !from_weak)) {
            *own = from->ev.dim[d];
            note->weak_dims &= ~(1u << d);
            note->weak_dims |= from_weak ? 1u << d : 0;
        }
    }
}

static void inherit_tags(struct otlp_note *note, const struct otlp_note *from)
{
    for (uint32_t i = 0; i < from->ev.n_tags; i++) {
        const struct event_tag *tag = &from->ev.tag[i];
        bool is_own = str_eq(tag->key, STR("otlp_note")) ||
                      str_eq(tag->key, STR("error")) ||
                      str_eq(tag->key, STR("service_tier"));
        if (!is_own && note->ev.n_tags < LIMIT_TAGS_MAX &&
            event_tag_find(&note->ev, tag->key) == NULL) {
            enum rc rc = event_tag_set(&note->ev, tag->key, tag->value, NULL);
            (void)rc; /* it was a tag before */
        }
    }
}

static void inherit(struct settling *s, size_t i)
{
    struct otlp_note *note = &s->note[i];
    size_t a = s->node[i].parent;

    for (int n = 0; a != SIZE_MAX && n < LIMIT_OTLP_DEPTH_MAX; n++) {
        const struct otlp_note *from = &s->note[a];
        inherit_dims(note, from);
        inherit_tags(note, from);
        if (!note->has_environment && from->has_environment) {
            note->ev.environment = from->ev.environment;
            note->has_environment = true;
        }
        if (note->ev.dim[DIM_MODEL].n == 0 && from->ev.dim[DIM_MODEL].n > 0) {
            note->ev.dim[DIM_MODEL] = from->ev.dim[DIM_MODEL];
            note->ev.dim[DIM_PROVIDER] = from->ev.dim[DIM_PROVIDER];
        }
        a = s->node[a].parent;
    }
}

/* A sum names no model as a rule: it has that of the first call below. */
static void name_models(struct settling *s)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct event *from = &s->note[i].ev;
        size_t a = s->node[i].parent;
        for (int n = 0; s->note[i].role == OTLP_ROLE_CALL && a != SIZE_MAX &&
                        n < LIMIT_OTLP_DEPTH_MAX;
             n++) {
            struct event *to = &s->note[a].ev;
            if (to->dim[DIM_MODEL].n == 0 && from->dim[DIM_MODEL].n > 0) {
                to->dim[DIM_MODEL] = from->dim[DIM_MODEL];
                to->dim[DIM_PROVIDER] = from->dim[DIM_PROVIDER];
            }
            a = s->node[a].parent;
        }
    }
}

/* ---- events ---- */

static void settle_names(struct settling *s, struct otlp_note *note)
{
    struct event *ev = &note->ev;

    if (ev->dim[DIM_MODEL].n == 0) {
        ev->dim[DIM_MODEL] = STR("unknown"); /* rather than lost */
    }
    if (ev->dim[DIM_RUN].n == 0) {
        struct str id =
            otlp_span_event_id(note->trace_id, note->span_id, &s->arena);
        ev->dim[DIM_RUN] = str_sub(id, STR("otlp:").n, 2 * OTLP_TRACE_BYTES);
    }
    if (event_settle(ev, &s->arena, NULL) != RC_OK) {
        ev->dim[DIM_PROVIDER] = STR("unknown");
        enum rc rc = event_settle(ev, &s->arena, NULL);
        (void)rc; /* the check behind tells */
    }
}

/* On a copy: what is made here lives until the next event, and must not be
 * handed down. */
static void emit_one(struct settling *s, size_t i, otlp_emit_fn *emit,
                     void *arg)
{
    const struct otlp_node *node = &s->node[i];
    struct otlp_note note;

    arena_reset(&s->arena);
    inherit(s, i);
    note = s->note[i];
    memcpy(note.ev.token, node->due, sizeof node->due);
    note.ev.web_searches = node->due_searches;
    note.ev.reported_cost.pico = node->due_pico;
    note.ev.has_reported_cost &= node->is_whole || node->due_pico > 0;
    settle_names(s, &note);
    if (note.ev.id.n == 0 || !node->is_whole) {
        note.ev.id = otlp_span_event_id(note.trace_id, note.span_id, &s->arena);
    }
    emit(arg, &note.ev, note.has_environment);
}

void otlp_settle(struct otlp_note *note, struct otlp_node *node, size_t n,
                 otlp_emit_fn *emit, void *arg)
{
    struct settling s = {.note = note, .node = node, .n = n};

    for (size_t i = 0; i < n; i++) {
        node[i].role = note[i].role;
        memcpy(node[i].token, note[i].ev.token, sizeof node[i].token);
        node[i].web_searches = note[i].ev.web_searches;
        node[i].reported_pico = note[i].ev.reported_cost.pico;
        if (note[i].role == OTLP_ROLE_NONE) {
            empty(&s, i);
        }
    }
    link_parents(&s);
    drop_twins(&s);
    otlp_tree_settle(node, n);
    name_models(&s);
    arena_init(&s.arena, LIMIT_ARENA_MAX);
    for (size_t i = 0; i < n; i++) {
        if (node[i].is_event) {
            emit_one(&s, i, emit, arg);
        }
    }
    arena_fini(&s.arena);
}

/* ---- folding ---- */

/* The one that carries what stands below `parent_id`; its own id is that,
 * inverted.  Few, so a walk finds it. */
static size_t stand_in(struct otlp_note *fold, size_t *n,
                       const struct otlp_note *of)
{
    unsigned char parent_id[OTLP_SPAN_BYTES];

    memcpy(parent_id, of->parent_id, sizeof parent_id);
    for (int last = 0; last < 2; last++) {
        for (size_t i = 0; i < *n; i++) {
            if (memcmp(fold[i].parent_id, parent_id, sizeof parent_id) == 0) {
                return i;
            }
        }
        if (*n + 1 < LIMIT_OTLP_FOLD_SPANS) {
            break;
        }
        memset(parent_id, 0xff, sizeof parent_id); /* for all that is over */
    }
    struct otlp_note *made = &fold[*n];
    *made = (struct otlp_note){.role = OTLP_ROLE_SUM};
    event_init(&made->ev);
    memcpy(made->trace_id, of->trace_id, sizeof made->trace_id);
    memcpy(made->parent_id, parent_id, sizeof parent_id);
    for (size_t i = 0; i < sizeof parent_id; i++) {
        made->span_id[i] = (unsigned char)~parent_id[i];
    }
    return (*n)++;
}

static void fold_in(struct otlp_note *to, const struct otlp_note *top,
                    const struct otlp_node *node)
{
    struct event *ev = &to->ev;

    for (unsigned k = 0; k < TOKEN__COUNT; k++) {
        ev->token[k] += node->below_token[k] + node->due[k];
    }
    ev->web_searches += node->carried[OTLP_GROUP_SEARCHES];
    if (num_add_i64(ev->reported_cost.pico, node->carried[OTLP_GROUP_COST],
                    &ev->reported_cost.pico) != RC_OK) {
        ev->reported_cost.pico = INT64_MAX;
    }
    ev->has_reported_cost = ev->reported_cost.pico > 0;
    if (node->n_calls > 0 || node->role == OTLP_ROLE_CALL) {
        to->role = OTLP_ROLE_CALL; /* its parent wraps one */
    }
    if (ev->dim[DIM_MODEL].n == 0) { /* which the parent may lack */
        ev->dim[DIM_MODEL] = top->ev.dim[DIM_MODEL];
        ev->dim[DIM_PROVIDER] = top->ev.dim[DIM_PROVIDER];
    }
}

static void emit_nothing(void *arg, struct event *ev, bool has_environment)
{
    (void)arg;
    (void)ev;
    (void)has_environment;
}

size_t otlp_fold(struct otlp_note *note, struct otlp_node *node, size_t n)
{
    struct otlp_note *fold = mem_array(LIMIT_OTLP_FOLD_SPANS, sizeof *fold);
    int64_t counted[OTLP_GROUP__COUNT] = {0}; /* of the root */
    size_t root = 0;
    size_t n_fold = 0;

    otlp_settle(note, node, n, emit_nothing, NULL); /* tells what they carry */
    while (root < n && !is_root(&note[root])) {
        root++;
    }
    if (root < n) {
        memcpy(counted, node[root].counted, sizeof counted);
        fold[n_fold++] = note[root];
    }
    for (size_t i = 0; i < n; i++) {
        size_t parent = node[i].parent;
        bool is_top = parent == SIZE_MAX ? !is_root(&note[i]) : parent == root;
        if (is_top) {
            fold_in(&fold[stand_in(fold, &n_fold, &note[i])], &note[i],
                    &node[i]);
        }
    }
    memset(node, 0, n_fold * sizeof *node);
    if (root < n) {
        memcpy(node[0].counted, counted, sizeof counted);
    }
    memcpy(note, fold, n_fold * sizeof *note);
    mem_free(fold);
    return n_fold;
}
