/* /api/v1/events: server-sent events. What was committed is told as the tile (zoom 14) that changed
 * and the category; whatever changes the map (also a status, a place, a deadline that passes) is
 * told as the tiles that changed. Both come after the heat index has it; never who, what words, or
 * where exactly, so it needs no account. People of an agency are told besides of what happens to
 * their own complaints (event "work"), those who see all of all. A client that reads too slowly is
 * cut, and comes back by itself. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "geo/geo_tile.h"
#include "server/api/api_about.h"
#include "server/api/event_list.h"
#include "server/base/clock.h"
#include "server/base/json_text.h"

#define TILE_ZOOM  14
#define TEXT_MAX   ((size_t)256 << 10)
#define LIFE_NS    UINT64_C(600000000000) /* of a stream with an account: then it asks again */
#define AGENCY_MAX 65
#define LIST_MAX   1024
#define SEES_ALL   (AUTH_OPERATOR | AUTH_SUPERVISOR | AUTH_LEADER)
#define SEES_OWN   (AUTH_AGENCY_STAFF | AUTH_AGENCY_HEAD)

struct event_stream {
    struct event_link link;    /* first */
    bool all;                  /* hears of every complaint */
    char agency[AGENCY_MAX];   /* hears of this one's; "": of none */
    char desk[AGENCY_MAX];     /* of this desk's only; "": of all */
    char categories[LIST_MAX]; /* of these and below only; "": of all */
};

static void note_account(struct http_request *r, struct event_stream *s)
{
    const struct auth_user *user = auth_user(r);
    s->all = auth_is(r, SEES_ALL);
    if (auth_is(r, SEES_OWN) && user->agency != NULL) {
        (void)snprintf(s->agency, sizeof(s->agency), "%s", user->agency);
    }
    if (user != NULL) { /* a list that does not fit is cut: less is heard, never more */
        (void)snprintf(s->desk, sizeof(s->desk), "%s", user->desk == NULL ? "" : user->desk);
        (void)snprintf(s->categories, sizeof(s->categories), "%s",
                       user->categories == NULL ? "" : user->categories);
    }
    s->link.until_ns = user == NULL ? 0 : clock_mono_ns() + LIFE_NS; /* it may be gone by then */
}

static void open_stream(struct http_request *r)
{
    struct event_stream *s = event_list_open(r, &api_worker(r)->streams, sizeof(*s));
    if (s != NULL) {
        note_account(r, s);
    }
}

static void get_events(struct http_request *r)
{
    auth_resolve(r, open_stream);
}

static const char *category_of_id(const struct snapshot *s, int id)
{
    for (size_t i = 0; s != NULL && i < s->n_categories; i++) {
        if (s->categories[i].id == id) {
            return s->categories[i].code;
        }
    }
    return NULL;
}

/* "CODE LON LAT CATEGORY"; LON and LAT are missing where no place was found. */
static void append_event(struct strbuf *out, const struct snapshot *s, struct str row)
{
    char text[128];
    (void)str_cut(&row, ' '); /* the code is not for everybody */
    struct str lon = str_cut(&row, ' ');
    struct str lat = str_cut(&row, ' ');
    bool placed = lon.n > 0 && lat.n > 0;
    snprintf(text, sizeof(text), "%.*s %.*s %.*s", (int)lon.n, lon.p, (int)lat.n, lat.p, (int)row.n,
             row.p);
    char *at = text;
    struct geo_point point = {.lon = placed ? strtod(at, &at) : 0};
    point.lat = placed ? strtod(at, &at) : 0;
    int category = (int)strtol(at, NULL, 10);
    strbuf_append_z(out, "event: complaint\ndata: {");
    if (placed) {
        struct geo_tile tile = geo_tile_at(point, TILE_ZOOM);
        json_text_key(out, "tile");
        strbuf_printf(out, "[%u,%u,%u]", tile.z, tile.x, tile.y);
    }
    json_text_field(out, "category", category_of_id(s, category));
    strbuf_append_z(out, "}\n\n");
}

/* "X Y;X Y;...": tiles of TILE_ZOOM where the map is other than before. */
static void append_tiles(struct strbuf *out, struct str rest)
{
    const char *comma = "";
    strbuf_append_z(out, "event: tiles\ndata: {\"tiles\":[");
    while (rest.n > 0) {
        struct str y = str_cut(&rest, ';');
        struct str x = str_cut(&y, ' ');
        if (x.n > 0 && y.n > 0) {
            strbuf_printf(out, "%s[%d,%.*s,%.*s]", comma, TILE_ZOOM, (int)x.n, x.p, (int)y.n, y.p);
            comma = ",";
        }
    }
    strbuf_append_z(out, "]}\n\n");
}

static bool part_is(struct str part, const char *code)
{
    return *code != '\0' && str_equal_z(part, code);
}

