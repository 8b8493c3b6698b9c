// npm start [-- arguments]: set-up, then the main job: `pse-loss fit` on real input.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { commandLine, main, root } from './run-command.mjs';
import { setup } from './setup.mjs';

main(async () => {
  await setup({ tests: false });
  const args = ['fit', ...process.argv.slice(2)];
  console.log(`  $ ${commandLine('pse-loss', args)}`);
  const cli = path.join(root, 'dist/cli/main.js');
  // The command line says itself what went wrong, so only its exit code goes on.
  const { status } = spawnSync(process.execPath, [cli, ...args], { cwd: root, stdio: 'inherit' });
  process.exitCode = status ?? 1;
});
