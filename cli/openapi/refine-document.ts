import type { Example } from '../../src/examples.docs.ts';
import { isNever, type Json, refineSchema } from './refine-schema.ts';

/* The last hand at the document: fields by their names, and examples of parameters. */

interface Parameter {
  name: string;
  in: string;
  schema: Json;
  description?: string;
  example?: unknown;
  $ref?: string;
}

interface Operation {
  operationId: string;
  parameters?: Parameter[];
}

interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Json> };
}

/** The document, with what the names of fields say and with examples of what is in addresses. */
export function refineDocument(document: object, examples: Readonly<Record<string, Example>>): object {
  const { paths, components, ...rest } = document as Document;
  const refined = Object.entries(paths).map(([path, methods]) => [
    path,
    Object.fromEntries(
      Object.entries(methods).map(([method, operation]) => {
        const example = examples[`${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`];
        return [method, refineOperation(operation, path, example?.path ?? '')];
      }),
    ),
  ]);
  const schemas = Object.fromEntries(
    Object.entries(components.schemas)
      // zod-openapi also writes what is part of a request as if it were answered.
      .filter(([name]) => !name.endsWith('RequestOutput'))
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, schema]) => [name, refineSchema(schema, name)]),
  );
  return { ...rest, paths: Object.fromEntries(refined), components: { ...components, schemas } };
}

function refineOperation(operation: Operation, path: string, example: string): Operation {
  const { parameters } = operation;
  if (!parameters) return operation;
  const given = readExample(path, example);
  return {
    ...operation,
    parameters: parameters
      .filter(({ $ref, schema }) => $ref !== undefined || !isNever(schema))
      .map((parameter) =>
        parameter.$ref === undefined ? refineParameter(parameter, path, given) : parameter,
      ),
  };
}

function refineParameter(parameter: Parameter, path: string, given: ReadonlyMap<string, string>): Parameter {
  const { name } = parameter;
  const { description, ...schema } = refineSchema(parameter.schema, `${path}?${name}`);
  const said = parameter.description ?? (parameter.in === 'path' ? describePath(path, name) : description);
  const text = parameter.example ?? given.get(name);
  const example = schema['type'] === 'integer' && text !== undefined ? Number(text) : text;
  return {
    ...parameter,
    ...(said === undefined ? {} : { description: said as string }),
    schema,
    ...(example === undefined ? {} : { example }),
  };
}

/** The values of the parameters in an example’s address. */
function readExample(path: string, example: string): Map<string, string> {
  const { pathname, searchParams } = new URL(example, 'http://x');
  const parts = pathname.split('/').map(decodeURIComponent);
  const given = new Map(searchParams);
  for (const [place, part] of path.split('/').entries()) {
    const [, name] = /^\{(\w+)\}$/.exec(part) ?? [];
    if (name !== undefined) given.set(name, parts[place] ?? '');
  }
  return given;
}

/** What is named by what stands before it in the address: `/v1/payments/{id}`. */
function describePath(path: string, name: string): string {
  if (name === 'app') return 'The app’s slug.';
  const [, before = ''] = new RegExp(`([\\w-]+)/\\{${name}\\}`).exec(path) ?? [];
  const noun = before === 'reconcile' ? 'run' : before.replace(/s$/, '').replaceAll('-', ' ');
  return `The id of the ${noun}.`;
}
