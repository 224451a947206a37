import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { Bindings } from '../../src/base/config.ts';
import { mailGift } from '../../src/sell/gifts/mail-gift.ts';
import { createServices } from '../../src/wiring.ts';
import { seedPurchase, seedWare, type Shop, type Ware } from '../access/access-rows.ts';
import { GATEWAY_URL } from '../harness/bindings.ts';
import {
  type Answer,
  type Jar,
  type Mailed,
  openDesk,
  seedCustomer,
  someone,
} from '../people/sign-in-calls.ts';

/* A shop that sells gifts, at the gateway's front door with its mail caught. */

const CONTENT = 'content:blog/premium';

/** What tests look for in a gift. What it really has they assert. */
interface GiftBody {
  id: string;
  status: string;
  payment_id: string;
  claim_url: string | null;
  checkout_url: string | null;
  refund_id: string | null;
  mail: { status: string; attempts: number; error: string | null } | null;
  recipient: Record<string, string | null> | null;
  code: string;
  detail: string;
}

/** An address of its own for each visitor: visitors are counted. */
let visitors = 0;
const visitor = () => `198.18.${Math.floor(++visitors / 250) % 250}.${(visitors % 250) + 1}`;

export function openGiftDesk(more: Partial<Bindings> = {}) {
  const desk = openDesk(more);
  const bindings = () => ({ ...env, MAIL: mailBinding(desk) }) as unknown as Bindings;

  /** What the queue does with a gift's message. */
  async function mail(id: string): Promise<void> {
    const context = createExecutionContext();
    await mailGift({ ...createServices(bindings(), context), wake: () => undefined }, id);
    await waitOnExecutionContext(context);
  }
  const post = async (shop: Shop, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    asGift(await desk.send('POST', path, { key: shop.secretKey, headers, ...(body ? { body } : {}) }));
  return {
    ...desk,
    mail,
    give: (shop: Shop, body: object, headers = {}) => post(shop, '/v1/gifts', body, headers),
    resend: (shop: Shop, id: string, body: object = {}) => post(shop, `/v1/gifts/${id}/resend`, body),
    cancel: (shop: Shop, id: string, body: object = { refund: false }) =>
      post(shop, `/v1/gifts/${id}/cancel`, body),
    claim: (shop: Shop, link: string, customer: string, headers = {}) =>
      post(shop, '/v1/gift-claims', { code: link, customer }, headers),
    show: async (shop: Shop, id: string) =>
      asGift(await desk.send('GET', `/v1/gifts/${id}`, { key: shop.secretKey })),
    /** Opens a link in a browser. */
    open: (link: string, jar: Jar, headers = {}) =>
      desk.send('GET', pathOf(link), { jar, headers: { 'cf-connecting-ip': visitor(), ...headers } }),
    /** Opens a link and clicks its button. */
    async accept(link: string, { jar = new Map(), email }: { jar?: Jar; email?: string } = {}) {
      const page = await this.open(link, jar);
      const token = tokenIn(page.text);
      // The page of a gift that is over has no button.
      return token === '' ? page : this.click(link, { jar, email, token });
    },
    click(link: string, { jar, email, token }: { jar: Jar; email?: string | undefined; token: string }) {
      return desk.send('POST', pathOf(link), {
        jar,
        headers: { origin: GATEWAY_URL, 'cf-connecting-ip': visitor() },
        form: { form_token: token, ...(email === undefined ? {} : { email }) },
      });
    },
    /** The session that a site gets for whoever comes from the page of a claimed gift. */
    async arrive(shop: Shop, accepted: Answer): Promise<string> {
      const url = new URL((accepted.headers.get('refresh') ?? '').replace('0; url=', ''));
      const code = url.searchParams.get('code') ?? '';
      for (const name of ['code', 'payment_id', 'status']) url.searchParams.delete(name);
      const { body } = await desk.send('POST', '/v1/sessions/exchange', {
        key: shop.secretKey,
        body: { code, callback_url: url.href },
      });
      return body.session;
    },
    /** May whoever this is read? `who`: a session, or the app's name for a customer. */
    async mayRead(shop: Shop, who: string): Promise<boolean> {
      const isSession = who.startsWith('floe_st_');
      const query = `/v1/access?max_age=0&resource=${CONTENT}`;
      const answer = await desk.send(
        'GET',
        isSession ? query : `${query}&customer=${encodeURIComponent(who)}`,
        {
          key: isSession ? who : shop.secretKey,
        },
      );
      return answer.body.allow;
    },
  };
}
export type GiftDesk = ReturnType<typeof openGiftDesk>;

const mailBinding = (desk: { mails: Mailed[]; trouble: { mail: number } }) => ({
  send: async (mail: Mailed) => {
    if (desk.trouble.mail > 0) {
      desk.trouble.mail -= 1;
      throw Object.assign(new Error(`the address ${mail.to} is suppressed`), {
        code: 'E_RECIPIENT_SUPPRESSED',
      });
    }
    desk.mails.push(structuredClone(mail));
    return { messageId: 'x' };
  },
});

function asGift(answer: Answer) {
  return { ...answer, body: answer.body as unknown as GiftBody };
}

const pathOf = (link: string) => link.replace(GATEWAY_URL, '');
export const tokenIn = (page: string) => /name="form_token" value="([^"]+)"/.exec(page)?.[1] ?? '';
/** The link in a mail. */
export const giftLinkIn = (mail: Mailed | undefined) =>
  /^https?:\S+\/gift\/\S+$/m.exec(mail?.text ?? '')?.[0] ?? '';

/** Somebody has bought `content:blog/premium`. */
export async function seedBought(shop: Shop, ware?: Ware, payment: object = {}) {
  const email = someone();
  const giver = await seedCustomer(shop, email);
  const bought = ware ?? (await seedWare(shop, { content: 'blog/premium' }));
  const purchase = await seedPurchase(shop, bought, giver, { customerEmail: email, ...payment });
  return { ...purchase, giver, email, ware: bought };
}
