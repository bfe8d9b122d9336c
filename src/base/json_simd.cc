/* simdjson finds all tokens of a text at once, with what instructions the
 * processor has, and checks UTF-8 and quotes meanwhile; its On-Demand
 * interface then walks over them and checks their order.  What a string says
 * is worked out only where somebody wants to know.
 *
 * Refused: its DOM, which works out every string and number.  On session logs
 * that takes twice as long, and loses a line to half a surrogate pair or a
 * number of 21 digits that nobody reads. */
#include <cstring>
#include <limits>
#include <new>

#include <simdjson.h>

extern "C" {
#include "base/json_priv.h"
}

namespace od = simdjson::ondemand;
using simdjson::error_code;
using simdjson::SUCCESS;

static_assert(simdjson::SIMDJSON_PADDING <= JSON_PADDING, "it reads ahead");

struct json_simd {
    od::parser parser;
};

namespace
{

struct walk {
    od::document doc;
    const char *end; /* of the text */
    json_parser *parser;
    const json_rules *rules;
    size_t depth;
    const char *place; /* of an error; nullptr: where `doc` stands */
};

error_code read_value(walk &w, od::value &value, json *j);

error_code bad_escape(walk &w, const char *quote)
{
    w.place = quote;
    return simdjson::STRING_ERROR;
}

str trim_end(const char *begin, const char *end)
{
    while (end > begin && (end[-1] == ' ' || end[-1] == '\n' ||
                           end[-1] == '\r' || end[-1] == '\t')) {
        end--;
    }
    return {begin, static_cast<size_t>(end - begin)};
}

/* Where the token stands that comes next. */
const char *here(walk &w)
{
    const char *at = nullptr;
    return w.doc.current_location().get(at) == SUCCESS ? at : w.end;
}

/* A token and the white space behind it. */
str token_of(od::value &value)
{
    std::string_view token = value.raw_json_token();
    return trim_end(token.data(), token.data() + token.size());
}

error_code add_child(walk &w, json *parent, json **last)
{
    json *j = json_new(w.parser);
    if (j == nullptr) {
        return simdjson::CAPACITY;
    }
    if (parent->n == 0) {
        parent->as.first = j;
    } else {
        (*last)->next = j;
    }
    parent->n++;
    *last = j;
    return SUCCESS;
}

/* What stands between a key's opening quote and its value is the rest of the
 * key, a colon and white space. */
error_code set_key(walk &w, const char *inside, const char *value, str *ret)
{
    str key = trim_end(inside, value);
    key = trim_end(inside, inside + key.n - 1);
    key.n--;
    *ret = key;
    if (std::memchr(inside, '\\', key.n) != nullptr &&
        !json_decode(w.parser, inside, key.n, ret) && w.rules->is_strict) {
        return bad_escape(w, inside - 1);
    }
    return SUCCESS;
}

error_code read_string(walk &w, od::value &value, json *j)
{
    od::raw_json_string inside;
    str raw = token_of(value);
    error_code error = value.get_raw_json_string().get(inside);
    if (error != SUCCESS) {
        return error;
    }
    if (w.rules->is_strict && std::memchr(raw.p, '\\', raw.n) != nullptr) {
        str text = {nullptr, 0};
        if (!json_decode(w.parser, raw.p + 1, raw.n - 2, &text)) {
            return bad_escape(w, raw.p);
        }
        j->as.text = text.p;
        j->n = static_cast<uint32_t>(text.n);
    }
    j->raw = raw;
    return SUCCESS;
}

error_code read_number(walk &w, od::value &value, json *j)
{
    using limits = std::numeric_limits<double>;
    str raw = token_of(value);
    error_code error = value.get_double().get(j->as.num);
    if (error != SUCCESS && json_is_huge(raw)) {
        j->as.num = *raw.p == '-' ? -limits::infinity() : limits::infinity();
    } else if (error != SUCCESS && w.rules->is_strict) {
        return error;
    } else if (error != SUCCESS) {
        j->as.num = limits::quiet_NaN();
    }
    j->raw = raw;
    return SUCCESS;
}

error_code read_word(od::value &value, json *j)
{
    str raw = token_of(value);
    bool is_null = false;
    error_code error = j->kind == JSON_NULL ? value.is_null().get(is_null)
                                            : value.get_bool().get(j->as.truth);
    if (error == SUCCESS) {
        j->raw = raw;
    }
    return error;
}

error_code read_members(walk &w, od::object object, json *j)
{
    json *last = nullptr;
    for (auto each : object) {
        error_code error = each.error();
        od::field &&field = std::move(each).value_unsafe();
        if (error == SUCCESS) {
            error = add_child(w, j, &last);
        }
        if (error == SUCCESS) {
            error = set_key(w, field.key().raw(),
                            field.value().raw_json_token().data(), &last->key);
        }
        if (error == SUCCESS) {
            error = read_value(w, field.value(), last);
        }
        if (error != SUCCESS) {
            return error;
        }
    }
    return SUCCESS;
}

error_code read_elements(walk &w, od::array array, json *j)
{
    json *last = nullptr;
    for (auto each : array) {
        error_code error = each.error();
        od::value &&value = std::move(each).value_unsafe();
        if (error == SUCCESS) {
            error = add_child(w, j, &last);
        }
        if (error == SUCCESS) {
            error = read_value(w, value, last);
        }
        if (error != SUCCESS) {
            return error;
        }
    }
    return SUCCESS;
}

/* T: a value, or the document for its outermost one. */
template <typename T> error_code read_inside(walk &w, T &value, json *j)
{
    const char *begin = here(w);
    error_code error = SUCCESS;
    if (w.depth == w.rules->depth_max) {
        return simdjson::DEPTH_ERROR;
    }
    w.depth++;
    if (*begin == '{') {
        od::object object;
        j->kind = JSON_OBJ;
        error = value.get_object().get(object);
        if (error == SUCCESS) {
            error = read_members(w, object, j);
        }
    } else {
        od::array array;
        j->kind = JSON_ARR;
        error = value.get_array().get(array);
        if (error == SUCCESS) {
            error = read_elements(w, array, j);
        }
    }
    w.depth--;
    if (error == SUCCESS) {
        j->raw = trim_end(begin, here(w));
    }
    return error;
}

/* Calls itself for what is inside, as deep as the rules allow. */
error_code read_value(walk &w, od::value &value, json *j)
{
    od::json_type type;
    error_code error = value.type().get(type);
    if (error != SUCCESS) {
        return error;
    }
    switch (type) {
    case od::json_type::object:
    case od::json_type::array:
        return read_inside(w, value, j);
    case od::json_type::string:
        j->kind = JSON_STR;
        return read_string(w, value, j);
    case od::json_type::number:
        j->kind = JSON_NUM;
        return read_number(w, value, j);
    case od::json_type::boolean:
        j->kind = JSON_BOOL;
        return read_word(value, j);
    case od::json_type::null:
        j->kind = JSON_NULL;
        return read_word(value, j);
    }
    return simdjson::TAPE_ERROR;
}

error_code read_document(walk &w, json *root)
{
    error_code error = read_inside(w, w.doc, root);
    if (error == SUCCESS && here(w) != w.end) {
        return simdjson::TRAILING_CONTENT;
    }
    return error;
}

json_flaw flaw_of(error_code error)
{
    switch (error) {
    case simdjson::MEMALLOC:
        return JSON_FLAW_MEMORY;
    case simdjson::CAPACITY:
        return JSON_FLAW_VALUES;
    case simdjson::DEPTH_ERROR:
        return JSON_FLAW_DEPTH;
    case simdjson::UTF8_ERROR:
        return JSON_FLAW_UTF8;
    case simdjson::UNCLOSED_STRING:
    case simdjson::UNESCAPED_CHARS:
        return JSON_FLAW_QUOTES;
    case simdjson::STRING_ERROR:
        return JSON_FLAW_ESCAPE;
    case simdjson::NUMBER_ERROR:
        return JSON_FLAW_NUMBER;
    default:
        return JSON_FLAW_GRAMMAR;
    }
}

} // namespace

