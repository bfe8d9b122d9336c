/* Runs a fuzz target without a fuzzer, for every ./test: the empty input,
 * each file of its corpus, and mutations of each, the same in every run.
 *
 *   NAME CORPUS         a TAP line a file
 *   NAME CORPUS FILE    that file only, each mutation named before it runs,
 *                       to find the one that crashes */
#include "base/buf.h"
#include "base/check.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/rand.h"
#include "base/why.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FILES_MAX = 1000,
    MUTATIONS = 4000, /* of all files together */
    STEPS_MAX = 4,    /* changes from a file to its mutation */
    PIECE_MAX = 64,   /* bytes that one change moves, drops or adds */
    SEED = 20261122
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sample {
    char *path;
    struct buf bytes;
};

struct replay {
    struct sample *sample;
    int n;
    struct rand rand;
    const char *only; /* NULL: all, untold */
};

static enum rc take_file(void *arg, const char *path, uint64_t bytes,
                         int64_t modified_us, struct why *why)
{
    struct replay *r = arg;

    (void)bytes;
    (void)modified_us;
    CHECK(r->n < FILES_MAX);
    struct sample *s = &r->sample[r->n++];
    s->path = mem_array(strlen(path) + 1, 1);
    memcpy(s->path, path, strlen(path));
    buf_init(&s->bytes, SIZE_MAX);
    return file_read(path, false, &s->bytes, why);
}

static void tell_trouble(void *arg, const char *path, const struct why *why)
{
    (void)arg;
    (void)fprintf(stderr, "%s: %s\n", path, why->text);
    exit(1);
}

/* In a block of just its size, so that a byte read behind it is noticed. */
static void run(struct str input)
{
    char *exact = malloc(input.n > 0 ? input.n : 1);

    CHECK(exact != NULL);
    if (input.n > 0) {
        memcpy(exact, input.p, input.n);
    }
    (void)LLVMFuzzerTestOneInput((const uint8_t *)exact, input.n);
    free(exact);
}

static size_t piece_of(struct rand *rand, size_t n)
{
    size_t piece = 1 + (size_t)rand_below(rand, PIECE_MAX);

    return piece < n ? piece : n;
}

/* `from` with the n bytes at `at` replaced by `by`. */
static void splice(struct buf *out, struct str from, size_t at, size_t n,
                   struct str by)
{
    buf_clear(out);
    buf_str(out, str_sub(from, 0, at));
    buf_str(out, by);
    buf_str(out, str_sub(from, at + n, SIZE_MAX));
}

/* One change somewhere in `from`, which is not empty; `other` lends bytes. */
static void change(struct rand *rand, struct str from, struct str other,
                   struct buf *out)
{
    /* What parsers look for, or stumble over. */
    static const char odd[] = "\"\\{}[],:;=\n\r\t +-.0129eE\0\x7f\x80\xff%#&<*";
    size_t at = (size_t)rand_below(rand, from.n);
    size_t piece = piece_of(rand, from.n - at);
    size_t lent = other.n > 0 ? (size_t)rand_below(rand, other.n) : 0;
    char byte = odd[rand_below(rand, sizeof odd - 1)];
    char flipped = (char)(from.p[at] ^ (1 << rand_below(rand, 8)));

    switch (rand_below(rand, 7)) {
    case 0:
        splice(out, from, at, 1, (struct str){&flipped, 1});
        break;
    case 1:
        splice(out, from, at, 1, (struct str){&byte, 1});
        break;
    case 2:
        splice(out, from, at, 0, (struct str){&byte, 1});
        break;
    case 3:
        splice(out, from, at, piece, STR_EMPTY);
        break;
    case 4:
        splice(out, from, at, 0, str_sub(from, at, piece));
        break;
    case 5:
        splice(out, from, at, piece, str_sub(other, lent, piece));
        break;
    default:
        splice(out, from, at, SIZE_MAX - at, STR_EMPTY); /* cut short */
        break;
    }
}

static void mutate(struct replay *r, struct str from, struct buf *ret)
{
    struct buf next;
    uint64_t n_steps = 1 + rand_below(&r->rand, STEPS_MAX);

    buf_init(&next, SIZE_MAX);
    buf_clear(ret);
    buf_str(ret, from);
    while (n_steps > 0 && ret->n > 0) {
        uint64_t other = rand_below(&r->rand, (uint64_t)r->n);
        change(&r->rand, buf_view(ret), buf_view(&r->sample[other].bytes),
               &next);
        struct buf before = *ret;
        *ret = next;
        next = before;
        n_steps--;
    }
    buf_fini(&next);
}

static void run_file(struct replay *r, const struct sample *s)
{
    struct buf mutation;

    rand_init(&r->rand, SEED); /* so that a file alone runs as among others */
    buf_init(&mutation, SIZE_MAX);
    run(buf_view(&s->bytes));
    for (int i = 0; i < MUTATIONS / r->n + 1; i++) {
        mutate(r, buf_view(&s->bytes), &mutation);
        if (r->only != NULL) {
            (void)printf("# mutation %d, %zu bytes\n", i, mutation.n);
            (void)fflush(stdout);
        }
        run(buf_view(&mutation));
    }
    buf_fini(&mutation);
}

static void run_all(struct replay *r)
{
    (void)printf("1..%d\n", r->n + 1);
    run(STR_EMPTY);
    (void)printf("ok 1 - nothing\n");
    for (int i = 0; i < r->n; i++) {
        const struct sample *s = &r->sample[i];
        if (r->only != NULL && strcmp(r->only, s->path) != 0) {
            continue;
        }
        (void)printf("# %s\n", s->path);
        (void)fflush(stdout);
        run_file(r, s);
        (void)printf("ok %d - %s\n", i + 2, s->path);
    }
}

int main(int argc, char **argv)
{
    struct replay r = {.n = 0};
    struct why why;

    if (argc < 2) {
        (void)fprintf(stderr, "usage: %s CORPUS [FILE]\n", argv[0]);
        return 2;
    }
    r.only = argc > 2 ? argv[2] : NULL;
    r.sample = mem_array(FILES_MAX, sizeof *r.sample);
    if (file_walk(argv[1], take_file, tell_trouble, &r, &why) != RC_OK) {
        (void)fprintf(stderr, "%s: %s\n", argv[1], why.text);
        return 1;
    }
    CHECK(r.n > 0);
    run_all(&r);
    for (int i = 0; i < r.n; i++) {
        mem_free(r.sample[i].path);
        buf_fini(&r.sample[i].bytes);
    }
    mem_free(r.sample);
    return 0;
}
