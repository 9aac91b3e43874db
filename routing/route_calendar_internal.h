/* The inside of a calendar, for routing/ only: what route_calendar_build.c makes and
 * route_calendar.c reads. */
#ifndef ROUTING_ROUTE_CALENDAR_INTERNAL_H
#define ROUTING_ROUTE_CALENDAR_INTERNAL_H

#include "routing/route_calendar.h"

#define ROUTE_SECOND_US INT64_C(1000000)
#define ROUTE_MINUTE_US (60 * ROUTE_SECOND_US)
#define ROUTE_HOUR_US   (60 * ROUTE_MINUTE_US)
#define ROUTE_DAY_US    (24 * ROUTE_HOUR_US)

struct route_session {
    int64_t start_us, end_us; /* of the local day */
};

/* The hours of one kind of working day, in order. */
struct route_profile {
    struct route_session sessions[ROUTE_SESSIONS_MAX];
    size_t n;
};

#define ROUTE_DAY_OFF      255 /* no profile: not worked */
#define ROUTE_PROFILES_MAX 250

struct route_calendar {
    int32_t utc_offset_s;
    int32_t (*utc_offset_at)(void *context, int64_t at_us);
    void *utc_offset_context;       /* borrowed */
    struct route_profile *profiles; /* owned */
    size_t n_profiles;
    unsigned char week[7]; /* profile of each weekday, or ROUTE_DAY_OFF */
    int32_t first_day;     /* of the span of listed days */
    int32_t n_days;
    int32_t n_working; /* working days in the span */
    int32_t *working;  /* owned: they themselves, ascending */
    int32_t *up_to;    /* part of `working`: how many of them up to and with each day of the span */
    unsigned char listed[]; /* per day of the span: its profile or ROUTE_DAY_OFF */
};

#endif
