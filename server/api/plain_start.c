/* /start: one page that leads to every console, and says who works at which. */
#include "server/api/api_about.h"
#include "server/api/plain_page.h"

struct both {
    const char *vi, *en;
};

static const struct {
    const char *path;
    struct both name, who;
} consoles[] = {
    {"/",
     {"Người dân", "Citizens"},
     {"Gửi phản ánh, theo dõi bằng mã, đánh giá. Không cần tài khoản.",
      "Report, follow by code, rate. No account needed."}},
    {"/operator",
     {"Tổng đài", "Calls"},
     {"Điện thoại viên (dienthoaivien), trưởng ca (truongca).",
      "Operators (dienthoaivien), shift leads (truongca)."}},
    {"/agency",
     {"Đơn vị xử lý", "Agencies"},
     {"Cán bộ (kythuat, canbo), lãnh đạo đơn vị (lanhdaodonvi).",
      "Staff (kythuat, canbo), heads of agencies (lanhdaodonvi)."}},
    {"/agency?field=1",
     {"Đi hiện trường", "In the field"},
     {"Cũng cán bộ ấy, trên điện thoại, cả khi mất mạng.",
      "The same staff on a phone, also without network."}},
    {"/leader",
     {"Bản đồ điều hành", "City map"},
     {"Lãnh đạo Thành phố (lanhdao).", "City leaders (lanhdao)."}},
    {"/admin",
     {"Quản trị", "Administration"},
     {"Quản trị (quantri, quantri2), kiểm tra (kiemtra).",
      "Administrators (quantri, quantri2), auditors (kiemtra)."}},
    {"/report",
     {"Gửi phản ánh không cần JavaScript", "Report without JavaScript"},
     {"Cho máy cũ và mạng chậm.", "For old devices and slow networks."}},
};

static void get_start(struct http_request *r)
{
    static const struct both intro = {"Các trang của hệ thống. Trong ngoặc là tên đăng nhập của "
                                      "thành phố minh hoạ; mật khẩu được in "
                                      "ra khi chạy make run.",
                                      "The pages of the system. In brackets are the log-ins of the "
                                      "demo city; make run prints their "
                                      "passwords."};
    struct plain_page page;
    plain_begin(&page, r, W_START, "/start");
    bool en = page.lang == HTTP_EN;
    HTML(&page.out, "<p class=\"intro\">{}</p>\n<ul class=\"start-list\">\n",
         en ? intro.en : intro.vi);
    for (size_t i = 0; i < sizeof(consoles) / sizeof(consoles[0]); i++) {
        HTML(&page.out,
             "<li><a href=\"{}\"><strong>{}</strong></a><span class=\"hint\">{}</span></li>\n",
             consoles[i].path, en ? consoles[i].name.en : consoles[i].name.vi,
             en ? consoles[i].who.en : consoles[i].who.vi);
    }
    HTML(&page.out, "</ul>\n");
    plain_send(&page, 200);
}

const struct http_route api_start_routes[] = {
    {HTTP_GET, "/start", get_start, ABOUT_PAGE("The way to every console")},
};
const size_t n_api_start_routes = sizeof(api_start_routes) / sizeof(api_start_routes[0]);
