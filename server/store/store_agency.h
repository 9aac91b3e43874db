/* What those who work on complaints choose from. Each statement gives one JSON text. */
#ifndef STORE_STORE_AGENCY_H
#define STORE_STORE_AGENCY_H

/* {"agencies": [{"code", "name", "desks": [{"code", "name"}]}]}: those in force today. */
#define STORE_AGENCIES                                                                             \
    "SELECT jsonb_build_object('agencies', coalesce(jsonb_agg(jsonb_build_object("                 \
    " 'code', a.code, 'name', a.name, 'desks', (SELECT coalesce(jsonb_agg(jsonb_build_object("     \
    "   'code', d.code, 'name', d.name) ORDER BY d.name COLLATE \"vi-x-icu\"), '[]')"              \
    "  FROM hotline.desks d WHERE d.agency_id = a.id AND d.valid @> hotline.city_day(now())))"     \
    " ORDER BY a.name COLLATE \"vi-x-icu\"), '[]'))::text"                                         \
    " FROM hotline.agencies a WHERE a.valid @> hotline.city_day(now())"

/* {"pause_reasons": [{"code", "name": {"vi", "en"}, "cap_working_days"}]} */
#define STORE_PAUSE_REASONS                                                                        \
    "SELECT jsonb_build_object('pause_reasons', coalesce(jsonb_agg(jsonb_build_object("            \
    " 'code', p.code, 'name', jsonb_build_object('vi', p.name_vi, 'en', p.name_en),"               \
    " 'cap_working_days', p.cap_working_days) ORDER BY p.code), '[]'))::text"                      \
    " FROM hotline.pause_reasons p WHERE p.active"

/* $1 who asks, $2 an agency's code (NULL: his own) -> {"people": [{"login", "name"}]} */
#define STORE_COLLEAGUES "SELECT hotline.colleagues($1, $2)::text"

#endif
