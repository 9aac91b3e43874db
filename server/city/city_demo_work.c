#include "server/city/city_demo_work.h"

#include <stdio.h>
#include <stdlib.h>

#include "server/app/snapshot.h"
#include "server/store/store_deadline.h"

/* An account's agency gets some to show; each open one is given a part to play, by its number. */
static const char *const make_ready[] = {
    "CREATE TEMP TABLE demo_parts (id bigint PRIMARY KEY, code text, part integer, lot integer)"
    " ON COMMIT DROP",

    "UPDATE hotline.complaints c SET status = 'assigned', closed_at = NULL, satisfaction = NULL"
    " WHERE c.id IN (SELECT o.id FROM hotline.complaints o"
    "  WHERE o.closed_at IS NOT NULL AND o.received_at > now() - interval '21 days'"
    "   AND o.agency_id IN (SELECT u.agency_id FROM hotline.users u WHERE u.agency_id IS NOT NULL)"
    "  ORDER BY o.received_at DESC LIMIT 40)",

    "INSERT INTO demo_parts SELECT c.id, c.code, abs(hashint8(c.id)) % 100, abs(hashint8(c.id + "
    "1)) % 4"
    " FROM hotline.complaints c WHERE c.status = 'assigned' AND c.version = 1"
    "  AND c.received_at < now() - interval '40 minutes'",

    /* One step in the past, by the agency that has it or by a supervisor. */
    "CREATE FUNCTION pg_temp.demo_step(of_id bigint, wanted text, share float8, given jsonb,"
    " own boolean DEFAULT true) RETURNS void LANGUAGE plpgsql AS $$\n"
    "DECLARE who hotline.actor; c hotline.complaints; result jsonb;\n"
    "BEGIN\n"
    "  SELECT * INTO c FROM hotline.complaints k WHERE k.id = of_id;\n"
    "  who.actor := 'service';\n"
    "  who.role := CASE WHEN own THEN 'agency_head' ELSE 'supervisor' END;\n"
    "  who.agency_code := CASE WHEN own THEN (SELECT a.code FROM hotline.agencies a"
    "   WHERE a.id = c.agency_id) END;\n"
    "  result := hotline.complaint_act(who, jsonb_build_object('action', wanted, 'code', c.code,"
    "   'version', c.version, 'at_us', (extract(epoch FROM c.received_at"
    "   + (now() - c.received_at) * share) * 1000000)::bigint) || given);\n"
    "  IF result ->> 'outcome' <> 'done' THEN\n"
    "    RAISE EXCEPTION 'demo: % of %: %', wanted, c.code, result;\n"
    "  END IF;\n"
    "END $$",
};

/* Parts: 0-17 wait for their agency, 18-27 are somebody's there, 28 and more were accepted, 40 and
 * more begun; 70-79 extended, 80-87 wait for the reporter, 88-92 came back, 93-96 have sub-tasks.
 */
static const char *const steps[] = {
    "SELECT pg_temp.demo_step(p.id, 'assign', 0.1, jsonb_build_object('person', u.login))"
    " FROM demo_parts p JOIN hotline.complaints c ON c.id = p.id"
    " JOIN hotline.users u ON u.agency_id = c.agency_id AND u.role = 'agency_staff' AND u.active"
    " WHERE p.part BETWEEN 18 AND 87 OR p.part > 92 ORDER BY p.id",

    "SELECT pg_temp.demo_step(p.id, 'accept', 0.15, '{}') FROM demo_parts p"
    " WHERE p.part BETWEEN 28 AND 87 OR p.part > 92 ORDER BY p.id",

    "SELECT pg_temp.demo_step(p.id, 'start', 0.3, '{}') FROM demo_parts p"
    " WHERE p.part BETWEEN 40 AND 87 OR p.part > 92 ORDER BY p.id",

    "SELECT pg_temp.demo_step(p.id, 'answer', 0.4, jsonb_build_object('text', (ARRAY["
    "'Đơn vị đã cử tổ kiểm tra đến địa điểm và ghi nhận đúng như phản ánh, sẽ xử lý trong tuần "
    "này.',"
    "'Đã lập biên bản hiện trường, đang phối hợp khu phố vận động các hộ liên quan.',"
    "'Vật tư thay thế đã được đặt, tổ thi công sẽ đến ngay khi có hàng.',"
    "'Cán bộ địa bàn đã gọi điện cho Ông/Bà để hỏi thêm vị trí chính xác.'])[p.lot + 1]))"
    " FROM demo_parts p WHERE p.part BETWEEN 50 AND 87 OR p.part > 94 ORDER BY p.id",

    "SELECT pg_temp.demo_step(p.id, 'note', 0.45, jsonb_build_object('text', (ARRAY["
    "'Điểm này đã có phản ánh tháng trước, kiểm tra hồ sơ cũ.', 'Hẹn tổ trưởng dân phố 8 giờ sáng "
    "mai.',"
    "'Cần báo cáo lãnh đạo nếu thứ sáu chưa xong.', 'Đã chuyển ảnh hiện trường vào nhóm.'])[p.lot "
    "+ 1]))"
    " FROM demo_parts p WHERE p.part % 3 = 0 AND p.part BETWEEN 30 AND 87 ORDER BY p.id",

    "SELECT pg_temp.demo_step(p.id, 'return', 0.5, jsonb_build_object('reason',"
    "'Vị trí thuộc tuyến đường do đơn vị khác quản lý', 'agency', (SELECT a.code FROM "
    "hotline.agencies a"
    "  WHERE a.kind = 'utility' AND a.valid @> hotline.city_day(now()) AND a.id <> c.agency_id"
    "  ORDER BY a.code OFFSET p.lot LIMIT 1)))"
    " FROM demo_parts p JOIN hotline.complaints c ON c.id = p.id"
    " WHERE p.part BETWEEN 88 AND 92 ORDER BY p.id",

    "SELECT pg_temp.demo_step(p.id, 'split', 0.5, jsonb_build_object('tasks', (SELECT"
    "  jsonb_agg(jsonb_build_object('agency', x.code, 'text', 'Cử người phối hợp tại hiện trường'))"
    "  FROM (SELECT a.code FROM hotline.agencies a WHERE a.kind = 'utility' AND a.id <> c.agency_id"
    "   AND a.valid @> hotline.city_day(now()) ORDER BY a.code LIMIT 2) x)))"
    " FROM demo_parts p JOIN hotline.complaints c ON c.id = p.id"
    " WHERE p.part BETWEEN 93 AND 96 ORDER BY p.id",
};

