/* How well alerts find what went wrong, on made-up accounts whose truth is
 * known: a line of tab-separated figures for each kind of account and each
 * kind of incident.
 *
 *   alerts SEEDS [KIND [-v]]
 *
 * SEEDS is how many, or from-to: what was chosen on some is judged on others.
 */
#include "alert_score.h"

#include "base/str.h"

#include <stdio.h>
#include <string.h>

/* "6" or "7-12". */
static bool read_seeds(struct str text, uint64_t *ret_first, uint64_t *ret_last)
{
    size_t dash = 0;

    while (dash < text.n && text.p[dash] != '-') {
        dash++;
    }
    *ret_first = 1;
    if (dash == text.n) {
        return str_to_u64(text, ret_last) == RC_OK;
    }
    struct str last = str_sub(text, dash + 1, text.n - dash - 1);
    return str_to_u64(str_sub(text, 0, dash), ret_first) == RC_OK &&
           str_to_u64(last, ret_last) == RC_OK;
}

int main(int argc, char **argv)
{
    struct alert_score all = {0};
    uint64_t first = 0;
    uint64_t last = 0;
    bool is_loud = argc > 3;

    if (argc < 2 || !read_seeds(str_from_cz(argv[1]), &first, &last)) {
        (void)fprintf(stderr, "use: alerts SEEDS [KIND [-v]]\n");
        return 2;
    }
    for (size_t kind = 0; kind < alert_stream_kinds_n; kind++) {
        struct alert_score sum = {0};
        if (argc > 2 && strcmp(argv[2], alert_stream_kinds[kind].name) != 0) {
            continue;
        }
        for (uint64_t seed = first; seed <= last; seed++) {
            alert_score_run(kind, seed, is_loud, &sum);
        }
        alert_score_print(alert_stream_kinds[kind].name, &sum);
        alert_score_add(&all, &sum);
    }
    alert_score_print("all", &all);
    for (size_t i = 0; i < INCIDENT_KINDS; i++) {
        alert_score_print_kind(i, &all);
    }
    return 0;
}
