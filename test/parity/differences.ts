// How far two answers to the same trial are apart: one row a quantity, and the report that rows are gathered in.
import { expect } from '@jest/globals';
import { largestDifference, largestOf } from '../support/compare';
import type { Tolerance } from '../support/tolerances';
import { arrayOf, type PythonArrays } from './cases';
import type { Trial } from './variants';

/** What somebody made of a trial, per image and not weighted unless the name says so. Nobody has to give everything. */
export type Answer = { readonly [Q in Quantity]?: ArrayLike<number> };

const NAMES = {
  loss: 'loss',
  lossText: 'loss_text',
  lossKernels: 'loss_kernels',
  iouText: 'iou_text',
  iouKernel: 'iou_kernel',
  lossPerKernel: 'loss_per_kernel',
  selectedMask: 'selected_mask',
  kernelMask: 'kernel_mask',
  grad: 'grad',
  // the five reduced values, one after the other; what `grad` is the gradient of; the parts times their weights
  reduced: 'reduced',
  total: 'total',
  weightedText: 'weighted_text',
  weightedKernels: 'weighted_kernels',
} as const;
/** The values that are reduced. */
export const FIVE = ['loss', 'lossText', 'lossKernels', 'iouText', 'iouKernel'] as const;
export type Quantity = keyof typeof NAMES;
export const QUANTITIES = Object.keys(NAMES) as Quantity[];

/** What a script returned. */
export function fromPython(arrays: PythonArrays): Answer {
  const there = QUANTITIES.filter((quantity) => NAMES[quantity] in arrays);
  return Object.fromEntries(there.map((name) => [name, arrayOf(arrays, NAMES[name]).data]));
}

/** An answer that says the parts with their weights too, and the whole. */
export function weighted(
  answer: Answer,
  { alpha, kernelWeight, reduction }: Trial['options'],
): Answer {
  const { loss, lossText, lossKernels } = answer;
  const times = (values: ArrayLike<number>, weight: number) =>
    Float64Array.from(values, (value) => weight * value);
  const sum = times(loss!, 1).reduce((a, b) => a + b, 0);
  return {
    ...answer,
    weightedText: times(lossText!, alpha),
    weightedKernels: times(lossKernels!, kernelWeight),
    total: [reduction === 'mean' ? sum / loss!.length : sum],
  };
}

/** The five reduced values, one after the other. */
export function flat(values: Readonly<Record<(typeof FIVE)[number], number | ArrayLike<number>>>) {
  return FIVE.flatMap((name) => {
    const value = values[name];
    return typeof value === 'number' ? value : Array.from(value);
  });
}

/** How far a quantity is from what it should be. */
export interface Row {
  readonly quantity: Quantity;
  readonly largest: number;
  readonly at: number;
  readonly allowed: number;
  /** of a mask: how many pixels differ */
  readonly pixels?: number;
  /** of a gradient: what `largest` is to be divided by */
  readonly size?: number;
}

/**
 * One row a quantity. Masks exactly; values absolutely, sums over N images by N times as much; gradients relative to the
 * largest expected one.
 */
export function compare(
  actual: Answer,
  expected: Answer,
  quantities: readonly Quantity[],
  { value, grad }: Tolerance,
  reduction: Trial['options']['reduction'],
): Row[] {
  return quantities.map((quantity): Row => {
    const [a, e] = [actual[quantity], expected[quantity]];
    if (a === undefined || e === undefined) throw new Error(`nobody says ${quantity}`);
    const { largest, index } = largestDifference(a, e);
    const row = { quantity, largest, at: index };
    if (quantity === 'selectedMask' || quantity === 'kernelMask') {
      return { ...row, allowed: 0, pixels: largest === 0 ? 0 : countDifferent(a, e) };
    }
    if (quantity === 'grad') {
      const size = largestFinite(e);
      return { ...row, allowed: grad * size, size };
    }
    const summed = (quantity === 'reduced' || quantity === 'total') && reduction === 'sum';
    return { ...row, allowed: value * (summed ? (expected.loss?.length ?? 1) : 1) };
  });
}

export const exceeds = ({ largest, allowed }: Row) => !(largest <= allowed);

/** Fails with everything that is too far off: what, by how much, where. */
export function expectNone(rows: readonly Row[]): void {
  expect(rows.length).toBeGreaterThan(0);
  expect(rows.filter(exceeds)).toEqual([]);
}

function countDifferent(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let count = 0;
  for (let i = 0; i < actual.length; i++) if (actual[i] !== expected[i]) count++;
  return count;
}

/** NaN and infinities are compared exactly, so they set no measure. */
function largestFinite(values: ArrayLike<number>): number {
  return largestOf(Float64Array.from(values, (value) => (Number.isFinite(value) ? value : 0)));
}
