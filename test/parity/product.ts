// The product's answer to a trial.
import { PSELoss, type PSELossOptions } from 'pse-loss';
import { masksOf } from '../ops/masks';
import { type Answer, flat } from './differences';
import type { Trial } from './variants';

export function productAnswer({ given, inputs, precision }: Trial): Answer {
  const options = { ...given, returnMask: true } as PSELossOptions;
  const loss = new PSELoss(options);
  // The port's gradient of half maps is not rounded to half again.
  const isHalf = precision === 'float16' || precision === 'bfloat16';
  const result = loss.valueAndGradSync(
    inputs.maps,
    inputs.labels,
    isHalf ? { gradDtype: 'float32' } : {},
  );
  return {
    ...result.perImage,
    lossPerKernel: result.lossPerKernel.data,
    selectedMask: result.selectedMask!.data,
    kernelMask: masksOf(inputs, options).kernelMask,
    grad: result.grad.data,
    reduced: flat(result),
  };
}
