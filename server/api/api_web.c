/* The built pages, from memory. Every page has the same strict policy: only what this service
 * itself serves, no inline script or style. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "server/api/api_about.h"
#include "server/api/api_web.h"

#define FILES_MAX      512
#define FILE_BYTES_MAX ((size_t)32 << 20)
#define DEPTH_MAX      4
#define POLICY                                                                                     \
    "default-src 'self'; img-src 'self' data: blob:%s; connect-src 'self'%s; worker-src 'self';"   \
    " object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

struct web_file {
    char *address; /* "/assets/app.js", owned */
    char *path;    /* the same without the slash */
    char *bytes;
    size_t size;
    char etag[24];
};

/* Filled once before the threads start, then only read. */
static struct web_file files[FILES_MAX];
static size_t n_files;

static const char *type_of(const char *path)
{
    static const struct {
        const char *ending, *type;
    } rows[] = {
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".mjs", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".json", "application/json"},
        {".webmanifest", "application/manifest+json"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".ico", "image/x-icon"},
        {".woff2", "font/woff2"},
        {".woff", "font/woff"},
        {".txt", "text/plain; charset=utf-8"},
    };
    size_t n = strlen(path);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t m = strlen(rows[i].ending);
        if (n > m && strcmp(path + n - m, rows[i].ending) == 0) {
            return rows[i].type;
        }
    }
    return "application/octet-stream";
}

static enum status load_file(const char *full, const char *path, size_t size, struct err *e)
{
    struct web_file *f = &files[n_files];
    FILE *in = n_files < FILES_MAX && size <= FILE_BYTES_MAX ? fopen(full, "rb") : NULL;
    if (in == NULL) {
        return err_set(e, STATUS_IO, "cannot read %s", full);
    }
    f->address = malloc(strlen(path) + 2);
    f->path = f->address == NULL ? NULL : f->address + 1;
    f->bytes = malloc(size + 1);
    f->size = f->bytes == NULL ? 0 : fread(f->bytes, 1, size, in);
    (void)fclose(in);
    n_files++;
    if (f->path != NULL) {
        snprintf(f->address, strlen(path) + 2, "/%s", path);
    }
    if (f->path == NULL || f->size != size) {
        return err_set(e, STATUS_IO, "cannot read %s", full);
    }
    uint64_t h = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < size; i++) {
        h = (h ^ (unsigned char)f->bytes[i]) * UINT64_C(1099511628211);
    }
    snprintf(f->etag, sizeof(f->etag), "\"%016llx\"", (unsigned long long)h);
    return STATUS_OK;
}

/* NOLINTNEXTLINE(misc-no-recursion): depth bounded by DEPTH_MAX */
static enum status load_folder(const char *folder, const char *prefix, int depth, struct err *e)
{
    enum status status = STATUS_OK;
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    if (dir == NULL) {
        return err_set(e, STATUS_IO, "cannot read the folder %s (was the web part built?)", folder);
    }
    while (status == STATUS_OK && (entry = readdir(dir)) != NULL) { // one thread, before any other
        char full[4096];
        char path[1024];
        struct stat st;
        if (entry->d_name[0] == '.') {
            continue;
        }
        snprintf(full, sizeof(full), "%s/%s", folder, entry->d_name);
        snprintf(path, sizeof(path), "%s%s", prefix, entry->d_name);
        if (stat(full, &st) != 0) {
            continue;
        }
        if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX) {
            snprintf(path, sizeof(path), "%s%s/", prefix, entry->d_name);
            status = load_folder(full, path, depth + 1, e);
        } else if (S_ISREG(st.st_mode)) {
            status = load_file(full, path, (size_t)st.st_size, e);
        }
    }
    closedir(dir);
    return status;
}

static const struct web_file *file_find(const char *path)
{
    for (size_t i = 0; i < n_files; i++) {
        if (strcmp(files[i].path, path) == 0) {
            return &files[i];
        }
    }
    return NULL;
}

