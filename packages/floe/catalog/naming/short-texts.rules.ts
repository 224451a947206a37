const ELLIPSIS = '…';
/** A cut that leaves less of the room than this is made within a word instead. */
const LEAST_SHARE = 0.6;
const SEGMENTER = new Intl.Segmenter('en', { granularity: 'grapheme' });

/**
 * A text in at most `most` UTF-16 units, cut between words where that leaves most of it, with `…`. No character is cut in two. A text that is
 * too short is filled up with dots, since Polar refuses it.
 */
export function shorten(text: string, most: number, least = 0): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  if (line.length <= most) return line.padEnd(least, '.');
  const room = most - ELLIPSIS.length;
  let cut = '';
  for (const { segment } of SEGMENTER.segment(line)) {
    if (cut.length + segment.length > room) break;
    cut += segment;
  }
  const isBetweenWords = line[cut.length] === ' ';
  const lastSpace = cut.lastIndexOf(' ');
  const whole = !isBetweenWords && lastSpace > room * LEAST_SHARE ? cut.slice(0, lastSpace) : cut;
  return `${whole.replace(/[\s,;:.–—-]+$/u, '')}${ELLIPSIS}`;
}
