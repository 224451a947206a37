import type { Place } from '../deliveries/send.ts';
import { bindingOf, type BoundPlace } from './bound-places.rules.ts';

/** What the operator has bound for an app under this name; undefined: nothing, or something of another kind. */
export function findBound(env: object, place: BoundPlace, appSlug: string): Place | undefined {
  const found: unknown = Reflect.get(env, bindingOf(place, appSlug));
  if (place.kind === 'queue') return isQueue(found) ? { kind: 'queue', queue: found } : undefined;
  return isWorker(found) ? { kind: 'worker', worker: found } : undefined;
}

const isObject = (found: unknown): found is object => typeof found === 'object' && found !== null;
const isQueue = (found: unknown): found is Queue =>
  isObject(found) && typeof Reflect.get(found, 'send') === 'function';
const isWorker = (found: unknown): found is Fetcher =>
  isObject(found) && typeof Reflect.get(found, 'fetch') === 'function';
