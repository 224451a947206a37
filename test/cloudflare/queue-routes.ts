import { Hono } from 'hono';
import { type Account, type Consumer, hexId, type Queue, runningVersion } from './account.ts';
import { answer, answerPage, Refusal } from './answers.ts';
import type { Running } from './running.ts';
import type { Asked } from './storage-routes.ts';

interface ConsumerBody {
  script_name: string;
  dead_letter_queue?: string;
  settings?: Consumer['settings'];
}

/** `/queues`, with their consumers. */
export function queueRoutes(running: Running): Hono<Asked> {
  const routes = new Hono<Asked>();

  routes.get('/queues', (context) => {
    const names = context.req.queries('name');
    const { account } = context.var;
    const wanted = account.queues.filter(({ name }) => names === undefined || names.includes(name));
    return answerPage(
      context,
      wanted.map((queue) => present(account, queue)),
      100,
    );
  });

  routes.post('/queues', async (context) => {
    const { account } = context.var;
    const { queue_name: name } = (await context.req.json()) as { queue_name: string };
    if (account.queues.some((queue) => queue.name === name))
      throw new Refusal(409, 11009, `Queue name '${name}' is already taken. Please use a different name.`);
    const queue: Queue = { id: hexId(), name, createdOn: new Date().toISOString(), consumers: [] };
    account.queues.push(queue);
    return answer(context, present(account, queue));
  });

  routes.get('/queues/:id', (context) => {
    const { account } = context.var;
    return answer(context, present(account, find(account, context.req.param('id'))));
  });

  routes.post('/queues/:id/consumers', async (context) => {
    const queue = find(context.var.account, context.req.param('id'));
    const body: ConsumerBody = await context.req.json();
    if (queue.consumers.length > 0)
      throw new Refusal(409, 11004, `Queue ${queue.name} already has a consumer.`);
    const consumer: Consumer = {
      id: hexId(),
      createdOn: new Date().toISOString(),
      ...fromBody(context.var.account, body),
    };
    queue.consumers.push(consumer);
    running.changed();
    return answer(context, presentConsumer(queue, consumer));
  });

  routes.put('/queues/:id/consumers/:consumer', async (context) => {
    const queue = find(context.var.account, context.req.param('id'));
    const consumer = queue.consumers.find(({ id }) => id === context.req.param('consumer'));
    if (!consumer) throw new Refusal(404, 11001, 'The specified consumer does not exist.');
    Object.assign(consumer, fromBody(context.var.account, await context.req.json()));
    running.changed();
    return answer(context, presentConsumer(queue, consumer));
  });

  routes.delete('/queues/:id/consumers/:consumer', (context) => {
    const queue = find(context.var.account, context.req.param('id'));
    queue.consumers = queue.consumers.filter(({ id }) => id !== context.req.param('consumer'));
    running.changed();
    return answer(context, null);
  });

  return routes;
}

function find({ queues }: Account, id: string): Queue {
  const queue = queues.find((each) => each.id === id);
  if (!queue) throw new Refusal(404, 11000, 'The specified queue does not exist.');
  return queue;
}

function fromBody(
  account: Account,
  body: ConsumerBody,
): Pick<Consumer, 'script' | 'deadLetterQueue' | 'settings'> {
  const { script_name: script, dead_letter_queue: deadLetterQueue, settings = {} } = body;
  if (!account.scripts.has(script))
    throw new Refusal(404, 11005, `The Worker '${script}' does not exist or has no queue handler.`);
  if (deadLetterQueue !== undefined && !account.queues.some(({ name }) => name === deadLetterQueue))
    throw new Refusal(404, 11000, `The dead letter queue '${deadLetterQueue}' does not exist.`);
  return { script, deadLetterQueue, settings };
}

function present(account: Account, queue: Queue) {
  const producers = [...account.scripts.values()].filter((script) =>
    runningVersion(script)?.bindings.some(
      ({ type, queue_name: name }) => type === 'queue' && name === queue.name,
    ),
  );
  return {
    queue_id: queue.id,
    queue_name: queue.name,
    created_on: queue.createdOn,
    modified_on: queue.createdOn,
    settings: { delivery_delay: 0, delivery_paused: false, message_retention_period: 345_600 },
    producers: producers.map(({ name }) => ({ type: 'worker', script: name })),
    producers_total_count: producers.length,
    consumers: queue.consumers.map((consumer) => presentConsumer(queue, consumer)),
    consumers_total_count: queue.consumers.length,
  };
}

function presentConsumer(queue: Queue, consumer: Consumer) {
  return {
    consumer_id: consumer.id,
    type: 'worker',
    queue_name: queue.name,
    script: consumer.script,
    ...(consumer.deadLetterQueue === undefined ? {} : { dead_letter_queue: consumer.deadLetterQueue }),
    settings: consumer.settings,
    created_on: consumer.createdOn,
  };
}
