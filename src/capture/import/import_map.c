#include "capture/import/import_map.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/why.h"

enum { PAIRS_MAX = 128, SHOWN_MAX = 40, TAG_PREFIX_N = 5 };

struct pair {
    struct import_target target;
    struct str column;
};

struct import_map {
    struct json *json; /* the text below borrows from it */
    struct pair pair[PAIRS_MAX];
    size_t n_pairs;
    struct import_constant constant[PAIRS_MAX];
    size_t n_constants;
};

static const struct import_target fields[] = {
#define X(enum_name, name, kind, which) {IMPORT_FIELD_##kind, STR_INIT(name)},
#include "event/event_field.def"
#undef X
};

/* Words that other programs put above a column, without the signs between
 * them.  The better word comes first where a file may have both. */
static const struct {
    struct str word;
    struct str field;
} synonyms[] = {
    {STR_INIT("timestamp"), STR_INIT("ts")},
    {STR_INIT("createdat"), STR_INIT("ts")},
    {STR_INIT("starttime"), STR_INIT("ts")},
    {STR_INIT("startedat"), STR_INIT("ts")},
    {STR_INIT("datetime"), STR_INIT("ts")},
    {STR_INIT("time"), STR_INIT("ts")},
    {STR_INIT("date"), STR_INIT("ts")},
    {STR_INIT("requestid"), STR_INIT("id")},
    {STR_INIT("responseid"), STR_INIT("id")},
    {STR_INIT("generationid"), STR_INIT("id")},
    {STR_INIT("eventid"), STR_INIT("id")},
    {STR_INIT("vendor"), STR_INIT("provider")},
    {STR_INIT("providername"), STR_INIT("provider")},
    {STR_INIT("servedmodel"), STR_INIT("model")},
    {STR_INIT("modelname"), STR_INIT("model")},
    {STR_INIT("modelid"), STR_INIT("model")},
    {STR_INIT("prompttokens"), STR_INIT("input_tokens")},
    {STR_INIT("tokensprompt"), STR_INIT("input_tokens")},
    {STR_INIT("tokensin"), STR_INIT("input_tokens")},
    {STR_INIT("cachedtokens"), STR_INIT("cache_read_tokens")},
    {STR_INIT("cachedinputtokens"), STR_INIT("cache_read_tokens")},
    {STR_INIT("cachereadinputtokens"), STR_INIT("cache_read_tokens")},
    {STR_INIT("inputcachedtokens"), STR_INIT("cache_read_tokens")},
    {STR_INIT("tokenscached"), STR_INIT("cache_read_tokens")},
    {STR_INIT("cachecreationtokens"), STR_INIT("cache_write_tokens")},
    {STR_INIT("cachecreationinputtokens"), STR_INIT("cache_write_tokens")},
    {STR_INIT("inputcachewritetokens"), STR_INIT("cache_write_tokens")},
    {STR_INIT("completiontokens"), STR_INIT("output_tokens")},
    {STR_INIT("tokenscompletion"), STR_INIT("output_tokens")},
    {STR_INIT("tokensout"), STR_INIT("output_tokens")},
    {STR_INIT("reasoningoutputtokens"), STR_INIT("reasoning_tokens")},
    {STR_INIT("thinkingtokens"), STR_INIT("reasoning_tokens")},
    {STR_INIT("tokensreasoning"), STR_INIT("reasoning_tokens")},
    {STR_INIT("websearchrequests"), STR_INIT("web_searches")},
    {STR_INIT("websearchcalls"), STR_INIT("web_searches")},
    {STR_INIT("tier"), STR_INIT("service_tier")},
    {STR_INIT("costusd"), STR_INIT("reported_cost")},
    {STR_INIT("totalcost"), STR_INIT("reported_cost")},
    {STR_INIT("spend"), STR_INIT("reported_cost")},
    {STR_INIT("featurename"), STR_INIT("feature")},
    {STR_INIT("application"), STR_INIT("feature")},
    {STR_INIT("appname"), STR_INIT("feature")},
    {STR_INIT("app"), STR_INIT("feature")},
    {STR_INIT("projectname"), STR_INIT("feature")},
    {STR_INIT("project"), STR_INIT("feature")},
    {STR_INIT("runid"), STR_INIT("run")},
    {STR_INIT("traceid"), STR_INIT("run")},
    {STR_INIT("sessionid"), STR_INIT("run")},
    {STR_INIT("customerid"), STR_INIT("customer")},
    {STR_INIT("enduser"), STR_INIT("customer")},
    {STR_INIT("userid"), STR_INIT("user")},
    {STR_INIT("username"), STR_INIT("user")},
    {STR_INIT("useremail"), STR_INIT("user")},
    {STR_INIT("team"), STR_INIT("owner")},
    {STR_INIT("keyname"), STR_INIT("key")},
    {STR_INIT("apikeyname"), STR_INIT("key")},
    {STR_INIT("env"), STR_INIT("environment")},
    {STR_INIT("latency"), STR_INIT("latency_ms")},
    {STR_INIT("durationms"), STR_INIT("latency_ms")},
    {STR_INIT("timetofirsttokenms"), STR_INIT("ttft_ms")},
};

