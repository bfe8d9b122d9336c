/* A record is one line of JSON: the members of the table below, then the
 * parts.  Absent members are empty, zero and false. */
#include "watch/incident.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/utc.h"
#include "base/why.h"

#include <stddef.h>

struct entry {
    struct incident x;
    struct arena arena; /* its text and parts */
};

struct incidents {
    struct entry **entry;
    size_t n, cap;
};

struct incidents *incidents_new(void)
{
    return mem_alloc(sizeof(struct incidents));
}

static void entry_free(struct entry *e)
{
    arena_fini(&e->arena);
    mem_free(e);
}

void incidents_free(struct incidents **all)
{
    if (all == NULL || *all == NULL) {
        return;
    }
    for (size_t i = 0; i < (*all)->n; i++) {
        entry_free((*all)->entry[i]);
    }
    mem_free((*all)->entry);
    mem_free(*all);
    *all = NULL;
}

size_t incidents_n(const struct incidents *all)
{
    return all->n;
}

const struct incident *incidents_at(const struct incidents *all, size_t i)
{
    CHECK(i < all->n);
    return &all->entry[i]->x;
}

static size_t place_of(const struct incidents *all, struct str id)
{
    for (size_t i = all->n; i > 0; i--) {
        if (str_eq(all->entry[i - 1]->x.id, id)) {
            return i - 1;
        }
    }
    return SIZE_MAX;
}

const struct incident *incidents_of(const struct incidents *all, struct str id)
{
    size_t i = place_of(all, id);

    return i != SIZE_MAX ? &all->entry[i]->x : NULL;
}

/* ---- members ---- */

enum member_kind { MEMBER_STR = 1, MEMBER_I64, MEMBER_F64, MEMBER_BOOL };

struct member {
    const char *name;
    enum member_kind kind;
    size_t offset;
};

#define OF(type, kind, name)                     \
    {                                            \
#name, kind, offsetof(struct type, name) \
    }

static const struct member scope_members[] = {
    OF(incident_scope, MEMBER_STR, feature),
    OF(incident_scope, MEMBER_STR, model),
    OF(incident_scope, MEMBER_STR, provider),
    OF(incident_scope, MEMBER_STR, workflow),
    OF(incident_scope, MEMBER_STR, customer),
    OF(incident_scope, MEMBER_STR, group),
};

static const struct member part_members[] = {
    OF(incident_part, MEMBER_F64, before),
    OF(incident_part, MEMBER_F64, after),
    OF(incident_part, MEMBER_F64, usd_per_day),
    OF(incident_part, MEMBER_I64, since_us),
    OF(incident_part, MEMBER_I64, closed_us),
};

static const struct member members[] = {
    OF(incident, MEMBER_STR, id),
    OF(incident, MEMBER_STR, cause),
    OF(incident, MEMBER_STR, rule),
    OF(incident, MEMBER_STR, filters),
    OF(incident, MEMBER_STR, run),
    OF(incident, MEMBER_I64, since_us),
    OF(incident, MEMBER_I64, opened_us),
    OF(incident, MEMBER_I64, updated_us),
    OF(incident, MEMBER_I64, closed_us),
    OF(incident, MEMBER_STR, unit),
    OF(incident, MEMBER_F64, before),
    OF(incident, MEMBER_F64, after),
    OF(incident, MEMBER_F64, usd_per_day),
    OF(incident, MEMBER_F64, usd_so_far),
    OF(incident, MEMBER_F64, usual_usd_per_day),
    OF(incident, MEMBER_STR, sentence),
    OF(incident, MEMBER_STR, owner),
    OF(incident, MEMBER_STR, release),
    OF(incident, MEMBER_STR, reason),
    OF(incident, MEMBER_STR, unmoved),
    OF(incident, MEMBER_BOOL, is_described),
    OF(incident, MEMBER_STR, ack_by),
    OF(incident, MEMBER_STR, ack_note),
    OF(incident, MEMBER_I64, ack_us),
    OF(incident, MEMBER_I64, snoozed_us),
    OF(incident, MEMBER_BOOL, is_weighed),
    OF(incident, MEMBER_BOOL, is_told),
    OF(incident, MEMBER_BOOL, owes_opened),
    OF(incident, MEMBER_BOOL, owes_updated),
    OF(incident, MEMBER_BOOL, owes_closed),
    OF(incident, MEMBER_I64, n_updates),
    OF(incident, MEMBER_F64, told_usd),
};

