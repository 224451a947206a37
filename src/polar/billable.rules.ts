/** The statuses of which Polar lets a customer have one subscription, where the organization does not allow several. */
export const BILLABLE: readonly string[] = ['trialing', 'active', 'past_due'];

/** The same as a list in SQL. */
export const BILLABLE_LIST = `(${BILLABLE.map((status) => `'${status}'`).join(', ')})`;
