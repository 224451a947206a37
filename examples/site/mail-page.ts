import { readFile } from 'node:fs/promises';
import { Hono } from 'hono';
import { html } from 'hono/html';
import * as z from 'zod';
import { type Html, layout } from './layout.ts';

const mailShape = z.object({ at: z.string(), to: z.string(), subject: z.string(), text: z.string() });
type Mail = z.infer<typeof mailShape>;

const SHOWN = 20;
/** A sign-in code as the mail has it. */
const CODE = /\b\d{3} \d{3}\b/;
const TIME = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'UTC' });

/** A mail box for all addresses, on a machine where no mail is really sent: sign-in codes are shown here. */
export function mailRoutes(file: string | undefined): Hono {
  const routes = new Hono();
  routes.get('/mail', async (c) => {
    const mails = await readMails(file);
    return c.html(
      layout({
        title: 'Mail · Quay',
        current: '/mail',
        script: '/assets/live.js',
        body: html`<main id="main" class="page">
          <h1>Mail</h1>
          <p class="lead">What the gateway would have sent. On this machine it is only shown.</p>
          <p class="hidden" role="status" data-news></p>
          <div data-live="/mail/letters">${letters(mails)}</div>
        </main>`,
      }),
    );
  });
  /** The letters alone; the page asks for them again and again. */
  routes.get('/mail/letters', async (c) => c.html(letters(await readMails(file))));
  /** The same as data, newest first. */
  routes.get('/mail.json', async (c) => c.json({ data: await readMails(file) }));
  return routes;
}

function letters(mails: readonly Mail[]): Html {
  if (mails.length > 0) return html`${mails.map(letter)}`;
  return html`<p class="soft">
    Nothing yet. <a href="/account">Ask for a code</a> to sign in with, and come back.
  </p>`;
}

function letter(mail: Mail): Html {
  const code = CODE.exec(mail.text)?.[0];
  return html`<article class="card letter">
    <h2>${mail.subject}</h2>
    <p class="soft">To ${mail.to}, ${TIME.format(new Date(mail.at))} UTC</p>
    ${
      code === undefined
        ? ''
        : html`<p class="code">
            <code>${code}</code>
            <button type="button" data-copy="${code.replace(' ', '')}">
              Copy<span class="hidden"> the code ${code}</span>
            </button>
          </p>`
    }
    ${mail.text.trim().split('\n').map(line)}
  </article>`;
}

function line(text: string): Html {
  if (text === '') return html``;
  return /^https?:\S+$/.test(text) ? html`<p><a href="${text}">${text}</a></p>` : html`<p>${text}</p>`;
}

/** The newest first. A file that is not there yet is an empty box. */
async function readMails(file: string | undefined): Promise<Mail[]> {
  if (file === undefined) return [];
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    return [];
  }
  const lines = text.split('\n').filter((each) => each !== '');
  return lines
    .slice(-SHOWN)
    .map((each) => mailShape.parse(JSON.parse(each)))
    .toReversed();
}
