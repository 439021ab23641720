/** A plot as an answer of HTTP: the log position that it shows is its tag, and whoever has it is not sent it again. */
import { readLog } from '../../queue/log.ts';
import { matches } from '../entity-tags.ts';
import { existing } from '../results.ts';
import type { Services } from '../services.ts';
import type { PlotRequest } from './requests.ts';

export interface PlotReply {
  readonly tag: string;
  /** null where the client has it */
  readonly body: Buffer | null;
}

/**
 * @param known the client's If-None-Match
 * @throws {MaggyError} not-found or gone
 */
export async function replyOf(services: Services, id: string, request: PlotRequest, known: string | undefined): Promise<PlotReply> {
  const { seq, reports } = await existing(services, id);
  const position = Math.max(1, Math.min(seq, await services.readModel.position(id)));
  const [entry] = await readLog(services.redis, services.keys, id, position - 1, 1);
  // Reports between decisions are no entries of the log.
  const isLive = request.kind === 'curves' || request.kind === 'trials';
  const tag = `"${position}-${entry?.nonce ?? ''}${isLive ? `-${reports}` : ''}"`;
  const isKnown = known !== undefined && matches(known, tag);
  return { tag, body: isKnown ? null : await services.plots.answer({ experiment: id, position, request }, tag) };
}
