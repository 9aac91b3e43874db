#include "server/city/city_demo_calls.h"

static const char *const statements[] = {
    /* Complaints by telephone, each from a call of one to five minutes; most are the operator's. */
    "INSERT INTO hotline.calls (source, login, created_at, started_at, answered_at, ended_at,"
    "  outcome, filed_at, complaint_id)"
    " SELECT 'import:demo', CASE WHEN n % 10 < 7 THEN 'dienthoaivien' ELSE 'truongca' END,"
    "  c.received_at, c.received_at - s, c.received_at - s + interval '3 seconds',"
    "  c.received_at + interval '20 seconds', 'filed', c.received_at, c.id"
    " FROM (SELECT k.*, abs(hashint8(k.id)) AS n FROM hotline.complaints k"
    "   WHERE k.channel = 'phone' AND k.received_at > now() - interval '30 days'"
    "   ORDER BY k.received_at DESC LIMIT 5000) c,"
    "  LATERAL (SELECT interval '1 second' * (35 + n % 60 + n / 97 % 70"
    "    + CASE WHEN n % 11 = 0 THEN 120 ELSE 0 END) AS s) t"
    " WHERE NOT EXISTS (SELECT FROM hotline.calls)",

    "INSERT INTO hotline.seats (seat, login) SELECT '12', u.login FROM hotline.users u"
    " WHERE u.login = 'dienthoaivien' ON CONFLICT DO NOTHING",

    /* Some repeat what was reported already: to be joined. */
    "WITH chosen AS (SELECT rtrim(c.description, '. ') AS description, c.address, c.category_id, "
    "row_number() OVER ("
    "    ORDER BY c.received_at DESC, c.id) AS n FROM hotline.complaints c"
    "   WHERE c.address LIKE '%, %' AND c.geom IS NOT NULL AND c.closed_at IS NULL AND "
    "c.description NOT LIKE 'H%'"
    "   ORDER BY c.received_at DESC, c.id LIMIT 7),"
    " made AS (INSERT INTO hotline.inbound_items (channel, source, external_id, received_at,"
    "   subject, words)"
    "  SELECT (ARRAY['email', 'sms', 'social'])[1 + n % 3], 'import:demo', 'demo-' || n,"
    "   now() - interval '7 minutes' * n,"
    "   CASE WHEN n % 3 = 0 THEN 'Phản ánh của người dân' END,"
    "   CASE n % 3 WHEN 0 THEN format(E'Kính gửi tổng đài 1022,\\n%s.\\nĐịa chỉ: %s.\\nMong được"
    " xử lý sớm, xin cảm ơn.', description, address)"
    "    WHEN 1 THEN format('%s. Tại %s', description, address)"
    "    ELSE format(E'%s.\\nở %s, nhiều người gặp lắm rồi!', description, address) END"
    "  FROM chosen ON CONFLICT DO NOTHING RETURNING id, channel, external_id)"
    " INSERT INTO personal.inbound_senders (item_id, name, address)"
    " SELECT id, CASE channel WHEN 'sms' THEN NULL ELSE (ARRAY['Trần Thị Lan', 'Nguyễn Minh Tú',"
    " 'Lê Hoàng Phúc'])[1 + id % 3] END,"
    "  CASE channel WHEN 'email' THEN external_id || '@example.org'"
    "   WHEN 'sms' THEN '09000000' || lpad(substr(external_id, 6), 2, '0') END"
    " FROM made",
};

enum status city_demo_calls(struct db_sync *db, struct err *e)
{
    enum status status = db_sync_begin(db, e);
    for (size_t i = 0; status == STATUS_OK && i < sizeof(statements) / sizeof(statements[0]); i++) {
        status = db_sync_exec(db, statements[i], e);
    }
    if (status == STATUS_OK) {
        return db_sync_commit(db, e);
    }
    db_sync_rollback(db);
    return status;
}
