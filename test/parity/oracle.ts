// The oracle's answer to a trial.
import { referenceLoss } from '../reference/pse-loss';
import { asNumbers } from '../support/batch';
import { type Answer, flat } from './differences';
import type { Trial } from './variants';

export function oracleAnswer({ inputs, given }: Trial): Answer {
  const { maps, labels } = asNumbers(inputs);
  const result = referenceLoss(maps, labels, given);
  return {
    ...result.perImage,
    lossPerKernel: result.lossPerKernel.data,
    selectedMask: result.selectedMask.data,
    kernelMask: result.kernelMask.data,
    grad: result.grad.data,
    reduced: flat(result),
  };
}
