// Every sentence of the register in Vietnamese; words_en.ts has the same shape.

export const vi = {
  save: 'Lưu', saving: 'Đang lưu…', saved: 'Đã lưu. Dịch vụ đang chạy đã nhận thay đổi.', cancel: 'Thôi', remove: 'Bỏ', edit: 'Sửa', add: 'Thêm', end: 'Kết thúc',
  back: 'Về danh sách', none: 'Chưa có.', search: 'Tìm theo tên hoặc mã, không cần dấu', all: 'Tất cả',
  pickHint: 'Gõ vài chữ của tên, không cần dấu.', found: (n: number) => (n === 0 ? 'Không có kết quả.' : `${n} kết quả.`),
  shown: (n: number, of: number) => `Đang hiện ${n} trên ${of}.`,
  code: 'Mã', codeHint: 'Chữ thường không dấu, số và dấu gạch ngang. Không đổi được về sau.', name: 'Tên', nameVi: 'Tên tiếng Việt', nameEn: 'Tên tiếng Anh',
  from: 'Từ ngày', to: 'Đến trước ngày', on: 'Từ ngày', always: 'từ trước', forGood: 'không thời hạn',
  states: { in_force: 'đang hiệu lực', planned: 'sẽ hiệu lực', ended: 'đã kết thúc' }, state: 'Tình trạng',
  titleAgency: 'Đơn vị', period: 'Hiệu lực', yes: 'Có', no: 'Không', details: 'Chi tiết',

  kinds: { ward: 'Phường, xã, đặc khu', district: 'Quận, huyện (trước 07/2025)', department: 'Sở, trung tâm của Thành phố', utility: 'Doanh nghiệp hạ tầng', board: 'Ban quản lý' } as Record<string, string>,
  agency: {
    kind: 'Loại và cấp', parent: 'Đơn vị cấp trên', calendar: 'Lịch làm việc', cityCalendar: 'Lịch của Thành phố (mặc định)', desks: 'Đầu mối', people: 'Tài khoản', areas: 'Địa bàn',
    open: 'Đang mở', late: (n: number) => `${n} quá hạn`, new: 'Thêm đơn vị', correct: (name: string) => `Sửa thông tin: ${name}`,
    correctHint: 'Sửa chỗ ghi sai. Đổi tên từ một ngày thì dùng cải cách, để phản ánh cũ giữ tên cũ.',
    fallback: 'Nhận mọi việc chưa có đơn vị phụ trách', successors: (names: string) => `kế tục: ${names}`, generations: 'Các thời kỳ', children: 'Đơn vị trực thuộc',
    history: 'Sáp nhập, chia tách, đổi tên', reform: 'Cải cách đơn vị này', contacts: 'Nơi nhận thông báo', noContacts: 'Chưa có địa chỉ nào: đơn vị chỉ thấy việc trên trang của mình.',
    contact: 'Địa chỉ hoặc số điện thoại', medium: 'Gửi bằng', media: { email: 'Thư điện tử', sms: 'Tin nhắn SMS' } as Record<string, string>, wholeAgency: 'cả đơn vị',
    rules: 'Quy tắc phân tuyến đang áp dụng có nêu đơn vị này', unseated: 'Chưa ngồi đầu mối nào', usersLink: 'Tài khoản và khoá',
    roles: { agency_head: 'lãnh đạo', agency_staff: 'cán bộ' } as Record<string, string>,
    newHint: 'Đơn vị mới chưa nhận việc gì cho đến khi có địa bàn dưới đây, hoặc có quy tắc phân tuyến nêu tên.',
  },
  desk: {
    new: 'Thêm đầu mối', rename: (name: string) => `Đổi tên đầu mối ${name}`, end: (name: string) => `Kết thúc đầu mối ${name}`, seated: 'Ai ngồi', nobody: 'chưa có ai',
    left: (n: number) => `Còn ${n} phản ánh đang mở ở đầu mối này; lãnh đạo đơn vị hãy giao lại.`, endHint: 'Chuyển người và địa bàn sang đầu mối khác trước.', desk: 'Đầu mối',
  },
  area: {
    new: 'Giao địa bàn', reach: 'Ở đâu', reaches: { ward: 'Một phường, xã', district: 'Một quận, huyện cũ', city: 'Cả Thành phố', area: 'Vùng riêng (nhập từ tệp)' } as Record<string, string>,
    unit: 'Mã phường, xã hoặc quận, huyện', class: 'Lớp ưu tiên', classes: { special: 'Đặc biệt', ordinary: 'Thông thường', fallback: 'Dự phòng' } as Record<string, string>,
    categories: 'Lĩnh vực', everything: 'mọi lĩnh vực', end: (name: string) => `Kết thúc địa bàn ${name}`, addCategory: 'Thêm lĩnh vực (gồm cả mục con)',
    hint: 'Vùng có hình riêng được nhập từ tệp (hotline import). Đổi phạm vi: kết thúc địa bàn cũ và giao địa bàn mới từ cùng một ngày.',
  },
  reform: {
    title: 'Cải cách: đổi tên, sáp nhập, chia tách, giải thể', change: 'Việc gì', changes: { rename: 'Đổi tên', merge: 'Sáp nhập', split: 'Chia tách', abolish: 'Giải thể' } as Record<string, string>,
    reason: 'Căn cứ (quyết định, nghị quyết)', newName: 'Tên mới', others: 'Cùng sáp nhập (thêm từng đơn vị)', into: 'Nhập vào đơn vị có mã', intoName: 'Tên, nếu đó là đơn vị mới',
    to: 'Ai nhận việc', toFallback: 'Không ai kế tục: đơn vị khác phụ trách nơi đó, rồi đơn vị dự phòng nhận', parts: 'Các phần', part: (n: number) => `Phần ${n}`, addPart: 'Thêm phần',
    partCode: 'Mã đơn vị nhận', partName: 'Tên (nếu là đơn vị mới)', partArea: 'Địa bàn', eachArea: 'mọi địa bàn', partCategories: 'Lĩnh vực (mã, cách nhau dấu phẩy; trống: tất cả)',
    do: 'Thực hiện', hint: 'Đầu mối và địa bàn cắt ở ngày đó và tiếp tục dưới đơn vị kế tục. Phản ánh đang mở ở lại cho đến khi chuyển.',
    done: (open: number, accounts: number) => `Đã ghi. Còn ${open} phản ánh đang mở và ${accounts} tài khoản của đơn vị kết thúc.`, toTransfers: 'Chuyển phản ánh đang mở',
    rules: (codes: string) => `Quy tắc đang áp dụng có nêu đơn vị kết thúc, cần sửa: ${codes}`,
    told: (from: string, to: string, on: string) => `${from} → ${to}, từ ${on}`, nobody: 'không ai kế tục',
  },

  category: {
    new: 'Thêm lĩnh vực', edit: (name: string) => `Sửa lĩnh vực ${name}`, parent: 'Thuộc', top: 'Cấp cao nhất', keywords: 'Từ để tìm', keywordsHint: 'Người ta gọi việc này là gì, cách nhau bằng dấu cách.',
    urgent: 'Khẩn cấp', own: 'Hạn giải quyết riêng', inherit: 'Như cấp trên', hours: 'giờ (liên tục)', days: 'ngày làm việc', amount: 'Bao nhiêu', active: 'Đang nhận phản ánh mới',
    ended: 'đã ngừng', open: (n: number) => `${n} đang mở`, up: 'Lên', down: 'Xuống', deadlines: 'Thời hạn', areas: (n: number) => `${n} địa bàn`, showEnded: 'Hiện cả mục đã ngừng',
    endHint: 'Lĩnh vực đã dùng không bao giờ bị xoá: ngừng thì không nhận phản ánh mới, phản ánh cũ giữ nguyên.', tree: 'Cây lĩnh vực',
  },
  steps: {
    title: (name: string) => `Thời hạn từng bước: ${name}`, defaults: 'mặc định của mọi lĩnh vực', names: { pass_on: 'Chuyển đơn vị', accept: 'Tiếp nhận', answer: 'Trả lời lần đầu', resolve: 'Giải quyết' } as Record<string, string>,
    urgencies: { urgent: 'Khẩn cấp', ordinary: 'Thông thường' } as Record<string, string>, units: { minutes: 'phút', hours: 'giờ', working_hours: 'giờ làm việc', working_days: 'ngày làm việc' } as Record<string, string>,
    step: 'Bước', inherited: (text: string) => `theo cấp trên: ${text}`, hint: 'Để trống: theo cấp trên. Phút và giờ tính liên tục; giờ làm việc và ngày làm việc theo lịch của đơn vị.', unit: 'Đơn vị tính',
    editDefaults: 'Sửa thời hạn mặc định',
  },
  calendar: {
    choose: 'Lịch', new: 'Thêm lịch', edit: 'Tên và tuần làm việc', follows: 'Theo ngày nghỉ của Thành phố', week: 'Giờ làm việc', weekHint: 'Ví dụ 07:30-11:30 13:00-17:00; trống: ngày nghỉ; 00:00-24:00: cả ngày đêm.',
    weekdays: ['Thứ Hai', 'Thứ Ba', 'Thứ Tư', 'Thứ Năm', 'Thứ Sáu', 'Thứ Bảy', 'Chủ nhật'], short: ['T2', 'T3', 'T4', 'T5', 'T6', 'T7', 'CN'],
    months: (n: number) => `Tháng ${n}`, year: 'Năm', previous: 'Năm trước', next: 'Năm sau', used: 'Đơn vị dùng lịch này', usedByOthers: 'mọi đơn vị không nêu lịch riêng',
    days: (year: number) => `Ngày nghỉ và ngày làm bù ${year}`, day: 'Ngày', kind: 'Loại', kinds: { holiday: 'nghỉ', working: 'làm bù' } as Record<string, string>, hours: 'Giờ (nếu khác)',
    addDay: 'Thêm ngày', saveDays: 'Lưu cả năm', unsaved: 'Có ngày chưa lưu.', copy: (year: number) => `Chép từ năm ${year}`, copied: 'Đã chép, chưa lưu: hãy sửa ngày âm lịch (Tết, Giỗ Tổ) và ngày hoán đổi theo thông báo của năm.',
    noDays: 'Năm này chưa có ngày nào: hạn tính như không có lễ.', ofCity: 'của Thành phố', picture: (year: number) => `Lịch năm ${year}`,
    legend: { off: 'cuối tuần', holiday: 'nghỉ lễ', working: 'làm bù', open: 'làm việc' } as Record<string, string>, workdays: (n: number) => `${n} ngày làm việc`,
    recompute: 'Phản ánh mới theo lịch mới ngay. Phản ánh đang mở giữ hạn đã báo cho đến khi tính lại hạn ở bên dưới.',
  },
  anew: {
    title: 'Hạn của các phản ánh đang mở', hint: 'Sau khi đổi lịch hoặc thời gian các bước: phản ánh đang mở giữ hạn đã báo cho đến khi tính lại ở đây. Mỗi phản ánh đổi hạn có ghi trong quá trình của nó, và người cần biết được báo.',
    look: 'Xem bao nhiêu phản ánh sẽ đổi hạn', counting: 'Đang tính…', progress: (n: number, of: number) => `Đã tính ${n} trên ${of} phản ánh đang mở`,
    nothing: (of: number) => `Không phản ánh nào trong ${of} phản ánh đang mở đổi hạn.`,
    would: (n: number, of: number, earlier: number, later: number) => `${n} trên ${of} phản ánh đang mở sẽ đổi hạn; hạn giải quyết: ${earlier} sớm hơn, ${later} muộn hơn.`,
    samples: (n: number) => `${n} phản ánh đầu`, apply: 'Tính lại hạn', sure: (n: number) => `Tính lại hạn của ${n} phản ánh cùng lúc`,
    done: (n: number, of: number) => `Đã đổi hạn của ${n} trên ${of} phản ánh đang mở.`, failed: 'Chưa đổi gì:', past: 'Các lần đã tính lại',
  },
  trial: {
    title: 'Thử: nhận lúc này thì hạn khi nào', at: 'Nhận lúc', category: 'Lĩnh vực', agency: 'Đơn vị', urgent: 'Khẩn cấp', asCategory: 'như lĩnh vực', step: 'Bước', due: 'Hạn', because: 'Vì sao', ask: 'Tính',
  },
  pause: {
    title: 'Lý do tạm dừng đồng hồ', new: 'Thêm lý do', edit: (name: string) => `Sửa lý do ${name}`, cap: 'Nhiều nhất bao nhiêu ngày làm việc', active: 'Đang dùng', off: 'không dùng', days: (n: number) => `nhiều nhất ${n} ngày`,
  },
  letter: {
    new: 'Thêm mẫu', edit: (name: string) => `Sửa mẫu ${name}`, kind: 'Dùng khi', kinds: { answer: 'trả lời', resolve: 'báo kết quả', reject: 'từ chối', extend: 'gia hạn', refer: 'chuyển ngoài' } as Record<string, string>,
    category: 'Chỉ cho lĩnh vực', every: 'mọi lĩnh vực', body: 'Nội dung tiếng Việt', bodyEn: 'Nội dung tiếng Anh', fields: 'Chèn chỗ điền',
    fieldNames: { code: 'mã phản ánh', category: 'lĩnh vực', address: 'địa điểm', received: 'ngày nhận', agency: 'đơn vị', deadline: 'hạn' } as Record<string, string>,
    hint: '{…} được điền từ phản ánh; [trong ngoặc vuông] để người viết điền.', active: 'Đang dùng', off: 'không dùng', used: (n: number) => `đã dùng ${n} lần`,
    preview: 'Xem trước', previewOf: (code: string) => `Như sẽ viết cho phản ánh ${code}`, noComplaint: 'Chưa có phản ánh nào để xem trước.', previewCode: 'Xem với phản ánh (mã)', position: 'Thứ tự',
  },
  transfer: {
    look: 'Xem ai sẽ chuyển', day: 'Theo luật ngày', deadlines: 'Thời hạn', keep: 'Giữ hạn đã hứa', recompute: 'Tính lại từ ngày đó', preview: 'Xem trước', looking: 'Đang xét từng phản ánh đang mở…',
    totals: (moved: number, considered: number, byHand: number) => `${moved} trên ${considered} phản ánh đang mở sẽ chuyển; ${byHand} giữ nguyên vì đã được người giao.`,
    nothing: 'Không phản ánh nào cần chuyển.', from: 'Từ', to: 'Sang', why: 'Vì sao', whys: { rules: 'quy tắc', ended: 'đơn vị đã kết thúc' } as Record<string, string>, n: 'Số phản ánh',
    flows: 'Từ đơn vị nào sang đơn vị nào', items: (n: number) => `Từng phản ánh (${n} đầu tiên)`, complaint: 'Phản ánh', oldDue: 'Hạn cũ', newDue: 'Hạn mới', csv: 'Tải tất cả (CSV)',
    move: 'Chuyển', reason: 'Lý do (ghi vào lịch sử từng phản ánh)', sure: (n: number) => `Chuyển ${n} phản ánh trong một lần; có thể lấy lại.`, past: 'Các lần chuyển', id: 'Lần', at: 'Lúc', by: 'Người làm',
    states: { running: 'đang chạy', moved: 'đã chuyển', back: 'đã lấy lại', failed: 'không thành' } as Record<string, string>, progress: (n: number, of: number) => `Đã xét ${n} trên ${of}`,
    took: (moved: number, meanwhile: number) => `${moved} đã chuyển${meanwhile ? `, ${meanwhile} vừa có người sửa nên để lại` : ''}`, restored: (n: number, left: number) => `${n} đã về như cũ${left ? `, ${left} đã có người sửa nên để lại` : ''}`,
    takeBack: 'Lấy lại', takeBackOf: (id: number) => `Lấy lại lần ${id}`, sureBack: 'Mọi phản ánh chưa ai động đến trở về đúng như trước.', more: 'Xem thêm', itemStates: { moved: 'đã chuyển', back: 'đã lấy lại', left: 'để lại' } as Record<string, string>,
    hint: 'Ranh giới, đơn vị và quy tắc có hiệu lực theo ngày; phản ánh đang mở thì chuyển tại đây, tất cả hoặc không.',
  },
};

export type RegisterWords = typeof vi;
