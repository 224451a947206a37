import type { Api } from '../../../kit/api.ts';
import { CliError } from '../../cli-error.ts';
import { EXIT } from '../../exit-codes.ts';
import type { Answer, Call } from '../../gateway/client.ts';
import type { Field } from '../../terminal/output.ts';
import { saying } from '../../words/saying.rules.ts';
import { second } from '../../words/times.rules.ts';

export type Campaign = Answer<'GET /v1/campaigns/{id}'>;

/** The lines of a campaign. */
export function describeCampaign(campaign: Campaign): Field[] {
  return saying([
    ['campaign', campaign.id],
    ['name', campaign.name],
    ['code', campaign.code],
    [
      'discounts, in turn',
      campaign.rules.map(({ discount_id, product_ids }) =>
        product_ids === null ? discount_id : `${discount_id} for ${product_ids.join(', ')}`,
      ),
    ],
    ['created', second(campaign.created_at)],
    ['changed', campaign.updated_at === campaign.created_at ? null : second(campaign.updated_at)],
  ]);
}

/** A campaign that is named by its id or its code. @throws {CliError} when the app has none so */
export async function findCampaign(call: Call<keyof Api>, named: string): Promise<Campaign> {
  if (named.startsWith('cmp_')) return call('GET /v1/campaigns/{id}', { params: { id: named } });
  let cursor: string | null = null;
  do {
    const query: { limit: number; cursor?: string } = { limit: 100, ...(cursor === null ? {} : { cursor }) };
    const page: { data: Campaign[]; next_cursor: string | null } = await call('GET /v1/campaigns', { query });
    const found = page.data.find(({ code }) => code.toUpperCase() === named.toUpperCase());
    if (found) return found;
    cursor = page.next_cursor;
  } while (cursor !== null);
  throw new CliError(EXIT.notFound, `The app has no campaign with the code ${named}.`, {
    hint: 'To see those it has: floe campaigns list',
  });
}
