// Every sentence of the administrator's page in Vietnamese; words_en.ts has the same shape.

export const vi = {
  title: 'Quy tắc phân tuyến',
  logIn: 'Hãy đăng nhập bằng tài khoản quản trị, giám sát, lãnh đạo hoặc kiểm tra.',
  denied: 'Tài khoản này không được xem quy tắc.',
  sets: 'Các bộ quy tắc',
  newDraft: 'Tạo bản nháp',
  draftTitle: 'Tên bản nháp',
  states: { draft: 'Bản nháp', approved: 'Đã duyệt', published: 'Đang áp dụng', retired: 'Đã thay thế', discarded: 'Đã bỏ' },
  rulesCount: (n: number) => `${n} quy tắc`,
  tabs: { rules: 'Quy tắc', check: 'Kiểm tra', replay: 'Chạy lại', approval: 'Duyệt và ban hành', explain: 'Hỏi trên bản đồ', corrections: 'Sửa sai', log: 'Nhật ký' },
  tabsLabel: 'Việc với bộ quy tắc',
  order: 'Thứ tự ưu tiên: đặc biệt, tài sản, thông thường, dự phòng; rồi cụ thể hơn trước; rồi theo thứ tự dưới đây.',
  classes: { special: 'Đặc biệt', asset: 'Tài sản', ordinary: 'Thông thường', fallback: 'Dự phòng' },
  changes: { added: 'mới', changed: 'đã sửa', removed: 'đã xoá' },
  noRules: 'Bộ này chưa có quy tắc nào: chỉ có các địa bàn quyết định.',
  add: 'Thêm quy tắc', edit: 'Sửa', remove: 'Xoá', up: 'Lên', down: 'Xuống', save: 'Lưu', cancel: 'Thôi',
  edited: 'Đã lưu.', removedToo: 'Đã xoá khỏi bộ đang áp dụng:',
  form: {
    new: 'Quy tắc mới', change: 'Sửa quy tắc', code: 'Mã', nameVi: 'Tên (tiếng Việt)', nameEn: 'Tên (tiếng Anh)', class: 'Lớp ưu tiên',
    from: 'Có hiệu lực từ', to: 'Đến trước ngày', conditions: 'Điều kiện (tất cả phải đúng)', condition: (n: number) => `Điều kiện ${n}`,
    not: 'không', addCondition: 'Thêm điều kiện', value: 'Giá trị', metres: 'Số mét', layer: 'Lớp bản đồ', filter: 'Lọc thuộc tính',
    outcome: 'Giao cho', outcomeValue: 'Đơn vị hoặc tên', desk: 'Đầu mối', deadline: 'Thời hạn (vd. 2 hours, 5 working days)', urgent: 'Khẩn cấp',
    byCategory: 'Theo lĩnh vực', yes: 'Có', no: 'Không', reason: 'Căn cứ', text: 'Dạng chữ', textHint: 'Mỗi dòng một điều kiện; sửa bên nào cũng được.',
    unsaved: 'Có thay đổi chưa lưu.',
  },
  near: (metres: string, layer: string, filter: string) => `cách ${layer} không quá ${metres} m${filter ? ` (${filter})` : ''}`,
  /** As rules write it: "2 hours", "5 working days". */
  deadlineWords: (text: string) => text.replace('working days', 'ngày làm việc').replace('working hours', 'giờ làm việc')
    .replace(/hours?/, 'giờ').replace(/minutes?/, 'phút'),
  kinds: {
    category: 'Lĩnh vực', 'inside ward': 'Trong phường/xã', 'inside district': 'Trong quận/huyện', 'inside jurisdiction': 'Trong địa bàn',
    'inside layer': 'Trong vùng của lớp', within: 'Cách đối tượng của lớp', attribute: 'Thuộc tính', channel: 'Kênh', urgent: 'Khẩn cấp',
    time: 'Giờ trong ngày', weekday: 'Thứ', 'working time': 'Giờ làm việc', words: 'Có từ', other: 'Dòng chữ',
  },
  outcomes: { agency: 'Đơn vị', unit: 'UBND nơi đó thuộc', owner: 'Chủ của tài sản', holder: 'Đơn vị giữ địa bàn' },
  check: {
    run: 'Kiểm tra', again: 'Kiểm tra lại', never: 'Bộ này chưa được kiểm tra.', stale: 'Kết quả này là của bản trước khi sửa.',
    summary: (e: number, w: number, n: number) => `${e} lỗi, ${w} cảnh báo, ${n} ghi chú`, none: 'Không tìm thấy gì.',
    severities: { error: 'Lỗi', warning: 'Cảnh báo', note: 'Ghi chú' }, publishedToo: 'Bộ đang áp dụng cũng vậy.', mend: 'Cách sửa:',
    show: 'Xem trên bản đồ', acknowledged: (who: string, why: string) => `Đã xem xét: ${who} – ${why}`,
    acknowledge: 'Xác nhận các cảnh báo', why: 'Lý do để nguyên', area: (km2: string) => `${km2} km²`,
  },
  replay: {
    run: 'Chạy lại trên phản ánh cũ', never: 'Chưa chạy lại bộ này.', stale: 'Kết quả này là của bản trước khi sửa.',
    running: (done: string, total: string) => `Đang chạy: ${done} trên ${total}`, cancel: 'Dừng',
    failed: (why: string) => `Không chạy được: ${why}`, cancelled: 'Đã dừng.',
    summary: (moved: string, total: string, s: string) => `${moved} trong ${total} phản ánh đổi đơn vị (${s} giây).`,
    matrix: 'Từ đơn vị nào sang đơn vị nào', from: 'Từ', to: 'Sang', count: 'Số phản ánh', loads: 'Khối lượng của từng đơn vị',
    agency: 'Đơn vị', before: 'Trước', after: 'Sau', nothing: 'Không phản ánh nào đổi đơn vị.',
    deadlines: (e: string, l: string) => `Hạn sớm hơn: ${e}; hạn muộn hơn: ${l}.`,
    corrections: (b: string, a: string, t: string) => `Trùng với đơn vị mà cán bộ đã chọn: trước ${b}, sau ${a} trong ${t}.`,
    onMap: 'Ô màu trên bản đồ là nơi có phản ánh đổi đơn vị.',
  },
  approval: {
    blocks: 'Còn phải làm trước khi duyệt:', ready: 'Sẵn sàng để duyệt.', reason: 'Lý do', approve: 'Duyệt', publish: 'Ban hành', reopen: 'Mở lại để sửa',
    discard: 'Bỏ bản nháp', rollBack: 'Khôi phục bộ này', approvedBy: (who: string, why: string) => `Người duyệt: ${who} – ${why}`,
    rebase: 'Cập nhật theo bộ đang áp dụng', inForce: 'Bộ này đang áp dụng cho phản ánh mới.', needReason: 'Hãy nêu lý do.',
    onlyPublished: 'Chỉ bộ đã từng áp dụng mới khôi phục được.',
  },
  blocks: {
    base_moved: 'Đã có bộ khác được ban hành; cập nhật bản nháp theo bộ đó.', nothing_changed: 'Bản nháp không khác bộ đang áp dụng.',
    not_checked: 'Bản này chưa được kiểm tra.', errors: 'Lần kiểm tra còn lỗi.', unacknowledged: 'Còn cảnh báo chưa được xem xét.',
    not_replayed: 'Bản này chưa được chạy lại trên phản ánh cũ.', own_work: 'Bạn đã soạn hoặc sửa bản này; phải có người khác duyệt.',
  } as Record<string, string>,
  noLog: 'Chưa có ai làm gì với bộ này.',
  wholeText: 'Cả bộ dưới dạng chữ (nhập, xuất)', replaceText: 'Thay cả bộ bằng văn bản này',
  explain: { hint: 'Bấm lên bản đồ, chọn lĩnh vực và ngày.', category: 'Lĩnh vực', day: 'Ngày', who: 'Đơn vị', why: 'Vì sao', set: 'Theo bộ', published: 'đang áp dụng', this: 'này' },
  corrections: {
    hint: 'Những lần cán bộ chuyển tay, gom theo quy tắc, lĩnh vực và phường/xã.', none: 'Chưa có lần chuyển tay nào đủ nhiều để đề nghị.',
    line: (n: number, category: string, ward: string, from: string, to: string) => `${n} phản ánh “${category}” tại ${ward}: ${from} → ${to}`,
    rule: (code: string) => `Quy tắc đã giao: ${code}`, propose: 'Tạo bản nháp với quy tắc này', anywhere: 'mọi nơi',
  },
  events: {
    drafted: 'Tạo bản nháp', rule_added: 'Thêm quy tắc', rule_changed: 'Sửa quy tắc', rule_removed: 'Xoá quy tắc', reordered: 'Đổi thứ tự',
    imported: 'Nhập từ tệp', rebased: 'Cập nhật theo bộ đang áp dụng', acknowledged: 'Xem xét cảnh báo', approved: 'Duyệt', reopened: 'Mở lại',
    discarded: 'Bỏ', published: 'Ban hành', retired: 'Được thay thế', rolled_back: 'Bị lui về bộ trước', restored: 'Được khôi phục',
    check_asked: 'Kiểm tra', replay_asked: 'Chạy lại', check_cancelled: 'Dừng kiểm tra', replay_cancelled: 'Dừng chạy lại', proposed: 'Đề nghị từ sửa sai',
  } as Record<string, string>,
};

export type AdminWords = typeof vi;
