import { type Document, jsonOf, type Json } from './document.ts';
import { codeBlock } from './highlight.ts';
import { type Html, html, withCode } from './html.ts';
import { schemaTree } from './schema.ts';
import type { DocPage } from './site.ts';

/* The catalogue of events: one page that lists all of them, and one for each kind of thing that they are about. */

const PAGE_URL = '/docs/events';

const NOUNS: Readonly<Record<string, { title: string; about: string }>> = {
  payment: {
    title: 'Payment events',
    about:
      'A checkout or a renewal, from its beginning to the money. Deliver what was bought on `payment.succeeded`.',
  },
  refund: { title: 'Refund events', about: 'Money that goes back to a buyer.' },
  subscription: { title: 'Subscription events', about: 'What becomes of a subscription.' },
  grant: {
    title: 'Grant events',
    about:
      'What a customer has from a purchase, or was given by your app: given, renewed, taken away. For access itself, ask `GET /v1/access`.',
  },
  customer: {
    title: 'Customer events',
    about: 'Your app’s customers, with what their purchases from your app carried.',
  },
  gift: {
    title: 'Gift events',
    about: 'A purchase for somebody else: accepted by its recipient, or taken back.',
  },
  seat: { title: 'Seat events', about: 'Seats of a team.' },
  dispute: { title: 'Dispute events', about: 'A buyer’s bank asks for money back.' },
  endpoint: { title: 'Endpoint events', about: 'Another webhook endpoint of yours fails.' },
  polar: {
    title: 'Other events of Polar',
    about: 'What Polar sends and Floe has no name for, when it concerns your app alone.',
  },
};

interface Event {
  type: string;
  noun: string;
  when: string;
  schema: Json | undefined;
  sample: unknown;
}

/** The catalogue: its overview first. */
export async function eventsPages(document: Document): Promise<DocPage[]> {
  const events = Object.entries(document.webhooks).map(([type, { post }]): Event => {
    const { schema, example } = jsonOf(document, post?.requestBody ?? {});
    return {
      type,
      noun: type.split('.', 1)[0] ?? '',
      when: post?.description ?? '',
      schema,
      sample: example,
    };
  });
  const nouns = [...new Set(events.map(({ noun }) => noun))];
  const pages = nouns.map((noun) =>
    nounPage(
      document,
      noun,
      events.filter((event) => event.noun === noun),
    ),
  );
  return [overview(events, nouns), ...(await Promise.all(pages))];
}

function titleOf(noun: string): string {
  return NOUNS[noun]?.title ?? `Events of ${noun}`;
}

function eventUrl({ type, noun }: Event): string {
  return `${PAGE_URL}/${noun}#${type}`;
}

function overview(events: readonly Event[], nouns: readonly string[]): DocPage {
  return {
    url: PAGE_URL,
    title: 'All events',
    description: 'Every type of event that your backend can be told, and when.',
    body: html`<h1>Events</h1>
      <p class="lead">
        Floe tells your backend what happens: a small signed POST for each event, sent again until your
        endpoint has answered 2xx.
      </p>
      <p>
        <a href="/docs/forwarding">How to receive events</a> says how a message is verified and what it holds.
        <code>POST /v1/webhook-endpoints/{id}/test</code> sends a sample of any type to your endpoint. An
        endpoint can ask for single types or for a group, <code>payment.*</code>.
      </p>
      ${nouns.map(
        (noun) =>
          html`<h2 id="${noun}"><a href="${PAGE_URL}/${noun}">${titleOf(noun)}</a></h2>
            <dl class="events">
              ${events
                .filter((event) => event.noun === noun)
                .map(
                  (event) =>
                    html`<div>
                      <dt>
                        <a href="${eventUrl(event)}"><code>${event.type}</code></a>
                      </dt>
                      <dd>${withCode(event.when)}</dd>
                    </div>`,
                )}
            </dl>`,
      )}`,
    headings: nouns.map((noun) => ({ id: noun, title: titleOf(noun), depth: 2 })),
    entries: [],
    isReference: false,
  };
}

async function nounPage(document: Document, noun: string, events: readonly Event[]): Promise<DocPage> {
  const title = titleOf(noun);
  return {
    url: `${PAGE_URL}/${noun}`,
    title,
    description: `${title}: ${events.map(({ type }) => type).join(', ')}.`,
    body: html`<h1>${title}</h1>
      <p class="lead">${withCode(NOUNS[noun]?.about ?? '')}</p>
      ${await Promise.all(events.map((event, index) => eventSection(document, event, index === 0)))}`,
    headings: events.map(({ type }) => ({ id: type, title: type, depth: 2 })),
    entries: events.map((event) => ({
      title: event.type,
      page: title,
      url: eventUrl(event),
      text: event.when,
    })),
    isReference: true,
  };
}

async function eventSection(
  document: Document,
  { type, when, schema, sample }: Event,
  isOpen: boolean,
): Promise<Html> {
  return html`<section class="operation" id="${type}">
    <div class="about">
      <h2>
        <a class="anchor" href="#${type}"><code>${type}</code></a>
      </h2>
      <p>${withCode(when)}</p>
      ${
        schema
          ? html`<details>
              <summary>Fields</summary>
              ${schemaTree(document, schema)}
            </details>`
          : ''
      }
    </div>
    <div class="examples">
      <details class="folded" ${isOpen ? 'open' : ''}>
        <summary>Sample</summary>
        ${await codeBlock(JSON.stringify(sample, null, 2), 'json', type)}
      </details>
    </div>
  </section>`;
}
