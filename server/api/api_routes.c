#include <string.h>

#include "server/api/api.h"
#include "server/api/api_duplicates.h"
#include "server/base/bug.h"

#define ROUTES_MAX 256

struct part {
    const struct http_route *rows;
    size_t n;
};

static size_t append(struct http_route *all, size_t count, const struct part *part)
{
    BUG_IF(count + part->n > ROUTES_MAX);
    memcpy(all + count, part->rows, part->n * sizeof(*all));
    return count + part->n;
}

/* The first row that matches serves, so resources come before the pages' catch-alls. */
const struct http_route *api_routes(size_t *n)
{
    static struct http_route all[ROUTES_MAX];
    size_t count = 0;
    const struct part parts[] = {
        {api_health_routes, n_api_health_routes},
        {api_session_routes, n_api_session_routes},
        {api_own_routes, n_api_own_routes},
        {api_provider_routes, n_api_provider_routes},
        {api_account_routes, n_api_account_routes},
        {api_nearby_routes, n_api_nearby_routes}, /* before {code} */
        {api_agency_routes, n_api_agency_routes},
        {api_reporter_join_routes, n_api_reporter_join_routes},
        {api_attachment_routes, n_api_attachment_routes},
        {api_incident_routes, n_api_incident_routes},
        {api_complaint_routes, n_api_complaint_routes},
        {api_place_routes, n_api_place_routes},
        {api_geocode_routes, n_api_geocode_routes},
        {api_tile_routes, n_api_tile_routes},
        {api_event_routes, n_api_event_routes},
        {api_call_event_routes, n_api_call_event_routes}, /* before a call by its number */
        {api_call_routes, n_api_call_routes},
        {api_inbound_routes, n_api_inbound_routes},
        {api_bulk_routes, n_api_bulk_routes}, /* before what takes "actions" for a code */
        {api_action_routes, n_api_action_routes},
        {api_reporter_routes, n_api_reporter_routes},
        {api_transfer_routes, n_api_transfer_routes},
        {api_transfer_preview_routes, n_api_transfer_preview_routes},
        {api_recompute_routes, n_api_recompute_routes},
        {api_register_routes, n_api_register_routes},
        {api_register_city_routes, n_api_register_city_routes},
        {api_deadline_trial_routes, n_api_deadline_trial_routes},
        {api_directive_routes, n_api_directive_routes},
        {api_record_routes, n_api_record_routes},
        {api_person_routes, n_api_person_routes},
        {api_rule_routes, n_api_rule_routes},
        {api_statistics_routes, n_api_statistics_routes},
        {api_openapi_routes, n_api_openapi_routes},
        {api_plain_routes, n_api_plain_routes},
        {api_plain_track_routes, n_api_plain_track_routes},
        {api_start_routes, n_api_start_routes},
        {api_notice_routes, n_api_notice_routes},
        {api_upload_routes, n_api_upload_routes},
        {api_generation_routes, n_api_generation_routes},
        {api_city_setting_routes, n_api_city_setting_routes},
        {api_web_routes, n_api_web_routes},
    };
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        count = append(all, count, &parts[i]);
    }
    *n = count;
    return all;
}
