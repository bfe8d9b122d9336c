#include "capture/gateway/gateway_text.h"

#include "base/attr.h"

enum { BYTES_A_TOKEN = 4 };

/* Members of prompts and replies in every dialect. */
static const char *const carriers[] = {
    "arguments", "content",   "delta",        "description",
    "input",     "inputs",    "instructions", "partial_json",
    "prompt",    "reasoning", "refusal",      "reasoning_content",
    "system",    "text",      "thinking",
};

static bool is_carrier(const struct text_meter *m)
{
    struct str key = {.p = m->key, .n = m->key_n};

    for (size_t i = 0; i < ARRAY_N(carriers); i++) {
        if (str_eq(key, str_from_cz(carriers[i]))) {
            return true;
        }
    }
    return false;
}

static void in_string(struct text_meter *m, char c)
{
    if (m->skip > 0) {
        m->skip--;
        if (c == 'u') {
            m->skip = 4; /* its digits; the character counts below */
        }
        m->n_bytes += m->is_text && m->skip == 0 ? 1 : 0;
    } else if (c == '\\') {
        m->skip = 1;
    } else if (c == '"') {
        m->in_string = false;
    } else {
        m->n_bytes += m->is_text ? 1 : 0;
        if (!m->is_value && m->key_n < sizeof m->key) {
            m->key[m->key_n++] = c;
        }
    }
}

static void between(struct text_meter *m, char c)
{
    if (c == '"') {
        m->in_string = true;
        m->skip = 0;
        if (!m->is_value) {
            m->key_n = 0;
            m->is_text = false;
        }
    } else if (c == ':') {
        m->is_value = true;
        m->is_text = is_carrier(m);
    } else if (c == '[') {
        m->in_list = m->is_value;
    } else if (c == '{' || c == '}' || c == ']' || (c == ',' && !m->in_list)) {
        m->is_value = false;
        m->is_text = false;
        m->in_list = false;
    }
}

void text_meter_feed(struct text_meter *m, struct str bytes)
{
    for (size_t i = 0; i < bytes.n; i++) {
        if (m->in_string) {
            in_string(m, bytes.p[i]);
        } else {
            between(m, bytes.p[i]);
        }
    }
}

int64_t text_meter_tok(const struct text_meter *m)
{
    return (m->n_bytes + BYTES_A_TOKEN - 1) / BYTES_A_TOKEN;
}
