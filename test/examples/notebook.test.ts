/** The notebook as it stands in `examples/`, executed cell by cell against a stack that a person would have started for it. */
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';
import { describe, expect, it, vi } from 'vitest';
import { Workplace } from '../e2e/workplace.ts';
import { pythonSays, pythonWith } from '../support/python.ts';
import { useTestRedis } from '../support/redis.ts';

const redis = useTestRedis();
const python = pythonWith('nbclient', 'nbformat', 'ipykernel', 'pandas', 'pyarrow');
const notebook = fileURLToPath(new URL('../../examples/notebook.ipynb', import.meta.url));

const execute = `
import json, os, sys, nbformat
from nbclient import NotebookClient
os.environ["MAGGY_URL"] = sys.argv[2]
book = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(book, timeout=500, kernel_name="python3", resources={"metadata": {"path": os.path.dirname(sys.argv[1])}}).execute()
print(json.dumps([["".join(output.get("text", "") or output.get("data", {}).get("text/plain", "") for output in cell.outputs)]
                  for cell in book.cells if cell.cell_type == "code"]))`;

describe.skipIf(python === undefined)(
  'the notebook (skipped where no python3 has nbclient and pandas: scripts/python-for-tests.sh)',
  () => {
    it('explores, tunes, ablates and trains in lockstep, with the same training file', { timeout: 900_000 }, async () => {
      const place = await Workplace.create({ REDIS_URL: redis.url, MAGGY_PREFIX: redis.prefix.slice(0, -1) });
      try {
        const flags = ['--port', '0', '--functions', 'functions', '--workers', '1', '--slots', '1', '--lockstep-slots', '2'];
        const stack = place.start('up', ...flags);
        const printed: string[] = [];
        createInterface(stack.stdout).on('line', (line) => printed.push(line));
        await vi.waitFor(() => expect(printed.join('\n')).toContain('Ctrl-C'), { timeout: 60_000, interval: 50 });
        const url = /http:\/\/[\d.]+:\d+/.exec(printed.join('\n'))?.[0] ?? '';
        const said = JSON.stringify(await pythonSays(python, execute, notebook, url));
        expect(said).toContain('mnist-cnn');
        expect(said).toMatch(/valAccuracy 0\.\d+ in/);
        expect(said).toMatch(/'completed',(\\n)? *\{'queued': 0/);
        expect(said).toMatch(/params\.learningRate/);
        expect(said).toMatch(/layer conv2/);
        expect(said).toMatch(/samplesPerSecond/);
      } finally {
        await place.remove();
      }
    });
  },
);
