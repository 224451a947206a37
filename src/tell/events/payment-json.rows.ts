import { type SQL, sql } from 'drizzle-orm';
import { type Fields, isField, PAYMENT_FIELDS } from '../../base/payment.rules.ts';
import { payments } from '../../base/db/schema.rows.ts';

/** How SQLite writes a column of the payment `p` in a JSON object. */
const FORMS = {
  plain: (column: string) => column,
  json: (column: string) => `json(${column})`,
  // ISO 8601 with milliseconds, as `Date` writes it; null stays null.
  time: (column: string) =>
    `strftime('%Y-%m-%dT%H:%M:%S', ${column} / 1000, 'unixepoch') || printf('.%03dZ', ${column} % 1000)`,
};

function jsonObject(fields: Fields): string {
  const parts = Object.entries(fields).map(([name, field]) => {
    if (field === null) return `'${name}', null`;
    if (!isField(field)) return `'${name}', ${jsonObject(field)}`;
    const [column, form] = field;
    return `'${name}', ${FORMS[form](`p.${payments[column].name}`)}`;
  });
  return `json_object(${parts.join(', ')})`;
}

const VIEW = sql.raw(jsonObject(PAYMENT_FIELDS));

/**
 * A payment's row as JSON, in the form of `presentPayment`, or `null`. Events take it from the row in the batch that
 * changes the row, so that they show what `GET /v1/payments/:id` answers from then on (ADR 46). It lacks the address of
 * the checkout, since events are stored and sent to others.
 */
export function paymentJson(paymentId: string | null): SQL {
  if (paymentId === null) return sql`'null'`;
  return sql`coalesce((select ${VIEW} from ${payments} as p where p.id = ${paymentId}), 'null')`;
}
