#include "server/base/csv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define RECORD_MAX   ((size_t)1 << 20)
#define BLOCK_BYTES  ((size_t)128 * 1024)
#define END_OF_INPUT (-1)

/* Bits of stops[]: which bytes end a stretch of plain text outside and inside quotes. */
#define STOPS_PLAIN  1U
#define STOPS_QUOTED 2U

struct csv {
    gzFile gz;
    int64_t size; /* bytes of the file as it lies on disk; 0 if unknown */
    bool ended;   /* nothing more will come: the end, or a failure that was told */

    unsigned char *block; /* BLOCK_BYTES of input */
    size_t at;            /* next byte of block */
    size_t filled;

    struct strbuf text; /* fields of the current record, each followed by a NUL */
    size_t *starts;     /* where each field begins in text */
    size_t starts_cap;
    size_t fields;
    size_t line; /* line of the next byte, from 1 */
    size_t record_line;

    struct strbuf names; /* the first record, kept in the same way */
    size_t *name_starts;
    size_t columns;

    /* What is wrong with the current record. */
    bool quoted;   /* it has a quoted field, so it is not an empty line */
    bool stray;    /* text after a closing quote */
    bool unclosed; /* input ended inside quotes */
};

/* --- input ------------------------------------------------------------------------------------ */

/* The next byte without taking it, or END_OF_INPUT. */
static int peek(struct csv *c)
{
    if (c->at == c->filled) {
        int n = gzread(c->gz, c->block, BLOCK_BYTES);
        c->at = 0;
        c->filled = n > 0 ? (size_t)n : 0;
        if (n <= 0) {
            return END_OF_INPUT; /* or a failure, which check_input tells */
        }
    }
    return c->block[c->at];
}

/* Appends the bytes up to the next one that stops, and stays in front of that. */
static void take_stretch(struct csv *c, unsigned stop)
{
    static const unsigned char stops[256] = {
        [','] = STOPS_PLAIN,
        ['\r'] = STOPS_PLAIN,
        ['\n'] = STOPS_PLAIN | STOPS_QUOTED,
        ['"'] = STOPS_QUOTED,
    };
    while (peek(c) != END_OF_INPUT && !c->text.failed) {
        size_t from = c->at;
        size_t to = from;
        while (to < c->filled && !(stops[c->block[to]] & stop)) {
            to++;
        }
        strbuf_append(&c->text, c->block + from, to - from);
        c->at = to;
        if (to < c->filled) {
            return;
        }
    }
}

/* Tells a failure of the file or of its compression from the mere end of input. */
static enum status check_input(struct csv *c, struct err *e)
{
    int code = Z_OK;
    const char *text = gzerror(c->gz, &code);
    if (code == Z_OK || code == Z_STREAM_END) {
        return STATUS_OK;
    }
    if (code == Z_ERRNO) {
        return err_set(e, STATUS_IO, "line %zu: cannot read: %s", c->line, text);
    }
    if (code == Z_MEM_ERROR) {
        return err_set(e, STATUS_NO_MEMORY, "line %zu: out of memory", c->line);
    }
    return err_set(e, STATUS_INVALID, "line %zu: the compressed data is broken or cut off",
                   c->line);
}

/* --- records ---------------------------------------------------------------------------------- */

/* What is between the quotes; the opening one has been taken. */
static void read_quoted(struct csv *c)
{
    c->quoted = true;
    for (;;) {
        take_stretch(c, STOPS_QUOTED);
        int next = peek(c);
        if (next == END_OF_INPUT || c->text.failed) {
            c->unclosed = true;
            return;
        }
        c->at++;
        if (next == '\n') {
            c->line++;
        } else if (peek(c) != '"') {
            return;
        } else {
            c->at++;
        }
        strbuf_append_char(&c->text, (char)next);
    }
}

/* Up to the comma, the line feed or the end. A carriage return counts as text unless it stands
 * before one of the latter two. */
