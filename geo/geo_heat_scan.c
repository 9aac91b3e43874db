/* Which rows of a leaf a filter wants. Where the processor has AVX2, 64 rows at a time and a column
 * after the other, as long as any of them is left: a column is read only where it still decides.
 * Elsewhere, and for the smallest leaves, row by row. */
#include <string.h>

#include "geo/geo_heat_walk.h"

static inline bool in_set(const struct heat_set *set, unsigned code)
{
    return set->ok == NULL || set->ok[code] != 0;
}

static inline bool in_states(const struct heat_set *states, unsigned state)
{
    return ((unsigned)states->bits[state >> 3] >> (state & 7U) & 1U) != 0;
}

static bool wants(const struct geo_heat_query *q, const struct heat_leaf *leaf, size_t i)
{
    return in_set(&q->agency, heat_code_at(&leaf->agency, i)) &&
           in_set(&q->ward, heat_code_at(&leaf->ward, i)) &&
           in_set(&q->category, heat_code_at(&leaf->category, i)) &&
           in_states(&q->states, leaf->state[i]) && heat_received_at(leaf, i) - q->from <= q->span;
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

/* Brings the next HEAT_BLOCK rows nearer, and goes on behind them. */
static inline void block_soon(const struct geo_heat_query *q, struct heat_ahead *ahead)
{
    const struct heat_leaf *leaf = ahead->leaf;
    size_t at = ahead->range.first;
    if (leaf == NULL || at >= ahead->range.end) {
        return;
    }
    if (q->agency.ok != NULL) {
        __builtin_prefetch(leaf->agency.low + at);
    }
    if (q->ward.ok != NULL) {
        __builtin_prefetch(leaf->ward.low + at);
    }
    if (q->category.ok != NULL) {
        __builtin_prefetch(leaf->category.low + at);
    }
    __builtin_prefetch(leaf->state + at);
    __builtin_prefetch(leaf->flags + at);
    if (q->by_time) {
        __builtin_prefetch(leaf->received_high + at);
        __builtin_prefetch(leaf->received_high + at + HEAT_BLOCK / 2);
    }
    ahead->range.first = at + HEAT_BLOCK;
}

void heat_scan_soon(const struct geo_heat_query *q, const struct heat_ahead *ahead)
{
    struct heat_ahead soon = *ahead;
    while (soon.leaf != NULL && soon.range.first < soon.range.end) {
        block_soon(q, &soon);
    }
}

#ifdef __x86_64__
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2,bmi,popcnt")))

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

AVX2 static inline uint64_t of_bytes(const struct heat_set *set, const uint8_t *column)
{
    struct table table = table_of(set);
    return look_up(table, load(column)) | (uint64_t)look_up(table, load(column + 32)) << 32;
}

/* A bit for each of 32 values of 16 bits that are all ones or all zeroes. */
AVX2 static inline uint32_t bits_of(__m256i first, __m256i second)
{
    __m256i packed = _mm256_packs_epi16(first, second); /* packing goes by halves */
    return (uint32_t)_mm256_movemask_epi8(_mm256_permute4x64_epi64(packed, 0xd8));
}

/* Rows received in the period, by the upper halves of their times; `edges` gets those where the
 * lower half decides. */
AVX2 static inline uint64_t of_times(const struct geo_heat_query *q, const uint16_t *column,
                                     uint64_t *edges)
{
    const uint32_t last = q->from + q->span;
    const __m256i from = _mm256_set1_epi16((short)(q->from >> 16));
    const __m256i to = _mm256_set1_epi16((short)(last >> 16));
    const __m256i span = _mm256_sub_epi16(to, from);
    uint64_t in = 0;
    uint64_t edge = 0;
    for (unsigned i = 0; i < HEAT_BLOCK; i += 32) {
        __m256i a = load(column + i);
        __m256i b = load(column + i + 16);
        __m256i after_a = _mm256_sub_epi16(a, from);
        __m256i after_b = _mm256_sub_epi16(b, from);
        __m256i in_a = _mm256_cmpeq_epi16(_mm256_min_epu16(after_a, span), after_a);
        __m256i in_b = _mm256_cmpeq_epi16(_mm256_min_epu16(after_b, span), after_b);
        __m256i edge_a = _mm256_or_si256(_mm256_cmpeq_epi16(a, from), _mm256_cmpeq_epi16(a, to));
        __m256i edge_b = _mm256_or_si256(_mm256_cmpeq_epi16(b, from), _mm256_cmpeq_epi16(b, to));
        in |= (uint64_t)bits_of(in_a, in_b) << i;
        edge |= (uint64_t)bits_of(edge_a, edge_b) << i;
    }
    *edges = edge;
    return in;
}

AVX2 static inline uint64_t in_period(const struct geo_heat_query *q, const struct heat_leaf *leaf,
                                      size_t at, uint64_t bits)
{
    uint64_t edges;
    bits &= of_times(q, leaf->received_high + at, &edges);
    for (edges &= bits; edges != 0; edges &= edges - 1) {
        unsigned i = (unsigned)__builtin_ctzll(edges);
        if (heat_received_at(leaf, at + i) - q->from > q->span) {
            bits &= ~(UINT64_C(1) << i);
        }
    }
    return bits;
}

/* What a set of more codes than a vector can look up leaves over. */
static uint64_t keep_in(const struct heat_set *set, const struct heat_column *column, size_t at,
                        uint64_t bits)
{
    for (uint64_t left = bits; left != 0; left &= left - 1) {
        unsigned i = (unsigned)__builtin_ctzll(left);
        bits &= ~((uint64_t)(set->ok[heat_code_at(column, at + i)] == 0) << i);
    }
    return bits;
}

static uint64_t keep_in_wide(const struct geo_heat_query *q, const struct heat_leaf *leaf,
                             size_t at, uint64_t bits)
{
    if (q->agency.ok != NULL && !q->agency.small) {
        bits = keep_in(&q->agency, &leaf->agency, at, bits);
    }
    if (q->ward.ok != NULL && !q->ward.small) {
        bits = keep_in(&q->ward, &leaf->ward, at, bits);
    }
    if (q->category.ok != NULL && !q->category.small) {
        bits = keep_in(&q->category, &leaf->category, at, bits);
    }
    return bits;
}

/* A bit for each of HEAT_BLOCK rows. */
AVX2 static inline uint64_t block_bits(const struct geo_heat_query *q, const struct heat_leaf *leaf,
                                       size_t at)
{
    uint64_t bits = UINT64_MAX;
    if (q->agency.small) {
        bits = of_bytes(&q->agency, leaf->agency.low + at);
    }
    if (q->ward.small && bits != 0) {
        bits &= of_bytes(&q->ward, leaf->ward.low + at);
    }
    if (q->category.small && bits != 0) {
        bits &= of_bytes(&q->category, leaf->category.low + at);
    }
    if (q->by_state && bits != 0) {
        bits &= of_bytes(&q->states, leaf->state + at);
    }
    if (q->by_time && bits != 0) {
        bits = in_period(q, leaf, at, bits);
    }
    return keep_in_wide(q, leaf, at, bits);
}

/* The rows from `at` on; the last block of a leaf begins early enough to lie in it. */
AVX2 static inline struct heat_block block_at(const struct geo_heat_query *q,
                                              const struct heat_leaf *leaf, size_t at, size_t end)
{
    size_t from = at + HEAT_BLOCK <= leaf->n ? at : leaf->n - HEAT_BLOCK;
    uint64_t bits = block_bits(q, leaf, from) & UINT64_MAX << (at - from);
    if (from + HEAT_BLOCK > end) {
        bits &= UINT64_MAX >> (from + HEAT_BLOCK - end);
    }
    return (struct heat_block){from, bits};
}

AVX2 size_t heat_scan_blocks(const struct geo_heat_query *q, const struct heat_leaf *leaf,
                             struct heat_range range, const struct heat_ahead *ahead,
                             struct heat_block *blocks)
{
    struct heat_ahead soon = *ahead;
    size_t n = 0;
    for (size_t at = range.first; at < range.end; at += HEAT_BLOCK) {
        block_soon(q, &soon);
        blocks[n] = block_at(q, leaf, at, range.end);
        n += blocks[n].bits != 0;
    }
    heat_scan_soon(q, &soon); /* what is left */
    return n;
}

/* Of a leaf of at least HEAT_BLOCK rows. */
AVX2 static size_t rows_by_blocks(const struct geo_heat_query *q, const struct heat_leaf *leaf,
                                  struct heat_range range, const struct heat_ahead *ahead,
                                  uint16_t *wanted)
{
    struct heat_block blocks[HEAT_BLOCKS];
    size_t n_blocks = heat_scan_blocks(q, leaf, range, ahead, blocks);
    size_t n = 0;
    for (size_t b = 0; b < n_blocks; b++) {
        for (uint64_t bits = blocks[b].bits; bits != 0; bits &= bits - 1) {
            wanted[n++] = (uint16_t)(blocks[b].at + (size_t)__builtin_ctzll(bits));
        }
    }
    return n;
}

bool heat_has_vectors(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
           __builtin_cpu_supports("popcnt");
}
#else
bool heat_has_vectors(void)
{
    return false;
}

size_t heat_scan_blocks(const struct geo_heat_query *q, const struct heat_leaf *leaf,
                        struct heat_range range, const struct heat_ahead *ahead,
                        struct heat_block *blocks)
{
    (void)q;
    (void)leaf;
    (void)range;
    (void)ahead;
    (void)blocks;
    return 0; /* never asked */
}
#endif

size_t heat_scan(const struct geo_heat_query *q, const struct heat_leaf *leaf,
                 struct heat_range range, const struct heat_ahead *ahead, uint16_t *wanted)
{
    if (q->all) {
        for (size_t i = range.first; i < range.end; i++) {
            wanted[i - range.first] = (uint16_t)i;
        }
        return range.end - range.first;
    }
#ifdef __x86_64__
    if (heat_by_blocks(q, leaf)) {
        return rows_by_blocks(q, leaf, range, ahead, wanted);
    }
#endif
    heat_scan_soon(q, ahead);
    return scan_rows(q, leaf, range, wanted);
}
