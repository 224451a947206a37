import { strict as assert } from 'node:assert';
import { readdir, readFile } from 'node:fs/promises';
import { request } from 'node:http';
import path from 'node:path';
import type { Site } from './site.ts';

/* What somebody tries who will not pay: other spellings of the address, what frameworks send among themselves, the built files. */

/** What is gated: `/blog/<name>`, and a sentence of it. */
interface Gated {
  name: string;
  secret: string;
}

const ARTICLE: Gated = { name: 'premium-article', secret: 'At four the reefers begin to hum.' };

function pathsOf(name: string): string[] {
  const escaped = `%${name.charCodeAt(0).toString(16)}${name.slice(1)}`;
  return [
    `/blog/${name}`,
    `/blog/${name}/`,
    `/Blog/${name}`,
    `/BLOG/${name.toUpperCase()}`,
    `/blog/${escaped}`,
    `/%62log/${name}`,
    `/blog//${name}`,
    `//blog/${name}`,
    `/blog%2f${name}`,
    `/blog\\${name}`,
    `/floe/../blog/${name}`,
    `/floe/%2e%2e/blog/${name}`,
    `/blog/x/../${name}`,
    `/blog/${name}?_rsc=1`,
    `/blog/${name}.rsc`,
    `/blog/${name}.md`,
    `/blog/${name}.html`,
    `/blog/${name}.txt`,
    `/blog/${name}.json`,
    `/blog/${name}/__data.json`,
    `/blog/${name}/__data.json?x-sveltekit-trailing-slash=1`,
    `/blog/${name}/index.html`,
    `/_next/data/build/blog/${name}.json`,
  ];
}

/** Of Next: what once switched its proxy off (CVE-2025-29927), parts of pages, prefetching, rewriting; of Astro: other addresses. */
const headersOf = (name: string): Record<string, string>[] => [
  {},
  { 'x-middleware-subrequest': Array(5).fill('proxy').join(':') },
  { 'x-middleware-subrequest': Array(5).fill('middleware').join(':') },
  { rsc: '1' },
  { rsc: '1', 'next-router-prefetch': '1' },
  { 'x-nextjs-data': '1' },
  { 'x-middleware-prefetch': '1' },
  { 'x-middleware-rewrite': `/blog/${name}` },
  { 'x-invoke-path': `/blog/${name}` },
  { 'x-astro-path': `/blog/${name}` },
  { 'x-original-url': `/blog/${name}` },
  { 'x-sveltekit-pathname': '/' },
];
/** Where builds put what everybody may load. */
const PUBLIC_FOLDERS = ['build/client', '.next/static', 'dist/client'];

/** @throws when what is gated is in an answer to somebody who has bought nothing, or in a file that everybody may load */
export async function assertNoWayAround({ folder, port }: Site, gated = ARTICLE): Promise<void> {
  const { name: page, secret } = gated;
  const allHeaders = headersOf(page);
  for (const where of pathsOf(page))
    for (const headers of allHeaders) {
      const text = await ask(port, where, headers);
      assert.ok(!text.includes(secret), `${where} with ${JSON.stringify(headers)}`);
    }
  // Through the first page, which is public, too.
  for (const headers of allHeaders)
    assert.ok(!(await ask(port, '/', headers)).includes(secret), JSON.stringify(headers));
  for (const name of PUBLIC_FOLDERS) {
    const files = await readdir(path.join(folder, name), { recursive: true, withFileTypes: true }).catch(
      () => [],
    );
    for (const file of files.filter((each) => each.isFile())) {
      const where = path.join(file.parentPath, file.name);
      assert.ok(!(await readFile(where, 'utf8')).includes(secret), `${where} has what is gated`);
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
