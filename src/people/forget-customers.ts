import { type Named, readNamed } from './named-in.rules.ts';
import { polarEventWithoutPersonalData, withoutPersonalData, withoutWords } from './personal-data.rules.ts';
import { polarEventContext } from '../base/polar-event.rules.ts';
import { log } from '../base/log.ts';
import { envelope } from '../polar/objects.rules.ts';
import type { Services } from '../base/services.ts';
import { runBatch } from '../base/db/database.rows.ts';
import {
  claimStatements,
  forgetStatements,
  type ForgottenRow,
  namePolarEvents,
  NEW_EVENTS,
  noteProgress,
  noteTried,
  OLD_EVENTS,
  replaceAnswers,
  replacePolarEvents,
  rewriteEvents,
  selectAnswers,
  selectErased,
  selectEventsOf,
  selectForgotten,
  selectUnapplied,
  selectUnnamed,
} from './forgotten.rows.ts';
import { unseal } from '../base/sealed.ts';
import { emptySealed } from './empty-sealed.ts';
import { contextOf } from '../http/idempotency.ts';

/* Bounds of one run, of which there is one a minute. */
const MAX_CUSTOMERS = 20;
const MAX_UNNAMED = 100;
/** A body has up to 900 KB, an invocation holds a few copies of a page, and it has 128 MB. */
const EVENTS_PER_PAGE = 20;
const CHARS_PER_PAGE = 2_000_000;
const STATEMENTS_PER_PAGE = EVENTS_PER_PAGE + 3;
/** Sealed bodies are opened one by one. */
const SEALED_PER_RUN = 10;
const STATEMENTS_AROUND = 17 + 2 * SEALED_PER_RUN;

/**
 * Removes what describes customers whom Polar has deleted, or an app has erased (ADR 62, ADR 105). What a run has no room for the next one does,
 * and doing a part again changes nothing.
 */
export async function forgetCustomers(services: Services): Promise<void> {
  await nameOldPolarEvents(services);
  const { database, budget } = services;
  const { forgotten, erased } = await runBatch(database, {
    forgotten: selectForgotten(database, MAX_CUSTOMERS),
    erased: selectErased(database, MAX_CUSTOMERS),
  });
  const due = [...forgotten, ...erased].toSorted((a, b) => a.triedAt - b.triedAt);
  for (const customer of due) {
    if (!budget.hasRoomFor(STATEMENTS_AROUND + STATEMENTS_PER_PAGE)) return;
    await runBatch(database, [noteTried(database, customer, services.now())]);
    try {
      await forgetCustomer(services, customer);
    } catch (error) {
      log('error', 'a customer could not be forgotten yet', { customerId: customer.id, error });
    }
  }
}

/** An app that erases its customer wants its own words of the purchase gone as well. */
function emptierFor({ appId }: ForgottenRow): (body: string) => string {
  return appId === null ? withoutPersonalData : withoutWords;
}

async function forgetCustomer(services: Services, customer: ForgottenRow): Promise<void> {
  const { database, budget } = services;
  const empty = emptierFor(customer);
  await runBatch(database, claimStatements(database, customer, services.now()));
  for (let after = customer.after || OLD_EVENTS; ;) {
    if (!budget.hasRoomFor(STATEMENTS_PER_PAGE)) return;
    const page = await selectEventsOf(database, customer, {
      after,
      limit: EVENTS_PER_PAGE,
      maxChars: CHARS_PER_PAGE,
    });
    const rewritten = page
      .map(({ id, body }) => ({ id, before: body, body: empty(body) }))
      .filter(({ before, body }) => body !== before);
    const before = after;
    after = page.at(-1)?.id ?? (after < OLD_EVENTS ? after : NEW_EVENTS);
    await runBatch(database, [
      ...rewriteEvents(database, rewritten),
      noteProgress(database, customer, after),
    ]);
    if (after === before) break;
  }
  if (!budget.hasRoomFor(STATEMENTS_AROUND)) return;
  await emptyEncrypted(services, customer);
  await runBatch(database, forgetStatements(database, customer));
}

/**
 * Removes personal data from encrypted bodies that are still needed: Polar events that may be applied one day, without
 * which money or access would be missing, and answers that a repeated request is to get.
 */
async function emptyEncrypted(services: Services, customer: ForgottenRow): Promise<void> {
  const { database } = services;
  const [waiting, answers] = await Promise.all([
    selectUnapplied(database, customer, SEALED_PER_RUN),
    selectAnswers(database, customer, SEALED_PER_RUN),
  ]);
  const [replacedPolarEvents, replacedAnswers] = await Promise.all([
    Promise.all(
      waiting.map(async (before) => ({
        before,
        sealedBody: await emptySealed(
          services,
          polarEventContext(before.id),
          before.sealedBody,
          polarEventWithoutPersonalData,
        ),
      })),
    ),
    Promise.all(
      answers.map(async (before) => ({
        before,
        sealedBody: await emptySealed(services, contextOf(before), before.sealedBody, emptierFor(customer)),
      })),
    ),
  ]);
  await runBatch(database, [
    ...replacePolarEvents(database, replacedPolarEvents),
    ...replaceAnswers(database, replacedAnswers),
  ]);
}

/** Polar events of the release before do not name their customer in the row; it is read from their bodies. */
async function nameOldPolarEvents({ database, config }: Services): Promise<void> {
  const rows = await selectUnnamed(database, { limit: MAX_UNNAMED, maxChars: CHARS_PER_PAGE });
  if (rows.length === 0) return;
  const named = await Promise.all(
    rows.map(async ({ id, sealedBody }): Promise<{ id: string } & Named> => {
      try {
        const { type, data } = envelope().parse(
          JSON.parse(await unseal(config, polarEventContext(id), sealedBody)),
        );
        return { id, ...readNamed(type, data) };
      } catch (error) {
        // Nobody can read it any more.
        log('error', 'a stored Polar event does not open', { polarEventId: id, error });
        return { id, customerId: '', checkoutId: null };
      }
    }),
  );
  await namePolarEvents(database, named);
}