/* ---- targets ---- */

/* NULL when it is no field. */
static const struct import_target *find_field(struct str name)
{
    for (size_t i = 0; i < ARRAY_N(fields); i++) {
        if (str_eq(fields[i].name, name)) {
            return &fields[i];
        }
    }
    return NULL;
}

/* A field that is known to be one. */
static struct import_target field_of(struct str name)
{
    const struct import_target *field = find_field(name);
    CHECK(field != NULL);
    return *field;
}

/* "tags.team" or "tag.team" is the tag team; its name, else empty. */
static struct str tag_of(struct str name)
{
    if (str_starts(name, STR("tags."))) {
        return str_sub(name, TAG_PREFIX_N, SIZE_MAX);
    }
    return str_starts(name, STR("tag."))
               ? str_sub(name, TAG_PREFIX_N - 1, SIZE_MAX)
               : STR_EMPTY;
}

static bool target_of(struct str name, struct import_target *ret)
{
    const struct import_target *field = find_field(name);
    struct str tag = tag_of(name);
    if (field != NULL) {
        *ret = *field;
        return true;
    }
    if (tag.n > 0 && tag.n <= LIMIT_TAG_KEY_MAX) {
        *ret = (struct import_target){.kind = IMPORT_FIELD_TAG, .name = tag};
        return true;
    }
    return false;
}

static enum rc unknown_field(struct str name, struct why *why)
{
    struct str nearest = STR_EMPTY;
    size_t least = 4;
    for (size_t i = 0; i < ARRAY_N(fields); i++) {
        size_t d = str_edit_distance(fields[i].name, name);
        if (d < least && fields[i].kind != IMPORT_FIELD_EXPORT) {
            least = d;
            nearest = fields[i].name;
        }
    }
    struct str shown = str_utf8_cut(name, SHOWN_MAX);
    if (nearest.n > 0) {
        return why_set(why, RC_INVALID,
                       "an event has no field \"%.*s\"; did you mean %.*s?",
                       STR_ARG(shown), STR_ARG(nearest));
    }
    return why_set(why, RC_INVALID,
                   "an event has no field \"%.*s\"; for a tag write "
                   "\"tags.%.*s\"",
                   STR_ARG(shown), STR_ARG(shown));
}

/* A name of a map: a field that can be set, or a tag. */
static enum rc read_target(struct str name, struct import_target *ret,
                           struct why *why)
{
    if (!target_of(name, ret)) {
        return unknown_field(name, why);
    }
    if (ret->kind == IMPORT_FIELD_EXPORT) {
        return why_set(why, RC_INVALID,
                       "\"%.*s\" is what toll itself finds out; a cost that "
                       "was told is reported_cost",
                       STR_ARG(name));
    }
    return RC_OK;
}

/* ---- the map ---- */

static enum rc too_many(struct why *why)
{
    return why_set(why, RC_LIMIT, "over %d names", PAIRS_MAX);
}

