#include "tests/bench/tiles_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEAD_MAX 16384

__attribute__((noreturn)) static void die(const char *what)
{
    perror(what);
    exit(1);
}

void tiles_client_open(struct tiles_client *c, const char *base)
{
    char address[48];
    int port = 0;
    int on = 1;
    struct sockaddr_in to = {.sin_family = AF_INET};
    if (sscanf(base, "http://%47[0-9.]:%d", address, &port) != 2 ||
        inet_pton(AF_INET, address, &to.sin_addr) != 1) {
        errno = EINVAL;
        die(base);
    }
    to.sin_port = htons((unsigned short)port);
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
        die(base);
    }
    (void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    snprintf(c->host, sizeof(c->host), "%s:%d", address, port);
    c->cap = (size_t)1 << 20;
    c->buffer = malloc(c->cap);
    if (c->buffer == NULL) {
        die("memory");
    }
}

void tiles_client_close(struct tiles_client *c)
{
    close(c->fd);
    free(c->buffer);
}

static void send_all(struct tiles_client *c, const char *text, size_t n)
{
    while (n > 0) {
        ssize_t sent = send(c->fd, text, n, MSG_NOSIGNAL);
        if (sent <= 0) {
            die("send");
        }
        text += sent;
        n -= (size_t)sent;
    }
}

/* Reads on until `need` bytes are there. */
static void fill(struct tiles_client *c, size_t *have, size_t need)
{
    while (need + 1 > c->cap) {
        c->cap *= 2;
        c->buffer = realloc(c->buffer, c->cap);
        if (c->buffer == NULL) {
            die("memory");
        }
    }
    while (*have < need) {
        ssize_t got = recv(c->fd, c->buffer + *have, c->cap - 1 - *have, 0);
        if (got <= 0) {
            die("the service closed the connection");
        }
        *have += (size_t)got;
    }
    c->buffer[*have] = '\0';
}

static const char *header(const char *head, const char *name)
{
    size_t n = strlen(name);
    for (const char *line = strstr(head, "\r\n"); line != NULL; line = strstr(line + 2, "\r\n")) {
        if (strncasecmp(line + 2, name, n) == 0 && line[2 + n] == ':') {
            return line + 3 + n + strspn(line + 3 + n, " ");
        }
    }
    return NULL;
}

struct tiles_answer tiles_client_ask(struct tiles_client *c, const char *path, const char *body)
{
    char head[HEAD_MAX];
    struct tiles_answer answer = {0};
    size_t have = 0;
    char *end = NULL;
    int n = body == NULL
                ? snprintf(head, sizeof(head), "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", path, c->host)
                : snprintf(head, sizeof(head),
                           "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n"
                           "Content-Length: %zu\r\n\r\n%s",
                           path, c->host, strlen(body), body);
    if (n < 0 || (size_t)n >= sizeof(head)) {
        errno = E2BIG;
        die(path);
    }
    send_all(c, head, (size_t)n);
    while (end == NULL) {
        fill(c, &have, have + 1);
        end = strstr(c->buffer, "\r\n\r\n");
    }
    size_t head_size = (size_t)(end + 4 - c->buffer);
    end[2] = '\0';
    const char *length = header(c->buffer, "Content-Length");
    const char *etag = header(c->buffer, "ETag");
    answer.status = (int)strtol(c->buffer + 9, NULL, 10);
    answer.n = length == NULL ? 0 : strtoul(length, NULL, 10);
    if (etag != NULL) {
        snprintf(answer.etag, sizeof(answer.etag), "%.*s", (int)strcspn(etag, "\r"), etag);
    }
    fill(c, &have, head_size + answer.n);
    answer.body = (const unsigned char *)c->buffer + head_size;
    return answer;
}
