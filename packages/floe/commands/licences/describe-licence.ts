import type { Answer } from '../../gateway/client.ts';
import type { Field } from '../../terminal/output.ts';
import { metadataLines } from '../../words/names.rules.ts';
import { saying } from '../../words/saying.rules.ts';
import { second } from '../../words/times.rules.ts';

export type Licence = Answer<'GET /v1/license-keys/{id}'>;

/** The lines of a licence key. */
export function describeLicence(licence: Licence): Field[] {
  const { activations, limit_activations } = licence;
  return saying([
    ['licence', licence.id],
    ['key', licence.key ?? licence.display_key],
    ['status', licence.status],
    ['customer', licence.customer],
    ['benefit', licence.benefit_id],
    ['used', usedOf(licence)],
    ['ends', second(licence.expires_at) ?? 'never'],
    [
      'machines',
      limit_activations === null ? 'it is not activated' : `${activations.length} of ${limit_activations}`,
    ],
    ['activations', activations.map(activationLine)],
    ['created', second(licence.created_at)],
  ]);
}

/** `4 of 9`, or `4` of a key that has no limit. */
export const usedOf = ({ usage, limit_usage }: Pick<Licence, 'usage' | 'limit_usage'>): string =>
  limit_usage === null ? `${usage}` : `${usage} of ${limit_usage}`;

function activationLine({ id, label, meta, created_at }: Licence['activations'][number]): string {
  return [id, label, `since ${second(created_at)}`, ...metadataLines(meta)].join(', ');
}
