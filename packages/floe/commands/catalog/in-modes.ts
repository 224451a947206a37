import type { Context } from '../../context.ts';
import type { Mode } from '../../deployments/deployment-file.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';

export interface ModeOptions {
  mode: Mode;
  /** Sandbox, then live. */
  both: boolean;
}

/** What a command has to say of one mode. */
export interface Told {
  data: object;
  text: string;
  code?: ExitCode;
}

/**
 * Does `work` in one mode, or in both: sandbox first, and live only when nothing failed there. As JSON both are `{"modes": […]}`, each as it is
 * alone; what was done before a failure is printed all the same. @returns the first code that is not 0
 */
export async function inModes(
  { out }: Pick<Context, 'out'>,
  { mode, both }: ModeOptions,
  work: (mode: Mode) => Promise<Told>,
): Promise<ExitCode> {
  if (!both) {
    const { data, text, code = EXIT.done } = await work(mode);
    out.result(data, text);
    return code;
  }
  const all: object[] = [];
  const codes: ExitCode[] = [];
  try {
    for (const each of ['sandbox', 'live'] as const) {
      const { data, text, code = EXIT.done } = await work(each);
      all.push(data);
      codes.push(code);
      if (!out.isJson) out.result(data, `${each}:\n${text}`);
    }
  } finally {
    if (out.isJson && all.length > 0) out.result({ modes: all }, '');
  }
  return codes.find((code) => code !== EXIT.done) ?? EXIT.done;
}
