import {
  Command,
  CommanderError,
  type CommandUnknownOpts,
  Help,
  type Option,
} from '@commander-js/extra-typings';
import type { Act } from './act.ts';
import { CliError } from './cli-error.ts';
import { COMMANDS, HIDDEN_COMMANDS } from './commands/index.ts';
import type { Context, GlobalOptions, World } from './context.ts';
import { describeFailure } from './describe-failure.ts';
import { EXIT, EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { examples } from './help.ts';
import { createOutput, type OutputOptions, printFailure } from './terminal/output.ts';
import { VERSION } from './version.ts';

/** Of help, and of lines on standard error, where nothing says how wide the terminal is. */
const COLUMNS = 80;
const WIDEST_HELP = 100;

/** Commander's code when a command needs another one behind it. */
const HELP_WAS_PRINTED = 'commander.help';

/** Runs one command. @returns its exit code; a failure has been printed */
export async function runProgram(args: readonly string[], world: World): Promise<ExitCode> {
  // What a failure is printed with when the options themselves are wrong.
  let options = outputOptions(world, readOptions(args));
  let code: ExitCode = EXIT.done;
  const act: Act =
    (work) =>
    async (...given) => {
      const globals = readGlobals(given.at(-1) as CommandUnknownOpts);
      options = outputOptions(world, globals);
      code = (await work(createContext(world, globals, options), ...given)) ?? EXIT.done;
    };
  const program = createProgram(act, world);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.done;
    // The help of a command that needs another one has been printed.
    if (error instanceof CommanderError && error.code === HELP_WAS_PRINTED) return EXIT.usage;
    const failure = describeFailure(error, world.signal.aborted);
    printFailure(failure, world.terminal, options);
    if (world.env['FLOE_DEBUG'] && error instanceof Error) world.terminal.writeErr(`${error.stack}\n`);
    return failure.exitCode;
  }
}

/** All commands. `act` gives them their context. */
export function createProgram(act: Act, world: Pick<World, 'terminal' | 'env'>): CommandUnknownOpts {
  const { terminal } = world;
  const program = new Command('floe')
    .description('Sets a Floe gateway up, looks after it, and shows what it sells and tells.')
    .version(VERSION, '-V, --version', 'print the version')
    .option('--json', 'print JSON')
    .option('--profile <name>', 'the gateway and tokens to use (floe profiles)')
    .option('-y, --yes', 'say yes to every question')
    .option('-q, --quiet', 'print data and errors only')
    .option('--no-color', 'print no colours')
    .helpCommand('help [command]', 'print help for a command');
  for (const make of COMMANDS) program.addCommand(make(act));
  for (const make of HIDDEN_COMMANDS) program.addCommand(make(act), { hidden: true });
  examples(program, [
    ['floe apps list', 'the apps of the gateway'],
    ['floe apps list --json | jq', 'the same for a program'],
    ['floe apps show quay-live --profile live', 'of the gateway that this profile names'],
  ]);
  program.addHelpText('after', `\nExit codes:\n${exitCodes()}`);
  const width = Math.min(terminal.columns ?? COLUMNS, WIDEST_HELP);
  settle(program, (command) => {
    if (command !== program)
      command
        .helpCommand(false)
        .addHelpText('after', '\nAlso: --json, --profile <name>, --yes, --quiet, --no-color (floe --help)');
    command
      .helpOption('-h, --help', 'print help')
      .exitOverride((error) => {
        throw error.exitCode === 0 || error.code === HELP_WAS_PRINTED ? error : describeUsage(error, command);
      })
      .configureHelp({ optionDescription: describeOption })
      .configureOutput({
        writeOut: (text) => terminal.writeOut(text),
        writeErr: (text) => terminal.writeErr(text),
        // printFailure says it.
        outputError: () => undefined,
        getOutHelpWidth: () => width,
        getErrHelpWidth: () => width,
        getOutHasColors: () => false,
        getErrHasColors: () => false,
      });
  });
  return program;
}

/** The same settings for a command and all beneath it. */
function settle(command: CommandUnknownOpts, set: (command: CommandUnknownOpts) => void): void {
  set(command);
  for (const each of command.commands) settle(each, set);
}

/** What commander says of an option, and whether it has to be given, which commander does not say. */
function describeOption(option: Option): string {
  const said = new Help().optionDescription(option);
  return option.mandatory ? `${said} (required)` : said;
}

function exitCodes(): string {
  return EXIT_CODES.map(([code, words]) => `  ${String(code).padEnd(4)}${words}`).join('\n');
}

/** A command that is not written so, with the one whose help says how. */
function describeUsage(error: CommanderError, command: CommandUnknownOpts): CliError {
  return new CliError(EXIT.usage, error.message.replace(/^error: /, ''), {
    hint: `${nameOf(command)} --help says how it is written.`,
  });
}

/** `floe keys list`. */
function nameOf(command: CommandUnknownOpts): string {
  return command.parent ? `${nameOf(command.parent)} ${command.name()}` : command.name();
}

function readGlobals(command: CommandUnknownOpts): GlobalOptions {
  const given: Partial<Record<string, unknown>> = command.optsWithGlobals();
  const { profile } = given;
  return {
    json: given['json'] === true,
    profile: typeof profile === 'string' ? profile : undefined,
    yes: given['yes'] === true,
    quiet: given['quiet'] === true,
    color: given['color'] !== false,
  };
}

/** Before commander has read them. */
function readOptions(args: readonly string[]): GlobalOptions {
  const has = (name: string) => args.includes(name);
  return { json: has('--json'), profile: undefined, yes: false, quiet: false, color: !has('--no-color') };
}

function outputOptions({ terminal, env }: World, options: GlobalOptions): OutputOptions {
  const colours = (isTerminal: boolean) => useColours(env, options, isTerminal);
  return {
    ...options,
    isInteractive: terminal.isInTerminal && terminal.isErrTerminal && !env['CI'],
    coloursOut: colours(terminal.isOutTerminal),
    coloursErr: colours(terminal.isErrTerminal),
    width: terminal.isErrTerminal ? (terminal.columns ?? COLUMNS) : undefined,
  };
}

/** https://no-color.org, https://force-color.org */
function useColours(env: World['env'], { color }: GlobalOptions, isTerminal: boolean): boolean {
  if (!color || env['NO_COLOR']) return false;
  if (env['FORCE_COLOR'] !== undefined) return env['FORCE_COLOR'] !== '0';
  return isTerminal && env['TERM'] !== 'dumb';
}

function createContext(world: World, options: GlobalOptions, output: OutputOptions): Context {
  const { terminal, ...rest } = world;
  return { ...rest, options, out: createOutput(terminal, output), isInteractive: output.isInteractive };
}
