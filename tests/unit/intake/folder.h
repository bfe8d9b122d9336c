/* A new folder for each test, gone behind it. */
#ifndef TESTS_UNIT_INTAKE_FOLDER_H
#define TESTS_UNIT_INTAKE_FOLDER_H

#include "test.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct folder {
    char path[32];
};

static inline void folder_make(struct folder *f)
{
    static const char shape[] = "/tmp/toll-intake-XXXXXX";
    memcpy(f->path, shape, sizeof(shape));
    assert_non_null(mkdtemp(f->path));
}

static inline void folder_remove(struct folder *f)
{
    pid_t pid = fork();
    if (pid == 0) {
        execlp("rm", "rm", "-rf", "--", f->path, (char *)NULL);
        _exit(127);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

#endif
