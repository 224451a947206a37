import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import { type Answer, type Call, openGateway } from '../../gateway/client.ts';
import type { Api } from '../../../kit/api.ts';
import { findSimulator, type Simulator } from '../../polar/simulator.ts';
import { locateCheckout } from '../../polar/polar-checkout.ts';
import type { Column } from '../../terminal/table.ts';
import { type Act, chooseProduct, describeLife, type Life, LIVES, needsSimulator } from './lives.rules.ts';
import { beginPurchase, isAbout, type Purchase } from './purchase.ts';

export interface TriggerOptions {
  app?: string | undefined;
  product?: string | undefined;
  email?: string | undefined;
  timeout?: number | undefined;
  list?: true | undefined;
}

type Event = Answer<'GET /v1/events'>['data'][number];

/** Keys of sandbox apps. */
const OF_SANDBOX = /^floe_sk_sandbox_/;
/** Polar's site where real money moves. */
const REAL_MONEY = 'polar.sh';
const SIMULATED_TIMEOUT_S = 60;
/** Somebody pays by hand. */
const SANDBOX_TIMEOUT_S = 900;
const FEED_WAIT_S = 20;
const REQUEST_TIMEOUT_MS = 40_000;
/** Checkouts are open for a day, and Polar looks every quarter of an hour. */
const UNTIL_EXPIRED_MS = 25 * 60 * 60 * 1000;

interface Living {
  context: Context;
  call: Call<keyof Api>;
  /** Undefined: Polar's own sandbox. */
  simulator: Simulator | undefined;
  purchase: Purchase;
  /** Events behind this one have not been seen. */
  after: number;
  /** Milliseconds since 1970. */
  until: number;
}

/** Has an event come about by what leads to it, and waits until it has come out. */
export async function trigger(
  context: Context,
  type: string | undefined,
  options: TriggerOptions,
): Promise<void> {
  if (options.list) return listLives(context);
  const life = type !== undefined && Object.hasOwn(LIVES, type) ? LIVES[type] : undefined;
  if (type === undefined || !life)
    throw new CliError(EXIT.usage, type === undefined ? 'Which event?' : `${type} cannot be triggered.`, {
      hint: 'floe trigger --list',
    });
  const { out } = context;
  const gateway = await openGateway(context, { timeoutMs: REQUEST_TIMEOUT_MS });
  refuseLive(gateway.chooseApp(options.app).secretKey);
  const call = gateway.asApp(options.app);
  const { data: products } = await call('GET /v1/products');
  const product = chooseProduct(products, life, options.product);
  if ('problem' in product) throw new CliError(EXIT.failed, product.problem);

  const [newest] = (await call('GET /v1/events', { query: { limit: 1 } })).data;
  const email = options.email ?? `buyer-${crypto.randomUUID().slice(0, 8)}@floe-mail.dev`;
  const payment = await out.step(
    `A checkout for ${product.name}`,
    () => call('POST /v1/payments', { body: { product_id: product.id, customer: { email } } }),
    ({ id }) => id,
  );
  const url = payment.checkout_url ?? '';
  if (locateCheckout(url).site === REAL_MONEY) throw liveRefusal();
  const simulator = await findSimulator(context, url);
  if (!simulator && needsSimulator(life))
    throw new CliError(
      EXIT.failed,
      `Polar’s sandbox has no way to ${describeLife(life).split(', ').at(-1)} at once.`,
      {
        hint: 'npm start has a simulated Polar, which has.',
      },
    );
  const seconds = options.timeout ?? (simulator ? SIMULATED_TIMEOUT_S : SANDBOX_TIMEOUT_S);
  const living: Living = {
    context,
    call,
    simulator,
    purchase: beginPurchase(payment, email),
    after: newest?.sequence ?? 0,
    until: context.now() + seconds * 1000,
  };
  const event = await live(living, { type, life, url, email });
  out.result(
    { type, event: event.id, sequence: event.sequence, payment: payment.id, product: product.name, email },
    `${type} has come out: event ${event.sequence}, ${event.id}.`,
  );
}

interface Wanted {
  type: string;
  life: Life;
  url: string;
  email: string;
}

async function live(living: Living, { type, life, url, email }: Wanted): Promise<Event> {
  const { context, simulator } = living;
  if (life.buys !== null) await pay(living, url, email);
  // What an act needs must have been heard of: a subscription that is paid, not one that is about to be.
  if (life.acts.length > 0 && life.buys !== null) await waitFor(living, 'payment.succeeded');
  for (const [i, act] of life.acts.entries()) {
    if (act === 'resume') await waitFor(living, 'subscription.paused');
    if (act === 'revoke' && life.acts[i - 1] === 'end_period') await waitFor(living, 'subscription.past_due');
    await context.out.step(describeAct(act), () => doAct(living, act, simulator));
  }
  return waitFor(living, type);
}

