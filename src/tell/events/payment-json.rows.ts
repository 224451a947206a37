import { columnOf } from '../../base/db/columns.rules.ts';
import { type Fields, isField, PAYMENT_FIELDS } from '../../base/payment.rules.ts';

/** How SQLite writes a column of the payment `p` in a JSON object. */
const FORMS = {
  plain: (column: string) => column,
  flag: (column: string) => `json(iif(${column}, 'true', 'false'))`,
  json: (column: string) => `json(${column})`,
  // ISO 8601 with milliseconds, as `Date` writes it; null stays null.
  time: (column: string) =>
    `strftime('%Y-%m-%dT%H:%M:%S', ${column} / 1000, 'unixepoch') || printf('.%03dZ', ${column} % 1000)`,
};

function jsonObject(fields: Fields): string {
  const parts = Object.entries(fields).map(([name, field]) => {
    if (field === null) return `'${name}', null`;
    if (!isField(field)) return `'${name}', ${jsonObject(field)}`;
    const [of, form] = field;
    const column = `p.${columnOf(of)}`;
    // `json` says again that it is JSON, which is lost on the way through `iif`.
    if (typeof form === 'object')
      return `'${name}', json(iif(${column} is null, 'null', ${jsonObject(form)}))`;
    return `'${name}', ${FORMS[form](column)}`;
  });
  return `json_object(${parts.join(', ')})`;
}

/**
 * The row of the payment whose id `paymentId` is, both SQL, as JSON in the form of `presentPayment`, or `null`. Events
 * take it from the row in the batch that changes the row, so that they show what `GET /v1/payments/:id` answers from then
 * on (ADR 46). It lacks the address of the checkout, since events are stored and sent to others.
 */
export function paymentJson(paymentId: string): string {
  return `coalesce((select ${jsonObject(PAYMENT_FIELDS)} from payments as p where p.id = ${paymentId}), 'null')`;
}
