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
