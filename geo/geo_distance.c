#include "geo/geo_distance.h"

#include <math.h>

/* WGS 84. */
#define SEMI_MAJOR_M         6378137.0
#define ECCENTRICITY_SQUARED 6.69437999014131705734e-3
#define RADIANS_PER_DEGREE   0.017453292519943295769

struct geo_degree geo_metres_per_degree(double latitude)
{
    double sine = sin(latitude * RADIANS_PER_DEGREE);
    double cosine = cos(latitude * RADIANS_PER_DEGREE);
    double w2 = 1 - ECCENTRICITY_SQUARED * sine * sine;
    double w = sqrt(w2);
    double prime_vertical = SEMI_MAJOR_M / w;
    double meridian = SEMI_MAJOR_M * (1 - ECCENTRICITY_SQUARED) / (w2 * w);
    return (struct geo_degree){prime_vertical * cosine * RADIANS_PER_DEGREE,
                               meridian * RADIANS_PER_DEGREE};
}

/* Degrees of longitude from a to b the short way. */
static double lon_difference(double a, double b)
{
    double d = b - a;
    return d > 180 ? d - 360 : d < -180 ? d + 360 : d;
}

double geo_distance_m(struct geo_point a, struct geo_point b)
{
    struct geo_degree m = geo_metres_per_degree((a.lat + b.lat) / 2);
    return hypot(lon_difference(a.lon, b.lon) * m.lon, (b.lat - a.lat) * m.lat);
}

double geo_distance_to_segment_m(struct geo_point p, struct geo_point a, struct geo_point b)
{
    struct geo_degree m = geo_metres_per_degree(p.lat);
    double a_east = lon_difference(p.lon, a.lon);
    double run = lon_difference(a.lon, b.lon);
    double x = a_east * m.lon;
    double y = (a.lat - p.lat) * m.lat;
    double dx = run * m.lon;
    double dy = (b.lat - a.lat) * m.lat;
    double length2 = dx * dx + dy * dy;
    double t = length2 > 0 ? -(x * dx + y * dy) / length2 : 0;
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    struct geo_point nearest = {p.lon + a_east + t * run, a.lat + t * (b.lat - a.lat)};
    return geo_distance_m(p, nearest);
}

struct geo_box geo_box_around(struct geo_point p, double metres)
{
    /* The longest degree of longitude counts: that of the box's edge nearest to a pole. A
     * thousandth more covers what the flat plane leaves out. */
    double reach = metres * 1.001;
    double lat = reach / geo_metres_per_degree(0).lat;
    double far = fmin(fabs(p.lat) + lat, 90);
    double per_degree = geo_metres_per_degree(far).lon;
    double lon = per_degree * 360 > reach ? reach / per_degree : 360;
    return (struct geo_box){fmax(p.lon - lon, -180), fmax(p.lat - lat, -90), fmin(p.lon + lon, 180),
                            fmin(p.lat + lat, 90)};
}
