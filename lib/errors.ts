// The codes of every error this package raises on purpose, and the one shape of their messages.
// Built-in classes with a stable `code`, because `instanceof` fails across realms and installed copies.

/** The user's mistakes: found before any native call. */
const USER_ERRORS = {
  ERR_PSE_TYPE: TypeError,
  ERR_PSE_DTYPE: TypeError,
  ERR_PSE_OPTION: TypeError,
  ERR_PSE_SHAPE: RangeError,
  ERR_PSE_RANGE: RangeError,
  ERR_PSE_DEVICE: RangeError,
  ERR_PSE_VALUE: RangeError,
} as const;

/** The machine's. */
const MACHINE_ERRORS = {
  ERR_PSE_LIBTORCH_NOT_FOUND: Error,
  ERR_PSE_LIBTORCH_VERSION: Error,
  ERR_PSE_NOT_BUILT: Error,
  ERR_PSE_CONFLICT: Error,
  ERR_PSE_CUDA_UNAVAILABLE: Error,
  ERR_PSE_CUDA: Error,
  ERR_PSE_OUT_OF_MEMORY: Error,
  ERR_PSE_FORMAT: Error,
  ERR_PSE_QUEUE_FULL: Error,
  ERR_PSE_DISPOSED: Error,
  ERR_PSE_ABORTED: Error,
  ERR_PSE_INTERNAL: Error,
} as const;

const CLASSES = { ...USER_ERRORS, ...MACHINE_ERRORS };

/** Every code that an error of this package can carry. */
export type PSEErrorCode = keyof typeof CLASSES;

/** An error of this package: a `TypeError`, `RangeError` or `Error` with a stable code. */
export type PSEError = Error & { code: PSEErrorCode };

/** Makes the error of a code; `cause` holds what went wrong underneath. */
export function pseError(code: PSEErrorCode, message: string, cause?: unknown): PSEError {
  const error = new CLASSES[code](message, cause === undefined ? undefined : { cause });
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
export function mismatch(
  code: keyof typeof USER_ERRORS | 'ERR_PSE_FORMAT',
  what: Mismatch,
): PSEError {
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
  return typeof error.code === 'string' && Object.hasOwn(CLASSES, error.code);
}
