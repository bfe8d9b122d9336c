#include "base/near.h"
#include "face/report/report_draw.h"

static const struct report_form forms[] = {
    {"json", "application/json", report_json_add},
    {"text", "text/plain; charset=utf-8", report_text_add},
    {"csv", "text/csv; charset=utf-8", report_csv_add},
};

enum rc report_form_from(struct str name, const struct report_form **ret,
                         struct why *why)
{
    struct near near;

    if (name.n == 0) {
        *ret = &forms[0];
        return RC_OK;
    }
    near_init(&near, name);
    for (size_t i = 0; i < ARRAY_N(forms); i++) {
        if (str_eq(name, str_from_cz(forms[i].name))) {
            *ret = &forms[i];
            return RC_OK;
        }
        near_offer(&near, str_from_cz(forms[i].name));
    }
    return near_unknown(&near, "format",
                        "json, text, markdown, html, slack or csv", why);
}
