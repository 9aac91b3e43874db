// Every text that somebody may send to the service, by the API's own description; what stores a script in
// each of them; and which of them no page ever shows, with the reason. A new one that is in neither fails
// tests/browser/stored_script.test.ts.

import assert from 'node:assert/strict';
import { Description } from '../api/lib/openapi';
import { png } from '../api/lib/picture';
import type { Database } from '../api/lib/postgres';
import { waitUntil } from '../api/lib/run';
import type { Answer, Server } from '../api/lib/server';

/* eslint-disable @typescript-eslint/no-explicit-any */

export const EVIL = '<img data-evil src=x onerror=evil=1>';
export const AT = { lon: 106.7005, lat: 10.7795 };

/** One more text that is stored; what it is called is how the test tells which ones were seen. */
export const evil = (name: string): string => `${name} ${EVIL}`;

/** METHOD /path field, with {} for each id; of an action on a complaint, :action after the path. */
const keyOf = (method: string, path: string, field: string): string => `${method} ${path.replace(/\{\w+\}/g, '{}')} ${field}`;

/** A list or an object that is not described further may hold texts too. */
function textsOf(api: Description, schema: any, at: string): string[] {
  const s = api.resolve(schema) ?? {};
  const several = s.oneOf ?? s.anyOf;
  if (several) return several.flatMap((one: any) => textsOf(api, one, at));
  const types = [s.type].flat();
  if (types.includes('array')) return s.items ? textsOf(api, s.items, `${at}[]`) : [`${at}[]`];
  if (types.includes('object')) {
    return s.properties ? Object.entries(s.properties).flatMap(([name, one]) => textsOf(api, one, at ? `${at}.${name}` : name)) : at ? [`${at}{}`] : [];
  }
  // One of a few words, a code without blanks (refused unless it is known, or made of letters and digits), an instant.
  const bound = s.enum ?? s.const ?? s.pattern ?? (s.format === 'date-time' ? s.format : undefined);
  return types.includes('string') && bound === undefined ? [at] : [];
}

export function allTexts(api: Description): string[] {
  return api.operations.flatMap((o) => {
    const own = textsOf(api, o.body, '').map((field) => keyOf(o.method, o.path, field));
    if (o.path !== '/api/v1/complaints/{code}/actions') return own;
    const actions = api.resolve({ $ref: '#/components/schemas/Action' })['x-actions'] as Record<string, any>;
    return [...own, ...Object.entries(actions).flatMap(([action, schema]) =>
      textsOf(api, schema, '').map((field) => keyOf(o.method, `${o.path}:${action}`, field)))];
  });
}

/** What is never a text on a page, and why. */
export const NEVER: [RegExp, string][] = [
  [/ (at|due_at|as_of|until|started_at|answered_at|ended_at|saved_at|received_at|valid_from|valid_to)$/, 'an instant or a day: refused where it is none'],
  [/ (code|category|action|complaints\[\]\.code|class|keep|rating|outcome)$/, 'a word of a closed set: refused where it is unknown'],
  [/ (attachments|categories|scopes|events|media|audiences|codes|findings|agencies|partners|area|terms|pairs|units)\[\]$/, 'ids, codes and numbers: refused where they are unknown'],
  [/ (location|incidents|area|style)\{\}$/, 'numbers, and colours as #rrggbb: refused where they are others'],
  [/ (week|steps)\[\]$/, 'hours of a week and lengths of steps: refused where they are others'],
  [/ (password|new_password|login|token)$/, 'secrets, and what one logs in with: never shown, or refused where it is unknown'],
  [/ (\w+_column)$/, 'names a column of the file: refused where the file has none'],
  [/ (number|reporter\.phone|reporter\.email)$|\/contacts address$|\/users(\/\{\})? email$|person-requests contact$/, 'a number or an address: refused where it cannot be one, so no < gets in'],
  [/webhooks(\/\{\})? url$/, 'an https address: refused where it is none'],
  [/^POST \/api\/v1\/calls call$/, 'the telephone system\'s own name of a call: kept, answered to it, shown to nobody'],
  [/^POST \/api\/v1\/inbound message$/, 'the message\'s id of its server: kept against repeats, shown to nobody'],
  [/inbound\/next reason$/, 'of the body that taking and leaving have in common: taking keeps none'],
  [/ deadline$/, 'a length of time: refused where it is none'],
];

