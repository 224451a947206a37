import type { PolarDownload } from '../../base/polar-gateway.ts';

/** A benefit that gives files. */
export interface FileBenefit {
  id: string;
  /** Their ids, and whether each is archived. Null: stored before this was kept. */
  files: Readonly<Record<string, boolean>> | null;
}

/** Whom Polar lists files for: a customer, or a member of a team. */
export interface Holder {
  customerId: string;
  memberId: string | null;
}

/** Whom to ask Polar for, and by which benefits. */
export interface Question extends Holder {
  benefitIds: string[];
}

/** A file that the subject may have, and who of Polar's customers has it. */
export interface OfferedFile {
  download: PolarDownload;
  holder: Holder;
  isArchived: boolean;
}

/**
 * More customers and members than this a subject's files are not looked for at: each takes two requests to Polar. An
 * external id that stands for more has lost its meaning.
 */
export const MAX_HOLDERS = 20;

/**
 * Whom to ask Polar for: everybody who holds one of the benefits that the app's decision allows. A benefit of which no
 * grant is heard of is with the buyers, since Polar may have granted it already.
 */
export function planQuestions(
  allowed: ReadonlySet<string>,
  known: {
    holders: readonly (Holder & { benefitId: string })[];
    buyers: readonly Holder[];
    heard: ReadonlySet<string>;
  },
): Question[] {
  const questions = new Map<string, Question>();
  const ask = ({ customerId, memberId }: Holder, benefitId: string) => {
    const name = `${customerId} ${memberId}`;
    const question = questions.get(name) ?? { customerId, memberId, benefitIds: [] };
    if (!question.benefitIds.includes(benefitId)) question.benefitIds.push(benefitId);
    questions.set(name, question);
  };
  for (const holder of known.holders) if (allowed.has(holder.benefitId)) ask(holder, holder.benefitId);
  for (const benefitId of allowed)
    if (!known.heard.has(benefitId)) for (const buyer of known.buyers) ask(buyer, benefitId);
  return [...questions.values()].slice(0, MAX_HOLDERS);
}

/**
 * The union of what Polar lists for several holders: each file once, those that are not archived first, then by name.
 * Only files of the benefits that were asked about count, whatever Polar answers.
 */
export function gatherFiles(
  answers: readonly { question: Question; downloads: readonly PolarDownload[] }[],
  benefits: readonly FileBenefit[],
): OfferedFile[] {
  const archived = new Map(benefits.map(({ id, files }) => [id, files]));
  const found = new Map<string, OfferedFile>();
  for (const { question, downloads } of answers) {
    const { customerId, memberId, benefitIds } = question;
    for (const download of downloads) {
      if (!benefitIds.includes(download.benefitId)) continue;
      const isArchived = archived.get(download.benefitId)?.[download.fileId] === true;
      const known = found.get(download.fileId);
      // Archived in one benefit and not in another one: the customer has it by the other one.
      if (known && (!known.isArchived || isArchived)) continue;
      found.set(download.fileId, { download, holder: { customerId, memberId }, isArchived });
    }
  }
  return [...found.values()].toSorted(compareFiles);
}

function compareFiles(a: OfferedFile, b: OfferedFile): number {
  if (a.isArchived !== b.isArchived) return a.isArchived ? 1 : -1;
  const [one, other] = [a.download, b.download];
  if (one.name !== other.name) return one.name < other.name ? -1 : 1;
  return one.fileId < other.fileId ? -1 : 1;
}

/** The benefits that are known to give a file. */
export function benefitsOf(fileId: string, benefits: readonly FileBenefit[]): string[] {
  return benefits.filter(({ files }) => files !== null && Object.hasOwn(files, fileId)).map(({ id }) => id);
}
