// What `npm run parity` prints: lines of JSON in the file that PSE_PARITY_REPORT names; nothing where it names none.
import { appendFileSync } from 'node:fs';
import type { Row } from './differences';

/** Whom a line is about. */
export interface Heading {
  /** what is held … */
  readonly who: string;
  /** … against what */
  readonly against: string;
  readonly option: string;
  readonly precision: string;
}

/** A line of the report. */
export interface Line extends Heading {
  readonly cases: number;
  /** largest difference of losses and IoUs, absolute */
  readonly loss: number;
  /** largest difference of gradients, relative to the largest gradient of its case */
  readonly grad: number;
  /** pixels of masks that differ */
  readonly pixels: number;
}

/** The rows of all cases under one heading. */
export function summarize(heading: Heading, cases: readonly (readonly Row[])[]): Line {
  const rows = cases.flat();
  const largest = (values: number[]) => Math.max(0, ...values);
  return {
    ...heading,
    cases: cases.length,
    loss: largest(rows.filter(isValue).map((row) => row.largest)),
    grad: largest(rows.map(({ largest, size }) => (size ? largest / size : 0))),
    pixels: rows.reduce((sum, { pixels = 0 }) => sum + pixels, 0),
  };
}

const isValue = ({ size, pixels }: Row) => size === undefined && pixels === undefined;

export function report(heading: Heading, cases: readonly (readonly Row[])[]): void {
  const file = process.env.PSE_PARITY_REPORT;
  if (file) appendFileSync(file, `${JSON.stringify(summarize(heading, cases))}\n`);
}
