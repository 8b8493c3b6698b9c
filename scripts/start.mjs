// npm start [-- arguments]: set-up, then the main job: `pse-loss fit` on real input.
import path from 'node:path';
import { CommandError, main, root, run } from './run-command.mjs';
import { setup } from './setup.mjs';

main(async () => {
  await setup({ tests: false });
  const args = ['fit', ...process.argv.slice(2)];
  const cli = path.join(root, 'dist/cli/main.js');
  // Paths mean what they mean in the folder where npm was called.
  const options = { shown: ['pse-loss', ...args], cwd: process.env.INIT_CWD ?? root };
  await run(process.execPath, [cli, ...args], options).catch((error) => {
    // The command line says itself what went wrong, so only its exit code goes on.
    if (!(error instanceof CommandError)) throw error;
    process.exitCode = error.code ?? 1;
  });
});
