// The oracle's emptyImages: images without text that is learned, counted or left out.
import { describe, expect, test } from '@jest/globals';
import { expectSame } from '../support/compare';
import { LN3, lossOf, type Row } from './rows';

describe('emptyImages', () => {
  // Text; none; ignored text only; and none where a logit is NaN.
  const rows: readonly Row[] = [
    { text: [LN3, 0], gtText: [1, 0] },
    { text: [0, 0], gtText: [0, 0] },
    { text: [0, LN3], gtText: [1, 0], mask: [0.5, 1] },
    { text: [Number.NaN, LN3], gtText: [0.5, 0] },
  ];
  const alone = lossOf([rows[0]!], { reduction: 'mean' });

  test("'skip' gives 0 for images without text that is learned, and leaves them out of the mean", () => {
    const skipped = lossOf(rows, { reduction: 'mean', emptyImages: 'skip' });
    for (const name of ['loss', 'lossText', 'lossKernels', 'iouText', 'iouKernel'] as const) {
      expect([...skipped.perImage[name]]).toEqual([alone[name], 0, 0, 0]);
      expect(skipped[name]).toBe(alone[name]);
    }
    expectSame('kernels', skipped.lossPerKernel.data, [alone.lossPerKernel.data[0]!, 0, 0, 0]);
    expectSame('grad', skipped.grad.data, [...alone.grad.data, ...Array(12).fill(0)]);
    expectSame('size', skipped.gradSize.data, [...alone.gradSize.data, ...Array(6).fill(0)]);
  });

  test('the masks are as ever', () => {
    const [skipped, included] = (['skip', 'include'] as const).map((emptyImages) =>
      lossOf(rows, { emptyImages }),
    );
    expect(skipped!.selectedMask).toEqual(included!.selectedMask);
    expect(skipped!.kernelMask).toEqual(included!.kernelMask);
  });

  test('sum adds their zeros', () => {
    const { loss, grad } = lossOf(rows, { reduction: 'sum', emptyImages: 'skip' });
    expect(loss).toBe(alone.loss);
    expectSame('grad', grad.data.subarray(0, 4), alone.grad.data);
  });

  test('where all are skipped the mean is 0', () => {
    const result = lossOf(rows.slice(1), { reduction: 'mean', emptyImages: 'skip' });
    expect([result.loss, result.iouText]).toEqual([0, 0]);
    expectSame('grad', result.grad.data, Array(12).fill(0));
  });

  test('labels are made binary before it is asked what is empty', () => {
    const row = { text: [LN3, 0], gtText: [0.5, 0] };
    const options = { emptyImages: 'skip', reduction: 'none' } as const;
    expect(lossOf([{ ...row, gtText: [0.6, 0] }], options).loss).not.toEqual(Float64Array.of(0));
    expect(lossOf([row], options).loss).toEqual(Float64Array.of(0));
  });

  test("'include' counts them with a loss of 1", () => {
    const { perImage, loss } = lossOf(rows.slice(0, 2), { reduction: 'mean' });
    expect(perImage.loss[1]).toBe(1);
    expect(loss).toBe(((alone.loss as number) + 1) / 2);
  });
});
