// checkValues: NaN, infinities and labels outside 0…1 are refused before anything is computed, naming the first.
import { describe, expect, test } from '@jest/globals';
import { type LabelArrays, PSELoss, type PSELossOptions } from 'pse-loss';
import { makeBatch } from '../support/batch';
import { errorOf } from '../support/error-of';
import { toHalf } from '../support/half';
import { CALLS, type Call } from './call';

const given = makeBatch({ seed: 80, height: 2, width: 3, kernels: 2, labels: 'float32' });
const maps = given.maps as Floats;
const labels = given.labels as { readonly [name in keyof typeof given.labels]: Floats };

interface Floats {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** The array with one element replaced. */
function withElement(array: Floats, index: number, value: number): Floats {
  const data = array.data.slice();
  data[index] = value;
  return { ...array, data };
}

/** What comes of it, whichever call it is. */
function run(call: Call, loss: PSELoss, given: readonly [unknown, unknown]) {
  const args = given as [Floats, LabelArrays];
  return call === 'forwardSync' ? loss.forwardSync(...args) : loss.valueAndGradSync(...args);
}

describe.each(CALLS)('%s', (call) => {
  const refused = (given: { maps?: unknown; labels?: object }, options: PSELossOptions = {}) => {
    const loss = new PSELoss({ checkValues: true, ...options }) as unknown as PSELoss;
    return errorOf(() => run(call, loss, [given.maps ?? maps, { ...labels, ...given.labels }]));
  };

  // maps [2, 3, 2, 3]
  test.each([
    [0, Number.NaN, '[n 0, c 0, y 0, x 0]'],
    [35, Infinity, '[n 1, c 2, y 1, x 2]'],
    [22, -Infinity, '[n 1, c 0, y 1, x 1]'],
  ])('a logit at %p that is %p', (index, value, place) => {
    expect(refused({ maps: withElement(maps, index, value) })).toEqual({
      name: 'RangeError',
      code: 'ERR_PSE_VALUE',
      message: `PSELoss.${call}: expected maps to be finite everywhere, got ${value} at ${place}`,
    });
  });

  test('the first of several', () => {
    const twice = withElement(withElement(maps, 30, Number.NaN), 7, Infinity);
    expect(refused({ maps: twice }).message).toMatch(/got Infinity at \[n 0, c 1, y 0, x 1\]$/);
  });

  test.each(['float16', 'bfloat16'] as const)('a logit of %s', (dtype) => {
    const half = makeBatch({ seed: 80, height: 2, width: 3, kernels: 2, maps: dtype });
    const data = half.maps.data.slice();
    data[5] = toHalf(Number.NaN, dtype);
    expect(refused({ maps: { ...half.maps, data } }).message).toMatch(
      /got NaN at \[n 0, c 0, y 1, x 2\]$/,
    );
  });

  test.each([
    ['gtTexts', 2, '[n 0, y 0, x 2]'],
    ['gtKernels', 97, '[n 0, k 1, y 0, x 1]'],
    ['trainingMasks', 96, '[n 1, y 0, x 0]'],
  ] as const)('a label of %s outside 0…1', (name, index, place) => {
    for (const value of [Number.NaN, 1.5, -0.5, Infinity]) {
      const error = refused({
        labels: { [name]: withElement(labels[name], index, value) },
      });
      expect(error.code).toBe('ERR_PSE_VALUE');
      expect(error.message).toContain(
        `PSELoss.${call}: expected labels.${name} to be from 0 to 1 everywhere, got ${value} at ${place}`,
      );
    }
  });

  test('a mask of 255, with the way out', () => {
    const trainingMasks = { data: new Uint8Array(2 * 96).fill(255), shape: [2, 8, 12] };
    expect(refused({ labels: { trainingMasks } }).message).toMatch(
      /got 255 at \[n 0, y 0, x 0\] \(divide masks that come out of pictures by 255\)$/,
    );
    const gtTexts = trainingMasks;
    expect(refused({ labels: { gtTexts } }).message).toMatch(/by 255; or binarizeLabels: true/);
  });

  test('instance numbers, unless they are made binary', () => {
    const gtTexts = withElement(labels.gtTexts, 9, 17);
    expect(refused({ labels: { gtTexts } })).toMatchObject({ code: 'ERR_PSE_VALUE' });
    const loss = new PSELoss({ checkValues: true, binarizeLabels: true });
    expect(run(call, loss, [maps, { ...labels, gtTexts }]).loss).toBeGreaterThan(0);
    const nan = withElement(labels.gtTexts, 9, Number.NaN);
    expect(refused({ labels: { gtTexts: nan } }, { binarizeLabels: true }).message).toMatch(
      /to be finite everywhere, got NaN at \[n 0, y 0, x 9\]$/,
    );
    const trainingMasks = withElement(labels.trainingMasks, 0, 2);
    expect(refused({ labels: { trainingMasks } }, { binarizeLabels: true }).code).toBe(
      'ERR_PSE_VALUE',
    );
  });
});

test('what passes the check has the results that it has without', () => {
  for (const scene of ['words', 'soft-labels', 'large-logits'] as const) {
    const batch = makeBatch({ seed: 81, scene });
    const results = [true, false].map((checkValues) =>
      new PSELoss({ checkValues }).valueAndGradSync(batch.maps, batch.labels),
    );
    expect(results[0]).toStrictEqual(results[1]);
  }
});

test('is off unless it is asked for', () => {
  const broken = withElement(maps, 0, Number.NaN);
  expect(new PSELoss().forwardSync(broken, labels).loss).toBe(Number.NaN);
});

test('bytes read as bool are never outside', () => {
  const batch = makeBatch({ seed: 80, labels: 'bool' });
  const gtTexts = { ...batch.labels.gtTexts, data: batch.labels.gtTexts.data.map((g) => g * 9) };
  const loss = new PSELoss({ checkValues: true });
  expect(loss.forwardSync(batch.maps, { ...batch.labels, gtTexts })).toStrictEqual(
    loss.forwardSync(batch.maps, batch.labels),
  );
});
