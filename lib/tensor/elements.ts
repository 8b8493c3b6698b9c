// The elements of a handle, in JavaScript memory.
import type { NativeArray } from '../../binding.gyp';
import type { ArrayArgument } from '../arguments/array';
import type { DType, ElementType } from '../arguments/dtype';
import type { TensorArgument } from '../arguments/tensor';
import { callPromised, callSync } from '../native/call';
import { zeros } from './zeros';

/** Memory for them. A bool of LibTorch's is read as the byte that it is. */
function memoryFor(call: string, { shape, dtype }: TensorArgument<ElementType>): NativeArray {
  return zeros(call, dtype === 'bool' ? 'uint8' : dtype, shape);
}

/** Of a tensor, when they are there. */
export function readElements<E extends ElementType = DType>(
  call: string,
  tensor: TensorArgument<E>,
): Promise<ArrayArgument<E>> {
  const array = memoryFor(call, tensor);
  return callPromised(
    call,
    (addon, settle) => addon.readTensor(tensor.native, array, settle),
    () => ({ ...array, dtype: tensor.dtype }) as ArrayArgument<E>,
  );
}

/** The same, while this thread waits. */
export function readElementsSync<E extends ElementType = DType>(
  call: string,
  tensor: TensorArgument<E>,
): ArrayArgument<E> {
  const array = memoryFor(call, tensor);
  callSync(call, (addon) => addon.readTensor(tensor.native, array));
  return { ...array, dtype: tensor.dtype } as ArrayArgument<E>;
}
