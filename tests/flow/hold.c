/* hold TID: stops that thread, and no other of its process, where it next
 * writes to a file or flushes one, as a disk would that no longer answers.
 * Prints a line when it has, and lets go when its own input ends.  Exit 77
 * where holding other processes' threads is not allowed. */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static void must(bool good, const char *what)
{
    if (!good) {
        (void)fprintf(stderr, "hold: %s: %s\n", what, strerror(errno));
        exit(1);
    }
}

/* At the beginning of a system call that writes. */
static bool is_writing(pid_t tid)
{
    struct __ptrace_syscall_info info;
    void *size = (void *)(uintptr_t)sizeof info;

    must(ptrace(PTRACE_GET_SYSCALL_INFO, tid, size, &info) > 0, "what it does");
    if (info.op != PTRACE_SYSCALL_INFO_ENTRY) {
        return false;
    }
    return info.entry.nr == SYS_write || info.entry.nr == SYS_pwrite64 ||
           info.entry.nr == SYS_fsync || info.entry.nr == SYS_fdatasync;
}

int main(int argc, char **argv)
{
    const int at_syscall = SIGTRAP | 0x80; /* PTRACE_O_TRACESYSGOOD */
    pid_t tid = argc == 2 ? (pid_t)strtol(argv[1], NULL, 10) : 0;
    void *options = (void *)(uintptr_t)PTRACE_O_TRACESYSGOOD;
    int status = 0;
    char byte;

    must(tid > 0, "use: hold TID");
    if (ptrace(PTRACE_SEIZE, tid, NULL, options) != 0 && errno == EPERM) {
        return 77;
    }
    must(ptrace(PTRACE_INTERRUPT, tid, NULL, NULL) == 0, "interrupt");
    for (;;) {
        must(waitpid(tid, &status, __WALL) == tid, "wait");
        must(WIFSTOPPED(status), "it ended");
        int stopped_by = WSTOPSIG(status);
        bool is_signal = status >> 16 == 0 && stopped_by != at_syscall;

        if (stopped_by == at_syscall && is_writing(tid)) {
            break;
        }
        void *signal = (void *)(uintptr_t)(is_signal ? stopped_by : 0);
        must(ptrace(PTRACE_SYSCALL, tid, NULL, signal) == 0, "go on");
    }
    (void)printf("held\n");
    (void)fflush(stdout);
    while (read(STDIN_FILENO, &byte, 1) > 0) {
    }
    must(ptrace(PTRACE_DETACH, tid, NULL, NULL) == 0, "let go");
    return 0;
}
