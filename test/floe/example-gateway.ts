import examples from '../../src/example-answers.json' with { type: 'json' };

/*
 * A gateway that gives to each route the answer that `/openapi.json` shows for it (src/example-answers.json, which a test makes of real
 * answers): the same every time, for golden texts.
 */
export const GATEWAY = 'https://pay.example.com';
/** The environment of a person who has tokens for it. */
export const TOKENS = {
  FLOE_GATEWAY: GATEWAY,
  FLOE_ADMIN_TOKEN: 'operator-token-of-the-examples',
  FLOE_APP: 'quay-sandbox',
  FLOE_SECRET_KEY: 'floe_sk_sandbox_of_the_examples',
};

export interface Asked {
  /** `GET /admin/apps/quay-live?limit=20` */
  line: string;
  headers: Headers;
  body: unknown;
}

/** An answer instead of an example's: of a status, a JSON body, and headers. */
export interface Given {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
}

/** The example of a payment is of one that nobody has paid. */
export const PAID: Record<string, readonly Given[]> = {
  'GET /v1/payments/:id': [
    {
      body: {
        ...examples['GET /v1/payments/:id']['200'],
        status: 'succeeded',
        currency: 'usd',
        refundable_amount: 400,
        refunded_amount: 0,
      },
    },
  ],
};

/** The example of a grant is of one of Polar's. Only what the app gave by itself can be taken back. */
export const GIVEN: Record<string, readonly Given[]> = {
  'GET /v1/grants/:id': [
    {
      body: {
        ...examples['POST /v1/grants']['201'],
        history: [{ what: 'created', at: '2027-06-15T12:00:00.000Z', why: null }],
      },
    },
  ],
};

/** `answers`: others than the examples by route, `GET /admin/apps`; of several, each is given once, and the last one from then on. */
export function exampleGateway(answers: Record<string, readonly Given[]> = {}): {
  fetch: typeof fetch;
  /** What was asked, in order. */
  asked: Asked[];
} {
  const asked: Asked[] = [];
  const left = new Map(Object.entries(answers).map(([route, given]) => [route, [...given]]));
  return {
    asked,
    async fetch(input, init) {
      const request = new Request(input, init);
      request.signal.throwIfAborted();
      const url = new URL(request.url);
      if (url.origin !== GATEWAY) throw new TypeError(`Nothing answers at ${url.origin}.`);
      const text = await request.text();
      asked.push({
        line: `${request.method} ${url.pathname}${url.search}`,
        headers: request.headers,
        body: text === '' ? undefined : JSON.parse(text),
      });
      const own = routeOf(request.method, url.pathname, left.keys());
      const given = own === undefined ? undefined : left.get(own);
      if (given) return respond((given.length > 1 ? given.shift() : given[0]) ?? {});
      // An example of a list is one page of it.
      if (url.searchParams.has('cursor')) return respond({ body: { data: [], next_cursor: null } });
      return answerByExample(request.method, url.pathname);
    },
  };
}

/** A problem as the gateway writes it. */
export function problem(status: number, code: string, detail: string, more: object = {}): Given {
  return {
    status,
    headers: { 'content-type': 'application/problem+json' },
    body: {
      type: `${GATEWAY}/docs/problems/${code}`,
      title: code,
      status,
      code,
      detail,
      request_id: 'req_1',
      ...more,
    },
  };
}

function answerByExample(method: string, path: string): Response {
  const route = routeOf(method, path, Object.keys(examples));
  const [found] = Object.entries<Record<string, unknown>>(examples)
    .filter(([name]) => name === route)
    .flatMap(([, byStatus]) => Object.entries(byStatus));
  if (found) return respond({ status: Number(found[0]), body: found[1] });
  // What is removed, or said to be so, is answered with nothing, which no example shows.
  return respond(
    method === 'DELETE' || method === 'PUT'
      ? { status: 204 }
      : problem(404, 'not_found', `There is no example of ${method} ${path}.`),
  );
}

function respond({ status = 200, headers = {}, body }: Given): Response {
  return new Response(body === undefined ? null : JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  });
}

/** The route of a path; a route that says more of it by name goes first. */
function routeOf(method: string, path: string, routes: Iterable<string>): string | undefined {
  const parts = path.split('/');
  const named = (route: string) => route.split('/').filter((part) => !part.startsWith(':')).length;
  return [...routes]
    .filter((route) => {
      const [verb, template = ''] = route.split(' ', 2);
      const wanted = template.split('/');
      return (
        verb === method &&
        wanted.length === parts.length &&
        wanted.every((part, i) => part.startsWith(':') || part === parts[i])
      );
    })
    .toSorted((a, b) => named(b) - named(a))[0];
}
