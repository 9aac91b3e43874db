#include "server/app/mailbox.h"

#include <event2/event.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "server/base/asker.h"
#include "server/base/bug.h"

struct letter {
    struct letter *next;
    void (*call)(void *arg);
    void *arg;
    struct asker turn; /* whoever posted it */
};

struct mailbox {
    pthread_mutex_t lock; /* guards first and last */
    struct letter *first, **last;
    struct event *wake;
    int fd;
};

static void run_all(struct mailbox *m)
{
    pthread_mutex_lock(&m->lock);
    struct letter *first = m->first;
    m->first = NULL;
    m->last = &m->first;
    pthread_mutex_unlock(&m->lock);
    struct asker before = *asker_now();
    while (first != NULL) {
        struct letter *next = first->next;
        (void)asker_swap(&first->turn);
        first->call(first->arg);
        free(first);
        first = next;
    }
    (void)asker_swap(&before);
}

static void on_wake(evutil_socket_t fd, short events, void *arg)
{
    uint64_t count;
    (void)events;
    if (read(fd, &count, sizeof(count)) == (ssize_t)sizeof(count)) {
        run_all(arg);
    }
}

enum status mailbox_create(struct event_base *base, struct mailbox **out, struct err *e)
{
    struct mailbox *m = calloc(1, sizeof(*m));
    if (m == NULL) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for a mailbox");
    }
    m->last = &m->first;
    pthread_mutex_init(&m->lock, NULL);
    m->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    m->wake = m->fd < 0 ? NULL : event_new(base, m->fd, EV_READ | EV_PERSIST, on_wake, m);
    if (m->wake == NULL || event_add(m->wake, NULL) != 0) {
        mailbox_destroy(m);
        return err_set(e, STATUS_IO, "cannot make a mailbox");
    }
    *out = m;
    return STATUS_OK;
}

void mailbox_destroy(struct mailbox *m)
{
    if (m == NULL) {
        return;
    }
    run_all(m);
    if (m->wake != NULL) {
        event_free(m->wake);
    }
    if (m->fd >= 0) {
        close(m->fd);
    }
    pthread_mutex_destroy(&m->lock);
    free(m);
}

void mailbox_post(struct mailbox *m, void (*call)(void *arg), void *arg)
{
    struct letter *letter = malloc(sizeof(*letter));
    uint64_t one = 1;
    BUG_IF(letter == NULL); /* a few bytes; dropping the call would hang whoever waits for it */
    *letter = (struct letter){NULL, call, arg, *asker_now()};
    pthread_mutex_lock(&m->lock);
    *m->last = letter;
    m->last = &letter->next;
    pthread_mutex_unlock(&m->lock);
    /* A full counter means that a wake-up is pending already. */
    ssize_t ignored = write(m->fd, &one, sizeof(one));
    (void)ignored;
}
