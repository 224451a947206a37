/** `FLOE_HOSTS`: names with commas that the demo site and the simulated Polar answer for as well. */
export function readHosts(env: NodeJS.ProcessEnv): string[] {
  return (env['FLOE_HOSTS'] ?? '')
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
}
