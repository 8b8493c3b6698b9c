// What a run ends with: a table and a few lines for people, or JSON.
import { fixed } from './format';
import { endOf, type PhotoResult, startOf, stepsOf, textsOf, verdictOf } from './result';
import { describeAll, describeError } from './words';

const HEAD = ['photo', 'texts', 'ignored', 'start', 'loss', 'best', 'IoU', 'best', 'ms/step', ''];

/** The table, a line for each photo that ends with an error, and all photos in a sentence. */
export function summaryText(results: readonly PhotoResult[]): string {
  const errors = results.map(describeError).filter((line) => line !== undefined);
  const parts = [summaryTable(results), errors.join('\n'), `${describeAll(results)}.`];
  return parts.filter((part) => part !== '').join('\n\n');
}

/** A line per photo under a line of headings. Numbers stand under each other. */
export function summaryTable(results: readonly PhotoResult[]): string {
  const rows = [HEAD, ...results.map(row)];
  const widths = HEAD.map((_, c) => Math.max(...rows.map((cells) => [...cells[c]!].length)));
  const pad = (cell: string, c: number) =>
    c === 0 || c === HEAD.length - 1 ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!);
  return rows.map((cells) => cells.map(pad).join('  ').trimEnd()).join('\n');
}

function row(result: PhotoResult): string[] {
  const { learned, ignored } = textsOf(result.photo);
  const { best, msPerStep, photo } = result;
  const end = endOf(result);
  const timed = stepsOf(result) > 0;
  return [
    photo.name,
    String(learned),
    String(ignored),
    fixed(startOf(result).loss),
    fixed(end.loss),
    best === undefined ? '–' : fixed(best.loss),
    best === undefined ? '–' : fixed(end.iouText),
    best === undefined ? '–' : fixed(best.iouText),
    timed ? msPerStep.toFixed(msPerStep < 10 ? 1 : 0) : '–',
    verdictOf(result),
  ];
}

/** The same for programs. */
export function summaryJson(results: readonly PhotoResult[]) {
  return {
    photos: results.map((result) => ({
      name: result.photo.name,
      ...textsOf(result.photo),
      verdict: verdictOf(result),
      steps: stepsOf(result),
      msPerStep: result.msPerStep,
      start: startOf(result),
      end: endOf(result),
      findings: {
        start: result.findings.start.map(({ code }) => code),
        end: result.findings.end.map(({ code }) => code),
      },
      best: result.best ?? null,
    })),
  };
}
