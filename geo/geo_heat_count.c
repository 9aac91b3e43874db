/* Counting wanted rows of a leaf, up to 64 at a time: what is counted is taken out of the columns
 * as a bit a row, and bits are counted together. */
#include <string.h>

#include "geo/geo_heat_walk.h"

#define FEW       6  /* fewer rows are counted one by one */
#define MANY_OPEN 12 /* so many deadlines are read together */

static inline struct geo_heat_sums count_few(const struct geo_heat_query *q,
                                             const struct heat_leaf *leaf, size_t at, uint64_t set)
{
    struct geo_heat_sums sums = {0};
    for (uint64_t bits = set; bits != 0; bits &= bits - 1) {
        size_t row = at + (size_t)__builtin_ctzll(bits);
        uint32_t open = (uint32_t)q->view->index->open_statuses >> (leaf->state[row] & 15U) & 1U;
        /* Deadlines lie far apart: that of what is done is not waited for. */
        heat_count(&sums, leaf->state[row], leaf->flags[row],
                   open != 0 ? leaf->due[row] : GEO_HEAT_NEVER, q->view->index->open_statuses,
                   q->view->now_s);
    }
    return sums;
}

#ifdef __x86_64__
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2,bmi,popcnt")))

/* 64 rows of a column of bytes. */
struct bytes64 {
    __m256i low, high;
};

AVX2 static inline struct bytes64 load64(const uint8_t *p)
{
    return (struct bytes64){_mm256_loadu_si256((const __m256i *)(const void *)p),
                            _mm256_loadu_si256((const __m256i *)(const void *)(p + 32))};
}

/* Bit `which` of each byte. */
#define PLANE(v, which)                                                                            \
    ((uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_slli_epi16((v).low, 7 - (which))) |           \
     (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_slli_epi16((v).high, 7 - (which))) << 32)

AVX2 static inline uint32_t ones(uint64_t bits)
{
    return (uint32_t)__builtin_popcountll(bits);
}

/* Which rows' status, the lower half of their state, is open. */
AVX2 static inline uint64_t open_of(const struct geo_heat_query *q, struct bytes64 state)
{
    const __m256i table =
        _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)q->is_open));
    const __m256i status = _mm256_set1_epi8(15);
    const struct bytes64 open = {_mm256_shuffle_epi8(table, _mm256_and_si256(state.low, status)),
                                 _mm256_shuffle_epi8(table, _mm256_and_si256(state.high, status))};
    return PLANE(open, 7);
}

/* Of the open ones, those that are late. Deadlines lie far apart: of a few they are read one by
 * one, and most are never read. */
AVX2 static inline uint64_t late_of(const uint32_t *due, uint64_t open, uint32_t now_s)
{
    uint64_t late = 0;
    if (ones(open) < MANY_OPEN) {
        for (uint64_t left = open; left != 0; left &= left - 1) {
            unsigned i = (unsigned)__builtin_ctzll(left);
            late |= (uint64_t)(due[i] < now_s) << i;
        }
        return late;
    }
    const __m256i now = _mm256_set1_epi32((int)now_s);
    for (unsigned i = 0; i < 64; i += 8) {
        __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)(due + i));
        __m256i in_time = _mm256_cmpeq_epi32(_mm256_max_epu32(v, now), v);
        late |= (uint64_t)(uint8_t)~_mm256_movemask_ps(_mm256_castsi256_ps(in_time)) << i;
    }
    return late & open;
}

/* What the rows of a block are, a bit a row. */
struct planes {
    uint64_t open, late, missed, reopened, again;
    uint64_t one, two; /* the rating's two bits */
    uint64_t weight[5];
    bool heavy; /* the upper three of them are not all 0 */
};

AVX2 static inline struct planes planes_of(const struct geo_heat_query *q,
                                           const struct heat_leaf *leaf, size_t at, uint64_t bits)
{
    const struct bytes64 state = load64(leaf->state + at);
    const struct bytes64 flags = load64(leaf->flags + at);
    const __m256i heavy = _mm256_set1_epi8((char)0xe0);
    struct planes p = {.open = open_of(q, state) & bits,
                       .missed = PLANE(flags, 2),
                       .reopened = PLANE(state, 7),
                       .one = PLANE(flags, 0),
                       .two = PLANE(flags, 1),
                       .weight = {PLANE(flags, 3), PLANE(flags, 4)},
                       .heavy =
                           _mm256_testz_si256(_mm256_or_si256(flags.low, flags.high), heavy) == 0};
    p.late = late_of(leaf->due + at, p.open, q->view->now_s);
    p.again = p.reopened & p.open;
    if (p.heavy) {
        p.weight[2] = PLANE(flags, 5);
        p.weight[3] = PLANE(flags, 6);
        p.weight[4] = PLANE(flags, 7);
    }
    return p;
}

