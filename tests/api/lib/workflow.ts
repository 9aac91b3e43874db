// The table of transitions as the database has it, and a body for each of its actions.

import assert from 'node:assert/strict';
import { CENTRE } from './city';
import type { Database } from './postgres';

export const STATUSES = ['received', 'assigned', 'accepted', 'in_progress', 'returned', 'waiting', 'extended',
  'referred', 'resolved', 'closed', 'rejected', 'reopened'];
export const ENDED = ['referred', 'resolved', 'closed', 'rejected'];

export interface Transition {
  action: string;
  from_statuses: string[];
  to_status: string | null;
  roles: string[];
  scope: 'agency' | 'part' | 'task' | 'code';
  needs: string[];
  conditions: string[];
  event: string;
}

export async function transitions(database: Database): Promise<Transition[]> {
  const rows = JSON.parse(await database.sql(`SELECT jsonb_agg(t ORDER BY t.id) FROM hotline.transitions t`)) as Transition[];
  assert.ok(rows.length > 20, `${rows.length} transitions`);
  return rows;
}

/** What bodies speak of. */
export interface Cast {
  /** Somebody of the agency that has it. */
  person: string;
  /** Another agency. */
  other: string;
  /** The sub-task of the complaint. */
  task: number;
}

const soon = (days: number): string => new Date(Date.now() + days * 86400_000).toISOString().slice(0, 10);

/** A body that has all that the action needs. A new action needs a row here. */
export const BODIES: Record<string, (cast: Cast) => Record<string, unknown>> = {
  assign: ({ person }) => ({ person }),
  accept: () => ({}),
  start: () => ({}),
  return: ({ other }) => ({ reason: 'Không thuộc địa bàn', agency: other }),
  reroute: ({ other }) => ({ agency: other, reason: 'Việc của đơn vị khác' }),
  place: () => ({ location: { lon: CENTRE.lon + 0.0004, lat: CENTRE.lat }, reason: 'Đã hỏi lại người phản ánh' }),
  pause: () => ({ reason: 'cho-nguoi-phan-anh' }),
  resume: () => ({}),
  extend: () => ({ reason: 'Phải đào đường, chờ giấy phép', until: soon(40), no_photo_reason: 'Chưa thi công' }),
  refer: () => ({ to: 'Bộ Giao thông', reason: 'Quốc lộ do bộ quản lý' }),
  answer: () => ({ text: 'Tổ kiểm tra đã đến lúc chín giờ sáng nay và thấy nắp cống vỡ làm đôi' }),
  note: () => ({ text: 'Gọi lại cho tổ trưởng' }),
  resolve: () => ({ text: 'Đã thay nắp cống mới bằng gang lúc mười giờ, xe cộ qua lại bình thường',
    no_photo_reason: 'Máy ảnh hỏng', tasks_open_reason: 'Phần kia không ảnh hưởng' }),
  close: () => ({}),
  reject: () => ({ reason: 'Nội dung quảng cáo' }),
  reopen: () => ({ reason: 'Chưa làm gì cả' }),
  rate: () => ({ rating: 'acceptable' }),
  callback: () => ({ outcome: 'not_reached' }),
  split: ({ other }) => ({ tasks: [{ agency: other, text: 'Tắt điện lúc thi công' }] }),
  task_accept: ({ task }) => ({ task }),
  task_done: ({ task }) => ({ task, text: 'Đã cắt điện' }),
  task_return: ({ task }) => ({ task, reason: 'Không phải lưới của chúng tôi' }),
  task_cancel: ({ task }) => ({ task, reason: 'Không cần nữa' }),
};

/** Puts complaints into a status as if they had come there, given to `agency` by hand, with an open sub-task of that other one. */
export async function put(database: Database, codes: string[], status: string, agency: string, taskOf: string): Promise<Map<string, number>> {
  const list = codes.map((code) => `'${code}'`).join(',');
  const ended = ENDED.includes(status);
  const rows = await database.sql(`
    WITH put AS (
      UPDATE hotline.complaints SET status = '${status}', closed_at = ${ended ? 'greatest(now(), received_at)' : 'NULL'},
        paused_at = ${status === 'waiting' ? 'now()' : 'NULL'},
        agency_id = (SELECT id FROM hotline.agencies WHERE code = '${agency}' AND valid @> current_date), desk_id = NULL,
        override = '{"by": "user:test", "at": "2026-03-01T09:00:00+07:00", "reason": "Cho bài kiểm tra", "agency": "trung-tam-1022"}'
      WHERE code IN (${list}) RETURNING id, code
    ), stopped AS (
      INSERT INTO hotline.complaint_pauses (complaint_id, reason, from_at, from_status, from_by)
      SELECT id, 'cho-nguoi-phan-anh', now(), 'in_progress', 'user:test' FROM put WHERE '${status}' = 'waiting'
    ), tasks AS (
      INSERT INTO hotline.complaint_tasks (complaint_id, agency_id, text, at, by, changed_at, changed_by)
      SELECT put.id, a.id, 'Phần việc', now(), 'user:test', now(), 'user:test' FROM put, hotline.agencies a
      WHERE a.code = '${taskOf}' AND a.valid @> current_date RETURNING id, complaint_id
    ) SELECT string_agg(put.code || ' ' || tasks.id, ',') FROM put JOIN tasks ON tasks.complaint_id = put.id`);
  return new Map(rows.split(',').map((row) => [row.split(' ')[0] ?? '', Number(row.split(' ')[1])]));
}

/** Runs it over all, some at a time. */
export async function each<T>(all: T[], work: (one: T) => Promise<void>, width = 6): Promise<void> {
  let next = 0;
  await Promise.all(Array.from({ length: width }, async () => {
    while (next < all.length) await work(all[next++] as T);
  }));
}

/** Everything about all complaints but when a row was written last. */
export const stateOfAll = (database: Database): Promise<string> => database.sql(`
  SELECT md5(string_agg((to_jsonb(c) - 'updated_at')::text, '|' ORDER BY c.id)) FROM hotline.complaints c`);
