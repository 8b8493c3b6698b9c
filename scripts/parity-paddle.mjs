// npm run parity:paddle [-- --json]: set-up, then PaddlePaddle in an environment of its own (868 MB, in .venv/paddle), and
// the PyTorch port of the tests held against the same loss on Paddle's operators.
import path from 'node:path';
import { printReport } from './parity-report.mjs';
import { main, root, run, step } from './run-command.mjs';
import { setup, venv, venvBin } from './setup.mjs';
import { withLock } from './setup-lock.mjs';
import { fingerprint, Stamp } from './setup-stamps.mjs';

/** The engine that the golden numbers were made with. */
const PADDLE = 'paddlepaddle==3.3.1';

const folder = path.join(venv, 'paddle');
const python = path.join(folder, 'bin', 'python');

main(async () => {
  await setup();
  await withLock(path.join(root, 'build', 'setup.lock'), installPaddle);
  process.env.PSE_PADDLE_PYTHON = python;
  // No test of `npm test`: Jest is told its name.
  await printReport(['--testMatch', '<rootDir>/test/parity/paddle/against-paddle.ts']);
});

async function installPaddle() {
  const stamp = new Stamp(path.join(venv, 'setup', 'paddle.json'));
  const expected = fingerprint({ values: { PADDLE } });
  if (stamp.matches(expected)) return;
  stamp.remove();
  await step(`parity:paddle: ${PADDLE}`, async () => {
    await run(venvBin('python'), ['-m', 'venv', '--clear', folder], { show: 'failure' });
    const pip = ['-m', 'pip', 'install', '-q', '--disable-pip-version-check'];
    await run(python, [...pip, PADDLE], { show: 'failure' });
    stamp.write(expected, { results: [python] });
  });
}
