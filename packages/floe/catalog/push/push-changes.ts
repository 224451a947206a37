import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import type { PolarApi } from '../../polar/api.ts';
import { lacksScopes } from '../../polar/organization.ts';
import type { Entry, Kind, Product } from '../model/catalog.rules.ts';
import type { Change } from '../plan/plan.rules.ts';
import { isSame } from '../plan/differences.rules.ts';
import { COLLECTIONS, SCOPES } from '../there/polar-objects.rules.ts';
import { placeOf, type There } from '../there/there.rules.ts';
import { bodyOf } from './bodies.rules.ts';

/**
 * Does what a plan says, change by change. Whatever ends it, the next run looks at what is there and does the rest: an object carries its key
 * from the request that makes it. `keep`: is called before each change.
 * @throws {CliError} when Polar refuses one; those before it are done
 */
export async function pushChanges(
  context: Pick<Context, 'now'>,
  polar: PolarApi,
  there: There,
  changes: readonly Change[],
  keep: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const ids = new Map([...there.held].map(([place, { id }]) => [place, id]));
  const idOf = (kind: Kind, key: string): string => {
    if (key.startsWith('id:')) return key.slice('id:'.length);
    const id = ids.get(placeOf(kind, key));
    if (id === undefined) throw new Error(`${kind} ${key} is used before it is there.`);
    return id;
  };
  for (const change of changes) {
    await keep();
    const { kind, key } = change;
    if (change.action === 'archive') await write(polar, 'PATCH', change, `${COLLECTIONS[kind]}${change.held.id}`, { is_archived: true });
    else {
      const held = change.action === 'update' ? change.held : undefined;
      const before = there.catalog[kind].find((each) => each.key === key);
      const prices = held && before && 'prices' in before ? before.prices : [];
      const body = bodyOf(kind, change.entry, { idOf, held, prices, now: context.now() });
      const address = held === undefined ? COLLECTIONS[kind] : `${COLLECTIONS[kind]}${held.id}`;
      const isNeeded = held === undefined || hasMoreThanBenefits(change);
      const id = isNeeded ? await write(polar, held ? 'PATCH' : 'POST', change, address, body) : held.id;
      ids.set(placeOf(kind, key), id);
      if (kind === 'products') await attachBenefits(polar, change, id, before, idOf);
    }
  }
}

const hasMoreThanBenefits = (change: Change) =>
  change.action === 'update' && change.differences.some(({ field }) => field !== 'benefits');

/** The benefits of a product are a list of its own at Polar. Whoever has bought the product meanwhile gets those that come later. */
async function attachBenefits(
  polar: PolarApi,
  change: Extract<Change, { entry: Entry }>,
  id: string,
  before: Entry | undefined,
  idOf: (kind: Kind, key: string) => string,
): Promise<void> {
  const { benefits } = change.entry as Product;
  const had = change.action === 'update' && before && 'benefits' in before ? before.benefits : [];
  if (isSame(had, benefits)) return;
  await write(polar, 'POST', change, `${COLLECTIONS.products}${id}/benefits`, { benefits: benefits.map((key) => idOf('benefits', key)) });
}

/** @returns the id of what was written */
async function write(polar: PolarApi, method: string, { kind, name }: Change, path: string, body: unknown): Promise<string> {
  const { status, body: answer } = await polar.call(method, path, body);
  if (status === 403) throw lacksScopes(polar, [`${SCOPES[kind]}:write`]);
  if (status !== 200 && status !== 201)
    throw new CliError(EXIT.failed, `Polar refuses ${name}: ${wordsOf(answer, status)}.`, {
      hint: 'What came before it is done. Mend it and push again: the rest follows.',
    });
  return (answer as { id: string }).id;
}

/** Polar's words of a refusal, with the field of each. */
function wordsOf(body: unknown, status: number): string {
  const { detail } = Object(body) as { detail?: string | { loc?: unknown[]; msg?: string }[] };
  if (typeof detail === 'string') return detail;
  if (!Array.isArray(detail)) return `it answered ${status}`;
  return detail.map(({ loc = [], msg = '' }) => `${loc.filter((each) => each !== 'body').join('.')}: ${msg}`).join(', ');
}
