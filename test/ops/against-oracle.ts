// One call of the product, held against the float64 oracle in everything that it returns.
import { PSELoss, type PSELossOptions } from 'pse-loss';
import { type Reference, referenceLoss } from '../reference/pse-loss';
import type { Batch } from '../support/batch';
import { expectClose, expectGradientClose, expectSame } from '../support/compare';
import { TOLERANCES } from '../support/tolerances';

export const VALUES = ['loss', 'lossText', 'lossKernels', 'iouText', 'iouKernel'] as const;

/** Masks exactly, values and gradient within the tolerances. Returns the oracle's results. */
export function expectAsOracle(
  { name, maps, labels }: Pick<Batch, 'maps' | 'labels'> & { readonly name?: string },
  options: PSELossOptions = {},
  expected: Reference = referenceLoss(maps, labels, options),
): Reference {
  const what = (part: string) => `${part} of ${name ?? 'the batch'}, ${JSON.stringify(options)}`;
  const { value, grad } = TOLERANCES[maps.data instanceof Float64Array ? 'float64' : 'float32'];
  const loss = new PSELoss({ ...options, returnMask: true });
  const actual = loss.valueAndGradSync(maps, labels);

  // 'loss' is a weighted sum of two, 'sum' a sum over the images: so are their errors.
  const { alpha, kernelWeight, reduction } = loss.options;
  const images = reduction === 'sum' ? Math.max(1, maps.shape[0]!) : 1;
  for (const each of VALUES) {
    const within = each === 'loss' ? value * Math.max(1, alpha + kernelWeight) : value;
    expectClose(what(`${each} per image`), actual.perImage[each], expected.perImage[each], within);
    expectClose(what(each), actual[each], expected[each], within * images);
  }
  const { lossPerKernel, selectedMask } = actual;
  expectClose(what('lossPerKernel'), lossPerKernel.data, expected.lossPerKernel.data, value);
  expectSame(what('selectedMask'), selectedMask!.data, expected.selectedMask.data);
  expectGradientClose(
    what('grad'),
    actual.grad.data,
    expected.grad.data,
    expected.gradSize.data,
    grad,
  );
  return expected;
}
