/** What commands ask of a running API beside what any program asks (`client/`). */
import Type, { type Static } from 'typebox';
import { CurvePoint, pageOf } from '../api/schemas.ts';
import { Client } from '../client/client.ts';
import { compileSchema } from '../core/validate.ts';
import { WorkerRecord } from '../queue/registry.ts';

const CurvePage = pageOf(CurvePoint);
const parseCurve = compileSchema(CurvePage);
const parseFunctions = compileSchema(Type.Object({ items: Type.Array(Type.Object({ name: Type.String() })) }));
const parseWorkers = compileSchema(Type.Object({ items: Type.Array(WorkerRecord) }));

export class Api extends Client {
  async isReady(): Promise<boolean> {
    try {
      const response = await fetch(`${this.url}/readyz`);
      await response.arrayBuffer();
      return response.ok;
    } catch {
      return false;
    }
  }

  /** Every report of a trial, in the order of arrival. */
  async curve(id: string, trial: number): Promise<Static<typeof CurvePoint>[]> {
    const reports: Static<typeof CurvePoint>[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? '' : `?cursor=${encodeURIComponent(cursor)}`;
      const page: Static<typeof CurvePage> = parseCurve(await this.json(`/v1/experiments/${id}/trials/${trial}/curve${query}`));
      reports.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return reports;
  }

  async trainingFunctions(): Promise<string[]> {
    return parseFunctions(await this.json('/v1/training-functions')).items.map(({ name }) => name);
  }

  async workers(): Promise<WorkerRecord[]> {
    return parseWorkers(await this.json('/v1/workers')).items;
  }
}
