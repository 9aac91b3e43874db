#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <event2/event.h>

#include "server/app/compute.h"

#define ROOM 3

/* Jobs that wait until the gate opens; one thread works. */
struct bench {
    struct event_base *base;
    struct mailbox *mailbox;
    struct compute *compute;
    pthread_mutex_t gate;
    pthread_cond_t changed;
    bool open;
    int begun, done;
};

static void work(void *arg)
{
    struct bench *b = arg;
    pthread_mutex_lock(&b->gate);
    b->begun++;
    pthread_cond_broadcast(&b->changed);
    while (!b->open) {
        pthread_cond_wait(&b->changed, &b->gate);
    }
    pthread_mutex_unlock(&b->gate);
}

static void done(void *arg)
{
    struct bench *b = arg;
    if (++b->done == ROOM + 1) {
        event_base_loopbreak(b->base);
    }
}

static enum status submit(struct bench *b)
{
    const struct compute_job job = {work, done, b, b->mailbox};
    struct err e;
    return compute_submit(b->compute, &job, &e);
}

static void a_full_queue_says_so_and_what_it_took_is_done_once(void **state)
{
    (void)state;
    struct bench b = {.base = event_base_new()};
    struct err e;
    pthread_mutex_init(&b.gate, NULL);
    pthread_cond_init(&b.changed, NULL);
    assert_int_equal(mailbox_create(b.base, &b.mailbox, &e), STATUS_OK);
    assert_int_equal(compute_create(1, ROOM, &b.compute, &e), STATUS_OK);
    assert_false(compute_full(b.compute));
    assert_int_equal(submit(&b), STATUS_OK);
    pthread_mutex_lock(&b.gate);
    while (b.begun == 0) { /* it is no longer in the queue */
        pthread_cond_wait(&b.changed, &b.gate);
    }
    pthread_mutex_unlock(&b.gate);
    for (int i = 0; i < ROOM; i++) {
        assert_false(compute_full(b.compute));
        assert_int_equal(submit(&b), STATUS_OK);
    }
    assert_true(compute_full(b.compute));
    assert_int_equal(submit(&b), STATUS_BUSY);
    pthread_mutex_lock(&b.gate);
    b.open = true;
    pthread_cond_broadcast(&b.changed);
    pthread_mutex_unlock(&b.gate);
    event_base_dispatch(b.base);
    assert_int_equal(b.done, ROOM + 1);
    assert_int_equal(b.begun, ROOM + 1);
    assert_false(compute_full(b.compute));
    compute_destroy(b.compute);
    mailbox_destroy(b.mailbox);
    event_base_free(b.base);
    pthread_cond_destroy(&b.changed);
    pthread_mutex_destroy(&b.gate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_queue_says_so_and_what_it_took_is_done_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
