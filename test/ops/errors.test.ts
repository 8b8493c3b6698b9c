// In which words a loss refuses options and arguments: every one of them meets every kind of mistake (the table is
// refusals/). What a single check takes and refuses is tried in test/unit/arguments.
import { describe, expect, test } from '@jest/globals';
import { type LabelArrays, PSELoss } from 'pse-loss';
import { errorOf } from '../support/error-of';
import { CALLS, callOn, callWith, GIVEN, LABELS } from './call';
import { testRefusals } from './refusals/refuse';
import { CONSTRUCTOR, LOSS_CALLS } from './refusals/table';

describe('refuses', () => {
  for (const row of [CONSTRUCTOR, ...LOSS_CALLS]) testRefusals(row);
});

describe.each(CALLS)('%s says of maps with their channels last that they are', (call) => {
  const LAST = '(maps look like [N, h, w, C]; their channels come second, [N, C, h, w])';

  test('where the sizes tell', () => {
    const maps = { data: GIVEN.maps.data, shape: [2, 2, 3, 4] };
    expect(errorOf(() => callOn(maps, LABELS, call)).message).toBe(
      `PSELoss.${call}: expected labels.gtTexts to be [2, s·3, s·4] with one integer s ≥ 1, got [2, 8, 12] ${LAST}`,
    );
  });

  test('where only the number of kernels tells', () => {
    const gtKernels = { data: new Uint8Array(2 * 2 * 96), shape: [2, 2, 8, 12] };
    expect(errorOf(() => callWith({ gtKernels }, call)).message).toBe(
      `PSELoss.${call}: expected labels.gtKernels to be [2, Kg, 8, 12] with Kg ≥ 3, got [2, 2, 8, 12] ${LAST}`,
    );
  });
});

describe.each(CALLS)('%s says which sizes would fit', (call) => {
  const refused = (upsample: 'none' | 'bilinear', shape: readonly number[]) => {
    const loss = new PSELoss({ upsample });
    const length = shape.reduce((product, size) => product * size, 1);
    const gtTexts = { data: new Uint8Array(length), shape };
    const labels = { ...LABELS, gtTexts };
    const work = {
      forwardSync: () => loss.forwardSync(GIVEN.maps, labels),
      valueAndGradSync: () => loss.valueAndGradSync(GIVEN.maps, labels),
    };
    return errorOf(work[call]).message;
  };

  test.each([
    [
      [2, 8, 12],
      "upsample: 'nearest' takes labels that are 4 times as large; mmocr 0.x samples them down, docs/presets.md",
    ],
    [[2, 3, 2], "upsample: 'bilinear' takes any size"],
  ])('without upsampling, of labels %p', (shape, way) => {
    expect(refused('none', shape)).toBe(
      `PSELoss.${call}: expected labels.gtTexts to be [2, 2, 3], as upsample: 'none' needs, got [${shape.join(', ')}] (${way})`,
    );
  });

  test('with interpolation, of labels without pixels', () => {
    expect(refused('bilinear', [2, 0, 12])).toBe(
      `PSELoss.${call}: expected labels.gtTexts to be [2, H, W] with pixels, got [2, 0, 12]`,
    );
  });
});

test('maps are looked at first, then labels in their order, then whether they fit', () => {
  const wrong = { data: null, shape: null };
  const argumentOf = (work: () => unknown) => errorOf(work).message.match(/expected (\S+) to/)?.[1];
  expect(argumentOf(() => callOn(wrong, null))).toBe('maps.data');
  expect(argumentOf(() => callOn(GIVEN.maps, { gtTexts: wrong }))).toBe('labels.gtTexts.data');
  expect(argumentOf(() => callWith({ gtKernels: wrong, trainingMasks: wrong }))).toBe(
    'labels.gtKernels.data',
  );
  const misfit = { data: new Uint8Array(1), shape: [1, 1, 1] };
  expect(argumentOf(() => callWith({ gtTexts: misfit, trainingMasks: wrong }))).toBe(
    'labels.trainingMasks.data',
  );
});

test('a call without arguments', () => {
  const loss = new PSELoss() as unknown as Record<string, () => unknown>;
  for (const call of CALLS) {
    expect(errorOf(() => loss[call]?.()).message).toBe(
      `PSELoss.${call}: expected maps to be an object { data, shape }, got nothing`,
    );
  }
});

test('options stay as they were checked', () => {
  const loss = new PSELoss() as { options: object };
  expect(() => {
    loss.options = { alpha: 'much' };
  }).toThrow(/read only property/);
  expect(() => Object.assign(loss.options, { alpha: 'much' })).toThrow(/read only property/);
  expect(() => callOn(GIVEN.maps, {} as LabelArrays)).toThrow(TypeError);
});
