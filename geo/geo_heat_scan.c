/* Which rows of a leaf a filter wants. Where the processor has AVX2, 64 rows at a time and a column
 * after the other, as long as any of them is left: a column is read only where it still decides.
 * Elsewhere, and for the smallest leaves, row by row. */
#include <string.h>

#include "geo/geo_heat_walk.h"

#define BLOCK 64

static inline bool in_set(const struct heat_set *set, uint16_t code)
{
    return set->ok == NULL || set->ok[code] != 0;
}

static inline bool in_states(const struct heat_set *states, unsigned state)
{
    return ((unsigned)states->bits[state >> 3] >> (state & 7U) & 1U) != 0;
}

static bool wants(const struct geo_heat_query *q, const struct heat_leaf *leaf, size_t i)
{
    return in_set(&q->agency, leaf->agency[i]) && in_set(&q->ward, leaf->ward[i]) &&
           in_set(&q->category, leaf->category[i]) && in_states(&q->states, leaf->state[i]) &&
           leaf->received[i] - q->from <= q->span;
}

static size_t scan_rows(const struct geo_heat_query *q, const struct heat_leaf *leaf,
                        struct heat_range range, uint16_t *wanted)
{
    size_t n = 0;
    for (size_t i = range.first; i < range.end; i++) {
        wanted[n] = (uint16_t)i;
        n += wants(q, leaf, i);
    }
    return n;
}

/* What a set of more codes than a vector can look up leaves over. */
static size_t keep_in(const struct heat_set *set, const uint16_t *column, uint16_t *wanted,
                      size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        uint16_t row = wanted[i];
        wanted[kept] = row;
        kept += set->ok[column[row]];
    }
    return kept;
}

#ifdef __x86_64__
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2,bmi")))

/* The set's bits, ready to be looked up: bit c & 7 of byte c >> 3. */
struct table {
    __m256i low, high;
};

AVX2 static inline struct table table_of(const struct heat_set *set)
{
    __m128i low = _mm_loadu_si128((const __m128i *)(const void *)set->bits);
    __m128i high = _mm_loadu_si128((const __m128i *)(const void *)(set->bits + 16));
    return (struct table){_mm256_broadcastsi128_si256(low), _mm256_broadcastsi128_si256(high)};
}

/* A bit for each of 32 codes: is it in the set? */
AVX2 static inline uint32_t look_up(struct table table, __m256i codes)
{
    const __m256i bit_of =
        _mm256_setr_epi8(1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16,
                         32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128);
    __m256i byte = _mm256_and_si256(_mm256_srli_epi16(codes, 3), _mm256_set1_epi8(31));
    __m256i bit = _mm256_shuffle_epi8(bit_of, _mm256_and_si256(codes, _mm256_set1_epi8(7)));
    __m256i bits = _mm256_blendv_epi8(_mm256_shuffle_epi8(table.low, byte),
                                      _mm256_shuffle_epi8(table.high, byte), codes);
    return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_and_si256(bits, bit), bit));
}

AVX2 static inline __m256i load(const void *p)
{
    return _mm256_loadu_si256((const __m256i *)p);
}

/* 32 codes, all below 256, as bytes. */
AVX2 static inline __m256i codes_at(const uint16_t *column)
{
    __m256i packed = _mm256_packus_epi16(load(column), load(column + 16));
    return _mm256_permute4x64_epi64(packed, 0xd8); /* packing goes by halves */
}

AVX2 static inline uint64_t of_codes(const struct heat_set *set, const uint16_t *column)
{
    struct table table = table_of(set);
    return look_up(table, codes_at(column)) | (uint64_t)look_up(table, codes_at(column + 32)) << 32;
}

AVX2 static inline uint64_t of_states(const struct heat_set *set, const uint8_t *column)
{
    struct table table = table_of(set);
    return look_up(table, load(column)) | (uint64_t)look_up(table, load(column + 32)) << 32;
}

