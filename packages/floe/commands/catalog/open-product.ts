import { CliError } from '../../cli-error.ts';
import { placeOf } from '../../catalog/model/catalog.rules.ts';
import { lookThere, openCatalog } from '../../catalog/open-catalog.ts';
import { readSource } from '../../catalog/source/read-source.ts';
import type { Context } from '../../context.ts';
import type { Mode } from '../../deployments/deployment-file.ts';
import { EXIT } from '../../exit-codes.ts';
import { isPolar, type PolarApi } from '../../polar/api.ts';
import { dashboardOf, fetchOrganization } from '../../polar/organization.ts';

interface OpenOptions {
  mode: Mode;
  config?: string | undefined;
}

/** Opens a product's page in Polar's dashboard (or where a simulated Polar lists it), or prints where it is. `named`: `quay:monthly`, `monthly` or the content id of a page. */
export async function openProduct(
  context: Context,
  named: string,
  { mode, config: given }: OpenOptions,
): Promise<void> {
  const { out, isInteractive } = context;
  const source = await readSource(context, given);
  const polar = await openCatalog(context, source.config.product, mode);
  const { catalog, held } = await lookThere(polar, source);
  const found = catalog.products.find(
    ({ key, name }) => name === named || key.replace(/^\w+:/, '') === named,
  );
  const id = found && held.get(placeOf('products', found.key))?.id;
  if (found === undefined || id === undefined)
    throw new CliError(EXIT.notFound, `${source.config.product} has no product ${named} in ${mode}.`, {
      hint: source.catalog.products.some(({ key, name }) => name === named || key.endsWith(`:${named}`))
        ? `It has not been pushed: floe catalog push --mode ${mode}`
        : catalog.products.length === 0
          ? undefined
          : `It has ${listed(catalog.products.map(({ name }) => name))}.`,
    });
  const url = await pageOfProduct(polar.api, id);
  // A page that does not open is printed all the same.
  const opened = isInteractive && !out.isJson && (await context.openBrowser(url));
  // In one piece, however narrow the terminal is: it is copied.
  out.item({ mode, name: found.name, id, url, opened }, url);
}

const SHOWN = 5;

const listed = (names: readonly string[]): string =>
  names.length <= SHOWN
    ? names.join(', ')
    : `${names.slice(0, SHOWN).join(', ')} and ${names.length - SHOWN} more`;

/** Where a product is shown: in Polar's dashboard, or among the products of a simulated Polar. @throws {CliError} for another address, which has neither */
async function pageOfProduct(api: PolarApi, id: string): Promise<string> {
  const { mode, address } = api;
  const { slug } = await fetchOrganization(api);
  if (isPolar(address)) return `${dashboardOf(mode, slug)}/products/${id}`;
  const { body } = await api.call('GET', '/_sim/health');
  if (Object(body).status === 'ok') return `${address}/_sim/o/${encodeURIComponent(slug)}/products`;
  throw new CliError(
    EXIT.notFound,
    `${address} is not Polar’s, and has no dashboard. The product is ${id}.`,
    {
      hint: `POLAR_${mode.toUpperCase()}_API_URL names it. Without it, Polar itself is asked.`,
    },
  );
}
