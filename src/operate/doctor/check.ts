import type { Mode } from '../../base/mode.rules.ts';
import type { Evidence } from './evidence.ts';

/*
 * One thing that can be wrong, which one file of `checks/` looks for (ADR 91). Whoever adds one adds it to `checks.ts`, a
 * row to docs/doctor.md, and a test that plants the fault.
 */

/** The heading of docs/doctor.md under which a code stands, as its anchor. */
type Area =
  | 'the-gateway'
  | 'polar'
  | 'polars-webhook-endpoint'
  | 'comparing-with-polar'
  | 'polar-events'
  | 'forwarding'
  | 'apps-and-products'
  | 'keys-and-secrets';

/** Something that is wrong now. */
export interface Finding {
  /** What is wrong, with the concrete object. Never a secret, and no text of others that was not made harmless (`quote`). */
  detail: string;
  /** The command, or the one thing to do, that mends it. */
  mend: string;
  /** The slug of the app that it is about. */
  app?: string;
  /** The object that it is about: an id, or a setting's name. */
  target?: string;
}

/** Why a check does not apply here, such as on a developer's machine. It is said, so that nothing is hidden. */
interface NotApplicable {
  notApplicable: string;
}

export type Looked = readonly Finding[] | NotApplicable;

interface About {
  /** It never changes: monitors and scripts compare it. */
  code: string;
  area: Area;
  /** `error`: something does not work. `warning`: it works, and will surprise somebody. */
  severity: 'error' | 'warning';
  title: string;
}

/** A check of the whole gateway. `look` throws when it cannot find out: then the answer says `unknown`. */
interface GatewayCheck extends About {
  each: 'gateway';
  look: (evidence: Evidence) => Promise<Looked> | Looked;
  /** Mends what was found, where no person has to decide. Safe to call again. Gives what was done, in a sentence. */
  fix?: (evidence: Evidence, found: readonly Finding[]) => Promise<string>;
}

/** A check that is made for each mode that is configured. */
interface ModeCheck extends About {
  each: 'mode';
  look: (evidence: Evidence, mode: Mode) => Promise<Looked> | Looked;
  fix?: (evidence: Evidence, found: readonly Finding[], mode: Mode) => Promise<string>;
}

export type Check = GatewayCheck | ModeCheck;
