import { CATALOGUE, type Happening, type Kind } from './happenings.ts';

/* A happening as one line of a terminal. */

/** Puts colours on a part of a line, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;
type Style = 'dim' | 'cyan' | 'magenta' | 'blue' | 'green' | 'yellow' | 'red' | 'bold';

const STYLES: Record<Kind, Style> = {
  ready: 'bold',
  request: 'dim',
  checkout: 'bold',
  webhook: 'magenta',
  event: 'blue',
  delivery: 'cyan',
  access: 'yellow',
};

const [TIME, KIND, RESULT, DURATION] = [8, 8, 22, 8] as const;
const [MIN_WHAT, MAX_WHAT, MIN_WHOM, MAX_WHOM] = [20, 34, 14, 30] as const;

/** `columns`: how wide the terminal is. The link is shortened to its end where the whole does not fit. */
export function formatLine(happening: Happening, columns: number, paint: Paint): string {
  const { at, kind, what, whom, result, ok, duration_ms, link } = happening;
  const fixed = TIME + KIND + RESULT + DURATION + 5 * 2;
  const whole = columns >= fixed + MIN_WHAT + MIN_WHOM + 2 + link.length;
  const shownLink = whole ? link : link.slice(link.indexOf('#'));
  const room = columns - fixed - shownLink.length - 2;
  const whatWidth = clamp(Math.ceil(room * 0.55), MIN_WHAT, MAX_WHAT);
  const whomWidth = clamp(room - whatWidth, MIN_WHOM, MAX_WHOM);
  return [
    paint('dim', new Date(at).toTimeString().slice(0, TIME)),
    paint(STYLES[kind], kind.padEnd(KIND)),
    fit(what, whatWidth),
    paint('dim', fit(whom ?? '', whomWidth)),
    paint(ok ? 'green' : kind === 'access' ? 'yellow' : 'red', fit(result, RESULT)),
    (duration_ms === null ? '' : `${duration_ms} ms`).padStart(DURATION),
    paint('dim', shownLink),
  ].join('  ');
}

/** Many lines of setting up products, as one. */
export function formatCatalogue(happenings: readonly Happening[], link: string, paint: Paint): string {
  const count = (kind: Kind) => happenings.filter((each) => each.kind === kind).length;
  const failed = happenings.filter(({ ok }) => !ok).length;
  return paint(
    failed > 0 ? 'red' : 'dim',
    `${new Date(happenings[0]?.at ?? 0).toTimeString().slice(0, TIME)}  products set up: ${count('webhook')} webhooks, ${count('event')} events, ${count('delivery')} deliveries${failed > 0 ? `, ${failed} failed` : ''}  ${link}`,
  );
}

export const isOfCatalogue = ({ chain }: Happening): boolean => chain === CATALOGUE;

const clamp = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value));

/** Exactly as wide; what is left out is marked. Control characters would reach the terminal. */
function fit(text: string, width: number): string {
  const plain = text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '?');
  const letters = Array.from(plain);
  return letters.length <= width
    ? plain + ' '.repeat(width - letters.length)
    : `${letters.slice(0, width - 1).join('')}…`;
}
