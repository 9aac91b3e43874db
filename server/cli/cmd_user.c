/* hotline user add|list|password|disable|enable|drop-factor */
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "server/city/city_accounts.h"
#include "server/cli/cli.h"
#include "server/db/db_sync.h"

#define PASSWORD_BYTES (CITY_PASSWORD_MAX * 4 + 2)

struct user_options {
    const char *database, *login, *name, *role, *agency, *desk, *categories, *email;
    bool demo_logins;
};

/* --- the password ----------------------------------------------------------------------------- */

static bool read_line(char *out, size_t size)
{
    if (!fgets(out, (int)size, stdin)) {
        return false;
    }
    size_t n = strcspn(out, "\r\n");
    bool whole = out[n] != '\0' || feof(stdin);
    out[n] = '\0';
    return whole;
}

/* From standard input; asked for twice, unseen, where that is a terminal. */
static enum status read_password(char out[PASSWORD_BYTES], struct err *e)
{
    struct termios shown;
    if (tcgetattr(STDIN_FILENO, &shown) != 0) {
        return read_line(out, PASSWORD_BYTES)
                   ? STATUS_OK
                   : err_set(e, STATUS_INVALID, "no password on standard input");
    }
    char again[PASSWORD_BYTES] = "";
    struct termios hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    (void)fputs("Password: ", stderr);
    bool read = read_line(out, PASSWORD_BYTES);
    (void)fputs("\nOnce more: ", stderr);
    read = read && read_line(again, sizeof again);
    (void)fputc('\n', stderr);
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
    bool same = read && strcmp(out, again) == 0;
    sodium_memzero(again, sizeof again);
    return same ? STATUS_OK : err_set(e, STATUS_INVALID, "the two passwords are not the same");
}

/* --- what it does ----------------------------------------------------------------------------- */

/* Where people of that role work. */
static const char *console_of(const char *role)
{
    static const char *const consoles[][2] = {
        {"operator", "/operator"},  {"supervisor", "/operator"}, {"agency_staff", "/agency"},
        {"agency_head", "/agency"}, {"leader", "/leader"},
    };
    for (size_t i = 0; i < sizeof(consoles) / sizeof(consoles[0]); i++) {
        if (strcmp(consoles[i][0], role) == 0) {
            return consoles[i][1];
        }
    }
    return "/admin";
}

static enum status print_demo_logins(struct db_sync *db, struct err *e)
{
    struct db_rows *rows = NULL;
    enum status status = city_accounts_demo(db, &rows, e);
    if (status != STATUS_OK) {
        return status;
    }
    if (db_rows_count(rows) > 0) {
        printf("Tài khoản dùng thử / demo logins (role, login, password, page; /start leads to "
               "all):\n");
    }
    for (size_t i = 0; i < db_rows_count(rows); i++) {
        printf("  %-14s %-14s %-16s %s\n", db_rows_text(rows, i, 0), db_rows_text(rows, i, 1),
               db_rows_text(rows, i, 2), console_of(db_rows_text(rows, i, 0)));
    }
    db_rows_free(rows);
    return STATUS_OK;
}

static enum status list_users(struct db_sync *db, struct err *e)
{
    struct db_rows *rows = NULL;
    enum status status = city_accounts_list(db, &rows, e);
    if (status != STATUS_OK) {
        return status;
    }
    for (size_t i = 0; i < db_rows_count(rows); i++) {
        printf("%s\t%s\t%s\t%s\t%s\n", db_rows_text(rows, i, 0), db_rows_text(rows, i, 1),
               db_rows_text(rows, i, 2), db_rows_text(rows, i, 4), db_rows_text(rows, i, 3));
    }
    db_rows_free(rows);
    return STATUS_OK;
}

static enum status add_user(struct db_sync *db, const struct user_options *o, struct err *e)
{
    char password[PASSWORD_BYTES] = "";
    enum status status = read_password(password, e);
    if (status == STATUS_OK) {
        const struct city_account account = {o->login, o->name, o->role,       o->agency,
                                             password, o->desk, o->categories, o->email};
        status = city_account_add(db, &account, e);
    }
    sodium_memzero(password, sizeof password);
    return status;
}

static enum status change_password(struct db_sync *db, const struct user_options *o, struct err *e)
{
    char password[PASSWORD_BYTES] = "";
    enum status status = read_password(password, e);
    if (status == STATUS_OK) {
        status = city_account_set_password(db, o->login, password, e);
    }
    sodium_memzero(password, sizeof password);
    return status;
}

static enum status disable_user(struct db_sync *db, const struct user_options *o, struct err *e)
{
    return city_account_set_active(db, o->login, false, e);
}