static bool is_same_target(const struct import_target *a,
                           const struct import_target *b)
{
    return a->kind == b->kind && str_eq(a->name, b->name);
}

/* A field has one source: one column or one constant. */
static enum rc check_unique(const struct import_map *map,
                            const struct import_target *target, struct why *why)
{
    bool is_taken = false;
    for (size_t i = 0; i < map->n_pairs; i++) {
        is_taken = is_taken || is_same_target(&map->pair[i].target, target);
    }
    for (size_t i = 0; i < map->n_constants; i++) {
        is_taken = is_taken || is_same_target(&map->constant[i].target, target);
    }
    return is_taken ? why_set(why, RC_INVALID, "%.*s is given twice",
                              STR_ARG(target->name))
                    : RC_OK;
}

/* A column goes to one field. */
static enum rc check_column(const struct import_map *map, struct str column,
                            struct why *why)
{
    for (size_t i = 0; i < map->n_pairs; i++) {
        if (str_eq(map->pair[i].column, column)) {
            return why_set(why, RC_INVALID,
                           "the column \"%.*s\" is given for two fields",
                           STR_ARG(str_utf8_cut(column, SHOWN_MAX)));
        }
    }
    return RC_OK;
}

static enum rc read_constants(struct import_map *map, const struct json *obj,
                              struct why *why)
{
    if (json_kind(obj) != JSON_OBJ) {
        return why_set(why, RC_INVALID,
                       "\"constants\" must be an object of fields and values");
    }
    for (const struct json *j = json_first(obj); j != NULL; j = json_next(j)) {
        struct import_constant *c = &map->constant[map->n_constants];
        if (map->n_constants == PAIRS_MAX) {
            return too_many(why);
        }
        enum rc rc = read_target(json_key(j), &c->target, why);
        if (rc == RC_OK && json_kind(j) != JSON_STR) {
            rc = why_set(why, RC_INVALID,
                         "the constant %.*s must be a string, as in a cell",
                         STR_ARG(json_key(j)));
        }
        if (rc == RC_OK) {
            rc = check_unique(map, &c->target, why);
        }
        if (rc != RC_OK) {
            return rc;
        }
        c->value = json_str(j);
        map->n_constants++;
    }
    return RC_OK;
}

static enum rc read_pair(struct import_map *map, const struct json *j,
                         struct why *why)
{
    struct pair *pair = &map->pair[map->n_pairs];
    if (map->n_pairs == PAIRS_MAX) {
        return too_many(why);
    }
    enum rc rc = read_target(json_key(j), &pair->target, why);
    if (rc == RC_OK && (json_kind(j) != JSON_STR || json_str(j).n == 0)) {
        rc = why_set(why, RC_INVALID,
                     "%.*s must be the name of a column, as a string",
                     STR_ARG(json_key(j)));
    }
    if (rc == RC_OK) {
        rc = check_unique(map, &pair->target, why);
    }
    if (rc == RC_OK) {
        rc = check_column(map, str_trim(json_str(j)), why);
    }
    if (rc == RC_OK) {
        pair->column = str_trim(json_str(j));
        map->n_pairs++;
    }
    return rc;
}

static enum rc read_map(struct import_map *map, struct why *why)
{
    if (json_kind(map->json) != JSON_OBJ) {
        return why_set(why, RC_INVALID,
                       "it must be a JSON object of fields and the columns "
                       "that hold them");
    }
    enum rc rc = RC_OK;
    for (const struct json *j = json_first(map->json); j != NULL && rc == RC_OK;
         j = json_next(j)) {
        rc = str_eq(json_key(j), STR("constants")) ? read_constants(map, j, why)
                                                   : read_pair(map, j, why);
    }
    return rc;
}

enum rc import_map_parse(struct str text, struct import_map **ret_map,
                         struct why *why)
{
    struct import_map *map = mem_alloc(sizeof(*map));
    enum rc rc = json_parse(text, &map->json, why);
    if (rc == RC_OK) {
        rc = read_map(map, why);
    }
    if (rc != RC_OK) {
        import_map_free(&map);
        return rc == RC_PARSE ? RC_INVALID : rc;
    }
    *ret_map = map;
    return RC_OK;
}