enum status api_web_load(const char *folder, struct err *e)
{
    enum status status = load_folder(folder, "", 0, e);
    if (status == STATUS_OK && file_find("index.html") == NULL) {
        status = err_set(e, STATUS_NOT_FOUND, "%s has no index.html", folder);
    }
    return status;
}

void api_web_unload(void)
{
    while (n_files > 0) {
        n_files--;
        free(files[n_files].address);
        free(files[n_files].bytes);
    }
}

/* What the policy lets in from elsewhere: " https://tiles.example", where the map's style comes
 * from there, else nothing. */
static const char *outside_origin(struct http_request *r)
{
    const struct snapshot *s = api_worker(r)->snapshot;
    const char *address = s == NULL ? "" : s->city.map_style;
    const char *host = strstr(address, "://");
    size_t n = host == NULL ? 0 : (size_t)(host - address) + 3 + strcspn(host + 3, "/?# ;,'\"\\");
    const char *origin = arena_printf(http_arena(r), " %.*s", (int)n, address);
    bool web = strncmp(address, "https://", 8) == 0 || strncmp(address, "http://", 7) == 0;
    return web && origin != NULL ? origin : "";
}

void api_web_policy(struct http_request *r)
{
    const char *outside = outside_origin(r);
    http_set_header(r, "Content-Security-Policy",
                    arena_printf(http_arena(r), POLICY, outside, outside));
    http_set_header(r, "Permissions-Policy", "geolocation=(self), camera=(self)");
}

/* Its name has a hash in it. */
const char *api_web_style(void)
{
    static const char before[] = "assets/style-";
    for (size_t i = 0; i < n_files; i++) {
        size_t n = strlen(files[i].path);
        if (strncmp(files[i].path, before, sizeof(before) - 1) == 0 &&
            strcmp(files[i].path + n - 4, ".css") == 0) {
            return files[i].address;
        }
    }
    return "/style.css";
}

static void send_file(struct http_request *r, int status, const struct web_file *f)
{
    const char *type = type_of(f->path);
    api_web_policy(r);
    http_send(r, &(struct http_reply){.status = status,
                                      .type = type,
                                      .body = {f->bytes, f->size},
                                      .etag = status == 200 ? f->etag : NULL,
                                      /* Names under assets/ hold a hash of what is in them. */
                                      .cache_control = strncmp(f->path, "assets/", 7) == 0
                                                           ? "public, max-age=31536000, immutable"
                                                           : "no-cache",
                                      .compress = strcmp(type, "image/png") != 0 &&
                                                  strncmp(type, "font/", 5) != 0});
}

/* All pages share one document; which of them is shown, its script reads from the address. */
static void get_page(struct http_request *r)
{
    send_file(r, 200, file_find("index.html"));
}

/* A person who follows a wrong address gets a page that says so, a program a problem. */
static void get_file(struct http_request *r)
{
    const struct web_file *f = file_find(http_path(r) + 1);
    const char *accept = http_header(r, "Accept");
    if (f != NULL) {
        send_file(r, 200, f);
    } else if (accept != NULL && strstr(accept, "text/html") != NULL) {
        send_file(r, 404, file_find("index.html"));
    } else {
        http_problem(r, 404, NULL);
    }
}

const struct http_route api_web_routes[] = {
    {HTTP_GET, "/", get_page, ABOUT_PAGE("A page")},
    {HTTP_GET, "/leader", get_page, ABOUT_PAGE("A page")},
    {HTTP_GET, "/operator", get_page, ABOUT_PAGE("A page")},
    {HTTP_GET, "/agency", get_page, ABOUT_PAGE("A page")},
    {HTTP_GET, "/admin", get_page, ABOUT_PAGE("A page")},
    {HTTP_GET, "/{file}", get_file, ABOUT_PAGE("A file of the pages")},
    {HTTP_GET, "/{folder}/{file}", get_file, ABOUT_PAGE("A file of the pages")},
};
const size_t n_api_web_routes = sizeof(api_web_routes) / sizeof(api_web_routes[0]);
