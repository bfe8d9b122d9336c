/* The members of records as a table: for those who read, write or check them
 * all. */
#ifndef EVENT_RECORD_FIELD_H
#define EVENT_RECORD_FIELD_H

#include "base/str.h"
#include "event/record.h"

#include <stdbool.h>
#include <stdint.h>

enum record_field_how { /* a member is read and written */
                        RECORD_FIELD_ID = 1,
                        RECORD_FIELD_TS,
                        RECORD_FIELD_NAME,
                        RECORD_FIELD_VALUE,
                        RECORD_FIELD_DIM, /* which: enum dim */
                        RECORD_FIELD_NOTE,
                        RECORD_FIELD_TIER,
                        RECORD_FIELD_ACTION,
                        RECORD_FIELD_REVENUE,
                        RECORD_FIELD_MONTH,
                        RECORD_FIELD_BEGIN,
                        RECORD_FIELD_END,
                        RECORD_FIELD_ACCOUNT,
                        RECORD_FIELD_LINE,
                        RECORD_FIELD_CHARGE,
                        RECORD_FIELD_AMOUNT,
                        RECORD_FIELD_CURRENCY /* dollars only: not kept */
};

enum { /* a letter a row, and the NUL */
       RECORD_FIELD__COUNT = sizeof(""
#define X(kind, name, how, which, needed) "x"
#include "event/record_field.def"
#undef X
                                    ) -
                             1
};

struct record_field {
    struct str name;
    enum record_kind kind;
    enum record_field_how how;
    uint8_t which;
    bool needed;
};

extern const struct record_field record_field_table[RECORD_FIELD__COUNT];

/* record_is_text: whether the member is text, and how long it may be; which
 * text; and setting it. */
bool record_is_text(const struct record_field *f, int *ret_max);
struct str record_text(const struct record *rec, const struct record_field *f);
void record_set_text(struct record *rec, const struct record_field *f,
                     struct str text);

#endif
