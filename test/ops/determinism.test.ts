// The same bits for the same input: on every call, on any number of threads; and input that stays as it was.
import { describe, expect, test } from '@jest/globals';
import { PSELoss } from 'pse-loss';
import { makeBatch } from '../support/batch';
import { runNode } from '../support/process';

const OPTIONS = [
  { returnMask: true, reduction: 'none' },
  { returnMask: true, reduction: 'mean', kernelSampleMask: 'gt' },
] as const;

/** Every number of a result, in hexadecimal. */
function bitsOf(value: unknown): string {
  if (typeof value === 'number') return bitsOf(Float64Array.of(value));
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer).toString('hex');
  return Object.values(value as object)
    .map(bitsOf)
    .join('');
}

describe.each(['float32', 'float64'] as const)('%s', (maps) => {
  test('repeated calls give the same bits, in memory of their own', () => {
    const batch = makeBatch({ seed: 10, height: 40, width: 33, kernels: 3, maps });
    for (const options of OPTIONS) {
      const loss = new PSELoss(options);
      const first = loss.valueAndGradSync(batch.maps, batch.labels);
      const bits = bitsOf(first);
      for (let call = 0; call < 4; call++) {
        const again = loss.valueAndGradSync(batch.maps, batch.labels);
        expect(again.grad.data.buffer).not.toBe(first.grad.data.buffer);
        expect(bitsOf(again)).toBe(bits);
      }
      // Nothing of a later call was written into the first.
      expect(bitsOf(first)).toBe(bits);
    }
  });

  test.each(['uint8', 'float32'] as const)('leaves maps and %s labels as they were', (labels) => {
    const batch = makeBatch({ seed: 10, maps, labels });
    const untouched = makeBatch({ seed: 10, maps, labels });
    for (const options of OPTIONS) {
      const result = new PSELoss(options).valueAndGradSync(batch.maps, batch.labels);
      // Nor is a result a view of it: where OHEM falls back, the mask is a copy.
      result.selectedMask?.data.fill(9);
      result.grad.data.fill(9);
    }
    expect(batch).toStrictEqual(untouched);
  });

  test('a mask that OHEM passes through is a copy of the training mask', () => {
    const batch = makeBatch({ seed: 10, scene: 'no-text', maps, labels: 'float32' });
    const before = batch.labels.trainingMasks.data.slice();
    const loss = new PSELoss({ returnMask: true });
    const { selectedMask } = loss.forwardSync(batch.maps, batch.labels);
    expect(selectedMask?.data).toEqual(before);
    selectedMask?.data.fill(9);
    expect(batch.labels.trainingMasks.data).toEqual(before);
  });
});

describe('threads', () => {
  // Large enough for ATen to share the work out. Each child prints a digest of every bit of its results.
  const script = `
    const { createHash } = require('node:crypto');
    const { PSELoss } = require('pse-loss');
    let state = 1;
    const draw = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
    const array = (type, shape, value) => ({ data: type.from({ length: shape.reduce((a, b) => a * b, 1) }, value), shape });
    const digests = [Float32Array, Float64Array].flatMap((type) => [2, 1].map((images) => {
      const result = new PSELoss({ returnMask: true }).valueAndGradSync(
        array(type, [images, 4, 80, 90], () => draw() * 12 - 6),
        {
          gtTexts: array(Uint8Array, [images, 320, 360], () => draw() < 0.2),
          gtKernels: array(Uint8Array, [images, 3, 320, 360], () => draw() < 0.1),
          trainingMasks: array(Uint8Array, [images, 320, 360], () => draw() < 0.9),
        },
      );
      const hash = createHash('sha256');
      const { loss, lossText, lossKernels, iouText, iouKernel, perImage } = result;
      hash.update(Float64Array.of(loss, lossText, lossKernels, iouText, iouKernel));
      for (const values of Object.values(perImage)) hash.update(values);
      for (const { data } of [result.lossPerKernel, result.selectedMask, result.grad]) hash.update(data);
      return [Number.isFinite(loss), hash.digest('hex')];
    }));
    console.log(JSON.stringify(digests));
  `;

  test('give the same bits, however many there are', async () => {
    const digests: unknown[] = [];
    for (const OMP_NUM_THREADS of ['1', '2', '3']) {
      const { code, stderr, stdout } = await runNode(script, { OMP_NUM_THREADS });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      digests.push(JSON.parse(stdout));
    }
    expect(digests[0]).toEqual(Array(4).fill([true, expect.stringMatching(/^[0-9a-f]{64}$/)]));
    expect(digests[1]).toEqual(digests[0]);
    expect(digests[2]).toEqual(digests[0]);
  }, 60_000);
});
