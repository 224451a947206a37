import { GATEWAY } from '../base/audit-actions.rules.ts';
import { audit } from '../base/audit.rows.ts';
import { CHECKOUT_LIFE_MS, LISTS, listOf } from '../polar/lists.rules.ts';
import type { PolarKind } from '../base/polar-kinds.rules.ts';
import type { Mode } from '../base/mode.rules.ts';
import type { ListName } from '../base/polar-lists.rules.ts';
import {
  beginTask,
  isListDone,
  type Position,
  nextWatermark,
  rememberOpen,
  skipTask,
  type Task,
  turnPage,
  type Reread,
  addRereads,
} from './reconcile-position.rules.ts';
import { count, noteOdd } from './reconcile-drift.rules.ts';
import { toMilliseconds } from '../polar/versions.rules.ts';
import { log } from '../base/log.ts';
import { checkoutStatus, seatPurchase, seatsObject } from '../polar/objects.rules.ts';
import { isRefusal } from '../polar/problems.ts';
import type { PolarGateway, PolarRead } from '../base/polar-gateway.ts';
import type { Services } from '../base/services.ts';
import {
  selectAwaited,
  selectMemberCustomer,
  selectOpenDisputes,
  selectPendingPayments,
} from '../record/compare.rows.ts';
import type { Statement } from '../base/db/database.rows.ts';
import { selectWatermark, writeWatermark } from './reconcile.rows.ts';
import type { Run } from './reconcile-run.rows.ts';
import { isContentError, type RereadRequest } from '../record/apply-observation.ts';
import { keepOrganizationKnown } from '../record/learn-organization.ts';
import { noteFindings } from './findings.rows.ts';
import { noteDrift } from './note-drift.ts';
import { checkPolarWebhook } from './check-polar-webhook.ts';
import { type Listed, reconcileObjects } from './reconcile-objects.ts';
import { isDeletable } from '../record/deleted.rows.ts';
import { applyDeleted, rereadUnlisted } from './reconcile-deleted.ts';
import { type FoundByReread, rereadNow } from '../record/reread.ts';
import { settleOwners } from '../record/settle-owners.ts';

/** Payments and disputes that are read by themselves, in one run. */
const MAX_REREADS = 40;
/** Older payments than this are no longer read by themselves: Polar gives up on an order after three weeks. */
const OLDEST_PENDING_MS = 60 * 24 * 60 * 60_000;

const NOT_DOCUMENTED = 'Polar’s answer is not what it documents.';
/** The greatest length of a reason in a report, which is kept in one row. */
const MAX_REASON = 300;

/** What one step has used up of Polar's limit. */
export interface Used {
  requests: number;
}

/** Makes about one request for the first task. Returns statements for the batch that saves the new position. */
export async function doTask(services: Services, run: Run, used: Used): Promise<Statement[]> {
  const [task] = run.position.todo;
  if (!task) return [];
  try {
    const polar = services.polar(run.mode, () => {
      used.requests += 1;
      run.report.requests += 1;
    });
    const list = listOf(task.name);
    if (list) return await reconcileListPage(services, run, { polar, task, list });
    if (task.name === 'pending_payments') return await rereadPayments(services, run);
    if (task.name === 'known_disputes') return await rereadDisputes(services, run);
    if (task.name === 'webhook') return await checkWebhook(services, run, polar);
    return await reconcileNamed(services, run, { polar, task });
  } catch (error) {
    if (!isRefusal(error) && !isContentError(error)) throw error;
    // The token lacks a scope, or the answer is not what Polar documents. The other lists can still be read.
    log('error', 'Polar refused to be read', { runId: run.id, mode: run.mode, list: task.name, error });
    refuse(run, error);
    return [];
  }
}

/** Goes on without the first task, and reports why. */
export function refuse({ position, report }: Run, error: unknown): void {
  const [task] = position.todo;
  if (!task) return;
  const why = error instanceof Error && !isContentError(error) ? error.message : NOT_DOCUMENTED;
  report.refused[task.name] = why.slice(0, MAX_REASON);
  skipTask(position);
}

async function checkWebhook(services: Services, run: Run, polar: PolarGateway): Promise<Statement[]> {
  const check = await checkPolarWebhook(services, polar, run.mode, run.position.mayRepairWebhook);
  // A full run checks several times; what an earlier check repaired stays in the report.
  const before = run.report.webhook;
  run.report.webhook = { ...check, repaired: check.repaired || (before?.repaired ?? false) };
  if (check.registered && !check.enabled) run.position.silentUntil = services.now();
  run.position.todo.shift();
  // It says what a checkout that nobody finished means (ADR 77).
  await keepOrganizationKnown({ ...services, polar: () => polar }, run.mode);
  if (!check.repaired) return [];
  const { registered, enabled, missing_events } = check;
  const line = {
    action: 'polar_webhook.repaired',
    appId: null,
    target: run.mode,
    before: { registered, enabled, missing_events },
    after: { registered: true, enabled: true, missing_events: [] },
    detail: { run: run.id },
  } as const;
  return [audit(services.database, GATEWAY, services.now(), line)];
}

