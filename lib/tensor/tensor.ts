/// <reference lib="esnext.disposable" preserve="true" />
// Handles of LibTorch's tensors. Shape, dtype and device are known here and never wait; elements are made on the native
// thread, in the order of the calls.
import type { Addon, How, NativeTensor, Ticket } from '../../binding.gyp';
import { fromNativeDevice, toNativeDevice } from '../arguments/device';
import { byteLengthOf, countOf, type DType, type TypedArray } from '../arguments/dtype';
import { numbersOf } from '../arguments/numbers';
import { type Device, enrolTensor, type TensorArgument } from '../arguments/tensor';
import { mismatch, pseError } from '../errors';
import { addon } from '../native/addon';
import { callOnce, callPromised, callSync } from '../native/call';
import { readElements, readElementsSync } from './elements';
import { checkGradOutput, type GradOutput } from './grad-output';
import type { AnyArray } from './nd-array';
import {
  type DTypeOf,
  type ElementsOf,
  type EmptyOptions,
  type FromOptions,
  readConversion,
  readEmpty,
  readFrom,
  type ToOptions,
} from './options';
import { enterScope, leaveScope } from './scope';
import { denseStrides } from './strides';

/** What a tensor is made with. */
interface Parts<D extends DType> {
  readonly native: NativeTensor;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly dtype: D;
  readonly device: Device;
  /** The tensors whose `grad` a backward pass from here reaches; itself for one that was made with `requiresGrad`. */
  readonly leaves: ReadonlySet<Tensor> | 'itself';
  /** Whether it ends with the scope that it is made in. */
  readonly scoped: boolean;
}

/** Only this module makes tensors. */
const KEY = Symbol('pse-loss tensor');

const NONE: ReadonlySet<Tensor> = new Set();

// structuredClone and postMessage refuse functions, and quote them.
const STAYS = () => 'a Tensor stays with its thread; fill an array of allocate() and post that';

/** Upper bound for the elements of labels per logit in a small call. */
const LABELS_PER_LOGIT = 16;

/**
 * A tensor of LibTorch's, held by handle. A call on handles returns at once with handles whose elements come later:
 * `await` of `data`, `item` or `ready` waits for them, and rejects with what their making failed with.
 *
 * The collector frees forgotten tensors some day; `dispose`, `using` and {@link scope} free them now.
 *
 * @example
 * ```ts
 * import { PSELoss, Tensor } from 'pse-loss';
 *
 * async function main() {
 *   const maps = Tensor.from(new Float32Array(2 * 4 * 4), { shape: [1, 2, 4, 4], requiresGrad: true });
 *   const ones = (shape: number[], count: number) => ({ data: new Uint8Array(count).fill(1), shape });
 *   const labels = {
 *     gtTexts: ones([1, 16, 16], 256),
 *     gtKernels: ones([1, 1, 16, 16], 256),
 *     trainingMasks: ones([1, 16, 16], 256),
 *   };
 *   const { loss } = await new PSELoss().forward(maps, labels);
 *   await loss.backward();
 *   console.log((await loss.item()).toFixed(2), maps.grad?.shape); // 0.44 [ 1, 2, 4, 4 ]
 * }
 * main();
 * ```
 */
export class Tensor<D extends DType = DType> {
  /** Sizes, the outermost first; [] for a single number. */
  readonly shape: readonly number[];
  /** Elements between neighbours along each axis. */
  readonly strides: readonly number[];
  readonly dtype: D;
  readonly device: Device;
  /** Elements. */
  readonly numel: number;
  readonly byteLength: number;
  /** Whether a backward pass goes through it. */
  readonly requiresGrad: boolean;

  /** @internal What structuredClone stumbles over: its text is in the error. */
  readonly thread: unknown = STAYS;

  readonly #native: NativeTensor;
  readonly #leaves: ReadonlySet<Tensor>;
  #grad: Tensor<D> | null = null;
  /** Passes that add to it and have not failed. */
  #passes = 0;
  #disposed = false;

