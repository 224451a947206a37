import path from 'node:path';
import { claim, ClaimedError, type Owner, portsOfDeadOwner } from '../../packages/polar-simulator/claim.ts';
import { HOST, type WantedPort } from './ports.ts';
import { claimFile, endLeftover, noteRunning } from './running.ts';
import { commandToEnd } from './who-listens.ts';

/** Another Floe runs with this state folder. The message says which and how to have a second one. */
class StateInUseError extends Error {
  override readonly name = 'StateInUseError';
}

/** Makes this process the only owner of a state folder, until it is closed (ADR 60). @throws {StateInUseError} */
export async function ownState(
  stateDir: string,
  wanted: readonly WantedPort[],
): Promise<{ close(): Promise<void> }> {
  const before = await portsOfDeadOwner(claimFile(stateDir));
  const release = await claim(
    claimFile(stateDir),
    wanted.map(({ port }) => port),
  ).catch((error: unknown) => {
    throw error instanceof ClaimedError
      ? new StateInUseError(explain(stateDir, wanted, error.owner), { cause: error })
      : error;
  });
  // Two gateways on one database would take each other's work.
  await endLeftover(before);
  const forget = await noteRunning(stateDir);
  return {
    async close() {
      await forget();
      await release();
    },
  };
}

function explain(stateDir: string, wanted: readonly WantedPort[], { pid, ports }: Owner): string {
  const folder = path.relative('', stateDir) || '.';
  const where = ports.filter((port) => port > 0).map((port) => `${HOST}:${port}`);
  const other = wanted
    .filter(({ port }) => ports.includes(port))
    .map(({ variable, port }) => `${variable}=${port + 100} `)
    .join('');
  return `Floe runs already with the state folder ${folder}: process ${pid}${
    where.length > 0 ? ` (${where.join(', ')})` : ''
  }. Use that one, end it with: ${commandToEnd(pid)}, or give a second one a folder of its own: ${other}npm start -- --state ${folder}-2`;
}