static void read_plain(struct csv *c)
{
    for (;;) {
        take_stretch(c, STOPS_PLAIN);
        if (c->text.failed || peek(c) != '\r') {
            return;
        }
        c->at++;
        int next = peek(c);
        if (next == '\n' || next == END_OF_INPUT) {
            return;
        }
        strbuf_append_char(&c->text, '\r');
    }
}

/* Reads one field; true if another one follows on the record. */
static bool read_field(struct csv *c)
{
    if (peek(c) == '"') {
        c->at++;
        read_quoted(c);
        size_t before = c->text.n;
        read_plain(c);
        c->stray = c->stray || c->text.n != before;
    } else {
        read_plain(c);
    }
    strbuf_append_char(&c->text, '\0');
    int next = peek(c);
    if (c->text.failed || next == END_OF_INPUT) {
        return false;
    }
    c->at++;
    c->line += next == '\n';
    return next == ',';
}

/* Reads a record as it is into text and starts, without judging it. */
static enum status read_record(struct csv *c, struct err *e)
{
    strbuf_reset(&c->text);
    c->fields = 0;
    c->quoted = c->stray = c->unclosed = false;
    c->record_line = c->line;
    bool more = true;
    while (more) {
        size_t *starts = array_grow(c->starts, &c->starts_cap, c->fields + 1, sizeof *starts);
        if (!starts) {
            return err_set(e, STATUS_NO_MEMORY, "line %zu: out of memory", c->record_line);
        }
        c->starts = starts;
        c->starts[c->fields++] = c->text.n;
        more = read_field(c);
    }
    enum status status = check_input(c, e);
    if (status != STATUS_OK) {
        return status;
    }
    if (c->text.failed) {
        return err_set(e, STATUS_INVALID, "line %zu: the record is over %zu bytes%s",
                       c->record_line, RECORD_MAX, c->unclosed ? " (a quote left open?)" : "");
    }
    if (c->unclosed) {
        return err_set(e, STATUS_INVALID, "line %zu: a quote is never closed", c->record_line);
    }
    return STATUS_OK;
}

static bool is_empty_line(const struct csv *c)
{
    return c->fields == 1 && c->text.n == 1 && !c->quoted;
}

/* The next record that is not an empty line. After a failure nothing more is read. */
static enum status read_filled_record(struct csv *c, bool *more, struct err *e)
{
    while (!c->ended && peek(c) != END_OF_INPUT) {
        enum status status = read_record(c, e);
        if (status != STATUS_OK) {
            c->ended = true;
            return status;
        }
        if (!is_empty_line(c)) {
            *more = true;
            return STATUS_OK;
        }
    }
    *more = false;
    c->fields = 0;
    if (c->ended) {
        return STATUS_OK;
    }
    c->ended = true;
    return check_input(c, e);
}

enum status csv_next(struct csv *c, bool *more, struct err *e)
{
    bool found = false;
    enum status status = read_filled_record(c, &found, e);
    if (status != STATUS_OK) {
        c->fields = 0;
        return status;
    }
    if (found && c->stray) {
        c->fields = 0;
        return err_set(e, STATUS_INVALID, "line %zu: text after a closing quote", c->record_line);
    }
    if (found && c->fields != c->columns) {
        size_t fields = c->fields;
        c->fields = 0;
        return err_set(e, STATUS_INVALID, "line %zu: %zu fields where the header has %zu",
                       c->record_line, fields, c->columns);
    }
    *more = found;
    return STATUS_OK;
}

/* --- opening and closing ---------------------------------------------------------------------- */

/* Opens the descriptor that gz is made of; fills size. */
static enum status open_input(const char *path, int *out, int64_t *size, struct err *e)
{
    bool standard = strcmp(path, "-") == 0;
    int fd = standard ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        enum status status = errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO;
        return err_set(e, status, "cannot open: %s", strerrordesc_np(errno));
    }
    struct stat about;
    if (fstat(fd, &about) != 0 || S_ISDIR(about.st_mode)) {
        (void)close(fd);
        return err_set(e, STATUS_IO, "not a file");
    }
    *size = S_ISREG(about.st_mode) ? about.st_size : 0;
    *out = fd;
    return STATUS_OK;
}

