import { useLang } from '../i18n';
import type { Lang } from '../types';

const vi = {
  offline: 'Đang không có mạng. Cứ viết và bấm gửi: phản ánh được giữ trên máy này và tự gửi khi có mạng lại.',
  title: 'Phản ánh trên máy này',
  waiting: 'Đang chờ mạng, sẽ tự gửi',
  refused: 'Chưa được nhận',
  sent: 'Đã gửi, mã theo dõi:',
  sendNow: 'Gửi ngay',
  sending: 'Đang gửi…',
  correct: 'Sửa và gửi lại',
  follow: (code: string) => `Theo dõi ${code}`,
  followShort: 'Theo dõi',
  forget: 'Xóa khỏi máy này',
  forgetOf: (title: string) => `Xóa khỏi máy này: ${title}`,
  forgetAll: 'Xóa hết khỏi máy này',
  surely: 'Phản ánh này chưa gửi. Xóa luôn?',
  private: 'Sau khi gửi, máy này chỉ còn giữ mã theo dõi và lĩnh vực; họ tên, điện thoại, nội dung và ảnh được xóa.',
  photos: (n: number) => `${n} ảnh, tệp`,
  keptTitle: 'Đã giữ trên máy này, chưa gửi',
  keptText: 'Phản ánh sẽ tự gửi khi có mạng, kể cả khi bạn đóng trang rồi mở lại sau. Mã theo dõi sẽ hiện ở đây. Gửi lại không bao giờ thành hai phản ánh.',
  urgent: 'Nếu nguy hiểm, hãy gọi 1022 ngay.',
  keepCode: 'Nhớ mã trên máy này',
  codeKept: 'Đã nhớ mã',
  openMap: 'Mở bản đồ',
  install: 'Cài ứng dụng vào máy',
  help: 'Cách gửi và theo dõi',
  helpLines: [
    'Chọn nơi xảy ra (vị trí của bạn, bấm lên bản đồ, hoặc gõ địa chỉ không dấu), chọn lĩnh vực, mô tả ngắn, thêm ảnh nếu có, rồi gửi. Không cần tài khoản.',
    'Mã 9 ký tự nhận được là chìa khóa: ai có mã thì xem được tiến độ, đánh giá và yêu cầu xử lý lại.',
    'Mất mạng vẫn viết và gửi được: phản ánh nằm trên máy này, tự gửi khi có mạng, không bị trùng.',
    'Trên bản đồ công khai, vị trí được làm tròn khoảng 100 m và không có tên ai.',
    'Việc nguy hiểm đến người: gọi 1022, hoặc 113, 114, 115.',
  ],
  helpInstall: 'Cài như một ứng dụng: trong trình duyệt, mở trình đơn và chọn “Thêm vào màn hình chính”.',
};

const en: typeof vi = {
  offline: 'There is no network. Write and press send: the report is kept on this device and sent by itself when the network is back.',
  title: 'Reports on this device',
  waiting: 'Waiting for the network, will be sent by itself',
  refused: 'Not taken yet',
  sent: 'Sent, tracking code:',
  sendNow: 'Send now',
  sending: 'Sending…',
  correct: 'Correct and send again',
  follow: (code) => `Follow ${code}`,
  followShort: 'Follow',
  forget: 'Remove from this device',
  forgetOf: (title) => `Remove from this device: ${title}`,
  forgetAll: 'Remove all from this device',
  surely: 'This report was not sent yet. Remove it all the same?',
  private: 'Once sent, only the tracking code and the category stay on this device; name, phone, words and photos are removed.',
  photos: (n) => `${n} photos or files`,
  keptTitle: 'Kept on this device, not sent yet',
  keptText: 'It will be sent by itself when the network is back, also if you close the page and open it later. The tracking code will appear here. Sending again never makes two reports.',
  urgent: 'If it is dangerous, call 1022 now.',
  keepCode: 'Keep the code on this device',
  codeKept: 'Code kept',
  openMap: 'Open the map',
  install: 'Install on this device',
  help: 'How to report and follow up',
  helpLines: [
    'Choose where it is (your position, a click on the map, or an address without tones), choose a category, describe it in short, add photos if you have some, and send. No account is needed.',
    'The code of 9 characters is the key: whoever has it can see the progress, rate the result and reopen it.',
    'Without network you can write and send all the same: the report stays on this device, goes by itself when the network is back, and never twice.',
    'On the public map, places are rounded to about 100 m and there are no names.',
    'Danger to people: call 1022, or 113, 114, 115.',
  ],
  helpInstall: 'Install it like an app: in the browser’s menu choose “Add to home screen”.',
};

const words: Record<Lang, typeof vi> = { vi, en };

export function useQueueWords(): typeof vi {
  return words[useLang()];
}
