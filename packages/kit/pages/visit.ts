import type { CookieJar, Cookies } from '../cookies.ts';
import { readSessions, type KeptSession } from '../gate-sessions.ts';
import type { GateSettings } from '../gate-settings.ts';
import { forbidSharing } from '../respond.ts';
import type { MakePage, PagesSettings } from './options.ts';
import type { PageBase, PageForm } from './data.ts';
import type { Desk } from './desk.ts';
import { type FormTokens, isFormSecret, newFormSecret } from './form-token.ts';
import type { Markup } from './markup.ts';
import { chooseLanguage, type Spoken } from './language.ts';
import { writePage, writePolicy } from './layout.ts';
import { readReturnPath } from './return-path.ts';

/** A browser's secret outlives an evening with the page open in a tab. */
const SECRET_SECONDS = 30 * 86_400;

/** One request to a page of the gate's own, and what its answer needs. */
export interface Visit {
  request: Request;
  /** As the browser knows it. */
  url: URL;
  jar: CookieJar;
  cookies: Cookies;
  sessions: readonly KeptSession[];
  spoken: Spoken;
  returnTo: string;
  /** Goes with each form. */
  token: string;
  setCookies: string[];
}

export async function openVisit(
  settings: GateSettings,
  { pages, tokens }: { pages: PagesSettings; tokens: FormTokens },
  request: Request,
  to: string | null,
): Promise<Visit> {
  const url = settings.urlOf(request);
  const jar = settings.jarOf(url);
  const cookies = jar.read(request);
  const isKnown = isFormSecret(cookies.form);
  const secret = isKnown ? (cookies.form ?? '') : newFormSecret();
  return {
    request,
    url,
    jar,
    cookies,
    sessions: readSessions(settings, cookies),
    spoken: await chooseLanguage(pages, request),
    returnTo: readReturnPath(to, pages.path) ?? pages.home,
    token: await tokens.write(secret),
    setCookies: isKnown ? [] : [jar.set('form', secret, SECRET_SECONDS) ?? ''],
  };
}

/** The address of one of the gate's own pages, which leads back. */
export function linkTo({ path }: PagesSettings, name: string, returnTo: string): string {
  return `${path}${name}?to=${encodeURIComponent(returnTo)}`;
}

export function formTo(
  { path }: PagesSettings,
  name: string,
  { returnTo, token }: Visit,
  fields: Readonly<Record<string, string>> = {},
): PageForm {
  return { action: path + name, fields: { ...fields, to: returnTo, token } };
}

export function describeVisit(
  { request, spoken, returnTo }: Visit,
  pages: PagesSettings,
  { title, status }: { title: string; status: number },
): PageBase {
  return {
    request,
    status,
    ...spoken,
    title,
    siteName: pages.name,
    returnTo,
    links: { signIn: linkTo(pages, 'sign-in', returnTo), account: linkTo(pages, 'account', returnTo) },
  };
}

/** The answer with a page: the site's own where it has one, else the kit's. */
export async function sendPage<Data extends PageBase>(
  { settings, pages }: Pick<Desk, 'settings' | 'pages'>,
  visit: Visit,
  data: Data,
  make: { own: MakePage<Data> | undefined; view: (data: Data) => Markup; script?: string },
): Promise<Response> {
  const made = await makeOwn(settings, () => make.own?.(data));
  const answer =
    made instanceof Response
      ? new Response(made.body, made)
      : new Response(made ?? writePage(data, pages, make.view(data), make.script), {
          status: data.status,
          headers: { 'content-type': 'text/html; charset=utf-8' },
        });
  const { headers } = answer;
  if (made === undefined) headers.set('content-security-policy', writePolicy(pages, visit.url.origin));
  headers.set('x-content-type-options', 'nosniff');
  // The address has the way back in it. Forms need an `Origin` where a browser has no `Sec-Fetch-Site`.
  headers.set('referrer-policy', 'same-origin');
  headers.append('vary', 'Accept-Language');
  return forThisBrowser(visit, answer);
}

/** What a function of the site's makes. Where it fails the site's owner is told, and the kit's own takes its place. */
export async function makeOwn<Made>(
  settings: GateSettings,
  make: () => Made | Promise<Made> | undefined,
): Promise<NonNullable<Awaited<Made>> | undefined> {
  try {
    return (await make()) ?? undefined;
  } catch (error) {
    settings.onError(error);
    return undefined;
  }
}

/** To another page of the site, or elsewhere, with the cookies. */
export function goTo(visit: Visit, location: string): Response {
  const headers = { location, 'referrer-policy': 'no-referrer' };
  return forThisBrowser(visit, new Response(null, { status: 303, headers }));
}

function forThisBrowser({ setCookies }: Visit, answer: Response): Response {
  forbidSharing(answer.headers);
  answer.headers.set('cache-control', 'private, no-store');
  answer.headers.append('vary', 'Cookie');
  for (const cookie of setCookies) answer.headers.append('set-cookie', cookie);
  return answer;
}
