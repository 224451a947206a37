import path from 'node:path';
import { CliError } from '../cli-error.ts';
import type { Context } from '../context.ts';
import type { Mode } from '../deployments/deployment-file.ts';
import { EXIT } from '../exit-codes.ts';
import type { PolarCore } from '@polar-sh/sdk/2026-10';
import { openPolar, type PolarApi, tokenVariable } from '../polar/api.ts';
import { settingsPage } from '../polar/organization.ts';
import { openSdk } from '../polar/sdk.ts';
import { readPrivateFile } from '../private-file.ts';
import { ownerKeysOf } from './source/config-catalog.rules.ts';
import type { Source } from './source/read-source.ts';
import { listPolar } from './there/list-polar.ts';
import type { Wire } from './there/polar-objects.rules.ts';
import { readThere, type There } from './there/there.rules.ts';

/** Polar: its own client for what a catalogue has, and the plain API for what is counted and for the lease. */
export interface CatalogPolar {
  core: PolarCore;
  api: PolarApi;
  /** The same with another token, such as a buyer's in the sandbox. */
  openAs: (token: string) => PolarApi;
}

/** Polar, with the product team's own token. `product`: whose token a file may have. @throws {CliError} when there is none, or others can read it */
export async function openCatalog(
  context: Context,
  product: string | undefined,
  mode: Mode,
): Promise<CatalogPolar> {
  const variable = tokenVariable(mode);
  // ~/.config/quay/polar-oat-live.txt, beside this program's own folder.
  const file = path.join(path.dirname(context.configDir), product ?? '<product>', `polar-oat-${mode}.txt`);
  const kept = product === undefined ? undefined : () => readPrivateFile(context, file, 'an access token');
  const set = context.env[variable]?.trim();
  const token = set || (await kept?.())?.trim();
  if (!token)
    throw new CliError(EXIT.refused, `There is no access token of Polar’s for ${mode}.`, {
      hint: `Set ${variable}, or write it into ${file} (chmod 600). One is made at ${settingsPage({ mode })}.`,
    });
  const url = context.env[`POLAR_${mode.toUpperCase()}_API_URL`];
  const openAs = (by: string, from?: string) => openPolar(context, mode, by, url, from);
  return { core: openSdk(context, mode, token, url), api: openAs(token, set ? variable : file), openAs };
}

/** What Polar has of a source's product. */
export const lookThere = async (polar: CatalogPolar, source: Source): Promise<There> =>
  (await lookAround(polar, source)).there;

/** What Polar has of a source's product, and all that the organization has. */
export async function lookAround(
  polar: CatalogPolar,
  { config, catalog, alsoKnown }: Source,
): Promise<{ there: There; wire: Wire }> {
  const wire = await listPolar(polar);
  const whose = { product: config.product, ownerKeys: ownerKeysOf(config), wanted: catalog, alsoKnown };
  return { there: readThere(wire, whose), wire };
}
