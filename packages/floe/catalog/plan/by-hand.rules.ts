import { type Benefit, CONNECTED } from '../model/benefits.rules.ts';
import type { Entry } from '../model/catalog.rules.ts';

/* What no program may do for somebody: an organization is connected with Discord, GitHub and Slack in Polar's dashboard. */

/** Without these Polar makes no such benefit, and they are of one organization alone. */
const NEEDED: Readonly<Partial<Record<Benefit['type'], string>>> = {
  discord: 'guild_token',
  github_repository: 'repository_name',
  slack_shared_channel: 'slack_integration_id',
};

/** What somebody does before an entry can be made; undefined: nothing. */
export function todoBefore(entry: Entry): string | undefined {
  if (!('properties' in entry && 'description' in entry)) return undefined;
  const { type, description, properties } = entry;
  const needed = NEEDED[type];
  if (needed === undefined || needed in properties) return undefined;
  return `connect ${CONNECTED[type] ?? type} in Polar’s dashboard and make the benefit "${description}" there; it is found by this description`;
}
