import { createHash, randomBytes } from 'node:crypto';
import path from 'node:path';
import { claim, ClaimedError } from '../../../polar-simulator/claim.ts';
import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import { readPrivateFile, writePrivateFile } from '../../private-file.ts';

/** How far a listener has come. */
export interface Place {
  /** Everything up to this event is forwarded, or was not wanted. */
  sequence: number;
  /** An event that the app had by then. When the gateway does not know it any more, it was reset. */
  known: { id: string; sequence: number } | null;
}

/** What this machine keeps for a listener, readable by this user alone. */
export interface Kept {
  /** @throws {CliError} when another process listens in this place */
  own(): Promise<{ release(): Promise<void> }>;
  readPlace(): Promise<Place | undefined>;
  /** Returns when it is on the disk. */
  keepPlace(place: Place): Promise<void>;
  /** The secret that events of this app are signed with here: made when there is none, and the same from then on. */
  secret(): Promise<string>;
}

interface Listener {
  gateway: string;
  /** What tells the app from others of the gateway. */
  app: string;
  /** Of the place. */
  name: string;
}

const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/i;
const SECRET_BYTES = 32;
const NAME_LENGTH = 40;
const HASH_LENGTH = 12;

/** @throws {CliError} for a name that is none */
export function openKept(
  machine: Pick<Context, 'configDir' | 'platform'>,
  { gateway, app, name }: Listener,
): Kept {
  if (!NAME.test(name))
    throw new CliError(EXIT.usage, 'The name of a place has letters, digits, dots, hyphens and underscores.');
  const folder = path.join(machine.configDir, 'listen', folderName(gateway, app));
  const placeFile = path.join(folder, `${name}.json`);
  const secretFile = path.join(folder, 'secret');
  return {
    async own() {
      try {
        return { release: await claim(path.join(folder, `${name}.owner`), []) };
      } catch (error) {
        if (!(error instanceof ClaimedError)) throw error;
        throw new CliError(
          EXIT.failed,
          `Process ${error.owner.pid} already listens here to the events of ${app}.`,
          {
            hint: 'A second listener of this machine needs a place of its own: --name second',
          },
        );
      }
    },
    async readPlace() {
      const text = await readPrivateFile(machine, placeFile);
      return text === undefined ? undefined : parsePlace(text, placeFile);
    },
    async keepPlace({ sequence, known }) {
      const place = { sequence, known: known && { id: known.id, sequence: known.sequence } };
      await writePrivateFile(placeFile, `${JSON.stringify(place)}\n`);
    },
    async secret() {
      const kept = await readPrivateFile(machine, secretFile);
      if (kept !== undefined) return kept.trim();
      const made = `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
      await writePrivateFile(secretFile, `${made}\n`);
      return made;
    },
  };
}

/** A folder for each app of each gateway: named for people, and different for each. */
function folderName(gateway: string, app: string): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([gateway, app]))
    .digest('hex');
  const readable = app.replaceAll(/[^\w-]+/g, '-').slice(0, NAME_LENGTH);
  return `${readable}-${digest.slice(0, HASH_LENGTH)}`;
}

function parsePlace(text: string, file: string): Place {
  try {
    const { sequence, known } = JSON.parse(text) as Partial<Place>;
    const isKnown = known === null || (typeof known?.id === 'string' && Number.isSafeInteger(known.sequence));
    if (Number.isSafeInteger(sequence) && isKnown) return { sequence: sequence ?? 0, known: known ?? null };
  } catch {
    // It is no JSON.
  }
  throw new CliError(EXIT.failed, `${file} does not say where this machine stopped.`, {
    hint: 'Say where to begin: --from now, --from start, or --from NUMBER',
  });
}
