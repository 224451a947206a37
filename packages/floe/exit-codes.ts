/** What a command ends with. `floe --help` and docs/cli.md say the same. */
export const EXIT = {
  done: 0,
  /** It failed, or a check found something. */
  failed: 1,
  /** The command is not written so. */
  usage: 2,
  /** Of `catalog plan` alone: something would change. Scripts know the number from other tools that plan. */
  wouldChange: 2,
  /** The gateway knows the caller not, or allows it not (401, 403). */
  refused: 3,
  notFound: 4,
  /** No network, or the gateway cannot answer now (5xx, 429). The same command may succeed later. */
  unavailable: 5,
  /** It needs a yes, and nobody could be asked. */
  unanswered: 6,
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The rows of `floe --help`. */
export const EXIT_CODES: readonly (readonly [ExitCode, string])[] = [
  [EXIT.done, 'done'],
  [EXIT.failed, 'failed, or a check found something'],
  [EXIT.usage, 'wrong usage; of catalog plan also: something would change'],
  [EXIT.refused, 'refused (401, 403): the token or key is wrong, or may not do this'],
  [EXIT.notFound, 'what is named is not there (404)'],
  [EXIT.unavailable, 'unavailable: no network, 5xx, or 429; try again later'],
  [EXIT.unanswered, 'needed an answer, and nobody could be asked (--yes says yes)'],
  [EXIT.interrupted, 'interrupted (Ctrl-C)'],
];
