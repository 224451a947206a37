import { PolarClientError } from '@polar-sh/sdk';
import type { models, PolarCore } from '@polar-sh/sdk/2026-10';
import { createBenefits, listBenefits, updateBenefits } from '@polar-sh/sdk/2026-10/services/benefits';
import {
  createCustomFields,
  listCustomFields,
  updateCustomFields,
} from '@polar-sh/sdk/2026-10/services/custom_fields';
import { createDiscounts, listDiscounts, updateDiscounts } from '@polar-sh/sdk/2026-10/services/discounts';
import { listFiles } from '@polar-sh/sdk/2026-10/services/files';
import { createMeters, listMeters, updateMeters } from '@polar-sh/sdk/2026-10/services/meters';
import { createProducts, listProducts, updateProducts } from '@polar-sh/sdk/2026-10/services/products';
import { CliError } from '../../cli-error.ts';
import { EXIT } from '../../exit-codes.ts';
import type { PolarApi } from '../../polar/api.ts';
import { isNotPolar, lacksScopes, refusesToken } from '../../polar/organization.ts';
import type { Kind } from '../model/catalog.rules.ts';
import { SCOPES } from './polar-objects.rules.ts';

/* How Polar is asked for each kind, by its own client. */

/** One page of a list, oldest first: what is made meanwhile comes at the end and moves nothing from one page to another. */
interface Page {
  page: number;
  limit: number;
}
interface Listed {
  items: unknown[];
  pagination: { max_page: number; total_count: number };
}
type Body = Record<string, unknown>;

interface Service {
  list: (core: PolarCore, page: Page) => Promise<Listed>;
  create: (core: PolarCore, body: Body) => Promise<{ id: string }>;
  update: (core: PolarCore, id: string, body: Body) => Promise<{ id: string }>;
}

const OLDEST_FIRST = 'created_at' as const;

/* Bodies are made by bodies.rules.ts and checked by Polar: the client's types of them are unions that no table can have. */
export const SERVICES: Readonly<Record<Exclude<Kind, 'files'>, Service>> = {
  meters: {
    list: (core, page) => listMeters(core)({ ...page, sorting: [OLDEST_FIRST] }),
    create: (core, body) => createMeters(core)(body as unknown as models.MeterCreate),
    update: (core, id, body) => updateMeters(core)(id, body),
  },
  fields: {
    list: (core, page) => listCustomFields(core)({ ...page, sorting: [OLDEST_FIRST] }),
    create: (core, body) => createCustomFields(core)(body as unknown as models.CustomFieldCreate),
    update: (core, id, body) => updateCustomFields(core)(id, body as unknown as models.CustomFieldUpdate),
  },
  benefits: {
    list: (core, page) => listBenefits(core)({ ...page, sorting: [OLDEST_FIRST] }),
    create: (core, body) => createBenefits(core)(body as unknown as models.BenefitCreate),
    update: (core, id, body) => updateBenefits(core)(id, body as unknown as models.BenefitCustomUpdate),
  },
  products: {
    list: (core, page) => listProducts(core)({ ...page, sorting: [OLDEST_FIRST] }),
    create: (core, body) => createProducts(core)(body as unknown as models.ProductCreate),
    update: (core, id, body) => updateProducts(core)(id, body),
  },
  discounts: {
    list: (core, page) => listDiscounts(core)({ ...page, sorting: [OLDEST_FIRST] }),
    create: (core, body) => createDiscounts(core)(body as unknown as models.DiscountCreate),
    update: (core, id, body) => updateDiscounts(core)(id, body),
  },
};

/** Files have a service of their own: they are uploaded. */
export const listOf = (kind: Kind): Service['list'] =>
  kind === 'files' ? (core, page) => listFiles(core)(page) : SERVICES[kind].list;

/** Does `call`, and tells a refusal of Polar's in words. `about`: what it is about, as it begins a sentence. @throws {CliError} */
export async function asking<Result>(
  { api, kind, verb, about }: { api: PolarApi; kind: Kind; verb: 'read' | 'write'; about: string },
  call: () => Promise<Result>,
): Promise<Result> {
  try {
    return await call();
  } catch (error) {
    // The client reads whatever comes as JSON.
    if (error instanceof SyntaxError) throw isNotPolar(api, 'a text that is no JSON', error);
    if (!(error instanceof PolarClientError)) throw error;
    const { statusCode, error: body } = error;
    if (statusCode === 403) throw lacksScopes(api, [`${SCOPES[kind]}:${verb}`]);
    if (statusCode === 401) throw refusesToken(api, error);
    // Every list is there, also an empty one.
    if (statusCode === 404 && verb === 'read') throw isNotPolar(api, '404', error);
    throw new CliError(EXIT.failed, `${about}: ${wordsOf(body, statusCode)}.`, {
      hint:
        verb === 'write'
          ? 'What came before it is done. Mend it and push again: the rest follows.'
          : undefined,
      cause: error,
    });
  }
}

/** Polar's words of a refusal, with the field of each. The client leaves some as text. */
function wordsOf(said: unknown, status: number): string {
  const { detail } = Object(typeof said === 'string' ? parse(said) : said) as {
    detail?: string | { loc?: unknown[]; msg?: string }[];
  };
  if (typeof detail === 'string') return withoutStop(detail);
  if (!Array.isArray(detail)) return `it answered ${status}`;
  return detail
    .map(
      ({ loc = [], msg = '' }) => `${loc.filter((each) => each !== 'body').join('.')}: ${withoutStop(msg)}`,
    )
    .join(', ');
}

/** Some of them end as sentences do. */
const withoutStop = (text: string) => text.trim().replace(/\.+$/, '');

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
