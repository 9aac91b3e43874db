import { useLang } from '../i18n';
import type { Lang } from '../types';

const vi = {
  title: 'Sự cố chung',
  hint: 'Nhiều phản ánh giống nhau ở gần nhau trong thời gian ngắn. Giám sát xác nhận hoặc bỏ qua.',
  none: 'Không có sự cố nào.',
  statuses: { proposed: 'Đề xuất', confirmed: 'Đang diễn ra', dismissed: 'Đã bỏ qua', ended: 'Đã kết thúc' },
  counts: (cases: string, callers: string) => `${cases} vụ, ${callers} người báo`,
  seen: (reports: number, minutes: number) => `${reports} phản ánh trong ${minutes} phút`,
  since: 'Từ',
  show: 'Xem trên bản đồ',
  name: 'Tên sự cố',
  messageVi: 'Thông báo cho người dân (tiếng Việt)',
  messageEn: 'Thông báo bằng tiếng Anh',
  messageHint: 'Gửi cho tất cả người đã báo mỗi khi thay đổi, và hiện cho mọi người.',
  confirm: 'Xác nhận sự cố',
  dismiss: 'Không phải sự cố',
  edit: 'Cập nhật thông báo',
  end: 'Kết thúc sự cố',
  ended: (n: number) => `Sự cố đã kết thúc. Còn ${n} vụ chưa xong.`,
  resolve: (n: number) => `Giải quyết cả ${n} vụ bằng thông báo trên`,
  resolved: (done: number, refused: number) => `Đã giải quyết ${done} vụ${refused ? `; ${refused} vụ chưa được, hãy xử lý riêng` : ''}.`,
  failed: 'Không thực hiện được',
  reason: 'Lý do', reasonHint: 'Chỉ cán bộ đọc được.',
  story: 'Ai quyết định, khi nào, vì sao', noStory: 'Chưa có quyết định nào.', service: 'hệ thống',
  events: {
    proposed: 'Đề xuất', created: 'Lập', confirm: 'Xác nhận', edit: 'Cập nhật', dismiss: 'Bỏ qua', end: 'Kết thúc', add: 'Thêm vụ', remove: 'Bớt vụ',
  } as Record<string, string>,
};

const en: typeof vi = {
  title: 'Incidents',
  hint: 'Many like reports near each other within a short time. A supervisor confirms or dismisses.',
  none: 'There is no incident.',
  statuses: { proposed: 'Proposed', confirmed: 'Going on', dismissed: 'Dismissed', ended: 'Ended' },
  counts: (cases: string, callers: string) => `${cases} cases, ${callers} callers`,
  seen: (reports: number, minutes: number) => `${reports} reports within ${minutes} minutes`,
  since: 'Since',
  show: 'Show on the map',
  name: 'Name of the incident',
  messageVi: 'Message to the public (Vietnamese)',
  messageEn: 'Message in English',
  messageHint: 'Goes to everybody who reported each time it changes, and is shown to all.',
  confirm: 'Confirm the incident',
  dismiss: 'Not an incident',
  edit: 'Update the message',
  end: 'End the incident',
  ended: (n: number) => `The incident has ended. ${n} cases are still open.`,
  resolve: (n: number) => `Resolve all ${n} with the message above`,
  resolved: (done: number, refused: number) => `${done} resolved${refused ? `; ${refused} could not be, see to them one by one` : ''}.`,
  failed: 'Could not be done',
  reason: 'Reason', reasonHint: 'Only staff can read it.',
  story: 'Who decided, when, and why', noStory: 'Nothing was decided yet.', service: 'the system',
  events: {
    proposed: 'Proposed', created: 'Made', confirm: 'Confirmed', edit: 'Changed', dismiss: 'Dismissed', end: 'Ended', add: 'Case added', remove: 'Case taken out',
  },
};

export const incidentWords: Record<Lang, typeof vi> = { vi, en };

export function useWords(): typeof vi {
  return incidentWords[useLang()];
}
