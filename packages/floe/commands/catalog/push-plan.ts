import { CliError } from '../../cli-error.ts';
import type { CatalogPolar } from '../../catalog/open-catalog.ts';
import { type CatalogFile, placeOf } from '../../catalog/model/catalog.rules.ts';
import { describeObstacle } from '../../catalog/plan/describe-plan.rules.ts';
import { allOf, type Change, type Plan } from '../../catalog/plan/plan.rules.ts';
import { withLease } from '../../catalog/push/lease.ts';
import { pushChanges } from '../../catalog/push/push-changes.ts';
import { saySent, type UploadSteps } from '../../catalog/push/upload-file.ts';
import type { There } from '../../catalog/there/there.rules.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../exit-codes.ts';
import { count } from '../../words/names.rules.ts';

interface Pushed {
  product: string;
  /** What Polar has now. */
  look: () => Promise<There>;
  plan: (there: There) => Plan;
  /** What was shown, and in live agreed to. */
  shown: Plan;
  /** Is told what is done, before it is. */
  say?: (plan: Plan) => void;
  /** @returns the id of the file */
  upload: (file: CatalogFile, steps: UploadSteps) => Promise<string>;
}

interface Done {
  plan: Plan;
  /** What was there before. */
  there: There;
  /** Of all that is there now, by `placeOf`. */
  ids: ReadonlyMap<string, string>;
}

/** Takes the lease, looks once more, and does what the plan then says. @throws {CliError} when something stands in the way */
export function pushPlan(
  context: Context,
  polar: CatalogPolar,
  { product, look, plan: planOf, shown, say, upload }: Pushed,
): Promise<Done> {
  return withLease(context, polar.api, product, async (lease) => {
    // Whoever pushed while this one waited may have done it.
    const there = await look();
    const plan = planOf(there);
    refuseObstacles(plan);
    if (polar.api.mode === 'live') refuseUnseen(plan, shown);
    say?.(plan);
    const changes = allOf(plan);
    const title = `Pushing ${count(changes.length, 'change')} to ${polar.api.mode}`;
    const ids = await context.out.step(title, (progress) => {
      let at = 0;
      const keep = () => lease.keep();
      return pushChanges(context, polar, there, changes, {
        next(done) {
          progress((at = done), changes.length);
          return keep();
        },
        upload: (file) =>
          upload(file, {
            keep,
            progress: (sent, of) => progress(at, changes.length, `${file.name}, ${saySent(sent, of)}`),
          }),
      });
    });
    return { plan, there, ids };
  });
}

/** Somebody has agreed to what was shown, and to nothing that others have made meanwhile, such as a product that is not in this source. @throws {CliError} */
function refuseUnseen(plan: Plan, shown: Plan): void {
  const place = (change: Change) =>
    change.action === 'archive' ? `archive ${change.held.id}` : placeOf(change.kind, change.key);
  const seen = new Set(allOf(shown).map(place));
  const unseen = allOf(plan).filter((change) => !seen.has(place(change)));
  if (unseen.length === 0) return;
  throw new CliError(EXIT.failed, 'Nothing was pushed: live is not what it was when its plan was shown.', {
    code: 'changed_meanwhile',
    errors: unseen.map(({ action, name }) => ({ path: name, message: `${action}: it was not in the plan` })),
    hint: 'Run the same command again: it shows what would change now.',
  });
}

export function refuseObstacles({ obstacles }: Plan): void {
  const [first] = obstacles;
  if (!first) return;
  throw new CliError(EXIT.failed, 'Nothing was pushed.', {
    code: first.code,
    errors: obstacles.map((each) => ({ path: each.name, message: describeObstacle(each) })),
  });
}
