import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Act } from '../act.ts';
import { appsCommand } from './apps/apps.command.ts';
import { endpointsCommand } from './endpoints/endpoints.command.ts';
import { completeCommand, completionCommand } from './completion/completion.command.ts';
import { keysCommand } from './keys/keys.command.ts';
import { productsCommand } from './products/products.command.ts';
import { listenCommand } from './listen/listen.command.ts';
import { triggerCommand } from './trigger/trigger.command.ts';
import { smokeCommand } from './smoke/smoke.command.ts';
import { profilesCommand } from './profiles/profiles.command.ts';
import { setupCommand } from './setup/setup.command.ts';

/** Every command, in the order of `floe --help`. */
export const COMMANDS: readonly ((act: Act) => CommandUnknownOpts)[] = [
  setupCommand,
  appsCommand,
  keysCommand,
  productsCommand,
  endpointsCommand,
  listenCommand,
  triggerCommand,
  smokeCommand,
  profilesCommand,
  completionCommand,
];

/** What only scripts call. */
export const HIDDEN_COMMANDS: typeof COMMANDS = [completeCommand];
