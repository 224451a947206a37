import type { Gate } from '../gate.ts';
import type { GateSettings } from '../gate-settings.ts';
import type { FormTokens } from './form-token.ts';
import type { PagesSettings } from './options.ts';
import type { Shop } from './shop.ts';

/** What every page works with. */
export interface Desk {
  settings: GateSettings;
  pages: PagesSettings;
  tokens: FormTokens;
  shop: Shop;
  gate: GateTools;
}

/** What the pages use of the gate. */
export type GateTools = Pick<Gate, 'challenge' | 'downloadLink' | 'downloads' | 'keepSession' | 'signOut'>;
