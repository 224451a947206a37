import * as z from 'zod';
import { KINDS, type Kind } from '../model/catalog.rules.ts';
import type { CatalogPolar } from '../open-catalog.ts';
import { type Wire, wireModels } from './polar-objects.rules.ts';
import { isNotPolar } from '../../polar/organization.ts';
import { asking, listOf } from './services.ts';

const LIMIT = 100;
const ATTEMPTS = 3;

/** Everything of a catalogue's kinds that the organization has. @throws {CliError} */
export async function listPolar(polar: CatalogPolar): Promise<Wire> {
  const wire: Partial<Record<Kind, unknown[]>> = {};
  for (const kind of KINDS) wire[kind] = await listKind(polar, kind);
  return wire as Wire;
}

/** The files of the organization, each with its checksum. @throws {CliError} */
export const listFiles = (polar: CatalogPolar): Promise<Wire['files']> => listKind(polar, 'files');

/** What somebody deletes meanwhile moves the rest up, and one is on no page. What is not seen would be made a second time, so the list is read again. */
async function listKind<K extends Kind>(polar: CatalogPolar, kind: K): Promise<Wire[K]> {
  for (let attempt = 1; ; attempt++) {
    const { all, total } = await listOnce(polar, kind);
    const once = [...new Map(all.map((each) => [each.id, each])).values()];
    if (once.length >= total || attempt === ATTEMPTS) return once as Wire[K];
  }
}

async function listOnce({ core, api }: CatalogPolar, kind: Kind) {
  const all: Wire[Kind][number][] = [];
  const list = listOf(kind);
  let total = 0;
  for (let page = 1, last = 1; page <= last; page++) {
    const answer = await asking({ api, kind, verb: 'read', about: `Polar does not list ${kind}` }, () =>
      list(core, { page, limit: LIMIT }),
    );
    if (!isList(answer)) throw isNotPolar(api, 'no list');
    const { items, pagination } = answer;
    all.push(...z.array(wireModels[kind]).parse(items));
    last = pagination.max_page;
    total = pagination.total_count;
  }
  return { all, total };
}

const isList = (answer: unknown) =>
  z.object({ items: z.array(z.unknown()), pagination: z.object({}) }).safeParse(answer).success;