async function pay({ context: { out }, simulator }: Living, url: string, email: string): Promise<void> {
  if (simulator) return out.step(`Paying as ${email}`, () => simulator.pay(url, email));
  out.note(`Pay here with card 4242 4242 4242 4242, any later date and any CVC:\n${url}`);
}

const ACTS: Record<Act, string> = {
  refund: 'Refunding it',
  cancel: 'Canceling it with its period',
  uncancel: 'Taking that back',
  revoke: 'Ending it now',
  pause: 'Pausing it with its period',
  resume: 'Resuming it',
  end_period: 'Its period ends',
  fail_next_payment: 'Its next payment is to fail',
  wait_until_expired: 'The simulator’s clock moves 25 hours on, for everything in it',
};
const describeAct = (act: Act): string => ACTS[act];

async function doAct({ call, purchase }: Living, act: Act, simulator: Simulator | undefined): Promise<void> {
  const { id: paymentId } = purchase.payment;
  if (act === 'refund') {
    await call('POST /v1/payments/{id}/refunds', { params: { id: paymentId }, body: {} });
    return;
  }
  if (act === 'wait_until_expired') return simulator?.advanceClock(UNTIL_EXPIRED_MS);
  const { subscription_id: id } = await call('GET /v1/payments/{id}', { params: { id: paymentId } });
  if (id === null) throw new CliError(EXIT.failed, `${paymentId} has no subscription.`);
  const params = { id };
  switch (act) {
    case 'cancel':
      await call('POST /v1/subscriptions/{id}/cancel', { params, body: { at: 'period_end' } });
      return;
    case 'uncancel':
      await call('POST /v1/subscriptions/{id}/uncancel', { params, body: {} });
      return;
    case 'revoke':
      await call('POST /v1/subscriptions/{id}/cancel', { params, body: { at: 'now' } });
      return;
    case 'pause':
      await call('POST /v1/subscriptions/{id}/pause', { params, body: {} });
      return;
    case 'resume':
      await call('POST /v1/subscriptions/{id}/resume', { params, body: {} });
      return;
    case 'end_period':
      return simulator?.endPeriod(id);
    case 'fail_next_payment':
      return simulator?.failNextPayment(id);
  }
}

/** Follows the feed until a type has come out that is about the purchase; what comes before it is printed. @throws {CliError} in time */
async function waitFor(living: Living, type: string): Promise<Event> {
  const { context, call, purchase } = living;
  return context.out.step(
    `Waiting for ${type}`,
    async () => {
      for (;;) {
        const left = Math.ceil((living.until - context.now()) / 1000);
        if (left <= 0) throw tooLate(type, purchase);
        const page = await call('GET /v1/events', {
          query: { after: living.after, wait: Math.min(FEED_WAIT_S, left), limit: 1 },
        });
        living.after = page.next_after ?? living.after;
        for (const event of page.data) {
          if (!isAbout(purchase, event)) continue;
          if (event.type === type) return event;
          context.out.note(`  told: ${event.type}, event ${event.sequence}`);
        }
      }
    },
    ({ sequence }) => `event ${sequence}`,
  );
}

function tooLate(type: string, { payment }: Purchase): CliError {
  return new CliError(EXIT.failed, `${type} has not come out in time.`, {
    hint: `What has: floe events list --payment ${payment.id}. --timeout waits longer.`,
  });
}

/** Whatever else is said on the command line: what is triggered is bought, refunded and canceled. */
function refuseLive(secretKey: string): void {
  if (!OF_SANDBOX.test(secretKey)) throw liveRefusal();
}

function liveRefusal(): CliError {
  return new CliError(
    EXIT.refused,
    'Events are triggered in the sandbox alone: this key or checkout is of live mode.',
    {
      hint: 'Use the key of a sandbox app: --app quay-sandbox, or --profile. In live mode, buy and refund it yourself.',
    },
  );
}

interface Row {
  type: string;
  does: string;
  needs_simulator: boolean;
}
const COLUMNS: readonly Column<Row>[] = [
  { title: 'type', text: ({ type }) => type, keep: true },
  { title: 'by', text: ({ does }) => does },
  { title: 'where', text: ({ needs_simulator }) => (needs_simulator ? 'simulator' : 'everywhere') },
];

function listLives({ out }: Context): void {
  const rows = Object.entries(LIVES).map(([type, life]) => ({
    type,
    does: describeLife(life),
    needs_simulator: needsSimulator(life),
  }));
  out.table(rows, COLUMNS);
}
