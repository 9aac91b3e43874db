import { useLang } from '../i18n';
import type { Lang } from '../types';

const vi = {
  title: 'Có phải việc đã có người báo?',
  incident: 'Sự cố đang được xử lý ở đây',
  metres: (m: string) => `cách khoảng ${m} m`,
  reporters: (n: string) => `${n} lượt báo`,
  ended: 'Đã kết thúc; nếu vẫn còn, hãy gửi phản ánh mới.',
  join: 'Đúng việc này, báo kết quả cho tôi',
  how: 'Báo kết quả cho tôi qua',
  phone: 'Số điện thoại', email: 'E-mail',
  consent: 'Tôi đồng ý để tổng đài lưu số và e-mail này để báo kết quả.',
  needConsent: 'Cần sự đồng ý để lưu cách liên hệ; hoặc để trống.',
  send: 'Báo cùng',
  sending: 'Đang gửi…',
  cancel: 'Thôi',
  failed: 'Chưa gửi được',
  joined: 'Đã ghi nhận. Mã theo dõi của bạn:',
  follow: 'Theo dõi',
};

const en: typeof vi = {
  title: 'Was it reported already?',
  incident: 'An incident is being worked on here',
  metres: (m: string) => `about ${m} m away`,
  reporters: (n: string) => `${n} reports`,
  ended: 'It has ended; if it is still there, send a new complaint.',
  join: 'That is it, tell me too',
  how: 'Tell me the result by',
  phone: 'Phone number', email: 'E-mail',
  consent: 'The hotline may keep this number and address to tell me the result.',
  needConsent: 'Consent is needed to keep how to reach you; or leave it empty.',
  send: 'Join',
  sending: 'Sending…',
  cancel: 'Not now',
  failed: 'Not sent yet',
  joined: 'Noted. Your tracking code:',
  follow: 'Follow it',
};

const words: Record<Lang, typeof vi> = { vi, en };

export function useAlreadyWords(): typeof vi {
  return words[useLang()];
}
