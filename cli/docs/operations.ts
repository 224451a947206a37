import { EXAMPLES } from '../../src/examples.docs.ts';
import type { ProblemCode } from '../../src/base/problem.ts';
import { problemsOf } from '../../src/http/route-docs.ts';
import { routeDocs } from '../../src/index.docs.ts';
import { type Document, type Json, type OperationObject, resolve } from './document.ts';
import { slugOf } from './html.ts';
import type { SampleRequest } from './samples/request.ts';
import { keyVariable } from './samples/variables.ts';

/** One operation as pages show it. */
export interface Operation {
  /** In addresses: `create-payment`. */
  id: string;
  title: string;
  method: string;
  /** `/v1/payments/{id}` */
  route: string;
  object: OperationObject;
  parameters: readonly Json[];
  /** Who may call, by the names of the document's security schemes; empty: anyone. */
  credentials: readonly string[];
  /** What a secret key that is limited needs. */
  scope: string | undefined;
  problems: readonly ProblemCode[];
  sample: SampleRequest;
  /** Whether programs call it. Pages are opened in a browser, which sends their forms; Polar sends its webhooks itself. */
  isCalled: boolean;
  /** Its samples name a product of the reader's own. */
  namesProduct: boolean;
}

/** Operations of one tag. */
export interface Group {
  name: string;
  slug: string;
  description: string;
  operations: readonly Operation[];
}

/** Whom groups are for: `For apps`. */
export interface Audience {
  name: string;
  groups: readonly Group[];
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
/** The tag of pages for people. */
const PAGES = 'Pages';

/** The operations of the document by those who call, and by their tags, in its order. */
export function groupOperations(document: Document): Audience[] {
  const operations = Object.entries(document.paths).flatMap(([route, item]) =>
    METHODS.flatMap((method) => {
      const object = item[method];
      return object ? [readOperation(document, method, route, object)] : [];
    }),
  );
  return document['x-tagGroups'].map(({ name, tags }) => ({
    name,
    groups: tags.flatMap((tag) => {
      const own = operations.filter(({ object }) => object.tags?.[0] === tag);
      const description = document.tags.find((each) => each.name === tag)?.description ?? '';
      return own.length === 0 ? [] : [{ name: tag, slug: slugOf(tag), description, operations: own }];
    }),
  }));
}

function readOperation(
  document: Document,
  method: string,
  route: string,
  object: OperationObject,
): Operation {
  const parameters = (object.parameters ?? []).map((each) => resolve(document, each).value);
  const credentials = [...new Set((object.security ?? []).flatMap((each) => Object.keys(each)))];
  const path = route.replaceAll(/\{(\w+)\}/g, ':$1');
  const example = EXAMPLES[`${method.toUpperCase()} ${path}`];
  const described = routeDocs.find(([spec]) => spec.method === method && spec.path === path);
  if (!example || !described) throw new Error(`${method} ${route} is not described`);
  return {
    id: slugOf((object.operationId ?? `${method} ${route}`).replaceAll(/([a-z])([A-Z])/g, '$1-$2')),
    title: object.summary ?? route,
    method: method.toUpperCase(),
    route,
    object,
    parameters,
    credentials,
    scope: object['x-required-scope'],
    problems: problemsOf(...described),
    sample: {
      method: method.toUpperCase(),
      route,
      path: example.path,
      ...(example.body === undefined ? {} : { body: example.body }),
      key: keyVariable(example, credentials),
      isInKit: route.startsWith('/v1/'),
      numbers: parameters
        .filter(
          (each) => each['in'] === 'query' && resolve(document, each['schema']).value['type'] === 'integer',
        )
        .map((each) => String(each['name'])),
      answers: answersJson(object),
    },
    isCalled: object.tags?.[0] !== PAGES && !route.startsWith('/webhooks/'),
    namesProduct: /^\/v1\/(payments|checkout)$/.test(route) && method === 'post',
  };
}

function answersJson({ responses = {} }: OperationObject): boolean {
  return Object.entries(responses).some(
    ([status, response]) => status.startsWith('2') && status !== '204' && response['content'] !== undefined,
  );
}
