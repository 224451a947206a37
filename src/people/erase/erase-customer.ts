import type { Doer } from '../../base/audit-actions.rules.ts';
import { runBatch } from '../../base/db/database.rows.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import type { Subject } from '../../base/subject.rules.ts';
import { forgetCallers } from '../../http/identify-caller.ts';
import { contextOf } from '../../http/idempotency.ts';
import { emptySealed } from '../empty-sealed.ts';
import { type KeptAnswer, replaceAnswers, rewriteEvents } from '../forgotten.rows.ts';
import { withoutWords } from '../personal-data.rules.ts';
import { type Erased, eraseStatements, whoIsErased } from './erase.rows.ts';
import { eraseWordsOf } from './own-words.rows.ts';
import { emptyHeard, selectPurchasesOfUsers } from './users.rows.ts';

/** Few have begun more checkouts that nobody has paid. */
const PAGE = 20;
const STATEMENTS_AROUND = 8;

/**
 * Erases a customer in one app: sessions end at once, and the cron removes names, addresses and metadata within minutes. Amounts and
 * ids stay, and so does what other apps know. Asked again, it erases what has come since.
 * @throws {Problem} `not_found`, of another app's too; `conflict` while a subscription goes on
 */
export async function eraseCustomer(
  services: Services,
  app: AppRow,
  holder: Extract<Subject, { kind: 'customer' | 'external' }>,
  by: Doer,
): Promise<void> {
  const erased: Erased = {
    app: app.id,
    mode: app.mode,
    customer: holder.kind === 'customer' ? holder.customerId : null,
    external: holder.kind === 'external' ? holder.externalId : null,
  };
  const { customers, named, answers } = await runBatch(services.database, whoIsErased(erased));
  const known = customers.filter((customer) => customer.known === 1);
  if (known.length === 0 && named.flat()[0]?.known !== 1)
    throw new Problem('not_found', { detail: 'This app has no such customer.' });
  if (known.some(({ live }) => live === 1))
    throw new Problem('conflict', {
      detail:
        'This customer has a subscription that goes on, and each renewal says again who it is. End it first: DELETE /v1/subscriptions/{id}.',
    });
  const customerIds = known.map(({ id }) => id);
  const now = services.now();
  const replaced = await emptied(services, answers);
  await runBatch(services.database, [
    ...eraseStatements(services.database, erased, { customerIds, now, by }),
    ...replaceAnswers(services.database, replaced),
  ]);
  forgetCallers();
  await eraseOfUsers(services, erased, customerIds);
}

/** Empties what the app's users began, and what was paid there by others: a page at a time. */
async function eraseOfUsers(
  services: Services,
  { app, mode, external }: Erased,
  customerIds: readonly string[],
): Promise<void> {
  const { database, budget } = services;
  const whose = { app, external, customers: JSON.stringify(customerIds) };
  for (let after = ''; ;) {
    const { ids, events, answers } = await selectPurchasesOfUsers(database, { ...whose, after, limit: PAGE });
    const rewritten = events
      .map(({ id, body }) => ({ id, before: body, body: withoutWords(body) }))
      .filter(({ before, body }) => body !== before);
    if (!budget.hasRoomFor(rewritten.length + answers.length + STATEMENTS_AROUND))
      throw new Problem('conflict', { detail: 'There is more of it than one request erases. Ask again.' });
    if (ids.length === 0) return;
    const payments = JSON.stringify(ids.map(({ id }) => id));
    await runBatch(database, [
      ...eraseWordsOf({ app, payments }),
      emptyHeard({ app, mode, payments }),
      ...rewriteEvents(database, rewritten),
      ...replaceAnswers(database, await emptied(services, answers)),
    ]);
    if (ids.length < PAGE) return;
    after = ids.at(-1)?.id ?? '';
  }
}

function emptied(services: Services, answers: readonly KeptAnswer[]) {
  return Promise.all(
    answers.map(async (before) => ({
      before,
      sealedBody: await emptySealed(services, contextOf(before), before.sealedBody, withoutWords),
    })),
  );
}
