import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/* Loaded before the program: another machine, another time, no network. The program itself has no switch for any of it. */

const { TEST_MACHINE, TEST_SHIFT_MS = '0', TEST_OFFLINE } = process.env;

const read = fs.readFileSync;
fs.readFileSync = (file, ...more) => (file === '/etc/machine-id' ? `${TEST_MACHINE}\n` : read(file, ...more));
syncBuiltinESMExports();

if (TEST_OFFLINE) globalThis.fetch = () => Promise.reject(new TypeError('fetch failed'));

const shift = Number(TEST_SHIFT_MS);
if (shift !== 0) {
  const Real = Date;
  globalThis.Date = class extends Real {
    constructor(...args) {
      if (args.length === 0) super(Real.now() + shift);
      else super(...args);
    }
    static now() {
      return Real.now() + shift;
    }
  };
}
