#include "geo/geo_mvt.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/bug.h"

/* Protobuf: a field's tag is its number and how it is written. */
#define TAG(number, wire) ((uint8_t)(((number) << 3) | (wire)))
#define WIRE_VARINT       0
#define WIRE_64           1
#define WIRE_BYTES        2

#define TILE_LAYER       TAG(3, WIRE_BYTES)
#define LAYER_NAME       TAG(1, WIRE_BYTES)
#define LAYER_FEATURE    TAG(2, WIRE_BYTES)
#define LAYER_KEY        TAG(3, WIRE_BYTES)
#define LAYER_VALUE      TAG(4, WIRE_BYTES)
#define LAYER_EXTENT     TAG(5, WIRE_VARINT)
#define LAYER_VERSION    TAG(15, WIRE_VARINT)
#define FEATURE_ID       TAG(1, WIRE_VARINT)
#define FEATURE_TAGS     TAG(2, WIRE_BYTES)
#define FEATURE_KIND     TAG(3, WIRE_VARINT)
#define FEATURE_GEOMETRY TAG(4, WIRE_BYTES)
#define VALUE_STRING     TAG(1, WIRE_BYTES)
#define VALUE_DOUBLE     TAG(3, WIRE_64)
#define VALUE_UINT       TAG(5, WIRE_VARINT)
#define VALUE_SINT       TAG(6, WIRE_VARINT)
#define VALUE_BOOL       TAG(7, WIRE_VARINT)

#define MOVE_TO    1U
#define LINE_TO    2U
#define CLOSE_PATH 7U

#define VARINT_MAX 10
#define SMALL      8192 /* integers below find their value without hashing */
#define FREE       UINT32_MAX

/* Bytes that are appended to; sticks in failure as strbuf does. */
struct bytes {
    uint8_t *p;
    size_t n, cap;
};

/* A text or value of the layer, where its bytes are in its pool. */
struct entry {
    size_t at, n;
    uint64_t hash;
    size_t slot; /* NO_SLOT: it is never looked for by its bytes */
};
#define NO_SLOT SIZE_MAX

/* Distinct byte strings, numbered in the order they came. */
struct pool {
    struct bytes bytes;
    struct entry *entries;
    size_t n, cap;
    uint32_t *slots; /* open addressing; FREE or a number */
    size_t n_slots;  /* a power of two, or 0 */
    size_t n_hashed; /* entries with a slot */
};

struct geo_mvt {
    size_t max;
    bool failed;
    bool in_layer, in_feature, outer_kept;
    uint32_t extent;
    size_t n_features;
    struct bytes name, features, tags, geometry, scratch;
    struct pool keys, values;
    /* The value number of each small integer and the layer it is of: all of an earlier layer's are
     * nothing without a touch. */
    uint64_t small[SMALL];
    uint32_t layer; /* never 0 */
    enum geo_mvt_kind kind;
    uint64_t id;
    struct geo_mvt_point cursor;
    struct geo_mvt_point *path; /* one line or ring, cleaned */
    size_t cap_path;
};

enum status geo_mvt_create(size_t max, struct geo_mvt **out, struct err *e)
{
    struct geo_mvt *m = calloc(1, sizeof(*m));
    if (m == NULL) {
        return err_set(e, STATUS_NO_MEMORY, "no memory for a tile encoder");
    }
    m->max = max;
    *out = m;
    return STATUS_OK;
}

static void pool_free(struct pool *p)
{
    free(p->bytes.p);
    free(p->entries);
    free(p->slots);
}

void geo_mvt_destroy(struct geo_mvt *m)
{
    if (m == NULL) {
        return;
    }
    free(m->name.p);
    free(m->features.p);
    free(m->tags.p);
    free(m->geometry.p);
    free(m->scratch.p);
    pool_free(&m->keys);
    pool_free(&m->values);
    free(m->path);
    free(m);
}

/* --- bytes ------------------------------------------------------------------------------------ */

/* Room for n more bytes at the end, or NULL. */
static uint8_t *room(struct geo_mvt *m, struct bytes *b, size_t n)
{
    if (b->n + n > b->cap) {
        size_t cap = b->cap;
        uint8_t *grown = b->n + n > m->max ? NULL : array_grow(b->p, &cap, b->n + n, 1);
        if (grown == NULL) {
            m->failed = true;
            return NULL;
        }
        b->p = grown;
        b->cap = cap;
    }
    return b->p + b->n;
}