/** What goes into the column that another one, which is stored here, goes into. */
export const SAME: [RegExp, string][] = [
  [/^PUT \/api\/v1\/admin\/agencies\/\{\} (name|name_en)$/, 'POST /api/v1/admin/agencies $1'],
  [/^PUT \/api\/v1\/admin\/desks\/\{\} (name)$/, 'POST /api/v1/admin/agencies/{}/desks name'],
  [/^PUT \/api\/v1\/admin\/(categories|calendars|pause-reasons|form-letters)\/\{\} (\w+)$/, 'POST /api/v1/admin/$1 $2'],
  [/^POST \/api\/v1\/admin\/letter-previews (body|body_en)$/, 'POST /api/v1/admin/form-letters $1'],
  [/^PUT \/api\/v1\/users\/\{\} (name)$/, 'POST /api/v1/users name'],
  [/^PATCH \/api\/v1\/layers\/\{\} (\w+)$/, 'POST /api/v1/layers $1'],
  [/^(?:POST|PUT) \/api\/v1\/rule-sets\/.* why$/, 'POST /api/v1/rule-sets/{}/rules why'],
  [/^PUT \/api\/v1\/rule-sets\/\{\}\/rules\/\{\} (name\.vi|name\.en|reason|outcome|conditions\[\])$/, 'POST /api/v1/rule-sets/{}/rules $1'],
  [/^PUT \/api\/v1\/rule-sets\/\{\}\/text text$/, 'POST /api/v1/rule-sets/{}/rules reason'],
  [/^POST \/api\/v1\/complaints\/actions .*$/, 'POST /api/v1/complaints/{}/actions:note text'],
  [/^POST \/api\/v1\/incidents\/\{\}\/\{\} (title|message_vi|message_en)$/, 'POST /api/v1/incidents $1'],
  [/^POST \/api\/v1\/complaints\/\{\}\/actions:callback comment$/, 'POST /api/v1/complaints/{}/rating comment'],
];

type Body = Record<string, unknown>;

/** Stores a script in each, and remembers where it put which. */
export class Storing {
  /** Field → what its text is called. */
  readonly stored = new Map<string, string>();
  /** What was refused that should not have been. */
  readonly refused: string[] = [];

  constructor(readonly server: Server, readonly database: Database, readonly who: Record<string, Record<string, string>>) {}

