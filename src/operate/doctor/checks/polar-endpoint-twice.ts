import type { Check } from '../check.ts';

export const polarEndpointTwice: Check = {
  code: 'polar_endpoint_twice',
  area: 'polars-webhook-endpoint',
  severity: 'warning',
  title: 'Polar sends everything twice',
  each: 'mode',
  async look(evidence, mode) {
    const url = `${evidence.config.url}/webhooks/polar`;
    const ours = (await evidence.polarEndpoints(mode)).filter((each) => each.url === url && each.enabled);
    const shared = new Set(
      ours.flatMap(({ events }, at) =>
        events.filter((type) => ours.some((other, i) => i > at && other.events.includes(type))),
      ),
    );
    // Several may share the types between them.
    if (shared.size === 0) return [];
    const ids = ours.map(({ id }) => id).join(', ');
    const secrets = evidence.config.modes[mode]?.webhookSecrets ?? [];
    const isRotating =
      new Set(ours.map(({ secret }) => secret)).size === ours.length &&
      ours.every(({ secret }) => secrets.includes(secret));
    return [
      {
        target: url,
        detail: `${ours.length} enabled endpoints of the organization have the address ${url}: ${ids}. Each event comes ${ours.length} times.${isRotating ? ' Their secrets differ and all are known here: a rotation was begun.' : ''}`,
        mend: isRotating
          ? `npx floe rotate webhook --mode ${mode}`
          : 'Delete all but one of them in the organization’s webhook settings at Polar.',
      },
    ];
  },
};
