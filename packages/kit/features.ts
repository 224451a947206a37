import {
  type EntitlementClaims,
  type FeatureValue,
  type FeatureValues,
  keyOfFeature,
  opens,
  valuesIn,
} from './claims.ts';
import type { VerifyResult } from './entitlements.ts';
import type { LicenseResult } from './verify-license.ts';
import { spellName } from './resources.ts';

/** Something that the gateway has said about one or several resources. */
interface Said {
  resource: string;
  allow: boolean;
  values?: FeatureValues | undefined;
}

/**
 * What features are read from, without asking anybody: a verified token or licence (`verifyEntitlements`, `verifyLicense`), a token's claims, the answer of
 * a gate, a `Floe` in a page, or an answer of the gateway about access (`/v1/access`, `/v1/access/batch`, `FloeAccess`).
 */
export type FeatureSource =
  | VerifyResult
  | LicenseResult
  | EntitlementClaims
  | { readonly decision: unknown; readonly entitlements?: Extract<VerifyResult, { ok: true }> }
  | { readClaims(): readonly EntitlementClaims[] }
  | Said
  | { readonly results: readonly Said[] }
  | {
      readonly entitlements: readonly {
        name: string;
        expiresAt: string | null;
        values?: FeatureValues | undefined;
      }[];
    };

/**
 * Whether the source says that its customer has the feature. False is not a "no", which only the gateway can say: a token
 * may be a few minutes old, and carries only what was asked for when there is too much for a cookie.
 */
export function hasFeature(source: FeatureSource, key: string): boolean {
  return findFeature(source, key) !== undefined;
}

/**
 * All values of a feature, as the metadata of its benefit has them. Undefined when the source does not say that its
 * customer has the feature, or not what it is worth: the token was too long with its values.
 */
export function featureValues(source: FeatureSource, key: string): FeatureValues | undefined {
  return findFeature(source, key)?.values;
}

type Widened<Value extends FeatureValue> = Value extends string
  ? string
  : Value extends number
    ? number
    : boolean;

/**
 * One value of a feature. `name`: of the value in the benefit's metadata, by default `value`. Undefined when there is none.
 * With a `fallback` it is always of the fallback's kind: `"5"` is 5 where that is a number and `"true"` is true where that is
 * true or false, since Polar's form for metadata makes text of everything. What is not of that kind counts as none.
 */
export function featureValue(source: FeatureSource, key: string, name?: string): FeatureValue | undefined;
export function featureValue<Value extends FeatureValue>(
  source: FeatureSource,
  key: string,
  name: string,
  fallback: Value,
): Widened<Value>;
export function featureValue(
  source: FeatureSource,
  key: string,
  name = 'value',
  fallback?: FeatureValue,
): FeatureValue | undefined {
  const values = featureValues(source, key);
  const value = values && Object.hasOwn(values, name) ? values[name] : undefined;
  return fallback === undefined ? value : (readAs(typeof fallback, value) ?? fallback);
}

const NUMBER = /^-?\d{1,500}(?:\.\d{1,500})?$/;

function readAs(kind: string, value: FeatureValue | undefined): FeatureValue | undefined {
  if (typeof value === kind || value === undefined) return value;
  if (kind === 'string') return String(value);
  if (kind === 'boolean') return value === 'true' ? true : value === 'false' ? false : undefined;
  return typeof value === 'string' && NUMBER.test(value) ? Number(value) : undefined;
}

interface Found {
  values: FeatureValues | undefined;
}

/** Undefined: the source does not say that the feature is had. */
function findFeature(source: FeatureSource, key: string): Found | undefined {
  const resource = `feature:${key.trim()}`;
  const name = spellName(resource);
  if (name === undefined) return undefined;
  const inClaims = (claims: Pick<EntitlementClaims, 'feat'>): Found => ({
    values: valuesIn(claims, keyOfFeature(name) ?? ''),
  });
  const inSaid = (said: readonly Said[]): Found | undefined => {
    const found = said.find((each) => each.allow && spellName(each.resource) === name);
    return found && { values: found.values };
  };
  const inToken = (token: VerifyResult | LicenseResult): Found | undefined =>
    token.ok && token.allows(resource) ? inClaims(token.claims) : undefined;

  // A lookup that gave nothing must not throw in the middle of a page.
  if (typeof source !== 'object' || source === null) return undefined;
  const now = Date.now();
  if ('ok' in source) return inToken(source);
  if ('decision' in source) return source.entitlements && inToken(source.entitlements);
  if ('readClaims' in source) {
    // Their end was compared with the page's clock.
    const open = source
      .readClaims()
      .filter((claims) => opens(claims, resource, 0))
      .map(inClaims);
    return open.find(({ values }) => values !== undefined) ?? open[0];
  }
  if ('results' in source) return inSaid(source.results);
  if ('resource' in source) return inSaid([source]);
  if ('ent' in source)
    return source.exp * 1000 > now && opens(source, resource, now) ? inClaims(source) : undefined;
  if (!('entitlements' in source)) return undefined;
  return inSaid(
    source.entitlements.map(({ name: had, expiresAt, values }) => ({
      resource: had,
      allow: expiresAt === null || Date.parse(expiresAt) > now,
      values,
    })),
  );
}
