// The gradient with which a backward pass begins.
import type { NativeTensor } from '../../binding.gyp';
import { sameShape } from '../arguments/array';
import { describe, describeShape } from '../arguments/describe';
import type { DType } from '../arguments/dtype';
import { isTensor, readInput, type TensorArgument } from '../arguments/tensor';
import { mismatch } from '../errors';

/** Its handle; nothing stands for 1. */
export type GradOutput = NativeTensor | undefined;

/** What is differentiated. */
interface Output {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly numel: number;
  readonly requiresGrad: boolean;
}

/** Takes what `backward` can begin with, or throws. */
export function checkGradOutput(call: string, output: Output, given: unknown): GradOutput {
  if (!output.requiresGrad) {
    throw mismatch('ERR_PSE_TYPE', {
      call,
      argument: 'the tensor',
      requirement: 'computed from one that was made with requiresGrad',
      got: 'one that was not',
      hint: 'IoUs and masks have no gradient, nor have results of valueAndGrad',
    });
  }
  const argument = 'gradOutput';
  if (given === undefined) {
    if (output.numel === 1) return undefined;
    throw mismatch('ERR_PSE_SHAPE', {
      call,
      argument,
      requirement: `a tensor ${describeShape(output.shape)}`,
      got: 'nothing',
      hint: 'only a single element is differentiated by itself',
    });
  }
  if (!isTensor(given)) {
    throw mismatch('ERR_PSE_TYPE', {
      call,
      argument,
      requirement: 'a Tensor',
      got: describe(given),
    });
  }
  const axes = output.shape.map(String);
  const read = readInput(call, argument, given, { dtypes: [output.dtype], axes });
  if (!sameShape(read.shape, output.shape)) {
    throw mismatch('ERR_PSE_SHAPE', {
      call,
      argument,
      requirement: describeShape(output.shape),
      got: describeShape(read.shape),
    });
  }
  return (read as TensorArgument).native;
}
