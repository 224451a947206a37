import { strict as assert } from 'node:assert';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { newReader } from './reader.ts';
import { runSite, type Site } from './site.ts';

/* What Express does that the other frameworks do not: parsers read bodies before the gate, and routes match paths as they came. */

const SECRET = 'At four the reefers begin to hum.';
const FILE = 'parsed.js';
/** `URL` makes a public page of each; Express's routes take them as they are. */
const PATHS = [
  '/blog/../',
  '/blog/x/../../',
  '/blog/%2e%2e/',
  '/blog/..\\',
  '/Blog/../',
  '/blog/premium-article/../../',
];

/** The guide's program with parsers before the gate, and a route for all that is beneath `/blog`. */
function programOf({ guide, port }: Site): string {
  const text = guide.gated.get('server.js') ?? '';
  const parsers = 'app.use(express.urlencoded({ extended: true }), express.json(), express.text());';
  const all = `app.use('/blog', (req, res) => res.send('${SECRET}'));`;
  return text
    .replace('const app = express();', `const app = express();\n${parsers}`)
    .replace('app.listen(3000)', `${all}\napp.listen(${port})`);
}

/** The steps by name, in order, and what ends the site wherever its story ended. */
export function tellParsers({ browser, site }: { browser: Browser; site: Site }): {
  steps: [name: string, run: () => Promise<void>][];
  close: () => Promise<void>;
} {
  let running: Awaited<ReturnType<typeof runSite>> | undefined;
  const steps: [name: string, run: () => Promise<void>][] = [
    [
      'it runs with parsers before the gate',
      async () => {
        await writeFile(path.join(site.folder, FILE), programOf(site));
        running = await runSite({ ...site, guide: { ...site.guide, run: `node --env-file=.env ${FILE}` } });
      },
    ],
    [
      'the gate reads its forms all the same',
      async () => {
        const { context, page } = await newReader(browser);
        await page.goto(`${site.origin}/floe/sign-in`);
        await page.getByLabel('E-mail address').fill('parsers@floe-mail.dev');
        await page.getByRole('button', { name: 'Send code' }).click();
        await page.getByLabel('Code').waitFor();
        await context.close();
      },
    ],
    [
      'attack: no spelling of a path leads past the gate',
      async () => {
        for (const where of [...PATHS, '/blog/premium-article']) {
          const said = await sendRaw(site.port, where);
          assert.match(said, /^HTTP\/1\.1 40[01] /, where);
          assert.ok(!said.includes(SECRET), where);
        }
      },
    ],
  ];
  return { steps, close: async () => running?.close() };
}

/** A request as no browser would write it. */
function sendRaw(port: number, where: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, 'localhost');
    let said = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    socket.on('end', () => resolve(said)).on('error', reject);
    socket.write(`GET ${where} HTTP/1.1\r\nhost: localhost:${port}\r\nconnection: close\r\n\r\n`);
  });
}
