import { micromark } from 'micromark';

/**
 * Elements that a note may have: what CommonMark makes without its HTML and its images. HTML in a note is shown as text; an
 * image would tell its host who reads the note.
 */
const LEFT_OUT = ['htmlFlow', 'htmlText', 'labelStartImage'];

/**
 * A note as HTML that is safe to put into a page. It is made by micromark, which writes no element that Markdown has no word
 * for, escapes HTML, and leaves links that are neither relative nor http, https, mailto, irc or xmpp without an address.
 */
export function renderNote(markdown: string): string {
  return micromark(markdown, {
    allowDangerousHtml: false,
    allowDangerousProtocol: false,
    extensions: [{ disable: { null: LEFT_OUT } }],
  });
}
