import { strict as assert } from 'node:assert';
import { readdir, readFile } from 'node:fs/promises';
import { request } from 'node:http';
import path from 'node:path';
import type { Site } from './site.ts';

/* What somebody tries who will not pay: other spellings of the address, what frameworks send among themselves, the built files. */

const SECRET = 'At four the reefers begin to hum.';
const PATHS = [
  '/blog/premium-article',
  '/blog/premium-article/',
  '/Blog/premium-article',
  '/BLOG/PREMIUM-ARTICLE',
  '/blog/%70remium-article',
  '/%62log/premium-article',
  '/blog//premium-article',
  '//blog/premium-article',
  '/blog%2fpremium-article',
  '/blog\\premium-article',
  '/floe/../blog/premium-article',
  '/floe/%2e%2e/blog/premium-article',
  '/blog/x/../premium-article',
  '/blog/premium-article?_rsc=1',
  '/blog/premium-article.rsc',
  '/blog/premium-article.html',
  '/blog/premium-article.txt',
  '/blog/premium-article.json',
  '/blog/premium-article/__data.json',
  '/blog/premium-article/__data.json?x-sveltekit-trailing-slash=1',
  '/blog/premium-article/index.html',
  '/_next/data/build/blog/premium-article.json',
];
/** Of Next: what once switched its proxy off (CVE-2025-29927), parts of pages, prefetching, rewriting; of Astro: other addresses. */
const HEADERS: Record<string, string>[] = [
  {},
  { 'x-middleware-subrequest': Array(5).fill('proxy').join(':') },
  { 'x-middleware-subrequest': Array(5).fill('middleware').join(':') },
  { rsc: '1' },
  { rsc: '1', 'next-router-prefetch': '1' },
  { 'x-nextjs-data': '1' },
  { 'x-middleware-prefetch': '1' },
  { 'x-middleware-rewrite': '/blog/premium-article' },
  { 'x-invoke-path': '/blog/premium-article' },
  { 'x-astro-path': '/blog/premium-article' },
  { 'x-original-url': '/blog/premium-article' },
  { 'x-sveltekit-pathname': '/' },
];
/** Where builds put what everybody may load. */
const PUBLIC_FOLDERS = ['build/client', '.next/static', 'dist/client'];

/** @throws when the article is in an answer to somebody who has bought nothing, or in a file that everybody may load */
export async function assertNoWayAround({ folder, port }: Site): Promise<void> {
  for (const where of PATHS)
    for (const headers of HEADERS) {
      const text = await ask(port, where, headers);
      assert.ok(!text.includes(SECRET), `${where} with ${JSON.stringify(headers)}`);
    }
  // Through the first page, which is public, too.
  for (const headers of HEADERS)
    assert.ok(!(await ask(port, '/', headers)).includes(SECRET), JSON.stringify(headers));
  for (const name of PUBLIC_FOLDERS) {
    const files = await readdir(path.join(folder, name), { recursive: true, withFileTypes: true }).catch(
      () => [],
    );
    for (const file of files.filter((each) => each.isFile())) {
      const where = path.join(file.parentPath, file.name);
      assert.ok(!(await readFile(where, 'utf8')).includes(SECRET), `${where} has what is gated`);
    }
  }
}

/** The answer's text, whatever its status. A path is sent as it is. */
function ask(port: number, where: string, headers: Record<string, string>): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: 'localhost', port, path: where, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve(text));
    });
    sent.on('error', reject).end();
  });
}
