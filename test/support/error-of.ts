// What a call throws, as plain values: a test compares class, code and every word at once.
import { isPSEError } from '../../lib/errors';

export function errorOf(call: () => unknown): { name: string; code: string; message: string } {
  try {
    call();
  } catch (error) {
    if (!isPSEError(error)) throw error;
    return { name: error.name, code: error.code, message: error.message };
  }
  throw new Error('the call threw nothing');
}
