/* How well alerts find what went wrong, on made-up accounts whose truth is
 * known: a line of tab-separated figures for each kind of account and each
 * kind of incident.
 *
 *   alerts SEEDS [KIND [-v]] */
#include "alert_score.h"

#include "base/str.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    struct alert_score all = {0};
    uint64_t n_seeds = 0;
    bool is_loud = argc > 3;

    if (argc < 2 || str_to_u64(str_from_cz(argv[1]), &n_seeds) != RC_OK) {
        (void)fprintf(stderr, "use: alerts SEEDS [KIND [-v]]\n");
        return 2;
    }
    for (size_t kind = 0; kind < alert_stream_kinds_n; kind++) {
        struct alert_score sum = {0};
        if (argc > 2 && strcmp(argv[2], alert_stream_kinds[kind].name) != 0) {
            continue;
        }
        for (uint64_t seed = 1; seed <= n_seeds; seed++) {
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
