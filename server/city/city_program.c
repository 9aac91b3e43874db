#include "server/city/city_program.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TAIL_BYTES 300

/* The end of what it wrote, on one line. */
static void read_tail(int log, char out[TAIL_BYTES + 1])
{
    off_t size = lseek(log, 0, SEEK_END);
    off_t from = size > TAIL_BYTES ? size - TAIL_BYTES : 0;
    ssize_t n = size > 0 ? pread(log, out, TAIL_BYTES, from) : 0;
    out[n > 0 ? n : 0] = '\0';
    for (char *c = out; *c; c++) {
        if ((unsigned char)*c < ' ') {
            *c = ' ';
        }
    }
}

static enum status wait_for(pid_t child, const char *program, int log, const char *path,
                            struct err *e)
{
    int how = 0;
    while (waitpid(child, &how, 0) < 0) {
        if (errno != EINTR) {
            return err_set(e, STATUS_IO, "%s was lost: %s", program, strerrordesc_np(errno));
        }
    }
    if (WIFEXITED(how) && WEXITSTATUS(how) == 0) {
        return STATUS_OK;
    }
    char tail[TAIL_BYTES + 1];
    read_tail(log, tail);
    return err_set(e, STATUS_INVALID, "%s could not load %s: %s", program, path, tail);
}

enum status city_program_run(char *const argv[], char **environment, const char *path,
                             struct err *e)
{
    int log = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (log < 0) {
        return err_set(e, STATUS_IO, "cannot write to /tmp");
    }
    posix_spawn_file_actions_t actions;
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_adddup2(&actions, log, STDOUT_FILENO);
    (void)posix_spawn_file_actions_adddup2(&actions, log, STDERR_FILENO);
    pid_t child = 0;
    int code =
        posix_spawnp(&child, argv[0], &actions, NULL, argv, environment ? environment : environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    enum status status = code == 0 ? wait_for(child, argv[0], log, path, e)
                                   : err_set(e, STATUS_NOT_FOUND, "cannot run %s: %s", argv[0],
                                             strerrordesc_np(code));
    (void)close(log);
    return status;
}