enum rc import_map_read(const char *path, struct import_map **ret_map,
                        struct why *why)
{
    struct buf text;
    buf_init(&text, LIMIT_IMPORT_MAP_BYTES);
    enum rc rc = file_read(path, false, &text, why);
    if (rc == RC_OK) {
        rc = import_map_parse(buf_view(&text), ret_map, why);
        if (rc != RC_OK) {
            rc = why_prefix(why, rc, "the column map %s", path);
        }
    }
    buf_fini(&text);
    return rc;
}

void import_map_free(struct import_map **map)
{
    if (map == NULL || *map == NULL) {
        return;
    }
    json_free(&(*map)->json);
    mem_free(*map);
    *map = NULL;
}

const struct import_constant *import_map_constants(const struct import_map *map,
                                                   size_t *ret_n)
{
    *ret_n = map != NULL ? map->n_constants : 0;
    return map != NULL ? map->constant : NULL;
}

/* ---- columns ---- */

/* Are these the same words, whatever case and signs between them? */
static bool is_same_word(struct str a, struct str b)
{
    size_t i = 0;
    size_t j = 0;
    for (;;) {
        while (i < a.n && str_find_char(STR(" _-./"), a.p[i], 0) != SIZE_MAX) {
            i++;
        }
        while (j < b.n && str_find_char(STR(" _-./"), b.p[j], 0) != SIZE_MAX) {
            j++;
        }
        if (i == a.n || j == b.n) {
            return i == a.n && j == b.n;
        }
        if (!str_eq_nocase(str_sub(a, i, 1), str_sub(b, j, 1))) {
            return false;
        }
        i++;
        j++;
    }
}

static bool has_field(const struct import_target *targets, size_t n,
                      struct str name)
{
    for (size_t i = 0; i < n; i++) {
        if (targets[i].kind != IMPORT_FIELD_NONE &&
            targets[i].kind != IMPORT_FIELD_TAG &&
            str_eq(targets[i].name, name)) {
            return true;
        }
    }
    return false;
}

/* Fields by their own names, then by other words where none is there yet. */
static void guess_columns(const struct str *names, size_t n,
                          struct import_target *targets)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t f = 0; f < ARRAY_N(fields); f++) {
            if (targets[i].kind == IMPORT_FIELD_NONE &&
                is_same_word(names[i], fields[f].name) &&
                !has_field(targets, n, fields[f].name)) {
                targets[i] = fields[f];
            }
        }
        struct str tag = tag_of(names[i]);
        if (targets[i].kind == IMPORT_FIELD_NONE && tag.n > 0) {
            targets[i] =
                (struct import_target){.kind = IMPORT_FIELD_TAG, .name = tag};
        }
    }
    for (size_t s = 0; s < ARRAY_N(synonyms); s++) {
        for (size_t i = 0; i < n; i++) {
            if (targets[i].kind == IMPORT_FIELD_NONE &&
                is_same_word(names[i], synonyms[s].word) &&
                !has_field(targets, n, synonyms[s].field)) {
                targets[i] = field_of(synonyms[s].field);
            }
        }
    }
}

/* A column "cost" without toll's own columns about it is another program's:
 * what it told, not what toll found out. */
static void settle_cost(struct import_target *targets, size_t n)
{
    if (has_field(targets, n, STR("priced")) ||
        has_field(targets, n, STR("reported_cost"))) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        if (str_eq(targets[i].name, STR("cost")) &&
            targets[i].kind == IMPORT_FIELD_EXPORT) {
            targets[i] = field_of(STR("reported_cost"));
        }
    }
}

