import type { Env } from './env.ts';
import { readMode } from './gate-settings.ts';

export { type CatalogPage, type SoldPages, soldPages, type SoldPagesData } from './sold-pages.ts';

/* Ids of products by their names, from the file that `floe catalog push` writes beside the configuration. */

type Mode = 'live' | 'sandbox';
type Ids = Readonly<Record<string, Readonly<Partial<Record<Mode, string>>>>>;

/** `floe.lock.json`, imported as JSON: its names are the types of what can be asked for. */
export interface CatalogLock {
  readonly product: string;
  readonly products: Ids;
  readonly benefits: Ids;
  readonly discounts: Ids;
  readonly meters: Ids;
}

/** Each gives an id at Polar. @throws {TypeError} when the name is not in the file, or has not been pushed to the mode */
export interface CatalogIds<Lock extends CatalogLock> {
  product: (name: keyof Lock['products'] & string) => string;
  benefit: (name: keyof Lock['benefits'] & string) => string;
  discount: (name: keyof Lock['discounts'] & string) => string;
  meter: (name: keyof Lock['meters'] & string) => string;
}

/**
 * The ids of one mode.
 * @example
 * import lock from '../floe.lock.json' with { type: 'json' };
 * const { product } = catalogIds(lock, 'live');
 */
export function catalogIds<const Lock extends CatalogLock>(lock: Lock, mode: Mode): CatalogIds<Lock> {
  return readIds(lock, () => mode);
}

/**
 * The ids of the mode that the app's secret key is of: `FLOE_SECRET_KEY` in `process.env`, Cloudflare's `env` and whatever else `gateFromEnv`
 * takes. It is read at the first question, so that a site can be built where its key is not.
 * @example
 * export const { product } = catalogFromEnv(process.env, lock);
 * await floe('POST /v1/payments', { body: { product_id: product('quay:monthly'), success_url } });
 * @throws {TypeError} at the first question, when the key is not set or wrong
 */
export function catalogFromEnv<const Lock extends CatalogLock>(env: Env, lock: Lock): CatalogIds<Lock> {
  let mode: Mode | undefined;
  return readIds(lock, () => (mode ??= modeOf(env)));
}

function modeOf(env: Env): Mode {
  const name = 'FLOE_SECRET_KEY';
  const key: unknown =
    typeof env === 'function' ? (env as (name: string) => unknown)(name) : Reflect.get(env, name);
  if (typeof key !== 'string' || key === '')
    throw new TypeError(
      `floe: ${name} ${key === '' ? 'is empty' : 'is not set'} in the environment that catalogFromEnv was given. Its mode is the catalogue’s.`,
    );
  return readMode('floe', name, key);
}

function readIds<Lock extends CatalogLock>(lock: Lock, mode: () => Mode): CatalogIds<Lock> {
  const reader = (kind: 'products' | 'benefits' | 'discounts' | 'meters') => (name: string) => {
    // Own names alone: `constructor` is no product.
    const found = Object.hasOwn(lock[kind], name) ? lock[kind][name] : undefined;
    if (!found)
      throw new TypeError(
        `floe: the lock file of ${lock.product} has no ${name} among its ${kind}. Push the catalogue (floe catalog push), or mend the name.`,
      );
    const id = found[mode()];
    if (id === undefined)
      throw new TypeError(
        `floe: ${name} has not been pushed to ${mode()}: floe catalog push --mode ${mode()}, and deploy the lock file that it writes.`,
      );
    return id;
  };
  return {
    product: reader('products'),
    benefit: reader('benefits'),
    discount: reader('discounts'),
    meter: reader('meters'),
  };
}
