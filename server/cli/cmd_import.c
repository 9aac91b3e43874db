/* hotline import KIND FILE... */
#include <stdio.h>
#include <string.h>

#include "server/city/city_agencies.h"
#include "server/city/city_calendar.h"
#include "server/city/city_categories.h"
#include "server/city/city_complaints.h"
#include "server/city/city_gazetteer.h"
#include "server/city/city_layer_load.h"
#include "server/city/city_load.h"
#include "server/city/city_osm.h"
#include "server/city/city_population.h"
#include "server/city/city_rules.h"
#include "server/cli/cli.h"
#include "server/db/db_sync.h"

/* What the options say; each kind reads what concerns it. */
struct import_options {
    const char *database;
    bool keep_good;
    bool draft;
    struct city_boundary_file boundaries;
    struct city_layer_file layer;
    int64_t min_zoom, position;
    const char *color;
};

struct import_arguments {
    int argc;
    char **argv;
    int operands;
};

typedef enum status import_file(struct db_sync *db, const char *path,
                                const struct import_options *o, struct err *e);

struct import_kind {
    const char *name, *arguments, *about;
    import_file *run;
    bool in_transaction; /* the caller makes one for each file */
    bool standard_input;
};

static enum status import_city(struct db_sync *db, const char *path, const struct import_options *o,
                               struct err *e)
{
    return city_load_folder(db, path, o->keep_good, e);
}

static enum status import_boundaries(struct db_sync *db, const char *path,
                                     const struct import_options *o, struct err *e)
{
    struct city_report report;
    struct city_boundary_file file = o->boundaries;
    file.path = path;
    return city_boundaries_load(db, &file, o->keep_good, &report, e);
}

static enum status import_agencies(struct db_sync *db, const char *path,
                                   const struct import_options *o, struct err *e)
{
    struct city_report report;
    return city_agencies_load(db, path, o->keep_good, &report, e);
}

static enum status import_rules(struct db_sync *db, const char *path,
                                const struct import_options *o, struct err *e)
{
    const struct city_rules_wish wish = {.path = path, .draft = o->draft};
    return city_rules_load(db, &wish, e);
}

static enum status import_categories(struct db_sync *db, const char *path,
                                     const struct import_options *o, struct err *e)
{
    struct city_report report;
    return city_categories_load(db, path, o->keep_good, &report, e);
}

static enum status import_calendar(struct db_sync *db, const char *path,
                                   const struct import_options *o, struct err *e)
{
    struct city_report report;
    return city_calendar_load(db, path, o->keep_good, &report, e);
}

static enum status import_deadlines(struct db_sync *db, const char *path,
                                    const struct import_options *o, struct err *e)
{
    struct city_report report;
    return city_deadlines_load(db, path, o->keep_good, &report, e);
}

static enum status import_addresses(struct db_sync *db, const char *path,
                                    const struct import_options *o, struct err *e)
{
    struct city_report report;
    return city_addresses_load(db, path, o->keep_good, &report, e);
}

static enum status import_pois(struct db_sync *db, const char *path, const struct import_options *o,
                               struct err *e)
{
    struct city_report report;
    return city_places_load(db, path, o->keep_good, &report, e);
}

static enum status import_population(struct db_sync *db, const char *path,
                                     const struct import_options *o, struct err *e)
{
    struct city_report report;
    return city_population_load(db, path, o->keep_good, &report, e);
}

static enum status import_osm(struct db_sync *db, const char *path, const struct import_options *o,
                              struct err *e)
{
    struct city_report report;
    (void)o;
    enum status status = city_osm_stage(db, path, e);
    if (status == STATUS_OK) {
        status = db_sync_begin(db, e);
    }
    if (status == STATUS_OK) {
        status = city_osm_merge(db, path, &report, e);
    }
    if (status == STATUS_OK) {
        status = db_sync_commit(db, e);
    }
    db_sync_rollback(db);
    city_osm_unstage(db);
    return status;
}

static enum status import_complaints(struct db_sync *db, const char *path,
                                     const struct import_options *o, struct err *e)
{
    const struct city_complaint_file file = {.path = path, .columns = city_complaints_own_columns};
    return city_complaints_load(db, &file, o->keep_good, e);
}

