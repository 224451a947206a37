/** What each type of benefit gives (facts §4.5, §7). */

import type { BenefitRow, GrantRow, LicenseKeyRow } from '../state.ts';
import { addInterval, isoFromMs } from '../time.ts';
import type { World } from '../world.ts';
import { creditMeter } from './meters.ts';

type LicenseKeysBenefit = Extract<BenefitRow, { type: 'license_keys' }>;

/** What a grant says when it is granted, by type of benefit; gives keys and credits on the way. */
export function grantProperties(world: World, benefit: BenefitRow, grant: GrantRow): Record<string, unknown> {
  switch (benefit.type) {
    case 'license_keys':
      return licenseKeyFor(world, benefit, grant);
    case 'downloadables':
      return { files: benefit.properties.files.filter((id) => !benefit.properties.archived[id]) };
    case 'meter_credit':
      creditMeter(world, grant.customer_id, benefit.properties.meter_id, benefit.properties.units);
      return {
        last_credited_meter_id: benefit.properties.meter_id,
        last_credited_units: benefit.properties.units,
        last_credited_at: world.stamp(),
      };
    case 'discord':
    case 'github_repository':
    case 'slack_shared_channel':
      return grant.properties;
    case 'custom':
    case 'feature_flag':
      return {};
    default:
      return benefit satisfies never;
  }
}

export function licenseKeyOf(world: World, grant: GrantRow): LicenseKeyRow | undefined {
  const id = grant.properties['license_key_id'];
  return typeof id === 'string' ? world.tables.licenseKeys.get(id) : undefined;
}

/** A change of the benefit sets its limits anew on every key that was given for it, whatever each key said by itself. */
export function updateLicenseKey(world: World, benefit: BenefitRow, grant: GrantRow): void {
  const key = licenseKeyOf(world, grant);
  if (!key || benefit.type !== 'license_keys') return;
  Object.assign(key, limitsOf(world, benefit, grant));
  world.touch(key);
}

function limitsOf(world: World, { properties }: LicenseKeysBenefit, grant: GrantRow) {
  const { expires, activations, limit_usage } = properties;
  return {
    limit_activations: activations?.limit ?? null,
    limit_usage: limit_usage ?? null,
    // A subscription's key lives as long as the subscription does.
    expires_at:
      expires && !grant.subscription_id
        ? isoFromMs(addInterval(world.now(), expires.timeframe, expires.ttl))
        : null,
  } satisfies Partial<LicenseKeyRow>;
}

/** The same key comes back when a revoked grant is granted again. */
function licenseKeyFor(world: World, benefit: LicenseKeysBenefit, grant: GrantRow): Record<string, unknown> {
  const known = licenseKeyOf(world, grant);
  if (known) {
    known.status = 'granted';
    world.touch(known);
    return { license_key_id: known.id, display_key: known.display_key };
  }
  const { prefix } = benefit.properties;
  const bare = world.id().toUpperCase();
  const key = prefix ? `${prefix.toUpperCase()}-${bare}` : bare;
  const row = world.tables.licenseKeys.insert({
    id: world.id(),
    created_at: world.stamp(),
    modified_at: null,
    organization_id: benefit.organization_id,
    customer_id: grant.customer_id,
    member_id: grant.member_id,
    benefit_id: benefit.id,
    key,
    display_key: `****-${key.slice(-6)}`,
    status: 'granted',
    usage: 0,
    validations: 0,
    last_validated_at: null,
    ...limitsOf(world, benefit, grant),
    activations: [],
    activation_conditions: {},
  });
  return { license_key_id: row.id, display_key: row.display_key };
}
