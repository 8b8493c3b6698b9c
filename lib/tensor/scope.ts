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
  dispose(): void;
}

const storage = new AsyncLocalStorage<Scope>();

/**
 * Runs `work` and disposes of every tensor that was made inside, except those that it returns: in a tensor, an array or a
 * plain object, however deep. Where `work` is asynchronous, the scope ends with its promise; scopes may be nested and
 * may run at the same time. When `work` fails, all of them are disposed of, and its error comes out.
 *
 * A gradient belongs to its tensor, not to a scope.
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
  let result: T;
  try {
    result = storage.run(own, work);
  } catch (error) {
    close(own, new Set());
    throw error;
  }
  if (!types.isPromise(result)) {
    close(own, tensorsIn(result));
    return result;
  }
  const ended = result.then(
    (value: unknown) => {
      close(own, tensorsIn(value));
      return value;
    },
    (error: unknown) => {
      close(own, new Set());
      throw error;
    },
  );
  return ended as T;
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
    if (kept.has(tensor)) outer?.made.add(tensor);
    else tensor.dispose();
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
    else if (Array.isArray(each)) pending.push(...(each as unknown[]));
    else if (isPlain(each)) pending.push(...Object.values(each));
  }
  return found;
}

/** An object literal, of whatever realm. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
