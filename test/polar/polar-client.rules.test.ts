import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Config } from '../../src/base/config.ts';
import { createPolarGateway } from '../../src/polar/client.ts';

/* What Polar does to a connection becomes a problem that callers can wait out (invariant 9). */

const config = {
  modes: {
    sandbox: { accessToken: 'polar_oat_0123456789abcdef01234567', apiUrl: 'https://sandbox-api.polar.sh' },
  },
} as unknown as Config;

afterEach(() => vi.unstubAllGlobals());

/** An answer whose body breaks off. */
function breakOff(error: Error): void {
  vi.stubGlobal(
    'fetch',
    vi.fn(
      async () =>
        new Response(
          new ReadableStream({
            start(controller) {
              controller.enqueue(new TextEncoder().encode('{"id":'));
            },
            pull: (controller) => controller.error(error),
          }),
          { headers: { 'content-type': 'application/json' } },
        ),
    ),
  );
}

describe('an answer that breaks off in its body', () => {
  test.each([
    ['the time is over', new DOMException('The operation was aborted due to timeout', 'TimeoutError')],
    ['the connection is lost', new Error('Network connection lost.')],
    ['the stream is terminated', new TypeError('terminated')],
  ])('because %s: Polar is unavailable, after a second try', async (_why, error) => {
    breakOff(error);
    await expect(createPolarGateway(config, 'sandbox').fetchObject('order', 'o1')).rejects.toMatchObject({
      code: 'polar_unavailable',
    });
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  test('because of a mistake of ours: the mistake', async () => {
    breakOff(new RangeError('ours'));
    await expect(createPolarGateway(config, 'sandbox').fetchObject('order', 'o1')).rejects.toThrow(
      RangeError,
    );
  });
});

describe('a scope that the token lacks', () => {
  const answer = (body: unknown) =>
    vi.stubGlobal(
      'fetch',
      vi.fn(async () => Response.json(body, { status: 403 })),
    );
  const lacking = async (call: (polar: ReturnType<typeof createPolarGateway>) => Promise<unknown>) => {
    const noted: string[] = [];
    const polar = createPolarGateway(config, 'sandbox', undefined, (scope) => noted.push(scope));
    const refused = await call(polar).catch((error: unknown) => error);
    return { refused, noted };
  };

  test.each([
    ['refunds:write', 'refunds:write'],
    ['orders:write orders:read', 'orders:read'],
    ['Something <b>else</b>', 'unnamed'],
    [undefined, 'unnamed'],
  ])('%s is noted as %s', async (scope, named) => {
    answer({ error: 'insufficient_scope', error_description: 'No.', scope });
    const { refused, noted } = await lacking((polar) => polar.fetchObject('order', 'o1'));
    expect(refused).toMatchObject({ code: 'polar_scope_missing', status: 503 });
    expect(noted).toEqual([named]);
  });

  test('of a call whose other refusals are values, and of one whose refusals the SDK knows', async () => {
    answer({ error: 'insufficient_scope', scope: 'subscriptions:write' });
    const changed = await lacking((polar) => polar.changeSubscription('s1', { revoke: true }));
    expect(changed).toMatchObject({
      refused: { code: 'polar_scope_missing' },
      noted: ['subscriptions:write'],
    });
    const probed = await lacking((polar) => polar.probe());
    expect(probed.refused).toMatchObject({ code: 'polar_scope_missing' });
  });

  test('is no other 403', async () => {
    answer({ error: 'PaymentNotReady', detail: 'Not yet.' });
    const { refused, noted } = await lacking((polar) => polar.createCheckout({ products: ['p1'] }));
    expect(refused).toMatchObject({ code: 'polar_failed' });
    expect(noted).toEqual([]);
  });
});
