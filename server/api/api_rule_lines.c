#include "server/api/api_rules.h"
bool api_rule_lines(struct http_request *r, struct json_object *rule)
{
    (void)r;
    (void)rule;
    return true;
}
