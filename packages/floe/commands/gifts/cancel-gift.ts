import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import { PATIENCE } from '../../gateway/act-once.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { describeGift, giftName } from './describe-gift.ts';

interface Options extends AppOptions {
  refund: boolean;
}

/** Takes back a gift that nobody has accepted, with its money or without, after a question. */
export async function cancelGift(context: Context, id: string, { app, refund }: Options): Promise<void> {
  const { out } = context;
  const call = (await openGateway(context, PATIENCE)).asApp(app);
  const before = await call('GET /v1/gifts/{id}', { params: { id } });
  if (before.status === 'claimed')
    throw new CliError(EXIT.failed, 'This gift has been accepted, so it is the recipient’s.', {
      code: 'gift_claimed',
      hint: `Only a refund takes it away: floe payments refund ${before.payment_id}`,
    });
  const isPaid = before.status !== 'awaiting_payment' && before.status !== 'unpaid';
  const paysBack = refund && isPaid;
  const consequence = paysBack
    ? 'all of its money goes back to the giver, which cannot be taken back'
    : isPaid
      ? 'the purchase is its buyer’s again; no money goes back'
      : 'when it is paid later, the purchase is its buyer’s';
  await out.confirm(
    `Take ${giftName(before)} back${before.to_email === null ? '' : ` from ${before.to_email}`}? Its link stops working, and ${consequence}.`,
  );
  const gift = await call('POST /v1/gifts/{id}/cancel', { params: { id }, body: { refund: paysBack } });
  out.details(gift, [
    ...describeGift(gift),
    ...(gift.refund_id === null ? [] : [['refund', gift.refund_id] as const]),
  ]);
}
