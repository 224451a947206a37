import { PolarClientError, PolarRateLimitError } from '@polar-sh/sdk';
import { createPolarCore } from '@polar-sh/sdk/2026-10';
import { listBenefitGrants } from '@polar-sh/sdk/2026-10/services/benefit_grants';
import { getBenefits } from '@polar-sh/sdk/2026-10/services/benefits';
import { createCheckouts } from '@polar-sh/sdk/2026-10/services/checkouts';
import { deleteCustomers } from '@polar-sh/sdk/2026-10/services/customers';
import { createCustomerSessions } from '@polar-sh/sdk/2026-10/services/customer_sessions';
import {
  createDiscounts,
  deleteDiscounts,
  getDiscounts,
  listDiscounts,
  updateDiscounts,
} from '@polar-sh/sdk/2026-10/services/discounts';
import { acceptDisputes } from '@polar-sh/sdk/2026-10/services/disputes';
import {
  activateLicenseKeys,
  deactivateLicenseKeys,
  getLicenseKeys,
  listLicenseKeys,
  updateLicenseKeys,
  validateLicenseKeys,
} from '@polar-sh/sdk/2026-10/services/license_keys';
import {
  generateInvoiceOrders,
  invoiceOrders,
  listOrders,
  receiptOrders,
} from '@polar-sh/sdk/2026-10/services/orders';
import { getOrganizations } from '@polar-sh/sdk/2026-10/services/organizations';
import { listProducts } from '@polar-sh/sdk/2026-10/services/products';
import { createRefunds, listRefunds } from '@polar-sh/sdk/2026-10/services/refunds';
import { updateSubscriptions } from '@polar-sh/sdk/2026-10/services/subscriptions';
import * as z from 'zod/mini';
import { parseJson } from '../base/json.rules.ts';
import type { Config } from '../base/config.ts';
import type { Mode } from '../base/mode.rules.ts';
import { Problem } from '../base/problem.ts';
import { fail, ok, type Result } from '../base/result.rules.ts';
import { fetchDownloads } from './downloads.ts';
import { FETCH_OBJECT } from './fetch-object.ts';
import { parsePage, requestList } from './lists.ts';
import { isRateLimit, isTransient, scopeMissing, toProblem } from './problems.ts';
import { readMissingScope, readRefusal } from './refusals.ts';
import { enableEndpoint, fetchEndpoints, registerEndpoint } from './webhook-endpoints.ts';
import {
  type PolarDocument,
  type PolarRead,
  type PolarPage,
  type PolarGateway,
  type PolarRefusal,
} from '../base/polar-gateway.ts';

/** The SDK's default of 5 s is shorter than some of Polar's calls. Seconds. */
const TIMEOUT_SECONDS = 10;
/** A buyer is waiting, so at Polar's limit there is one short pause, then the answer is 503. Seconds. */
const LONGEST_WAIT_SECONDS = 2;
const PAGE_SIZE = 100;
/** A change makes at most one order, and a renewal may come in between. */
const FEW_ORDERS = 3;

/** A product that is not what Polar documents must not make the token look wrong. */
const probed = z.object({
  items: z.array(z.catch(z.object({ organization_id: z.optional(z.string()) }), {})),
});

/**
 * Polar's API of `mode`. `onRequest` is waited for before each request that a budget has to count, second tries too; what it throws
 * is thrown instead. `onLacking` is told each scope that the access token turns out to lack.
 * @throws {Problem} `mode_not_configured`
 */
