// Addons of the tests, compiled with the headers of Node-API alone.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../support/process';

/** Compiles a source of this room into a folder, which is searched for headers too, and answers the file. */
export function compileAddon(source: string, folder: string): string {
  const file = join(folder, `${source}.node`);
  execFileSync(process.env.CXX ?? 'c++', [
    ...['-std=c++20', '-Wall', '-Wextra', '-Werror', '-shared', '-fPIC', '-DNAPI_VERSION=8'],
    `-isystem${join(ROOT, 'node_modules/node-api-headers/include')}`,
    `-I${folder}`,
    join(__dirname, source),
    '-o',
    file,
  ]);
  return file;
}
