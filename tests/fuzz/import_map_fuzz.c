/* Any text as a column map, up to the first NUL; what follows as the names of
 * columns, one a line.  What is taken names only columns that are there. */
#include "base/arena.h"
#include "base/check.h"
#include "base/limits.h"
#include "base/why.h"
#include "capture/import/import_map.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NAMES_MAX = 64 };

static void check_columns(const struct import_map *map, const struct str *names,
                          size_t n)
{
    const struct import_target *targets = NULL;
    struct arena arena;
    struct why why = {.text = ""};
    arena_init(&arena, LIMIT_ARENA_MAX);
    enum rc rc = import_map_columns(map, names, n, &arena, &targets, &why);
    CHECK(rc == RC_OK || why.text[0] != '\0');
    for (size_t i = 0; i < n && rc == RC_OK; i++) {
        CHECK(targets[i].kind == IMPORT_FIELD_NONE || targets[i].name.n > 0);
    }
    CHECK(map != NULL || rc != RC_OK || import_map_has_model(map, names, n));
    arena_fini(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = {.p = (const char *)data, .n = size};
    struct str text = STR_EMPTY;
    struct str names[NAMES_MAX];
    struct import_map *map = NULL;
    struct why why = {.text = ""};
    size_t n = 0;
    (void)str_cut(&rest, '\0', &text);
    while (n < NAMES_MAX && str_cut(&rest, '\n', &names[n])) {
        n++;
    }
    enum rc rc = import_map_parse(text, &map, &why);
    CHECK((rc == RC_OK) == (map != NULL));
    CHECK(rc == RC_OK || why.text[0] != '\0');
    check_columns(NULL, names, n);
    if (rc == RC_OK) {
        check_columns(map, names, n);
    }
    import_map_free(&map);
    return 0;
}
