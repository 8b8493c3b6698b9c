// The results of a loss on tensors, read into what it gives on arrays.
import type { LossTensors, LossValues, Reduction, Tensor } from 'pse-loss';

const NAMES = ['loss', 'lossText', 'lossKernels', 'iouText', 'iouKernel'] as const;

type Elements = Float32Array | Float64Array | Uint16Array;

interface Given extends LossTensors<Tensor> {
  readonly grad?: Tensor;
}

/** Waits for every one of them. Where they are reduced, values are numbers. */
export async function readResults(given: Given, reduction: Reduction) {
  const array = async (tensor: Tensor) => (await tensor.data()) as Elements;
  const ndArray = async (tensor: Tensor) => ({ data: await array(tensor), shape: tensor.shape });
  const values = async <T>(of: LossValues<Tensor>, read: (tensor: Tensor) => Promise<T>) =>
    Object.fromEntries(
      await Promise.all(NAMES.map(async (name) => [name, await read(of[name])] as const)),
    ) as unknown as LossValues<T>;
  const { perImage, lossPerKernel, selectedMask, grad } = given;
  return {
    ...(await values<number | Elements>(
      given,
      reduction === 'none' ? array : (tensor) => tensor.item(),
    )),
    perImage: await values(perImage, array),
    lossPerKernel: await ndArray(lossPerKernel),
    ...(selectedMask && { selectedMask: await ndArray(selectedMask) }),
    ...(grad && { grad: await ndArray(grad) }),
  };
}
