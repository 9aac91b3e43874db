#include "server/notify/notify_send.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/base/clock.h"
#include "server/base/crash_point.h"
#include "server/notify/notify_hook.h"

#define CONNECT_MS  5000L
#define PER_HOST    4L
#define CONNECTIONS 64L
#define POLL_MS     1000
#define ANSWER_MAX  ((size_t)64 << 10) /* of a receiver; more is not read */

struct notify_send {
    const struct notify_config *config;
    CURLM *multi;
    pthread_t thread;
    int done_fd;
    bool runs, stopping;  /* stopping: __atomic */
    uint64_t give_up_ns;  /* __atomic, with stopping */
    pthread_mutex_t lock; /* guards the lists */
    struct notify_job *incoming, **incoming_end;
    struct notify_job *done, **done_end;
    struct notify_job *running; /* the thread's own */
};

void notify_job_free(struct notify_job *job)
{
    if (job == NULL) {
        return;
    }
    for (size_t i = 0; i < NOTIFY_HEADERS_MAX; i++) {
        free(job->headers[i]);
    }
    strbuf_free(&job->body);
    free(job->url);
    free(job->to);
    free(job);
}

/* ---- one transfer ---- */

static size_t give(char *to, size_t size, size_t n, void *arg)
{
    struct notify_job *job = arg;
    size_t left = job->body.n - job->sent;
    size_t take = left < size * n ? left : size * n;
    memcpy(to, job->body.p + job->sent, take);
    job->sent += take;
    return take;
}

/* A connection that was kept may have been closed: the body is asked for once more. */
static int rewind_body(void *arg, curl_off_t offset, int origin)
{
    struct notify_job *job = arg;
    if (origin != SEEK_SET || offset < 0 || (size_t)offset > job->body.n) {
        return CURL_SEEKFUNC_CANTSEEK;
    }
    job->sent = (size_t)offset;
    return CURL_SEEKFUNC_OK;
}

/* What a receiver says is of no interest, and too much of it ends the transfer. */
/* NOLINTNEXTLINE(readability-non-const-parameter): the type is libcurl's */
static size_t drop(char *from, size_t size, size_t n, void *arg)
{
    struct notify_job *job = arg;
    (void)from;
    job->sent += size * n;
    return job->sent > ANSWER_MAX ? 0 : size * n;
}

/* Here the address is known that a name stands for now: none that was looked up before can differ
 * from it. */
static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct notify_job *job = arg;
    (void)purpose;
    if (!job->private_allowed && !notify_hook_address_public(&address->addr)) {
        job->guarded = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static bool set_mail(CURL *c, struct notify_job *job, const struct notify_config *config)
{
    struct curl_slist *to = curl_slist_append(NULL, job->to);
    job->list[0] = to;
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(c, CURLOPT_MAIL_FROM, config->smtp_from);
    curl_easy_setopt(c, CURLOPT_MAIL_RCPT, to);
    curl_easy_setopt(c, CURLOPT_USE_SSL, config->smtp_plain ? CURLUSESSL_NONE : CURLUSESSL_ALL);
    if (config->smtp_ca != NULL) {
        curl_easy_setopt(c, CURLOPT_CAINFO, config->smtp_ca);
    }
    if (config->smtp_user != NULL) {
        curl_easy_setopt(c, CURLOPT_USERNAME, config->smtp_user);
        curl_easy_setopt(c, CURLOPT_PASSWORD,
                         config->smtp_password == NULL ? "" : config->smtp_password);
    }
    curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(c, CURLOPT_READFUNCTION, give);
    curl_easy_setopt(c, CURLOPT_READDATA, job);
    curl_easy_setopt(c, CURLOPT_SEEKFUNCTION, rewind_body);
    curl_easy_setopt(c, CURLOPT_SEEKDATA, job);
    curl_easy_setopt(c, CURLOPT_INFILESIZE_LARGE, (curl_off_t)job->body.n);
    return to != NULL;
}

static bool set_http(CURL *c, struct notify_job *job, const struct notify_config *config)
{
    struct curl_slist *headers = curl_slist_append(NULL, "Expect:");
    for (size_t i = 0; i < NOTIFY_HEADERS_MAX && job->headers[i] != NULL; i++) {
        struct curl_slist *longer = curl_slist_append(headers, job->headers[i]);
        headers = longer == NULL ? headers : longer;
    }
    job->list[1] = headers;
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(c, CURLOPT_USERAGENT, "hotline-1022");
    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, drop);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, job);
    if (job->medium == NOTIFY_WEBHOOK && config->webhook_ca != NULL) {
        curl_easy_setopt(c, CURLOPT_CAINFO, config->webhook_ca);
    }
    if (!job->get) {
        curl_easy_setopt(c, CURLOPT_POSTFIELDS, job->body.p);
        curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)job->body.n);
    }
    if (job->medium == NOTIFY_WEBHOOK) {
        curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, open_socket);
        curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, job);
    }
    return headers != NULL;
}

