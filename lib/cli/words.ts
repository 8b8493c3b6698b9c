// What happened, in words: the same ones on the terminal and on the page.
import { count } from '../arguments/describe';
import type { Finding } from '../diagnose/finding';
import { fixed } from './format';
import { endOf, type PhotoResult, startOf, stepsOf, textsOf, verdictOf } from './result';

/** One photo in a sentence or two. */
export function describeResult(result: PhotoResult): string {
  const { learned, ignored } = textsOf(result.photo);
  const verdict = verdictOf(result);
  const { best } = result;
  if (best === undefined) return whyNothing(learned, ignored);
  const [start, end] = [startOf(result), endOf(result)];
  const aside = ignored === 0 ? '' : `, ${ignored} ignored`;
  const fell = `${count(learned, 'text')} to learn${aside}. In ${count(stepsOf(result), 'step')} the loss went from ${fixed(start.loss)} to ${fixed(end.loss)}`;
  const bound = `the best that one logit per 4 × 4 pixels allows here is ${fixed(best.loss)}`;
  const iou = `Text IoU is ${fixed(end.iouText)}, that of the best map ${fixed(best.iouText)}.`;
  const advice = verdict === 'short' ? ' It is not there yet: more steps would help.' : '';
  return `${fell}; ${bound}. ${iou}${advice}`;
}

function whyNothing(learned: number, ignored: number): string {
  if (learned + ignored === 0) return 'Nothing to learn: there is no text.';
  if (learned === 0 && ignored === 1) return 'Nothing to learn: the only text is marked ###.';
  if (learned === 0 && ignored === 2) return 'Nothing to learn: both texts are marked ###.';
  if (learned === 0) return `Nothing to learn: all ${ignored} texts are marked ###.`;
  return 'Nothing to learn: the texts leave no pixel inside the photo that is not ignored.';
}

/** What was found in one photo: a batch of one needs no name for its only image. */
export function describeFinding({ message }: Finding): string {
  const words = message.replace(/^In image 0,? /, '').replaceAll(' of image 0', '');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The worst error that is left after the last step, in a line; undefined where there is none. */
export function describeError({ photo, findings }: PhotoResult): string | undefined {
  const [worst, ...others] = findings.end.filter(({ severity }) => severity === 'error');
  if (worst === undefined) return undefined;
  const more = others.length === 0 ? '' : `; ${count(others.length, 'more error')} in the report`;
  return `${photo.name}: ${describeFinding(worst)} (${worst.code}${more})`;
}

/** All photos in a sentence. */
export function describeAll(results: readonly PhotoResult[]): string {
  const having = (wanted: string) => results.filter((r) => verdictOf(r) === wanted).length;
  const [reached, short, nothing] = [
    having('reached'),
    having('short'),
    having('nothing to learn'),
  ];
  const parts = [`${reached} of ${count(results.length, 'photo')} reached the best there is`];
  if (short > 0) parts.push(`${short} would need more steps`);
  if (nothing > 0) parts.push(`${nothing} ${nothing === 1 ? 'has' : 'have'} nothing to learn`);
  return parts.join(', ');
}
