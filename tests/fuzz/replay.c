/* The main of a fuzz target that is built without libFuzzer: gives it every file that is named, and
 * every file of every folder that is named, once. What is wrong ends the program by itself. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t n_inputs;

static void die(const char *what, const char *path)
{
    fprintf(stderr, "replay: %s %s\n", what, path);
    exit(1);
}

static void replay_file(const char *path, size_t size)
{
    FILE *in = fopen(path, "rb");
    /* A byte more would be found by the sanitizer, so the input has memory of exactly its size. */
    uint8_t *bytes = malloc(size == 0 ? 1 : size);
    if (in == NULL || bytes == NULL || fread(bytes, 1, size, in) != size) {
        die("cannot read", path);
    }
    (void)fclose(in);
    printf("%s, %zu bytes\n", path, size);
    (void)fflush(stdout);
    (void)LLVMFuzzerTestOneInput(bytes, size);
    free(bytes);
    n_inputs++;
}

static void replay(const char *path, int depth)
{
    struct stat st;
    if (stat(path, &st) != 0) {
        die("there is no", path);
    }
    if (S_ISREG(st.st_mode)) {
        replay_file(path, (size_t)st.st_size);
        return;
    }
    DIR *folder = depth < 4 ? opendir(path) : NULL;
    const struct dirent *entry;
    if (folder == NULL) {
        die("cannot read", path);
    }
    while ((entry = readdir(folder)) != NULL) { // one thread
        char below[4096];
        if (entry->d_name[0] != '.') {
            snprintf(below, sizeof(below), "%s/%s", path, entry->d_name);
            replay(below, depth + 1);
        }
    }
    (void)closedir(folder);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        replay(argv[i], 0);
    }
    if (n_inputs == 0) {
        die("was given nothing:", "name files or folders");
    }
    printf("%zu inputs\n", n_inputs);
    return 0;
}
