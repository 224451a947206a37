import { type FakeGateway, GATEWAY, problem } from './fake-gateway.ts';

/** The fake gateway, with `POST /v1/access/batch`: one answer and one token for many resources. */
export function withBatch(gateway: FakeGateway) {
  const batches: string[][] = [];
  /** As many resources as a token has room for: beyond that `token` is null beside the yes (docs/access.md). */
  const state = { roomInToken: Infinity };
  const fetch = async (url: string, init: RequestInit): Promise<Response> => {
    if (gateway.state.isDown) return gateway.fetch(url, init);
    if (url !== `${GATEWAY}/v1/access/batch`) {
      const answer = await gateway.fetch(url, init);
      const resource = new URL(url).searchParams.get('resource') ?? ':';
      return answer.ok && !resource.includes(':') ? problem('validation_failed') : answer;
    }
    const { resources, max_age: maxAge } = (await new Request(url, init).json()) as {
      resources: string[];
      max_age: number;
    };
    batches.push(resources);
    if (resources.some((name) => !name.includes(':'))) return problem('validation_failed');
    const answers = await Promise.all(
      resources.map((resource) =>
        gateway.fetch(`${GATEWAY}/v1/access?${new URLSearchParams({ resource, max_age: `${maxAge}` })}`, {
          ...init,
          method: 'GET',
          body: null,
        }),
      ),
    );
    // They were the gateway's own: a page asked once.
    gateway.calls.splice(-resources.length);
    const refused = answers.find(({ status }) => status !== 200 && status !== 503);
    if (refused) return refused;
    const said = (await Promise.all(answers.map((each) => each.json()))) as {
      reason: string;
      allow: boolean;
      token: string | null;
    }[];
    const status = said.some(({ reason }) => reason === 'unavailable') ? 503 : 200;
    const isTooLong = said.filter(({ allow }) => allow).length > state.roomInToken;
    const token = isTooLong ? null : (said.find((each) => each.token !== null)?.token ?? null);
    return Response.json({ customer: null, results: said, token }, { status });
  };
  return { batches, fetch, state };
}
