import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Act } from '../act.ts';
import { appsCommand } from './apps/apps.command.ts';
import { doctorCommand } from './doctor/doctor.command.ts';
import { endpointsCommand } from './endpoints/endpoints.command.ts';
import { auditCommand } from './audit/audit.command.ts';
import { completeCommand, completionCommand } from './completion/completion.command.ts';
import { keysCommand } from './keys/keys.command.ts';
import { catalogCommand } from './catalog/catalog.command.ts';
import { productsCommand } from './products/products.command.ts';
import { listenCommand } from './listen/listen.command.ts';
import { triggerCommand } from './trigger/trigger.command.ts';
import { smokeCommand } from './smoke/smoke.command.ts';
import { paymentsCommand } from './payments/payments.command.ts';
import { subscriptionsCommand } from './subscriptions/subscriptions.command.ts';
import { refundsCommand } from './refunds/refunds.command.ts';
import { accessCommand } from './access/access.command.ts';
import { downloadsCommand } from './downloads/downloads.command.ts';
import { campaignsCommand } from './campaigns/campaigns.command.ts';
import { checkoutLinksCommand } from './checkout-links/checkout-links.command.ts';
import { discountsCommand } from './discounts/discounts.command.ts';
import { giftsCommand } from './gifts/gifts.command.ts';
import { grantsCommand } from './grants/grants.command.ts';
import { disputesCommand } from './disputes/disputes.command.ts';
import { unroutedCommand } from './unrouted/unrouted.command.ts';
import { licencesCommand } from './licences/licences.command.ts';
import { customersCommand } from './customers/customers.command.ts';
import { eventsCommand } from './events/events.command.ts';
import { deliveriesCommand } from './deliveries/deliveries.command.ts';
import { recoverCommand } from './recover/recover.command.ts';
import { polarEventsCommand } from './polar-events/polar-events.command.ts';
import { reconcileCommand } from './reconcile/reconcile.command.ts';
import { upgradeCommand } from './upgrade/upgrade.command.ts';
import { rotateCommand } from './rotate/rotate.command.ts';
import { profilesCommand } from './profiles/profiles.command.ts';
import { setupCommand } from './setup/setup.command.ts';

/** Every command, in the order of `floe --help`. */
export const COMMANDS: readonly ((act: Act) => CommandUnknownOpts)[] = [
  setupCommand,
  doctorCommand,
  appsCommand,
  keysCommand,
  productsCommand,
  catalogCommand,
  endpointsCommand,
  auditCommand,
  listenCommand,
  triggerCommand,
  smokeCommand,
  paymentsCommand,
  subscriptionsCommand,
  refundsCommand,
  discountsCommand,
  campaignsCommand,
  checkoutLinksCommand,
  disputesCommand,
  licencesCommand,
  downloadsCommand,
  grantsCommand,
  giftsCommand,
  accessCommand,
  customersCommand,
  eventsCommand,
  deliveriesCommand,
  recoverCommand,
  polarEventsCommand,
  unroutedCommand,
  reconcileCommand,
  upgradeCommand,
  rotateCommand,
  profilesCommand,
  completionCommand,
];

/** What only scripts call. */
export const HIDDEN_COMMANDS: typeof COMMANDS = [completeCommand];
