/* The project's one currency for failure.
 *
 * A function that can fail returns enum status, is marked MUST_CHECK, takes a struct err * as its
 * last argument, and leaves its other outputs untouched on failure. The text is for the log and for
 * people at a terminal (English, one line, no trailing stop); what an HTTP client reads is made
 * from the status elsewhere. A NULL err * is allowed and drops the text.
 *
 * Bugs of our own are not errors: see bug.h. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#define MUST_CHECK __attribute__((warn_unused_result))

enum status {
    STATUS_OK = 0,
    STATUS_INVALID,     /* the input is wrong; repeating it is useless */
    STATUS_NOT_FOUND,   /* what was named does not exist */
    STATUS_CONFLICT,    /* it contradicts what is stored */
    STATUS_BUSY,        /* a bounded queue is full; try again later */
    STATUS_TIMEOUT,     /* a deadline passed; the outcome may be unknown */
    STATUS_UNAVAILABLE, /* something we depend on is down */
    STATUS_NO_MEMORY,   /* an allocation sized by input failed */
    STATUS_IO,          /* a file or socket failed */
    STATUS_INTERNAL,    /* a dependency answered in a way we don't understand */
};

struct err {
    enum status status;
    char text[512];
};

/* Fills *e (unless NULL) and gives `status` back, so that a failing path is one line:
 * return err_set(e, STATUS_INVALID, "line %zu: no such category", line);
 * A macro over err_fill because static analysis looks into one source file at a time: this way it
 * sees that the status of a failure is not STATUS_OK. */
#define err_set(e, why, ...)                                                                       \
    __extension__({                                                                                \
        const enum status err_set_status = (why);                                                  \
        err_fill((e), err_set_status, __VA_ARGS__);                                                \
        err_set_status;                                                                            \
    })
void err_fill(struct err *e, enum status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "context: " before the text that is already there and returns its status. */
enum status err_wrap(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "invalid", "busy", ...: for logs and metrics. */
const char *status_name(enum status status);

#endif
