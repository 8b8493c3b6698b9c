// Tensors that end with the work that made them. Whoever is inside is known by AsyncLocalStorage, so that scopes that run
// at the same time do not mix.
import { AsyncLocalStorage } from 'node:async_hooks';
import { types } from 'node:util';
import { describe } from '../arguments/describe';
import { isTensor } from '../arguments/tensor';
import { mismatch } from '../errors';

interface Scope {
  readonly made: Set<Tenant>;
  readonly outer: Scope | undefined;
  closed: boolean;
}

/** What a scope disposes of. */
interface Tenant {
  /** Disposes of it and of its gradient, unless that is among those that are kept: then it is the answer. */
  disposeBut(kept: ReadonlySet<unknown>): Tenant | undefined;
}

const storage = new AsyncLocalStorage<Scope>();

/**
 * Runs `work` and disposes of every tensor that was made inside, except those that it returns: in a tensor, an array or a
 * plain object, however deep. Where `work` is asynchronous, the scope ends with its promise; scopes may be nested and
 * may run at the same time. When `work` fails, all of them are disposed of, and its error comes out.
 *
 * A gradient belongs to its tensor, and ends with it unless it is returned. Tensors in other objects, in Maps, or in promises
 * that are returned in an array are disposed of.
 *
 * @param work a function without arguments
 * @returns what `work` returns
 * @throws ERR_PSE_TYPE, and what `work` throws
 *
 * @example
 * ```ts
 * import { scope, Tensor } from 'pse-loss';
 *
 * const kept = scope(() => {
 *   const halves = Tensor.from(Float32Array.of(0.5, 1.5));
 *   return halves.to({ dtype: 'float64' });
 * });
 * console.log(kept.dtype, kept.dataSync()); // float64 Float64Array(2) [ 0.5, 1.5 ]
 * ```
 */
export function scope<T>(work: () => T): T {
  if (typeof work !== 'function') {
    throw mismatch('ERR_PSE_TYPE', {
      call: 'scope',
      argument: 'work',
      requirement: 'a function',
      got: describe(work),
    });
  }
  const own: Scope = { made: new Set(), outer: storage.getStore(), closed: false };
  const end = <V>(value: V): V => {
    let kept: ReadonlySet<unknown> = new Set();
    try {
      kept = tensorsIn(value);
    } finally {
      // A getter of the user's may throw: nothing is kept then, and its error comes out.
      close(own, kept);
    }
    return value;
  };
  const fail = (error: unknown): never => {
    close(own, new Set());
    throw error;
  };
  let result: T;
  let promised: boolean;
  try {
    result = storage.run(own, work);
    promised = isThenable(result);
  } catch (error) {
    return fail(error);
  }
  if (!promised) return end(result);
  return Promise.resolve(result).then(end, fail) as T;
}

/** A promise, also one of a library's own. */
function isThenable(value: unknown): boolean {
  if (types.isPromise(value)) return true;
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { readonly then?: unknown }).then === 'function'
  );
}

/** Makes a tensor end with the scope that it is made in, if there is one. */
export function enterScope(tensor: Tenant): void {
  openScope(storage.getStore())?.made.add(tensor);
}

/** Lets go of a tensor that was disposed of. */
export function leaveScope(tensor: Tenant): void {
  for (let each = storage.getStore(); each !== undefined; each = each.outer)
    each.made.delete(tensor);
}

/** What is made after a scope has ended belongs to the one around it. */
function openScope(from: Scope | undefined): Scope | undefined {
  let each = from;
  while (each?.closed) each = each.outer;
  return each;
}

function close(own: Scope, kept: ReadonlySet<unknown>): void {
  own.closed = true;
  const outer = openScope(own.outer);
  for (const tensor of own.made) {
    const left = kept.has(tensor) ? tensor : tensor.disposeBut(kept);
    if (left !== undefined) outer?.made.add(left);
  }
  own.made.clear();
}

/** The tensors in a value, in arrays and in plain objects. */
function tensorsIn(value: unknown): Set<unknown> {
  const found = new Set<unknown>();
  const seen = new Set<unknown>();
  const pending = [value];
  while (pending.length > 0) {
    const each = pending.pop();
    if (typeof each !== 'object' || each === null || seen.has(each)) continue;
    seen.add(each);
    if (isTensor(each)) found.add(each);
    else if (Array.isArray(each)) for (const part of each as unknown[]) pending.push(part);
    else if (isPlain(each)) for (const part of Object.values(each)) pending.push(part);
  }
  return found;
}

/** An object literal, of whatever realm. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
