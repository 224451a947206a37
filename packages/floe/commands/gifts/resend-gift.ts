import type { Context } from '../../context.ts';
import { actOnce, type OnceOptions } from '../../gateway/act-once.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { given } from '../../words/given.rules.ts';
import { describeGift, giftName } from './describe-gift.ts';

interface Options extends OnceOptions, AppOptions {
  to?: string | undefined;
}

/** Replaces the link of a gift, after a question, since the former stops working. */
export async function resendGift(context: Context, id: string, options: Options): Promise<void> {
  const { out } = context;
  const call = (await openGateway(context)).asApp(options.app);
  const before = await call('GET /v1/gifts/{id}', { params: { id } });
  const to = options.to ?? before.to_email;
  await out.confirm(
    `Make a new link for ${giftName(before)}? The former one stops working, and the new one is ${to === null ? 'printed here' : `mailed to ${to}`}.`,
  );
  const gift = await actOnce(context, options, (idempotencyKey) =>
    call('POST /v1/gifts/{id}/resend', {
      params: { id },
      body: given({ to_email: options.to }),
      idempotencyKey,
    }),
  );
  out.details(gift, [
    ...describeGift(gift),
    ...(gift.claim_url === null ? [] : [['link', gift.claim_url] as const]),
  ]);
  if (gift.claim_url !== null) out.note('The link is printed this once. Whoever has it can accept the gift.');
}
