// What the parts of the administrator's page are called.

import { useLang } from '../i18n';
import type { Lang } from '../types';

const vi = {
  sections: 'Việc quản trị', rules: 'Quy tắc phân tuyến',
  denied: (title: string) => `${title}: không phải phần việc của bạn.`,
  titles: {
    boundaries: 'Ranh giới', layers: 'Lớp bản đồ', jurisdictions: 'Địa bàn', populations: 'Dân số', duplicates: 'Phản ánh trùng',
    agencies: 'Đơn vị', categories: 'Lĩnh vực', calendars: 'Lịch và thời hạn', letters: 'Mẫu trả lời', transfers: 'Chuyển khi cải cách', notices: 'Thông báo', persons: 'Dữ liệu cá nhân', audit: 'Kiểm tra', accounts: 'Tài khoản và khoá',
  },
};
const en: typeof vi = {
  sections: 'Administration', rules: 'Routing rules',
  denied: (title) => `${title}: not among what you work with.`,
  titles: {
    boundaries: 'Boundaries', layers: 'Layers', jurisdictions: 'Jurisdictions', populations: 'Residents', duplicates: 'Duplicates',
    agencies: 'Agencies', categories: 'Categories', calendars: 'Calendars and deadlines', letters: 'Form letters', transfers: 'Cut-over', notices: 'Messages', persons: 'Personal data', audit: 'Audit', accounts: 'Accounts and keys',
  },
};

export type SectionTitles = typeof vi.titles;

const words: Record<Lang, typeof vi> = { vi, en };

export function useSectionWords(): typeof vi {
  return words[useLang()];
}
