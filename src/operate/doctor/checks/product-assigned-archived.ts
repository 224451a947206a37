import { selectArchivedAssigned } from '../apps.rows.ts';
import type { Check } from '../check.ts';
import { quote } from '../words.rules.ts';

const MAX_SHOWN = 20;

export const productAssignedArchived: Check = {
  code: 'product_assigned_archived',
  area: 'apps-and-products',
  severity: 'warning',
  title: 'An assigned product is archived at Polar',
  each: 'mode',
  async look({ database }, mode) {
    const archived = await selectArchivedAssigned(database, mode, MAX_SHOWN);
    return archived.map(({ id, name, app }) => ({
      app,
      target: id,
      detail: `The product ${quote(name)} (${id}) is assigned to ${app} and archived at Polar: it cannot be bought.`,
      mend: `npx floe products unassign ${id}`,
    }));
  },
};
