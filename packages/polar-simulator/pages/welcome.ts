/** What the terminal says: how to start the simulator, and how to go on once it runs. */

export const USAGE = `Usage: polar-simulator [options]

Starts a simulated Polar: API, webhooks, checkout, customer portal and a control page.

  --port PORT       where it listens (8788)
  --hostname HOST   on which address (127.0.0.1)
  --host NAME       a name that it answers for beside 127.0.0.1, localhost and [::1]; several times for several
  --state FILE      keeps everything in this file over restarts; without it, it is gone at the end
  --reset           with --state: starts afresh
  --seed NUMBER     the same seed and the same calls give the same ids, keys and tokens (1)
  --help            shows this
`;

export function welcome(input: {
  url: string;
  seller: { name: string; accessToken: string };
  stateFile: string | undefined;
}): string {
  const { url, seller, stateFile } = input;
  return `Polar, simulated, at ${url}

  Control page   ${url}/_sim
  Organization   ${seller.name}
  Access token   ${seller.accessToken}

Hear its webhooks (the answer has the secret; http and localhost are fine here):

  curl ${url}/v1/webhooks/endpoints \\
    -H 'Authorization: Bearer ${seller.accessToken}' \\
    -H 'Content-Type: application/json' \\
    -d '{"url":"http://localhost:3000/webhooks","format":"raw","events":["order.paid"]}'

${stateFile ? `Everything is kept in ${stateFile}.` : 'Nothing is kept when this ends. To keep it: --state FILE.'} Stop with Ctrl-C.
`;
}
