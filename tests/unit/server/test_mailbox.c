#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <event2/event.h>

#include "server/app/mailbox.h"

#define SENDERS 4
#define CALLS   5000

/* Only the loop's thread touches the counts. */
struct box {
    struct event_base *base;
    struct mailbox *mailbox;
    pthread_t thread;
    int last[SENDERS]; /* number of the sender's last call */
    int out_of_order, on_wrong_thread, total;
};

struct letter {
    struct box *box;
    int sender, number;
};

static void receive(void *arg)
{
    struct letter *l = arg;
    struct box *b = l->box;
    b->on_wrong_thread += !pthread_equal(pthread_self(), b->thread);
    b->out_of_order += l->number != b->last[l->sender] + 1;
    b->last[l->sender] = l->number;
    if (++b->total == SENDERS * CALLS) {
        event_base_loopbreak(b->base);
    }
}

struct sender {
    struct box *box;
    int number;
    struct letter letters[CALLS];
};

static struct sender senders[SENDERS];

static void *send_all(void *arg)
{
    struct sender *s = arg;
    for (int i = 0; i < CALLS; i++) {
        s->letters[i] = (struct letter){s->box, s->number, i + 1};
        mailbox_post(s->box->mailbox, receive, &s->letters[i]);
    }
    return NULL;
}

static void open_box(struct box *b)
{
    struct err e;
    *b = (struct box){.base = event_base_new(), .thread = pthread_self()};
    assert_non_null(b->base);
    assert_int_equal(mailbox_create(b->base, &b->mailbox, &e), STATUS_OK);
}

static void close_box(struct box *b)
{
    mailbox_destroy(b->mailbox);
    event_base_free(b->base);
}

static void every_call_runs_once_in_order_on_the_loops_thread(void **state)
{
    (void)state;
    struct box b;
    pthread_t threads[SENDERS];
    open_box(&b);
    for (int i = 0; i < SENDERS; i++) {
        senders[i].box = &b;
        senders[i].number = i;
        assert_int_equal(pthread_create(&threads[i], NULL, send_all, &senders[i]), 0);
    }
    event_base_dispatch(b.base);
    for (int i = 0; i < SENDERS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(b.last[i], CALLS);
    }
    assert_int_equal(b.total, SENDERS * CALLS);
    assert_int_equal(b.out_of_order, 0);
    assert_int_equal(b.on_wrong_thread, 0);
    close_box(&b);
}

static void what_still_waits_runs_at_the_end(void **state)
{
    (void)state;
    struct box b;
    struct letter letters[3];
    open_box(&b);
    for (int i = 0; i < 3; i++) {
        letters[i] = (struct letter){&b, 0, i + 1};
        mailbox_post(b.mailbox, receive, &letters[i]);
    }
    mailbox_destroy(b.mailbox);
    assert_int_equal(b.total, 3);
    assert_int_equal(b.out_of_order, 0);
    event_base_free(b.base);
}

/* A call may post another one, which comes in its turn. */
static void again(void *arg)
{
    struct letter *l = arg;
    if (++l->number < 10) {
        mailbox_post(l->box->mailbox, again, l);
    } else {
        event_base_loopbreak(l->box->base);
    }
}

static void a_call_may_post(void **state)
{
    (void)state;
    struct box b;
    open_box(&b);
    struct letter l = {&b, 0, 0};
    mailbox_post(b.mailbox, again, &l);
    event_base_dispatch(b.base);
    assert_int_equal(l.number, 10);
    close_box(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_call_runs_once_in_order_on_the_loops_thread),
        cmocka_unit_test(what_still_waits_runs_at_the_end),
        cmocka_unit_test(a_call_may_post),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    libevent_global_shutdown();
    return failed;
}
