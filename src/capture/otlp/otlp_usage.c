#include "capture/otlp/otlp_usage.h"

#include "event/event.h"

bool otlp_counts_has(const struct otlp_counts *c, enum otlp_field field)
{
    return (c->known >> field & 1u) != 0;
}

void otlp_counts_set(struct otlp_counts *c, enum otlp_field field, int64_t n)
{
    c->n[field] = n;
    c->known |= 1u << field;
}

static int64_t cache_writes(const struct otlp_counts *c)
{
    int64_t split = c->n[OTLP_CACHE_WRITE_5M] + c->n[OTLP_CACHE_WRITE_1H];
    return split > c->n[OTLP_CACHE_WRITE] ? split : c->n[OTLP_CACHE_WRITE];
}

/* Is the cache counted beside the input, is reasoning beside the output? */
struct habits {
    bool adds_cache;
    bool adds_reasoning;
};

static struct habits habits_of(const struct otlp_counts *c)
{
    int64_t sum = c->n[OTLP_INPUT] + c->n[OTLP_OUTPUT];
    int64_t cache = c->n[OTLP_CACHE_READ] + cache_writes(c);
    int64_t reasoning = c->n[OTLP_REASONING];
    int64_t total = c->n[OTLP_TOTAL];
    struct habits habits = {c->excludes_cache, c->excludes_reasoning};

    if (otlp_counts_has(c, OTLP_TOTAL) && total > 0) {
        if (total == sum) {
            return (struct habits){false, false};
        }
        if (total == sum + cache) {
            return (struct habits){true, false};
        }
        if (total == sum + reasoning) {
            return (struct habits){false, true};
        }
        if (total == sum + cache + reasoning) {
            return (struct habits){true, true};
        }
    }
    /* A whole is never smaller than its part. */
    habits.adds_cache |= cache > c->n[OTLP_INPUT];
    habits.adds_reasoning |= reasoning > c->n[OTLP_OUTPUT];
    return habits;
}

/* Takes `part` out of *whole; false when it does not fit. */
static bool take(int64_t *whole, int64_t part)
{
    bool fits = part <= *whole;
    *whole = fits ? *whole - part : 0;
    return fits;
}

static int64_t less(int64_t whole, int64_t part)
{
    return part < whole ? whole - part : 0;
}

bool otlp_usage_to_event(const struct otlp_counts *c, struct event *ev)
{
    const struct habits habits = habits_of(c);
    int64_t writes = cache_writes(c);
    int64_t read = c->n[OTLP_CACHE_READ];
    int64_t audio = less(c->n[OTLP_AUDIO_IN], c->n[OTLP_AUDIO_READ]);
    int64_t image =
        less(c->n[OTLP_IMAGE_IN] + c->n[OTLP_VIDEO_IN], c->n[OTLP_IMAGE_READ]);
    int64_t input = c->n[OTLP_INPUT];
    int64_t output = c->n[OTLP_OUTPUT];
    bool ok = true;

    if (otlp_counts_has(c, OTLP_INPUT)) {
        ok = habits.adds_cache || take(&input, read + writes);
        ok = take(&input, audio) && ok;
        ok = take(&input, image) && ok;
    } else {
        ok = read + writes + audio + image == 0;
    }
    if (otlp_counts_has(c, OTLP_OUTPUT)) {
        ok = (habits.adds_reasoning || take(&output, c->n[OTLP_REASONING])) &&
             ok;
        ok = take(&output, c->n[OTLP_AUDIO_OUT]) && ok;
        ok = take(&output, c->n[OTLP_IMAGE_OUT]) && ok;
    }
    ev->token[TOKEN_INPUT] = input + c->n[OTLP_TOOL_INPUT];
    ev->token[TOKEN_CACHE_READ] = read;
    ev->token[TOKEN_CACHE_WRITE_1H] = c->n[OTLP_CACHE_WRITE_1H];
    ev->token[TOKEN_CACHE_WRITE_5M] = writes - c->n[OTLP_CACHE_WRITE_1H];
    ev->token[TOKEN_INPUT_AUDIO] = audio;
    ev->token[TOKEN_INPUT_IMAGE] = image;
    ev->token[TOKEN_OUTPUT] = output;
    ev->token[TOKEN_OUTPUT_REASONING] = c->n[OTLP_REASONING];
    ev->token[TOKEN_OUTPUT_AUDIO] = c->n[OTLP_AUDIO_OUT];
    ev->token[TOKEN_OUTPUT_IMAGE] = c->n[OTLP_IMAGE_OUT];
    ev->web_searches = c->n[OTLP_SEARCHES];
    return ok;
}