static bool in_categories(const struct snapshot *snapshot, const struct event_stream *s,
                          struct str category)
{
    char code[64] = "";
    if (*s->categories == '\0') {
        return true;
    }
    (void)snprintf(code, sizeof(code), "%.*s", (int)category.n, category.p);
    return auth_below_one_of(snapshot, s->categories, code);
}

/* "CODE EVENT AGENCY DESK FROM CATEGORY", a dash for none: to those whose it is, or was. */
static void tell_work(const struct snapshot *snapshot, const struct event_stream *s, struct str row,
                      struct strbuf *out)
{
    struct str code = str_cut(&row, ' ');
    struct str event = str_cut(&row, ' ');
    struct str agency = str_cut(&row, ' ');
    struct str desk = str_cut(&row, ' ');
    struct str from = str_cut(&row, ' ');
    bool own =
        (s->all || part_is(agency, s->agency)) && (*s->desk == '\0' || part_is(desk, s->desk));
    bool was = *s->desk == '\0' && part_is(from, s->agency); /* of which desk is not told */
    if ((!own && !was) || !in_categories(snapshot, s, row)) {
        return;
    }
    bool left = !own;
    strbuf_append_z(out, "event: work\ndata: {");
    json_text_key(out, "code");
    json_text_string_n(out, code);
    json_text_key(out, "event");
    json_text_string_n(out, left ? STR("left") : event);
    if (!left) { /* where it went is for its new agency */
        json_text_key(out, "agency");
        json_text_string_n(out, agency);
        json_text_key(out, "desk");
        json_text_string_n(out, str_equal_z(desk, "-") ? STR("") : desk);
        json_text_key(out, "category");
        json_text_string_n(out, row);
    }
    strbuf_append_z(out, "}\n\n");
}

/* What the thread that tells people says: only of what is committed, and only to staff. */
static void tell_staff(struct worker *w, struct str told)
{
    for (struct event_link *link = w->streams; link != NULL; link = link->next) {
        const struct event_stream *s = (struct event_stream *)link;
        struct strbuf out;
        if (!s->all && *s->agency == '\0') {
            continue;
        }
        strbuf_init(&out, TEXT_MAX);
        struct str rest = told;
        if (str_equal_z(told, "many")) {
            strbuf_append_z(&out, "event: many\ndata: {}\n\n");
            rest.n = 0;
        }
        while (rest.n > 0) {
            tell_work(w->snapshot, s, str_cut(&rest, ';'), &out);
        }
        if (out.n > 0) {
            (void)http_stream_write(link->http, (struct str){out.p, out.n});
        }
        strbuf_free(&out);
    }
}

/* "ID STATUS": that it is another than before, not where or what. */
static void append_incident(struct strbuf *out, struct str rest)
{
    struct str id = str_cut(&rest, ' ');
    strbuf_printf(out, "event: incident\ndata: {\"id\":%.*s,\"status\":\"%.*s\"}\n\n", (int)id.n,
                  id.p, (int)rest.n, rest.p);
}

void api_events_tell(struct worker *w, const char *told)
{
    struct strbuf out;
    if (w->streams == NULL) {
        return;
    }
    struct str rest = str_of(told);
    if (rest.n > 6 && strncmp(rest.p, "staff ", 6) == 0) {
        tell_staff(w, (struct str){rest.p + 6, rest.n - 6});
        return;
    }
    strbuf_init(&out, TEXT_MAX);
    if (str_equal_z(rest, "many")) {
        strbuf_append_z(&out, "event: many\ndata: {}\n\n"); /* look at everything again */
        rest.n = 0;
    } else if (rest.n > 9 && strncmp(rest.p, "incident ", 9) == 0) {
        append_incident(&out, (struct str){rest.p + 9, rest.n - 9});
        rest.n = 0;
    } else if (rest.n > 6 && strncmp(rest.p, "tiles ", 6) == 0) {
        append_tiles(&out, (struct str){rest.p + 6, rest.n - 6});
        rest.n = 0;
    }
    while (rest.n > 0) {
        append_event(&out, w->snapshot, str_cut(&rest, ';'));
    }
    event_list_write(w->streams, (struct str){out.p, out.n});
    strbuf_free(&out);
}

void api_events_idle(struct worker *w, bool stopping)
{
    event_list_idle(&w->call_streams, stopping);
    event_list_idle(&w->streams, stopping);
}

const struct http_route api_event_routes[] = {
    {HTTP_GET, "/api/v1/events", get_events,
     ABOUT(.tag = "events", .summary = "Server-sent events: what came in, which tiles changed",
           .answer = "text/event-stream")},
};
const size_t n_api_event_routes = sizeof(api_event_routes) / sizeof(api_event_routes[0]);
