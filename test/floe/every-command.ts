import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { createProgram } from '../../packages/floe/program.ts';

/* All commands, and how each can be typed. */

/** Every command with the words that call it, groups too; `floe` itself has none. */
export function everyCommand(): { words: string[]; isGroup: boolean }[] {
  const walk = (command: CommandUnknownOpts, words: string[]): { words: string[]; isGroup: boolean }[] => {
    const beneath = command
      .createHelp()
      .visibleCommands(command)
      .filter((each) => each.name() !== 'help');
    return [
      { words, isGroup: beneath.length > 0 },
      ...beneath.flatMap((each) => walk(each, [...words, each.name()])),
    ];
  };
  const unused = { terminal: {} as never, env: {} };
  return walk(
    createProgram(() => () => Promise.resolve(), unused),
    [],
  );
}

const APP = 'quay-sandbox';
const EP = 'ep_01kb3z8q4yf6dvkwm2t5n9cr7e';
const PAYMENT = 'pay_01kb3z8q4yf6dvkwm2t5n9cr7e';
const SUBSCRIPTION = '3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607';
const GIFT = 'gft_01kb3z8q4yf6dvkwm2t5n9cr7e';
const CAMPAIGN = 'cmp_01kb3z8q4yf6dvkwm2t5n9cr7e';
const LINK = 'lnk_01kb3z8q4yf6dvkwm2t5n9cr7e';
const PRODUCT = '3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607';

/** What is typed behind a command, beside a gateway that answers with the examples. */
export const SAMPLES: Readonly<Record<string, string>> = {
  'apps list': '',
  'apps show': APP,
  'apps create': 'kiosk --mode sandbox --callback https://shop.example-site.dev/thanks',
  'apps update': `${APP} --name Quay`,
  'apps origins': `${APP} --add https://two.example`,
  'apps callbacks': APP,
  'keys list': APP,
  'keys create': `${APP} --scope access:read`,
  'keys end': `${APP} key_01kb3z8q4yf6dvkwm2t5n9cr7e 24h`,
  'keys revoke': `${APP} key_01kb3z8q4yf6dvkwm2t5n9cr7e`,
  'products list': '',
  'products prices': '',
  'products plans': `--from ${PRODUCT}`,
  'products assign': `${PRODUCT} atlas-sandbox`,
  'products unassign': PRODUCT,
  'endpoints list': '--all',
  'endpoints show': EP,
  'endpoints create': 'https://receiver.example-site.dev/more',
  'endpoints update': `${EP} --pause`,
  'endpoints delete': EP,
  'endpoints test': EP,
  'endpoints rotate-secret': EP,
  audit: '--all',
  'payments list': '--all',
  'payments show': PAYMENT,
  'payments create': `--product ${PRODUCT}`,
  'payments refund': PAYMENT,
  'subscriptions list': '',
  'subscriptions show': SUBSCRIPTION,
  'subscriptions cancel': SUBSCRIPTION,
  'subscriptions uncancel': SUBSCRIPTION,
  'subscriptions pause': SUBSCRIPTION,
  'subscriptions resume': SUBSCRIPTION,
  'subscriptions change': `${SUBSCRIPTION} --product ${PRODUCT}`,
  'subscriptions seats': `${SUBSCRIPTION} 5`,
  'subscriptions discount': `${SUBSCRIPTION} ${PRODUCT}`,
  'subscriptions trial': `${SUBSCRIPTION} 7d`,
  'subscriptions preview': `${SUBSCRIPTION} --product ${PRODUCT}`,
  'subscriptions revoke': SUBSCRIPTION,
  'refunds list': '',
  'disputes list': '--status needs_response',
  'disputes show': PRODUCT,
  'disputes accept': PRODUCT,
  'unrouted list': '--mode sandbox',
  'unrouted adopt': `order ${PRODUCT} ${APP}`,
  'unrouted dismiss': `subscription ${SUBSCRIPTION}`,
  'refunds show': 'ref_01kb3z8q4yf6dvkwm2t5n9cr7e',
  'discounts list': '--all',
  'discounts show': PRODUCT,
  'discounts redemptions': PRODUCT,
  'discounts create': '--name Launch --code LAUNCH --percent 50 --max 100',
  'discounts codes': 'codes.txt --count 3 --prefix LAUNCH --name Launch --amount usd=3.00',
  'discounts delete': PRODUCT,
  'campaigns list': '--all',
  'campaigns show': CAMPAIGN,
  'campaigns remaining': CAMPAIGN,
  'campaigns create': `--name May --code MAY --rule ${PRODUCT} --rule ${PRODUCT}=${PRODUCT}`,
  'campaigns delete': CAMPAIGN,
  'checkout-links list': '--all',
  'checkout-links show': LINK,
  'checkout-links create': `--label Newsletter --product ${PRODUCT} --locale de`,
  'checkout-links update': `${LINK} --seats 3`,
  'checkout-links delete': LINK,
  'licences list': '--all',
  'licences show': PRODUCT,
  'licences update': `${PRODUCT} --status disabled --expires 30d`,
  'licences deactivate': `${PRODUCT} 3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f60a`,
  'downloads list': '--customer external:user-1 --all',
  'downloads files': '',
  'downloads show': PRODUCT,
  'grants list': '--all',
  'grants show': PRODUCT,
  'grants create': '--customer external:user-1 --resource content:blog/* --reason Trial --expires 14d',
  'grants revoke': 'grt_01kb3z8q4yf6dvkwm2t5n9cr7e',
  'grants fulfil': `${PRODUCT} --by Ada`,
  'gifts list': '--all',
  'gifts show': GIFT,
  'gifts create': `--product ${PRODUCT}`,
  'gifts resend': GIFT,
  'gifts cancel': GIFT,
  'access explain': '--customer external:user-1 --resource content:blog/one',
  'customers list': '--all',
  'customers show': 'external:user-1',
  'customers create': 'user-1 --email ada@readers.dev --name Ada',
  'customers name': `${PRODUCT} user-1`,
  'customers export': 'external:user-1',
  'customers erase': 'external:user-1',
  'customers timeline': 'external:user-1 --all',
  'events list': '',
  'events show': 'evt_01kb3z8q4yf6dvkwm2t5n9cr7e',
  'events replay': 'evt_01kb3z8q4yf6dvkwm2t5n9cr7e',
  'deliveries list': '',
  'deliveries show': 'dlv_01kb3z8q4yf6dvkwm2t5n9cr7e',
  'deliveries replay': 'dlv_01kb3z8q4yf6dvkwm2t5n9cr7e',
  recover: `${EP} --since 1d`,
  'polar-events list': '',
  'polar-events show': 'pev_01kb3z8q4yf6dvkwm2t5n9cr7e',
  'polar-events reapply': 'pev_01kb3z8q4yf6dvkwm2t5n9cr7e',
  'reconcile start': '--mode sandbox',
  'reconcile list': '',
  'reconcile show': 'rec_01kb3z8q4yf6dvkwm2t5n9cr7e',
  'reconcile cancel': 'rec_01kb3z8q4yf6dvkwm2t5n9cr7e',
  trigger: '--list',
  'catalog plan': '',
  'catalog push': '',
  'catalog pull': 'quay --dry-run',
  'catalog promote': '--dry-run',
  'catalog upload': '',
  'catalog open': 'monthly',
  'catalog audit': '--format text',
  'profiles list': '',
  'profiles add': 'live --gateway https://pay.example.com',
  'profiles use': 'kept',
  'profiles remove': 'kept',
  completion: 'bash',
};

