import { FloeError } from '../../../kit/problem.ts';
import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import { openGateway } from '../../gateway/client.ts';
import type { Finding, MendGatewayRequest } from '../../gateway/operator-api.ts';
import { paint } from '../../terminal/colours.ts';
import { VERSION } from '../../version.ts';
import { choose, fromOutside, groupUnknown, OUTSIDE_CODES, type Report, summarize } from './finding.rules.ts';
import { lookFromOutside } from './look-from-outside.ts';

export interface DoctorOptions {
  fix?: true | undefined;
  mode?: 'live' | 'sandbox' | undefined;
  ignore?: readonly string[] | undefined;
}

/** All checks take eight seconds at most; the gateway makes them side by side. */
const TIMEOUT_MS = 30_000;
/** What is mended is done in the background: so often it is looked whether it is done. */
const LOOKS_AFTER_MENDING = 10;

/** Says what is wrong. @throws {CliError} when something is */
export async function runDoctor(context: Context, options: DoctorOptions): Promise<void> {
  const gateway = await openGateway(context, { timeoutMs: TIMEOUT_MS });
  const call = gateway.asOperator();
  const look = async () => choose(await examine(context, gateway.profile.gateway, call), options);
  let report: Report = await context.out.step(
    'Looking',
    look,
    ({ data }) => summarize(data) || 'nothing found',
  );
  const codes = report.data.filter(({ fixable }) => fixable).map(({ code }) => code);
  if (options.fix && codes.length > 0) {
    const { data: mended } = await context.out.step(
      'Mending',
      () =>
        call('POST /admin/doctor/fix', {
          body: { codes: asFixable(codes), ...(options.mode === undefined ? {} : { mode: options.mode }) },
        }),
      ({ data }) => `${data.filter(({ outcome }) => outcome === 'mended').length} of ${data.length}`,
    );
    const hoped = mended.filter(({ outcome }) => outcome === 'mended').map(({ code }) => code);
    for (let looks = 0; looks < LOOKS_AFTER_MENDING; looks++) {
      report = { ...(await look()), mended };
      if (!report.data.some(({ code }) => hoped.includes(code))) break;
      await context.sleep(1_000);
    }
  }
  show(context, report);
  if (report.data.length > 0) throw new CliError(EXIT.failed, `Found: ${summarize(report.data)}.`);
}

type Call = ReturnType<Awaited<ReturnType<typeof openGateway>>['asOperator']>;

async function examine(context: Context, gateway: string, call: Call): Promise<Omit<Report, 'ignored'>> {
  const { isThere, findings } = await lookFromOutside(context, gateway);
  const outside = {
    version: null,
    checked_at: new Date(context.now()).toISOString(),
    data: findings,
    not_applicable: [],
    checked: [...OUTSIDE_CODES],
  };
  if (!isThere) return { status: 'problems', ...outside };
  try {
    const diagnosis = await call('GET /admin/doctor');
    const { version } = diagnosis;
    const older = version === VERSION ? [] : [describeVersions(gateway, version)];
    return {
      ...diagnosis,
      data: [...findings, ...older, ...diagnosis.data].toSorted(
        (a, b) => RANK[a.severity] - RANK[b.severity],
      ),
      checked: [...outside.checked, ...diagnosis.checked],
    };
  } catch (error) {
    if (!(error instanceof FloeError)) throw error;
    const more =
      error.status === 401
        ? fromOutside(gateway, 'operator_token_refused', {
            severity: 'error',
            title: 'The gateway refuses the operator’s token',
            target: 'FLOE_ADMIN_TOKEN',
            detail: `${error.message} It is of another gateway, or was replaced.`,
            mend: `npx floe profiles add NAME --gateway ${gateway}`,
          })
        : error.status === 404
          ? describeVersions(gateway, 'older')
          : undefined;
    if (!more) throw error;
    return { status: 'problems', ...outside, data: [...findings, more] };
  }
}

const RANK = { error: 0, unknown: 1, warning: 2 };

/** The gateway has called them fixable, and so takes them. */
const asFixable = (codes: readonly string[]) =>
  [...new Set(codes)] as NonNullable<MendGatewayRequest['codes']>;

function describeVersions(gateway: string, version: string): Finding {
  return fromOutside(gateway, 'version_differs', {
    severity: 'warning',
    title: 'The gateway is of another version than this command',
    detail: `The gateway is ${version}, and this command is ${VERSION}.`,
    mend: 'npx floe upgrade',
  });
}

function show({ out }: Context, report: Report): void {
  const { data, mended = [], checked, ignored, not_applicable: inapplicable } = report;
  for (const { code, outcome, detail } of mended) {
    if (outcome === 'mended') out.note(`${paint.green('mended')} ${code}: ${detail}`);
    else out.warn(`${code} was not mended: ${detail}`);
  }
  if (out.isJson) out.result(report, '');
  else if (data.length > 0) out.result(report, describe(data));
  for (const { code, mode, why } of inapplicable)
    out.note(`Not looked for${mode === null ? '' : ` in ${mode}`}: ${code}. ${why}`);
  if (ignored.length > 0) out.note(`Found and not said: ${ignored.join(', ')}.`);
  const others = new Set([...ignored, ...inapplicable.map(({ code }) => code)]);
  if (data.length === 0) out.note(`All ${checked.length - others.size} checks passed.`);
}

function describe(findings: readonly Finding[]): string {
  const certain = findings.filter(({ severity }) => severity !== 'unknown');
  const blocks = certain.map(({ severity, code, mode, app, title, detail, mend }) =>
    [
      `${severity === 'error' ? paint.red('error') : paint.yellow('warning')} ${paint.bold(code)}${describePlace(mode, app)}`,
      `  ${title}.`,
      `  ${detail}`,
      `  ${paint.dim('→')} ${paint.cyan(mend)}`,
    ].join('\n'),
  );
  const unknown = groupUnknown(findings).map(({ codes, detail, mend }) =>
    [
      `${paint.yellow('unknown')} ${paint.bold(codes.join(', '))}`,
      `  ${detail}`,
      `  ${paint.dim('→')} ${paint.cyan(mend)}`,
    ].join('\n'),
  );
  return [...blocks, ...unknown].join('\n\n');
}

function describePlace(mode: string | null, app: string | null): string {
  const place = app ?? mode;
  return place === null ? '' : ` (${place})`;
}
