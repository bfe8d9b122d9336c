/* The activity export of OpenRouter: one line a request, with its cost.  The
 * prompt's tokens include the cached ones, the completion's the reasoning;
 * requests paid with a key of one's own cost there what byok_usage_inference
 * says.  Columns come in any order. */
#include "capture/import/import_format.h"

#include "base/limits.h"
#include "base/why.h"
#include "capture/import/import_rows.h"
#include "capture/import/import_value.h"
#include "event/event.h"

enum column {
    COLUMN_ID,
    COLUMN_TIME,
    COLUMN_COST,
    COLUMN_OWN_KEY_COST,
    COLUMN_PROMPT,
    COLUMN_COMPLETION,
    COLUMN_REASONING,
    COLUMN_CACHED,
    COLUMN_MODEL,
    COLUMN_UPSTREAM,
    COLUMN_VARIANT,
    COLUMN_CANCELLED,
    COLUMN_USER,
    COLUMN_TOOK,
    COLUMN_FIRST_TOKEN,
    COLUMN_APP,
    COLUMN_KEY,
    COLUMN__COUNT
};

static const struct str column_names[COLUMN__COUNT] = {
    [COLUMN_ID] = STR_INIT("generation_id"),
    [COLUMN_TIME] = STR_INIT("created_at"),
    [COLUMN_COST] = STR_INIT("cost_total"),
    [COLUMN_OWN_KEY_COST] = STR_INIT("byok_usage_inference"),
    [COLUMN_PROMPT] = STR_INIT("tokens_prompt"),
    [COLUMN_COMPLETION] = STR_INIT("tokens_completion"),
    [COLUMN_REASONING] = STR_INIT("tokens_reasoning"),
    [COLUMN_CACHED] = STR_INIT("tokens_cached"),
    [COLUMN_MODEL] = STR_INIT("model_permaslug"),
    [COLUMN_UPSTREAM] = STR_INIT("provider_name"),
    [COLUMN_VARIANT] = STR_INIT("variant"),
    [COLUMN_CANCELLED] = STR_INIT("cancelled"),
    [COLUMN_USER] = STR_INIT("user"),
    [COLUMN_TOOK] = STR_INIT("generation_time_ms"),
    [COLUMN_FIRST_TOKEN] = STR_INIT("time_to_first_token_ms"),
    [COLUMN_APP] = STR_INIT("app_name"),
    [COLUMN_KEY] = STR_INIT("api_key_name"),
};

/* Without these a row says nothing. */
static const enum column needed[] = {
    COLUMN_ID,     COLUMN_TIME,       COLUMN_COST,
    COLUMN_PROMPT, COLUMN_COMPLETION, COLUMN_MODEL,
};

struct columns {
    size_t at[COLUMN__COUNT]; /* SIZE_MAX: the file has none */
};

static void find_columns(const struct str *names, size_t n, struct columns *ret)
{
    for (uint32_t i = 0; i < COLUMN__COUNT; i++) {
        ret->at[i] = SIZE_MAX;
        for (size_t j = 0; j < n; j++) {
            if (str_eq_nocase(names[j], column_names[i])) {
                ret->at[i] = j;
            }
        }
    }
}

static enum rc set_columns(void *arg, const struct import_job *job,
                           const struct str *names, size_t n, struct why *why)
{
    struct columns *c = arg;
    (void)job;
    find_columns(names, n, c);
    for (size_t i = 0; i < ARRAY_N(needed); i++) {
        if (c->at[needed[i]] == SIZE_MAX) {
            return why_set(why, RC_INVALID,
                           "OpenRouter's column %.*s is not there",
                           STR_ARG(column_names[needed[i]]));
        }
    }
    return RC_OK;
}

static struct str cell_of(const struct columns *c, const struct str *cells,
                          enum column column)
{
    return c->at[column] == SIZE_MAX ? STR_EMPTY
                                     : str_trim(cells[c->at[column]]);
}

/* A count; an empty cell is `absent`. */
static enum rc read_count(const struct columns *c, const struct str *cells,
                          enum column column, int64_t *ret_n, struct why *why)
{
    struct str cell = cell_of(c, cells, column);
    enum rc rc = import_value_count_text(cell, ret_n);
    if (rc == RC_OK || rc == RC_NOT_FOUND) {
        return RC_OK;
    }
    return why_set(why, rc, "%.*s must be a whole number, not \"%.*s\"",
                   STR_ARG(column_names[column]),
                   STR_ARG(str_utf8_cut(cell, LIMIT_TAG_KEY_MAX)));
}

