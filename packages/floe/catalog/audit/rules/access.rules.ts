import type { Rule } from '../rule.rules.ts';

/* Who else hears and may do things. */

/** What says nothing of customers or of what is bought. */
const OF_NOBODY = /^(?:organization|product|benefit|discount)\./;

export const webhookElsewhere: Rule = {
  code: 'webhook_elsewhere',
  severity: 'warning',
  title: 'The gateway alone hears of purchases',
  reason:
    'Another endpoint sees the customers and purchases of all products of the organization, and an app that listens itself may deliver twice.',
  mend: 'Delete the endpoint at Polar, and subscribe to the gateway’s events in its place. If it is meant, switch the rule off.',
  needs: ['endpoints'],
  check({ facts: { endpoints = [], apps } }) {
    const hearing = endpoints.filter(
      ({ enabled, events }) => enabled && events.some((type) => !OF_NOBODY.test(type)),
    );
    const gateways = hearing.filter(({ url }) => isGateway(url, apps?.gateway));
    // Where no gateway is named, the first that looks like one is taken for it.
    const own = apps ? gateways : gateways.slice(0, 1);
    return hearing
      .filter((each) => !own.includes(each))
      .map(({ id, url }) => ({
        about: id,
        message: `The endpoint ${id} at ${hostOf(url)} hears of purchases.`,
      }));
  },
};

const isGateway = (url: string, gateway: string | undefined): boolean =>
  gateway === undefined ? url.endsWith('/webhooks/polar') : url === `${gateway}/webhooks/polar`;

/** Paths of webhooks are secrets now and then. */
const hostOf = (url: string) => (URL.canParse(url) ? new URL(url).host : 'an address that is none');

export const tokenScopes: Rule = {
  code: 'token_scopes',
  severity: 'warning',
  title: 'The access token may do no more than push a catalogue',
  reason:
    'It lies in CI and on developers’ machines. Who finds it should read no customers and move no money.',
  mend: 'Make a token at Polar with products, benefits, meters, files, custom_fields and discounts alone (write), and organizations, webhooks and subscriptions to read.',
  needs: ['excessScopes'],
  check({ config: { product }, facts: { excessScopes = [] } }) {
    if (excessScopes.length === 0) return [];
    return [{ about: product, message: `The token of ${product} also has ${excessScopes.join(', ')}.` }];
  },
};
