// The codes of every error this package raises on purpose, and the one shape of their messages.
// Built-in classes with a stable `code`, because `instanceof` fails across realms and installed copies.

/** What is known of a code: docs/errors.md is written out of it. */
interface ErrorKind {
  readonly class: typeof Error | typeof TypeError | typeof RangeError;
  /** whose mistake it is: of who calls, found before any native call; of what a file holds; of the machine; our own */
  readonly by: 'caller' | 'file' | 'machine' | 'package';
  readonly meaning: string;
  readonly remedy: string;
  /** a message as it comes; `…` stands for what depends on the machine */
  readonly example?: string;
  /** what nothing throws yet, and what will */
  readonly later?: string;
}

export const ERRORS = {
  ERR_PSE_TYPE: {
    class: TypeError,
    by: 'caller',
    meaning:
      'An argument or an option is of another JavaScript type than it has to be, or missing.',
    remedy: 'Pass what the message asks for; often it says how to make it of what came.',
    example:
      'PSELoss.forwardSync: expected maps to be an object { data, shape }, got a Float32Array of 32 elements (pass { data, shape: [N, C, h, w] })',
  },
  ERR_PSE_DTYPE: {
    class: TypeError,
    by: 'caller',
    meaning:
      'The elements of an array are of a dtype that is not taken there, or not of the one that it names.',
    remedy: 'Convert the elements; bits of halves in a Uint16Array need `dtype`.',
    example:
      "PSELoss.forwardSync: expected maps.dtype to be 'float16' or 'bfloat16', as its data says, got nothing (a Uint16Array may hold the bits of either)",
  },
  ERR_PSE_OPTION: {
    class: TypeError,
    by: 'caller',
    meaning:
      'An option, or a word for one, does not exist; or two that were given contradict each other.',
    remedy:
      'Take the spelling that the message suggests, or one of the list; leave out one of the two.',
    example:
      'PSELoss: expected options to be an object with known options only, got the option "ohem_ratio" (did you mean \'ohemRatio\'?)',
  },
  ERR_PSE_SHAPE: {
    class: RangeError,
    by: 'caller',
    meaning:
      'Sizes are wrong: of an array by itself, of its elements, or of arrays that have to fit together.',
    remedy:
      'Bring the array to the sizes in the message; where several would fit, it names the nearest.',
    example:
      "PSELoss.forwardSync: expected labels.gtTexts to be [1, s·4, s·4] with one integer s ≥ 1, got [1, 15, 16] (maps of 4×4 fit labels of 12×12 at s = 3 or 16×16 at s = 4; upsample: 'bilinear' takes any size)",
  },
  ERR_PSE_RANGE: {
    class: RangeError,
    by: 'caller',
    meaning: 'A number is outside its range, not finite, or not an integer where it has to be one.',
    remedy: 'Pass a number of the range that the message gives.',
    example: 'PSELoss: expected options.alpha to be a finite number from 0 to 1, got the number 2',
  },
  ERR_PSE_DEVICE: {
    class: RangeError,
    by: 'caller',
    meaning: 'Tensors of one call are on different devices.',
    remedy: 'Move them to the device of the maps.',
    example:
      "PSELoss.forward: expected labels.gtTexts to be on cuda:0, as maps, got a tensor on cpu (tensor.to({ device: 'cuda:0' }) moves it)",
  },
  ERR_PSE_VALUE: {
    class: RangeError,
    by: 'caller',
    meaning:
      'An element is one that cannot be computed with: NaN or out of 0…1 under `checkValues`, neither 0 nor 1 for `compactLabels`; or compact labels are of another version; or what a backward pass needs was changed in place.',
    remedy: 'Look at the place that the message names; `diagnose` counts all of them.',
    example:
      'PSELoss.forwardSync: expected labels.trainingMasks to be from 0 to 1 everywhere, got 255 at [n 0, y 0, x 0] (divide masks that come out of pictures by 255)',
  },
  ERR_PSE_FORMAT: {
    class: Error,
    by: 'file',
    meaning:
      'A file is not of its format, holds what is not read here, or lacks what was asked of it.',
    remedy:
      'Mend the line, the tensor or the bytes that the message names; often it says what would write them as they are read.',
    example:
      'parseIcdar: expected gt_img_7.txt:1 to be x1,y1,x2,y2,x3,y3,x4,y4,transcription, got "377,117", 2 of 9 fields',
  },
  ERR_PSE_LIBTORCH_NOT_FOUND: {
    class: Error,
    by: 'machine',
    meaning: 'There is no LibTorch in any of the places that were looked at, or it does not open.',
    remedy:
      'Set `PSE_LIBTORCH` to the folder of one, or pass it to `libtorch.load`; the message names every place and what is wrong with it.',
    example:
      'pse-loss: no LibTorch … found (libtorch.load({ directory }): /nowhere holds no libtorch_cpu.so); set PSE_LIBTORCH to the folder of one, or run `npm run setup` in a clone',
  },
  ERR_PSE_LIBTORCH_VERSION: {
    class: Error,
    by: 'machine',
    meaning: 'There is a LibTorch, of a release for which no operators were built.',
    remedy: 'Take a LibTorch of the release that the message names.',
    example: 'PSELoss.forwardSync: the operators do not fit this LibTorch: …',
  },
  ERR_PSE_NOT_BUILT: {
    class: Error,
    by: 'machine',
    meaning: 'The compiled part is missing for this machine, or does not load.',
    remedy: 'In a clone, `npm run setup` builds it.',
    example: 'libtorch.load: the operators cannot be opened: …',
  },
  ERR_PSE_CONFLICT: {
    class: Error,
    by: 'machine',
    meaning:
      'The process has a LibTorch, or another copy of this package, beside which what was asked for cannot be opened.',
    remedy: 'Use the one that is there, or another process.',
    example:
      'libtorch.load: a process has one LibTorch, and it is …; /nowhere cannot be opened beside it',
  },
  ERR_PSE_CUDA_UNAVAILABLE: {
    class: Error,
    by: 'machine',
    meaning: 'A GPU was asked for, and there is none that can be used.',
    remedy: 'Stay on the CPU: this release computes nowhere else.',
    example: 'Tensor.from: there is no cuda:0: this release computes on the CPU only',
  },
  ERR_PSE_CUDA: {
    class: Error,
    by: 'machine',
    meaning: 'LibTorch has a CUDA side, and it does not open.',
    remedy: 'Mend the driver, or set `PSE_DEVICE=cpu` to go without it.',
    example:
      'libtorch.load: the CUDA side of LibTorch cannot be opened; PSE_DEVICE=cpu goes without it: …',
  },
  ERR_PSE_OUT_OF_MEMORY: {
    class: Error,
    by: 'machine',
    meaning: 'There is no memory for a result, or for what is computed on the way to it.',
    remedy: 'Take fewer images at once, or look for a size with too many zeros.',
    example: 'makeLabels: no memory for 273787453695 elements of uint8, [1, 255, 32767, 32767]',
  },
  ERR_PSE_QUEUE_FULL: {
    class: Error,
    by: 'machine',
    meaning:
      'More than 1024 calls of a thread wait to be computed, or copies of their arrays fill `PSE_STAGING_BYTES`, 1 GiB unless set.',
    remedy: 'Await results before calling on; arrays made by `allocate` are not copied.',
    example: 'PSELoss.forward: the queue is full: 1024 calls wait already; await some of them',
  },
  ERR_PSE_DISPOSED: {
    class: Error,
    by: 'machine',
    meaning:
      'A tensor was used after its memory was given back; or a graph, which a backward pass frees, for a second one.',
    remedy: 'Keep a tensor until its last use; compute the loss again for another backward pass.',
    example: 'Tensor.data: the tensor was disposed of',
  },
  ERR_PSE_ABORTED: {
    class: Error,
    by: 'machine',
    meaning: 'The process, or the worker, is ending, and no call begins any more.',
    remedy: 'Nothing: await results before ending it, if they are wanted.',
    example: 'PSELoss.forwardSync: aborted: the process is ending',
  },
  ERR_PSE_INTERNAL: {
    class: Error,
    by: 'package',
    meaning: 'LibTorch refused what should have been refused before, or failed.',
    remedy: 'Report it with the message and its `cause`: it is a fault of this package.',
    example: 'PSELoss.forwardSync: LibTorch failed: …',
  },
} as const satisfies { readonly [code: string]: ErrorKind };

