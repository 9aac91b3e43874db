/* A multipart body on its way from the connection to the store of files, piece by piece. It has one
 * buffer; while its piece is written by a disk thread, no more is read, so a client is as fast as
 * the disk. For every endpoint that takes files. */
#ifndef API_UPLOAD_BODY_H
#define API_UPLOAD_BODY_H

#include "server/api/api.h"
#include "server/app/files.h"
#include "server/files/file_upload.h"
#include "server/files/multipart.h"

/* Inside what its owner allocates in the request's arena. */
struct upload_body {
    struct http_request *r; /* held from begin to end */
    struct files *files;
    struct file_upload *u;
    char boundary[MULTIPART_BOUNDARY_MAX + 1];
    /* Called once, on the worker's loop, with the request not yet answered: everything is in the
     * store (file_upload_state: UPLOAD_DONE), or the state says what was wrong. Then end. Where
     * somebody else gave the answer (its deadline passed, the client went), it has ended already
     * and nobody is called. */
    void (*finished)(struct upload_body *b);
    char *piece; /* its own affair from here on */
    size_t got;
    bool ended;
};

/* What can be told from the head alone; false with the problem answered. Sets the boundary. */
bool upload_body_fits(struct upload_body *b);
/* Takes one of the uploads that may be under way at once, and holds the request; false with 503
 * answered. */
bool upload_body_begin(struct upload_body *b);
/* Reads it all into the upload, which belongs to it from now on; NULL: no memory. */
void upload_body_read(struct upload_body *b, struct file_upload *u);
/* Once the request has its answer, or somebody else will give it. */
void upload_body_end(struct upload_body *b);

/* What is wrong with a file, in words. */
struct upload_fault {
    int status;
    const char *code, *vi, *en;
};
const struct upload_fault *upload_fault_of(enum file_fault fault);

/* The rows as hotline.attachments_create takes them, and their ids as PostgreSQL reads an array. */
void upload_rows(const struct file_upload *u, struct strbuf *rows, struct strbuf *ids);

#endif
