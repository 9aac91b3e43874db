/* bench_bare BYTES THREADS   the peer of cached tiles: evhttp that answers the same bytes to every
 * request and does nothing else. One event loop and one listener a thread, as in the service.
 * Prints its port, and ends when standard input does. */
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char *answer;
static size_t answer_size;
static struct sockaddr_in address = {.sin_family = AF_INET};

static void on_request(struct evhttp_request *r, void *arg)
{
    struct evbuffer *body = evbuffer_new();
    (void)arg;
    evbuffer_add(body, answer, answer_size);
    evhttp_add_header(evhttp_request_get_output_headers(r), "Content-Type",
                      "application/vnd.mapbox-vector-tile");
    evhttp_send_reply(r, 200, "OK", body);
    evbuffer_free(body);
}

static struct event_base *listening(void)
{
    int on = 1;
    struct event_base *base = event_base_new();
    struct evhttp *http = evhttp_new(base);
    struct evconnlistener *listener = evconnlistener_new_bind(
        base, NULL, NULL, LEV_OPT_REUSEABLE | LEV_OPT_REUSEABLE_PORT | LEV_OPT_CLOSE_ON_FREE, 512,
        (struct sockaddr *)&address, sizeof(address));
    if (listener == NULL || http == NULL) {
        perror("bench_bare");
        exit(1);
    }
    int fd = evconnlistener_get_fd(listener);
    socklen_t size = sizeof(address);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    (void)getsockname(fd, (struct sockaddr *)&address, &size); /* the others take the same port */
    evhttp_set_gencb(http, on_request, NULL);
    evhttp_bind_listener(http, listener);
    return base;
}

static void *serve(void *base)
{
    event_base_dispatch(base);
    return NULL;
}

int main(int argc, char **argv)
{
    int threads = argc == 3 ? (int)strtol(argv[2], NULL, 10) : 0;
    char byte;
    if (threads < 1 || threads > 64) {
        fprintf(stderr, "usage: bench_bare BYTES THREADS\n");
        return 2;
    }
    answer_size = strtoul(argv[1], NULL, 10);
    answer = malloc(answer_size + 1);
    if (answer == NULL) {
        return 1;
    }
    memset(answer, 'x', answer_size);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int i = 0; i < threads; i++) {
        pthread_t thread;
        struct event_base *base = listening();
        if (pthread_create(&thread, NULL, serve, base) != 0) {
            return 1;
        }
    }
    printf("%d\n", ntohs(address.sin_port));
    (void)fflush(stdout);
    while (read(STDIN_FILENO, &byte, 1) > 0) {
    }
    _exit(0); /* the loops have no end of their own */
}
