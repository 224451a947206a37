import { readVariable, writeValue } from '../samples/variables.ts';
import type { Language } from '../samples/request.ts';

/** The product of the examples in the reference. */
const EXAMPLE_PRODUCT = '3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607';
/** What the addresses begin with that guides print. */
const PRINTED = '127.0.0.1:878';
const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];

/** What a gateway that `npm start` runs tells the pages on its own machine. */
interface Local {
  app: string;
  values: Readonly<Record<string, string>>;
  product_id: string | null;
  site_url: string;
  polar_url: string;
}

/** Puts this gateway's address into the samples and, on a developer's own machine, the keys of an app there. */
export async function fillInSamples(): Promise<void> {
  const wrappers = [...document.querySelectorAll<HTMLElement>('.samples')];
  for (const wrapper of wrappers) fillIn(wrapper, { FLOE_URL: location.origin });
  const isAddressPrinted = document.querySelector('main')?.textContent?.includes(PRINTED) ?? false;
  if (!LOOPBACK.includes(location.hostname) || (wrappers.length === 0 && !isAddressPrinted)) return;
  const local = await askLocal();
  if (!local) return;
  sayAddresses(local);
  for (const wrapper of wrappers) {
    fillIn(wrapper, local.values);
    if ('product' in wrapper.dataset && local.product_id !== null)
      for (const code of codesOf(wrapper)) replace(code.element, EXAMPLE_PRODUCT, local.product_id);
    for (const { element, language } of codesOf(wrapper)) if (language === 'python') tidyPython(element);
    note(wrapper, local);
  }
}

/** Two texts side by side are one, and what nothing uses is not imported. */
function tidyPython(element: HTMLElement): void {
  replace(element, `${location.origin}" + "`, location.origin);
  replace(element, '"Bearer " + "', '"Bearer ');
  if (!element.textContent?.includes('os.environ')) replace(element, 'import os\n', '');
}

/** Guides print the addresses of a first `npm start`. Here stand those of the one that shows the page. */
function sayAddresses({ site_url, polar_url }: Local): void {
  const main = document.querySelector('main');
  if (!main) return;
  const addresses = [
    ['http://127.0.0.1:8787', location.origin],
    ['http://127.0.0.1:8788', polar_url],
    ['http://127.0.0.1:8789', site_url],
  ] as const;
  // First a mark, then the address: one's own may be what is printed for another.
  const change = (say: (from: string, to: string) => void) => {
    for (const [index, [printed]] of addresses.entries()) say(printed, `\u0001${index}`);
    for (const [index, [, own]] of addresses.entries()) say(`\u0001${index}`, own);
  };
  for (const code of main.querySelectorAll<HTMLElement>('pre code'))
    if (code.textContent?.includes(PRINTED)) change((from, to) => replace(code, from, to));
  const walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = node as Text;
    if (!text.parentElement?.closest('pre') && text.data.includes(PRINTED))
      change((from, to) => (text.data = text.data.replaceAll(from, to)));
  }
  for (const link of main.querySelectorAll<HTMLAnchorElement>(`a[href^="http://${PRINTED}"]`)) {
    let href = link.href;
    change((from, to) => (href = href.replace(from, to)));
    link.href = href;
  }
}

async function askLocal(): Promise<Local | undefined> {
  const response = await fetch('/docs/local-keys', {
    headers: { accept: 'application/json' },
    // The page's own policy is no-referrer, and the gateway gives keys to whoever says that it is a page of its own.
    referrerPolicy: 'origin',
  });
  return response.ok ? ((await response.json()) as Local) : undefined;
}

function fillIn(wrapper: HTMLElement, values: Readonly<Record<string, string>>): void {
  for (const { element, language } of codesOf(wrapper))
    for (const [name, value] of Object.entries(values))
      replace(element, readVariable(language, name), writeValue(language, value));
}

function codesOf(wrapper: HTMLElement): { element: HTMLElement; language: Language }[] {
  return [...wrapper.querySelectorAll<HTMLElement>('.sample')].flatMap((sample) => {
    const element = sample.querySelector('code');
    return element ? [{ element, language: (sample.dataset['lang'] ?? 'curl') as Language }] : [];
  });
}

/** Says under the samples whose keys they have, or which value is still to be set. */
function note(wrapper: HTMLElement, { app, values }: Local): void {
  const key = wrapper.dataset['key'] ?? '';
  const line = wrapper.querySelector('.unset');
  if (!line) return;
  if (key in values) line.textContent = `With the keys of ${app} on this machine.`;
  else if (key === '') line.textContent = 'With the address of this gateway.';
  else {
    const link = document.createElement('a');
    link.href = '/docs/#values';
    link.textContent = `How to set ${key}`;
    line.replaceChildren(link);
  }
}

/** Replaces words of a highlighted text wherever they are, also when they lie in several elements. */
function replace(element: HTMLElement, words: string, value: string): void {
  for (;;) {
    const start = (element.textContent ?? '').indexOf(words);
    if (start < 0) return;
    const range = document.createRange();
    const [from, to] = [placeOf(element, start), placeOf(element, start + words.length, true)];
    if (!from || !to) return;
    range.setStart(from.node, from.offset);
    range.setEnd(to.node, to.offset);
    range.deleteContents();
    const filled = document.createElement('span');
    filled.className = 't-str filled';
    filled.textContent = value;
    range.insertNode(filled);
  }
}

/** The text node that a position of the whole text lies in. `isEnd`: a position between two nodes is the first one's. */
function placeOf(
  element: HTMLElement,
  position: number,
  isEnd = false,
): { node: Node; offset: number } | undefined {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  let passed = 0;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const length = node.textContent?.length ?? 0;
    if (position < passed + length || (isEnd && position === passed + length))
      return { node, offset: position - passed };
    passed += length;
  }
  return undefined;
}
