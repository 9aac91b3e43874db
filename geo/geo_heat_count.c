/* Counting wanted rows of a leaf, up to 64 at a time: what is counted is taken out of the columns
 * as a bit a row, and bits are counted together. */
#include <string.h>

#include "geo/geo_heat_walk.h"

/* Fewer are counted one by one. */
#define FEW 6

/* Of the open ones, how many are late. Deadlines lie far apart, and most are never read. */
static uint32_t late_of(const struct heat_leaf *leaf, size_t at, uint64_t open, uint32_t now_s)
{
    uint32_t late = 0;
    for (; open != 0; open &= open - 1) {
        late += leaf->due[at + (size_t)__builtin_ctzll(open)] < now_s;
    }
    return late;
}

static inline void count_few(const struct geo_heat_view *view, const struct heat_leaf *leaf,
                             const struct heat_block *block, struct geo_heat_sums *sums)
{
    for (uint64_t bits = block->bits; bits != 0; bits &= bits - 1) {
        size_t row = block->at + (size_t)__builtin_ctzll(bits);
        heat_count(sums, leaf->state[row], leaf->flags[row], leaf->due[row],
                   view->index->open_statuses, view->now_s);
    }
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
AVX2 static inline uint64_t open_of(struct bytes64 state, uint32_t open_statuses)
{
    uint8_t is_open[16];
    for (unsigned s = 0; s < 16; s++) {
        is_open[s] = (uint8_t)((open_statuses >> s & 1U) << 7);
    }
    const __m256i table =
        _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)is_open));
    const __m256i status = _mm256_set1_epi8(15);
    const struct bytes64 open = {_mm256_shuffle_epi8(table, _mm256_and_si256(state.low, status)),
                                 _mm256_shuffle_epi8(table, _mm256_and_si256(state.high, status))};
    return PLANE(open, 7);
}

AVX2 static inline uint32_t weight_of(struct bytes64 flags, uint64_t bits)
{
    uint32_t weight = ones(PLANE(flags, 3) & bits) + 2 * ones(PLANE(flags, 4) & bits);
    const __m256i heavy = _mm256_set1_epi8((char)0xe0);
    if (_mm256_testz_si256(_mm256_or_si256(flags.low, flags.high), heavy) == 0) {
        weight += 4 * ones(PLANE(flags, 5) & bits) + 8 * ones(PLANE(flags, 6) & bits) +
                  16 * ones(PLANE(flags, 7) & bits);
    }
    return weight;
}

AVX2 static void count_block(const struct geo_heat_view *view, const struct heat_leaf *leaf,
                             const struct heat_block *block, struct geo_heat_sums *sums)
{
    const uint64_t bits = block->bits;
    if (ones(bits) < FEW) {
        count_few(view, leaf, block, sums);
        return;
    }
    const struct bytes64 state = load64(leaf->state + block->at);
    const struct bytes64 flags = load64(leaf->flags + block->at);
    const uint64_t open = open_of(state, view->index->open_statuses) & bits;
    const uint64_t reopened = PLANE(state, 7) & bits;
    const uint64_t one = PLANE(flags, 0) & bits; /* the rating's two bits */
    const uint64_t two = PLANE(flags, 1) & bits;
    sums->count += ones(bits);
    sums->open += ones(open);
    sums->late += late_of(leaf, block->at, open, view->now_s);
    sums->missed += ones(PLANE(flags, 2) & bits);
    sums->reopened += ones(reopened);
    sums->again += ones(reopened & open);
    sums->rated += ones(one | two);
    sums->satisfaction += ones(one) + 2 * ones(two);
    sums->weight += weight_of(flags, bits);
}
#endif

void heat_count_block(const struct geo_heat_view *view, const struct heat_leaf *leaf,
                      const struct heat_block *block, struct geo_heat_sums *sums)
{
#ifdef __x86_64__
    count_block(view, leaf, block, sums); /* there are blocks where heat_by_blocks has looked */
#else
    count_few(view, leaf, block, sums);
#endif
}
