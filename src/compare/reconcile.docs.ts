import { document } from '../http/route-docs.ts';
import { getRun, getRuns, postCancel, postReconcile } from './reconcile.routes.ts';
import { reportOfRun, run, runList } from './reconcile.answers.ts';

const tag = 'Reconcile';

export const reconcileDocs = document([
  [
    postReconcile,
    {
      id: 'startReconcileRun',
      tag,
      summary: 'Compare with Polar now',
      description:
        'Starts a run in the background; read it until its `status` is `finished`. `recent`: what is new since the run before, and what is open. `full`: everything. What is missing or differs is applied and told with `origin: reconcile`. What changed within `grace_seconds` is left for the next run, since its webhook may be on its way. `repair_webhook: true` lets it register, enable and complete the webhook endpoint at Polar.',
      responses: { 202: { description: 'The run, just started', schema: run } },
      problems: ['conflict', 'mode_not_configured'],
    },
  ],
  [
    getRuns,
    {
      id: 'listReconcileRuns',
      tag,
      summary: 'List runs',
      description: 'Newest first. They are kept for 30 days.',
      responses: { 200: { description: 'Runs with their drift reports', schema: runList } },
    },
  ],
  [
    getRun,
    {
      id: 'getReconcileRun',
      tag,
      summary: 'Read a run',
      description:
        'By kind: `seen` were looked at, `missing` were not stored at all, `stale` were stored otherwise, `repaired` of both are right now, `failed` could not be applied, `young` were left for the next run. `error` says what a running one waits for, `refused` what was left out and why, `not_understood` the objects (at most 20) that are not what Polar documents: they keep no other from being compared or sold. `objects` names each object that differed, a page of them by kind and id: the fields that differ (never their values), what was done and which events were told. A run lists a thousand; `objects_not_listed` counts the others.',
      responses: {
        200: {
          description: 'The run with its drift report, and the objects that differed',
          schema: reportOfRun,
        },
      },
      problems: ['not_found'],
    },
  ],
  [
    postCancel,
    {
      id: 'cancelReconcileRun',
      tag,
      summary: 'Cancel a run',
      description:
        'Ends a running one: its `status` becomes `failed`. What it has repaired stays so, and the next run can start.',
      responses: { 200: { description: 'The run, ended', schema: run } },
      problems: ['not_found', 'conflict'],
    },
  ],
]);
