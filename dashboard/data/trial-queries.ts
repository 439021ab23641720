/** What is asked of one trial. */
import { queryOptions } from '@tanstack/react-query';
import type { components, MaggyClient } from '../../client/index.ts';
import { bodyOf } from '../../client/connection.ts';
import { experimentKey } from './queries.ts';

export type TrialDetail = components['schemas']['TrialDetail'];

const POINTS = 500;
/** What a trial prints is no news of its experiment, so it is asked for while the trial runs. */
export const runningRefreshMs = 2000;

export const trialQuery = (client: MaggyClient, id: string, n: number) =>
  queryOptions({ queryKey: [...experimentKey(id), 'trial', n], queryFn: () => client.trial(id, n) });

/** Thinned for display. */
export const trialCurveQuery = ({ http }: MaggyClient, id: string, n: number) =>
  queryOptions({
    queryKey: [...experimentKey(id), 'trial', n, 'curve'],
    queryFn: ({ signal }) =>
      bodyOf(http.GET('/v1/experiments/{id}/trials/{n}/curve', { params: { path: { id, n }, query: { points: POINTS } }, signal })),
  });

export const trialLogQuery = (client: MaggyClient, id: string, n: number) =>
  queryOptions({ queryKey: [...experimentKey(id), 'trial', n, 'log'], queryFn: () => client.log(id, n) });

export const artefactsQuery = ({ http }: MaggyClient, id: string, n: number) =>
  queryOptions({
    queryKey: [...experimentKey(id), 'trial', n, 'artefacts'],
    queryFn: ({ signal }) => bodyOf(http.GET('/v1/experiments/{id}/trials/{n}/artefacts', { params: { path: { id, n } }, signal })),
  });

export const attemptsQuery = ({ http }: MaggyClient, id: string, n: number) =>
  queryOptions({
    queryKey: [...experimentKey(id), 'trial', n, 'attempts'],
    queryFn: ({ signal }) =>
      bodyOf(http.GET('/v1/experiments/{id}/plots/attempts', { params: { path: { id }, query: { trial: n } }, signal })),
  });