static enum rc missing(struct str what, const struct str *names, size_t n,
                       struct why *why)
{
    struct buf list;
    buf_init(&list, (size_t)LIMIT_CSV_CELLS_MAX * SHOWN_MAX);
    for (size_t i = 0; i < n; i++) {
        buf_cz(&list, i > 0 ? ", " : "");
        buf_str(&list, str_utf8_cut(names[i], SHOWN_MAX));
    }
    struct str all = buf_view(&list);
    enum rc rc =
        why_set(why, RC_INVALID,
                "no column %.*s; there are: %.*s%s (--map FILE "
                "names others)",
                STR_ARG(what), STR_ARG(str_utf8_cut(all, 3 * SHOWN_MAX)),
                all.n > 3 * SHOWN_MAX ? ", ..." : "");
    buf_fini(&list);
    return rc;
}

static enum rc map_columns(const struct import_map *map,
                           const struct str *names, size_t n,
                           struct import_target *targets, struct why *why)
{
    for (size_t p = 0; p < map->n_pairs; p++) {
        const struct pair *pair = &map->pair[p];
        size_t i = 0;
        while (i < n && !str_eq(names[i], pair->column)) {
            i++;
        }
        if (i == n) {
            struct buf what;
            buf_init(&what, sizeof(why->text));
            buf_fmt(&what, "\"%.*s\", which the map gives for %.*s",
                    STR_ARG(str_utf8_cut(pair->column, SHOWN_MAX)),
                    STR_ARG(pair->target.name));
            enum rc rc = missing(buf_view(&what), names, n, why);
            buf_fini(&what);
            return rc;
        }
        targets[i] = pair->target;
    }
    return RC_OK;
}

/* Is the field there, as a column or as a constant? */
static bool is_known(const struct import_map *map,
                     const struct import_target *targets, size_t n,
                     struct str name)
{
    size_t n_constants;
    const struct import_constant *c = import_map_constants(map, &n_constants);
    for (size_t i = 0; i < n_constants; i++) {
        if (has_field(&c[i].target, 1, name)) {
            return true;
        }
    }
    return has_field(targets, n, name);
}

static enum rc check_needed(const struct import_map *map,
                            const struct import_target *targets,
                            const struct str *names, size_t n, struct why *why)
{
    static const struct str uses[] = {
        STR_INIT("input_tokens"),
        STR_INIT("output_tokens"),
        STR_INIT("web_searches"),
        STR_INIT("reported_cost"),
    };
    if (!is_known(map, targets, n, STR("model"))) {
        return missing(STR("is the model"), names, n, why);
    }
    if (!is_known(map, targets, n, STR("ts"))) {
        return missing(STR("is the time (ts)"), names, n, why);
    }
    for (size_t i = 0; i < ARRAY_N(uses); i++) {
        if (is_known(map, targets, n, uses[i])) {
            return RC_OK;
        }
    }
    return missing(STR("is input_tokens, output_tokens, web_searches or "
                       "reported_cost"),
                   names, n, why);
}

enum rc import_map_columns(const struct import_map *map,
                           const struct str *names, size_t n,
                           struct arena *arena,
                           const struct import_target **ret, struct why *why)
{
    struct import_target *targets = arena_array(arena, n, sizeof(*targets));
    enum rc rc = RC_OK;
    if (targets == NULL) {
        return why_set(why, RC_LIMIT, "too many columns");
    }
    if (map != NULL) {
        rc = map_columns(map, names, n, targets, why);
    } else {
        guess_columns(names, n, targets);
        settle_cost(targets, n);
    }
    if (rc == RC_OK) {
        rc = check_needed(map, targets, names, n, why);
    }
    if (rc == RC_OK) {
        *ret = targets;
    }
    return rc;
}

bool import_map_has_model(const struct import_map *map, const struct str *names,
                          size_t n)
{
    struct import_target targets[LIMIT_CSV_CELLS_MAX] = {
        {.kind = IMPORT_FIELD_NONE}};
    if (map != NULL) {
        return true;
    }
    n = n < LIMIT_CSV_CELLS_MAX ? n : LIMIT_CSV_CELLS_MAX;
    guess_columns(names, n, targets);
    return has_field(targets, n, STR("model"));
}