static inline uint8_t *varint(uint8_t *p, uint64_t value)
{
    while (value >= 0x80) {
        *p++ = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    *p++ = (uint8_t)value;
    return p;
}

static inline uint32_t zigzag(int32_t v)
{
    return ((uint32_t)v << 1) ^ (v < 0 ? UINT32_MAX : 0);
}

static void put_varint(struct geo_mvt *m, struct bytes *b, uint64_t value)
{
    uint8_t *p = room(m, b, VARINT_MAX);
    if (p != NULL) {
        b->n = (size_t)(varint(p, value) - b->p);
    }
}

/* A tagged, counted string of bytes. */
static void put_bytes(struct geo_mvt *m, struct bytes *b, uint8_t tag, const void *from, size_t n)
{
    uint8_t *p = room(m, b, 1 + VARINT_MAX + n);
    if (p == NULL) {
        return;
    }
    *p++ = tag;
    p = varint(p, n);
    if (n > 0) {
        memcpy(p, from, n);
    }
    b->n = (size_t)(p + n - b->p);
}

/* --- keys and values -------------------------------------------------------------------------- */

static uint64_t hash_of(const uint8_t *p, size_t n)
{
    uint64_t h = UINT64_C(14695981039346656037) ^ n;
    for (; n >= 8; p += 8, n -= 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        h = (h ^ word) * UINT64_C(0xd6e8feb86659fd93);
        h ^= h >> 32;
    }
    for (; n > 0; p++, n--) {
        h = (h ^ *p) * UINT64_C(1099511628211);
    }
    return h ^ (h >> 32);
}

static void pool_reset(struct pool *p)
{
    for (size_t i = 0; i < p->n; i++) {
        if (p->entries[i].slot != NO_SLOT) {
            p->slots[p->entries[i].slot] = FREE;
        }
    }
    p->bytes.n = 0;
    p->n = 0;
    p->n_hashed = 0;
}

static size_t free_slot(const uint32_t *slots, size_t n_slots, uint64_t hash)
{
    size_t at = hash & (n_slots - 1);
    while (slots[at] != FREE) {
        at = (at + 1) & (n_slots - 1);
    }
    return at;
}

static bool pool_rehash(struct pool *p)
{
    size_t n_slots = p->n_slots == 0 ? 64 : 2 * p->n_slots;
    uint32_t *slots = malloc(n_slots * sizeof(*slots));
    if (slots == NULL) {
        return false;
    }
    memset(slots, 0xff, n_slots * sizeof(*slots));
    for (size_t i = 0; i < p->n; i++) {
        if (p->entries[i].slot != NO_SLOT) {
            p->entries[i].slot = free_slot(slots, n_slots, p->entries[i].hash);
            slots[p->entries[i].slot] = (uint32_t)i;
        }
    }
    free(p->slots);
    p->slots = slots;
    p->n_slots = n_slots;
    return true;
}

/* A new one; its number. */
static uint32_t pool_add(struct geo_mvt *m, struct pool *p, const uint8_t *from,
                         const struct entry *entry)
{
    struct entry *entries = array_grow(p->entries, &p->cap, p->n + 1, sizeof(*entries));
    if (entries != NULL) {
        p->entries = entries;
    }
    uint8_t *to = room(m, &p->bytes, entry->n + 1);
    if (entries == NULL || to == NULL) {
        m->failed = true;
        return 0;
    }
    memcpy(to, from, entry->n);
    p->entries[p->n] = *entry;
    p->entries[p->n].at = p->bytes.n;
    p->bytes.n += entry->n;
    return (uint32_t)p->n++;
}

/* The number of those bytes in the pool, which gets them if they are new. */
static uint32_t pool_number(struct geo_mvt *m, struct pool *p, const uint8_t *from, size_t n)
{
    uint64_t hash = hash_of(from, n);
    if (2 * (p->n_hashed + 1) > p->n_slots && !pool_rehash(p)) {
        m->failed = true;
        return 0;
    }
    size_t at = hash & (p->n_slots - 1);
    for (; p->slots[at] != FREE; at = (at + 1) & (p->n_slots - 1)) {
        const struct entry *entry = &p->entries[p->slots[at]];
        if (entry->hash == hash && entry->n == n && memcmp(p->bytes.p + entry->at, from, n) == 0) {
            return p->slots[at];
        }
    }
    uint32_t number = pool_add(m, p, from, &(struct entry){.n = n, .hash = hash, .slot = at});
    if (!m->failed) {
        p->slots[at] = number;
        p->n_hashed++;
    }
    return number;
}

uint32_t geo_mvt_key(struct geo_mvt *m, const char *key)
{
    return pool_number(m, &m->keys, (const uint8_t *)key, strlen(key));
}

static inline void tag(struct geo_mvt *m, uint32_t key, uint32_t value)
{
    uint8_t *p = room(m, &m->tags, 2 * VARINT_MAX);
    if (p != NULL) {
        m->tags.n = (size_t)(varint(varint(p, key), value) - m->tags.p);
    }
}

void geo_mvt_string(struct geo_mvt *m, uint32_t key, struct str value)
{
    m->scratch.n = 0;
    put_bytes(m, &m->scratch, VALUE_STRING, value.p, value.n);
    if (m->scratch.n > 0) {
        tag(m, key, pool_number(m, &m->values, m->scratch.p, m->scratch.n));
    }
}

/* FREE: it has none yet. */
static inline uint32_t small_number(const struct geo_mvt *m, uint32_t value)
{
    return m->small[value] >> 32 == m->layer ? (uint32_t)m->small[value] : FREE;
}

static uint32_t int_value(struct geo_mvt *m, int64_t value)
{
    uint8_t b[1 + VARINT_MAX];
    if (value < 0) {
        b[0] = VALUE_SINT;
        uint8_t *end = varint(b + 1, ((uint64_t)value << 1) ^ UINT64_MAX);
        return pool_number(m, &m->values, b, (size_t)(end - b));
    }
    b[0] = VALUE_UINT;
    size_t n = (size_t)(varint(b + 1, (uint64_t)value) - b);
    if (value >= SMALL) {
        return pool_number(m, &m->values, b, n);
    }
    uint32_t number = small_number(m, (uint32_t)value);
    if (number == FREE) { /* nobody finds a small one by its bytes */
        number = pool_add(m, &m->values, b, &(struct entry){.n = n, .slot = NO_SLOT});
        m->small[value] = (uint64_t)m->layer << 32 | number;
    }
    return number;
}

void geo_mvt_int(struct geo_mvt *m, uint32_t key, int64_t value)
{
    tag(m, key, int_value(m, value));
}

uint32_t geo_mvt_double_value(struct geo_mvt *m, double value)
{
    uint8_t b[9] = {VALUE_DOUBLE};
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    for (int i = 0; i < 8; i++) {
        b[1 + i] = (uint8_t)(bits >> (8 * i));
    }
    return pool_number(m, &m->values, b, sizeof(b));
}

void geo_mvt_double(struct geo_mvt *m, uint32_t key, double value)
{
    if (isfinite(value)) {
        tag(m, key, geo_mvt_double_value(m, value));
    }
}

void geo_mvt_bool(struct geo_mvt *m, uint32_t key, bool value)
{
    const uint8_t b[2] = {VALUE_BOOL, value};
    tag(m, key, pool_number(m, &m->values, b, sizeof(b)));
}

/* --- geometry --------------------------------------------------------------------------------- */

static inline uint8_t *step_to(struct geo_mvt *m, uint8_t *p, struct geo_mvt_point to)
{
    p = varint(p, zigzag((int32_t)((uint32_t)to.x - (uint32_t)m->cursor.x)));
    p = varint(p, zigzag((int32_t)((uint32_t)to.y - (uint32_t)m->cursor.y)));
    m->cursor = to;
    return p;
}

static inline uint64_t command(uint32_t what, size_t count)
{
    return what | (uint64_t)count << 3;
}

void geo_mvt_points(struct geo_mvt *m, const struct geo_mvt_point *points, size_t n)
{
    BUG_IF(m->kind != GEO_MVT_POINT || m->geometry.n > 0); /* one call holds them all */
    uint8_t *p = n == 0 ? NULL : room(m, &m->geometry, (2 * n + 1) * VARINT_MAX);
    if (p == NULL) {
        return;
    }
    p = varint(p, command(MOVE_TO, n));
    for (size_t i = 0; i < n; i++) {
        p = step_to(m, p, points[i]);
    }
    m->geometry.n = (size_t)(p - m->geometry.p);
}

/* Copies without repeated points to m->path; returns how many are left. */
static size_t clean(struct geo_mvt *m, const struct geo_mvt_point *points, size_t n)
{
    struct geo_mvt_point *path = array_grow(m->path, &m->cap_path, n + 1, sizeof(*path));
    size_t left = 0;
    if (path == NULL) {
        m->failed = true;
        return 0;
    }
    m->path = path;
    for (size_t i = 0; i < n; i++) {
        if (left == 0 || points[i].x != path[left - 1].x || points[i].y != path[left - 1].y) {
            path[left++] = points[i];
        }
    }
    return left;
}

static void put_path(struct geo_mvt *m, size_t n, bool closed)
{
    uint8_t *p = room(m, &m->geometry, (2 * n + 4) * VARINT_MAX);
    if (p == NULL) {
        return;
    }
    p = varint(p, command(MOVE_TO, 1));
    p = step_to(m, p, m->path[0]);
    p = varint(p, command(LINE_TO, n - 1));
    for (size_t i = 1; i < n; i++) {
        p = step_to(m, p, m->path[i]);
    }
    if (closed) {
        p = varint(p, command(CLOSE_PATH, 1));
    }
    m->geometry.n = (size_t)(p - m->geometry.p);
}

void geo_mvt_line(struct geo_mvt *m, const struct geo_mvt_point *points, size_t n)
{
    BUG_IF(m->kind != GEO_MVT_LINE);
    n = clean(m, points, n);
    if (n >= 2) {
        put_path(m, n, false);
    }
}

/* Twice the area; positive for rings that run clockwise on the screen. Exact where coordinates
 * stay within a billion, which whoever has clipped keeps. */
static double twice_area(const struct geo_mvt_point *p, size_t n)
{
    double sum = 0;
    for (size_t i = 2; i < n; i++) { /* from the first point: small numbers */
        double ax = (double)p[i - 1].x - p[0].x;
        double ay = (double)p[i - 1].y - p[0].y;
        double bx = (double)p[i].x - p[0].x;
        double by = (double)p[i].y - p[0].y;
        sum += ax * by - bx * ay;
    }
    return sum;
}

void geo_mvt_ring(struct geo_mvt *m, const struct geo_mvt_point *points, size_t n, bool hole)
{
    BUG_IF(m->kind != GEO_MVT_POLYGON);
    if (hole && !m->outer_kept) {
        return;
    }
    n = clean(m, points, n);
    while (n > 1 && m->path[n - 1].x == m->path[0].x && m->path[n - 1].y == m->path[0].y) {
        n--;
    }
    double area = n < 3 ? 0 : twice_area(m->path, n);
    if (!hole) {
        m->outer_kept = area != 0;
    }
    if (area == 0) {
        return;
    }
    if ((area < 0) != hole) {
        for (size_t i = 1, k = n - 1; i < k; i++, k--) {
            struct geo_mvt_point swapped = m->path[i];
            m->path[i] = m->path[k];
            m->path[k] = swapped;
        }
    }
    put_path(m, n, true);
}

/* --- features and layers ---------------------------------------------------------------------- */

void geo_mvt_layer(struct geo_mvt *m, const char *name, uint32_t extent)
{
    BUG_IF(m->in_layer);
    m->in_layer = true;
    m->failed = false;
    m->extent = extent;
    m->n_features = 0;
    m->features.n = 0;
    m->name.n = 0;
    if (++m->layer == 0) {
        memset(m->small, 0, sizeof(m->small));
        m->layer = 1;
    }
    pool_reset(&m->keys);
    pool_reset(&m->values);
    put_bytes(m, &m->name, LAYER_NAME, name, strlen(name));
}

void geo_mvt_feature(struct geo_mvt *m, enum geo_mvt_kind kind, uint64_t id)
{
    BUG_IF(!m->in_layer || m->in_feature);
    m->in_feature = true;
    m->outer_kept = false;
    m->kind = kind;
    m->id = id;
    m->tags.n = 0;
    m->geometry.n = 0;
    m->cursor = (struct geo_mvt_point){0, 0};
}

static size_t varint_size(uint64_t value)
{
    size_t n = 1;
    for (; value >= 0x80; value >>= 7) {
        n++;
    }
    return n;
}

bool geo_mvt_feature_end(struct geo_mvt *m)
{
    BUG_IF(!m->in_feature);
    m->in_feature = false;
    if (m->geometry.n == 0 || m->failed) {
        return false;
    }
    size_t size = 2 + (m->id == 0 ? 0 : 1 + varint_size(m->id)) + 1 + varint_size(m->geometry.n) +
                  m->geometry.n;
    if (m->tags.n > 0) {
        size += 1 + varint_size(m->tags.n) + m->tags.n;
    }
    uint8_t *p = room(m, &m->features, size + 1 + VARINT_MAX);
    if (p == NULL) {
        return false;
    }
    *p++ = LAYER_FEATURE;
    p = varint(p, size);
    if (m->id != 0) {
        *p++ = FEATURE_ID;
        p = varint(p, m->id);
    }
    if (m->tags.n > 0) {
        *p++ = FEATURE_TAGS;
        p = varint(p, m->tags.n);
        memcpy(p, m->tags.p, m->tags.n);
        p += m->tags.n;
    }
    *p++ = FEATURE_KIND;
    *p++ = (uint8_t)m->kind;
    *p++ = FEATURE_GEOMETRY;
    p = varint(p, m->geometry.n);
    memcpy(p, m->geometry.p, m->geometry.n);
    m->features.n = (size_t)(p + m->geometry.n - m->features.p);
    m->n_features++;
    return true;
}

/* Of a value below 2^14, written without a branch. */
static inline uint8_t *short_varint(uint8_t *p, uint32_t value)
{
    uint32_t more = value > 0x7f;
    p[0] = (uint8_t)((value & 0x7f) | more << 7);
    p[1] = (uint8_t)(value >> 7); /* or what comes next overwrites it */
    return p + 1 + more;
}

static inline uint8_t *put_tag(uint8_t *p, uint32_t value)
{
    return value < 1U << 14 ? short_varint(p, value) : varint(p, value);
}

_Static_assert((GEO_MVT_COUNTS_MAX + 1) * (1 + 5) <= 63, "room for the longest tags");

void geo_mvt_tags(struct geo_mvt *m, const uint32_t *integers, size_t n, uint32_t value,
                  struct geo_mvt_tags *out)
{
    uint8_t *p = out->bytes;
    BUG_IF(!m->in_layer || n > GEO_MVT_COUNTS_MAX);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t number = integers[i] < SMALL ? small_number(m, integers[i]) : FREE;
        *p++ = (uint8_t)i;
        p = put_tag(p, number == FREE ? int_value(m, integers[i]) : number);
    }
    if (value != GEO_MVT_NO_VALUE) {
        *p++ = (uint8_t)n;
        p = put_tag(p, value);
    }
    out->n = (uint8_t)(p - out->bytes);
}

