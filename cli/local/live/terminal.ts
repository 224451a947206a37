import { styleText } from 'node:util';
import type { Happening } from './happenings.ts';
import { formatCatalogue, formatLine, isOfCatalogue, type Paint } from './line.rules.ts';

/* What happens, on the terminal that npm start runs in. */

const GATHER_MS = 700;
const DEFAULT_COLUMNS = 140;

interface Terminal {
  show(happening: Happening): void;
}

/** A line of JSON each. */
export function jsonLines(out: NodeJS.WriteStream): Terminal {
  return { show: (happening) => void out.write(`${JSON.stringify(happening)}\n`) };
}

/** A line of text each, in colours where the terminal has them (NO_COLOR, https://no-color.org, is heeded). */
export function textLines(out: NodeJS.WriteStream, liveUrl: string): Terminal {
  const paint: Paint = (style, text) => styleText(style, text, { stream: out });
  const columns = () => out.columns ?? DEFAULT_COLUMNS;
  let gathered: Happening[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = () => {
    clearTimeout(timer);
    if (gathered.length > 0) out.write(`${formatCatalogue(gathered, liveUrl, paint)}\n`);
    gathered = [];
  };
  return {
    show(happening) {
      if (isOfCatalogue(happening)) {
        gathered.push(happening);
        clearTimeout(timer);
        timer = setTimeout(flush, GATHER_MS);
        timer.unref();
        return;
      }
      flush();
      out.write(`${formatLine(happening, columns(), paint)}\n`);
    },
  };
}
