import { checkAccess, type ResourceDecision } from '../../access/check-access.ts';
import { RETRY_SECONDS } from '../../access/access.rules.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import type { Subject } from '../../base/subject.rules.ts';
import { forAnybody, hasRoom, noRoom } from '../../polar/public-budget.ts';
import { gatherFiles, type OfferedFile, planQuestions, type FileBenefit } from './offered-files.rules.ts';
import { type OfferedFiles, selectOfferedFiles } from './offered-files.rows.ts';

/** Whose files are asked for. */
export interface Asker {
  app: AppRow;
  subject: Subject;
  /** Asked by a session: what it may have Polar asked is counted (ADR 56). */
  isVisitor: boolean;
}

/** What the app decides now about each benefit that gives files. */
export interface DecidedFiles extends OfferedFiles {
  decisions: ReadonlyMap<string, ResourceDecision>;
  allowed: ReadonlySet<string>;
}

/** As many as one question about access may have. */
const MAX_RESOURCES = 100;
/** Holders that are asked for at the same time: an invocation has few connections. */
const AT_ONCE = 3;
/** A session of the customer's, and a page of the list. */
const REQUESTS_PER_HOLDER = 2;

/**
 * The app's decision about each benefit that gives files, from the database's primary: no cache can say yes (ADR 97).
 * @throws {Problem} `unavailable` when it cannot be made; `mode_not_configured`
 */
export async function decideFiles(services: Services, { app, subject }: Asker): Promise<DecidedFiles> {
  const offered = await selectOfferedFiles(services.database, { app, subject });
  const decisions = new Map<string, ResourceDecision>();
  const ids = offered.benefits.map(({ id }) => id);
  for (let from = 0; from < ids.length; from += MAX_RESOURCES) {
    const some = ids.slice(from, from + MAX_RESOURCES);
    const resources = some.map((id) => `benefit:${id}`);
    const answer = await checkAccess(services, { app, subject, resources, maxAge: 0 });
    for (const [index, decision] of answer.decisions.entries()) decisions.set(some[index] ?? '', decision);
  }
  const all = [...decisions];
  if (all.some(([, { reason }]) => reason === 'unavailable'))
    throw new Problem('unavailable', {
      detail: 'Whether this may be downloaded cannot be checked right now.',
      retryAfter: RETRY_SECONDS,
    });
  return { ...offered, decisions, allowed: new Set(all.filter(([, { allow }]) => allow).map(([id]) => id)) };
}

/**
 * What Polar offers by the benefits in `wanted`, all of which the app's decision allows. Polar lists files to customers
 * only, each all that they have in the organization: nothing but the wanted benefits is asked for and given back.
 * @throws {Problem} `polar_…`, `rate_limited`
 */
export async function fetchOffered(
  services: Services,
  { app, isVisitor }: Asker,
  known: OfferedFiles,
  wanted: ReadonlySet<string>,
): Promise<OfferedFile[]> {
  const questions = planQuestions(wanted, known);
  if (questions.length === 0) return [];
  const cost = questions.length * REQUESTS_PER_HOLDER;
  if (isVisitor && !(await hasRoom(services, app, 'download', cost)))
    throw noRoom('Too many downloads were asked for. Try again in a few seconds.');
  const asking = isVisitor ? forAnybody(services, app, 'download', cost) : services;
  const polar = asking.polar(app.mode);
  const answers = [];
  for (let from = 0; from < questions.length; from += AT_ONCE) {
    const some = questions.slice(from, from + AT_ONCE);
    answers.push(
      ...(await Promise.all(
        some.map(async (question) => ({ question, downloads: await polar.fetchDownloads(question) })),
      )),
    );
  }
  return gatherFiles(answers, known.benefits satisfies readonly FileBenefit[]);
}