static enum status enable_user(struct db_sync *db, const struct user_options *o, struct err *e)
{
    return city_account_set_active(db, o->login, true, e);
}

static enum status drop_factor(struct db_sync *db, const struct user_options *o, struct err *e)
{
    return city_account_drop_factor(db, o->login, e);
}

#define SETTINGS_MAX 16384

/* All of standard input. */
static enum status set_access(struct db_sync *db, const struct user_options *o, struct err *e)
{
    char text[SETTINGS_MAX + 1];
    (void)o;
    size_t n = fread(text, 1, SETTINGS_MAX, stdin);
    text[n] = '\0';
    return city_access_settings(db, text, e);
}

static enum status set_provider_secret(struct db_sync *db, const struct user_options *o,
                                       struct err *e)
{
    char secret[PASSWORD_BYTES] = "";
    (void)o;
    enum status status = read_password(secret, e);
    if (status == STATUS_OK) {
        status = city_provider_secret(db, secret, e);
    }
    sodium_memzero(secret, sizeof secret);
    return status;
}

static enum status list_all(struct db_sync *db, const struct user_options *o, struct err *e)
{
    (void)o;
    return list_users(db, e);
}

static enum status show_demo(struct db_sync *db, const struct user_options *o, struct err *e)
{
    (void)o;
    return print_demo_logins(db, e);
}

struct user_action {
    const char *name;
    enum status (*run)(struct db_sync *db, const struct user_options *o, struct err *e);
    bool needs_login, needs_person;
};

static const struct user_action *find_action(const char *name)
{
    static const struct user_action actions[] = {
        {"add", add_user, true, true},
        {"list", list_all, false, false},
        {"password", change_password, true, false},
        {"disable", disable_user, true, false},
        {"enable", enable_user, true, false},
        {"drop-factor", drop_factor, true, false},
        {"settings", set_access, false, false},
        {"provider-secret", set_provider_secret, false, false},
    };
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        if (strcmp(name, actions[i].name) == 0) {
            return &actions[i];
        }
    }
    return NULL;
}

int cmd_user(int argc, char **argv)
{
    static const struct user_action demo = {"--demo-logins", show_demo, false, false};
    struct user_options o = {0};
    const struct cli_option options[] = {
        CLI_DATABASE(&o.database),
        {"login", CLI_TEXT, &o.login, "LOGIN", "small letters, digits, '.', '-', '_'"},
        {"name", CLI_TEXT, &o.name, "NAME", "the person's name"},
        {"role", CLI_TEXT, &o.role, "ROLE",
         "operator, supervisor, agency_staff, agency_head, leader, administrator, auditor"},
        {"agency", CLI_TEXT, &o.agency, "CODE", "for agency_staff and agency_head"},
        {"desk", CLI_TEXT, &o.desk, "CODE", "of that agency: its complaints only"},
        {"categories", CLI_TEXT, &o.categories, "LIST", "codes: those and what is below only"},
        {"email", CLI_TEXT, &o.email, "ADDRESS", "for logging in with a provider"},
        {"demo-logins", CLI_FLAG, &o.demo_logins, NULL, "print the demo city's logins, if any"},
    };
    const struct cli_usage usage = {
        .command = "hotline user",
        .arguments = "add | list | password | disable | enable | drop-factor | settings |"
                     " provider-secret",
        .about =
            "Accounts. add takes --login, --name, --role; password, disable and enable take\n"
            "--login. A password is read from standard input, or asked for on a terminal.\n"
            "drop-factor is for one who lost his second factor and his recovery codes.\n"
            "settings takes a JSON object from standard input, provider-secret the secret that a\n"
            "log-in provider knows this service by: see docs/access.md.",
        .options = options,
        .n_options = sizeof options / sizeof options[0],
    };
    int operands = 0;
    int code = cli_parse(&usage, argc, argv, &operands);
    if (code >= 0) {
        return code;
    }
    const struct user_action *action = o.demo_logins && operands == 0 ? &demo
                                       : operands == 1                ? find_action(argv[1])
                                                                      : NULL;
    if (!action) {
        return cli_misuse(&usage, "say what: add, list, password, ...");
    }
    if (action->needs_login && !o.login) {
        return cli_misuse(&usage, "--login is needed");
    }
    if (action->needs_person && (!o.name || !o.role)) {
        return cli_misuse(&usage, "--name and --role are needed");
    }
    struct err e;
    struct db_sync *db = NULL;
    enum status status = cli_connect_city(o.database, &db, &e);
    if (status == STATUS_OK) {
        status = action->run(db, &o, &e);
    }
    db_sync_close(db);
    return status == STATUS_OK ? CLI_OK : cli_fail(&e);
}
