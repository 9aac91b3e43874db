#include "server/api/state_words.h"

#include <string.h>

#include "server/api/plain_words.h"

struct state_words {
    const char *state, *vi, *en;
};

/* Those that no complaint is in. */
static const struct state_words states[] = {
    {"draft", "Bản nháp", "Draft"},
    {"approved", "Đã duyệt", "Approved"},
    {"published", "Đã ban hành", "Published"},
    {"retired", "Hết hiệu lực", "Retired"},
    {"discarded", "Đã bỏ", "Discarded"},
    {"withdrawn", "Đã thu hồi", "Withdrawn"},
    {"queued", "Đang chờ chạy", "Queued"},
    {"running", "Đang chạy", "Running"},
    {"done", "Đã xong", "Done"},
    {"failed", "Không thành", "Failed"},
    {"cancelled", "Đã hủy", "Cancelled"},
    {"moved", "Đã chuyển", "Moved"},
    {"back", "Đã chuyển lại", "Taken back"},
    {"sending", "Đang gửi", "Being sent"},
    {"sent", "Đã gửi", "Sent"},
    {"dead", "Không gửi được", "Not delivered"},
    {"filed", "Đã nhập", "Filed"},
    {"joined", "Đã gộp", "Joined"},
    {"none", "Không lập phản ánh", "Nothing filed"},
    {"open", "Đang mở", "Open"},
    {"asked", "Chờ quyết định", "Asked for"},
    {"refused", "Đã từ chối", "Refused"},
    {"proposed", "Chờ xác nhận", "Proposed"},
    {"confirmed", "Đã xác nhận", "Confirmed"},
    {"dismissed", "Đã bác", "Dismissed"},
    {"ended", "Đã kết thúc", "Ended"},
    {"reading", "Đang đọc tệp", "Being read"},
    {"checking", "Đang kiểm tra", "Being checked"},
    {"ready", "Sẵn sàng", "Ready"},
    {"dropped", "Đã bỏ", "Dropped"},
    {"held", "Đang giữ lại", "Held"},
    {"free", "Không giữ lại", "Not held"},
    {"in use", "Đang dùng", "In use"},
};

const char *state_in_words(const char *state, enum http_language language)
{
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        if (strcmp(states[i].state, state) == 0) {
            return language == HTTP_EN ? states[i].en : states[i].vi;
        }
    }
    return plain_status(state, language);
}
