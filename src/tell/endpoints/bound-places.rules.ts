/*
 * Places inside the operator's own Cloudflare account that events are sent to instead of a URL: a queue, or another Worker
 * (ADR 113). The operator binds each for one app by the binding's name, so that no app can name another's.
 */

type BoundKind = 'queue' | 'worker';

/** A place as an endpoint's `url` names it: `queue:orders`. */
export interface BoundPlace {
  kind: BoundKind;
  name: string;
}

const BOUND = /^(queue|worker):([a-z][a-z0-9-]{0,39})$/;

/** Undefined when the URL is one, or nothing at all. */
export function readBoundPlace(url: string): BoundPlace | undefined {
  const [, kind, name] = BOUND.exec(url) ?? [];
  return kind === undefined || name === undefined ? undefined : { kind: kind as BoundKind, name };
}

/**
 * The binding that stands for a place of an app: `FLOE_QUEUE__QUAY_LIVE__ORDERS`. Slugs and names have no underscore, so no two of
 * them make one name.
 */
export function bindingOf({ kind, name }: BoundPlace, appSlug: string): string {
  return `FLOE_${kind}__${appSlug}__${name}`.replaceAll('-', '_').toUpperCase();
}
