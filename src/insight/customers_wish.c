/* customers: what a cap or another price would change. */
#include "insight/customers_priv.h"

#include "insight/say.h"

static const struct report_column what_if_columns[] = {
    {"change", ANSWER_TEXT, false}, {"customers", ANSWER_COUNT, false},
    {"cost", ANSWER_USD, false},    {"revenue", ANSWER_USD, false},
    {"margin", ANSWER_USD, false},  {"margin_change", ANSWER_USD, true},
};

static void add_change(struct customers *in, struct report_table *t,
                       const struct customers_wish *wish, bool is_cap)
{
    num_i128 limit = customers_over_range(in, is_cap ? wish->cap : wish->price);
    struct payer after = in->all;
    num_i128 n = 0;
    struct buf name;

    for (size_t i = 0; i < customers_n(&in->payers); i++) {
        const struct payer *p = customers_at(&in->payers, i);
        bool is_meant = p->name.n > 0 && /* nobody is no customer */
                        (wish->tier.n == 0 || str_eq(wish->tier, p->tier));

        if (is_meant && is_cap && p->cost > limit) {
            after.cost -= p->cost - limit;
            n++;
        } else if (is_meant && !is_cap && p->has_revenue) {
            after.revenue += limit - p->revenue;
            n++;
        }
    }
    buf_init(&name, 1024);
    buf_cz(&name, is_cap ? "calls end at " : "everybody pays ");
    say_usd(&name, is_cap ? wish->cap.pico : wish->price.pico);
    buf_cz(&name, " a customer and month");
    report_row(t,
               (struct answer_cell[]){
                   report_str(buf_view(&name)),
                   report_count(n),
                   report_usd(after.cost),
                   report_usd_if(after.has_revenue, after.revenue),
                   report_usd_if(after.has_revenue, after.revenue - after.cost),
                   report_usd((after.revenue - after.cost) -
                              (in->all.revenue - in->all.cost)),
               });
    buf_fini(&name);
}

void customers_tell_wish(struct customers *in,
                         const struct customers_wish *wish)
{
    if (wish->cap.pico < 0 && wish->price.pico < 0) {
        return;
    }
    struct report_table *t =
        report_table(in->out, "what_if", "What would change", what_if_columns,
                     ARRAY_N(what_if_columns));
    if (wish->cap.pico >= 0) {
        add_change(in, t, wish, true);
    }
    if (wish->price.pico >= 0) {
        add_change(in, t, wish, false);
    }
    report_note(in->out, "A cap is reckoned on what was spent: whether "
                         "customers would have stayed is not known.");
}
