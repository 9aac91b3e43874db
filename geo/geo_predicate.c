#include "geo/geo_predicate.h"

#include <stddef.h>

/* 113 bits of mantissa and 15 of exponent: the product of any two doubles fits without rounding. */
__extension__ typedef __float128 quad;

/* The difference of two doubles, and whether it came out without rounding (Knuth's two-sum). */
static bool exact_difference(double a, double b, double *difference)
{
    double d = a - b;
    double b_seen = a - d;
    double a_seen = d + b_seen;
    *difference = d;
    return (a - a_seen) + (b_seen - b) == 0.0; /* NaN (an overflow) is not exact either */
}

/* Adds `value` to a sum kept as non-overlapping parts, smallest first; nothing is rounded away
 * (Shewchuk's grow-expansion, in quad arithmetic). */
static void expansion_add(quad *parts, size_t *n, quad value)
{
    quad carry = value;
    for (size_t i = 0; i < *n; i++) {
        quad sum = carry + parts[i];
        quad part_seen = sum - carry;
        quad carry_seen = sum - part_seen;
        parts[i] = (carry - carry_seen) + (parts[i] - part_seen);
        carry = sum;
    }
    parts[(*n)++] = carry;
}

/* The determinant multiplied out has six products of input numbers, each of them exact in quad. */
static int sign_by_expansion(struct geo_point a, struct geo_point b, struct geo_point p)
{
    const quad products[6] = {
        (quad)a.lon * (quad)b.lat,    -((quad)a.lat * (quad)b.lon), (quad)b.lon * (quad)p.lat,
        -((quad)b.lat * (quad)p.lon), (quad)p.lon * (quad)a.lat,    -((quad)p.lat * (quad)a.lon),
    };
    quad parts[6];
    size_t n = 0;
    for (size_t i = 0; i < 6; i++) {
        expansion_add(parts, &n, products[i]);
    }
    /* The parts don't overlap, so the largest that is not zero outweighs all the others. */
    while (n > 0 && parts[n - 1] == 0) {
        n--;
    }
    return n == 0 ? 0 : parts[n - 1] > 0 ? 1 : -1;
}

int geo_orient_exact(struct geo_point a, struct geo_point b, struct geo_point p)
{
    double a_lon;
    double a_lat;
    double b_lon;
    double b_lat;
    bool exact = exact_difference(a.lon, p.lon, &a_lon);
    exact = exact_difference(a.lat, p.lat, &a_lat) && exact;
    exact = exact_difference(b.lon, p.lon, &b_lon) && exact;
    exact = exact_difference(b.lat, p.lat, &b_lat) && exact;
    if (!exact) {
        return sign_by_expansion(a, b, p);
    }
    /* Near a boundary this is the rule: neighbours differ by less than a factor of two, and then
     * doubles subtract exactly. Two exact products need comparing only. */
    quad left = (quad)a_lon * (quad)b_lat;
    quad right = (quad)a_lat * (quad)b_lon;
    return left > right ? 1 : left < right ? -1 : 0;
}

static bool between(double v, double a, double b)
{
    return a < b ? v >= a && v <= b : v >= b && v <= a;
}

bool geo_on_segment(struct geo_point p, struct geo_point a, struct geo_point b)
{
    return between(p.lon, a.lon, b.lon) && between(p.lat, a.lat, b.lat) && geo_orient(a, b, p) == 0;
}

bool geo_segment_meets_box(struct geo_point a, struct geo_point b, const struct geo_box *box)
{
    if ((a.lon < box->west && b.lon < box->west) || (a.lon > box->east && b.lon > box->east) ||
        (a.lat < box->south && b.lat < box->south) || (a.lat > box->north && b.lat > box->north)) {
        return false;
    }
    if (geo_box_has(box, a) || geo_box_has(box, b)) {
        return true;
    }
    /* The boxes overlap, so the segment misses this one only if its line passes a corner by: of the
     * two corners that the line's slope leaves in question, both are then on the same side. */
    bool rising = (b.lon > a.lon) == (b.lat > a.lat);
    struct geo_point first = {box->west, rising ? box->north : box->south};
    struct geo_point second = {box->east, rising ? box->south : box->north};
    int s = geo_orient(a, b, first);
    return s == 0 || s != geo_orient(a, b, second);
}
