#include "server/files/file_kind.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "server/files/file_scan.h"

static const struct file_type types[] = {
    {"image/jpeg", FILE_IMAGE},         {"image/png", FILE_IMAGE},  {"image/webp", FILE_IMAGE},
    {"image/heic", FILE_IMAGE},         {"video/mp4", FILE_VIDEO},  {"video/quicktime", FILE_VIDEO},
    {"video/3gpp", FILE_VIDEO},         {"video/webm", FILE_VIDEO}, {"audio/mp4", FILE_AUDIO},
    {"audio/webm", FILE_AUDIO},         {"audio/ogg", FILE_AUDIO},  {"audio/mpeg", FILE_AUDIO},
    {"application/pdf", FILE_DOCUMENT},
};

static const struct file_type *named(const char *type)
{
    size_t i = 0;
    while (strcmp(types[i].type, type) != 0) {
        i++;
    }
    return &types[i];
}

static bool starts(const unsigned char *head, size_t n, const char *bytes, size_t length)
{
    return n >= length && memcmp(head, bytes, length) == 0;
}
#define STARTS(literal) starts(head, n, literal, sizeof(literal) - 1)

static bool has(const unsigned char *head, size_t n, const char *text)
{
    return memmem(head, n, text, strlen(text)) != NULL;
}

/* ISO base media: the brand tells. */
static const struct file_type *media_brand(const unsigned char *brand)
{
    static const struct {
        const char *brand, *type;
    } rows[] = {
        {"heic", "image/heic"}, {"heix", "image/heic"},      {"mif1", "image/heic"},
        {"msf1", "image/heic"}, {"M4A ", "audio/mp4"},       {"M4B ", "audio/mp4"},
        {"isom", "video/mp4"},  {"iso2", "video/mp4"},       {"iso3", "video/mp4"},
        {"iso4", "video/mp4"},  {"iso5", "video/mp4"},       {"iso6", "video/mp4"},
        {"mp41", "video/mp4"},  {"mp42", "video/mp4"},       {"avc1", "video/mp4"},
        {"dash", "video/mp4"},  {"M4V ", "video/mp4"},       {"MSNV", "video/mp4"},
        {"3gp4", "video/3gpp"}, {"3gp5", "video/3gpp"},      {"3gp6", "video/3gpp"},
        {"3gp7", "video/3gpp"}, {"qt  ", "video/quicktime"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (memcmp(brand, rows[i].brand, 4) == 0) {
            return named(rows[i].type);
        }
    }
    return NULL;
}

/* An MPEG-1 or -2 layer III frame's length in bytes; 0: no frame's head. */
static size_t mp3_frame(const unsigned char *p)
{
    static const unsigned short rates1[] = {0,   32,  40,  48,  56,  64,  80, 96,
                                            112, 128, 160, 192, 224, 256, 320};
    static const unsigned short rates2[] = {0,  8,  16, 24,  32,  40,  48, 56,
                                            64, 80, 96, 112, 128, 144, 160};
    static const unsigned short hertz[] = {44100, 48000, 32000};
    unsigned version = p[1] >> 3 & 3; /* 3: MPEG-1, 2: MPEG-2, 0: 2.5 */
    unsigned rate = p[2] >> 4;
    unsigned frequency = p[2] >> 2 & 3;
    if (p[0] != 0xff || (p[1] & 0xe0) != 0xe0 || version == 1 || (p[1] >> 1 & 3) != 1 ||
        rate == 0 || rate == 15 || frequency == 3) {
        return 0;
    }
    unsigned per_second = hertz[frequency] / (version == 3 ? 1U : version == 2 ? 2U : 4U);
    unsigned bits = (version == 3 ? rates1[rate] : rates2[rate]) * 1000U;
    return (version == 3 ? 144 : 72) * bits / per_second + (p[2] >> 1 & 1);
}

static const struct file_type *find_audio(const unsigned char *head, size_t n)
{
    if (STARTS("OggS\0\002") && n >= 58 &&
        (has(head, 128 < n ? 128 : n, "\001vorbis") || has(head, 128 < n ? 128 : n, "OpusHead"))) {
        return named("audio/ogg");
    }
    if (STARTS("ID3") && n > 10 && head[3] <= 4 &&
        ((head[6] | head[7] | head[8] | head[9]) & 0x80) == 0) {
        return named("audio/mpeg");
    }
    if (n > 4) {
        size_t length = mp3_frame(head);
        if (length > 4 && length + 4 <= n && mp3_frame(head + length) > 0) {
            return named("audio/mpeg");
        }
    }
    return NULL;
}

const struct file_type *file_kind_find(const unsigned char *head, size_t n)
{
    if (STARTS("\xff\xd8\xff")) {
        return named("image/jpeg");
    }
    if (STARTS("\x89PNG\r\n\x1a\n")) {
        return named("image/png");
    }
    if (STARTS("RIFF") && n >= 16 && memcmp(head + 8, "WEBPVP8", 7) == 0) {
        return named("image/webp");
    }
    if (n >= 16 && memcmp(head + 4, "ftyp", 4) == 0) {
        return media_brand(head + 8);
    }
    if (STARTS("\x1a\x45\xdf\xa3") && has(head, 64 < n ? 64 : n, "webm")) {
        bool video = has(head, n, "V_VP8") || has(head, n, "V_VP9") || has(head, n, "V_AV1");
        bool audio = has(head, n, "A_OPUS") || has(head, n, "A_VORBIS");
        return video ? named("video/webm") : audio ? named("audio/webm") : NULL;
    }
    if (STARTS("%PDF-1.") || STARTS("%PDF-2.")) {
        return named("application/pdf");
    }
    return find_audio(head, n);
}

const char *file_group_name(enum file_group group)
{
    static const char *const names[] = {"image", "video", "audio", "document"};
    return names[group];
}

enum file_fault file_kind_check(int fd, uint64_t size, const struct file_type *type)
{
    static const struct {
        const char *type;
        enum file_fault (*follow)(struct file_scan *s);
    } rows[] = {
        {"image/jpeg", file_scan_jpeg},       {"image/png", file_scan_png},
        {"image/webp", file_scan_webp},       {"image/heic", file_scan_boxes},
        {"video/mp4", file_scan_boxes},       {"video/3gpp", file_scan_boxes},
        {"video/quicktime", file_scan_boxes}, {"audio/mp4", file_scan_boxes},
        {"video/webm", file_scan_ebml},       {"audio/webm", file_scan_ebml},
        {"audio/ogg", file_scan_ogg},         {"application/pdf", file_scan_pdf},
    };
    struct file_scan s = {.fd = fd, .size = size};
    enum file_fault fault = FILE_FINE;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && fault == FILE_FINE; i++) {
        if (strcmp(rows[i].type, type->type) == 0) {
            fault = rows[i].follow(&s);
        }
    }
    if (fault == FILE_FINE) {
        fault = file_scan_hidden(&s, type->group == FILE_DOCUMENT);
    }
    return s.failed ? FILE_UNREADABLE : fault;
}