static struct csv *csv_create(int fd)
{
    struct csv *c = calloc(1, sizeof *c);
    if (!c) {
        return NULL;
    }
    strbuf_init(&c->text, RECORD_MAX);
    strbuf_init(&c->names, RECORD_MAX);
    c->line = 1;
    c->block = malloc(BLOCK_BYTES);
    c->gz = c->block ? gzdopen(fd, "rb") : NULL;
    if (!c->gz) {
        csv_close(c);
        return NULL;
    }
    (void)gzbuffer(c->gz, BLOCK_BYTES);
    return c;
}

static void skip_byte_order_mark(struct csv *c)
{
    if (peek(c) == 0xEF && c->filled - c->at >= 3 && memcmp(c->block, "\xEF\xBB\xBF", 3) == 0) {
        c->at += 3;
    }
}

/* Reads the first record and keeps it as the columns' names. */
static enum status read_header(struct csv *c, struct err *e)
{
    bool found = false;
    skip_byte_order_mark(c);
    enum status status = read_filled_record(c, &found, e);
    if (status != STATUS_OK) {
        return status;
    }
    if (!found || c->stray) {
        return err_set(e, STATUS_INVALID, "no header record");
    }
    struct strbuf names = c->names;
    c->names = c->text;
    c->text = names;
    c->name_starts = c->starts;
    c->columns = c->fields;
    c->starts = NULL;
    c->starts_cap = 0;
    c->fields = 0;
    return STATUS_OK;
}

enum status csv_open(const char *path, struct csv **out, struct err *e)
{
    int fd = -1;
    int64_t size = 0;
    enum status status = open_input(path, &fd, &size, e);
    if (status != STATUS_OK) {
        (void)err_wrap(e, "%s", path);
        return status;
    }
    struct csv *c = csv_create(fd);
    if (!c) {
        (void)close(fd);
        return err_set(e, STATUS_NO_MEMORY, "%s: out of memory", path);
    }
    c->size = size;
    status = read_header(c, e);
    if (status != STATUS_OK) {
        (void)err_wrap(e, "%s", path);
        csv_close(c);
        return status;
    }
    *out = c;
    return STATUS_OK;
}

void csv_close(struct csv *c)
{
    if (!c) {
        return;
    }
    if (c->gz) {
        (void)gzclose_r(c->gz); /* read only: nothing can be lost */
    }
    strbuf_free(&c->text);
    strbuf_free(&c->names);
    free(c->starts);
    free(c->name_starts);
    free(c->block);
    free(c);
}

/* --- looking ---------------------------------------------------------------------------------- */

/* Piece i of a record kept as text and starts: up to the NUL before the next one's start. */
static struct str piece(const struct strbuf *text, const size_t *starts, size_t count, size_t i)
{
    size_t end = i + 1 < count ? starts[i + 1] : text->n;
    return (struct str){text->p + starts[i], end - starts[i] - 1};
}

size_t csv_columns(const struct csv *c)
{
    return c->columns;
}

struct str csv_column_name(const struct csv *c, size_t column)
{
    if (column >= c->columns) {
        return (struct str){"", 0};
    }
    return piece(&c->names, c->name_starts, c->columns, column);
}

int csv_column(const struct csv *c, const char *name)
{
    for (size_t i = 0; i < c->columns; i++) {
        if (str_equal_z(csv_column_name(c, i), name)) {
            return (int)i;
        }
    }
    return -1;
}

struct str csv_field(const struct csv *c, int column)
{
    if (column < 0 || (size_t)column >= c->fields) {
        return (struct str){"", 0};
    }
    return piece(&c->text, c->starts, c->fields, (size_t)column);
}

size_t csv_line(const struct csv *c)
{
    return c->record_line;
}

double csv_progress(const struct csv *c)
{
    if (c->size <= 0) {
        return 0;
    }
    double share = (double)gzoffset(c->gz) / (double)c->size;
    return share < 0 ? 0 : share > 1 ? 1 : share;
}
