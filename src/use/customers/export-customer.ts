import { listEntitlements } from '../../access/list-entitlements.ts';
import type { Doer } from '../../base/audit-actions.rules.ts';
import { audit } from '../../base/audit.rows.ts';
import { runBatch } from '../../base/db/database.rows.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { parseJson } from '../../base/json.rules.ts';
import type { Services } from '../../base/services.ts';
import { subjectName } from '../../base/subject.rules.ts';
import { listPayments } from '../../sell/list-payments.ts';
import { listSubscriptions } from '../../sell/subscriptions/list-subscriptions.ts';
import { listGrants } from '../grants/list-grants.ts';
import type { Holder } from './customers.rows.ts';
import type { CustomerExportView } from './export.answers.ts';
import { MAX_EVENTS, MAX_ROWS, type Row, selectHeld } from './export.rows.ts';
import { presentHeld, presentWho, requireCustomer } from './get-customer.ts';

const PAGE = 100;
const MAX_PAGES = 10;

/**
 * All that is held about a customer in this app, for the person who asks for it. What has more than fits is named in `cut`, and has
 * a list of its own. @throws {Problem} `not_found` for a customer whom this app does not know
 */
export async function exportCustomer(
  services: Services,
  app: AppRow,
  holder: Holder,
  by: Doer,
): Promise<CustomerExportView> {
  const customer = subjectName(holder);
  const found = await requireCustomer(services, app, holder);
  const [payments, subscriptions, grants, held] = await Promise.all([
    readAll((page) => listPayments(services, app, { customer, sort: '-created_at', metadata: {}, ...page })),
    readAll((page) => listSubscriptions(services, app, { customer, ...page })),
    readAll((page) => listGrants(services, app, { customer, ...page })),
    listEntitlements(services, app, holder),
  ]);
  const rows = await selectHeld(services.database, app, {
    customerIds: found.customerIds,
    paymentIds: payments.rows.map(({ id }) => id),
    // Whoever begins a checkout can name any user: it is no reason to show what that user has (trust rule 2).
    externalIds: found.userIds,
  });
  const now = services.now();
  // It is an answer that leaves the gateway with everything about a person, so it stands in the log.
  await runBatch(services.database, [
    audit(services.database, by, now, {
      action: 'customer.exported',
      appId: app.id,
      target: holder.kind === 'customer' ? holder.customerId : null,
    }),
  ]);
  const isCut = (name: string, all: readonly Row[]) => all.length > maxOf(name);
  const first = payments.rows.at(-1);
  return {
    app: app.slug,
    exported_at: new Date(now).toISOString(),
    cut: [
      ...Object.entries({ payments, subscriptions, grants }).filter(([, { isCut: cut }]) => cut),
      ...Object.entries(rows).filter(([name, all]) => isCut(name, all)),
    ].map(([name]) => name),
    customer: presentWho(holder, found, first === undefined ? undefined : Date.parse(first.created_at)),
    payments: payments.rows,
    subscriptions: subscriptions.rows,
    grants: grants.rows,
    entitlements: presentHeld(held),
    ...(Object.fromEntries(
      Object.entries(rows).map(([name, all]) => [name, all.slice(0, maxOf(name)).map(presentRow)]),
    ) as Pick<CustomerExportView, keyof typeof rows>),
  };
}

const maxOf = (name: string) => (name === 'events' ? MAX_EVENTS : MAX_ROWS);

/** All pages of a list, if there are not too many. */
async function readAll<Entry>(
  read: (page: {
    limit: number;
    cursor?: string | undefined;
  }) => Promise<{ data: Entry[]; next_cursor: string | null }>,
): Promise<{ rows: Entry[]; isCut: boolean }> {
  const rows: Entry[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const { data, next_cursor: next } = await read({ limit: PAGE, cursor });
    rows.push(...data);
    if (next === null) return { rows, isCut: false };
    cursor = next;
  }
  return { rows, isCut: true };
}

/** Times and JSON as an answer has them; the names of the columns are those of the fields. */
function presentRow(row: Row): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => {
      if (name.endsWith('_at') && typeof value === 'number') return [name, new Date(value).toISOString()];
      if ((name === 'metadata' || name === 'body') && typeof value === 'string')
        return [name, parseJson(value)];
      return [name, value];
    }),
  );
}
