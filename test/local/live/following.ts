import { request } from 'node:http';
import type { Happening } from '../../../cli/local/live/happenings.ts';

/** The stream, read as a page would read it. */
export interface Following {
  /** Everything as it came. */
  readonly text: string;
  readonly happenings: Happening[];
  /** The first that fits, as soon as it is there. @throws when it does not come */
  until(fits: (happening: Happening) => boolean): Promise<Happening>;
  stop(): Promise<void>;
}

const PATIENCE_MS = 30_000;

export async function follow(url: string, headers: Record<string, string> = {}): Promise<Following> {
  const abort = new AbortController();
  const response = await fetch(url, { headers, signal: abort.signal });
  if (!response.ok || !response.body) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  let text = '';
  const waiting = new Set<() => void>();
  const read = async (body: AsyncIterable<Uint8Array>) => {
    const decoder = new TextDecoder();
    for await (const chunk of body) {
      text += decoder.decode(chunk, { stream: true });
      for (const wake of waiting) wake();
    }
  };
  const reading = read(response.body as unknown as AsyncIterable<Uint8Array>).catch(() => undefined);
  const happenings = () =>
    [...text.matchAll(/^data: (\{.*\})$/gm)].map(([, json = '']) => JSON.parse(json) as Happening);
  return {
    get text() {
      return text;
    },
    get happenings() {
      return happenings();
    },
    until(fits) {
      return new Promise((resolve, reject) => {
        const look = () => {
          const found = happenings().find(fits);
          if (!found) return;
          clearTimeout(timer);
          waiting.delete(look);
          resolve(found);
        };
        const timer = setTimeout(() => {
          waiting.delete(look);
          const seen = happenings().map(({ kind, what, result }) => `${kind} ${what} ${result}`);
          reject(new Error(`It has not happened. What has:\n${seen.join('\n')}`));
        }, PATIENCE_MS);
        waiting.add(look);
        look();
      });
    },
    async stop() {
      abort.abort();
      await reading;
    },
  };
}

/** A request with any `Host`, which `fetch` does not send. */
export function ask(
  url: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; text: string }> {
  return new Promise((resolve, reject) => {
    const asking = request(
      url,
      { method: options.method ?? 'GET', headers: options.headers ?? {} },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
        );
      },
    );
    asking.once('error', reject);
    asking.end(options.body);
  });
}
