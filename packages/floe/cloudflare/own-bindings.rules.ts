/*
 * Queues and Workers that an operator has bound for an app's endpoints (ADR 113). No release has them, so that a deployment takes them over
 * from the Worker that runs.
 */

/** A binding as Cloudflare shows it. */
interface Shown {
  type: string;
  name: string;
  queue_name?: string;
  service?: string;
  environment?: string;
}

interface OwnBindings {
  producers: { binding: string; queue: string }[];
  services: { binding: string; service: string; environment?: string }[];
}

/** Whether no release has a binding of this name. */
export function isOwn(name: string): boolean {
  return /^FLOE_(QUEUE|WORKER)__/.test(name);
}

/** Those of the Worker's bindings as wrangler has them. */
export function readOwnBindings(bindings: readonly Shown[]): OwnBindings {
  const own = bindings.filter(({ name }) => isOwn(name));
  return {
    producers: own.flatMap(({ type, name, queue_name: queue }) =>
      type === 'queue' && queue !== undefined ? [{ binding: name, queue }] : [],
    ),
    services: own.flatMap(({ type, name, service, environment }) =>
      type === 'service' && service !== undefined
        ? [{ binding: name, service, ...(environment === undefined ? {} : { environment }) }]
        : [],
    ),
  };
}
