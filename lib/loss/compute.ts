// One loss of one batch: on arrays now or by a promise, on tensors by what is queued. What is checked and what comes back
// is the same each time.
import { types } from 'node:util';
import type { NativeLossOptions, NativeLossResults, NativeLossValues } from '../../binding.gyp';
import { bufferOf, type DType, viewOf } from '../arguments/dtype';
import type { MapDType } from '../arguments/maps';
import { isTensorArgument, type TensorArgument } from '../arguments/tensor';
import { callOnce, callPromised, callSync, isOpen } from '../native/call';
import { readElements, readElementsSync } from '../tensor/elements';
import { Tensor } from '../tensor/tensor';
import { checkBatchValues, inputsOf, keepInputs, type ReadBatch, readBatch } from './batch';
import { type CallOption, checkOut, type ReadCallOptions, readCallOptions } from './call-options';
import type { Reduction, ResolvedOptions } from './options';
import { allocateResults, type LossValues, NAMES, presentResults } from './results';

/** What a call is about. */
export interface Asked {
  readonly call: string;
  readonly options: ResolvedOptions<Reduction>;
  readonly maps: unknown;
  readonly labels: unknown;
  /** the options of the call, and which it takes */
  readonly given: unknown;
  readonly names: readonly CallOption[];
  readonly wantsGrad: boolean;
}

/** The same, checked. */
interface Ready extends Pick<Asked, 'call' | 'options'> {
  readonly batch: ReadBatch;
  readonly said: ReadCallOptions;
  /** as far as it concerns a gradient */
  readonly grad: ReadCallOptions | undefined;
  readonly native: NativeLossOptions;
}

function prepare({ call, options, maps, labels, given, names, wantsGrad }: Asked): Ready {
  const batch = readBatch(call, options, maps, labels);
  const said = readCallOptions(call, batch.maps, given, names);
  batch.checkElements();
  checkOut(call, batch.maps, said.out);
  const native = nativeOptions(options, said.gradScale);
  return { call, options, batch, said, grad: wantsGrad ? said : undefined, native };
}

const prepared = new WeakMap<object, NativeLossOptions>();

/** As the addon takes them: the same object for the same options, which it reads once. */
function nativeOptions(options: ResolvedOptions<Reduction>, gradScale: number): NativeLossOptions {
  if (gradScale !== 1) return { ...options, gradScale };
  let native = prepared.get(options);
  if (native === undefined) {
    native = { ...options, gradScale };
    prepared.set(options, native);
  }
  return native;
}

/** The loss on the calling thread. */
export function computeSync(asked: Asked): unknown {
  const ready = prepare(asked);
  const { call, options, batch, native } = ready;
  // Before anything is written: a call that fails leaves `out` as it was.
  checkTensorValues(ready);
  if (isTensorArgument(batch.maps)) {
    const { tensors, handles } = makeTensors(ready, asked.maps);
    callSync(call, (addon) => addon.lossTensors(batch.native, native, handles));
    return tensors;
  }
  const results = allocateResults(call, batch, options, ready.grad);
  callSync(call, (addon) => addon.loss(batch.native, native, results));
  return presentResults(results, batch.shape.images, options.reduction);
}

/** The loss by a promise; on tensors it is fulfilled when the call is queued. */
export async function computePromised(asked: Asked): Promise<unknown> {
  const ready = prepare(asked);
  const { call, options, batch, said, native } = ready;
  if (isTensorArgument(batch.maps)) {
    if (said.signal?.aborted) throw said.signal.reason;
    const { tensors, handles } = makeTensors(ready, asked.maps);
    callOnce(call, (addon) => addon.lossTensors(batch.native, native, handles, null));
    await checkPromisedValues(ready).catch((error) => {
      disposeAll(tensors);
      throw error;
    });
    return tensors;
  }
  const inPlace = said.out !== undefined && types.isSharedArrayBuffer(bufferOf(said.out));
  // Plain memory of the user's is written when all is done, on this thread: it may be gone by then.
  const mine = inPlace ? ready.grad : ready.grad && { ...ready.grad, out: undefined };
  const results = allocateResults(call, batch, options, mine);
  const inputs = isOpen() ? batch.native : keepInputs(batch.native);
  const present = () =>
    presentResults(deliver(ready, results), batch.shape.images, options.reduction);
  const computed = <T>(finish: () => T) =>
    callPromised(call, (addon, settle) => addon.loss(inputs, native, results, settle), finish, {
      signal: said.signal,
      inPlace,
    });
  if (tensorsToCheck(ready).length === 0) return computed(present);
  // `out` is written when the values have been looked at, too.
  await Promise.all([computed(() => {}), checkPromisedValues(ready)]);
  return present();
}

