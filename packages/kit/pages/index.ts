import type { GateAnswer } from '../gate.ts';
import type { GateSettings } from '../gate-settings.ts';
import { isFromOwnPage } from '../from-own-page.ts';
import { nameOfDownload } from '../gate-handle.ts';
import { sendAccount, sendInvoice } from './account.ts';
import { buy } from './buy.ts';
import { sendDenied } from './deny.ts';
import type { Desk, GateTools } from './desk.ts';
import { sendDownload } from './download.ts';
import { openFormTokens } from './form-token.ts';
import { LINK_SCRIPT } from './link-script.ts';
import type { PagesSettings } from './options.ts';
import { refuseForm } from './problem.ts';
import { readForm } from './read-form.ts';
import { openShop } from './shop.ts';
import { askForCode, sendCode, sendSignIn, takeCode } from './sign-in.ts';
import { writeStyle } from './style.ts';
import { goTo, openVisit, type Visit } from './visit.ts';

/** The gate's own pages. They are loaded when one is needed: a reader who may read needs none. */
export interface OwnPages {
  /** The answer to a request beneath the pages' path. */
  answer(request: Request): Promise<Response>;
  /** The page for a no. Cookies of the decision are not in it. */
  deny(request: Request, answer: GateAnswer): Promise<Response>;
}

interface Page {
  /** `refused`: instead of the form that was sent, which is not taken. */
  get?: (desk: Desk, visit: Visit, refused?: { status: number; error: string }) => Promise<Response>;
  /** Runs for a form that a page of this very browser has sent. */
  post?: (desk: Desk, visit: Visit, form: URLSearchParams) => Promise<Response>;
}

const PAGES: Readonly<Record<string, Page>> = {
  'sign-in': { get: sendSignIn, post: askForCode },
  code: { get: sendCode, post: takeCode },
  account: { get: sendAccount },
  invoice: { get: sendInvoice },
  buy: { post: buy },
  'sign-out': { post: signOut },
};

/** A day: the pages are the same until the site is built anew. */
const FILE_SECONDS = 86_400;

export function openPages(settings: GateSettings, pages: PagesSettings, gate: GateTools): OwnPages {
  const desk: Desk = {
    settings,
    pages,
    gate,
    tokens: openFormTokens(settings.key),
    shop: openShop(settings),
  };
  const files: Readonly<Record<string, { type: string; text: string }>> = {
    'style.css': { type: 'text/css; charset=utf-8', text: writeStyle(pages.theme) },
    'link.js': { type: 'text/javascript; charset=utf-8', text: LINK_SCRIPT },
  };
  return {
    answer(request) {
      const name = readName(pages, request.url);
      const download = nameOfDownload(name);
      if (download !== undefined) return sendDownload(desk, request, download);
      const file = Object.hasOwn(files, name) ? files[name] : undefined;
      return file ? Promise.resolve(sendFile(file)) : answerPage(desk, request, name);
    },
    deny: (request, answer) => sendDenied(desk, request, answer),
  };
}

/** A page's name, of its address. */
function readName({ path }: PagesSettings, url: string): string {
  return new URL(url).pathname.slice(path.length).replace(/\/$/, '');
}

function sendFile({ type, text }: { type: string; text: string }): Response {
  return new Response(text, {
    headers: {
      'content-type': type,
      'cache-control': `public, max-age=${FILE_SECONDS}`,
      'x-content-type-options': 'nosniff',
    },
  });
}

async function answerPage(desk: Desk, request: Request, name: string): Promise<Response> {
  const { settings, tokens } = desk;
  const { get, post } = PAGES[name] ?? {};
  const url = settings.urlOf(request);
  if (request.method === 'POST' && post) {
    const form = await readForm(request);
    const visit = await openVisit(settings, desk, request, form?.get('to') ?? null);
    const isFromHere = isFromOwnPage(request, url);
    const isRight = await tokens.isRight(visit.cookies.form, form?.get('token') ?? null);
    if (form && isFromHere && isRight) return post(desk, visit, form);
    // Another site's form comes without the cookies, and a new one would make the forms in this browser's tabs worthless.
    if (!isFromHere) visit.setCookies = [];
    return isFromHere && get
      ? get(desk, visit, { status: 403, error: visit.spoken.text.pageOld })
      : refuseForm(desk, visit);
  }
  const visit = await openVisit(settings, desk, request, url.searchParams.get('to'));
  if (request.method === 'GET' || request.method === 'HEAD')
    // Of an address that only takes forms, a reload or a bookmark leads back.
    return get ? get(desk, visit) : goTo(visit, visit.returnTo);
  const allow = [...(get ? ['GET', 'HEAD'] : []), ...(post ? ['POST'] : [])].join(', ');
  return new Response(null, { status: 405, headers: { allow, 'cache-control': 'private, no-store' } });
}

async function signOut({ gate }: Desk, visit: Visit): Promise<Response> {
  const { setCookies } = await gate.signOut(visit.request);
  visit.setCookies.push(...setCookies, visit.jar.clear('attempt'));
  return goTo(visit, visit.returnTo);
}
