/** What a program imports: `import { startSimulator } from '@floe/polar-simulator'`. */

export {
  type ServerOptions,
  type SimulatorServer,
  startSimulatorServer as startSimulator,
} from './server.ts';
export type { Seller, Simulator } from './simulator.ts';
