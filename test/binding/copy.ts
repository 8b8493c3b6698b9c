// The built package somewhere else, with the packages that this one depends on.
import { cpSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/process';

/** Copies the package into a folder and gives the folder back. */
export function copyPackage(folder: string): string {
  for (const part of ['dist', 'build/Release', 'package.json']) {
    cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}
