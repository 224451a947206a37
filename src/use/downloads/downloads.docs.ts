import { document } from '../../http/route-docs.ts';
import { countedFileList, downloadAddress, downloadList, notedDownloadList } from './downloads.answers.ts';
import { getDownload, getDownloads, getDownloadsOfFile, getFiles } from './downloads.routes.ts';

const WHOSE = 'A secret key names the `customer`; a session speaks for whoever it was made for.';

export const downloadsDocs = document([
  [
    getDownloads,
    {
      id: 'listDownloads',
      tag: 'Downloads',
      summary: 'List the files that a customer may download',
      description: `The files of the benefits that this app’s purchases and grants give the customer now, by name; archived ones last. ${WHOSE} An external id has the files of all its customers, a member of a team its own, a session that came with a purchase those of that purchase.`,
      responses: { 200: { description: 'A page of files', schema: downloadList } },
      problems: ['rate_limited', 'mode_not_configured', 'polar_failed', 'polar_unavailable', 'unavailable'],
    },
  ],
  [
    getDownload,
    {
      id: 'getDownload',
      tag: 'Downloads',
      summary: 'Download a file',
      description: `Decides from the database, never from a cache, then sends on (\`303\`) to Polar’s file, whose address works for at most 60 minutes and for anybody who has it. With \`Accept: application/json\` answers with the address instead. ${WHOSE} Each answer with an address is counted; a \`HEAD\` and a prefetch are answered without one.`,
      responses: {
        200: { description: 'Its address, when JSON is asked for', schema: downloadAddress },
        303: { description: 'To the file', headers: { Location: 'Its address at Polar' } },
      },
      problems: [
        'not_granted',
        'not_found',
        'method_not_allowed',
        'download_unavailable',
        'rate_limited',
        'mode_not_configured',
        'polar_failed',
        'polar_unavailable',
        'unavailable',
      ],
    },
  ],
  [
    getFiles,
    {
      id: 'listFiles',
      tag: 'Downloads',
      summary: 'List how often files were downloaded',
      description:
        'The app’s files that were downloaded at least once, in order of their ids. Downloads that Polar’s own portal begins are not known here.',
      responses: { 200: { description: 'A page of files', schema: countedFileList } },
    },
  ],
  [
    getDownloadsOfFile,
    {
      id: 'listDownloadsOfFile',
      tag: 'Downloads',
      summary: 'List who downloaded a file',
      description: 'The downloads of the last 90 days, newest first.',
      responses: { 200: { description: 'A page of downloads', schema: notedDownloadList } },
      problems: ['not_found'],
    },
  ],
]);
