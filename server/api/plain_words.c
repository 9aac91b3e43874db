#include "server/api/plain_words.h"

#include <string.h>

struct both {
    const char *vi, *en;
};

static const struct both words[W_COUNT] = {
    [W_SITE] = {"Cổng thông tin 1022", "Information portal 1022"},
    [W_SKIP] = {"Đến nội dung chính", "Skip to the content"},
    [W_OTHER_LANGUAGE] = {"English", "Tiếng Việt"},
    [W_REPORT] = {"Gửi phản ánh", "Report a problem"},
    [W_TRACK] = {"Tra cứu phản ánh", "Follow up a report"},
    [W_START] = {"Bắt đầu từ đây", "Start here"},
    [W_MAP_PAGE] = {"Trang có bản đồ", "The page with the map"},
    [W_REPORT_INTRO] = {"Chuyện gì, ở đâu? Đơn vị có trách nhiệm sẽ nhận được ngay.",
                        "What, and where? The agency that is responsible gets it at once."},
    [W_WHERE] = {"Ở đâu?", "Where?"},
    [W_ADDRESS] = {"Địa chỉ hoặc địa điểm", "Address or place"},
    [W_ADDRESS_HINT] = {"Ví dụ: 819/13 Quang Trung, Gò Vấp. Không cần dấu.",
                        "For example: 819/13 Quang Trung, Gò Vấp. Tones are not needed."},
    [W_WHAT] = {"Chuyện gì?", "What?"},
    [W_CATEGORY] = {"Lĩnh vực", "Category"},
    [W_CHOOSE] = {"Hãy chọn", "Please choose"},
    [W_IN_GENERAL] = {"nói chung", "in general"},
    [W_DESCRIPTION] = {"Mô tả", "Description"},
    [W_DESCRIPTION_HINT] = {"Điều gì đã xảy ra, từ khi nào, có nguy hiểm không?",
                            "What happened, since when, is it dangerous?"},
    [W_CONTACT] = {"Thông tin liên hệ", "How to reach you"},
    [W_OPTIONAL] = {"không bắt buộc", "optional"},
    [W_NAME] = {"Họ tên", "Name"},
    [W_PHONE] = {"Điện thoại", "Phone"},
    [W_EMAIL] = {"Thư điện tử", "E-mail"},
    [W_ANONYMOUS] = {"Không tiết lộ danh tính của tôi cho đơn vị xử lý",
                     "Do not tell the agency who I am"},
    [W_PRIVACY] = {"Thông tin liên hệ chỉ người có trách nhiệm mới xem được, và không bao giờ hiện "
                   "công khai.",
                   "Only those who need it can see how to reach you; it is never shown in public."},
    [W_SEND] = {"Gửi phản ánh", "Send the report"},
    [W_FIX] = {"Cần sửa trước khi gửi:", "Please correct before sending:"},
    [W_TRY_AGAIN] = {"Chưa gửi được. Nội dung vẫn còn ở đây; gửi lại sẽ không bị trùng.",
                     "Not sent. What you wrote is still here; sending again makes no second one."},
    [W_STALE_FORM] =
        {"Biểu mẫu đã mở quá lâu. Nội dung vẫn còn ở đây; hãy gửi lại.",
         "The form was open for too long. What you wrote is still here; please send it "
         "again."},
    [W_BUSY] = {"Hệ thống đang bận, vui lòng thử lại sau ít giây.",
                "The system is busy, please try again in some seconds."},
    [W_TOO_MANY] = {"Có quá nhiều phản ánh từ địa chỉ này. Hãy thử lại sau một phút.",
                    "There were too many reports from this address. Try again in a minute."},
    [W_LEAVE_EMPTY] = {"Để trống ô này", "Leave this empty"},
    [W_CODE] = {"Mã theo dõi", "Tracking code"},
    [W_CODE_HINT] = {"Mã 9 ký tự đã nhận khi gửi phản ánh.",
                     "The 9 characters that you got when you reported."},
    [W_LOOK_UP] = {"Tra cứu", "Look up"},
    [W_NO_SUCH_CODE] = {"Không có phản ánh nào mang mã này. Hãy kiểm tra lại từng ký tự.",
                        "No report has this code. Please check each character."},
    [W_FILED] = {"Đã tiếp nhận phản ánh", "Your report was received"},
    [W_KEEP_CODE] = {"Giữ mã này để theo dõi tiến độ và đánh giá kết quả.",
                     "Keep this code to follow the progress and to rate the result."},
    [W_PROGRESS] = {"Tiến độ", "Progress"},
    [W_STEP_RECEIVED] = {"Tiếp nhận", "Received"},
    [W_STEP_PASSED] = {"Chuyển đơn vị", "Passed on"},
    [W_STEP_WORKING] = {"Đang xử lý", "In progress"},
    [W_STEP_DONE] = {"Có kết quả", "Result"},
    [W_NOW_HERE] = {"đang ở bước này", "now at this step"},
    [W_REACHED] = {"đã qua", "done"},
    [W_NOT_YET] = {"chưa tới", "not yet"},
    [W_STATUS] = {"Tình trạng", "Status"},
    [W_RECEIVED_AT] = {"Tiếp nhận lúc", "Received"},
    [W_CLOSED_AT] = {"Kết thúc lúc", "Ended"},
    [W_AGENCY] = {"Đơn vị xử lý", "Agency"},
    [W_DEADLINE] = {"Hạn xử lý", "Deadline"},
    [W_WHY] = {"Vì sao", "Why"},
    [W_ANSWERS] = {"Trả lời của đơn vị", "What the agency answered"},
    [W_HISTORY] = {"Quá trình xử lý", "What happened"},
    [W_PHOTO] = {"Ảnh kèm câu trả lời", "A photo with the answer"},
    [W_RATE_TITLE] = {"Kết quả có làm bạn hài lòng?", "Are you satisfied with the result?"},
    [W_RATE_INTRO] = {"Đánh giá của bạn được tính vào xếp hạng của đơn vị.",
                      "Your rating counts in the agency's ranking."},
    [W_SATISFIED] = {"Hài lòng", "Satisfied"},
    [W_ACCEPTABLE] = {"Chấp nhận được", "Acceptable"},
    [W_NOT_SATISFIED] = {"Không hài lòng", "Not satisfied"},
    [W_COMMENT] = {"Ý kiến thêm", "Anything to add"},
    [W_RATE_SEND] = {"Gửi đánh giá", "Send the rating"},
    [W_RATED] = {"Bạn đã đánh giá", "You rated it"},
    [W_REOPEN_TITLE] = {"Việc chưa được giải quyết?", "Is it not solved?"},
    [W_REOPEN_INTRO] = {"Hãy nói rõ điều gì vẫn còn. Đơn vị sẽ phải xử lý lại.",
                        "Say what is still wrong. The agency will have to work on it again."},
    [W_REOPEN_REASON] = {"Điều gì vẫn còn?", "What is still wrong?"},
    [W_REOPEN_SEND] = {"Yêu cầu xử lý lại", "Reopen"},
    [W_REOPENED] = {"Đã chuyển lại cho đơn vị.", "The agency has it again."},
    [W_THANKS] = {"Cảm ơn bạn đã đánh giá.", "Thank you for rating."},
    [W_REQUIRED] = {"Cần điền chỗ này.", "This is needed."},
    [W_ATTACH] = {"Ảnh, video", "Photos, video"},
    [W_ATTACH_HINT] = {"Nhiều nhất 10 tệp, mỗi ảnh đến 25 MB. Vị trí và thông tin máy ảnh bị xóa.",
                       "At most 10 files, 25 MB a photo. Place and camera details are removed."},
    [W_PHOTO_SENT] = {"Gửi kèm tệp đã nhận số", "With the file that was received, number"},
    [W_OCCURRED] = {"Xảy ra lúc", "When it happened"},
    [W_OCCURRED_HINT] = {"Theo giờ Việt Nam.", "In Vietnam's time."},
    [W_ASK_PLACE] = {"Địa chỉ này có ở nhiều nơi", "This address is in more than one place"},
    [W_AS_TYPED] = {"Không phải các nơi này, gửi như đã ghi",
                    "None of these, send it as it is written"},
    [W_SAME_TITLE] = {"Có phải việc đã có người báo?", "Was it reported already?"},
    [W_SAME_INTRO] = {"Nếu đúng, bạn được báo kết quả cùng và có mã theo dõi riêng.",
                      "If so, you are told the result too and get a code of your own."},
    [W_SAME_JOIN] = {"Đúng việc này, báo kết quả cho tôi", "That is it, tell me too"},
    [W_SAME_NEW] = {"Không phải, gửi phản ánh mới", "No, send a new report"},
    [W_SAME_ENDED] = {"Đã kết thúc; nếu vẫn còn, hãy gửi phản ánh mới.",
                      "It has ended; if it is still there, send a new report."},
    [W_CONSENT] = {"Tôi đồng ý để tổng đài lưu điện thoại, thư điện tử đã ghi để báo kết quả.",
                   "The hotline may keep the phone number and e-mail above to tell me the result."},
    [W_JOINED] = {"Đã ghi nhận bạn cùng báo việc này", "You have joined this report"},
    [W_FOLLOWING] = {"Bạn cùng báo việc này với người khác.",
                     "You reported this together with others."},
    [W_HELP] = {"Cách gửi và theo dõi", "How to report and follow up"},
    [W_HELP_REPORT] = {"Ghi địa chỉ hoặc địa điểm (không cần dấu), chọn lĩnh vực, mô tả ngắn, thêm "
                       "ảnh nếu có, rồi gửi. Không cần tài khoản.",
                       "Write the address or place (without tones), choose a category, describe it "
                       "in short, add photos if you have some, and send. No account is needed."},
    [W_HELP_CODE] =
        {"Mã 9 ký tự nhận được là chìa khóa: ai có mã thì xem được tiến độ, đánh giá và "
         "yêu cầu xử lý lại.",
         "The code of 9 characters is the key: whoever has it can see the progress, rate "
         "the result and reopen it."},
    [W_HELP_DANGER] = {"Việc nguy hiểm đến người: gọi 1022, hoặc 113, 114, 115.",
                       "Danger to people: call 1022, or 113, 114, 115."},
};

