// The words of the leader's ranking, time line, wall display and exports, in Vietnamese.

export const vi = {
  custody: {
    title: 'Đơn vị giữ phản ánh bao lâu', hint: 'Số giờ đơn vị giữ một phản ánh, tính theo giờ làm việc, không kể lúc tạm dừng. Lấy từ lịch sử không sửa được.',
    received: 'Phản ánh nhận trong', days: (n: number) => `${n} ngày qua`, loading: 'Đang tính…', none: 'Không có phản ánh nào.', agency: 'Đơn vị', complaints: 'Phản ánh',
    now: 'Đang giữ', median: 'Trung vị (giờ làm việc)', mean: 'Trung bình', longest: 'Lâu nhất', clock: 'Trung vị theo đồng hồ (giờ)',
  },
  ranking: {
    by: 'Xếp hạng theo',
    kinds: { agency: 'Đơn vị xử lý', ward: 'Phường, xã' },
    caption: (kind: string) => `Xếp hạng: ${kind}`,
    name: 'Tên',
    columns: { count: 'Tiếp nhận', on_time: 'Đúng hạn', late: 'Quá hạn', reopened: 'Mở lại', satisfaction: 'Hài lòng' },
    trend: '12 tuần',
    trendOf: (name: string, values: string) => `${name}, số phản ánh 12 tuần: ${values}`,
    definitions: 'Các con số này tính thế nào?',
    meanings: {
      count: 'Tiếp nhận: phản ánh tiếp nhận trong kỳ đang xem.',
      on_time: 'Đúng hạn: số xong trước hạn, chia cho số đã xong cộng số đã quá hạn. Phản ánh chưa đến hạn không tính.',
      late: 'Quá hạn: trong số đó, chưa xong và đã quá hạn vào lúc này.',
      reopened: 'Mở lại: số bị người dân hoặc cán bộ mở lại sau khi đã xử lý xong, chia cho số đã từng xử lý xong.',
      satisfaction: 'Hài lòng: trung bình các đánh giá, 1 không hài lòng, 2 chấp nhận, 3 hài lòng.',
      smoothed: 'Thứ hạng xét cả số lượng: đơn vị có ít phản ánh được kéo về mức chung, để một phản ánh không làm nên thứ hạng. Con số trong bảng là số thật.',
    },
    only: (name: string) => `Chỉ xem ${name}`,
    chosen: 'Đang lọc theo',
    remove: (name: string) => `Bỏ lọc ${name}`,
    cases: 'Xem các phản ánh',
    all: (n: string) => `Xem cả ${n}`,
    fewer: 'Thu gọn',
    empty: 'Không có phản ánh nào trong kỳ này.',
    loading: 'Đang tính…',
    failed: 'Chưa tính được.',
  },
  exports: {
    title: 'Xuất ra tệp',
    picture: 'Ảnh bản đồ',
    pictureFailed: 'Chưa chụp được bản đồ.',
  },
  time: {
    open: 'Dòng thời gian',
    close: 'Đóng dòng thời gian',
    label: 'Ngày cuối của kỳ đang xem',
    window: 'Độ dài kỳ',
    windows: { 1: '1 ngày', 7: '7 ngày', 30: '30 ngày' },
    play: 'Phát',
    pause: 'Tạm dừng',
    shown: (from: string, to: string) => (from === to ? from : `${from} – ${to}`),
    bars: (most: string) => `Số phản ánh mỗi ngày trong một năm, cao nhất ${most}`,
  },
  wall: {
    open: 'Màn hình lớn',
    close: 'Thoát màn hình lớn',
    today: 'Tiếp nhận hôm nay',
    openNow: 'Đang xử lý',
    late: 'Quá hạn',
    onTime: 'Đúng hạn 30 ngày',
    latest: 'Mới nhận',
  },
};

export type LeaderWords = typeof vi;