export function createPolarGateway(
  config: Config,
  mode: Mode,
  onRequest: () => void | Promise<void> = () => undefined,
  onLacking: (scope: string) => void = () => undefined,
): PolarGateway {
  const settings = config.modes[mode];
  if (!settings)
    throw new Problem('mode_not_configured', { detail: `The mode ${mode} has no Polar credentials.` });
  const connection = { baseUrl: settings.apiUrl, timeout: TIMEOUT_SECONDS };
  const core = createPolarCore({ ...connection, accessToken: settings.accessToken });
  const parseResponse = core.parseResponse.bind(core);
  let polarTime: number | undefined;
  core.parseResponse = (response, ...how) => {
    const date = Date.parse(response.headers.get('date') ?? '');
    polarTime = Number.isNaN(date) ? undefined : date;
    // Numbers stay as Polar wrote them.
    response.json = async () => {
      const text = await response.text();
      // Of what Polar has only accepted (202) there may be nothing to say.
      return (text === '' ? null : parseJson(text)) as never;
    };
    return parseResponse(response, ...how);
  };

  /** The one place where what goes wrong at Polar gets its name. */
  const explain = (error: unknown): unknown => {
    const scope = readMissingScope(error);
    if (scope === undefined) return toProblem(error);
    onLacking(scope);
    return scopeMissing(scope, mode, error);
  };
  const counted =
    <T>(call: () => Promise<T>) =>
    async () => {
      await onRequest();
      return call();
    };
  const fetchIfKnown = async (call: () => Promise<unknown>): Promise<PolarRead | undefined> => {
    const requestedAt = Date.now();
    try {
      return { data: await withRetry(counted(call), isTransient), requestedAt };
    } catch (error) {
      if (error instanceof PolarClientError && error.statusCode === 404) return undefined;
      throw explain(error);
    }
  };
  const fetchOnePage = async (
    page: number,
    call: (page: { page: number; limit: number }) => Promise<unknown>,
  ): Promise<PolarPage> => {
    const requestedAt = Date.now();
    try {
      const request = counted(() => call({ page, limit: PAGE_SIZE }));
      return { ...parsePage(await withRetry(request, isTransient)), requestedAt };
    } catch (error) {
      throw explain(error);
    }
  };
  const fetchAll = async (
    call: (page: { page: number; limit: number }) => Promise<unknown>,
  ): Promise<PolarRead[]> => {
    const found: PolarRead[] = [];
    for (let page = 1; ; page++) {
      const { items, maxPage, requestedAt } = await fetchOnePage(page, call);
      for (const data of items) found.push({ data, requestedAt });
      if (page >= maxPage) return found;
    }
  };

  /** Only 429 is tried again: after any other failure Polar may have done it. */
  const attempt = async (call: () => Promise<unknown>): Promise<Result<PolarRead, PolarRefusal>> => {
    const requestedAt = Date.now();
    try {
      return ok({ data: await withRetry(counted(call), isRateLimit), requestedAt });
    } catch (error) {
      const refusal = readRefusal(error);
      if (refusal) return fail(refusal);
      throw explain(error);
    }
  };

  const once = async <T>(call: () => Promise<T>): Promise<T> => {
    try {
      return await counted(call)();
    } catch (error) {
      throw explain(error);
    }
  };

  return {
    async createCheckout(input) {
      const requestedAt = Date.now();
      try {
        // Only 429 is tried again: after any other failure the checkout may exist already.
        const data = await withRetry(
          counted(() => createCheckouts(core)(input)),
          isRateLimit,
        );
        return { data, requestedAt };
      } catch (error) {
        throw explain(error);
      }
    },
    async fetchObject(kind, id, customerId = '') {
      const fetchOne = FETCH_OBJECT[kind];
      return fetchOne ? fetchIfKnown(() => fetchOne(core, id, customerId)) : undefined;
    },
    async fetchDocument(kind, orderId) {
      const read = kind === 'invoice' ? invoiceOrders(core) : receiptOrders(core);
      const found = await fetchIfKnown(() => read(orderId));
      return found && readDocument(found.data);
    },
    requestInvoice: (orderId) => attempt(() => generateInvoiceOrders(core)(orderId)),
    fetchOrdersOfCheckout: (id) => fetchAll((page) => listOrders(core)({ checkout_id: id, ...page })),
    fetchProducts: () => fetchAll((page) => listProducts(core)(page)),
    openPortal: ({ customerId, memberId, returnUrl }) =>
      once(async () => {
        const session = await withRetry(
          () =>
            createCustomerSessions(core)({
              customer_id: customerId,
              ...(memberId === null ? {} : { member_id: memberId }),
              return_url: returnUrl,
            }),
          isTransient,
        );
        return readAddress(session.customer_portal_url);
      }),
    async fetchDownloads(who) {
      try {
        return await fetchDownloads(
          { core, asCustomer: (token) => createPolarCore({ ...connection, accessToken: token }) },
          who,
          (call) => withRetry(counted(call), isTransient),
        );
      } catch (error) {
        throw explain(error);
      }
    },
    changeSubscription: (id, change) => attempt(() => updateSubscriptions(core)(id, change)),
    fetchOrdersOfSubscription: (id, from = 'newest') =>
      fetchOnePage(1, () =>
        listOrders(core)({
          subscription_id: id,
          sorting: [from === 'newest' ? '-created_at' : 'created_at'],
          limit: FEW_ORDERS,
        }),
      ),
    fetchDiscount: (id) => fetchIfKnown(() => getDiscounts(core)(id)),
    fetchOrganization: (id) => fetchIfKnown(() => getOrganizations(core)(id)),
    fetchDiscounts: (page, code) =>
      fetchOnePage(page, (at) =>
        listDiscounts(core)({
          ...(code === undefined ? {} : { query: code }),
          sorting: ['created_at'],
          ...at,
        }),
      ),
    createDiscount: (input) => attempt(() => createDiscounts(core)(input)),
    changeDiscount: (id, change) => attempt(() => updateDiscounts(core)(id, change)),
    deleteDiscount: (id) => attempt(() => deleteDiscounts(core)(id)),
    acceptDispute: (id) => attempt(() => acceptDisputes(core)(id)),
    createRefund: (input) => attempt(() => createRefunds(core)(input)),
    fetchRefunds: (orderId, page) =>
      fetchOnePage(page, (at) => listRefunds(core)({ order_id: orderId, sorting: ['-created_at'], ...at })),
    fetchGrants: (customerId, page) =>
      fetchOnePage(page, (at) =>
        listBenefitGrants(core)({ customer_id: customerId, sorting: ['-created_at'], ...at }),
      ),
    async deleteCustomer(id) {
      await fetchIfKnown(() => deleteCustomers(core)(id, { anonymize: true }));
    },
    fetchLicenseKey: (id) => fetchIfKnown(() => getLicenseKeys(core)(id)),
    fetchLicenseKeys: ({ benefitIds, status }, page) =>
      fetchOnePage(page, (at) =>
        listLicenseKeys(core)({
          benefit_id: benefitIds,
          ...(status === undefined ? {} : { status }),
          ...at,
        }),
      ),
    validateLicenseKey: (question) =>
      attempt(() => validateLicenseKeys(core)({ ...question, organization_id: settings.organizationId })),
    activateLicenseKey: (input) =>
      attempt(() => activateLicenseKeys(core)({ ...input, organization_id: settings.organizationId })),
    deactivateLicenseKey: (key, activationId) =>
      attempt(() =>
        deactivateLicenseKeys(core)({
          key,
          activation_id: activationId,
          organization_id: settings.organizationId,
        }),
      ),
    changeLicenseKey: (id, change) => attempt(() => updateLicenseKeys(core)(id, change)),
    fetchBenefit: (id) => fetchIfKnown(() => getBenefits(core)(id)),
    fetchPage: (list, page, since) =>
      once(async () => {
        const requestedAt = Date.now();
        const answer = await requestList(core, list, { page, limit: PAGE_SIZE }, since);
        return { ...parsePage(answer), requestedAt };
      }),
    async probe() {
      try {
        const { items } = probed.parse(await counted(() => listProducts(core)({ limit: 1 }))());
        return { kind: 'ready', organizationId: items[0]?.organization_id, polarTime };
      } catch (error) {
        if (error instanceof PolarClientError && error.statusCode === 401)
          return { kind: 'unauthorized', polarTime };
        throw explain(error);
      }
    },
    fetchWebhookEndpoints: () => once(() => fetchEndpoints(core)),
    enableWebhookEndpoint: (id, events) => once(() => enableEndpoint(core, id, events)),
    registerWebhookEndpoint: (input) => once(() => registerEndpoint(core, input)),
  };
}

const documented = z.object({ url: z.string() });

/** While Polar makes a receipt, it answers without an address. */
function readDocument(data: unknown): PolarDocument {
  const answer = documented.safeParse(data);
  return answer.success ? { state: 'ready', url: readAddress(answer.data.url) } : { state: 'making' };
}

/** An address that a person is sent to. @throws {Problem} `polar_failed` for anything else */
function readAddress(text: string): string {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) throw new Problem('polar_failed');
  return url.href;
}

async function withRetry<T>(call: () => Promise<T>, mayRepeat: (error: unknown) => boolean): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const seconds = error instanceof PolarRateLimitError ? (error.retryAfter ?? 1) : 0.2;
    if (!mayRepeat(error) || seconds > LONGEST_WAIT_SECONDS) throw error;
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    return call();
  }
}
