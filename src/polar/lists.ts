import type { createPolarCore } from '@polar-sh/sdk/2026-10';
import { listBenefitGrants } from '@polar-sh/sdk/2026-10/services/benefit_grants';
import { listBenefits } from '@polar-sh/sdk/2026-10/services/benefits';
import { listCheckouts } from '@polar-sh/sdk/2026-10/services/checkouts';
import { listCustomers } from '@polar-sh/sdk/2026-10/services/customers';
import { listDisputes } from '@polar-sh/sdk/2026-10/services/disputes';
import { listOrders } from '@polar-sh/sdk/2026-10/services/orders';
import { listProducts } from '@polar-sh/sdk/2026-10/services/products';
import { listRefunds } from '@polar-sh/sdk/2026-10/services/refunds';
import { listSubscriptions } from '@polar-sh/sdk/2026-10/services/subscriptions';
import * as z from 'zod/mini';
import type { ListName } from '../base/polar-lists.rules.ts';

type Core = ReturnType<typeof createPolarCore>;
interface Page {
  page: number;
  limit: number;
}

const listPage = z.object({
  items: z.array(z.unknown()),
  pagination: z.object({ max_page: z.int() }),
});

/** A page of any list. @throws when it is not what Polar documents */
export function parsePage(answer: unknown): { items: unknown[]; maxPage: number } {
  const { items, pagination } = listPage.parse(answer);
  return { items, maxPage: pagination.max_page };
}

/**
 * Asks for one page of a list. Whole lists come oldest first, so that what is new does not move the pages. `since`
 * (milliseconds) is given to Polar where it filters by creation; the other lists are read until they are too old.
 */
export function requestList(core: Core, list: ListName, page: Page, since: number | null): Promise<unknown> {
  switch (list) {
    case 'benefits':
      return listBenefits(core)({ ...page, sorting: ['created_at'] });
    case 'products':
      return listProducts(core)({ ...page, sorting: ['created_at'] });
    case 'new_customers':
      return listCustomers(core)({ ...page, sorting: ['-created_at'] });
    case 'customers':
      return listCustomers(core)({ ...page, sorting: ['created_at'] });
    case 'new_members':
      return listMembers(core, { ...page, sorting: ['-created_at'] });
    case 'members':
      return listMembers(core, { ...page, sorting: ['created_at'] });
    case 'live_subscriptions':
      return listSubscriptions(core)({
        ...page,
        status: ['incomplete', 'trialing', 'active', 'past_due', 'unpaid', 'paused'],
        sorting: ['started_at'],
      });
    case 'ended_subscriptions':
      return listSubscriptions(core)({ ...page, status: 'canceled', sorting: ['-ended_at'] });
    case 'subscriptions':
      return listSubscriptions(core)({ ...page, sorting: ['started_at'] });
    case 'recent_orders':
      return listOrders(core)({
        ...page,
        sorting: ['created_at'],
        ...(since === null ? {} : { created_after: new Date(since).toISOString() }),
      });
    case 'pending_orders':
      return listOrders(core)({ ...page, status: 'pending', sorting: ['created_at'] });
    case 'orders':
      return listOrders(core)({ ...page, sorting: ['created_at'] });
    case 'new_refunds':
      return listRefunds(core)({ ...page, sorting: ['-created_at'] });
    case 'refunds':
      return listRefunds(core)({ ...page, sorting: ['created_at'] });
    case 'new_checkouts':
      return listCheckouts(core)({ ...page, sorting: ['-created_at'] });
    case 'new_grants':
      return listBenefitGrants(core)({ ...page, sorting: ['-created_at'] });
    case 'granted_grants':
      return listBenefitGrants(core)({ ...page, is_granted: true, sorting: ['-granted_at'] });
    case 'revoked_grants':
      return listBenefitGrants(core)({ ...page, is_granted: false, sorting: ['-revoked_at'] });
    case 'grants':
      return listBenefitGrants(core)({ ...page, sorting: ['created_at'] });
    case 'new_disputes':
      return listDisputes(core)({ ...page, sorting: ['-created_at'] });
    case 'open_disputes':
      return listDisputes(core)({
        ...page,
        status: ['early_warning', 'needs_response', 'under_review'],
        sorting: ['created_at'],
      });
    case 'disputes':
      return listDisputes(core)({ ...page, sorting: ['created_at'] });
  }
}

/** Members of all customers: Polar documents the list, its SDK only knows the one of a single customer. */
async function listMembers(core: Core, query: Page & { sorting: string[] }): Promise<unknown> {
  const request = core.buildRequest('GET', '/v1/members/', {}, { ...query }, undefined);
  return core.parseResponse(await core.sendRequest(request), 'json', {});
}