extern "C" {

struct json_simd *json_simd_new(void)
{
    return new (std::nothrow) json_simd;
}

void json_simd_free(struct json_simd *simd)
{
    delete simd;
}

bool json_simd_read(struct json_simd *simd, struct str text,
                    const struct json_rules *rules, struct json *root,
                    struct json_fault *ret_fault)
{
    walk w = {};
    w.end = text.p + text.n;
    w.parser = root->parser;
    w.rules = rules;
    error_code error =
        simd->parser.iterate(text.p, text.n, text.n + JSON_PADDING).get(w.doc);
    bool has_place = error == SUCCESS;
    if (error == SUCCESS) {
        error = read_document(w, root);
    }
    if (error == SUCCESS) {
        return true;
    }
    *ret_fault = {flaw_of(error), SIZE_MAX};
    if (has_place) {
        const char *place = w.place != nullptr ? w.place : here(w);
        ret_fault->at = static_cast<size_t>(place - text.p);
    }
    return false;
}

size_t json_simd_unescape(const struct json_simd *simd, const char *inside,
                          char *to)
{
    std::string_view text;
    uint8_t *at = reinterpret_cast<uint8_t *>(to);
    od::raw_json_string raw(reinterpret_cast<const uint8_t *>(inside));
    return simd->parser.unescape(raw, at).get(text) == SUCCESS ? text.size()
                                                               : SIZE_MAX;
}

} /* extern "C" */
