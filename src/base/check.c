#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* write(2), not stdio: the heap or a stream's lock may be what is broken. */
void check_failed(const char *file, int line, const char *cond)
{
    char text[512];
    int n = snprintf(text, sizeof(text),
                     "toll: internal error, please report: %s:%d: %s\n", file,
                     line, cond);

    if (n >= (int)sizeof(text)) {
        n = (int)sizeof(text) - 1;
        text[n - 1] = '\n';
    }
    if (n > 0 && write(STDERR_FILENO, text, (size_t)n) < 0) {
        /* Nobody is left to be told; the core file still tells. */
        abort();
    }
    abort();
}
