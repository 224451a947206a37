import * as z from 'zod';
import { KINDS, type Kind } from '../model/catalog.rules.ts';
import type { CatalogPolar } from '../open-catalog.ts';
import { type Wire, wireModels } from './polar-objects.rules.ts';
import { asking, listOf } from './services.ts';

const LIMIT = 100;

/** Everything of a catalogue's kinds that the organization has. @throws {CliError} */
export async function listPolar(polar: CatalogPolar): Promise<Wire> {
  const wire: Partial<Record<Kind, unknown[]>> = {};
  for (const kind of KINDS) wire[kind] = await listKind(polar, kind);
  return wire as Wire;
}

/** The files of the organization, each with its checksum. @throws {CliError} */
export const listFiles = (polar: CatalogPolar): Promise<Wire['files']> => listKind(polar, 'files');

async function listKind<K extends Kind>({ core, api }: CatalogPolar, kind: K): Promise<Wire[K]> {
  const all: unknown[] = [];
  const list = listOf(kind);
  for (let page = 1, last = 1; page <= last; page++) {
    const { items, pagination } = await asking(
      { api, kind, verb: 'read', about: `Polar does not list ${kind}` },
      () => list(core, { page, limit: LIMIT }),
    );
    all.push(...z.array(wireModels[kind]).parse(items));
    last = pagination.max_page;
  }
  return all as Wire[K];
}
