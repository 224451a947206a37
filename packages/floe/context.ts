import type { Output } from './terminal/output.ts';

/** Options that every command takes. */
export interface GlobalOptions {
  json: boolean;
  profile: string | undefined;
  yes: boolean;
  quiet: boolean;
  color: boolean;
}

/** What a command may use of the world around it. Nothing of this package but main.ts reads the process itself. */
export interface Context {
  out: Output;
  options: GlobalOptions;
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  platform: NodeJS.Platform;
  /** The user's configuration folder, of floe alone. It may not be there yet. */
  configDir: string;
  fetch: typeof globalThis.fetch;
  /** Milliseconds since 1970. */
  now(): number;
  /** Waits. @throws the reason of `signal` when it is interrupted meanwhile */
  sleep(ms: number): Promise<void>;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
  processes: Processes;
  /** Whether somebody can be asked. */
  isInteractive: boolean;
  /** Opens an address in the user's browser. @returns whether there is one */
  openBrowser(url: string): Promise<boolean>;
  /** All that is piped into the command. */
  readStdin(): Promise<string>;
}

/** What main.ts gives of the process, and tests make up. */
export interface World extends Omit<Context, 'out' | 'options' | 'isInteractive'> {
  terminal: Terminal;
}

export interface Terminal {
  writeOut(text: string): void;
  writeErr(text: string): void;
  /** Of standard output; undefined when it is no terminal, and lines may be of any length. */
  columns: number | undefined;
  isInTerminal: boolean;
  isOutTerminal: boolean;
  isErrTerminal: boolean;
  prompts: Prompts;
  /** Shows that something is going on, on standard error, until it is told how it ended. */
  startSpinner(text: string): Spinner;
}

export interface Spinner {
  /** Shows another text. */
  update(text: string): void;
  end(text: string): void;
}

/** Processes of this machine, as another run of this program knows them again. Undefined where the system does not tell them apart for sure. */
export interface Processes {
  /** This one. */
  own(): Promise<ProcessName | undefined>;
  /** Whether it has ended; false when it is not of this machine, or nobody can say. */
  hasEnded(named: ProcessName): Promise<boolean>;
}

export interface ProcessName {
  /** Like no other's, until the next boot. */
  machine: string;
  process: string;
}

/** Questions to a person. Each throws `Interrupted` on Ctrl-C. */
export interface Prompts {
  confirm(question: string): Promise<boolean>;
  text(question: string, options: { initial?: string }): Promise<string>;
  /** What is typed is not shown. */
  secret(question: string): Promise<string>;
  choose(question: string, choices: readonly string[]): Promise<string>;
}
