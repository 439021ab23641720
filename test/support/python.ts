/** A Python with what a test imports: that of `MAGGY_TEST_PYTHON`, else of `scripts/python-for-tests.sh`, else the system's. */
import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const candidates = [process.env.MAGGY_TEST_PYTHON, fileURLToPath(new URL('../../.maggy/python/bin/python', import.meta.url)), 'python3'];

/** Undefined where none has all of the modules. */
export function pythonWith(...modules: string[]): string | undefined {
  const finds = `import importlib.util, sys; sys.exit(not all(map(importlib.util.find_spec, ${JSON.stringify(modules)})))`;
  return candidates.find((python) => python !== undefined && spawnSync(python, ['-c', finds]).status === 0);
}

/** What a script prints as JSON. */
export async function pythonSays(python: string | undefined, script: string, ...args: string[]): Promise<unknown> {
  if (python === undefined) throw new Error('there is no such Python: this test is to be skipped');
  const env = { ...process.env, MLFLOW_ALLOW_FILE_STORE: 'true' };
  const { stdout } = await promisify(execFile)(python, ['-c', script, ...args], { env });
  return JSON.parse(stdout);
}
