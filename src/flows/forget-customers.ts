import { type Named, readNamed } from '../domain/named-in.ts';
import { withoutPersonalData } from '../domain/personal-data.ts';
import { log } from '../log.ts';
import { envelope } from '../polar/objects.ts';
import type { Services } from '../services.ts';
import { runBatch } from '../storage/database.ts';
import {
  claimStatements,
  forgetStatements,
  type ForgottenRow,
  nameEvents,
  noteProgress,
  rewriteFacts,
  selectFactsOf,
  selectForgotten,
  selectUnnamed,
} from '../storage/forgotten.ts';
import { unseal } from '../storage/sealed.ts';

/* Bounds of one run, of which there is one a minute. */
const MAX_CUSTOMERS = 20;
const MAX_UNNAMED = 100;
/** A body has 900 KB at most. */
const FACTS_PER_PAGE = 20;
const STATEMENTS_PER_PAGE = FACTS_PER_PAGE + 3;
const STATEMENTS_AROUND = 9;

/**
 * Empties what describes customers whom Polar has anonymized: see ADR 62. What a run has no room for is done by the next,
 * and doing a part of it again changes nothing.
 */
export async function forgetCustomers(services: Services): Promise<void> {
  await nameOldEvents(services);
  for (const customer of await selectForgotten(services.database, MAX_CUSTOMERS)) {
    if (!services.budget.hasRoomFor(STATEMENTS_AROUND + STATEMENTS_PER_PAGE)) return;
    await forgetCustomer(services, customer);
  }
}

async function forgetCustomer({ database, budget }: Services, customer: ForgottenRow): Promise<void> {
  await runBatch(database, claimStatements(database, customer));
  for (let { after } = customer; ;) {
    if (!budget.hasRoomFor(STATEMENTS_PER_PAGE)) return;
    const page = await selectFactsOf(database, customer, { after, limit: FACTS_PER_PAGE });
    const rewritten = page
      .map(({ id, body }) => ({ id, before: body, body: withoutPersonalData(body) }))
      .filter(({ before, body }) => body !== before);
    after = page.at(-1)?.id ?? after;
    await runBatch(database, [...rewriteFacts(database, rewritten), noteProgress(database, customer, after)]);
    if (page.length < FACTS_PER_PAGE) break;
  }
  if (budget.hasRoomFor(STATEMENTS_AROUND)) await runBatch(database, forgetStatements(database, customer));
}

/** Events of the release before do not have it noted whom they name: it is read from their bodies. */
async function nameOldEvents({ database, config }: Services): Promise<void> {
  const rows = await selectUnnamed(database, MAX_UNNAMED);
  if (rows.length === 0) return;
  const named = await Promise.all(
    rows.map(async ({ id, sealedBody }): Promise<{ id: string } & Named> => {
      try {
        const { type, data } = envelope.parse(JSON.parse(await unseal(config, `event:${id}`, sealedBody)));
        return { id, ...readNamed(type, data) };
      } catch (error) {
        // Nobody can read it any more.
        log('error', 'a stored event does not open', { eventId: id, error });
        return { id, customerId: '', checkoutId: null };
      }
    }),
  );
  await nameEvents(database, named);
}