static enum rc read_counts(const struct columns *c, const struct str *cells,
                           struct event *ev, struct why *why)
{
    int64_t prompt = 0;
    int64_t cached = 0;
    int64_t completion = 0;
    int64_t reasoning = 0;
    const struct {
        enum column column;
        int64_t *ret;
    } rows[] = {
        {COLUMN_PROMPT, &prompt},         {COLUMN_CACHED, &cached},
        {COLUMN_COMPLETION, &completion}, {COLUMN_REASONING, &reasoning},
        {COLUMN_TOOK, &ev->latency_ms},   {COLUMN_FIRST_TOKEN, &ev->ttft_ms},
    };
    for (size_t i = 0; i < ARRAY_N(rows); i++) {
        enum rc rc = read_count(c, cells, rows[i].column, rows[i].ret, why);
        if (rc != RC_OK) {
            return rc;
        }
    }
    cached = cached < prompt ? cached : prompt;
    reasoning = reasoning < completion ? reasoning : completion;
    ev->token[TOKEN_INPUT] = prompt - cached;
    ev->token[TOKEN_CACHE_READ] = cached;
    ev->token[TOKEN_OUTPUT] = completion - reasoning;
    ev->token[TOKEN_OUTPUT_REASONING] = reasoning;
    return RC_OK;
}

static enum rc read_cost(const struct columns *c, const struct str *cells,
                         struct event *ev, struct why *why)
{
    struct usd total = {0};
    struct usd own_key = {0};
    enum rc rc = import_value_usd_text(cell_of(c, cells, COLUMN_COST), &total);
    ev->has_reported_cost = rc == RC_OK;
    if (rc == RC_OK || rc == RC_NOT_FOUND) {
        rc = import_value_usd_text(cell_of(c, cells, COLUMN_OWN_KEY_COST),
                                   &own_key);
    }
    if (rc == RC_OK || rc == RC_NOT_FOUND) {
        rc = num_add_i64(total.pico, own_key.pico, &ev->reported_cost.pico);
    }
    if (rc != RC_OK) {
        return why_set(why, RC_INVALID,
                       "cost_total and byok_usage_inference must be dollars");
    }
    if (own_key.pico != 0) {
        ev->has_reported_cost = true;
        import_value_tag(ev, "byok", STR("true"));
    }
    return RC_OK;
}

static enum rc put_row(void *arg, struct import_job *job,
                       const struct str *cells, struct why *why)
{
    const struct columns *c = arg;
    struct event ev;
    event_init(&ev);
    if (import_value_ts_text(cell_of(c, cells, COLUMN_TIME), &ev.ts_us) !=
        RC_OK) {
        return why_set(why, RC_INVALID, "created_at is no time");
    }
    enum rc rc = read_counts(c, cells, &ev, why);
    if (rc == RC_OK) {
        rc = read_cost(c, cells, &ev, why);
    }
    if (rc != RC_OK) {
        return rc;
    }
    ev.id = cell_of(c, cells, COLUMN_ID);
    ev.dim[DIM_PROVIDER] = STR("openrouter");
    ev.dim[DIM_MODEL] = cell_of(c, cells, COLUMN_MODEL);
    ev.dim[DIM_FEATURE] = import_value_dim(cell_of(c, cells, COLUMN_APP));
    ev.dim[DIM_KEY] = import_value_dim(cell_of(c, cells, COLUMN_KEY));
    ev.dim[DIM_USER] = import_value_dim(cell_of(c, cells, COLUMN_USER));
    if (str_eq_nocase(cell_of(c, cells, COLUMN_CANCELLED), STR("true"))) {
        ev.status = EVENT_STATUS_CANCELLED;
    }
    struct str variant = cell_of(c, cells, COLUMN_VARIANT);
    if (!str_eq(variant, STR("standard"))) {
        import_value_tag(&ev, "model_variant", variant);
    }
    import_value_tag(&ev, "upstream_provider",
                     cell_of(c, cells, COLUMN_UPSTREAM));
    return import_job_put(job, &ev, false, why);
}

static enum rc read_openrouter(struct import_job *job, struct import_reader *r,
                               struct why *why)
{
    struct columns columns;
    const struct import_table table = {
        .header = set_columns, .row = put_row, .arg = &columns};
    return import_each_row(job, r, &table, why);
}

static enum import_match is_header(const struct str *cells, size_t n,
                                   const struct import_map *map)
{
    struct columns c;
    find_columns(cells, n, &c);
    bool is_it = map == NULL && c.at[COLUMN_ID] != SIZE_MAX &&
                 c.at[COLUMN_MODEL] != SIZE_MAX;
    return is_it ? IMPORT_MATCH_SURE : IMPORT_MATCH_NO;
}

const struct import_format import_format_openrouter = {
    .about = {"openrouter", "OpenRouter's activity export (CSV)"},
    .is_header = is_header,
    .read = read_openrouter,
};
