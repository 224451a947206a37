import { createCustomerSessions } from '@polar-sh/sdk/2026-10/services/customer_sessions';
import { listDownloadables } from '@polar-sh/sdk/2026-10/services/customer_portal/downloadables';
import type { createPolarCore } from '@polar-sh/sdk/2026-10';
import type { PolarDownload, PolarGateway } from '../base/polar-gateway.ts';
import { parseDownload } from './parse-download.rules.ts';
import { parsePage } from './lists.ts';
import { readRefusal } from './refusals.ts';

type Core = ReturnType<typeof createPolarCore>;
type Who = Parameters<PolarGateway['fetchDownloads']>[0];

const PAGE_SIZE = 100;
/** Ids in one address, so that it stays below what servers take. */
const MAX_BENEFITS = 50;

/**
 * The files of a customer by these benefits, all pages. Polar lists them to the customer alone, so a session is made. It
 * opens the customer's portal with all that they have in the organization: it lives in this function only, and Polar
 * ends it after an hour, since it has no call that does so sooner. `request` makes each call.
 * @throws what the SDK throws
 */
export async function fetchDownloads(
  { core, asCustomer }: { core: Core; asCustomer: (token: string) => Core },
  { customerId, memberId, benefitIds }: Who,
  request: <T>(call: () => Promise<T>) => Promise<T>,
): Promise<PolarDownload[]> {
  const session = await openSession(core, { customerId, memberId }, request);
  if (!session) return [];
  const list = listDownloadables(asCustomer(session.token));
  const found: PolarDownload[] = [];
  for (let from = 0; from < benefitIds.length; from += MAX_BENEFITS) {
    const benefit_id = benefitIds.slice(from, from + MAX_BENEFITS);
    for (let page = 1; ; page++) {
      const answer = await request(() => list({ benefit_id, page, limit: PAGE_SIZE }));
      const { items, maxPage } = parsePage(answer);
      for (const item of items) {
        const download = parseDownload(item);
        if (download && benefit_id.includes(download.benefitId)) found.push(download);
      }
      if (page >= maxPage) break;
    }
  }
  return found;
}

/** Undefined for a customer or member whom Polar does not know any more. */
async function openSession(
  core: Core,
  { customerId, memberId }: Omit<Who, 'benefitIds'>,
  request: <T>(call: () => Promise<T>) => Promise<T>,
): Promise<{ token: string } | undefined> {
  try {
    return await request(() =>
      createCustomerSessions(core)({
        customer_id: customerId,
        ...(memberId === null ? {} : { member_id: memberId }),
      }),
    );
  } catch (error) {
    const refusal = readRefusal(error);
    const isAboutThem =
      refusal?.status === 422 && refusal.errors.every(({ path }) => /(customer|member)_id$/.test(path));
    if (isAboutThem || refusal?.status === 404) return undefined;
    throw error;
  }
}