async function reconcileListPage(
  services: Services,
  run: Run,
  { polar, task, list }: { polar: PolarGateway; task: Task; list: ListName },
): Promise<Statement[]> {
  const { mode, position } = run;
  const plan = LISTS[list];
  if (task.startedAt === null) {
    beginTask(task, services.now(), plan.by && (await selectWatermark(services.database, mode, list)));
  }
  const page = await polar.fetchPage(list, task.page, task.from);
  const listed = page.items.map((data) => parseListed(data, plan.by));
  const items = listed.filter((item) => item !== undefined);
  if (plan.isOpen) {
    rememberOpen(
      position,
      items.map(({ id }) => id),
    );
  }
  const { isDone, failed } = await reconcileObjects(services, run, task, {
    kind: plan.kind,
    items: plan.kind === 'checkout' ? await withoutAbandoned(services, mode, items) : items,
    requestedAt: page.requestedAt,
  });
  if (!isDone) return failed;
  for (let nameless = listed.length - items.length; nameless > 0; nameless--) {
    count(run.report, plan.kind, { seen: 1, failed: 1 });
    noteOdd(run.report, { kind: plan.kind, id: null, why: 'It has no id.' });
  }
  if (listed.length > items.length) failed.push(...noteNameless(services, run, plan.kind));
  if (plan.hasSeats) rereadSeats(position, items, plan.kind);
  const isLast = isListDone(task, plan, {
    times: listed.map((item) => item?.at ?? null),
    maxPage: page.maxPage,
  });
  if (plan.leavesOutDeleted) {
    const isAll = await rereadUnlisted(services, run, task, { kind: plan.kind, items, isLast });
    if (!isAll) return failed;
  }
  if (!isLast) {
    turnPage(task);
    return failed;
  }
  position.todo.shift();
  if (plan.kind === 'product') {
    // Owners also follow from the apps, and an earlier failure may have left one undecided (ADR 52).
    const moved = await settleOwners(services, mode, { note: (owners) => noteOwners(services, run, owners) });
    count(run.report, 'product', { stale: moved, repaired: moved });
  }
  const at = nextWatermark(task, position.graceMs);
  if (at === undefined) return failed;
  return [...failed, writeWatermark(services.database, { mode, name: list, at, now: services.now() })];
}

/** How many products that changed hands at once are named; the others are counted. */
const MAX_OWNERS_NAMED = 100;

/** Names products that have another owner than was stored. */
function noteOwners(
  services: Services,
  { id: runId }: Run,
  owners: readonly { id: string; appId: string | null }[],
): Statement[] {
  if (owners.length === 0) return [];
  const same = { kind: 'product', drift: 'stale', differs: ['app'], why: null, events: [] } as const;
  const named = owners
    .slice(0, MAX_OWNERS_NAMED)
    .map(({ id, appId }) => ({ ...same, id, appId, outcome: 'applied' }) as const);
  return noteFindings({ runId, now: services.now() }, named, owners.length - named.length);
}

function noteNameless(services: Services, { id: runId }: Run, kind: PolarKind): Statement[] {
  const why = 'Not as Polar documents it. It has no id.';
  return noteFindings({ runId, now: services.now() }, [
    { kind, id: '', appId: null, drift: 'missing', differs: [], outcome: 'failed', why, events: [] },
  ]);
}

/**
 * Notes payments that are pending for longer than Polar keeps a checkout or order open. A few a run, in turn, so that
 * those which stay pending do not keep others from being read.
 */
async function rereadPayments(services: Services, run: Run): Promise<Statement[]> {
  const { mode, position } = run;
  const { database } = services;
  const now = services.now();
  const name = 'pending_payments';
  const oldest = now - OLDEST_PENDING_MS;
  const after = Math.max((await selectWatermark(database, mode, name)) ?? oldest, oldest);
  const rows = await selectPendingPayments(database, mode, {
    after,
    before: now - position.graceMs,
    checkoutsBefore: now - CHECKOUT_LIFE_MS,
    openOrders: position.open,
    limit: MAX_REREADS,
  });
  addRereads(
    position,
    rows.flatMap(({ order_id, checkout_id }): Reread[] => {
      if (order_id !== null) return [{ kind: 'order', id: order_id }];
      return checkout_id === null ? [] : [{ kind: 'checkout', id: checkout_id }];
    }),
  );
  position.todo.shift();
  const at = rows.length < MAX_REREADS ? oldest : (rows.at(-1)?.created_at ?? after);
  return [writeWatermark(database, { mode, name, at, now })];
}

/**
 * Notes disputes that are stored as open and that Polar does not list as open any more. A few a run, in turn by their
 * ids.
 */
