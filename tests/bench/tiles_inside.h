/* Our tiles in process: the heat index and its encoder without HTTP, over places from a file. */
#ifndef BENCH_TILES_INSIDE_H
#define BENCH_TILES_INSIDE_H

/* Loads `places` ("LON LAT" a line), makes the tiles of `list` and prints a row for each zoom, and
 * the index's bytes for each complaint. Returns the exit code. */
int tiles_inside(const char *places, const char *list);

#endif
