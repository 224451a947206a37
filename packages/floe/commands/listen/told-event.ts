import type { FloeEvent } from '../../../kit/webhook.ts';
import { readBodyTexts } from './body-texts.rules.ts';

/** An event that is to be forwarded. */
export interface ToldEvent {
  /** `evt_…`, its `webhook-id`. */
  id: string;
  type: string;
  sequence: number;
  /** As endpoints receive it. */
  bodyText: string;
}

const TEXT = Symbol('text');

/** Reads an answer of the gateway; the bodies of a page of events keep their text. For a client's `parse`. @throws {SyntaxError} */
export function parseWithTexts(answer: string): unknown {
  const value = JSON.parse(answer) as { data?: unknown } | null;
  const items = Array.isArray(value?.data) ? (value.data as { body?: object }[]) : [];
  const texts = readBodyTexts(answer);
  for (const [i, { body }] of items.entries()) if (body) Object.assign(body, { [TEXT]: texts[i] });
  return value;
}

/** An event of such an answer. @throws when it has no text */
export function readTold({ type, data, ...rest }: FloeEvent & { [TEXT]?: string }): ToldEvent {
  const bodyText = rest[TEXT];
  if (bodyText === undefined) throw new Error(`The event ${data.id} came without its text.`);
  return { id: data.id, type, sequence: data.sequence, bodyText };
}
