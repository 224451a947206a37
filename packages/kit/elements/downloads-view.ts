import type { DownloadableFile } from '../browser-downloads.ts';
import { sayBytes } from './bytes.ts';
import { make } from './dom.ts';

interface DownloadsView {
  text: (name: string, fallback: string) => string;
  /** BCP 47; undefined: the browser's. */
  locale: string | undefined;
  /** Where a file is on the site itself; undefined: its address is made when it is clicked. */
  linkOf: ((id: string) => string) | undefined;
  download: (file: DownloadableFile, button: HTMLButtonElement) => void;
}

/** The files, one a line: what it is called, its version and size, and how to get it. */
export function showDownloads(files: readonly DownloadableFile[], view: DownloadsView): Node[] {
  return [make('ul', { part: 'list', role: 'list' }, ...files.map((file) => showFile(file, view)))];
}

function showFile(file: DownloadableFile, view: DownloadsView): HTMLElement {
  const { text } = view;
  const details = [
    ...(file.version === null ? [] : [`${text('version', 'Version')} ${file.version}`]),
    sayBytes(file.size, view.locale),
    ...(file.is_archived ? [text('archived', 'an older file')] : []),
  ];
  return make(
    'li',
    { part: 'item' },
    make(
      'span',
      { class: 'file' },
      make('span', { part: 'name' }, file.name),
      ' ',
      make('small', { part: 'details' }, details.join(' · ')),
    ),
    getter(file, view),
  );
}

function getter(file: DownloadableFile, { text, linkOf, download }: DownloadsView): HTMLElement {
  // Each says which file, for those who do not see the line that it stands in.
  const label = [
    make(
      'span',
      { class: 'label' },
      text('download', 'Download'),
      make('span', { class: 'said' }, ` ${file.name}`),
    ),
  ];
  if (linkOf)
    return make('a', { part: 'button', class: 'button', href: linkOf(file.id), rel: 'noreferrer' }, ...label);
  const button = make(
    'button',
    { part: 'button', type: 'button' },
    ...label,
    make('span', { class: 'spinner', part: 'spinner', 'aria-hidden': 'true' }),
  );
  button.addEventListener('click', () => download(file, button));
  return button;
}