async function rereadDisputes(services: Services, { mode, position }: Run): Promise<Statement[]> {
  const { database } = services;
  const name = 'known_disputes';
  const mark = (await selectWatermark(database, mode, name)) ?? 0;
  const rows = await selectOpenDisputes(database, mode, {
    listed: position.open,
    after: mark === 0 ? '' : `${mark.toString(16).padStart(8, '0')}~`,
    limit: MAX_REREADS,
  });
  addRereads(
    position,
    rows.map(({ id }) => ({ kind: 'dispute', id })),
  );
  position.todo.shift();
  // A watermark is a number: the first eight digits of the last one's UUID.
  const at = rows.length < MAX_REREADS ? 0 : Number.parseInt(rows.at(-1)?.id.slice(0, 8) ?? '', 16) || mark;
  return [writeWatermark(database, { mode, name, at, now: services.now() })];
}

async function reconcileNamed(
  services: Services,
  run: Run,
  { polar, task }: { polar: PolarGateway; task: Task },
): Promise<Statement[]> {
  const { position } = run;
  const [next] = position.rereads;
  if (!next) {
    position.todo.shift();
    return [];
  }
  if ('reread' in next) {
    const onReread = ({ kind, id }: RereadRequest) => addRereads(position, [{ reread: kind, id }]);
    const request = { mode: run.mode, kind: next.reread, id: next.id };
    const noteRead = (found: FoundByReread) => noteDrift(services, run, { ...found, outcome: 'reread' });
    const { isDone } = await rereadNow(services, request, { polar, onReread, noteRead });
    if (isDone) position.rereads.shift();
    return [];
  }
  const read = await fetchNamed(services, run, polar, next);
  let failed: Statement[] = [];
  if (read) {
    const seats = next.kind === 'seat' ? seatsObject().parse(read.data).seats : [read.data];
    const items = seats.flatMap((data) => parseListed(data, undefined) ?? []);
    task.done = [];
    const page = { kind: next.kind, items, requestedAt: read.requestedAt };
    const done = await reconcileObjects(services, run, task, page);
    failed = done.failed;
    if (!done.isDone) return failed;
  } else if (isDeletable(next.kind)) await applyDeleted(services, run, next.kind, next.id);
  position.rereads.shift();
  return failed;
}

/** Checkouts without those that are over and of which there is no payment: it was deleted with them when its time came (ADR 59). */
async function withoutAbandoned(services: Services, mode: Mode, items: readonly Listed[]): Promise<Listed[]> {
  const over = items.filter(hasEndedUnpaid).map(({ id }) => id);
  const isAwaited = over.length === 0 ? new Set() : await selectAwaited(services.database, mode, over);
  return items.filter((item) => !hasEndedUnpaid(item) || isAwaited.has(item.id));
}

function hasEndedUnpaid({ data }: Listed): boolean {
  const checkout = checkoutStatus().safeParse(data);
  return checkout.success && ['expired', 'failed'].includes(checkout.data.status);
}

/** Notes the seats of purchases: no list of Polar's has them, and those of an ended purchase do not count. */
function rereadSeats(position: Position, items: readonly Listed[], kind: PolarKind): void {
  addRereads(
    position,
    items.flatMap(({ id, data }): Reread[] => {
      const purchase = seatPurchase().safeParse(data);
      const isOwn = kind === 'subscription' || !purchase.data?.subscription_id;
      const hasEnded = purchase.data?.status === 'canceled';
      return purchase.success && isOwn && !hasEnded ? [{ kind: 'seat', id: `${kind}/${id}` }] : [];
    }),
  );
}

/** Fetches an object by its id. For a member Polar also needs its customer's id, which is stored with the member. */
async function fetchNamed(
  services: Services,
  { mode }: Run,
  polar: PolarGateway,
  { kind, id }: Exclude<Reread, { reread: unknown }>,
): Promise<PolarRead | undefined> {
  if (kind !== 'member') return polar.fetchObject(kind, id);
  const customerId = await selectMemberCustomer(services.database, mode, id);
  return customerId === undefined ? undefined : polar.fetchObject(kind, id, customerId);
}

/** What is needed of an object before it is parsed, since one that cannot be parsed must not stop the others. */
function parseListed(data: unknown, by: string | undefined): Listed | undefined {
  if (typeof data !== 'object' || data === null || !('id' in data) || typeof data.id !== 'string')
    return undefined;
  const fields = new Map<string, unknown>(Object.entries(data));
  const times = ['created_at', 'modified_at'].map((name) => parseTime(fields.get(name)));
  const known = times.filter((time) => time !== null);
  return {
    id: data.id,
    data,
    createdAt: times[0] ?? null,
    changedAt: known.length === 0 ? null : Math.max(...known),
    at: by === undefined ? null : parseTime(fields.get(by)),
  };
}

function parseTime(value: unknown): number | null {
  try {
    return typeof value === 'string' ? toMilliseconds(value) : null;
  } catch {
    return null;
  }
}