  private constructor(key: unknown, parts: Parts<D>) {
    if (key !== KEY) {
      throw pseError(
        'ERR_PSE_TYPE',
        'Tensor: expected new Tensor() to be Tensor.from() or Tensor.empty(), got new',
      );
    }
    const { native, shape, strides, dtype, device, leaves, scoped } = parts;
    this.#native = native;
    this.#leaves = leaves === 'itself' ? new Set<Tensor>([this as unknown as Tensor]) : leaves;
    this.shape = Object.freeze([...shape]);
    this.strides = Object.freeze([...strides]);
    this.dtype = dtype;
    this.device = device;
    this.numel = countOf(shape);
    this.byteLength = byteLengthOf(dtype, shape);
    this.requiresGrad = this.#leaves.size > 0;
    Object.freeze(this);
    enrolTensor(this, (call, argument) => this.#shown(call, argument));
    if (scoped) enterScope(this);
  }

  /**
   * A tensor of the elements of an array, copied at once.
   *
   * @param data a typed array, or `{ data, shape, dtype? }`
   * @param options `shape`, where `data` has none: [number of elements] unless given; `dtype` of the tensor, that of
   * `data` unless given; `device`, `'cpu'` unless given; `requiresGrad`, for a leaf whose `grad` is wanted: floating dtypes only
   * @throws ERR_PSE_TYPE, ERR_PSE_DTYPE, ERR_PSE_SHAPE, ERR_PSE_OPTION for arguments; ERR_PSE_CUDA_UNAVAILABLE,
   * ERR_PSE_OUT_OF_MEMORY, and the errors of opening LibTorch, which blocks
   */
  static from<T extends TypedArray, const D extends DType = DTypeOf<T>>(
    data: T | AnyArray<T>,
    options?: FromOptions<D>,
  ): Tensor<D>;
  static from(data: unknown, options?: unknown): Tensor {
    const call = 'Tensor.from';
    const { array, dtype, device, requiresGrad } = readFrom(call, data, options);
    const { shape } = array;
    const bytes = byteLengthOf(dtype, shape);
    const native = callSync(call, (addon) =>
      addon.tensorFrom(array, { dtype, requiresGrad, bytes }),
    );
    const leaves = requiresGrad ? 'itself' : NONE;
    const strides = denseStrides(shape);
    return new Tensor(KEY, { native, shape, strides, dtype, device, leaves, scoped: true });
  }

  /**
   * A tensor of whatever lies in its memory.
   *
   * @param shape sizes, the outermost first
   * @param options `dtype`, float32 unless given; `device`; `pinned`, memory that a GPU reads by itself
   * @throws as `from`
   *
   * @example
   * ```ts
   * import { Tensor } from 'pse-loss';
   *
   * console.log(Tensor.empty([2, 3], { dtype: 'uint8' }).byteLength); // 6
   * ```
   */
  static empty<const D extends DType = 'float32'>(
    shape: readonly number[],
    options?: EmptyOptions<D>,
  ): Tensor<D>;
  static empty(given: unknown, options?: unknown): Tensor {
    const call = 'Tensor.empty';
    const { shape, dtype, device, pinned } = readEmpty(call, given, options);
    const native = callSync(call, (addon) =>
      addon.tensorEmpty({
        shape,
        dtype,
        device: toNativeDevice(device),
        pinned,
        bytes: byteLengthOf(dtype, shape),
      }),
    );
    const strides = denseStrides(shape);
    return new Tensor(KEY, { native, shape, strides, dtype, device, leaves: NONE, scoped: true });
  }

  /**
   * The tensor of an External of DLPack, its memory shared with whoever made it; the External is empty afterwards.
   * docs/dlpack.md describes it.
   *
   * @throws ERR_PSE_TYPE for anything else, ERR_PSE_DTYPE for a tensor of a dtype, device or version that is not known here,
   * ERR_PSE_DISPOSED for an External that is empty
   */
  static fromDLPack(external: object): Tensor {
    const call = 'Tensor.fromDLPack';
    const { tensor, shape, strides, dtype, device } = callSync(call, (addon) =>
      addon.fromDLPack(external),
    );
    return new Tensor(KEY, {
      native: tensor,
      shape,
      strides,
      dtype: dtype as DType,
      device: fromNativeDevice(device),
      leaves: NONE,
      scoped: true,
    });
  }

  /** Whether it was given back. Of a tensor that was, only shape, dtype and the like can be asked. */
  get disposed(): boolean {
    return this.#disposed;
  }

  /**
   * The gradient that backward passes have added up, the same handle each time, or null. It is disposed of together with
   * this tensor, unless a scope returns it. Set it to null to begin anew; whoever holds the old one keeps it.
   */
  get grad(): Tensor<D> | null {
    return this.#grad?.disposed && !this.#disposed ? null : this.#grad;
  }

  set grad(value: null) {
    const call = 'Tensor.grad';
    if (value !== null) {
      throw mismatch('ERR_PSE_TYPE', {
        call,
        argument: 'the new value',
        requirement: 'null',
        got: 'something else',
      });
    }
    const native = this.#use(call);
    if (this.#grad === null) return;
    callOnce(call, (addon) => addon.clearGrad(native, null));
    this.#grad = null;
  }

  /**
   * The elements, row by row, in an array of their own: bool as bytes 0 and 1, halves as their bits.
   *
   * @throws what the making of the tensor failed with; ERR_PSE_DISPOSED, ERR_PSE_OUT_OF_MEMORY
   */
  async data(): Promise<ElementsOf<D>> {
    return (await readElements('Tensor.data', this.#shown('Tensor.data')))
      .data as unknown as ElementsOf<D>;
  }

  /** {@link data}, while this thread waits. */
  dataSync(): ElementsOf<D> {
    const call = 'Tensor.dataSync';
    return readElementsSync(call, this.#shown(call)).data as unknown as ElementsOf<D>;
  }

  /**
   * The one element, as a number.
   *
   * @throws ERR_PSE_SHAPE for any other number of elements, and as `data`
   */
  async item(): Promise<number> {
    const call = 'Tensor.item';
    this.#checkSingle(call);
    return numbersOf(await readElements(call, this.#shown(call)))[0] as number;
  }

  /** {@link item}, while this thread waits. */
  itemSync(): number {
    const call = 'Tensor.itemSync';
    this.#checkSingle(call);
    return numbersOf(readElementsSync(call, this.#shown(call)))[0] as number;
  }

  /** Waits until its elements are there; rejects with what their making failed with. */
  async ready(): Promise<this> {
    const native = this.#use('Tensor.ready');
    return callPromised(
      'Tensor.ready',
      (addon, settle) => addon.waitFor(native, settle),
      () => this,
    );
  }

  /**
   * The tensor on another device or of another dtype; where neither changes, a handle that shares its memory. It carries
   * the gradient on.
   *
   * @param options `device`, `dtype`: as they are unless given; `nonBlocking`, for copies out of pinned memory
   * @throws ERR_PSE_TYPE, ERR_PSE_OPTION, ERR_PSE_CUDA_UNAVAILABLE, ERR_PSE_DISPOSED, ERR_PSE_QUEUE_FULL
   */
  to<const E extends DType = D>(options: ToOptions<E>): Tensor<E>;
  to(options: unknown): Tensor {
    const call = 'Tensor.to';
    const { dtype, device, nonBlocking } = readConversion(call, options, this);
    const same = dtype === this.dtype && device === this.device;
    const strides = same ? this.strides : denseStrides(this.shape);
    const native = this.#use(call);
    // Whole numbers have no gradient.
    const leaves = dtype.includes('float') ? this.#leaves : NONE;
    return this.#derive(call, dtype, device, strides, leaves, (addon, result, how) =>
      addon.convertTensor(
        native,
        result,
        { device: toNativeDevice(device), dtype, nonBlocking },
        how,
      ),
    );
  }

  /** A handle that shares its memory and stands outside the graph. */
  detach(): Tensor<D> {
    const native = this.#use('Tensor.detach');
    return this.#derive(
      'Tensor.detach',
      this.dtype,
      this.device,
      this.strides,
      NONE,
      (addon, result, how) => addon.detachTensor(native, result, how),
    );
  }

  /** A copy with memory of its own, row by row; it carries the gradient on. */
  clone(): Tensor<D> {
    const native = this.#use('Tensor.clone');
    const strides = denseStrides(this.shape);
    return this.#derive(
      'Tensor.clone',
      this.dtype,
      this.device,
      strides,
      this.#leaves,
      (addon, result, how) => addon.cloneTensor(native, result, how),
    );
  }

  /**
   * Adds the gradient of this tensor to the `grad` of the tensors that it was computed from and that were made with
   * `requiresGrad`. They have it at once, as a handle; its elements come with the promise. The graph is freed: once.
   *
   * @param gradOutput the gradient of what is differentiated with respect to this tensor, of its shape and dtype; 1 unless
   * given, which is for a single element only
   * @throws ERR_PSE_SHAPE for several elements without `gradOutput`, or one of another shape; ERR_PSE_DTYPE, ERR_PSE_TYPE;
   * ERR_PSE_DISPOSED where the graph was freed by an earlier pass, ERR_PSE_VALUE where what it needs was changed in place;
   * ERR_PSE_OUT_OF_MEMORY, ERR_PSE_QUEUE_FULL
   *
   * Source: PyTorch, `torch.Tensor.backward`.
   */
  async backward(gradOutput?: Tensor): Promise<void> {
    const call = 'Tensor.backward';
    const { native, grads, options, undo } = this.#prepareBackward(call, gradOutput);
    try {
      await callPromised(
        call,
        (addon, settle) => addon.backward(native, grads, options, settle),
        () => {},
      );
    } catch (error) {
      undo();
      throw error;
    }
  }

  /** {@link backward}, while this thread waits. */
  backwardSync(gradOutput?: Tensor): void {
    const call = 'Tensor.backwardSync';
    const { native, grads, options, undo } = this.#prepareBackward(call, gradOutput);
    try {
      callOnce(call, (addon) => addon.backward(native, grads, options));
    } catch (error) {
      undo();
      throw error;
    }
  }

  /**
   * An External for another addon, which shares its memory and holds it until it is done. It waits for the elements.
   * docs/dlpack.md describes it.
   *
   * @throws ERR_PSE_TYPE for a tensor with a gradient: `detach` first; what its making failed with; ERR_PSE_DISPOSED
   */
  toDLPack(): object {
    const call = 'Tensor.toDLPack';
    const native = this.#use(call);
    if (this.requiresGrad) {
      throw mismatch('ERR_PSE_TYPE', {
        call,
        argument: 'the tensor',
        requirement: 'one without a gradient, which DLPack cannot hand over',
        got: 'one that requires it',
        hint: 'tensor.detach().toDLPack()',
      });
    }
    return callSync(call, (addon) => addon.toDLPack(native));
  }

  /** Gives the memory back, when the last call that uses it has run. A second time does nothing. */
  dispose(): void {
    this.disposeBut(NONE);
  }

  /** @internal The same, but for a gradient that is kept; answers that. */
  disposeBut(kept: ReadonlySet<unknown>): Tensor | undefined {
    if (this.#disposed) return undefined;
    this.#disposed = true;
    addon().releaseTensor(this.#native);
    leaveScope(this);
    const grad = this.#grad;
    if (grad !== null && kept.has(grad)) return grad as unknown as Tensor;
    grad?.dispose();
    return undefined;
  }

  /** {@link dispose}, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** For `console.log`: what is known without waiting. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    const marks = [this.requiresGrad ? 'requiresGrad' : '', this.#disposed ? 'disposed' : ''];
    const words = [this.dtype, `[${this.shape.join(', ')}]`, 'on', this.device, ...marks];
    return `Tensor(${words.filter(Boolean).join(' ')})`;
  }

  /** @internal A tensor that `queue` makes of others. */
  static make<E extends DType>(
    call: string,
    parts: { readonly dtype: E; readonly shape: readonly number[]; readonly device: Device },
    parents: readonly unknown[],
  ): { readonly tensor: Tensor<E>; readonly native: NativeTensor } {
    const leaves = new Set<Tensor>();
    for (const parent of parents) {
      if (parent instanceof Tensor) for (const leaf of parent.#leaves) leaves.add(leaf);
    }
    const bytes = byteLengthOf(parts.dtype, parts.shape);
    const native = callSync(call, (addon) => addon.newTensor(bytes));
    const strides = denseStrides(parts.shape);
    return { tensor: new Tensor(KEY, { ...parts, native, strides, leaves, scoped: true }), native };
  }

  #derive<E extends DType>(
    call: string,
    dtype: E,
    device: Device,
    strides: readonly number[],
    leaves: ReadonlySet<Tensor>,
    queue: (addon: Addon, result: NativeTensor, how: How) => Ticket,
  ): Tensor<E> {
    const bytes = byteLengthOf(dtype, this.shape);
    const result = callSync(call, (addon) => addon.newTensor(bytes));
    callOnce(call, (addon) => queue(addon, result, null));
    return new Tensor(KEY, {
      native: result,
      shape: this.shape,
      strides,
      dtype,
      device,
      leaves,
      scoped: true,
    });
  }

  #use(call: string, argument = 'the tensor'): NativeTensor {
    if (!this.#disposed) return this.#native;
    throw pseError('ERR_PSE_DISPOSED', `${call}: ${argument} was disposed of`);
  }

  #shown(call: string, argument?: string): TensorArgument<D> {
    const { shape, dtype, device } = this;
    return { native: this.#use(call, argument), shape, dtype, device };
  }

  #checkSingle(call: string): void {
    if (this.numel === 1) return;
    throw mismatch('ERR_PSE_SHAPE', {
      call,
      argument: 'the tensor',
      requirement: 'a single element',
      got: `[${this.shape.join(', ')}]`,
    });
  }

  #prepareBackward(call: string, given: unknown) {
    const native = this.#use(call);
    const gradOutput: GradOutput = checkGradOutput(call, this, given);
    const undone: (() => void)[] = [];
    const grads = [...this.#leaves].flatMap((leaf) => {
      if (leaf.#disposed) return [];
      // Whoever disposed of it begins anew.
      if (leaf.#grad?.disposed) leaf.grad = null;
      if (leaf.#grad === null) {
        const grad = callSync(call, (addon) => addon.newTensor(leaf.byteLength));
        leaf.#grad = new Tensor(KEY, {
          native: grad,
          shape: leaf.shape,
          strides: leaf.strides,
          dtype: leaf.dtype,
          device: leaf.device,
          leaves: NONE,
          scoped: false,
        });
        leaf.#passes = 0;
      }
      const grad = leaf.#grad;
      leaf.#passes += 1;
      undone.push(() => {
        if (leaf.#grad !== grad) return;
        leaf.#passes -= 1;
        if (leaf.#passes === 0) leaf.#grad = null;
      });
      return [{ leaf: leaf.#native, grad: leaf.#grad.#native }];
    });
    const largest = [...this.#leaves].reduce(
      (most, leaf) => Math.max(most, leaf.numel),
      this.numel,
    );
    return {
      native,
      grads,
      options: { largest: largest * LABELS_PER_LOGIT, ...(gradOutput && { gradOutput }) },
      undo: () => {
        for (const each of undone) each();
      },
    };
  }
}