/* What has ended lately: what was done, and by then accepted; a few were rejected. Those of the
 * last days may still be contradicted. */
static const char *const ended[] = {
    "CREATE TEMP TABLE demo_ended ON COMMIT DROP AS SELECT c.id, c.received_at, c.closed_at, "
    "c.agency_id,"
    " abs(hashint8(c.id)) % 100 AS part, abs(hashint8(c.id + 1)) % 4 AS lot,"
    " c.closed_at > now() - interval '9 days' AS fresh"
    " FROM hotline.complaints c WHERE c.status = 'closed' AND c.version = 1"
    " ORDER BY c.closed_at DESC LIMIT 1200",

    "UPDATE hotline.complaints c SET version = 4, accepted_at = c.received_at + (c.closed_at -"
    "  c.received_at) * 0.3, answered_at = c.closed_at, updated_at = c.closed_at, status = CASE"
    "  WHEN x.part = 0 THEN 'referred' WHEN x.part < 3 THEN 'rejected' WHEN x.fresh THEN 'resolved'"
    "  ELSE 'closed' END,"
    " satisfaction = CASE WHEN x.part < 3 THEN NULL ELSE c.satisfaction END"
    " FROM demo_ended x WHERE c.id = x.id",

    "INSERT INTO hotline.complaint_answers (complaint_id, at, kind, text, by, agency_id, "
    "no_photo_reason)"
    " SELECT x.id, x.closed_at, CASE WHEN x.part = 0 THEN 'referral' WHEN x.part < 3 THEN "
    "'rejection'"
    "  ELSE 'result' END, CASE WHEN x.part = 0 THEN"
    "  'Nội dung thuộc thẩm quyền của cơ quan trung ương; đã chuyển công văn và sẽ báo lại khi có "
    "trả lời.'"
    "  WHEN x.part < 3 THEN 'Kiểm tra tại địa điểm không có sự việc như mô tả; số điện thoại không "
    "liên hệ"
    " được để làm rõ.' ELSE (ARRAY["
    "'Tổ công tác đã xử lý xong tại hiện trường, khu vực trở lại bình thường, đề nghị bà con cùng "
    "giữ gìn.',"
    "'Đã nhắc nhở và lập biên bản cam kết không tái phạm; công an khu vực tiếp tục theo dõi buổi "
    "tối.',"
    "'Đã sửa chữa, thay mới phần hư hỏng và nghiệm thu cùng đại diện khu phố.',"
    "'Đã giải thích thủ tục qua điện thoại và hẹn Ông/Bà nhận kết quả trong giờ hành "
    "chính.'])[x.lot + 1] END,"
    " 'import:demo', x.agency_id, CASE WHEN x.part > 2 THEN 'Ảnh lưu tại đơn vị' END"
    " FROM demo_ended x ORDER BY x.id",

    "INSERT INTO hotline.complaint_history (complaint_id, at, event, actor, detail)"
    " SELECT x.id, s.at, s.event, 'import:demo', s.detail FROM demo_ended x CROSS JOIN LATERAL "
    "(VALUES"
    "  (1, x.received_at + (x.closed_at - x.received_at) * 0.3, 'accepted',"
    "   '{\"status\": [\"assigned\", \"accepted\"]}'::jsonb),"
    "  (2, x.received_at + (x.closed_at - x.received_at) * 0.5, 'started',"
    "   '{\"status\": [\"accepted\", \"in_progress\"]}'),"
    "  (3, x.closed_at, CASE WHEN x.part = 0 THEN 'referred' WHEN x.part < 3 THEN 'rejected'"
    "   ELSE 'resolved' END, '{}'),"
    "  (4, x.closed_at + interval '9 days', 'closed', '{\"after_days\": 9}'))"
    "  s(n, at, event, detail) WHERE s.n < 4 OR x.part > 2 AND NOT x.fresh ORDER BY x.id, s.n",

    /* Nobody waits to hear of a city that was made up. */
    "DELETE FROM hotline.outbox o WHERE o.complaint_id IN (SELECT p.id FROM demo_parts p)",
};

