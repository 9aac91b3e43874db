/* hotline-shapes formats | list PREFIX | read own|places PREFIX LAYER [keep]: GDAL's ogrinfo or
 * ogr2ogr on one uploaded file, shut in.
 *
 * GDAL opens whatever a file names: other files, addresses, databases. So before it runs, this
 * program gives up, for itself and for what it becomes: opening any file but the one it was given,
 * GDAL's own and the system's libraries (Landlock); sockets and looks into other processes
 * (seccomp); much memory, time and output (limits). Which one driver may look at the file is said
 * by GDAL_SKIP in its environment (server/files/file_shape.c). Why:
 * docs/decisions/0019-shapes-apart.md.
 *
 *   0  the file, to be read      1  gets the layers' names, or features as lines of GeoJSON
 *   2  gets what GDAL complains of
 *
 * PREFIX goes before the file's path, and "}" after it where there is a brace: "/vsizip/{", "CSV:",
 * "". `places`: coordinates are in columns. `keep`: they are numbers that stay as they are. Exit
 * status: GDAL's (0, or 1), or enum file_shape_end. */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "server/files/file_shape.h"

#define INPUT "/proc/self/fd/0"

static bool limit(int what, rlim_t most)
{
    struct rlimit l = {most, most};
    return setrlimit(what, &l) == 0;
}

static bool bound_self(void)
{
    close_range(3, ~0U, 0);
    (void)setpriority(PRIO_PROCESS, 0, 10); /* the service comes first */
    return limit(RLIMIT_CPU, SHAPE_CPU_S) && limit(RLIMIT_FSIZE, SHAPE_OUTPUT_BYTES) &&
           limit(RLIMIT_CORE, 0) && limit(RLIMIT_NOFILE, 64) &&
           prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

/* ---- files ---- */

#define READ_FILES (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define ALL_RIGHTS                                                                                 \
    (READ_FILES | LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |                     \
     LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |                              \
     LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |    \
     LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | \
     LANDLOCK_ACCESS_FS_MAKE_SYM)

static bool allow_fd(int rules, int fd, __u64 rights)
{
    struct landlock_path_beneath_attr below = {.allowed_access = rights, .parent_fd = fd};
    return syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &below, 0) == 0;
}

/* What a system does not have needs no rule. */
static bool allow_path(int rules, const char *path, __u64 rights)
{
    struct stat st;
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0) {
        return errno == ENOENT;
    }
    bool allowed = fstat(fd, &st) == 0;
    if (allowed && !S_ISDIR(st.st_mode)) {
        rights &= ~(__u64)LANDLOCK_ACCESS_FS_READ_DIR;
    }
    allowed = allowed && allow_fd(rules, fd, rights);
    close(fd);
    return allowed;
}

static bool shut_files(void)
{
    static const char *const programs[] = {
        "/usr/bin/ogr2ogr", "/usr/bin/ogrinfo", "/usr/lib", "/usr/lib64", "/lib", "/lib64"};
    static const char *const data[] = {"/usr/share/gdal", "/usr/share/proj", "/etc/ld.so.cache",
                                       "/dev/urandom", "/dev/null"};
    const struct landlock_ruleset_attr all = {.handled_access_fs = ALL_RIGHTS};
    int rules = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof(all), 0);
    bool shut = rules >= 0 && allow_fd(rules, 0, LANDLOCK_ACCESS_FS_READ_FILE);
    for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
        shut = shut && allow_path(rules, programs[i], READ_FILES | LANDLOCK_ACCESS_FS_EXECUTE);
    }
    for (size_t i = 0; i < sizeof(data) / sizeof(data[0]); i++) {
        shut = shut && allow_path(rules, data[i], READ_FILES);
    }
    shut = shut && syscall(SYS_landlock_restrict_self, rules, 0) == 0;
    if (rules >= 0) {
        close(rules);
    }
    return shut;
}

/* ---- everything else ---- */

