#include "server/city/city_demo_random.h"

static uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

struct city_demo_random city_demo_random_start(uint64_t seed, enum city_demo_stream kind,
                                               uint64_t number)
{
    uint64_t state = mix(seed + UINT64_C(0x9e3779b97f4a7c15));
    state = mix(state ^ ((uint64_t)kind * UINT64_C(0xd1b54a32d192ed03)));
    return (struct city_demo_random){mix(state ^ (number * UINT64_C(0x8cb92ba72f3d8dd7)))};
}

uint64_t city_demo_random_next(struct city_demo_random *r)
{
    r->state += UINT64_C(0x9e3779b97f4a7c15);
    return mix(r->state);
}

double city_demo_random_unit(struct city_demo_random *r)
{
    return (double)(city_demo_random_next(r) >> 11) * 0x1p-53;
}

size_t city_demo_random_below(struct city_demo_random *r, size_t n)
{
    return (size_t)(city_demo_random_unit(r) * (double)n);
}

double city_demo_random_bell(struct city_demo_random *r)
{
    /* Four even draws have a variance of 1/3. */
    double sum = -2;
    for (int i = 0; i < 4; i++) {
        sum += city_demo_random_unit(r);
    }
    return sum * 1.7320508075688772;
}

size_t city_demo_random_pick(const double *running_sum, size_t n, double share)
{
    double sought = share * running_sum[n - 1];
    size_t low = 0;
    size_t high = n - 1;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (running_sum[middle] > sought) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}
