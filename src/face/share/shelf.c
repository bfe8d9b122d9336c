/* A record is a JSON object: {"view": {...}}, {"share": {...}}, or {"gone":
 * ID}. An item keeps its record as text, and the tree of it, into which its
 * slices point. */
#include "face/share/shelf.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/why.h"
#include "net/sign.h"

#include <string.h>

struct kept {
    struct shelf_item item;
    struct json *json;
    struct buf record;
};

struct shelf {
    struct kept **at;
    size_t n;
    size_t n_of[SHELF_SHARE + 1];
};

static const char *const kind_names[] = {
    [SHELF_VIEW] = "view", [SHELF_SHARE] = "share"};

struct shelf *shelf_new(void)
{
    return mem_alloc(sizeof(struct shelf));
}

static void kept_free(struct kept *k)
{
    json_free(&k->json);
    buf_fini(&k->record);
    mem_free(k);
}

void shelf_free(struct shelf **s)
{
    if (s == NULL || *s == NULL) {
        return;
    }
    for (size_t i = 0; i < (*s)->n; i++) {
        kept_free((*s)->at[i]);
    }
    mem_free((*s)->at);
    mem_free(*s);
    *s = NULL;
}

/* ---- reading a record ---- */

static struct str text_of(const struct json *obj, const char *name)
{
    return json_str(json_get(obj, name));
}

static bool read_item(const struct json *json, struct shelf_item *ret)
{
    const struct json *obj = NULL;
    enum shelf_kind kind = SHELF_VIEW;

    obj = json_get(json, kind_names[SHELF_VIEW]);
    if (obj == NULL) {
        kind = SHELF_SHARE;
        obj = json_get(json, kind_names[SHELF_SHARE]);
    }
    *ret = (struct shelf_item){
        .kind = kind,
        .id = text_of(obj, "id"),
        .name = text_of(obj, "name"),
        .address = text_of(obj, "address"),
        .note = text_of(obj, "note"),
        .by = text_of(obj, "by"),
        .view = text_of(obj, "view"),
        .token = text_of(obj, "token"),
        .opens = json_get(obj, "opens"),
    };
    bool has_times =
        json_i64(json_get(obj, "made"), &ret->made_us) == RC_OK &&
        json_i64(json_get(obj, "changed"), &ret->changed_us) == RC_OK &&
        (kind == SHELF_VIEW ||
         json_i64(json_get(obj, "expires"), &ret->expires_us) == RC_OK);
    return has_times && ret->id.n > 0;
}

static size_t place_of(const struct shelf *s, struct str id)
{
    size_t i = 0;

    while (i < s->n && !str_eq(s->at[i]->item.id, id)) {
        i++;
    }
    return i;
}

static void remove_at(struct shelf *s, size_t i)
{
    s->n_of[s->at[i]->item.kind]--;
    kept_free(s->at[i]);
    s->n--;
    memmove(&s->at[i], &s->at[i + 1], (s->n - i) * sizeof(struct kept *));
}

/* What is not there was removed before. */
static void apply_gone(struct shelf *s, struct str id)
{
    for (size_t i = s->n; i > 0; i--) {
        const struct shelf_item *item = &s->at[i - 1]->item;

        if (str_eq(item->id, id) || str_eq(item->view, id)) {
            remove_at(s, i - 1);
        }
    }
}

/* Takes the item: in the place of the one that has its id, or behind all. */
static void apply_item(struct shelf *s, struct kept *k)
{
    size_t i = place_of(s, k->item.id);

    if (i < s->n) {
        s->n_of[s->at[i]->item.kind]--;
        kept_free(s->at[i]);
    } else {
        s->at = mem_grow(s->at, s->n + 1, sizeof(struct kept *));
        s->n++;
    }
    s->at[i] = k;
    s->n_of[k->item.kind]++;
}

/* The record, if the shelf can take it. */
static enum rc read_record(const struct shelf *s, struct str record,
                           struct kept **ret, struct str *ret_gone,
                           struct why *why)
{
    struct kept *k = mem_alloc(sizeof *k);
    enum rc rc = json_parse(record, &k->json, why);

