import { type Context, Hono } from 'hono';
import { type Account, type Domain, hexId } from './account.ts';
import { answer, answerPage, noScript, Refusal } from './answers.ts';
import type { Running } from './running.ts';
import type { Asked } from './storage-routes.ts';

interface WantedDomain {
  hostname: string;
}

/** Where Workers answer: the account's name under workers.dev, and custom domains. */
export function addressRoutes(running: Running): Hono<Asked> {
  const routes = new Hono<Asked>();

  routes.get('/workers/subdomain', (context) => {
    const { subdomain } = context.var.account;
    if (subdomain === undefined)
      throw new Refusal(404, 10007, 'You need to register a workers.dev subdomain first.');
    return answer(context, { subdomain });
  });

  routes.put('/workers/subdomain', async (context) => {
    const { subdomain } = (await context.req.json()) as { subdomain: string };
    context.var.account.subdomain = subdomain;
    running.changed();
    return answer(context, { subdomain });
  });

  // Nobody has it: that is what this error says.
  routes.get('/workers/subdomains/:name', () => {
    throw new Refusal(404, 10032, 'This subdomain is available.');
  });

  routes.post('/workers/scripts/:name/subdomain', async (context) => {
    const script = context.var.account.scripts.get(context.req.param('name'));
    if (!script) throw noScript();
    const body = (await context.req.json()) as { enabled: boolean; previews_enabled?: boolean };
    script.isOnWorkersDev = body.enabled;
    script.hasPreviews = body.previews_enabled ?? body.enabled;
    running.changed();
    return answer(context, { enabled: script.isOnWorkersDev, previews_enabled: script.hasPreviews });
  });

  // Looks only: wrangler sends it before it changes anything.
  routes.post('/workers/scripts/:name/domains/changeset', async (context) => {
    const { account } = context.var;
    const wanted: WantedDomain[] = await context.req.json();
    const service = context.req.param('name');
    const existing = (hostname: string) => account.domains.find((each) => each.hostname === hostname);
    return answer(context, {
      added: wanted.filter(({ hostname }) => !existing(hostname)),
      updated: wanted.flatMap(({ hostname }) => {
        const domain = existing(hostname);
        return domain ? [{ ...domain, modified: domain.service !== service }] : [];
      }),
      removed: [],
      conflicting: wanted.filter(({ hostname }) => account.dnsRecords.has(hostname)),
    });
  });

  routes.put('/workers/scripts/:name/domains/records', async (context) => {
    const { account } = context.var;
    const service = context.req.param('name');
    if (!account.scripts.has(service)) throw noScript();
    const body = (await context.req.json()) as {
      origins: WantedDomain[];
      override_existing_origin: boolean;
      override_existing_dns_record: boolean;
    };
    for (const { hostname } of body.origins) {
      checkZone(account, hostname);
      const existing = account.domains.find((each) => each.hostname === hostname);
      if (existing && existing.service !== service && !body.override_existing_origin)
        throw new Refusal(409, 100_114, `${hostname} is a domain of another Worker.`);
      if (account.dnsRecords.has(hostname) && !body.override_existing_dns_record)
        throw new Refusal(409, 100_117, `${hostname} has a DNS record already.`);
      account.dnsRecords.delete(hostname);
      if (existing) existing.service = service;
      else account.domains.push({ id: hexId(), hostname, service });
    }
    running.changed();
    return answer(context, account.domains.map(present));
  });

  routes.get('/workers/domains/records', (context) => listDomains(context));
  routes.get('/workers/domains', (context) => listDomains(context));

  return routes;
}

function listDomains(context: Context<Asked>): Response {
  const hostname = context.req.query('hostname');
  const service = context.req.query('service');
  const { domains } = context.var.account;
  const found = domains.filter(
    (each) =>
      (hostname === undefined || each.hostname === hostname) &&
      (service === undefined || each.service === service),
  );
  return answerPage(context, found.map(present));
}

function present({ id, hostname, service }: Domain) {
  return { id, hostname, service, environment: 'production', zone_id: hexId() };
}

function checkZone({ zones }: Account, hostname: string): void {
  if (!zones.some(({ name }) => hostname === name || hostname.endsWith(`.${name}`)))
    throw new Refusal(
      400,
      10083,
      `Could not find a zone for ${hostname}. It must be a domain of this account.`,
    );
}
