/* Following the structure of files, for file_kind.c: each format's chunks tile the file from its
 * first byte to its last, or it is cut short. Reads little and keeps nothing. */
#ifndef FILES_FILE_SCAN_H
#define FILES_FILE_SCAN_H

#include "server/files/file_kind.h"

struct file_scan {
    int fd;
    uint64_t size;
    bool failed; /* the disk did */
};

enum file_fault file_scan_jpeg(struct file_scan *s);
enum file_fault file_scan_png(struct file_scan *s);
enum file_fault file_scan_webp(struct file_scan *s);
enum file_fault file_scan_boxes(struct file_scan *s); /* ISO base media: MP4, MOV, HEIC */
enum file_fault file_scan_ebml(struct file_scan *s);  /* WebM */
enum file_fault file_scan_ogg(struct file_scan *s);
enum file_fault file_scan_pdf(struct file_scan *s);
/* Web pages, programs and archives anywhere in it. */
enum file_fault file_scan_hidden(struct file_scan *s, bool document);

/* An Exif block, as it stands in a file after "Exif\0\0": true if it goes in circles, or holds more
 * than any camera writes. */
bool file_scan_exif_bomb(const unsigned char *tiff, size_t n);

#endif