  private note(value: unknown, method: string, path: string, field: string): void {
    if (typeof value === 'string') {
      if (value.includes(EVIL)) this.stored.set(keyOf(method, path, field), value.slice(0, value.indexOf(EVIL) + EVIL.length).split(/["\n]/).at(-1) ?? '');
    } else if (Array.isArray(value)) {
      const list = new Set(value.map((one) => JSON.stringify(one)?.includes('data-evil')));
      if (list.has(true)) this.stored.set(keyOf(method, path, `${field}[]`), this.first(value));
      for (const one of value) if (typeof one === 'string') this.note(one, method, path, `${field}[]`);
    } else if (value && typeof value === 'object') {
      for (const [name, one] of Object.entries(value)) this.note(one, method, path, field ? `${field}.${name}` : name);
      if (field && JSON.stringify(value).includes('data-evil')) this.stored.set(keyOf(method, path, `${field}{}`), this.first(value));
    }
  }

  private first(value: unknown): string {
    const found = /"([^"]*<img data-evil src=x onerror=evil=1>)/.exec(JSON.stringify(value));
    return found?.[1] ?? '';
  }

  /** `template` as the API's description has it; `ids` in order. */
  async put(as: string, method: string, template: string, ids: (string | number)[], body: Body, headers: Record<string, string> = {}): Promise<any> {
    const left = [...ids];
    const path = template.replace(/\{\w+\}/g, () => encodeURIComponent(String(left.shift())));
    const answer: Answer = await this.server.request(path, { method, body: JSON.stringify(body),
      headers: { 'Content-Type': 'application/json', ...this.who[as], ...headers } });
    if (answer.status >= 300) {
      this.refused.push(`${method} ${path} ${JSON.stringify(body).slice(0, 200)}: ${answer.status} ${answer.text.slice(0, 400)}`);
      return answer.json ?? {};
    }
    const suffix = template.endsWith('/complaints/{code}/actions') ? `:${String(body['action'])}` : '';
    this.note(body, method, `${template}${suffix}`, '');
    return answer.json;
  }

  async get(as: string, path: string): Promise<any> {
    return (await this.server.get(path, this.who[as])).json;
  }

  async act(as: string, code: string, body: Body): Promise<any> {
    const { version } = await this.get(as, `/api/v1/complaints/${code}`);
    return this.put(as, 'POST', '/api/v1/complaints/{code}/actions', [code], { ...body, version });
  }

  async file(name: string, as = 'truc', more: Body = {}): Promise<string> {
    const made = await this.put(as, 'POST', '/api/v1/complaints', [], { category: 'tieng-on', description: evil(`mô tả ${name}`), channel: 'phone', location: AT, ...more });
    return String(made.code);
  }

  async attach(to: string, name: string): Promise<void> {
    const form = new FormData();
    form.append('file', new Blob([new Uint8Array(png(200, 100))], { type: 'image/png' }), `${evil(name)}.png`);
    const answer = await fetch(`${this.server.base}/api/v1/complaints/${to}/attachments`, { method: 'POST', body: form });
    assert.equal(answer.status, 201, await answer.text());
    this.stored.set('multipart: names of files', evil(name));
  }

  async upload(name: string, content: unknown): Promise<number> {
    const form = new FormData();
    form.append('file', new Blob([JSON.stringify(content)], { type: 'application/geo+json' }), `${evil(name)}.geojson`);
    const answer = await fetch(`${this.server.base}/api/v1/geo-uploads`, { method: 'POST', body: form, headers: this.who['quan'] ?? {} });
    const { id } = await answer.json() as { id: number };
    const read = await waitUntil('the shapes to be read', async () => {
      const one = await this.get('quan', `/api/v1/geo-uploads/${id}`);
      return one.state === 'reading' ? null : one;
    }, 60000);
    if (read.state !== 'ready') this.refused.push(`upload ${name}: ${JSON.stringify(read).slice(0, 300)}`);
    this.stored.set(`multipart: names of maps' files`, evil(name));
    return id;
  }
}

const DAY = 86400_000;
const inDays = (n: number): string => new Date(Date.now() + n * DAY).toISOString().slice(0, 10);

/** A complaint with everything that people may write about it; its code. */
async function storeCase(s: Storing, agency: string, other: string): Promise<string> {
  const code = await s.file('', 'truc', { address: evil('12 Nguyễn Huệ'), reporter: { name: evil('người báo'), phone: '0912000333' }, attributes: { bien_so: evil('thuộc tính') } });
  await s.attach(code, 'tệp');
  await s.put('truc', 'POST', '/api/v1/complaints/{code}/reporters', [code], { channel: 'phone', description: evil('người báo cùng'), reporter: { name: evil('tên cùng'), phone: '0987000111' }, consent: true });
  const directive = await s.put('lanh', 'POST', '/api/v1/directives', [], { agency, complaint: code, text: evil('chỉ đạo'), due_at: new Date(Date.now() + DAY).toISOString() });
  await s.put('dau', 'POST', '/api/v1/directives/{id}/actions', [directive.id], { action: 'answer', version: directive.version, text: evil('trả lời chỉ đạo') });
  await s.act('can', code, { action: 'accept' });
  await s.act('can', code, { action: 'note', text: evil('ghi chú') });
  await s.act('can', code, { action: 'answer', text: `${evil('trả lời')} và tổ kiểm tra đã đến lúc chín giờ sáng nay` });
  await s.act('can', code, { action: 'extend', reason: evil('gia hạn'), until: inDays(30), no_photo_reason: evil('không ảnh gia hạn') });
  const split = await s.act('can', code, { action: 'split', tasks: [{ agency: other, text: evil('việc nhỏ') }, { agency: other, text: 'việc hai' }, { agency: other, text: 'việc ba' }, { agency: other, text: 'việc còn mở' }] });
  const [one, two, three] = split.tasks ?? [];
  await s.act('khac', code, { action: 'task_accept', task: one?.id });
  await s.act('khac', code, { action: 'task_done', task: one?.id, text: evil('việc xong') });
  await s.act('khac', code, { action: 'task_return', task: two?.id, reason: evil('trả việc') });
  await s.act('can', code, { action: 'task_cancel', task: three?.id, reason: evil('huỷ việc') });
  await s.act('can', code, { action: 'resolve', text: `${evil('kết quả')} đã nhắc chủ quán cam kết tắt loa sau hai mươi hai giờ`, no_photo_reason: evil('không ảnh'), tasks_open_reason: evil('việc còn mở') });
  await s.put('', 'POST', '/api/v1/complaints/{code}/rating', [code], { rating: 'not_satisfied', comment: evil('đánh giá') });
  await s.put('', 'POST', '/api/v1/complaints/{code}/reopening', [code], { reason: evil('mở lại') });
  await s.put('kiem', 'POST', '/api/v1/complaints/{code}/hold', [code], { hold: true, reason: evil('giữ lại') });
  return code;
}

/** Others, whose story ends or turns elsewhere; their codes. */
async function storeOthers(s: Storing, other: string): Promise<string[]> {
  const returned = await s.file('trả');
  await s.act('can', returned, { action: 'return', reason: evil('không phải của tôi') });
  const rerouted = await s.file('chuyển');
  await s.act('giam', rerouted, { action: 'reroute', agency: other, reason: evil('chuyển đơn vị') });
  const placed = await s.file('đặt');
  await s.act('giam', placed, { action: 'place', location: { lon: AT.lon + 0.0002, lat: AT.lat }, address: evil('nơi đặt lại'), reason: evil('vì sao đặt lại') });
  const rejected = await s.file('từ chối');
  await s.act('dau', rejected, { action: 'reject', reason: evil('từ chối') });
  await s.act('dau', rejected, { action: 'reopen', reason: evil('mở lại bởi đơn vị') });
  const referred = await s.file('gửi đi');
  await s.act('dau', referred, { action: 'refer', to: evil('nơi khác'), reason: evil('ngoài thẩm quyền') });
  const redacted = await s.file('bôi');
  await s.put('quan', 'POST', '/api/v1/complaints/{code}/redaction', [redacted], { reason: evil('vì sao bôi'), description: evil('mô tả đã bôi') });
  const rated = await s.file('chấm');
  await s.act('can', rated, { action: 'accept' });
  await s.act('can', rated, { action: 'resolve', text: `${evil('kết quả khác')} đã nhắc chủ quán cam kết tắt loa sau hai mươi hai giờ`, no_photo_reason: evil('không ảnh') });
  await s.put('', 'POST', '/api/v1/complaints/{code}/rating', [rated], { rating: 'acceptable', comment: evil('đánh giá kết quả') });
  const first = await s.file('gốc');
  const later = await s.file('trùng');
  const { version } = await s.get('truc', `/api/v1/complaints/${later}`);
  await s.put('truc', 'POST', '/api/v1/complaints/{code}/merge', [later], { into: first, version, reason: evil('gộp') });
  const merged = await s.get('truc', `/api/v1/complaints/${later}`);
  await s.put('truc', 'POST', '/api/v1/complaints/{code}/unmerge', [later], { version: merged.version, reason: evil('tách') });
  await s.put('truc', 'POST', '/api/v1/complaints/{code}/reporter', [first], { purpose: 'khac', note: evil('vì sao xem') });
  return [returned, rerouted, placed, rejected, referred, first, later, redacted, rated];
}

async function storeRegister(s: Storing): Promise<void> {
  const splitting = await s.database.sql(`SELECT a.code FROM hotline.agencies a JOIN hotline.jurisdictions j ON j.agency_id = a.id AND j.valid @> current_date
    WHERE a.kind = 'ward' AND a.valid @> current_date GROUP BY 1 HAVING count(*) = 1 ORDER BY 1 DESC LIMIT 1`);
  const A = '/api/v1/admin';
  await s.put('quan', 'POST', `${A}/agencies`, [], { code: 'don-vi-xau', name: evil('đơn vị mới'), name_en: evil('new agency'), kind: 'department' });
  await s.put('quan', 'POST', `${A}/agencies/{agency}/desks`, ['don-vi-xau'], { code: 'ban-xau', name: evil('bàn mới') });
  await s.put('quan', 'POST', `${A}/agencies/{agency}/areas`, ['don-vi-xau'], { code: 'vung-xau', name: evil('vùng mới'), class: 'ordinary', reach: 'city', categories: ['gop-y'] });
  await s.put('quan', 'POST', `${A}/categories`, [], { code: 'loai-xau', parent: 'moi-truong', name_vi: evil('loại mới'), name_en: evil('new category'), keywords: evil('từ khoá') });
  const ordinary = '07:30-11:30 13:00-17:00';
  await s.put('quan', 'POST', `${A}/calendars`, [], { code: 'lich-xau', name_vi: evil('lịch mới'), name_en: evil('new calendar'), follows_city: true, week: [ordinary, ordinary, ordinary, ordinary, ordinary, '', ''] });
  const { calendars } = await s.get('quan', `${A}/calendars?year=2097`);
  const version = calendars.find((c: { code: string }) => c.code === 'lich-xau')?.version;
  await s.put('quan', 'PUT', `${A}/calendars/{calendar}/days`, ['lich-xau'], { version, year: 2097, days: [{ date: '2097-03-05', kind: 'holiday', name_vi: evil('ngày nghỉ'), name_en: 'x' }] });
  await s.put('quan', 'POST', `${A}/pause-reasons`, [], { code: 'dung-xau', name_vi: evil('vì sao dừng'), name_en: evil('why paused'), cap_working_days: 3 });
  await s.put('quan', 'POST', `${A}/form-letters`, [], { code: 'thu-xau', kind: 'answer', name_vi: evil('mẫu thư'), name_en: evil('letter'), body: evil('lời thư'), body_en: evil('letter words') });
  await s.put('quan', 'POST', '/api/v1/agency-changes', [], { change: 'rename', agencies: ['don-vi-xau'], on: inDays(9), name: evil('tên đơn vị sau'), name_en: evil('later name'), reason: evil('vì sao đổi tên') });
  await s.put('quan', 'POST', '/api/v1/agency-changes', [], { change: 'split', agencies: [splitting], on: inDays(9), reason: 'chia', parts: [{ code: 'phan-xau', name: evil('phần mới') }] });
  await s.put('quan', 'POST', '/api/v1/transfers', [], { at: new Date(Date.now() - 3000 * DAY).toISOString(), reason: evil('vì sao chuyển') });
  await s.put('quan', 'POST', '/api/v1/deadline-recomputes', [], { apply: true, reason: evil('vì sao tính lại') });
}

const square = (lon: number, lat: number, side = 0.002): unknown =>
  ({ type: 'Polygon', coordinates: [[[lon, lat], [lon + side, lat], [lon + side, lat + side], [lon, lat + side], [lon, lat]]] });
const shapes = (properties: Body, geometry: unknown): unknown => ({ type: 'FeatureCollection', features: [{ type: 'Feature', properties, geometry }] });

async function storeMaps(s: Storing): Promise<void> {
  const layer = await s.upload('tệp lớp', shapes({ ten: evil('tên điểm'), ghi: evil('thuộc tính điểm') }, { type: 'Point', coordinates: [AT.lon, AT.lat] }));
  await s.put('quan', 'POST', '/api/v1/layers', [], { upload: layer, code: 'lop-xau', name_vi: evil('lớp mới'), name_en: evil('new layer'), group: 'nhom-xau', group_vi: evil('nhóm lớp'),
    group_en: evil('layer group'), attribution: evil('nguồn lớp'), style: { color: '#b45309' }, public: true });
  const ward = await s.upload('tệp ranh giới', shapes({ ma: 'xau-1', ten: evil('phường mới') }, square(AT.lon, AT.lat)));
  const made = await s.put('quan', 'POST', '/api/v1/boundary-generations', [], { upload: ward, from: '2098-01-01', title: evil('thế hệ ranh giới'), level: 'ward', code_column: 'ma', name_column: 'ten' });
  const step = async (verb: string, more: Body): Promise<void> => {
    const { version } = await waitUntil('the generation to be checked', async () => {
      const one = await s.get('quan', `/api/v1/boundary-generations/${made.id}`);
      return one.state === 'checking' ? null : one;
    }, 60000);
    await s.put('quan', 'POST', `/api/v1/boundary-generations/{id}/${verb}`, [made.id], { version, ...more });
  };
  await step('publish', { reason: evil('vì sao công bố'), acknowledged: true });
  await step('back', { reason: evil('vì sao rút') });
  const { units } = await s.get('quan', '/api/v1/populations');
  await s.put('quan', 'POST', '/api/v1/populations', [], { source: evil('nguồn dân số'), units: [{ level: 'ward', code: units[0].code, on_day: '2026-01-01', residents: 12345 }] });
}

async function storeRest(s: Storing, key: Record<string, string>): Promise<void> {
  const incident = await s.put('giam', 'POST', '/api/v1/incidents', [], { category: 'tieng-on', area: square(AT.lon - 0.003, AT.lat - 0.003, 0.006), title: evil('sự cố'), message_vi: evil('lời sự cố'), message_en: evil('incident words') });
  const going = await s.get('giam', `/api/v1/incidents/${incident.id}`);
  await s.put('giam', 'POST', '/api/v1/incidents/{incident}/{verb}', [incident.id, 'edit'], { version: going.version, reason: evil('vì sao sửa sự cố') });
  await s.put('', 'POST', '/api/v1/inbound', [], { channel: 'email', subject: evil('tiêu đề thư'), text: evil('lời thư đến'), from: evil('địa chỉ gửi'), from_name: evil('người gửi'), message: 'm-1' }, key);
  const away = await s.put('', 'POST', '/api/v1/inbound', [], { channel: 'email', text: 'quảng cáo', from: 'an@example.org', message: 'm-2' }, key);
  await s.put('giam', 'POST', '/api/v1/inbound/{item}/{verb}', [away.id, 'take'], {});
  await s.put('giam', 'POST', '/api/v1/inbound/{item}/{verb}', [away.id, 'discard'], { reason: evil('vì sao bỏ thư') });
  await s.put('quan', 'POST', '/api/v1/webhooks', [], { name: evil('hệ thống khác'), url: 'https://example.org/nhan', events: [] });
  await s.put('quan', 'PUT', '/api/v1/notice-templates', [], { event: 'received', audience: 'reporter', medium: 'email', lang: 'vi', subject: evil('tiêu đề mẫu'), body: evil('lời mẫu') });
  await s.put('quan', 'POST', '/api/v1/person-requests', [], { kind: 'export', contact: '0912000444', verified: evil('cách kiểm tra') });
  const asked = await s.put('quan', 'POST', '/api/v1/person-requests', [], { kind: 'export', contact: '0912000555', verified: 'mã' });
  await s.put('giam', 'POST', '/api/v1/person-requests/{id}/decision', [asked.id], { approve: false, reason: evil('vì sao từ chối') });
  await s.put('quan', 'POST', '/api/v1/users', [], { login: 'nguoi-xau', name: evil('người mới'), role: 'operator' });
  await s.put('quan', 'POST', '/api/v1/keys', [], { name: 'khoa-moi', scopes: ['read'] });
}

async function storeRules(s: Storing): Promise<number> {
  const set = await s.put('quan', 'POST', '/api/v1/rule-sets', [], { title: evil('bộ quy tắc'), reason: evil('vì sao có bộ') });
  const { revision } = await s.get('quan', `/api/v1/rule-sets/${set.id}`);
  await s.put('quan', 'POST', '/api/v1/rule-sets/{set}/rules', [set.id], { revision, why: evil('vì sao sửa'), code: 'quy-tac-xau', name: { vi: evil('quy tắc'), en: evil('rule') }, class: 'special',
    conditions: ['category tieng-on', `words "${evil('chữ tìm')}"`], outcome: 'agency trung-tam-1022', reason: evil('lý do quy tắc') });
  return Number(set.id);
}

export interface Codes { code: string; others: string[]; set: number }

export async function storeAll(s: Storing, agency: string, other: string, key: Record<string, string>): Promise<Codes> {
  const code = await storeCase(s, agency, other);
  const others = await storeOthers(s, other);
  await storeRegister(s);
  await storeMaps(s);
  await storeRest(s, key);
  const set = await storeRules(s);
  return { code, others, set };
}