/* A call that is refused fails, so that a library that asks goes on without. */
static bool shut_calls(void)
{
#if defined(__x86_64__) || defined(__aarch64__)
#ifdef __x86_64__
    const unsigned machine = AUDIT_ARCH_X86_64;
#else
    const unsigned machine = AUDIT_ARCH_AARCH64;
#endif
#define REFUSED      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)
#define REFUSE(call) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 1), REFUSED
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, machine, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        REFUSE(socket),
        REFUSE(socketpair),
        REFUSE(connect),
        REFUSE(bind),
        REFUSE(io_uring_setup),
        REFUSE(ptrace),
        REFUSE(process_vm_readv),
        REFUSE(process_vm_writev),
        REFUSE(pidfd_getfd),
        REFUSE(kill),
        REFUSE(tgkill),
        REFUSE(bpf),
        REFUSE(mount),
        REFUSE(unshare),
        REFUSE(keyctl),
#ifdef __x86_64__
        REFUSE(fork),
        REFUSE(vfork),
#endif
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {sizeof(rules) / sizeof(rules[0]), rules};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
#else
    return false; /* nobody has tried it: better no uploads than open ones */
#endif
}

/* ---- GDAL ---- */

/* exec wants words that it might change; these live until then. */
static char *text(const char *given)
{
    static char room[4096];
    static size_t used;
    size_t n = strlen(given) + 1;
    if (n > sizeof(room) - used) {
        _exit(SHAPE_FAILED);
    }
    char *made = memcpy(room + used, given, n);
    used += n;
    return made;
}

/* Memory last: sanitizers hold terabytes until the exec. Returns only where it could not begin, as
 * those below. */
static void become(const char *program, char *const argv[])
{
    if (limit(RLIMIT_AS, SHAPE_MEMORY_BYTES)) {
        (void)execv(program, argv);
    }
}

static void run_list(const char *path)
{
    char *argv[] = {text("ogrinfo"), text("-ro"), text("-q"), text(path), NULL};
    become("/usr/bin/ogrinfo", argv);
}

static void run_formats(void)
{
    char *argv[] = {text("ogrinfo"), text("--formats"), NULL};
    become("/usr/bin/ogrinfo", argv);
}

static void run_read(const char *path, bool places, const char *layer, bool keep)
{
    static const char *const always[] = {"ogr2ogr", "-q", "-f",   "GeoJSONSeq",
                                         "-dim",    "XY", "-lco", "COORDINATE_PRECISION=9"};
    static const char *const columns[] = {
        "-oo", "X_POSSIBLE_NAMES=lon,lng,long,longitude,x,kinh_do",
        "-oo", "Y_POSSIBLE_NAMES=lat,latitude,y,vi_do",
        "-oo", "AUTODETECT_TYPE=NO",
        "-oo", "KEEP_GEOM_COLUMNS=NO"};
    char *argv[24] = {NULL};
    size_t n = 0;
    for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++) {
        argv[n++] = text(always[i]);
    }
    for (size_t i = 0; places && i < sizeof(columns) / sizeof(columns[0]); i++) {
        argv[n++] = text(columns[i]);
    }
    if (keep) {
        argv[n++] = text("-a_srs");
        argv[n++] = text("EPSG:4326");
    }
    argv[n++] = text("/vsistdout/");
    argv[n++] = text(path);
    argv[n] = layer[0] == '\0' ? NULL : text(layer);
    become("/usr/bin/ogr2ogr", argv);
}

/* PREFIX's place among the arguments, or 0 where they are wrong. */
static int prefix_of(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "list") == 0) {
        return 2;
    }
    return (argc == 5 || argc == 6) && strcmp(argv[1], "read") == 0 && argv[4][0] != '-' ? 3 : 0;
}

/* Leak reports are of no interest where everything ends with the exec, or fails. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}

int main(int argc, char **argv)
{
    char path[128] = "";
    bool formats = argc == 2 && strcmp(argv[1], "formats") == 0;
    int at = formats ? 0 : prefix_of(argc, argv);
    if (at > 0) {
        (void)snprintf(path, sizeof(path), "%.64s%s%s", argv[at], INPUT,
                       strchr(argv[at], '{') == NULL ? "" : "}");
    }
    if ((!formats && at == 0) || !bound_self() || !shut_files() || !shut_calls()) {
        return SHAPE_FAILED;
    }
    if (formats) {
        run_formats();
    } else if (at == 2) {
        run_list(path);
    } else {
        run_read(path, strcmp(argv[2], "places") == 0, argv[4], argc == 6);
    }
    return SHAPE_FAILED;
}
