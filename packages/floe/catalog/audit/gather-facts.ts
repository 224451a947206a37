import * as z from 'zod';
import { CliError } from '../../cli-error.ts';
import { EXIT } from '../../exit-codes.ts';
import type { PolarApi } from '../../polar/api.ts';
import type { Catalog } from '../model/catalog.rules.ts';
import { pricesToChange } from '../plan/price-changes.rules.ts';
import { countSubscribers } from '../there/count-subscribers.ts';
import type { There } from '../there/there.rules.ts';
import {
  endpointModel,
  type Facts,
  type GatewayApps,
  type Known,
  organizationModel,
  type OtherSide,
} from './facts.rules.ts';
import { findExcessScopes } from './find-excess-scopes.ts';
import { type Need, type Rule, sortFacts } from './rule.rules.ts';

export interface FactSources {
  api: PolarApi;
  wanted: Catalog;
  there: There;
  askApps: () => Promise<Known<GatewayApps>>;
  askOtherSide: () => Promise<Known<OtherSide>>;
}

/** What these rules need besides the catalogues, each asked for once. What cannot be known comes back as the reason. @throws {CliError} */
export async function gatherFacts(
  rules: readonly Rule[],
  sources: FactSources,
): Promise<{ facts: Partial<Facts>; unknown: Partial<Record<Need, string>> }> {
  const needed = new Set(rules.flatMap(({ needs = [] }) => needs));
  const names = (Object.keys(ASK) as (keyof Facts)[]).filter((name) => needed.has(name));
  const answers: [keyof Facts, Known<unknown>][] = [];
  // One after the other: a token of the sandbox has a hundred requests a minute, and other people push with it.
  for (const name of names) answers.push([name, await ASK[name](sources)]);
  return sortFacts(answers);
}

/** How each is asked for. A new fact asks for its row. */
const ASK: { [Name in keyof Facts]: (sources: FactSources) => Promise<Known<Facts[Name]>> } = {
  async organization({ api }) {
    const listed = await listAll(api, '/v1/organizations/', 'organizations:read', organizationModel);
    if ('why' in listed) return listed;
    const [organization, ...others] = listed.value;
    if (organization && others.length === 0) return { value: organization };
    return { why: 'the access token is of no single organization' };
  },
  endpoints: ({ api }) => listAll(api, '/v1/webhooks/endpoints', 'webhooks:read', endpointModel),
  subscribersOfArchived({ api, there }) {
    const archived = [...there.held.values()].filter(
      ({ kind, isArchived }) => kind === 'products' && isArchived,
    );
    return subscribersOf(api, archived);
  },
  subscribersOfChanged: ({ api, wanted, there }) => subscribersOf(api, pricesToChange(wanted, there)),
  async excessScopes({ api }) {
    return { value: await findExcessScopes(api) };
  },
  apps: ({ askApps }) => askApps(),
  otherSide: ({ askOtherSide }) => askOtherSide(),
};

async function subscribersOf(
  api: PolarApi,
  products: readonly { key: string; id: string }[],
): Promise<Known<Map<string, number>>> {
  const counts = await countSubscribers(
    api,
    products.map(({ id }) => id),
  );
  if (!counts) return lacks('subscriptions:read');
  return { value: new Map(products.map(({ key, id }) => [key, counts.get(id) ?? 0])) };
}

const lacks = (scope: string) => ({ why: `the access token lacks ${scope}` });

const LIMIT = 100;

/** Every page of a list. @throws {CliError} when Polar answers something else than a list or a refusal of the scope */
async function listAll<Item>(
  api: PolarApi,
  path: string,
  scope: string,
  model: z.ZodType<Item>,
): Promise<Known<Item[]>> {
  const answer = z.object({ items: z.array(model), pagination: z.object({ max_page: z.number() }) });
  const items: Item[] = [];
  for (let page = 1, last = 1; page <= last; page++) {
    const { status, body } = await api.call('GET', `${path}?limit=${LIMIT}&page=${page}`);
    if (status === 403) return lacks(scope);
    const read = answer.safeParse(body);
    if (status !== 200 || !read.success)
      throw new CliError(EXIT.failed, `Polar answers ${status} to ${path}, and no list.`);
    items.push(...read.data.items);
    last = read.data.pagination.max_page;
  }
  return { value: items };
}
