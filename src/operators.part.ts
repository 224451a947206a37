import { mountReconcile } from './compare/reconcile.routes.ts';
import { mountPolarEvents } from './hear/polar-events.routes.ts';
import type { App } from './http/route.ts';
import { mountApps } from './operate/apps.routes.ts';
import { mountDoctor } from './operate/doctor/doctor.routes.ts';
import { mountAudit } from './operate/audit.routes.ts';
import { mountHealth } from './operate/health.routes.ts';
import { mountSecrets } from './operate/secrets/secrets.routes.ts';
import { mountDeleteCustomers } from './people/erase/delete.routes.ts';
import { mountUnrouted } from './operate/unrouted/unrouted.routes.ts';
import { mountAllEndpoints } from './tell/endpoints/endpoints.routes.ts';

/** What operators call. */
export function mountForOperators(app: App): void {
  mountHealth(app);
  mountDoctor(app);
  mountApps(app);
  mountSecrets(app);
  mountAudit(app);
  mountDeleteCustomers(app);
  mountAllEndpoints(app);
  mountPolarEvents(app);
  mountUnrouted(app);
  mountReconcile(app);
}
