/* A CSV file of any bytes: reading ends, every field lies inside the record. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "server/base/bug.h"
#include "server/base/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    struct csv *csv = NULL;
    struct err e;
    int fd = memfd_create("csv", 0);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size) {
        abort();
    }
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    if (csv_open(path, &csv, &e) == STATUS_OK) {
        bool more = true;
        size_t left = size + 2; /* a record takes a byte at least */
        while (more) {
            BUG_IF(left-- == 0);
            size_t bytes = 0;
            if (csv_next(csv, &more, &e) != STATUS_OK) {
                continue;
            }
            for (size_t i = 0; more && i < csv_columns(csv); i++) {
                bytes += csv_field(csv, (int)i).n;
            }
            BUG_IF(bytes > ((size_t)1 << 20));
        }
    }
    csv_close(csv);
    close(fd);
    return 0;
}