void geo_mvt_point(struct geo_mvt *m, struct geo_mvt_point at, const struct geo_mvt_tags *tags)
{
    BUG_IF(!m->in_layer || m->in_feature);
    /* Of so few tags every length is below 128, which is one byte. */
    uint8_t *start = room(m, &m->features, 32 + sizeof(tags->bytes));
    if (start == NULL) {
        return;
    }
    uint8_t *p = start + 4;
    start[2] = FEATURE_TAGS;
    start[3] = tags->n;
    memcpy(p, tags->bytes, 32); /* most have no more */
    if (tags->n > 32) {
        memcpy(p + 32, tags->bytes + 32, sizeof(tags->bytes) - 32);
    }
    p += tags->n;
    *p++ = FEATURE_KIND;
    *p++ = GEO_MVT_POINT;
    *p++ = FEATURE_GEOMETRY;
    uint8_t *length = p++;
    *p++ = (uint8_t)command(MOVE_TO, 1);
    p = put_tag(p, zigzag(at.x));
    p = put_tag(p, zigzag(at.y));
    *length = (uint8_t)(p - length - 1);
    start[0] = LAYER_FEATURE;
    start[1] = (uint8_t)(p - start - 2);
    m->features.n = (size_t)(p - m->features.p);
    m->n_features++;
}