/** Writes the gradient into a plain `out`, or throws ERR_PSE_SHAPE where that has lost its elements. */
function deliver({ call, batch, said }: Ready, results: NativeLossResults): NativeLossResults {
  const { out, gradDtype } = said;
  if (out === undefined || results.grad === undefined || results.grad.data === out) return results;
  checkOut(call, batch.maps, out);
  const to = viewOf(gradDtype, out);
  to.set(viewOf(gradDtype, results.grad.data) as never);
  return { ...results, grad: { ...results.grad, data: out } };
}

/** Empty tensors for the results, and the same by handle. */
function makeTensors({ call, options, batch, said, grad }: Ready, maps: unknown) {
  const { images, kernels, height, width } = batch.shape;
  const { device, dtype } = batch.maps as TensorArgument<MapDType>;
  const value: DType = dtype === 'float64' ? 'float64' : 'float32';
  // With the gradient at hand nothing is left to be differentiated.
  const parents = grad === undefined ? [maps] : [];
  const make = (of: DType, shape: readonly number[], from: readonly unknown[] = []) =>
    Tensor.make(call, { dtype: of, shape, device }, from);
  const five = (shape: readonly number[]) => {
    const made = NAMES.map((name) => {
      const differentiable = name.startsWith('loss');
      return [name, make(value, shape, differentiable ? parents : [])] as const;
    });
    return {
      tensors: Object.fromEntries(made.map(([name, { tensor }]) => [name, tensor])),
      handles: Object.fromEntries(made.map(([name, { native }]) => [name, native])),
    } as unknown as { tensors: LossValues<Tensor>; handles: NativeLossValues };
  };
  const perImage = five([images]);
  const reduced = options.reduction === 'none' ? undefined : five([]);
  const lossPerKernel = make(value, [images, kernels]);
  const mask = options.returnMask ? make('float32', [images, height, width]) : undefined;
  const gradient = grad && make(said.gradDtype, batch.maps.shape);
  return {
    tensors: {
      ...(reduced ?? perImage).tensors,
      perImage: perImage.tensors,
      lossPerKernel: lossPerKernel.tensor,
      ...(mask && { selectedMask: mask.tensor }),
      ...(gradient && { grad: gradient.tensor }),
    },
    handles: {
      ...(reduced && { reduced: reduced.handles }),
      perImage: perImage.handles,
      lossPerKernel: lossPerKernel.native,
      ...(mask && { selectedMask: mask.native }),
      ...(gradient && { grad: gradient.native }),
      gradDtype: said.gradDtype,
    },
  };
}

/** Gives back results that nobody will see. */
function disposeAll(results: object): void {
  for (const result of Object.values(results)) {
    if (result instanceof Tensor) result.dispose();
    else disposeAll(result);
  }
}

/** Of `checkValues` what concerns tensors: their elements are looked at when they are there. */
function tensorsToCheck({ batch, options }: Ready) {
  if (!options.checkValues) return [];
  return inputsOf(batch).flatMap(([name, input]) =>
    isTensorArgument(input) ? [[name, input] as const] : [],
  );
}

function checkTensorValues(ready: Ready): void {
  for (const [name, tensor] of tensorsToCheck(ready)) {
    const array = readElementsSync(ready.call, tensor);
    checkBatchValues(ready.call, ready.options, [[name, array]]);
  }
}

async function checkPromisedValues(ready: Ready): Promise<void> {
  for (const [name, tensor] of tensorsToCheck(ready)) {
    const array = await readElements(ready.call, tensor);
    checkBatchValues(ready.call, ready.options, [[name, array]]);
  }
}
