#include "server/record/record_hash.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

_Static_assert(RECORD_HASH == crypto_hash_sha256_BYTES, "SHA-256");

bool record_same(struct record_bytes a, const unsigned char hash[RECORD_HASH])
{
    return a.n == RECORD_HASH && memcmp(a.p, hash, RECORD_HASH) == 0;
}

bool record_equal(struct record_bytes a, struct record_bytes b)
{
    return a.n == b.n && (a.n <= 0 || memcmp(a.p, b.p, (size_t)a.n) == 0);
}

void record_hex(const unsigned char hash[RECORD_HASH], char hex[2 * RECORD_HASH + 1])
{
    (void)sodium_bin2hex(hex, 2 * RECORD_HASH + 1, hash, RECORD_HASH);
}

/* ---- fields ---- */

typedef crypto_hash_sha256_state hashing;

static void begin(hashing *h, const char *kind)
{
    (void)crypto_hash_sha256_init(h);
    (void)crypto_hash_sha256_update(h, (const unsigned char *)kind, strlen(kind));
}

static void add(hashing *h, const void *p, size_t n)
{
    if (n > 0) {
        (void)crypto_hash_sha256_update(h, p, n);
    }
}

static void add_text(hashing *h, const char *text)
{
    add(h, "\n", 1);
    add(h, text, strlen(text));
}

static void add_number(hashing *h, int64_t value)
{
    char text[24];
    (void)snprintf(text, sizeof(text), "%lld", (long long)value);
    add_text(h, text);
}

/* What somebody made longer than a hash is hashed as far as it goes: it cannot be right. */
static void add_hex(hashing *h, struct record_bytes bytes)
{
    char hex[2 * 64 + 1] = "";
    if (bytes.n > 0) {
        (void)sodium_bin2hex(hex, sizeof(hex), bytes.p, bytes.n > 64 ? 64 : (size_t)bytes.n);
    }
    add_text(h, hex);
}

static void add_plain(hashing *h, struct record_bytes bytes)
{
    add(h, "\n", 1);
    add(h, bytes.p, bytes.n > 0 ? (size_t)bytes.n : 0);
}

static void add_counted(hashing *h, struct record_bytes bytes)
{
    add_number(h, bytes.n > 0 ? bytes.n : 0);
    add(h, ":", 1);
    add(h, bytes.p, bytes.n > 0 ? (size_t)bytes.n : 0);
}

/* ---- rows ---- */

void record_history_hash(const struct record_history *row, unsigned char out[RECORD_HASH])
{
    hashing h;
    begin(&h, "hotline-history-1");
    add_hex(&h, row->prev);
    add_number(&h, row->complaint_id);
    add_number(&h, row->n);
    add_number(&h, row->id);
    add_number(&h, row->at_us);
    add_number(&h, row->recorded_us);
    add_plain(&h, row->event);
    add_counted(&h, row->actor);
    add_hex(&h, row->detail_hash);
    (void)crypto_hash_sha256_final(&h, out);
}

void record_detail_hash(const struct record_history *row, unsigned char out[RECORD_HASH])
{
    hashing h;
    (void)crypto_hash_sha256_init(&h);
    add(&h, row->salt.p, row->salt.n > 0 ? (size_t)row->salt.n : 0);
    add(&h, row->detail.p, row->detail.n > 0 ? (size_t)row->detail.n : 0);
    (void)crypto_hash_sha256_final(&h, out);
}

void record_audit_hash(const struct record_audit *row, unsigned char out[RECORD_HASH])
{
    hashing h;
    begin(&h, "hotline-audit-1");
    add_hex(&h, row->prev);
    add_number(&h, row->id);
    add_number(&h, row->at_us);
    add_plain(&h, row->event);
    add_counted(&h, row->actor);
    add_counted(&h, row->subject);
    add_plain(&h, row->detail);
    (void)crypto_hash_sha256_final(&h, out);
}

void record_seal_hash(const struct record_seal *seal, char hex[2 * RECORD_HASH + 1])
{
    unsigned char out[RECORD_HASH];
    hashing h;
    begin(&h, "hotline-seal-1");
    add_text(&h, seal->prev);
    add_text(&h, seal->day);
    add_number(&h, seal->from_us);
    add_number(&h, seal->to_us);
    add_number(&h, seal->history_rows);
    add_text(&h, seal->history_ids);
    add_text(&h, seal->history_fold);
    add_text(&h, seal->heads_hash);
    add_number(&h, seal->audit_rows);
    add_number(&h, seal->audit_last);
    add_text(&h, seal->audit_fold);
    (void)crypto_hash_sha256_final(&h, out);
    record_hex(out, hex);
}

void record_fold_add(struct record_fold *fold, const void *hash, size_t n)
{
    hashing h;
    (void)crypto_hash_sha256_init(&h);
    add(&h, fold->f, fold->begun ? RECORD_HASH : 0);
    add(&h, hash, n);
    (void)crypto_hash_sha256_final(&h, fold->f);
    fold->begun = true;
}

void record_fold_hex(const struct record_fold *fold, char hex[2 * RECORD_HASH + 1])
{
    hex[0] = '\0';
    if (fold->begun) {
        record_hex(fold->f, hex);
    }
}
