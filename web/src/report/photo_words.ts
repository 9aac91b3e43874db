import { useLang } from '../i18n';
import type { Lang } from '../types';

const vi = {
  label: 'Ảnh, video',
  hint: 'Tối đa 10 tệp. Ảnh được thu nhỏ; vị trí và thông tin máy ảnh bị xóa trước khi lưu.',
  choose: 'Chọn từ máy',
  camera: 'Chụp ảnh',
  preparing: 'đang chuẩn bị',
  sending: (percent: number) => `đang gửi ${percent} %`,
  sent: 'đã gửi',
  held: 'giữ trên máy, sẽ gửi cùng phản ánh',
  failed: 'chưa gửi được',
  retry: 'Gửi lại',
  remove: (name: string) => `Bỏ ${name}`,
  tooMany: 'Chỉ gửi được 10 tệp; các tệp sau đã được bỏ bớt.',
  place: (name: string) => `Ảnh ${name} có vị trí chụp.`,
  usePlace: 'Dùng vị trí của ảnh',
  waiting: 'Đang chờ gửi xong các tệp…',
  unsent: 'Có tệp chưa gửi được: hãy gửi lại hoặc bỏ tệp đó.',
  open: (name: string) => `Mở ${name}`,
  files: 'Ảnh và tệp kèm theo',
  ofReport: 'Kèm phản ánh',
  ofAgency: 'Kết quả xử lý',
  attached: 'Thêm ảnh, tài liệu',
};

export type PhotoWords = typeof vi;

const en: PhotoWords = {
  label: 'Photos, video',
  hint: 'At most 10 files. Photos are made smaller; place and camera details are removed before they are kept.',
  choose: 'Choose files',
  camera: 'Take a photo',
  preparing: 'being prepared',
  sending: (percent) => `sending, ${percent}%`,
  sent: 'sent',
  held: 'kept here, goes with the report',
  failed: 'not sent',
  retry: 'Send again',
  remove: (name) => `Remove ${name}`,
  tooMany: 'Ten files at most; the others were left out.',
  place: (name) => `The photo ${name} knows where it was taken.`,
  usePlace: 'Use the photo’s place',
  waiting: 'Waiting for the files to be sent…',
  unsent: 'A file could not be sent: send it again or remove it.',
  open: (name) => `Open ${name}`,
  files: 'Photos and files',
  ofReport: 'With the report',
  ofAgency: 'What was done',
  attached: 'Photos or files added',
};

const words: Record<Lang, PhotoWords> = { vi, en };

export function usePhotoWords(): PhotoWords {
  return words[useLang()];
}
