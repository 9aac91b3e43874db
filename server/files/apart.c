#include "server/files/apart.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "server/base/clock.h"

bool apart_find(const char *name, char out[PATH_MAX])
{
    size_t n_name = strlen(name) + 1;
    ssize_t n = readlink("/proc/self/exe", out, PATH_MAX - n_name);
    char *slash = n <= 0 ? NULL : memrchr(out, '/', (size_t)n);
    if (slash == NULL) {
        out[0] = '\0';
        return false;
    }
    memcpy(slash + 1, name, n_name);
    return access(out, X_OK) == 0;
}

/* `fds` have high numbers, so none is covered before it is used. */
static bool spawn(const struct apart *a, const int fds[APART_FDS], pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    sigset_t defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    if (posix_spawn_file_actions_init(&actions) != 0) {
        return false;
    }
    if (posix_spawnattr_init(&attributes) != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return false;
    }
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    bool ready = true;
    for (int i = 0; i < APART_FDS && ready; i++) {
        if (a->fds[i] == APART_NULL) {
            ready = posix_spawn_file_actions_addopen(&actions, i, "/dev/null", O_RDWR, 0) == 0;
        } else if (a->fds[i] != APART_MISSING) {
            ready = posix_spawn_file_actions_adddup2(&actions, fds[i], i) == 0;
        }
    }
    ready =
        ready && posix_spawn(pid, a->program, &actions, &attributes, a->argv, a->environment) == 0;
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return ready;
}

/* What it says until it closes its end, or its time is over. */
static void listen_to(int from, uint64_t until, char *words, size_t max)
{
    size_t n = 0;
    for (;;) {
        uint64_t now = clock_mono_ns();
        struct pollfd p = {.fd = from, .events = POLLIN};
        char scrap[256];
        int ready = now >= until ? 0 : poll(&p, 1, (int)((until - now) / 1000000) + 1);
        if (ready < 0 && errno == EINTR) {
            continue;
        }
        if (ready <= 0) {
            break; /* its time is over: end_of kills it */
        }
        bool room = n < max - 1;
        ssize_t got = read(from, room ? words + n : scrap, room ? max - 1 - n : sizeof(scrap));
        if (got <= 0) {
            break;
        }
        n += room ? (size_t)got : 0;
    }
    words[n] = '\0';
}

/* Its exit status, once it is gone; it may have closed its end and live on. */
static enum apart_end end_of(pid_t pid, uint64_t until, int *code)
{
    const struct timespec moment = {.tv_sec = 0, .tv_nsec = 2000000};
    int status = 0;
    pid_t gone = 0;
    bool late = false;
    while ((gone = waitpid(pid, &status, WNOHANG)) != pid) {
        if (gone < 0 && errno != EINTR) {
            return APART_FAILED;
        }
        if (clock_mono_ns() > until) {
            kill(pid, SIGKILL);
            late = true;
        }
        nanosleep(&moment, NULL);
    }
    if (WIFSIGNALED(status)) {
        *code = WTERMSIG(status);
        return late ? APART_LATE : APART_KILLED;
    }
    *code = WEXITSTATUS(status);
    return APART_EXITED;
}

enum apart_end apart_run(const struct apart *a, int *code)
{
    int pipes[2] = {-1, -1};
    int fds[APART_FDS] = {-1, -1, -1, -1, -1};
    pid_t pid = 0;
    bool ready = true;
    *code = 0;
    a->words[0] = '\0';
    if (pipe2(pipes, O_CLOEXEC) != 0) {
        return APART_FAILED;
    }
    for (size_t i = 0; i < APART_FDS; i++) {
        int from = a->fds[i] == APART_WORDS ? pipes[1] : a->fds[i];
        if (from >= 0) {
            fds[i] = fcntl(from, F_DUPFD_CLOEXEC, 16);
            ready = ready && fds[i] >= 0;
        }
    }
    close(pipes[1]);
    ready = ready && spawn(a, fds, &pid);
    for (size_t i = 0; i < APART_FDS; i++) {
        if (fds[i] >= 0) {
            close(fds[i]);
        }
    }
    enum apart_end end = APART_FAILED;
    if (ready) {
        uint64_t until = clock_mono_ns() + (uint64_t)a->wall_ms * 1000000;
        listen_to(pipes[0], until, a->words, a->words_max);
        end = end_of(pid, until, code);
    }
    close(pipes[0]);
    return end;
}
