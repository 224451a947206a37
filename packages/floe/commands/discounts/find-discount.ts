import type { Api } from '../../../kit/api.ts';
import { CliError } from '../../cli-error.ts';
import { EXIT } from '../../exit-codes.ts';
import type { Call } from '../../gateway/client.ts';
import type { Discount } from './describe-discount.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A discount that is named by its id or its code. @throws {CliError} when the app has none so */
export async function findDiscount(call: Call<keyof Api>, named: string): Promise<Discount> {
  if (UUID.test(named)) return call('GET /v1/discounts/{id}', { params: { id: named } });
  const found = await findByCode(call, named);
  if (found) return found;
  throw new CliError(EXIT.notFound, `The app has no discount with the code ${named}.`, {
    hint: 'To see those it has: floe discounts list --all',
  });
}

/** The app's discount with a code, in whatever case. */
export async function findByCode(call: Call<keyof Api>, code: string): Promise<Discount | undefined> {
  let cursor: string | null = null;
  do {
    const query: { code: string; cursor?: string } = { code, ...(cursor === null ? {} : { cursor }) };
    const page: { data: Discount[]; next_cursor: string | null } = await call('GET /v1/discounts', { query });
    const [found] = page.data;
    if (found) return found;
    cursor = page.next_cursor;
  } while (cursor !== null);
  return undefined;
}
