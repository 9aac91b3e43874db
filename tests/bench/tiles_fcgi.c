#include "tests/bench/tiles_fcgi.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define GIVEN_S 60
#define BODY    65536

enum { BEGIN_REQUEST = 1, END_REQUEST = 3, PARAMS = 4, STDIN_DATA = 5, STDOUT_DATA = 6 };

__attribute__((noreturn)) static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void start(struct tiles_fcgi *f)
{
    f->child = fork();
    if (f->child < 0) {
        die("fork");
    }
    if (f->child == 0) {
        (void)dup2(f->listener, STDIN_FILENO);
        (void)setenv("MAPSERVER_CONFIG_FILE", f->config, 1);
        execlp("mapserv", "mapserv", (char *)NULL);
        die("mapserv");
    }
}

static void stop(struct tiles_fcgi *f)
{
    if (f->child > 0) {
        (void)kill(f->child, SIGKILL);
        (void)waitpid(f->child, NULL, 0);
        f->child = 0;
    }
    if (f->fd >= 0) {
        close(f->fd);
        f->fd = -1;
    }
}

void tiles_fcgi_open(struct tiles_fcgi *f, const char *config)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    *f = (struct tiles_fcgi){.config = config, .fd = -1};
    snprintf(f->socket, sizeof(f->socket), "/tmp/bench-mapserver-%d", (int)getpid());
    memcpy(address.sun_path, f->socket, strlen(f->socket));
    f->listener = socket(AF_UNIX, SOCK_STREAM, 0);
    if (f->listener < 0 || bind(f->listener, (struct sockaddr *)&address, sizeof(address)) != 0 ||
        listen(f->listener, 4) != 0) {
        die(f->socket);
    }
    start(f);
}

void tiles_fcgi_close(struct tiles_fcgi *f)
{
    stop(f);
    close(f->listener);
    unlink(f->socket);
}

static bool reach(struct tiles_fcgi *f)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct timeval given = {.tv_sec = GIVEN_S};
    if (f->fd >= 0) {
        return true;
    }
    memcpy(address.sun_path, f->socket, strlen(f->socket));
    f->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (f->fd < 0 || connect(f->fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        return false;
    }
    (void)setsockopt(f->fd, SOL_SOCKET, SO_RCVTIMEO, &given, sizeof(given));
    return true;
}

static size_t record(unsigned char *out, int type, const void *content, size_t n)
{
    unsigned char head[8] = {
        1, (unsigned char)type, 0, 1, (unsigned char)(n >> 8), (unsigned char)n, 0, 0};
    memcpy(out, head, sizeof(head));
    if (n > 0) {
        memcpy(out + sizeof(head), content, n);
    }
    return sizeof(head) + n;
}

static size_t pair(unsigned char *out, const char *name, const char *value)
{
    size_t n = strlen(name);
    size_t m = strlen(value);
    out[0] = (unsigned char)n;
    out[1] = (unsigned char)(0x80 | m >> 24);
    out[2] = (unsigned char)(m >> 16);
    out[3] = (unsigned char)(m >> 8);
    out[4] = (unsigned char)m;
    memcpy(out + 5, name, n);
    memcpy(out + 5 + n, value, m);
    return 5 + n + m;
}

static bool send_request(int fd, const char *query)
{
    static const unsigned char begin[8] = {0, 1, 1}; /* a responder that keeps the connection */
    unsigned char params[4096];
    unsigned char out[8192];
    size_t n = pair(params, "REQUEST_METHOD", "GET");
    n += pair(params + n, "QUERY_STRING", query);
    size_t size = record(out, BEGIN_REQUEST, begin, sizeof(begin));
    size += record(out + size, PARAMS, params, n);
    size += record(out + size, PARAMS, NULL, 0);
    size += record(out + size, STDIN_DATA, NULL, 0);
    return send(fd, out, size, MSG_NOSIGNAL) == (ssize_t)size;
}

static bool receive(int fd, unsigned char *out, size_t n)
{
    while (n > 0) {
        ssize_t got = recv(fd, out, n, 0);
        if (got <= 0) {
            return false;
        }
        out += got;
        n -= (size_t)got;
    }
    return true;
}

/* Reads to the request's end. Sets *png when the answer's first record names that type. */
static bool receive_answer(int fd, bool *png)
{
    static unsigned char body[BODY + 256];
    unsigned char head[8];
    bool first = true;
    *png = false;
    while (receive(fd, head, sizeof(head))) {
        size_t n = (size_t)(head[4] << 8 | head[5]);
        if (!receive(fd, body, n + head[6])) {
            return false;
        }
        if (head[1] == STDOUT_DATA && n > 0 && first) {
            body[n] = '\0';
            first = false;
            *png = strstr((const char *)body, "image/png") != NULL;
        }
        if (head[1] == END_REQUEST) {
            return true;
        }
    }
    return false;
}

bool tiles_fcgi_ask(struct tiles_fcgi *f, const char *query)
{
    bool png = false;
    if (reach(f) && send_request(f->fd, query) && receive_answer(f->fd, &png)) {
        return png;
    }
    f->crashes++;
    stop(f);
    start(f);
    return false;
}
