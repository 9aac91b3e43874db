// Every sentence of the section on messages, in both languages.

import { useLang } from '../i18n';
import type { Lang } from '../types';

const vi = {
  media: 'Kênh gửi', medium: 'Kênh', state: 'Tình trạng', waiting: 'Đang chờ', dead: 'Không gửi được', sent: 'Đã gửi từ khi khởi động',
  names: { email: 'Thư điện tử', sms: 'Tin nhắn SMS', webhook: 'Webhook' } as Record<string, string>,
  ready: 'Sẵn sàng', paused: 'Tạm ngừng: máy chủ không liên lạc được', missing: 'Chưa cấu hình: tin đang chờ, không mất',
  deadTitle: 'Tin không gửi được', noDead: 'Không có tin nào.', replay: 'Gửi lại', replayAll: (medium: string) => `Gửi lại tất cả: ${medium}`,
  replayed: (n: number) => `Đã đưa ${n} tin trở lại hàng đợi.`,
  about: (event: string, code: string, attempts: number) => `${event} – ${code}, ${attempts} lần thử`,
  hooks: 'Webhook đến hệ thống khác', noHooks: 'Chưa có hệ thống nào.', name: 'Tên', url: 'Địa chỉ (https)', add: 'Thêm webhook',
  stop: 'Dừng', start: 'Chạy lại', renew: 'Đổi khóa bí mật', stopped: 'đã dừng', failing: (n: number) => `lỗi ${n} lần liền`, well: 'đang chạy',
  secret: 'Khóa bí mật (chỉ hiện một lần, hãy chép ngay):',
  contacts: 'Nơi nhận của đơn vị', noContacts: 'Chưa có địa chỉ nào: đơn vị chỉ thấy trên trang của mình.', agency: 'Mã đơn vị', desk: 'Mã đầu mối',
  address: 'Địa chỉ hoặc số điện thoại', addContact: 'Thêm nơi nhận', remove: 'Bỏ',
  templates: 'Lời văn', which: 'Lời văn nào', subject: 'Tiêu đề', body: 'Nội dung', save: 'Lưu lời văn', saved: 'Đã lưu.',
  rules: 'Báo cho ai, việc gì', event: 'Việc', audience: 'Báo cho', addRule: 'Thêm quy tắc',
  who: { reporter: 'người phản ánh', desk: 'đầu mối', assignee: 'người được giao', agency_head: 'lãnh đạo đơn vị', supervisor: 'giám sát', leader: 'lãnh đạo Thành phố', task: 'đơn vị phối hợp' } as Record<string, string>,
  ladder: 'Nhắc theo thời hạn', ladderHint: 'Phần trăm thời hạn đã dùng, tính theo giờ làm việc của đơn vị; việc khẩn và đơn vị trực 24/7 tính theo đồng hồ.',
  clock: 'Thời hạn', clocks: { accept: 'tiếp nhận', resolve: 'giải quyết' } as Record<string, string>, percent: 'Đã dùng', active: 'Bật',
  settings: 'Lưu và gửi', keepDays: 'Giữ tin đã gửi (ngày; 0: giữ mãi)', expireHours: 'Quá bao nhiêu giờ thì không gửi nữa',
  allMedia: 'Báo người phản ánh bằng mọi cách họ để lại', unaccented: 'SMS không dấu', saveSettings: 'Lưu',
  audiences: { reporter: 'người phản ánh', staff: 'cán bộ' } as Record<string, string>, any: 'mọi việc khác',
  hint: 'Chỗ điền: {{code}} {{category}} {{agency}} {{desk}} {{place}} {{received_at}} {{due_at}} {{said}} {{description}} {{event_name}} {{link}} {{rate_link}} {{staff_link}}. Dòng có chỗ điền trống sẽ được bỏ.',
};

const en: typeof vi = {
  media: 'Ways to send', medium: 'Way', state: 'State', waiting: 'Waiting', dead: 'Dead letters', sent: 'Sent since start',
  names: { email: 'E-mail', sms: 'SMS', webhook: 'Webhook' },
  ready: 'Ready', paused: 'Paused: its server cannot be reached', missing: 'Not configured: messages wait, none is lost',
  deadTitle: 'Dead letters', noDead: 'There are none.', replay: 'Send again', replayAll: (medium) => `Send all again: ${medium}`,
  replayed: (n) => `${n} messages are back in the queue.`,
  about: (event, code, attempts) => `${event} – ${code}, ${attempts} attempts`,
  hooks: 'Webhooks to other systems', noHooks: 'No system is told yet.', name: 'Name', url: 'Address (https)', add: 'Add a webhook',
  stop: 'Stop', start: 'Start again', renew: 'New secret', stopped: 'stopped', failing: (n) => `${n} failures in a row`, well: 'working',
  secret: 'The secret (shown this once, copy it now):',
  contacts: 'Where agencies are told', noContacts: 'No address yet: agencies see it on their page only.', agency: 'Agency code', desk: 'Desk code',
  address: 'Address or telephone number', addContact: 'Add', remove: 'Remove',
  templates: 'Words', which: 'Which words', subject: 'Subject', body: 'Text', save: 'Save the words', saved: 'Saved.',
  rules: 'Who is told what', event: 'Event', audience: 'Who', addRule: 'Add a rule',
  who: { reporter: 'the reporter', desk: 'the desk', assignee: 'whoever it is assigned to', agency_head: 'the agency’s head', supervisor: 'supervisors', leader: 'city leaders', task: 'agencies with a sub-task' },
  ladder: 'Reminders by deadline', ladderHint: 'Percent of the time used, in working time of the agency; by the clock for urgent complaints and agencies that work round the clock.',
  clock: 'Time to', clocks: { accept: 'accept', resolve: 'resolve' }, percent: 'Used', active: 'On',
  settings: 'Keeping and sending', keepDays: 'Keep what was sent (days; 0: for good)', expireHours: 'Hours after which nothing is sent any more',
  allMedia: 'Tell reporters by every way they left', unaccented: 'SMS without accents', saveSettings: 'Save',
  audiences: { reporter: 'the reporter', staff: 'staff' }, any: 'everything else',
  hint: 'Placeholders: {{code}} {{category}} {{agency}} {{desk}} {{place}} {{received_at}} {{due_at}} {{said}} {{description}} {{event_name}} {{link}} {{rate_link}} {{staff_link}}. A line whose placeholder has nothing is left out.',
};

export function useNoticeWords(): typeof vi {
  const words: Record<Lang, typeof vi> = { vi, en };
  return words[useLang()];
}