static enum status import_layer(struct db_sync *db, const char *path,
                                const struct import_options *o, struct err *e)
{
    struct city_report report;
    struct city_layer_file file = o->layer;
    char style[64];
    file.path = path;
    file.layer.min_zoom = (int)o->min_zoom;
    file.layer.position = (int)o->position;
    if (o->color && !file.layer.style) {
        (void)snprintf(style, sizeof style, "{\"color\": \"%.20s\"}", o->color);
        file.layer.style = style;
    }
    return city_layer_load(db, &file, o->keep_good, &report, e);
}

static const struct import_kind kinds[] = {
    {"city", "FOLDER", "A whole data folder, as its city.json describes it.", import_city, false,
     false},
    {"boundaries", "FILE...",
     "GeoJSON polygons of one level (--level) in force from --from until before --to; a file of "
     "the\n"
     "same name replaces what it brought before.",
     import_boundaries, true, true},
    {"agencies", "FILE...",
     "CSV: code,name,name_en,kind,fallback,categories,class,reach[,valid_from,valid_to,unit,\n"
     "jurisdiction,calendar]. A code with {code} makes one agency for each ward or district.",
     import_agencies, true, true},
    {"categories", "FILE...",
     "CSV: code,parent,name_vi,name_en,keywords,urgent,deadline_hours,deadline_working_days.",
     import_categories, true, true},
    {"rules", "FILE...",
     "Routing rules in their text form (docs/routing-rules.md): checked whole, then published as "
     "a\n"
     "new version; --draft leaves them a draft.",
     import_rules, false, true},
    {"calendar", "FILE...",
     "CSV: kind,date,name_vi,name_en,calendar,weekdays,hours,follows_city. holiday and working "
     "are\n"
     "days; calendar begins a named one; week gives the hours of weekdays (12345). Afterwards\n"
     "`hotline deadlines recompute` brings open complaints up to date.",
     import_calendar, true, true},
    {"deadlines", "FILE...",
     "CSV: category,urgency,step,unit,amount. Without a category: the default.", import_deadlines,
     true, true},
    {"addresses", "FILE...", "CSV: housenumber,street,name,lon,lat.", import_addresses, true, true},
    {"pois", "FILE...", "CSV: name,name_en,kind,lon,lat.", import_pois, true, true},
    {"places", "FILE...", "The same under another name.", import_pois, true, true},
    {"osm", "FILE...", "An OpenStreetMap extract: streets, addresses and named places.", import_osm,
     false, false},
    {"layer", "FILE...",
     "A layer of the map: GeoJSON, CSV with lon and lat, or whatever ogr2ogr reads (GeoPackage,\n"
     "Shapefile, KML). Attributes are kept; a file of the same name replaces what it brought\n"
     "before, while the service goes on. Of a layer that is there only what is given changes.",
     import_layer, true, true},
    {"population", "FILE...",
     "CSV: level,code,residents,on_day[,approximate,source]: how many live in a ward or district.",
     import_population, true, true},
    {"complaints", "FILE...",
     "CSV: id,received_at,closed_at,category,description,address,channel,lon,lat,accuracy_m,\n"
     "occurred_at,reporter_name,reporter_phone,reporter_email; received_at and category are "
     "needed.\n"
     "A record that was stored before, by file name and id, is not stored again.",
     import_complaints, false, true},
};

static void print_kinds(FILE *to)
{
    (void)fputs("usage: hotline import KIND FILE... [options]\n\n", to);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        (void)fprintf(to, "  %-11s %s\n", kinds[i].name, kinds[i].arguments);
    }
    (void)fputs("\nFiles may be gzipped; - is standard input. A file is loaded whole or not at all"
                "\nunless --keep-good. hotline import KIND --help tells more.\n",
                to);
}

static const struct import_kind *find_kind(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(name, kinds[i].name) == 0) {
            return &kinds[i];
        }
    }
    return NULL;
}

