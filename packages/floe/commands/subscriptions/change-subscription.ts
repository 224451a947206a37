import type { Api } from '../../../kit/api.ts';
import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import { actOnce, type OnceOptions, PATIENCE } from '../../gateway/act-once.ts';
import { type AppOptions, type Call, openGateway } from '../../gateway/client.ts';
import { customerName, productName } from '../../words/names.rules.ts';
import { day } from '../../words/times.rules.ts';
import { describeSubscription, type Subscription } from './describe-subscription.ts';

export interface ChangeOptions extends OnceOptions, AppOptions {}

interface Refusal {
  code: string;
  message: string;
}

interface Change {
  /** Why it cannot be done, in the gateway's codes: said before anybody is asked. */
  refuse?: (subscription: Subscription) => Refusal | undefined;
  /** What happens and what that costs or ends, as a question. `of`: whose subscription to what, for the sentence. */
  ask(subscription: Subscription, of: string): string | Promise<string>;
  send(idempotencyKey: string): Promise<Subscription>;
  /** A time in what is sent that may count from now. */
  moment?: string | undefined;
}

/** Changes a subscription, after a question with the consequences, and shows it as it is then. */
export async function changeSubscription(
  context: Context,
  id: string,
  options: ChangeOptions,
  plan: (call: Call<keyof Api>) => Change | Promise<Change>,
): Promise<void> {
  const { out } = context;
  const call = (await openGateway(context, PATIENCE)).asApp(options.app);
  const change = await plan(call);
  // Who says yes beforehand is not asked, so nothing needs to be read for the question.
  if (!context.options.yes) {
    const subscription = await call('GET /v1/subscriptions/{id}', { params: { id } });
    // With the key of an earlier try the gateway answers what became of that one.
    const refused =
      options.idempotencyKey === undefined
        ? (refuseEnded(subscription) ?? change.refuse?.(subscription))
        : undefined;
    if (refused) throw new CliError(EXIT.failed, refused.message, { code: refused.code });
    await out.confirm(await change.ask(subscription, subscriptionOf(subscription)));
  }
  const changed = await actOnce(context, options, (key) => change.send(key), change.moment);
  out.details(changed, describeSubscription(changed));
}

const refuseEnded = ({ ended_at }: Subscription): Refusal | undefined =>
  ended_at === null
    ? undefined
    : {
        code: 'subscription_ended',
        message: `This subscription ended ${day(ended_at)}. It cannot be changed any more; the customer can buy again.`,
      };

const subscriptionOf = ({ id, customer, product }: Subscription) =>
  `the subscription of ${customerName(customer)} to ${productName(product)} (${id})`;