static enum rc copy_members(const struct member *m, size_t n, void *into,
                            struct arena *arena)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; i < n && rc == RC_OK; i++) {
        struct str *s = (struct str *)(void *)((char *)into + m[i].offset);
        if (m[i].kind == MEMBER_STR && s->n > 0) {
            rc = str_dup(arena, *s, s);
        } else if (m[i].kind == MEMBER_STR && s->p != NULL) {
            *s = STR("");
        }
    }
    return rc;
}

enum rc incident_copy(const struct incident *x, struct arena *arena,
                      struct incident *ret)
{
    struct incident copy = *x;
    struct incident_part *part =
        arena_copy(arena, x->part, x->n_parts * sizeof *part);
    enum rc rc = part != NULL ? RC_OK : RC_LIMIT;

    copy.part = part;
    if (rc == RC_OK) {
        rc = copy_members(members, ARRAY_N(members), &copy, arena);
    }
    if (rc == RC_OK) {
        rc = copy_members(scope_members, ARRAY_N(scope_members), &copy.scope,
                          arena);
    }
    for (size_t i = 0; i < x->n_parts && rc == RC_OK; i++) {
        rc = copy_members(scope_members, ARRAY_N(scope_members), &part[i].scope,
                          arena);
    }
    if (rc == RC_OK) {
        *ret = copy;
    }
    return rc;
}

/* ---- writing ---- */

static void write_str(struct json_writer *w, const struct member *m,
                      struct str s)
{
    if (s.p != NULL) {
        json_w_key(w, str_from_cz(m->name));
        json_w_str(w, s);
    }
}

static void write_f64(struct json_writer *w, const struct member *m, double x)
{
    json_w_key(w, str_from_cz(m->name));
    json_w_f64(w, x);
}

static void write_member(struct json_writer *w, const struct member *m,
                         const void *from)
{
    const void *at = (const char *)from + m->offset;

    switch (m->kind) {
    case MEMBER_STR:
        write_str(w, m, *(const struct str *)at);
        break;
    case MEMBER_I64:
        if (*(const int64_t *)at != 0) {
            json_w_key(w, str_from_cz(m->name));
            json_w_i64(w, *(const int64_t *)at);
        }
        break;
    case MEMBER_F64:
        write_f64(w, m, *(const double *)at);
        break;
    case MEMBER_BOOL:
        if (*(const bool *)at) {
            json_w_key(w, str_from_cz(m->name));
            json_w_bool(w, true);
        }
        break;
    }
}

static void write_members(struct json_writer *w, const struct member *m,
                          size_t n, const void *from)
{
    for (size_t i = 0; i < n; i++) {
        write_member(w, &m[i], from);
    }
}

void incident_record(const struct incident *x, struct buf *ret_record)
{
    struct json_writer w;

    json_w_init(&w, ret_record);
    json_w_obj(&w);
    write_members(&w, members, ARRAY_N(members), x);
    write_members(&w, scope_members, ARRAY_N(scope_members), &x->scope);
    json_w_key(&w, STR("severity"));
    json_w_str(&w, str_from_cz(message_severity_name(x->severity)));
    json_w_key(&w, STR("parts"));
    json_w_arr(&w);
    for (size_t i = 0; i < x->n_parts; i++) {
        const struct incident_part *p = &x->part[i];
        json_w_obj(&w);
        write_members(&w, part_members, ARRAY_N(part_members), p);
        write_members(&w, scope_members, ARRAY_N(scope_members), &p->scope);
        json_w_obj_end(&w);
    }
    json_w_arr_end(&w);
    json_w_obj_end(&w);
}

/* ---- reading ---- */

static enum rc read_str(const struct json *value, struct arena *arena,
                        struct str *ret)
{
    if (json_kind(value) != JSON_STR) {
        *ret = STR_EMPTY;
        return RC_OK;
    }
    *ret = STR("");
    return json_str(value).n > 0 ? str_dup(arena, json_str(value), ret) : RC_OK;
}

