/** What every format must hold to, on experiments that no run would bring: very long ones, and names that were made to harm. */
import { unpackTar } from 'modern-tar';
import { describe, expect, it } from 'vitest';
import type { TrialRow } from '../../core/results.ts';
import type { ExportedExperiment, Run } from '../../exports/experiment.ts';
import { formatNames, formats, type FormatName } from '../../exports/formats.ts';
import { crc32c } from '../../exports/tensorboard/crc32c.ts';
import { testSpecification } from '../support/specification.ts';

function trial(number: number, metrics: Record<string, number> = { value: number }): TrialRow {
  return {
    number,
    state: 'completed',
    params: { x: number / 7, y: 0.5 },
    seed: number + 1,
    origin: 'suggested',
    value: number,
    metrics,
    lastStep: 1,
    reports: 1,
    attempts: 1,
    failure: null,
    worker: 'a "quoted", worker',
    slot: 0,
    startedAt: 1000,
    endedAt: 2000,
    durationSeconds: 1,
  };
}

/** How many trials were read of it, and how many of the readings have ended. */
class Synthetic implements ExportedExperiment {
  readonly specification = testSpecification({ id: 'esynthetic1' });
  readonly createdAt = 0;
  read = 0;
  ended = 0;
  readonly #trials: () => Iterable<TrialRow>;

  constructor(trials: () => Iterable<TrialRow>) {
    this.#trials = trials;
  }

  async *trials(): AsyncGenerator<TrialRow, void, undefined> {
    try {
      for (const row of this.#trials()) {
        this.read += 1;
        yield row;
      }
    } finally {
      this.ended += 1;
    }
  }

  async *runs(): AsyncGenerator<Run, void, undefined> {
    for await (const row of this.trials()) yield { trial: row, reports: this.#reports(row) };
  }

  async *#reports({ number, metrics }: TrialRow) {
    yield { attempt: 1, step: 1, value: number, at: 1500, metrics: metrics ?? {} };
  }
}

function* many(): Generator<TrialRow, void, undefined> {
  for (let number = 0; number < 100_000; number++) yield trial(number);
}

async function bytesOf(format: FormatName, experiment: ExportedExperiment): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of formats[format].write(experiment, 'trials')) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

describe('every format', () => {
  it.each(formatNames)('%s reads no further than somebody takes, and lets go when nobody does', async (format) => {
    const experiment = new Synthetic(many);
    let chunks = 0;
    for await (const chunk of formats[format].write(experiment, 'curves')) {
      expect(chunk.length).toBeLessThan(2 ** 20);
      chunks += 1;
      if (chunks >= 3 && experiment.read > 0) break;
    }
    expect(experiment.read).toBeLessThan(50_000);
    await expect.poll(() => experiment.ended).toBe(1);
  });

  it.each(formatNames)('%s can be written of an experiment without trials', async (format) => {
    expect((await bytesOf(format, new Synthetic(() => []))).length > 0).toBe(format !== 'jsonl');
  });
});

describe('a file of runs', () => {
  it('never leads out of its folder, whatever metrics are called', async () => {
    const names = ['../../../evil', '/etc/passwd', 'a/../../b', 'line\nbreak', '..', 'loss/train', 'ok.1'];
    const metrics = Object.fromEntries(names.map((name) => [name, 1]));
    const entries = await unpackTar(await bytesOf('mlflow', new Synthetic(() => [trial(0, metrics)])));
    const written = entries.flatMap(({ header: { name } }) => /\/metrics\/(?<metric>.+)$/.exec(name)?.groups?.metric ?? []);
    expect(written).toHaveLength(names.length);
    expect(written).toContain('loss/train');
    for (const { header } of entries) expect(header.name).toMatch(/^mlruns\/(?!.*(^|\/)\.\.?(\/|$))[\w./ -]+$/);
  });
});

describe('CSV', () => {
  it('quotes what would break a row', async () => {
    const text = new TextDecoder().decode(await bytesOf('csv', new Synthetic(() => [trial(0)])));
    expect(text).toContain('"a ""quoted"", worker"');
    expect(text.trim().split('\r\n')).toHaveLength(2);
  });
});

describe('the checksum of TFRecord', () => {
  it('is CRC-32C: its check value (RFC 3720, B.4)', () => {
    expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283);
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  });
});
