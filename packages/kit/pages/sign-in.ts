import { nameExchange } from '../exchange.ts';
import { keepAttempt, readAttempt } from './attempt.ts';
import type { Desk } from './desk.ts';
import { sayTooMany, sendFailure } from './problem.ts';
import { asFloeError } from './shop.ts';
import { viewCode, viewSignIn } from './views.ts';
import { describeVisit, formTo, goTo, linkTo, sendPage, type Visit } from './visit.ts';

/** The longest address that the gateway takes, and the longest answer to it. */
const MAX_EMAIL_CHARS = 254;
const MAX_CODE_CHARS = 60;
const MAX_AGENT_CHARS = 500;

/** The page that asks for the address. */
export function sendSignIn(
  desk: Desk,
  visit: Visit,
  { status = 200, email = '', error = null }: { status?: number; email?: string; error?: string | null } = {},
): Promise<Response> {
  const { pages } = desk;
  const data = {
    ...describeVisit(visit, pages, { title: visit.spoken.text.signIn, status }),
    form: formTo(pages, 'sign-in', visit),
    email,
    error,
  };
  return sendPage(desk, visit, data, { own: pages.signIn, view: viewSignIn });
}

/** Has a code mailed, and leads to the page that takes it: the same for every address. */
export async function askForCode(desk: Desk, visit: Visit, form: URLSearchParams): Promise<Response> {
  const { settings, pages } = desk;
  const { text } = visit.spoken;
  const email = (form.get('email') ?? '').trim();
  const wrong = () =>
    sendSignIn(desk, visit, {
      status: 400,
      email: email.slice(0, MAX_EMAIL_CHARS),
      error: text.emailWrong,
    });
  if (email.length > MAX_EMAIL_CHARS || !/^[^\s@]+@[^\s@]+$/.test(email)) return wrong();
  try {
    const started = await start(desk, visit, email);
    keepAttempt(visit, { id: started.attempt, browserToken: started.browser_token, email });
    return goTo(visit, linkTo(pages, 'code', visit.returnTo));
  } catch (thrown) {
    const error = asFloeError(thrown);
    if (error.code === 'validation_failed') return wrong();
    if (error.status === 429) {
      const again = await sendSignIn(desk, visit, { status: 429, email, error: sayTooMany(visit, error) });
      if (error.retryAfter !== undefined) again.headers.set('retry-after', String(error.retryAfter));
      return again;
    }
    if (error.code === 'mail_not_configured') settings.onError(error);
    return sendFailure(desk, visit, error, { mail_not_configured: { status: 503, text: 'noMail' } });
  }
}

async function start({ settings, shop, pages }: Desk, visit: Visit, email: string) {
  const link = visit.url.origin + linkTo(pages, 'code', visit.returnTo);
  try {
    return await shop.floe('POST /v1/sign-in', { body: { email, return_url: link } });
  } catch (thrown) {
    const error = asFloeError(thrown);
    if (error.code !== 'disallowed_url') throw error;
    // Nobody is kept out for it: the mail has the code alone then.
    settings.onError(error);
    return shop.floe('POST /v1/sign-in', { body: { email } });
  }
}

/** The page that takes the code. The mail's link leads here too. */
export function sendCode(
  desk: Desk,
  visit: Visit,
  { status = 200, error = null }: { status?: number; error?: string | null } = {},
): Promise<Response> {
  const { pages } = desk;
  const { text } = visit.spoken;
  const attempt = readAttempt(visit.cookies);
  if (!attempt) return sendSignIn(desk, visit, { status, error: text.askFirst });
  const data = {
    ...describeVisit(visit, pages, { title: text.codeTitle, status }),
    form: formTo(pages, 'code', visit),
    email: attempt.email,
    error,
    again: linkTo(pages, 'sign-in', visit.returnTo),
    script: `${pages.path}link.js`,
  };
  return sendPage(desk, visit, data, { own: pages.code, view: viewCode, script: data.script });
}

/** Signs in with the code, or with what is behind the mail's link, and leads back. */
export async function takeCode(desk: Desk, visit: Visit, form: URLSearchParams): Promise<Response> {
  const { shop, gate } = desk;
  const { text } = visit.spoken;
  const attempt = readAttempt(visit.cookies);
  const [linkAttempt, linkToken] = (form.get('link') ?? '').split('.', 2);
  // The link in the mail is of another attempt than the browser's last one.
  if (!attempt || (linkToken !== undefined && linkAttempt !== attempt.id))
    return sendSignIn(desk, visit, { status: 400, error: text.askFirst });
  const code = (form.get('code') ?? '').slice(0, MAX_CODE_CHARS);
  if (linkToken === undefined && code.trim() === '')
    return sendCode(desk, visit, { status: 400, error: text.codeWrong });
  const [before] = visit.sessions;
  const agent = visit.request.headers.get('user-agent')?.slice(0, MAX_AGENT_CHARS);
  try {
    const signedIn = await shop.floe('POST /v1/sign-in/verify', {
      // The form may be sent twice by one double click, and a code is right once.
      idempotencyKey: await nameExchange(`${attempt.id}\n${linkToken ?? code}`, attempt.browserToken),
      body: {
        attempt: attempt.id,
        browser_token: attempt.browserToken,
        ...(linkToken === undefined ? { code } : { link_token: linkToken.slice(0, 80) }),
        ...(before ? { session: before.session } : {}),
        ...(agent ? { user_agent: agent } : {}),
      },
    });
    visit.setCookies.push(
      ...gate.keepSession(visit.request, signedIn, before?.session),
      visit.jar.clear('attempt'),
    );
    return goTo(visit, visit.returnTo);
  } catch (thrown) {
    const error = asFloeError(thrown);
    if (error.code === 'invalid_code' || error.code === 'validation_failed')
      return sendCode(desk, visit, { status: 400, error: text.codeWrong });
    return sendFailure(desk, visit, error, {});
  }
}