static enum rc read_members(const struct json *obj, const struct member *m,
                            size_t n, struct arena *arena, void *into)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; i < n && rc == RC_OK; i++) {
        const struct json *value = json_get(obj, m[i].name);
        void *at = (char *)into + m[i].offset;
        switch (m[i].kind) {
        case MEMBER_STR:
            rc = read_str(value, arena, at);
            break;
        case MEMBER_I64:
            *(int64_t *)at = 0;
            rc = value != NULL ? json_i64(value, at) : RC_OK;
            break;
        case MEMBER_F64:
            *(double *)at = json_f64(value);
            break;
        case MEMBER_BOOL:
            *(bool *)at = json_bool(value);
            break;
        }
    }
    return rc;
}

static enum rc read_parts(const struct json *list, struct arena *arena,
                          struct incident *ret)
{
    struct incident_part *part = arena_array(arena, json_n(list), sizeof *part);
    enum rc rc = part != NULL ? RC_OK : RC_LIMIT;
    size_t n = 0;

    for (const struct json *p = json_first(list); p != NULL && rc == RC_OK;
         p = json_next(p), n++) {
        rc = read_members(p, part_members, ARRAY_N(part_members), arena,
                          &part[n]);
        if (rc == RC_OK) {
            rc = read_members(p, scope_members, ARRAY_N(scope_members), arena,
                              &part[n].scope);
        }
    }
    ret->part = part;
    ret->n_parts = n;
    return rc == RC_OK && n == 0 ? RC_PARSE : rc;
}

static enum message_severity severity_of(struct str name)
{
    for (int s = MESSAGE_INFO; s <= MESSAGE_PAGE; s++) {
        if (str_eq(name, str_from_cz(message_severity_name(
                             (enum message_severity)s)))) {
            return (enum message_severity)s;
        }
    }
    return (enum message_severity)0;
}

static enum rc read_record(const struct json *json, struct entry *e)
{
    struct incident *x = &e->x;
    enum rc rc = read_members(json, members, ARRAY_N(members), &e->arena, x);

    if (rc == RC_OK) {
        rc = read_members(json, scope_members, ARRAY_N(scope_members),
                          &e->arena, &x->scope);
    }
    if (rc == RC_OK) {
        rc = read_parts(json_get(json, "parts"), &e->arena, x);
    }
    x->severity = severity_of(json_str(json_get(json, "severity")));
    return rc == RC_OK && (x->id.n == 0 || (int)x->severity == 0) ? RC_PARSE
                                                                  : rc;
}

static void put(struct incidents *all, struct entry *e)
{
    size_t at = place_of(all, e->x.id);

    if (at != SIZE_MAX) {
        entry_free(all->entry[at]);
        all->entry[at] = e;
        return;
    }
    if (all->n == all->cap) {
        all->cap = all->cap == 0 ? 16 : all->cap * 2;
        all->entry = mem_grow(all->entry, all->cap, sizeof(struct entry *));
    }
    all->entry[all->n++] = e;
}

enum rc incidents_apply(struct incidents *all, struct str record,
                        struct why *why)
{
    struct json *json = NULL;
    struct entry *e;
    enum rc rc = json_parse(record, &json, why);

    if (rc != RC_OK) {
        return why_prefix(why, RC_PARSE, "a record of an incident");
    }
    e = mem_alloc(sizeof *e);
    arena_init(&e->arena, LIMIT_JOURNAL_RECORD_MAX * (size_t)2);
    rc = read_record(json, e);
    json_free(&json);
    if (rc != RC_OK) {
        entry_free(e);
        return why_set(why, RC_PARSE,
                       "a record of an incident lacks what makes it one");
    }
    put(all, e);
    return RC_OK;
}

void incidents_forget(struct incidents *all, int64_t now_us)
{
    int64_t before_us = now_us - LIMIT_INCIDENT_KEEP_DAYS * UTC_US_PER_DAY;
    size_t n_over =
        all->n > LIMIT_INCIDENTS_MAX ? all->n - LIMIT_INCIDENTS_MAX : 0;
    size_t n = 0;

    for (size_t i = 0; i < all->n; i++) {
        struct entry *e = all->entry[i];
        int64_t closed_us = e->x.closed_us;

        if (closed_us != 0 && (n_over > 0 || closed_us < before_us)) {
            n_over -= n_over > 0 ? 1 : 0;
            entry_free(e);
        } else {
            all->entry[n++] = e;
        }
    }
    all->n = n;
}
