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

#define FACTS_MAX    2048
#define TAKEN_MIN_US INT64_C(631152000000000) /* 1990 */

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

/* "YYYY:MM:DD HH:MM:SS", and "+HH:MM" where the camera knew its zone. */
static void read_taken(struct str text, struct file_picture *out)
{
    static const char form[] = "dddd:dd:dd dd:dd:dd";
    char rfc[48];
    bool zoned = text.n == sizeof(form) - 1 + 6 && strchr("+-", text.p[sizeof(form) - 1]) != NULL;
    if (!zoned && text.n != sizeof(form) - 1) {
        return;
    }
    for (size_t i = 0; i < sizeof(form) - 1; i++) {
        bool digit = text.p[i] >= '0' && text.p[i] <= '9';
        if (form[i] == 'd' ? !digit : text.p[i] != form[i]) {
            return;
        }
    }
    snprintf(rfc, sizeof(rfc), "%.4s-%.2s-%.2sT%.8s%.*s", text.p, text.p + 5, text.p + 8,
             text.p + 11, zoned ? 6 : 0, text.p + 19);
    out->has_taken = clock_parse_any(str_of(rfc), &out->taken_us) && out->taken_us > TAKEN_MIN_US &&
                     out->taken_us < clock_now_us() + INT64_C(86400000000);
    out->taken_zoned = zoned;
}

/* Two numbers within a bound, with a blank between; or, where `b` is NULL, one. */
static bool read_numbers(const char *text, double most, double *a, double *b)
{
    char *end = NULL;
    *a = strtod(text, &end);
    bool fine = end != text && *a >= -most && *a <= most;
    if (fine && b != NULL) {
        text = end;
        *b = strtod(text, &end);
        fine = end != text && *b >= -most && *b <= most;
    }
    return fine && *end == '\0';
}

static void read_fact(const char *key, const char *rest, struct file_picture *out)
{
    double a = 0;
    double b = 0;
    if (strcmp(key, "size") == 0 && read_numbers(rest, PICTURE_SIDE_MAX, &a, &b)) {
        out->width = (int)a;
        out->height = (int)b;
    } else if (strcmp(key, "place") == 0 && read_numbers(rest, 180, &a, &b) && b >= -90 &&
               b <= 90) {
        out->has_place = true;
        out->lon = a;
        out->lat = b;
    } else if (strcmp(key, "accuracy") == 0 && read_numbers(rest, 100000, &a, NULL) && a >= 0) {
        out->accuracy_m = a;
    } else if (strcmp(key, "taken") == 0) {
        read_taken(str_of(rest), out);
    }
}

void file_picture_read(const char *facts, struct file_picture *out)
{
    *out = (struct file_picture){.accuracy_m = -1};
    struct str rest = str_of(facts);
    while (rest.n > 0) {
        char line[128];
        struct str piece = str_cut(&rest, '\n');
        snprintf(line, sizeof(line), "%.*s", (int)(piece.n < 120 ? piece.n : 120), piece.p);
        char *blank = strchr(line, ' ');
        if (blank != NULL) {
            *blank = '\0';
            read_fact(line, blank + 1, out);
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

/* What it tells until it closes its end, or its time is over. */
static void listen_to(int from, uint64_t until, char facts[FACTS_MAX])
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
    bool late = false;
    while ((gone = waitpid(pid, &status, WNOHANG)) != pid) {
        if (gone < 0 && errno != EINTR) {
            return PICTURE_FAILED;
        }
        if (clock_mono_ns() > until) {
            kill(pid, SIGKILL);
            late = true;
        }
        nanosleep(&moment, NULL);
    }
    if (late && WIFSIGNALED(status)) {
        log_warn("picture.late", "type=%s", type);
        return PICTURE_LATE;
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
        listen_to(pipes[0], until, facts);
        end = end_of(pid, until, type);
    }
    close(pipes[0]);
    file_picture_read(facts, out);
    return end == PICTURE_MADE && (out->width < 1 || out->height < 1 ||
                                   out->width > PICTURE_WEB_SIDE || out->height > PICTURE_WEB_SIDE)
               ? PICTURE_FAILED
               : end;
}