static bool begin(struct notify_send *s, struct notify_job *job)
{
    CURL *c = curl_easy_init();
    job->easy = c;
    if (c == NULL) {
        return false;
    }
    curl_easy_setopt(c, CURLOPT_PRIVATE, job);
    curl_easy_setopt(c, CURLOPT_URL, job->url);
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_PROXY, ""); /* a proxy would reach what we must not */
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS,
                     s->config->timeout_ms < CONNECT_MS ? s->config->timeout_ms : CONNECT_MS);
    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, s->config->timeout_ms);
    bool ready =
        job->medium == NOTIFY_EMAIL ? set_mail(c, job, s->config) : set_http(c, job, s->config);
    return ready && curl_multi_add_handle(s->multi, c) == CURLM_OK;
}

/* ---- what became of it ---- */

/* SMTP's replies that speak of this recipient or this message, for good. */
static bool mail_is_final(long code)
{
    static const long final[] = {501, 550, 551, 553, 554, 556};
    for (size_t i = 0; i < sizeof(final) / sizeof(final[0]); i++) {
        if (final[i] == code) {
            return true;
        }
    }
    return false;
}

static void judge_mail(struct notify_job *job, CURLcode result, long code)
{
    if (result == CURLE_OK) {
        job->outcome = NOTIFY_SENT;
        (void)snprintf(job->answer, sizeof(job->answer), "SMTP %ld", code);
        return;
    }
    bool refused = (result == CURLE_SEND_ERROR || result == CURLE_RECV_ERROR ||
                    result == CURLE_WEIRD_SERVER_REPLY) &&
                   code >= 400;
    job->outcome = refused && mail_is_final(code)  ? NOTIFY_REFUSED
                   : refused && job->sent > 0      ? NOTIFY_FAILED
                   : refused && code >= 450        ? NOTIFY_FAILED
                   : result == CURLE_OUT_OF_MEMORY ? NOTIFY_FAILED
                                                   : NOTIFY_DOWN;
    (void)snprintf(job->answer, sizeof(job->answer), refused ? "%s, SMTP %ld" : "%s",
                   curl_easy_strerror(result), code);
}

static void judge_http(struct notify_job *job, CURLcode result, long code)
{
    bool gateway = job->medium == NOTIFY_SMS;
    if (result != CURLE_OK) {
        job->outcome = gateway ? NOTIFY_DOWN : NOTIFY_FAILED;
        (void)snprintf(job->answer, sizeof(job->answer), "%s",
                       job->guarded ? "not an address of the public internet"
                                    : curl_easy_strerror(result));
        return;
    }
    (void)snprintf(job->answer, sizeof(job->answer), "HTTP %ld", code);
    if (code >= 200 && code < 300) {
        job->outcome = NOTIFY_SENT;
    } else if (gateway) {
        job->outcome = code == 400 || code == 404 || code == 422 ? NOTIFY_REFUSED : NOTIFY_DOWN;
    } else {
        job->outcome = code == 410 ? NOTIFY_REFUSED : NOTIFY_FAILED;
    }
}

static void drop_handle(struct notify_send *s, struct notify_job *job)
{
    if (job->easy != NULL) {
        curl_multi_remove_handle(s->multi, job->easy);
        curl_easy_cleanup(job->easy);
        job->easy = NULL;
    }
    for (size_t i = 0; i < 2; i++) {
        curl_slist_free_all(job->list[i]);
        job->list[i] = NULL;
    }
}

static void finish(struct notify_send *s, struct notify_job *job, CURLcode result)
{
    long code = 0;
    if (job->easy != NULL) {
        curl_easy_getinfo(job->easy, CURLINFO_RESPONSE_CODE, &code);
    }
    drop_handle(s, job);
    if (job->medium == NOTIFY_EMAIL) {
        judge_mail(job, result, code);
    } else {
        judge_http(job, result, code);
    }
    if (job->outcome == NOTIFY_SENT) {
        CRASH_POINT("notify.accepted");
    }
    uint64_t one = 1;
    job->next = NULL;
    pthread_mutex_lock(&s->lock);
    *s->done_end = job;
    s->done_end = &job->next;
    pthread_mutex_unlock(&s->lock);
    ssize_t ignored = write(s->done_fd, &one, sizeof(one));
    (void)ignored;
}

/* ---- the loop ---- */