/** Codes of the mistakes of some. */
type CodeBy<By extends ErrorKind['by']> = {
  [C in PSEErrorCode]: (typeof ERRORS)[C]['by'] extends By ? C : never;
}[PSEErrorCode];

/** Every code that an error of this package can carry. */
export type PSEErrorCode = keyof typeof ERRORS;

/** An error of this package: a `TypeError`, `RangeError` or `Error` with a stable code. */
export type PSEError = Error & { code: PSEErrorCode };

/** Makes the error of a code; `cause` holds what went wrong underneath. */
export function pseError(code: PSEErrorCode, message: string, cause?: unknown): PSEError {
  const error = new ERRORS[code].class(message, cause === undefined ? undefined : { cause });
  return Object.assign(error, { code });
}

/** What an argument had to be, and what came. */
export interface Mismatch {
  /** the public call, as the user wrote it: `PSELoss.forwardSync` */
  readonly call: string;
  /** the argument, as the documentation names it: `labels.gtTexts` */
  readonly argument: string;
  /** reads after "to be": `a float32 array` */
  readonly requirement: string;
  /** reads after "got": `a string "x"` */
  readonly got: string;
  /** the way out, where one is known */
  readonly hint?: string | undefined;
}

/** `<call>: expected <argument> to be <requirement>, got <what came> (<hint>)` */
export function mismatch(code: CodeBy<'caller' | 'file'>, what: Mismatch): PSEError {
  const hint = what.hint === undefined ? '' : ` (${what.hint})`;
  return pseError(
    code,
    `${what.call}: expected ${what.argument} to be ${what.requirement}, got ${what.got}${hint}`,
  );
}

/**
 * Tells whether an error was raised on purpose by this package, and so carries one of its codes.
 *
 * @example
 * ```ts
 * import { isPSEError, PSELoss } from 'pse-loss';
 *
 * try {
 *   new PSELoss({ alpha: 2 });
 * } catch (error) {
 *   console.log(isPSEError(error) && error.code); // ERR_PSE_RANGE
 * }
 * ```
 */
export function isPSEError(error: unknown): error is PSEError {
  if (typeof error !== 'object' || error === null || !('code' in error)) return false;
  return typeof error.code === 'string' && Object.hasOwn(ERRORS, error.code);
}
