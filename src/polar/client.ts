import { PolarClientError, PolarNetworkError, PolarRateLimitError, PolarServerError } from '@polar-sh/sdk';
import { createPolarCore } from '@polar-sh/sdk/2026-10';
import { listBenefitGrants } from '@polar-sh/sdk/2026-10/services/benefit_grants';
import { clientUpdateCheckouts, createCheckouts } from '@polar-sh/sdk/2026-10/services/checkouts';
import { createCustomerSessions } from '@polar-sh/sdk/2026-10/services/customer_sessions';
import { listOrders } from '@polar-sh/sdk/2026-10/services/orders';
import { listProducts } from '@polar-sh/sdk/2026-10/services/products';
import { listRefunds } from '@polar-sh/sdk/2026-10/services/refunds';
import * as z from 'zod/mini';
import { parseJson } from '../base/json.rules.ts';
import type { Config } from '../base/config.ts';
import type { Mode } from '../base/mode.rules.ts';
import { describeErrors, type FieldError, Problem } from '../base/problem.ts';
import { FETCH_OBJECT } from './fetch-object.ts';
import { parsePage, requestList } from './lists.ts';
import { enableEndpoint, fetchEndpoints, registerEndpoint } from './webhook-endpoints.ts';
import { type PolarRead, type PolarPage, type PolarGateway } from '../base/polar-gateway.ts';

/** The SDK's default of 5 s is shorter than some of Polar's calls. Seconds. */
const TIMEOUT_SECONDS = 10;
/** A buyer is waiting, so at Polar's limit there is one short pause, then the answer is 503. Seconds. */
const LONGEST_WAIT_SECONDS = 2;
const PAGE_SIZE = 100;

/** A product that is not what Polar documents must not make the token look wrong. */
const probed = z.object({
  items: z.array(z.catch(z.object({ organization_id: z.optional(z.string()) }), {})),
});

/**
 * Polar's API of `mode`. `onRequest` is waited for before each request that a budget has to count, second tries too; what it throws
 * is thrown instead.
 * @throws {Problem} `mode_not_configured`
 */
export function createPolarGateway(
  config: Config,
  mode: Mode,
  onRequest: () => void | Promise<void> = () => undefined,
): PolarGateway {
  const settings = config.modes[mode];
  if (!settings)
    throw new Problem('mode_not_configured', { detail: `The mode ${mode} has no Polar credentials.` });
  const core = createPolarCore({
    accessToken: settings.accessToken,
    baseUrl: settings.apiUrl,
    timeout: TIMEOUT_SECONDS,
  });
  const parseResponse = core.parseResponse.bind(core);
  core.parseResponse = (response, ...how) => {
    // Numbers stay as Polar wrote them.
    response.json = async () => parseJson(await response.text()) as never;
    return parseResponse(response, ...how);
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
      throw toProblem(error);
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
      throw toProblem(error);
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

  const once = async <T>(call: () => Promise<T>): Promise<T> => {
    try {
      return await counted(call)();
    } catch (error) {
      throw toProblem(error);
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
        throw toProblem(error);
      }
    },
    async applyDiscountCode(clientSecret, code) {
      const requestedAt = Date.now();
      try {
        const data = await withRetry(
          counted(() => clientUpdateCheckouts(core)(clientSecret, { discount_code: code })),
          isTransient,
        );
        return { data, requestedAt };
      } catch (error) {
        throw toProblem(error);
      }
    },
    async fetchObject(kind, id, customerId = '') {
      const fetchOne = FETCH_OBJECT[kind];
      return fetchOne ? fetchIfKnown(() => fetchOne(core, id, customerId)) : undefined;
    },
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
        const url = URL.parse(session.customer_portal_url);
        if (!url || !/^https?:$/.test(url.protocol)) throw new Problem('polar_failed');
        return url.href;
      }),
    fetchRefunds: (orderId, page) =>
      fetchOnePage(page, (at) => listRefunds(core)({ order_id: orderId, sorting: ['-created_at'], ...at })),
    fetchGrants: (customerId, page) =>
      fetchOnePage(page, (at) =>
        listBenefitGrants(core)({ customer_id: customerId, sorting: ['-created_at'], ...at }),
      ),
    fetchPage: (list, page, since) =>
      once(async () => {
        const requestedAt = Date.now();
        const answer = await requestList(core, list, { page, limit: PAGE_SIZE }, since);
        return { ...parsePage(answer), requestedAt };
      }),
    async probe() {
      try {
        const { items } = probed.parse(await counted(() => listProducts(core)({ limit: 1 }))());
        return { kind: 'ready', organizationId: items[0]?.organization_id };
      } catch (error) {
        const status = error instanceof PolarClientError ? error.statusCode : undefined;
        if (status === 401) return { kind: 'unauthorized' };
        if (status === 403) return { kind: 'scope_missing' };
        throw toProblem(error);
      }
    },
    fetchWebhookEndpoints: () => once(() => fetchEndpoints(core)),
    enableWebhookEndpoint: (id, events) => once(() => enableEndpoint(core, id, events)),
    registerWebhookEndpoint: (input) => once(() => registerEndpoint(core, input)),
  };
}

