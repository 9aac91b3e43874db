#include "tests/bench/tiles_mvt.h"

#include <string.h>

#define NAMES_MAX  32
#define VALUES_MAX 65536

struct reader {
    const unsigned char *p, *end;
    bool bad;
};

static uint64_t varint(struct reader *r)
{
    uint64_t value = 0;
    for (int shift = 0; shift < 64 && r->p < r->end; shift += 7) {
        unsigned char byte = *r->p++;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            return value;
        }
    }
    r->bad = true;
    return 0;
}

/* The next field: its number, and its bytes or its number in *value. 0 at the end. */
static uint32_t field(struct reader *r, struct reader *bytes, uint64_t *value)
{
    if (r->bad || r->p >= r->end) {
        return 0;
    }
    uint64_t tag = varint(r);
    size_t fixed = (tag & 7) == 1 ? 8 : (tag & 7) == 5 ? 4 : 0;
    *bytes = (struct reader){r->p, r->p, false};
    if ((tag & 7) == 0) {
        *value = varint(r);
    } else if ((tag & 7) == 2 || fixed > 0) {
        uint64_t n = fixed > 0 ? fixed : varint(r);
        if (n > (uint64_t)(r->end - r->p)) {
            r->bad = true;
            return 0;
        }
        *bytes = (struct reader){r->p, r->p + n, false};
        r->p += n;
    } else {
        r->bad = true;
    }
    return r->bad ? 0 : (uint32_t)(tag >> 3);
}

struct layer {
    bool wanted;
    struct reader names[NAMES_MAX];
    size_t n_names;
    int64_t *values;
    size_t n_values;
    int64_t extent;
};

static int64_t zigzag(uint64_t v)
{
    return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}

static int64_t value_of(struct reader r)
{
    struct reader bytes;
    uint64_t v = 0;
    double d = 0;
    float f = 0;
    switch (field(&r, &bytes, &v)) {
    case 2:
        memcpy(&f, bytes.p, sizeof(f));
        return (int64_t)f;
    case 3:
        memcpy(&d, bytes.p, sizeof(d));
        return (int64_t)d;
    case 4:
    case 5:
    case 7:
        return (int64_t)v;
    case 6:
        return zigzag(v);
    default:
        return 0;
    }
}

static bool named(const struct reader *name, const char *text)
{
    size_t n = strlen(text);
    return (size_t)(name->end - name->p) == n && memcmp(name->p, text, n) == 0;
}

static bool add_feature(const struct layer *l, struct reader r, struct tiles_cells *out)
{
    struct reader bytes;
    struct reader tags = {0};
    struct reader geometry = {0};
    uint64_t v = 0;
    for (uint32_t f = field(&r, &bytes, &v); f != 0; f = field(&r, &bytes, &v)) {
        if (f == 2) {
            tags = bytes;
        } else if (f == 4) {
            geometry = bytes;
        }
    }
    (void)varint(&geometry); /* MoveTo */
    int64_t x = zigzag(varint(&geometry)) * TILES_CELLS / l->extent;
    int64_t y = zigzag(varint(&geometry)) * TILES_CELLS / l->extent;
    if (r.bad || geometry.bad || x < 0 || y < 0 || x >= TILES_CELLS || y >= TILES_CELLS) {
        return false;
    }
    struct tiles_cell *cell = &out->cells[y * TILES_CELLS + x];
    while (tags.p < tags.end && !tags.bad) {
        uint64_t key = varint(&tags);
        uint64_t at = varint(&tags);
        if (tags.bad || key >= l->n_names || at >= l->n_values) {
            return false;
        }
        const struct reader *name = &l->names[key];
        cell->count += named(name, "count") ? l->values[at] : 0;
        cell->open += named(name, "open") ? l->values[at] : 0;
        cell->late += named(name, "late") ? l->values[at] : 0;
    }
    out->features++;
    return true;
}

/* Two rounds: keys and values stand behind the features that use them. */
static bool read_layer(struct reader r, const char *name, struct tiles_cells *out)
{
    static int64_t values[VALUES_MAX];
    struct layer l = {.values = values, .extent = 4096};
    struct reader first = r;
    struct reader bytes;
    uint64_t v = 0;
    for (uint32_t f = field(&first, &bytes, &v); f != 0; f = field(&first, &bytes, &v)) {
        if (f == 1) {
            l.wanted = named(&bytes, name);
        } else if (f == 3 && l.n_names < NAMES_MAX) {
            l.names[l.n_names++] = bytes;
        } else if (f == 4 && l.n_values < VALUES_MAX) {
            values[l.n_values++] = value_of(bytes);
        } else if (f == 5) {
            l.extent = (int64_t)v;
        }
    }
    if (first.bad || l.extent <= 0) {
        return false;
    }
    for (uint32_t f = field(&r, &bytes, &v); l.wanted && f != 0; f = field(&r, &bytes, &v)) {
        if (f == 2 && !add_feature(&l, bytes, out)) {
            return false;
        }
    }
    return true;
}

bool tiles_mvt_read(const unsigned char *bytes, size_t n, const char *name, struct tiles_cells *out)
{
    struct reader r = {bytes, bytes + n, false};
    struct reader part;
    uint64_t v = 0;
    for (uint32_t f = field(&r, &part, &v); f != 0; f = field(&r, &part, &v)) {
        if (f == 3 && !read_layer(part, name, out)) {
            return false;
        }
    }
    return !r.bad;
}
