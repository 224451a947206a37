import { Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';
import { type Statement, violates } from '../base/db/database.rows.ts';
import type { AppRow } from '../base/db/schema.rows.ts';
import { settleOwners } from '../record/settle-owners.ts';

/** What an operator may change of an app. */
export interface AppSettings {
  name?: string | undefined;
  origins?: string[] | undefined;
  callback_urls?: string[] | undefined;
  owns_unclaimed?: boolean | undefined;
  allows_foreign_codes?: boolean | undefined;
  past_due_grace_days?: number | undefined;
  ending_notice_days?: number | undefined;
  dispute_access?: 'keep' | 'suspend' | undefined;
}

/**
 * Writes an app with `statements`, and the owners of products that follow, in one batch (ADR 52).
 * @throws {Problem} `conflict` when the product has an app in this mode already, or another app owns the
 * unclaimed products
 */
export async function writeApp(services: Services, app: AppRow, statements: Statement[]): Promise<void> {
  try {
    await settleOwners(services, app.mode, { app, statements });
  } catch (cause) {
    if (violates(cause, 'UNIQUE: apps.slug') || violates(cause, 'UNIQUE: apps.product, apps.mode')) {
      throw new Problem('conflict', { detail: 'This product has an app in this mode already.', cause });
    }
    if (violates(cause, 'UNIQUE: apps.mode')) {
      throw new Problem('conflict', {
        detail: 'Another app of this mode owns what is unclaimed. Only one can.',
        cause,
      });
    }
    throw cause;
  }
}
