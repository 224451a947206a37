/**
 * Takes out of the environment what npm tells every script because `npm ci` leaves tools out here (`omit=dev` in .npmrc): React would
 * be its production build, and an npm that a test starts in another folder would leave its tools out too.
 */
export function forgetOmission(): void {
  process.env['NODE_ENV'] = 'test';
  delete process.env['npm_config_omit'];
}
