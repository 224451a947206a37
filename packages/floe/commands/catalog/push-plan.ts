import { CliError } from '../../cli-error.ts';
import type { CatalogPolar } from '../../catalog/open-catalog.ts';
import type { CatalogFile } from '../../catalog/model/catalog.rules.ts';
import { describeObstacle } from '../../catalog/plan/describe-plan.rules.ts';
import { allOf, type Plan } from '../../catalog/plan/plan.rules.ts';
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
  { product, look, plan: planOf, upload }: Pushed,
): Promise<Done> {
  return withLease(context, polar.api, product, async (lease) => {
    // Whoever pushed while this one waited may have done it.
    const there = await look();
    const plan = planOf(there);
    refuseObstacles(plan);
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

export function refuseObstacles({ obstacles }: Plan): void {
  const [first] = obstacles;
  if (!first) return;
  throw new CliError(EXIT.failed, 'Nothing was pushed.', {
    code: first.code,
    errors: obstacles.map((each) => ({ path: each.name, message: describeObstacle(each) })),
  });
}
