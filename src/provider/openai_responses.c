/* OpenAI's Responses.  A stream's events carry the whole response, in the
 * beginning without usage; the terminal event has the last word.  The same
 * response may be asked for again later and then tells the same usage under
 * the same id. */
#include "provider/openai_priv.h"

#include "base/map.h"

static const struct member rows[] = {
    COUNT("input_tokens", INPUT),
    COUNT("output_tokens", OUTPUT),
    COUNT("total_tokens", TOTAL),
    COUNT("input_tokens_details.cached_tokens", READ),
    COUNT("input_tokens_details.cache_write_tokens", WRITE),
    COUNT("input_tokens_details.audio_tokens", AUDIO_IN),
    COUNT("input_tokens_details.image_tokens", IMAGE_IN),
    SKIP("input_tokens_details.text_tokens"),
    COUNT("output_tokens_details.reasoning_tokens", REASONING),
    COUNT("output_tokens_details.audio_tokens", AUDIO_OUT),
    COUNT("output_tokens_details.image_tokens", IMAGE_OUT),
    SKIP("output_tokens_details.text_tokens"),
};

/* What the items of an output add: searches, and tools that are no tokens. */
struct items {
    int64_t searches;
    int64_t containers;
    int64_t file_searches;
    int64_t images;
};

/* Opening a page or looking for words in it costs nothing; a call that does
 * not say what it did was a search. */
static bool is_search(const struct json *item)
{
    struct str action = json_str(json_get(json_get(item, "action"), "type"));
    return action.n == 0 || str_eq(action, STR("search"));
}

/* A search that is over, in a stream that may yet be cut. */
static bool is_search_done(struct str event, const struct json *item)
{
    return str_eq(event, STR("response.output_item.done")) &&
           str_eq(json_str(json_get(item, "type")), STR("web_search_call")) &&
           is_search(item);
}

/* A container is paid for once, however many calls ran in it. */
static bool is_first_of_container(struct map *seen, const struct json *item)
{
    struct str id = json_str(json_get(item, "container_id"));
    id = id.n > 0 ? id : STR("");
    if (map_get(seen, id) != NULL) {
        return false;
    }
    map_put(seen, id, seen); /* the value tells nothing */
    return true;
}

static struct items count_items(const struct json *output)
{
    struct items n = {0};
    struct map containers;
    map_init(&containers);
    for (const struct json *j = json_first(output); j != NULL;
         j = json_next(j)) {
        struct str type = json_str(json_get(j, "type"));
        if (str_eq(type, STR("web_search_call"))) {
            n.searches += is_search(j);
        } else if (str_eq(type, STR("code_interpreter_call"))) {
            n.containers += is_first_of_container(&containers, j);
        } else if (str_eq(type, STR("file_search_call"))) {
            n.file_searches++;
        } else if (str_eq(type, STR("image_generation_call"))) {
            n.images++;
        }
    }
    map_fini(&containers);
    return n;
}

static void add_count(struct draft *d, struct str name, int64_t n)
{
    if (n > 0) {
        draft_extra_n(d, name, (double)n);
    }
}

static void add_items(struct draft *d, const struct json *output)
{
    struct items n = count_items(output);
    if (json_n(output) == 0) {
        return;
    }
    d->has_output = true;
    d->searches = n.searches; /* all of them, with those told one by one */
    add_count(d, STR("code_execution_calls"), n.containers);
    add_count(d, STR("file_search_calls"), n.file_searches);
    add_count(d, STR("images"), n.images);
}

static bool is_one_of(struct str word, const struct str *words, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq(word, words[i])) {
            return true;
        }
    }
    return false;
}

static void response(struct draft *d, const struct json *j, bool is_stream)
{
    static const struct str waiting[] = {STR_INIT("queued"),
                                         STR_INIT("in_progress")};
    static const struct str ended[] = {
        STR_INIT("completed"), STR_INIT("incomplete"), STR_INIT("failed"),
        STR_INIT("cancelled")};
    struct str status = json_str(json_get(j, "status"));
    bool is_waiting = is_one_of(status, waiting, ARRAY_N(waiting));
    openai_head(d, j);
    if (usage_read(d, json_get(j, "usage"), "usage")) {
        d->is_final = !is_waiting;
    }
    add_items(d, json_get(j, "output"));
    /* A body that tells of a response still to come counts nothing: it will
     * be asked for again, under the same id. */
    d->is_seen =
        d->is_seen || is_stream || is_one_of(status, ended, ARRAY_N(ended));
}

static void part(struct draft *d, const struct part *part)
{
    const struct json *whole = json_get(part->json, "response");
    struct str type = json_str(json_get(part->json, "type"));
    if (json_kind(whole) == JSON_OBJ) {
        response(d, whole, true);
    } else if (str_starts(type, STR("response.output_"))) {
        d->is_seen = true;
        d->has_output = true;
        d->searches += is_search_done(type, json_get(part->json, "item"));
    } else if (str_eq(type, STR("error"))) {
        d->is_error = true;
    } else if (type.n == 0) {
        response(d, part->json, part->is_stream);
    }
}

const struct dialect dialect_openai_responses = {
    .name = STR_INIT("openai-responses"),
    .operation = OPERATION_CHAT,
    .members = MEMBERS(rows),
    .has_sum_test = true,
    .needs_output = true,
    .part = part,
};