    buf_init(&k->record, SIZE_MAX);
    buf_str(&k->record, record);
    *ret_gone = text_of(k->json, "gone");
    if (rc != RC_OK) {
        rc = why_prefix(why, RC_CORRUPT, "a record of views");
    } else if (ret_gone->n == 0 && !read_item(k->json, &k->item)) {
        rc = why_set(why, RC_CORRUPT, "a record of views lacks a member");
    } else if (ret_gone->n == 0 && place_of(s, k->item.id) == s->n) {
        enum shelf_kind kind = k->item.kind;
        size_t max = kind == SHELF_VIEW ? LIMIT_VIEWS_MAX : LIMIT_SHARES_MAX;
        rc =
            s->n_of[kind] < max
                ? RC_OK
                : why_set(why, RC_LIMIT, "there are %zu %ss, as many as may be",
                          max, kind_names[kind]);
    }
    if (rc != RC_OK) {
        kept_free(k);
        return rc;
    }
    *ret = k;
    return RC_OK;
}

enum rc shelf_check(const struct shelf *s, struct str record, struct why *why)
{
    struct kept *k = NULL;
    struct str gone;
    enum rc rc = read_record(s, record, &k, &gone, why);

    if (rc == RC_OK) {
        kept_free(k);
    }
    return rc;
}

enum rc shelf_apply(struct shelf *s, struct str record, struct why *why)
{
    struct kept *k = NULL;
    struct str gone;
    enum rc rc = read_record(s, record, &k, &gone, why);

    if (rc != RC_OK) {
        return rc;
    }
    if (gone.n == 0) {
        apply_item(s, k);
        return RC_OK;
    }
    apply_gone(s, gone);
    kept_free(k);
    return RC_OK;
}

/* ---- writing one ---- */

static void member(struct json_writer *w, const char *name, struct str value)
{
    if (value.n > 0) {
        json_w_key(w, str_from_cz(name));
        json_w_str(w, value);
    }
}

static void number(struct json_writer *w, const char *name, int64_t value)
{
    json_w_key(w, str_from_cz(name));
    json_w_i64(w, value);
}

void shelf_put(struct buf *record, const struct shelf_item *item,
               const struct str *opens, size_t n_opens)
{
    struct json_writer w;

    json_w_init(&w, record);
    json_w_obj(&w);
    json_w_key(&w, str_from_cz(kind_names[item->kind]));
    json_w_obj(&w);
    member(&w, "id", item->id);
    member(&w, "name", item->name);
    member(&w, "address", item->address);
    member(&w, "note", item->note);
    member(&w, "by", item->by);
    number(&w, "made", item->made_us);
    number(&w, "changed", item->changed_us);
    if (item->kind == SHELF_SHARE) {
        member(&w, "view", item->view);
        member(&w, "token", item->token);
        number(&w, "expires", item->expires_us);
        json_w_key(&w, STR("opens"));
        json_w_arr(&w);
        for (size_t i = 0; i < n_opens; i++) {
            json_w_str(&w, opens[i]);
        }
        json_w_arr_end(&w);
    }
    json_w_obj_end(&w);
    json_w_obj_end(&w);
}

void shelf_drop(struct buf *record, struct str id)
{
    struct json_writer w;

    json_w_init(&w, record);
    json_w_obj(&w);
    member(&w, "gone", id);
    json_w_obj_end(&w);
}

/* ---- looking ---- */

size_t shelf_n(const struct shelf *s)
{
    return s->n;
}

const struct shelf_item *shelf_at(const struct shelf *s, size_t i)
{
    return &s->at[i]->item;
}

struct str shelf_record(const struct shelf *s, size_t i)
{
    return buf_view(&s->at[i]->record);
}

const struct shelf_item *shelf_find(const struct shelf *s, enum shelf_kind kind,
                                    struct str id)
{
    size_t i = place_of(s, id);

    return i < s->n && s->at[i]->item.kind == kind ? &s->at[i]->item : NULL;
}

const struct shelf_item *shelf_named(const struct shelf *s,
                                     enum shelf_kind kind, struct str name)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct shelf_item *item = &s->at[i]->item;

        if (item->kind == kind && str_eq(item->name, name)) {
            return item;
        }
    }
    return NULL;
}

const struct shelf_item *shelf_share_of(const struct shelf *s, struct str token)
{
    char hash[SHELF_HASH_BYTES];

    shelf_hash_token(token, hash);
    for (size_t i = 0; i < s->n; i++) {
        const struct shelf_item *item = &s->at[i]->item;

        if (item->kind == SHELF_SHARE &&
            str_eq(item->token, str_from_cz(hash))) {
            return item;
        }
    }
    return NULL;
}

void shelf_hash_token(struct str token, char ret[static SHELF_HASH_BYTES])
{
    sign_hmac_sha256(STR("toll share"), token, ret);
}
