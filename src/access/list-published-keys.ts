import type { JwksView } from './access.answers.ts';
import { runOne } from '../base/db/sql.rows.ts';
import { JWKS_LIFETIME_SECONDS } from '../base/key-lives.rules.ts';
import { log } from '../base/log.ts';
import type { Mode } from '../base/mode.rules.ts';
import type { Services } from '../base/services.ts';
import { publicJwk, publicJwks } from '../base/signing.ts';
import { selectPublishedKeys } from './published-keys.rows.ts';

export interface PublishedKeys extends JwksView {
  /** How long a verifier may keep them, seconds. */
  lifetimeSeconds: number;
}

/** A set that lacks keys because D1 is away must not be kept. Seconds. */
const WITHOUT_DATABASE_SECONDS = 60;

/**
 * The key set of these modes: the keys of the settings, and those that are in no setting any more and have signed offline licences that
 * still count (ADR 96), marked so that no entitlement token is verified with them. A key that has leaked is not among them, wherever it is.
 * Without D1 it is the keys of the settings alone, for a minute.
 */
export async function listPublishedKeys(services: Services, modes: readonly Mode[]): Promise<PublishedKeys> {
  const { config, database } = services;
  const known = modes.flatMap((mode) => (config.modes[mode] ? [{ mode, ...config.modes[mode] }] : []));
  try {
    const noted = await runOne(database, selectPublishedKeys({ now: services.now() }));
    const keys = known.flatMap(({ mode, signingKeys }) => {
      const ofMode = noted.filter((key) => key.mode === mode);
      const withdrawn = new Set(
        ofMode.filter(({ withdrawnAt }) => withdrawnAt !== null).map(({ kid }) => kid),
      );
      const present = new Set(signingKeys.map(({ kid }) => kid));
      const retired = ofMode.filter(({ kid }) => !present.has(kid) && !withdrawn.has(kid));
      return [
        ...signingKeys.filter(({ kid }) => !withdrawn.has(kid)).map(publicJwk),
        ...retired.map((key) => ({ ...publicJwk(key), licenses_only: true as const })),
      ];
    });
    return { keys, lifetimeSeconds: JWKS_LIFETIME_SECONDS };
  } catch (error) {
    log('error', 'the keys that offline licences need could not be read', { error });
    return { keys: known.flatMap(publicJwks), lifetimeSeconds: WITHOUT_DATABASE_SECONDS };
  }
}
