import { env } from 'cloudflare:workers';
import type { Gateway } from './gateway.ts';

const MOST_STEPS = 500;

/** Compares everything with Polar, step by step, without waiting for the time that each may begin at. */
export async function reconcile(gateway: Gateway): Promise<void> {
  const key = env.FLOE_ADMIN_TOKEN;
  const { status, body, text } = await gateway.call<{ id: string }>('POST', '/admin/reconcile', {
    key,
    body: { mode: 'sandbox', scope: 'full', grace_seconds: 0 },
  });
  if (status !== 202) throw new Error(`POST /admin/reconcile: ${status} ${text}`);
  for (let steps = 0; steps < MOST_STEPS; steps++) {
    await gateway.work();
    const { body: run } = await gateway.call<{ status: string; error: string | null }>(
      'GET',
      `/admin/reconcile/${body.id}`,
      { key },
    );
    if (run.status === 'finished') return;
    if (run.status !== 'running') throw new Error(`reconcile: ${run.status} ${run.error}`);
    await env.DB.prepare('update reconcile_runs set next_step_at = 0, lease_until = 0').run();
    await gateway.consume({ type: 'reconcile', runId: body.id });
  }
  throw new Error('The comparison with Polar does not end.');
}
