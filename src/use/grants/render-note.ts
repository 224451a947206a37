import { micromark } from 'micromark';

/**
 * Elements that a note may have: what CommonMark makes without its HTML and its images. HTML in a note is shown as text; an
 * image would tell its host who reads the note.
 */
const LEFT_OUT = ['htmlFlow', 'htmlText', 'labelStartImage'];

const LEADS_OUT = /^(?:https?:\/\/|mailto:)/i;

/**
 * A note as HTML that is safe to put into a page. It is made by micromark, which writes no element that Markdown has no word
 * for, escapes HTML, and leaves links of dangerous schemes without an address. It lets relative ones through, which would
 * lead into the site that shows the note, and those of chat programs: they go too.
 */
export function renderNote(markdown: string): string {
  const html = micromark(markdown, {
    allowDangerousHtml: false,
    allowDangerousProtocol: false,
    extensions: [{ disable: { null: LEFT_OUT } }],
  });
  // In text a quotation mark is `&quot;`, so this is found in tags alone.
  return html.replaceAll(/href="([^"]*)"/g, (link, to: string) => (LEADS_OUT.test(to) ? link : 'href=""'));
}