/** What a command ends with that does not end with 0, since its sample is so that something would change, or is found. */
export const ENDS_WITH: Readonly<Record<string, number>> = { 'catalog plan': 2, 'catalog audit': 1 };

/** What these print in a terminal too is for programs: a script, a message as it is sent. Its lines are as long as they are. */
export const PRINTS_LINES_AS_THEY_ARE: ReadonlySet<string> = new Set([
  'catalog open',
  // YAML, to be read by programs.
  'catalog pull',
  'completion',
  'customers export',
  'events show',
  'polar-events show',
]);

/** Commands that do more than ask a gateway, and the test that shows what holds for all: what is printed is JSON, and fits. */
export const SHOWN_BY: Readonly<Record<string, string>> = {
  listen: 'listen.test.ts',
  smoke: 'smoke.test.ts',
  'catalog init': 'catalog/init.test.ts',
  'catalog import-monakiosk': 'catalog/import-monakiosk.test.ts',
  setup: '../cloudflare/setup.test.ts',
  upgrade: '../cloudflare/upgrade.test.ts',
  doctor: 'doctor.test.ts',
  'events tail': 'tail.test.ts',
  'licences validate': 'use-calls.test.ts',
  'rotate signing': 'rotate/rotations.test.ts',
  'rotate encryption': 'rotate/rotations.test.ts',
  'rotate webhook': 'rotate/rotations.test.ts',
  'rotate admin': 'rotate/rotations.test.ts',
  'rotate app-key': 'rotate/rotations.test.ts',
  'payments invoice': 'people.test.ts',
  'payments receipt': 'people.test.ts',
  'payments export': 'exports.test.ts',
  'refunds export': 'exports.test.ts',
  'subscriptions export': 'exports.test.ts',
  'customers export-all': 'exports.test.ts',
  'reconcile watch': 'people.test.ts',
  'subscriptions units': 'people-calls.test.ts',
};
