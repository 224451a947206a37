import { readFile } from 'node:fs/promises';
import { Hono } from 'hono';
import { html } from 'hono/html';
import * as z from 'zod';
import { type Html, layout } from './layout.ts';

const mailShape = z.object({ at: z.string(), to: z.string(), subject: z.string(), text: z.string() });
type Mail = z.infer<typeof mailShape>;

const SHOWN = 20;
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
        refreshSeconds: 5,
        body: html`<main id="main" class="page">
          <h1>Mail</h1>
          <p class="lead">What the gateway would have sent. On this machine it is only shown.</p>
          ${
            mails.length === 0
              ? html`<p class="soft">Nothing yet. Ask for a code to sign in with, and come back.</p>`
              : mails.map(letter)
          }
        </main>`,
      }),
    );
  });
  /** The same as data, newest first. */
  routes.get('/mail.json', async (c) => c.json({ data: await readMails(file) }));
  return routes;
}

function letter(mail: Mail): Html {
  return html`<article class="card">
    <h2>${mail.subject}</h2>
    <p class="soft">To ${mail.to}, ${TIME.format(new Date(mail.at))} UTC</p>
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
