/* Where tests kill the process. In builds with sanitizers, HOTLINE_FAULT=NAME ends it at
 * CRASH_POINT("NAME") as kill -9 would, without a word; HOTLINE_FAULT=NAME:3 the third time that it
 * comes by. In release builds there is nothing of it. */
#ifndef BASE_CRASH_POINT_H
#define BASE_CRASH_POINT_H

#ifdef HOTLINE_CRASH_POINTS
void crash_point(const char *name);
#define CRASH_POINT(name) crash_point(name)
#else
#define CRASH_POINT(name) ((void)0)
#endif

#endif
