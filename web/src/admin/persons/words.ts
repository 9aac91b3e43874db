// Every sentence of the section on personal data, in both languages.

import { useLang } from '../../i18n';
import type { Lang } from '../../types';

const vi = {
  requests: 'Yêu cầu của người dân', noRequests: 'Chưa có yêu cầu nào.',
  ask: 'Nhập yêu cầu', kind: 'Yêu cầu gì', kinds: { export: 'Trích xuất dữ liệu', erase: 'Xoá dữ liệu' } as Record<string, string>,
  contact: 'Số điện thoại hoặc thư điện tử', verified: 'Đã xác minh bằng cách nào', enter: 'Gửi cho người thứ hai duyệt',
  askHint: 'Người dân phải chứng minh số hoặc địa chỉ là của mình. Người nhập không tự duyệt được.',
  states: { asked: 'chờ duyệt', done: 'đã thực hiện', refused: 'đã từ chối' } as Record<string, string>,
  askedBy: (who: string, when: string) => `${who} nhập lúc ${when}`, decidedBy: (who: string, when: string) => `${who} quyết định lúc ${when}`,
  approve: 'Duyệt', refuse: 'Từ chối', reason: 'Lý do từ chối', own: 'Do chính mình nhập: cần người khác duyệt.', file: 'Tải dữ liệu',
  counts: { complaints: 'phản ánh', joined: 'lần cùng phản ánh', calls: 'cuộc gọi', messages: 'tin', files: 'tệp', comments: 'nhận xét', reasons: 'lý do mở lại',
    held: 'đang lưu giữ theo luật', contacts: 'người', senders: 'người gửi', looks: 'lượt xem' } as Record<string, string>,
  holds: 'Lưu giữ theo luật', noHolds: 'Không có.', hold: 'Lưu giữ', release: 'Thôi lưu giữ', code: 'Mã phản ánh', why: 'Lý do', released: 'đã thôi',
  redactions: 'Lời đã xoá', noRedactions: 'Không có.', redact: 'Xoá lời nói về một người', what: 'Lời nào',
  whats: { description: 'nội dung phản ánh', history_n: 'dòng lịch sử', answer_n: 'câu trả lời', note_n: 'ghi chú', comments: 'nhận xét khi đánh giá' } as Record<string, string>,
  nth: 'Thứ mấy', words: 'Nội dung mới', redactNow: 'Xoá hẳn',
  erasures: 'Đã xoá', noErasures: 'Chưa xoá gì.', whys: { retention: 'hết thời hạn', request: 'theo yêu cầu' } as Record<string, string>,
  looks: 'Tra theo số điện thoại', noLooks: 'Không có lượt nào.', when: 'Lúc', who: 'Ai', number: 'Số', purpose: 'Mục đích',
  purposes: { masked: 'chỉ thấy phần đã che', call: 'cuộc gọi đến', follow_up: 'người gọi hỏi về phản ánh cũ', same_matter: 'xem có phải việc đã báo', call_back: 'gọi lại cho người phản ánh' } as Record<string, string>,
  done: 'Đã xong.',
};

const en: typeof vi = {
  requests: 'What persons asked for', noRequests: 'No request yet.',
  ask: 'Enter a request', kind: 'What for', kinds: { export: 'Export their data', erase: 'Erase their data' },
  contact: 'Telephone number or e-mail address', verified: 'How it was verified', enter: 'Send to a second person',
  askHint: 'The person must prove that the number or address is theirs. Whoever enters it cannot approve it.',
  states: { asked: 'waits for approval', done: 'done', refused: 'refused' },
  askedBy: (who, when) => `entered by ${who}, ${when}`, decidedBy: (who, when) => `decided by ${who}, ${when}`,
  approve: 'Approve', refuse: 'Refuse', reason: 'Why it is refused', own: 'Entered by yourself: somebody else decides.', file: 'Download the data',
  counts: { complaints: 'complaints', joined: 'joined', calls: 'calls', messages: 'messages', files: 'files', comments: 'comments', reasons: 'reasons for reopening',
    held: 'held for the law', contacts: 'people', senders: 'senders', looks: 'looks' },
  holds: 'Held for the law', noHolds: 'None.', hold: 'Hold', release: 'Release', code: 'Complaint’s code', why: 'Reason', released: 'released',
  redactions: 'Words taken out', noRedactions: 'None.', redact: 'Take out what is said about a person', what: 'Which words',
  whats: { description: 'the description', history_n: 'a row of the history', answer_n: 'an answer', note_n: 'a note', comments: 'comments of ratings' },
  nth: 'Which one (1 is the first)', words: 'New words', redactNow: 'Take out for good',
  erasures: 'Erased', noErasures: 'Nothing yet.', whys: { retention: 'its time was over', request: 'asked for' },
  looks: 'Looks by number', noLooks: 'None.', when: 'When', who: 'Who', number: 'Number', purpose: 'Purpose',
  purposes: { masked: 'saw what is masked', call: 'a call came in', follow_up: 'the caller asks about an earlier complaint', same_matter: 'to see whether it is the same matter', call_back: 'to call the reporter back' },
  done: 'Done.',
};

export function usePersonWords(): typeof vi {
  const words: Record<Lang, typeof vi> = { vi, en };
  return words[useLang()];
}
