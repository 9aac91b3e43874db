#include "server/measures/measure_words.h"

struct words {
    const char *vi, *en, *vi_long, *en_long;
};

static const struct words measures[MEASURE_N] = {
    [MEASURE_COUNT] = {"Tiếp nhận", "Received", "Phản ánh tiếp nhận trong kỳ",
                       "Complaints received in the period"},
    [MEASURE_OPEN] = {"Đang xử lý", "Open", "Trong đó chưa xong vào lúc này",
                      "Of these not yet done now"},
    [MEASURE_LATE] = {"Quá hạn", "Late", "Trong đó chưa xong và đã quá hạn",
                      "Of these not done and past their deadline"},
    [MEASURE_PER_KM2] = {"Mỗi km²", "Per km²", "Tiếp nhận chia cho diện tích", "Received, by area"},
    [MEASURE_PER_10000] = {"Mỗi 10.000 dân", "Per 10,000", "Tiếp nhận trên 10.000 dân",
                           "Received, by 10,000 residents"},
    [MEASURE_PER_ROAD_KM] = {"Mỗi km đường", "Per road km",
                             "Tiếp nhận chia cho chiều dài đường xe chạy",
                             "Received, by length of drivable roads"},
    [MEASURE_LATE_SHARE] = {"Tỷ lệ quá hạn", "Share late", "Quá hạn chia cho đang xử lý",
                            "Late, of those open"},
    [MEASURE_ON_TIME] = {"Đúng hạn", "On time",
                         "Xong trước hạn, chia cho số đã xong và số đã quá hạn",
                         "Done before the deadline, of those done or past it"},
    [MEASURE_REOPENED] = {"Mở lại", "Reopened",
                          "Bị mở lại sau khi đã xử lý xong, trên số đã từng xử lý xong",
                          "Opened again after they were done, of all that were done once"},
    [MEASURE_SATISFACTION] = {"Hài lòng", "Satisfaction",
                              "Trung bình đánh giá: 1 không hài lòng, 2 chấp nhận, 3 hài lòng",
                              "Mean rating: 1 not satisfied, 2 acceptable, 3 satisfied"},
};

static const struct words units[BY_N] = {
    [BY_WARD] = {"Phường, xã", "Wards", 0, 0},
    [BY_DISTRICT] = {"Quận, huyện", "Districts", 0, 0},
    [BY_HEXAGON] = {"Ô lục giác", "Hexagons", 0, 0},
    [BY_AGENCY] = {"Đơn vị", "Agencies", 0, 0},
    [BY_CATEGORY] = {"Lĩnh vực", "Categories", 0, 0},
    [BY_CHANNEL] = {"Kênh", "Channels", 0, 0},
    [BY_STATUS] = {"Trạng thái", "Statuses", 0, 0},
    [BY_DAY] = {"Ngày", "Days", 0, 0},
    [BY_WEEK] = {"Tuần", "Weeks", 0, 0},
    [BY_MONTH] = {"Tháng", "Months", 0, 0},
};

const char *measure_word(enum measure m, bool english)
{
    return english ? measures[m].en : measures[m].vi;
}

const char *measure_meaning(enum measure m, bool english)
{
    return english ? measures[m].en_long : measures[m].vi_long;
}

const char *measure_by_word(enum measure_by by, bool english)
{
    return english ? units[by].en : units[by].vi;
}

bool measure_is_share(enum measure m)
{
    return m == MEASURE_LATE_SHARE || m == MEASURE_ON_TIME || m == MEASURE_REOPENED;
}