static void take_in(struct notify_send *s)
{
    pthread_mutex_lock(&s->lock);
    struct notify_job *job = s->incoming;
    s->incoming = NULL;
    s->incoming_end = &s->incoming;
    pthread_mutex_unlock(&s->lock);
    while (job != NULL) {
        struct notify_job *next = job->next;
        if (begin(s, job)) {
            job->next = s->running;
            s->running = job;
            CRASH_POINT("notify.begun");
        } else {
            finish(s, job, CURLE_OUT_OF_MEMORY);
        }
        job = next;
    }
}

static void forget(struct notify_send *s, const struct notify_job *job)
{
    struct notify_job **at = &s->running;
    while (*at != job) {
        at = &(*at)->next;
    }
    *at = job->next;
}

static void take_out(struct notify_send *s)
{
    int left = 0;
    CURLMsg *m;
    while ((m = curl_multi_info_read(s->multi, &left)) != NULL) {
        if (m->msg == CURLMSG_DONE) {
            void *job = NULL;
            CURLcode result = m->data.result;
            curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &job);
            forget(s, job);
            finish(s, job, result);
        }
    }
}

static bool over(const struct notify_send *s)
{
    return __atomic_load_n(&s->stopping, __ATOMIC_ACQUIRE) &&
           (s->running == NULL ||
            clock_mono_ns() > __atomic_load_n(&s->give_up_ns, __ATOMIC_ACQUIRE));
}

static void *send_main(void *arg)
{
    struct notify_send *s = arg;
    int running = 0;
    take_in(s);
    while (!over(s)) {
        (void)curl_multi_perform(s->multi, &running);
        CRASH_POINT("notify.sending");
        take_out(s);
        (void)curl_multi_poll(s->multi, NULL, 0, POLL_MS, NULL);
        take_in(s);
    }
    while (s->running != NULL) { /* given up: whoever takes it next sends it under the same id */
        struct notify_job *job = s->running;
        s->running = job->next;
        drop_handle(s, job);
        notify_job_free(job);
    }
    return NULL;
}

enum status notify_send_start(const struct notify_config *config, int done_fd,
                              struct notify_send **out, struct err *e)
{
    struct notify_send *s = calloc(1, sizeof(*s));
    if (s == NULL || (s->multi = curl_multi_init()) == NULL) {
        free(s);
        return err_set(e, STATUS_NO_MEMORY, "no memory for sending");
    }
    s->config = config;
    s->done_fd = done_fd;
    s->incoming_end = &s->incoming;
    s->done_end = &s->done;
    pthread_mutex_init(&s->lock, NULL);
    curl_multi_setopt(s->multi, CURLMOPT_MAX_HOST_CONNECTIONS, PER_HOST);
    curl_multi_setopt(s->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, CONNECTIONS);
    s->runs = pthread_create(&s->thread, NULL, send_main, s) == 0;
    if (!s->runs) {
        notify_send_free(s);
        return err_set(e, STATUS_NO_MEMORY, "cannot start the sending thread");
    }
    *out = s;
    return STATUS_OK;
}

void notify_send_submit(struct notify_send *s, struct notify_job *job)
{
    job->next = NULL;
    pthread_mutex_lock(&s->lock);
    *s->incoming_end = job;
    s->incoming_end = &job->next;
    pthread_mutex_unlock(&s->lock);
    (void)curl_multi_wakeup(s->multi);
}

struct notify_job *notify_send_collect(struct notify_send *s)
{
    pthread_mutex_lock(&s->lock);
    struct notify_job *first = s->done;
    s->done = NULL;
    s->done_end = &s->done;
    pthread_mutex_unlock(&s->lock);
    return first;
}

void notify_send_stop(struct notify_send *s, unsigned wait_ms)
{
    if (!s->runs) {
        return;
    }
    __atomic_store_n(&s->give_up_ns, clock_mono_ns() + (uint64_t)wait_ms * 1000000,
                     __ATOMIC_RELEASE);
    __atomic_store_n(&s->stopping, true, __ATOMIC_RELEASE);
    (void)curl_multi_wakeup(s->multi);
    pthread_join(s->thread, NULL);
    s->runs = false;
}

void notify_send_free(struct notify_send *s)
{
    if (s == NULL) {
        return;
    }
    for (int pass = 0; pass < 2; pass++) {
        struct notify_job *job = pass == 0 ? s->incoming : s->done;
        while (job != NULL) {
            struct notify_job *next = job->next;
            notify_job_free(job);
            job = next;
        }
    }
    curl_multi_cleanup(s->multi);
    pthread_mutex_destroy(&s->lock);
    free(s);
}