static enum status run_one(struct db_sync *db, const struct import_kind *kind, const char *path,
                           const struct import_options *o, struct err *e)
{
    if (!kind->in_transaction) {
        return kind->run(db, path, o, e);
    }
    enum status status = db_sync_begin(db, e);
    if (status == STATUS_OK) {
        status = kind->run(db, path, o, e);
    }
    if (status == STATUS_OK) {
        status = db_sync_commit(db, e);
    }
    db_sync_rollback(db);
    return status;
}

/* Rates are taken of what these bring. */
static bool changes_units(const struct import_kind *kind, const struct import_options *o)
{
    const char *layer = o->layer.layer.code;
    return kind->run == import_boundaries || kind->run == import_osm ||
           kind->run == import_population || (layer && strcmp(layer, "roads") == 0);
}

static int run_all(const struct import_kind *kind, char **paths, int n,
                   const struct import_options *o)
{
    struct err e;
    struct db_sync *db = NULL;
    if (cli_connect_city(o->database, &db, &e) != STATUS_OK) {
        return cli_fail(&e);
    }
    int code = CLI_OK;
    for (int i = 0; i < n; i++) {
        if (run_one(db, kind, paths[i], o, &e) != STATUS_OK) {
            code = cli_fail(&e);
        }
    }
    if (code == CLI_OK && changes_units(kind, o) && city_population_measure(db, &e) != STATUS_OK) {
        code = cli_fail(&e);
    }
    db_sync_close(db);
    return code;
}

/* What the kind needs and was not given; -1 when all is there. */
static int check_kind(const struct cli_usage *usage, const struct import_kind *kind, char **argv,
                      const struct import_options *o, int operands)
{
    if (operands == 0) {
        return cli_misuse(usage, "no %s given", kind->run == import_city ? "folder" : "file");
    }
    if (kind->run == import_boundaries && (!o->boundaries.level || !o->boundaries.valid_from)) {
        return cli_misuse(usage, "--level and --from are needed");
    }
    if (kind->run == import_layer && o->color &&
        strspn(o->color, "#0123456789abcdefABCDEF") != strlen(o->color)) {
        return cli_misuse(usage, "--color is written as #c2410c");
    }
    for (int i = 1; i <= operands && !kind->standard_input; i++) {
        if (strcmp(argv[i], "-") == 0) {
            return cli_misuse(usage, "standard input cannot be used for this kind");
        }
    }
    return -1;
}

static int parse_usage(const struct import_kind *kind, const struct cli_option *options, size_t n,
                       struct import_options *o, struct import_arguments *a)
{
    char command[64];
    (void)snprintf(command, sizeof command, "hotline import %s", kind->name);
    const struct cli_usage usage = {command, kind->arguments, kind->about, options, n};
    int code = cli_parse(&usage, a->argc, a->argv, &a->operands);
    return code >= 0 ? code : check_kind(&usage, kind, a->argv, o, a->operands);
}

#define COMMON_OPTIONS(o)                                                                          \
    CLI_DATABASE(&(o)->database),                                                                  \
    {                                                                                              \
        "keep-good", CLI_FLAG, &(o)->keep_good, NULL, "load the good rows though some are refused" \
    }

static int parse_boundaries(const struct import_kind *kind, struct import_options *o,
                            struct import_arguments *a)
{
    struct city_boundary_file *b = &o->boundaries;
    const struct cli_option options[] = {
        COMMON_OPTIONS(o),
        {"level", CLI_TEXT, &b->level, "LEVEL", "ward or district"},
        {"from", CLI_TEXT, &b->valid_from, "DATE", "first day that they hold"},
        {"to", CLI_TEXT, &b->valid_to, "DATE", "first day that they don't (default: still hold)"},
        {"code", CLI_TEXT, &b->code_property, "NAME", "property with the code"},
        {"name", CLI_TEXT, &b->name_property, "NAME", "property with the name"},
        {"type", CLI_TEXT, &b->type_property, "NAME", "property with the kind of unit"},
        {"parent", CLI_TEXT, &b->parent_property, "NAME", "property with the district's code"},
        {"approximate", CLI_FLAG, &b->approximate, NULL, "not the official lines"},
    };
    return parse_usage(kind, options, sizeof options / sizeof options[0], o, a);
}

