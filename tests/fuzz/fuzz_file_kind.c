/* A file of any bytes: its type is found and its structure followed to an end, whatever it claims.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "server/base/bug.h"
#include "server/files/file_kind.h"
#include "server/files/file_picture.h"
#include "server/files/file_scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What a process that was taken over may tell. */
static void read_facts(const uint8_t *data, size_t size)
{
    struct file_picture p;
    char *text = malloc(size + 1);
    if (text == NULL) {
        abort();
    }
    memcpy(text, data, size);
    text[size] = '\0';
    file_picture_read(text, &p);
    BUG_IF(p.has_place && !(p.lon >= -180 && p.lon <= 180 && p.lat >= -90 && p.lat <= 90));
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd = memfd_create("file", 0);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size) {
        abort();
    }
    size_t head = size < FILE_KIND_HEAD ? size : FILE_KIND_HEAD;
    const struct file_type *type = file_kind_find(data, head);
    if (type != NULL) {
        BUG_IF(file_kind_check(fd, size, type) == FILE_UNREADABLE);
    }
    (void)file_scan_exif_bomb(data, size);
    read_facts(data, size);
    close(fd);
    return 0;
}
