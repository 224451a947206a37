import { document } from '../../http/route-docs.ts';
import { diagnosis, mended } from './doctor.answers.ts';
import { getDoctor, postFix } from './doctor.routes.ts';

const tag = 'Gateway';

export const doctorDocs = document([
  [
    getDoctor,
    {
      id: 'diagnoseGateway',
      tag,
      summary: 'What is wrong, and what mends it',
      description:
        'Looks for everything in [the list of codes](docs/doctor.md): settings, migrations, Polar’s webhook endpoint, queue and cron, clocks, keys, what waits or failed, apps and products. ' +
        '`data` has what was found, errors first, each with a stable `code`, the object and what mends it. What cannot be found out, such as while Polar is away, is in `data` too, with the severity `unknown`. ' +
        '`not_applicable` says what was not looked for here, and why. Of each list at most 20 are named. It asks Polar up to three times a mode.',
      responses: {
        200: { description: 'What was found; `status` is `ok` when nothing was', schema: diagnosis },
      },
    },
  ],
  [
    postFix,
    {
      id: 'mendGateway',
      tag,
      summary: 'Mend what needs no decision',
      description:
        'Mends what the doctor finds now and calls `fixable`, or those of `codes` alone, in both modes or in `mode`: it repairs Polar’s webhook endpoint, applies events again, sends what is due, starts a comparison. What is well is left alone, so it may be called again. Each is in the audit log.',
      responses: {
        200: { description: 'What was mended, or why not; nothing when nothing was found', schema: mended },
      },
    },
  ],
]);