/* Keys, values, extent and version behind the features. */
static void put_tail(struct geo_mvt *m)
{
    for (size_t i = 0; i < m->keys.n; i++) {
        const struct entry *entry = &m->keys.entries[i];
        put_bytes(m, &m->features, LAYER_KEY, m->keys.bytes.p + entry->at, entry->n);
    }
    for (size_t i = 0; i < m->values.n; i++) {
        const struct entry *entry = &m->values.entries[i];
        put_bytes(m, &m->features, LAYER_VALUE, m->values.bytes.p + entry->at, entry->n);
    }
    put_varint(m, &m->features, LAYER_EXTENT);
    put_varint(m, &m->features, m->extent);
    put_varint(m, &m->features, LAYER_VERSION);
    put_varint(m, &m->features, 2);
}

void geo_mvt_layer_end(struct geo_mvt *m, struct strbuf *out)
{
    BUG_IF(!m->in_layer || m->in_feature);
    m->in_layer = false;
    if (m->n_features > 0) {
        put_tail(m);
    }
    if (m->failed) {
        out->failed = true;
        return;
    }
    if (m->n_features == 0) {
        return;
    }
    uint8_t head[1 + VARINT_MAX] = {TILE_LAYER};
    uint8_t *end = varint(head + 1, m->name.n + m->features.n);
    strbuf_append(out, head, (size_t)(end - head));
    strbuf_append(out, m->name.p, m->name.n);
    strbuf_append(out, m->features.p, m->features.n);
}
