// Every sentence of the auditor's section in Vietnamese; words_en.ts has the same shape.

export const vi = {
  title: 'Kiểm tra',
  tabs: { audit: 'Nhật ký an ninh', looks: 'Lượt xem thông tin cá nhân', seals: 'Dấu niêm phong' },
  tabsLabel: 'Việc kiểm tra',
  filters: 'Lọc',
  event: 'Sự kiện', actor: 'Người thực hiện', subject: 'Đối tượng', from: 'Từ ngày', to: 'Đến hết ngày',
  viewer: 'Người xem', complaint: 'Mã phản ánh',
  any: 'Tất cả',
  show: 'Xem',
  time: 'Thời điểm', detail: 'Chi tiết', role: 'Vai trò', purpose: 'Mục đích', note: 'Ghi chú', number: 'Số',
  none: 'Không có dòng nào.',
  more: 'Xem thêm',
  newest: 'Mới nhất trước',
  sealsHint: 'Mỗi ngày một dòng: ngày, số dòng lịch sử, số dòng nhật ký, mã băm. Hãy lưu hoặc công bố ở nơi khác; lệnh “hotline verify --seals TỆP” so lại.',
  download: 'Tải về',
  events: {
    'geo.upload': 'Tải lên tệp bản đồ', 'boundaries.make': 'Tạo bản ranh giới', 'boundaries.publish': 'Ban hành ranh giới', 'boundaries.take_back': 'Thu hồi ranh giới',
    'boundaries.discard': 'Bỏ bản ranh giới', 'layer.load': 'Nạp lớp bản đồ', 'layer.edit': 'Sửa lớp bản đồ', 'layer.withdraw': 'Rút lớp bản đồ', 'layer.restore': 'Dùng lại lớp bản đồ',
    'population.set': 'Đổi dân số', 'duplicates.set': 'Đổi thiết lập phản ánh trùng',
    'session.opened': 'Đăng nhập', 'session.ended': 'Đăng xuất', 'login.failed': 'Đăng nhập sai',
    'account.created': 'Tạo tài khoản', 'account.changed': 'Sửa tài khoản', 'key.created': 'Tạo khoá API',
    'key.changed': 'Sửa khoá API', 'key.revoked': 'Thu hồi khoá API', 'rules.published': 'Ban hành quy tắc',
    'setting.changed': 'Đổi thiết lập', 'reporter.looked': 'Xem thông tin cá nhân', 'personal.erased': 'Xoá thông tin cá nhân',
    'history.redacted': 'Che nội dung lịch sử',
  } as Record<string, string>,
  roles: {
    operator: 'Điện thoại viên', supervisor: 'Giám sát', agency_staff: 'Cán bộ đơn vị', agency_head: 'Lãnh đạo đơn vị',
    leader: 'Lãnh đạo Thành phố', administrator: 'Quản trị', auditor: 'Kiểm tra',
  } as Record<string, string>,
};

export type AuditWords = typeof vi;
