// The words of accounts and keys, as administrators and auditors see them.

import { useLang } from '../../i18n';
import type { Lang } from '../../types';

const vi = {
  users: 'Tài khoản', keys: 'Khoá API', add: 'Thêm tài khoản', change: 'Sửa', save: 'Lưu', cancel: 'Thôi',
  login: 'Tên đăng nhập', name: 'Họ tên', role: 'Vai trò', agency: 'Đơn vị', desk: 'Đầu mối', email: 'E-mail',
  allDesks: 'cả đơn vị', categories: 'Chỉ các lĩnh vực', categoriesHint: 'Không chọn gì: mọi lĩnh vực. Một lĩnh vực gồm cả các mục con.', pickAgency: 'Hãy chọn một đơn vị trong danh sách.', state: 'Tình trạng', doing: 'Thao tác',
  disable: 'Khoá', enable: 'Mở lại', reset: 'Liên kết đặt mật khẩu', dropFactor: 'Bỏ lớp thứ hai', endSessions: 'Kết thúc các phiên',
  link: 'Gửi cho người dùng liên kết này, chỉ hiện một lần:', key: 'Khoá mới, chỉ hiện một lần:',
  addKey: 'Tạo khoá', keyName: 'Tên khoá', scopes: 'Được làm gì', until: 'Hết hiệu lực từ ngày', revoke: 'Thu hồi',
  active: 'đang dùng', off: 'đã khoá', locked: 'tạm nghỉ vì sai mật khẩu', factor: 'có lớp thứ hai', sessions: (n: number) => `${n} phiên`,
  noPassword: 'chưa có mật khẩu', done: 'Đã xong.',
  states: { in_use: 'đang dùng', expired: 'hết hạn', revoked: 'đã thu hồi' },
  may: { file: 'gửi phản ánh', read: 'đọc', calls: 'báo cuộc gọi' },
  roles: {
    operator: 'điện thoại viên', supervisor: 'giám sát', agency_staff: 'cán bộ đơn vị', agency_head: 'lãnh đạo đơn vị',
    leader: 'lãnh đạo Thành phố', administrator: 'quản trị', auditor: 'kiểm tra',
  },
};
const en: typeof vi = {
  users: 'Accounts', keys: 'API keys', add: 'Add an account', change: 'Change', save: 'Save', cancel: 'Cancel',
  login: 'Login', name: 'Name', role: 'Role', agency: 'Agency', desk: 'Desk', email: 'E-mail',
  allDesks: 'the whole agency', categories: 'Only these categories', categoriesHint: 'None chosen: all of them. A category brings what is below it.', pickAgency: 'Choose an agency from the list.', state: 'State', doing: 'Actions',
  disable: 'Disable', enable: 'Enable', reset: 'Link to set a password', dropFactor: 'Forget the second factor', endSessions: 'End the sessions',
  link: 'Hand this link to the person; it is shown this once:', key: 'The new key, shown this once:',
  addKey: 'Make a key', keyName: 'Key\'s name', scopes: 'May', until: 'No longer holds from', revoke: 'Revoke',
  active: 'in use', off: 'disabled', locked: 'resting after wrong passwords', factor: 'second factor', sessions: (n) => `${n} sessions`,
  noPassword: 'no password yet', done: 'Done.',
  states: { in_use: 'in use', expired: 'expired', revoked: 'revoked' },
  may: { file: 'file complaints', read: 'read', calls: 'tell of calls' },
  roles: {
    operator: 'operator', supervisor: 'supervisor', agency_staff: 'agency staff', agency_head: 'agency head',
    leader: 'city leader', administrator: 'administrator', auditor: 'auditor',
  },
};
const words: Record<Lang, typeof vi> = { vi, en };

export type AccountWords = typeof vi;
export const useAccountsWords = (): AccountWords => words[useLang()];