const char *plain_word(enum plain_word word, enum http_language language)
{
    return language == HTTP_EN ? words[word].en : words[word].vi;
}

const char *plain_status(const char *status, enum http_language language)
{
    static const struct {
        const char *name;
        struct both words;
    } rows[] = {
        {"received", {"Đã tiếp nhận", "Received"}},
        {"assigned", {"Đã chuyển xử lý", "Passed on"}},
        {"accepted", {"Đơn vị đã nhận", "Accepted"}},
        {"started", {"Bắt đầu xử lý", "Work started"}},
        {"in_progress", {"Đang xử lý", "In progress"}},
        {"returned", {"Đơn vị trả lại", "Returned"}},
        {"rerouted", {"Chuyển đơn vị khác", "Passed to another agency"}},
        {"placed", {"Đặt lại vị trí", "Place corrected"}},
        {"waiting", {"Chờ bổ sung", "Waiting for you"}},
        {"paused", {"Chờ bổ sung", "Waiting for you"}},
        {"resumed", {"Tiếp tục xử lý", "Work goes on"}},
        {"extended", {"Được gia hạn", "Extended"}},
        {"referred", {"Chuyển cơ quan khác", "Referred to others"}},
        {"answered", {"Đơn vị trả lời", "Answered"}},
        {"resolved", {"Đã xử lý", "Resolved"}},
        {"closed", {"Đã kết thúc", "Closed"}},
        {"rejected", {"Không thụ lý", "Rejected"}},
        {"reopened", {"Mở lại", "Reopened"}},
        {"rated", {"Đã đánh giá", "Rated"}},
        {"transferred", {"Chuyển theo sắp xếp đơn vị", "Transferred"}},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(rows[i].name, status) == 0) {
            return language == HTTP_EN ? rows[i].words.en : rows[i].words.vi;
        }
    }
    return status;
}