AVX2 static inline uint64_t of_times(const struct geo_heat_query *q, const uint32_t *column)
{
    const __m256i from = _mm256_set1_epi32((int)q->from);
    const __m256i span = _mm256_set1_epi32((int)q->span);
    uint64_t bits = 0;
    for (unsigned i = 0; i < BLOCK; i += 8) {
        __m256i after = _mm256_sub_epi32(load(column + i), from);
        __m256i in = _mm256_cmpeq_epi32(_mm256_min_epu32(after, span), after);
        bits |= (uint64_t)(unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(in)) << i;
    }
    return bits;
}

/* A bit for each of BLOCK rows. */
AVX2 static inline uint64_t block_bits(const struct geo_heat_query *q, const struct heat_leaf *leaf,
                                       size_t at)
{
    uint64_t bits = UINT64_MAX;
    if (q->agency.small) {
        bits = of_codes(&q->agency, leaf->agency + at);
    }
    if (q->ward.small && bits != 0) {
        bits &= of_codes(&q->ward, leaf->ward + at);
    }
    if (q->category.small && bits != 0) {
        bits &= of_codes(&q->category, leaf->category + at);
    }
    if (q->by_state && bits != 0) {
        bits &= of_states(&q->states, leaf->state + at);
    }
    if (q->by_time && bits != 0) {
        bits &= of_times(q, leaf->received + at);
    }
    return bits;
}

/* Of a leaf of at least BLOCK rows. The last block begins early enough to lie in the leaf. */
AVX2 static size_t scan_blocks(const struct geo_heat_query *q, const struct heat_leaf *leaf,
                               struct heat_range range, uint16_t *wanted)
{
    size_t n = 0;
    for (size_t at = range.first; at < range.end; at += BLOCK) {
        size_t from = at + BLOCK <= leaf->n ? at : leaf->n - BLOCK;
        uint64_t bits = block_bits(q, leaf, from) & UINT64_MAX << (at - from);
        if (from + BLOCK > range.end) {
            bits &= UINT64_MAX >> (from + BLOCK - range.end);
        }
        for (; bits != 0; bits &= bits - 1) {
            wanted[n++] = (uint16_t)(from + (size_t)__builtin_ctzll(bits));
        }
    }
    if (q->agency.ok != NULL && !q->agency.small) {
        n = keep_in(&q->agency, leaf->agency, wanted, n);
    }
    if (q->ward.ok != NULL && !q->ward.small) {
        n = keep_in(&q->ward, leaf->ward, wanted, n);
    }
    if (q->category.ok != NULL && !q->category.small) {
        n = keep_in(&q->category, leaf->category, wanted, n);
    }
    return n;
}

static bool by_blocks(const struct heat_leaf *leaf)
{
    return leaf->n >= BLOCK && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi");
}
#endif

size_t heat_scan(const struct geo_heat_query *q, const struct heat_leaf *leaf,
                 struct heat_range range, uint16_t *wanted)
{
    if (q->all) {
        for (size_t i = range.first; i < range.end; i++) {
            wanted[i - range.first] = (uint16_t)i;
        }
        return range.end - range.first;
    }
#ifdef __x86_64__
    if (by_blocks(leaf)) {
        return scan_blocks(q, leaf, range, wanted);
    }
#endif
    return scan_rows(q, leaf, range, wanted);
}

void heat_scan_soon(const struct geo_heat_query *q, const struct heat_leaf *leaf)
{
    const struct {
        bool needed;
        const void *column;
    } columns[] = {{q->agency.ok != NULL, leaf->agency},
                   {q->ward.ok != NULL, leaf->ward},
                   {q->category.ok != NULL, leaf->category},
                   {q->by_state, leaf->state},
                   {q->by_time, leaf->received}};
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
        if (columns[i].needed) {
            const char *p = columns[i].column;
            __builtin_prefetch(p);
            __builtin_prefetch(p + 64);
            __builtin_prefetch(p + 128);
        }
    }
}
