import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import {
  CUSTOMER_COLUMNS,
  PAYMENT_COLUMNS,
  REFUND_COLUMNS,
  SUBSCRIPTION_COLUMNS,
} from '../../src/sell/exports/columns.ts';

it('docs/exports.md names the columns of each export, in their order', async () => {
  const document = await readFile(path.join(import.meta.dirname, '..', '..', 'docs', 'exports.md'), 'utf8');
  const columnsIn = (what: string) => {
    const [, line = ''] = new RegExp(`\n${what}: ([^]*?)\n\n`).exec(`${document}\n\n`) ?? [];
    return [...line.matchAll(/`(\w+)`/g)].map(([, name]) => name);
  };
  expect(columnsIn('Payments')).toEqual(Object.keys(PAYMENT_COLUMNS));
  expect(columnsIn('Refunds')).toEqual(Object.keys(REFUND_COLUMNS));
  expect(columnsIn('Subscriptions')).toEqual(Object.keys(SUBSCRIPTION_COLUMNS));
  expect(columnsIn('Customers')).toEqual(Object.keys(CUSTOMER_COLUMNS));
});