/** Whether Polar refused for good (a scope that the token lacks, a filter it does not take): waiting changes nothing. */
export function isRefusal(error: unknown): boolean {
  return (
    error instanceof Problem &&
    error.cause instanceof PolarClientError &&
    !(error.cause instanceof PolarRateLimitError)
  );
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

function isRateLimit(error: unknown): boolean {
  return error instanceof PolarRateLimitError;
}

function isTransient(error: unknown): boolean {
  return isRateLimit(error) || isNetworkError(error) || error instanceof PolarServerError;
}

/** The SDK hands on what goes wrong while an answer's body is read as the platform says it. */
function isNetworkError(error: unknown): boolean {
  if (error instanceof PolarNetworkError) return true;
  if (!(error instanceof Error)) return false;
  return (
    error.name === 'TimeoutError' || error.name === 'AbortError' || /network|terminated/i.test(error.message)
  );
}

const RETRY_AFTER_SECONDS = 5;

function toProblem(cause: unknown): unknown {
  if (cause instanceof PolarRateLimitError) {
    return new Problem('polar_unavailable', {
      detail: 'Polar’s rate limit is reached. Try again shortly.',
      retryAfter: cause.retryAfter ?? RETRY_AFTER_SECONDS,
      cause,
    });
  }
  if (isNetworkError(cause))
    return new Problem('polar_unavailable', { retryAfter: RETRY_AFTER_SECONDS, cause });
  if (cause instanceof PolarServerError)
    return new Problem('polar_failed', { retryAfter: RETRY_AFTER_SECONDS, cause });
  if (cause instanceof PolarClientError && cause.statusCode === 422) {
    const errors = readFieldErrors(cause.error);
    const detail = describeErrors(errors);
    return new Problem('polar_rejected', { ...(detail ? { detail, errors } : {}), cause });
  }
  if (cause instanceof PolarClientError) {
    return new Problem('polar_failed', {
      detail: `Polar answered ${cause.statusCode}.`,
      retryAfter: RETRY_AFTER_SECONDS,
      cause,
    });
  }
  return cause;
}

/** Polar's validation errors, `{detail: [{loc, msg}]}`, in our form. */
function readFieldErrors(body: unknown): FieldError[] {
  if (typeof body !== 'object' || body === null || !('detail' in body)) return [];
  if (typeof body.detail === 'string') return [{ path: 'body', message: body.detail }];
  if (!Array.isArray(body.detail)) return [];
  return body.detail.flatMap((issue: unknown) => {
    if (typeof issue !== 'object' || issue === null || !('loc' in issue) || !('msg' in issue)) return [];
    const path = Array.isArray(issue.loc) ? issue.loc.map(String).join('.') : 'body';
    return [{ path, message: String(issue.msg) }];
  });
}
