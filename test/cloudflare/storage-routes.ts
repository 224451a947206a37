import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import { type Account, hexId } from './account.ts';
import { answer, answerPage, Refusal } from './answers.ts';
import type { Running } from './running.ts';

export interface Asked {
  Variables: { account: Account };
}

/** `/d1/database` and `/storage/kv/namespaces`. */
export function storageRoutes(running: Running): Hono<Asked> {
  const routes = new Hono<Asked>();

  routes.get('/d1/database', (context) => {
    const name = context.req.query('name');
    const { databases } = context.var.account;
    return answerPage(
      context,
      databases.filter((each) => name === undefined || each.name === name).map(presentDatabase),
      10,
    );
  });

  routes.post('/d1/database', async (context) => {
    const { databases } = context.var.account;
    const { name } = (await context.req.json()) as { name: string };
    if (databases.some((each) => each.name === name))
      throw new Refusal(400, 7502, `A database with the name \`${name}\` already exists`);
    const database = { uuid: randomUUID(), name, createdOn: new Date().toISOString() };
    databases.push(database);
    running.changed();
    return answer(context, presentDatabase(database));
  });

  // By its id, or by its name.
  routes.get('/d1/database/:id', (context) =>
    answer(context, presentDatabase(find(context.var.account, context.req.param('id')))),
  );

  routes.post('/d1/database/:id/query', async (context) => {
    const { uuid } = find(context.var.account, context.req.param('id'));
    const { sql, params = [] } = (await context.req.json()) as { sql: string; params?: unknown[] };
    try {
      return answer(context, await running.query(uuid, sql, params));
    } catch (error) {
      throw new Refusal(400, 7500, error instanceof Error ? error.message : String(error));
    }
  });

  routes.get('/storage/kv/namespaces', (context) =>
    answerPage(
      context,
      context.var.account.namespaces.map((each) => ({ ...each, supports_url_encoding: true })),
    ),
  );

  routes.post('/storage/kv/namespaces', async (context) => {
    const { namespaces } = context.var.account;
    const { title } = (await context.req.json()) as { title: string };
    if (namespaces.some((each) => each.title === title))
      throw new Refusal(
        400,
        10014,
        'create namespace: A namespace with this account ID and title already exists.',
      );
    const namespace = { id: hexId(), title };
    namespaces.push(namespace);
    running.changed();
    return answer(context, { ...namespace, supports_url_encoding: true });
  });

  return routes;
}

function find({ databases }: Account, idOrName: string) {
  const found = databases.find(({ uuid, name }) => uuid === idOrName || name === idOrName);
  if (!found) throw new Refusal(404, 7404, `The database ${idOrName} could not be found`);
  return found;
}

function presentDatabase({ uuid, name, createdOn }: Account['databases'][number]) {
  return { uuid, name, created_at: createdOn, version: 'production', num_tables: 0, file_size: 0 };
}
