import type { Behaviour } from './behaviour.ts';
import { CATALOGUE } from './catalogue.ts';
import { CHANGES } from './changes.ts';
import { PEOPLE } from './people.ts';
import { REFUNDS } from './refunds.ts';
import { SALES } from './sales.ts';
import { SUBSCRIPTIONS } from './subscriptions.ts';

/** Every action of sections 1.1 to 1.13 that the simulator can do. */
export const BEHAVIOURS: readonly Behaviour[] = [
  ...SALES,
  ...SUBSCRIPTIONS,
  ...CHANGES,
  ...REFUNDS,
  ...PEOPLE,
  ...CATALOGUE,
];
