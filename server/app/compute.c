#include "server/app/compute.h"

#include <pthread.h>
#include <stdlib.h>

#include "server/base/asker.h"

/* A job, and whom it runs for. */
struct queued {
    struct compute_job job;
    struct asker turn;
};

struct compute {
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t more;
    struct queued *ring;
    size_t cap, first, n;
    bool stopping;
    int n_threads;
    pthread_t threads[16];
};

static void *compute_main(void *arg)
{
    struct compute *c = arg;
    pthread_mutex_lock(&c->lock);
    for (;;) {
        while (c->n == 0 && !c->stopping) {
            pthread_cond_wait(&c->more, &c->lock);
        }
        if (c->n == 0) {
            break;
        }
        struct queued q = c->ring[c->first];
        c->first = (c->first + 1) % c->cap;
        c->n--;
        pthread_mutex_unlock(&c->lock);
        (void)asker_swap(&q.turn);
        q.job.work(q.job.arg);
        mailbox_post(q.job.reply_to, q.job.done, q.job.arg);
        (void)asker_swap(NULL);
        pthread_mutex_lock(&c->lock);
    }
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

enum status compute_create(int threads, size_t queue_max, struct compute **out, struct err *e)
{
    struct compute *c = calloc(1, sizeof(*c));
    if (c == NULL || (c->ring = calloc(queue_max, sizeof(*c->ring))) == NULL) {
        free(c);
        return err_set(e, STATUS_NO_MEMORY, "no memory for compute threads");
    }
    c->cap = queue_max;
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->more, NULL);
    while (c->n_threads < threads && c->n_threads < 16) {
        if (pthread_create(&c->threads[c->n_threads], NULL, compute_main, c) != 0) {
            compute_destroy(c);
            return err_set(e, STATUS_NO_MEMORY, "cannot start a compute thread");
        }
        c->n_threads++;
    }
    *out = c;
    return STATUS_OK;
}

void compute_destroy(struct compute *c)
{
    if (c == NULL) {
        return;
    }
    pthread_mutex_lock(&c->lock);
    c->stopping = true;
    pthread_cond_broadcast(&c->more);
    pthread_mutex_unlock(&c->lock);
    for (int i = 0; i < c->n_threads; i++) {
        pthread_join(c->threads[i], NULL);
    }
    pthread_cond_destroy(&c->more);
    pthread_mutex_destroy(&c->lock);
    free(c->ring);
    free(c);
}

enum status compute_submit(struct compute *c, const struct compute_job *job, struct err *e)
{
    enum status status = STATUS_OK;
    pthread_mutex_lock(&c->lock);
    if (c->n == c->cap || c->stopping) {
        status = err_set(e, STATUS_BUSY, "the compute queue is full");
    } else {
        c->ring[(c->first + c->n) % c->cap] = (struct queued){*job, *asker_now()};
        c->n++;
        pthread_cond_signal(&c->more);
    }
    pthread_mutex_unlock(&c->lock);
    return status;
}

bool compute_full(struct compute *c)
{
    pthread_mutex_lock(&c->lock);
    bool full = c->n == c->cap || c->stopping;
    pthread_mutex_unlock(&c->lock);
    return full;
}
