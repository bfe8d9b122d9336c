/* customers: those who pay, as a list that is sorted and searched. */
#include "insight/customers_priv.h"

#include <stdlib.h>

struct payer *customers_at(const struct buf *payers, size_t i)
{
    return (struct payer *)(void *)payers->p + i;
}

size_t customers_n(const struct buf *payers)
{
    return payers->n / sizeof(struct payer);
}

int customers_by_name(const void *a, const void *b)
{
    const struct payer *left = a;
    const struct payer *right = b;

    return str_cmp(left->name, right->name);
}

void customers_sort(struct customers *in, int by(const void *a, const void *b))
{
    size_t n = customers_n(&in->payers);

    if (n > 1) { /* of none there is no array */
        qsort(in->payers.p, n, sizeof(struct payer), by);
    }
}

struct payer *customers_find(const struct buf *payers, size_t n,
                             struct str name)
{
    const struct payer key = {.name = name};

    return n > 0 ? bsearch(&key, payers->p, n, sizeof key, customers_by_name)
                 : NULL;
}

void customers_add(struct payer *sum, const struct payer *p)
{
    sum->n_requests += p->n_requests;
    sum->n_users += p->n_users;
    sum->n_unpriced += p->n_unpriced;
    sum->cost += p->cost;
    sum->revenue += p->revenue;
    sum->monthly += p->monthly;
    sum->n_members += p->n_members;
    sum->has_revenue = sum->has_revenue || p->has_revenue;
}
