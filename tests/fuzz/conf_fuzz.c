/* Any text as toll.yaml: it is taken whole, or refused with words and at
 * least one problem; and as an address to listen on. */
#include "app/conf.h"
#include "base/check.h"
#include "base/why.h"

enum { ARENA_BYTES = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_address(struct str text)
{
    struct arena arena;
    struct conf_address at = {.host = NULL};
    struct why why = {.text = ""};

    arena_init(&arena, ARENA_BYTES);
    enum rc rc = conf_parse_address(&arena, text, &at, &why);
    CHECK((rc == RC_OK) == (at.host != NULL));
    CHECK(rc == RC_OK || why.text[0] != '\0');
    arena_fini(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {.p = (const char *)data, .n = size};
    struct conf *conf = NULL;
    struct buf problems;
    struct why why = {.text = ""};

    buf_init(&problems, SIZE_MAX);
    enum rc rc = conf_load(text, "toll.yaml", &conf, &problems, &why);
    CHECK((rc == RC_OK) == (conf != NULL));
    CHECK(rc == RC_OK || why.text[0] != '\0');
    CHECK((rc != RC_OK) == (problems.n > 0));
    if (rc == RC_OK) {
        CHECK(conf->n_listen > 0 && conf->timezone.n > 0);
    }
    conf_free(&conf);
    buf_fini(&problems);
    check_address(text);
    return 0;
}
