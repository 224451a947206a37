/** A call of the API that samples are written of. */
export interface SampleRequest {
  method: string;
  /** As the OpenAPI document has it: `/v1/payments/{id}`. */
  route: string;
  /** As it is called: `/v1/payments/pay_…?limit=1`. */
  path: string;
  body?: unknown;
  /** The variable that has the caller's key; undefined: anyone may call. */
  key: string | undefined;
  /** Whether the kit's client has the route. */
  isInKit: boolean;
  /** The parameters of the query that the kit's client takes as numbers. */
  numbers: readonly string[];
  /** Whether the answer has a body. */
  answers: boolean;
}

/** The languages, in the order of their tabs. */
export const LANGUAGES = [
  { id: 'curl', name: 'curl', code: 'sh' },
  { id: 'typescript', name: 'TypeScript', code: 'ts' },
  { id: 'python', name: 'Python', code: 'python' },
  { id: 'go', name: 'Go', code: 'go' },
] as const;
export type Language = (typeof LANGUAGES)[number]['id'];

/** The value of each path parameter, by its name. */
export function readParams({ route, path }: SampleRequest): Record<string, string> {
  const [pathname = ''] = path.split('?', 1);
  const given = pathname.split('/');
  return Object.fromEntries(
    route.split('/').flatMap((part, index) => {
      const [, name] = /^\{(\w+)\}$/.exec(part) ?? [];
      return name === undefined ? [] : [[name, given[index] ?? '']];
    }),
  );
}
