#include "server/files/file_picture.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "server/base/clock.h"
#include "server/base/log.h"

#define FACTS_MAX 2048

static char program[PATH_MAX];

bool file_picture_find(void)
{
    ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 16);
    char *slash = n <= 0 ? NULL : memrchr(program, '/', (size_t)n);
    if (slash == NULL) {
        program[0] = '\0';
        return false;
    }
    memcpy(slash + 1, "hotline-picture", 16);
    return access(program, X_OK) == 0;
}

/* ---- facts ---- */

static void read_taken(const char *text, struct file_picture *out)
{
    int v[6];
    char zone[8] = "";
    char rfc[48];
    if (sscanf(text, "taken %4d:%2d:%2d %2d:%2d:%2d%6s", &v[0], &v[1], &v[2], &v[3], &v[4], &v[5],
               zone) < 6 ||
        v[0] < 1990) {
        return;
    }
    bool zoned = (zone[0] == '+' || zone[0] == '-') && strlen(zone) == 6;
    snprintf(rfc, sizeof(rfc), "%04d-%02d-%02dT%02d:%02d:%02d%s", v[0], v[1], v[2], v[3], v[4],
             v[5], zoned ? zone : "");
    out->has_taken = clock_parse_any(str_of(rfc), &out->taken_us) &&
                     out->taken_us < clock_now_us() + INT64_C(86400000000);
    out->taken_zoned = zoned;
}

void file_picture_read(const char *facts, struct file_picture *out)
{
    *out = (struct file_picture){.accuracy_m = -1};
    struct str rest = str_of(facts);
    while (rest.n > 0) {
        char line[128];
        struct str piece = str_cut(&rest, '\n');
        double a = 0;
        double b = 0;
        snprintf(line, sizeof(line), "%.*s", (int)(piece.n < 120 ? piece.n : 120), piece.p);
        if (sscanf(line, "size %d %d", &out->width, &out->height) == 2) {
            continue;
        }
        if (sscanf(line, "place %lf %lf", &a, &b) == 2 && a >= -180 && a <= 180 && b >= -90 &&
            b <= 90) {
            out->has_place = true;
            out->lon = a;
            out->lat = b;
        } else if (sscanf(line, "accuracy %lf", &a) == 1 && a >= 0 && a <= 100000) {
            out->accuracy_m = a;
        } else if (strncmp(line, "taken ", 6) == 0) {
            read_taken(line, out);
        }
    }
}

/* ---- the process ---- */

static bool start(const char *type, const int fds[4], pid_t *pid)
{
    static char language[] = "LC_ALL=C";
    static char threads[] = "VIPS_CONCURRENCY=1";
    static char *const environment[] = {language, threads, NULL};
    char kind[32];
    char *argv[] = {program, kind, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    sigset_t defaults;
    snprintf(kind, sizeof(kind), "%s", type);
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
    /* All four have high numbers, so none is covered before it is used. */
    bool ready = posix_spawn_file_actions_adddup2(&actions, fds[0], 0) == 0 &&
                 posix_spawn_file_actions_adddup2(&actions, fds[1], 1) == 0 &&
                 posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0) == 0 &&
                 posix_spawn_file_actions_adddup2(&actions, fds[2], 3) == 0 &&
                 posix_spawn_file_actions_adddup2(&actions, fds[3], 4) == 0 &&
                 posix_spawn(pid, program, &actions, &attributes, argv, environment) == 0;
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return ready;
}

/* What it tells until it closes its end; killed past its time. */
static void listen_to(pid_t pid, int from, uint64_t until, char facts[FACTS_MAX])
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
            kill(pid, SIGKILL);
            break;
        }
        bool room = n < FACTS_MAX - 1;
        ssize_t got =
            read(from, room ? facts + n : scrap, room ? FACTS_MAX - 1 - n : sizeof(scrap));
        if (got <= 0) {
            break;
        }
        n += room ? (size_t)got : 0;
    }
    facts[n] = '\0';
}

/* Its exit status, once it is gone; it may have closed its end and live on. */
static enum file_picture_end end_of(pid_t pid, uint64_t until, const char *type)
{
    const struct timespec moment = {.tv_sec = 0, .tv_nsec = 2000000};
    int status = 0;
    pid_t gone = 0;
    while ((gone = waitpid(pid, &status, WNOHANG)) != pid) {
        if (gone < 0 && errno != EINTR) {
            return PICTURE_FAILED;
        }
        if (clock_mono_ns() > until) {
            kill(pid, SIGKILL);
        }
        nanosleep(&moment, NULL);
    }
    if (WIFSIGNALED(status)) {
        log_warn("picture.killed", "type=%s signal=%d", type, WTERMSIG(status));
        return PICTURE_COSTLY;
    }
    int code = WEXITSTATUS(status);
    if (code != PICTURE_MADE && code != PICTURE_DAMAGED && code != PICTURE_TOO_LARGE) {
        log_warn("picture.failed", "type=%s status=%d", type, code);
        return PICTURE_FAILED;
    }
    return (enum file_picture_end)code;
}

enum file_picture_end file_picture_make(int file, const char *type, int web, int thumb,
                                        struct file_picture *out)
{
    char facts[FACTS_MAX] = "";
    int pipes[2] = {-1, -1};
    int fds[4] = {-1, -1, -1, -1};
    pid_t pid = 0;
    enum file_picture_end end = PICTURE_FAILED;
    if (pipe2(pipes, O_CLOEXEC) != 0) {
        return PICTURE_FAILED;
    }
    const int from[4] = {file, pipes[1], web, thumb};
    bool ready = true;
    for (size_t i = 0; i < 4; i++) {
        fds[i] = fcntl(from[i], F_DUPFD_CLOEXEC, 16);
        ready = ready && fds[i] >= 0;
    }
    close(pipes[1]);
    ready = ready && lseek(file, 0, SEEK_SET) == 0 && start(type, fds, &pid);
    for (size_t i = 0; i < 4; i++) {
        if (fds[i] >= 0) {
            close(fds[i]);
        }
    }
    if (ready) {
        uint64_t until = clock_mono_ns() + (uint64_t)PICTURE_WALL_MS * 1000000;
        listen_to(pid, pipes[0], until, facts);
        end = end_of(pid, until, type);
    }
    close(pipes[0]);
    file_picture_read(facts, out);
    return end == PICTURE_MADE && (out->width < 1 || out->height < 1 ||
                                   out->width > PICTURE_WEB_SIDE || out->height > PICTURE_WEB_SIDE)
               ? PICTURE_FAILED
               : end;
}
