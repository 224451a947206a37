import * as z from 'zod';
import { CliError } from '../../cli-error.ts';
import { EXIT } from '../../exit-codes.ts';
import type { PolarApi } from '../../polar/api.ts';
import { lacksScopes } from '../../polar/organization.ts';
import { COLLECTIONS, SCOPES, type Wire, wireModels } from './polar-objects.rules.ts';

const PAGE = 100;
const pageModel = z.object({ items: z.array(z.unknown()), pagination: z.object({ max_page: z.number() }) });

/** Everything of these kinds that the organization has, oldest first, page by page. @throws {CliError} */
export async function listPolar(polar: PolarApi): Promise<Wire> {
  const wire: Partial<Record<keyof Wire, unknown[]>> = {};
  for (const kind of Object.keys(COLLECTIONS) as (keyof Wire)[]) wire[kind] = await listKind(polar, kind);
  return wire as Wire;
}

async function listKind(polar: PolarApi, kind: keyof Wire): Promise<unknown[]> {
  const all: unknown[] = [];
  // Oldest first, so that what is made meanwhile comes at the end and moves nothing from one page to another.
  for (let page = 1, last = 1; page <= last; page++) {
    const { status, body } = await polar.call('GET', `${COLLECTIONS[kind]}?limit=${PAGE}&page=${page}&sorting=created_at`);
    if (status === 403) throw lacksScopes(polar, [`${SCOPES[kind]}:read`]);
    const read = pageModel.safeParse(body);
    if (status !== 200 || !read.success)
      throw new CliError(status === 401 ? EXIT.refused : EXIT.failed, `Polar answered ${status} about ${kind}.`);
    all.push(...read.data.items.map((each) => wireModels[kind].parse(each)));
    last = read.data.pagination.max_page;
  }
  return all;
}