AVX2 static inline struct geo_heat_sums sums_of(const struct planes *p, uint64_t set)
{
    uint32_t weight = ones(p->weight[0] & set) + 2 * ones(p->weight[1] & set);
    if (p->heavy) {
        weight += 4 * ones(p->weight[2] & set) + 8 * ones(p->weight[3] & set) +
                  16 * ones(p->weight[4] & set);
    }
    return (struct geo_heat_sums){.count = ones(set),
                                  .open = ones(p->open & set),
                                  .late = ones(p->late & set),
                                  .missed = ones(p->missed & set),
                                  .reopened = ones(p->reopened & set),
                                  .again = ones(p->again & set),
                                  .rated = ones((p->one | p->two) & set),
                                  .satisfaction = ones(p->one & set) + 2 * ones(p->two & set),
                                  .weight = weight};
}

AVX2 static void count_sets(const struct geo_heat_query *q, const struct heat_leaf *leaf, size_t at,
                            const uint64_t *sets, size_t n, struct geo_heat_sums *sums)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < n; i++) {
        bits |= sets[i];
    }
    if (ones(bits) < FEW) {
        for (size_t i = 0; i < n; i++) {
            sums[i] = count_few(q, leaf, at, sets[i]);
        }
        return;
    }
    const struct planes planes = planes_of(q, leaf, at, bits);
    for (size_t i = 0; i < n; i++) {
        sums[i] = sums_of(&planes, sets[i]);
    }
}

/* A bit for each of 64 rows whose key is of another square than that of the row before it; always
 * one for the first. */
AVX2 static uint64_t key_starts(const uint64_t *keys, unsigned shift)
{
    const __m128i by = _mm_cvtsi32_si128((int)shift);
    uint64_t same = 0;
    for (unsigned i = 0; i < 64; i += 4) {
        /* The first row has none before it. */
        __m256i before = _mm256_loadu_si256((const __m256i *)(const void *)(keys + i - (i > 0)));
        if (i == 0) {
            before = _mm256_permute4x64_epi64(before, 0x90);
        }
        __m256i key = _mm256_loadu_si256((const __m256i *)(const void *)(keys + i));
        __m256i differs = _mm256_srl_epi64(_mm256_xor_si256(key, before), by);
        __m256i is_same = _mm256_cmpeq_epi64(differs, _mm256_setzero_si256());
        same |= (uint64_t)(unsigned)_mm256_movemask_pd(_mm256_castsi256_pd(is_same)) << i;
    }
    return ~same | 1U;
}
#endif

void heat_count_sets(const struct geo_heat_query *q, const struct heat_leaf *leaf, size_t at,
                     const uint64_t *sets, size_t n, struct geo_heat_sums *sums)
{
#ifdef __x86_64__
    count_sets(q, leaf, at, sets, n, sums); /* blocks are only where heat_by_blocks has looked */
#else
    for (size_t i = 0; i < n; i++) {
        sums[i] = count_few(q, leaf, at, sets[i]);
    }
#endif
}

size_t heat_sets_by_keys(const struct heat_leaf *leaf, const struct heat_block *block,
                         unsigned shift, uint64_t *sets)
{
    size_t n = 0;
#ifdef __x86_64__
    const uint64_t starts = key_starts(leaf->keys + block->at, shift);
    for (uint64_t left = block->bits; left != 0; left ^= sets[n - 1]) {
        unsigned first = (unsigned)__builtin_ctzll(left);
        uint64_t behind = starts & (UINT64_MAX << first) << 1; /* in two: 64 is too far */
        sets[n++] = left & ((behind & -behind) - 1);
    }
#else
    (void)leaf;
    (void)block;
    (void)shift;
    (void)sets; /* never asked */
#endif
    return n;
}