static int parse_layer(const struct import_kind *kind, struct import_options *o,
                       struct import_arguments *a)
{
    struct city_layer_file *l = &o->layer;
    const struct cli_option options[] = {
        COMMON_OPTIONS(o),
        {"code", CLI_TEXT, &l->layer.code, "CODE", "the layer (default: from the file's name)"},
        {"name-vi", CLI_TEXT, &l->layer.name_vi, "TEXT", "its name; a new layer needs one"},
        {"name-en", CLI_TEXT, &l->layer.name_en, "TEXT", "its English name"},
        {"group", CLI_TEXT, &l->layer.group, "CODE", "incidents, works, facilities, overlay, base"},
        {"group-vi", CLI_TEXT, &l->group_vi, "TEXT", "makes a group of that code and name"},
        {"group-en", CLI_TEXT, &l->group_en, "TEXT", "its English name"},
        {"kind", CLI_TEXT, &l->layer.kind, "KIND", "point, line, polygon (default: as the first)"},
        {"private", CLI_FLAG, &l->secret, NULL, "only for those who are logged in"},
        {"public", CLI_FLAG, &l->open, NULL, "for everybody (default of a new layer)"},
        {"min-zoom", CLI_WHOLE, &o->min_zoom, "N", "not drawn when further away"},
        {"position", CLI_WHOLE, &o->position, "N", "place in the list of its group"},
        {"color", CLI_TEXT, &o->color, "#RRGGBB", "its colour"},
        {"style", CLI_TEXT, &l->layer.style, "JSON", "color, width, icon, property, values"},
        {"attribution", CLI_TEXT, &l->layer.attribution, "TEXT", "whose data it is"},
        {"name", CLI_TEXT, &l->name, "NAME", "property or column with a feature's name"},
        {"id", CLI_TEXT, &l->id, "NAME", "property with its number in the source"},
        {"from-column", CLI_TEXT, &l->from, "NAME", "property with the time it begins to hold"},
        {"to-column", CLI_TEXT, &l->to, "NAME", "property with the time it ends"},
        {"from", CLI_TEXT, &l->valid_from, "TIME", "when all of them begin to hold"},
        {"to", CLI_TEXT, &l->valid_to, "TIME", "when all of them end"},
        {"lon", CLI_TEXT, &l->lon, "NAME", "CSV column of longitude or easting (lon)"},
        {"lat", CLI_TEXT, &l->lat, "NAME", "CSV column of latitude or northing (lat)"},
        {"crs", CLI_TEXT, &l->crs, "EPSG:N", "coordinates are metres of it (9210: VN-2000)"},
        {"layer", CLI_TEXT, &l->source_layer, "NAME", "which layer of a source with several"},
        {"repair", CLI_FLAG, &l->repair, NULL, "make invalid geometry valid, and say so"},
        {"replace", CLI_FLAG, &l->replace, NULL, "all that the layer has goes"},
    };
    return parse_usage(kind, options, sizeof options / sizeof options[0], o, a);
}

static int parse_kind(const struct import_kind *kind, struct import_options *o,
                      struct import_arguments *a)
{
    if (kind->run == import_boundaries) {
        return parse_boundaries(kind, o, a);
    }
    if (kind->run == import_layer) {
        return parse_layer(kind, o, a);
    }
    const struct cli_option options[] = {
        COMMON_OPTIONS(o), {"draft", CLI_FLAG, &o->draft, NULL, "leave the rules a draft"}};
    size_t n = sizeof options / sizeof options[0] - (kind->run == import_rules ? 0 : 1);
    return parse_usage(kind, options, n, o, a);
}

int cmd_import(int argc, char **argv)
{
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_kinds(argc < 2 ? stderr : stdout);
        return argc < 2 ? CLI_USAGE : CLI_OK;
    }
    const struct import_kind *kind = find_kind(argv[1]);
    if (!kind) {
        (void)fprintf(stderr, "hotline import: there is no kind %s\n", argv[1]);
        print_kinds(stderr);
        return CLI_USAGE;
    }
    struct import_options o = {.min_zoom = -1, .position = -1};
    struct import_arguments a = {.argc = argc - 1, .argv = argv + 1};
    int code = parse_kind(kind, &o, &a);
    return code >= 0 ? code : run_all(kind, argv + 2, a.operands, &o);
}