static enum status run_all(struct db_sync *db, const char *const *statements, size_t n,
                           struct err *e)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < n && status == STATUS_OK; i++) {
        status = db_sync_exec(db, statements[i], e);
    }
    return status;
}

/* The due times of a clock that was stopped, or of a date that was committed to. */
static enum status stop_or_extend(struct db_sync *db, const struct snapshot *s,
                                  const struct db_rows *rows, size_t row, struct err *e)
{
    static struct store_clock clock; /* large; one thread works here */
    bool extend = db_rows_int(rows, row, 1) < 80;
    int64_t at_us = db_rows_int(rows, row, 2);
    int64_t until_us = db_rows_int(rows, row, 3);
    store_clock_read(&clock, s, rows, row, 4);
    if (extend) {
        clock.facts.terms.committed_at_us = at_us;
        clock.facts.terms.committed_us = until_us;
    } else {
        clock.pauses[clock.facts.n_pauses++] = (struct route_pause){
            at_us, INT64_MAX, route_deadlines_find_reason(s->deadlines, STR("cho-nguoi-phan-anh"))};
    }
    struct route_due due = route_deadlines_due(s->deadlines, &clock.facts);
    char given[512];
    (void)snprintf(given, sizeof(given),
                   "{\"at_us\": %lld, \"until_us\": %lld, \"until\": \"-\", \"reason\": \"%s\","
                   " \"no_photo_reason\": \"Chưa thi công\", \"accept_due_us\": %lld,"
                   " \"answer_due_us\": %lld, \"due_us\": %lld}",
                   (long long)at_us, (long long)until_us,
                   extend ? "Phải chờ vật tư và giấy phép đào đường" : "cho-nguoi-phan-anh",
                   (long long)due.at_us[ROUTE_STEP_ACCEPT], (long long)due.at_us[ROUTE_STEP_ANSWER],
                   (long long)due.at_us[ROUTE_STEP_RESOLVE]);
    const char *const params[] = {db_rows_text(rows, row, 0), extend ? "extend" : "pause", given};
    return db_sync_run(db, "SELECT pg_temp.demo_step($1::bigint, $2, 0.6, $3::jsonb)", 3, params,
                       NULL, e);
}

static enum status stop_and_extend(struct db_sync *db, const struct snapshot *s, struct err *e)
{
    struct db_rows *rows = NULL;
    enum status status = db_sync_query(
        db,
        "SELECT p.id, p.part, (extract(epoch FROM t.at) * 1000000)::bigint,"
        " (extract(epoch FROM greatest(c.due_at, now()) + interval '3 days') * 1000000)::bigint,"
        " " STORE_CLOCK_COLUMNS " FROM demo_parts p JOIN hotline.complaints c ON c.id = p.id,"
        " LATERAL (SELECT c.received_at + (now() - c.received_at) * 0.6 AS at) t"
        " WHERE p.part BETWEEN 70 AND 87 AND c.due_at > now() - interval '20 days' ORDER BY p.id",
        0, NULL, &rows, e);
    for (size_t i = 0; status == STATUS_OK && i < db_rows_count(rows); i++) {
        status = stop_or_extend(db, s, rows, i, e);
    }
    db_rows_free(rows);
    return status;
}

#define RUN(list) run_all(db, list, sizeof(list) / sizeof((list)[0]), e)

enum status city_demo_work(struct db_sync *db, struct err *e)
{
    struct snapshot *s = NULL;
    enum status status = snapshot_load(db, &s, e);
    if (status == STATUS_OK) {
        status = db_sync_begin(db, e);
    }
    if (status == STATUS_OK) {
        status = RUN(make_ready);
    }
    if (status == STATUS_OK) {
        status = RUN(steps);
    }
    if (status == STATUS_OK) {
        status = stop_and_extend(db, s, e);
    }
    if (status == STATUS_OK) {
        status = RUN(ended);
    }
    if (status == STATUS_OK) {
        status = db_sync_exec(db, "DROP FUNCTION pg_temp.demo_step", e);
    }
    if (status == STATUS_OK) {
        status = db_sync_commit(db, e);
    } else {
        db_sync_rollback(db);
    }
    snapshot_release(s);
    return status;
}
