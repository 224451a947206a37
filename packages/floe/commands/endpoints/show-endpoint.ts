import type { Context } from '../../context.ts';
import { type AppOptions, openGateway } from '../../gateway/client.ts';
import { describeEndpoint } from './describe-endpoint.ts';

/** Prints an endpoint, and what became of its messages in the last 24 hours. */
export async function showEndpoint(context: Context, id: string, { app }: AppOptions): Promise<void> {
  const call = (await openGateway(context)).asApp(app);
  const [endpoint, metrics] = await Promise.all([
    call('GET /v1/webhook-endpoints/{id}', { params: { id } }),
    call('GET /v1/webhook-endpoints/{id}/metrics', { params: { id } }),
  ]);
  const { attempts, succeeded, latency_ms, backlog, last_success_at } = metrics;
  context.out.details({ ...endpoint, metrics }, [
    ...describeEndpoint(endpoint),
    ['last 24 hours', `${attempts} attempts, ${succeeded} accepted`],
    [
      'answers within',
      latency_ms.p50 === null ? null : `${latency_ms.p50} ms; 95 % within ${latency_ms.p95} ms`,
    ],
    [
      'waiting',
      backlog.oldest_at === null
        ? `${backlog.count}`
        : `${backlog.count}, the oldest since ${backlog.oldest_at}`,
    ],
    ['last accepted', last_success_at],
  ]);
}
