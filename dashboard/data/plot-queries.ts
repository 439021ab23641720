/** What plots are drawn from. A plot that is asked for again costs the server nothing while the experiment stands where it stood. */
import { queryOptions } from '@tanstack/react-query';
import type { components, MaggyClient } from '../../client/index.ts';
import { bodyOf } from '../../client/connection.ts';
import { experimentKey } from './queries.ts';

type Schemas = components['schemas'];
export type History = Schemas['HistoryPlot'];
export type Curves = Schemas['CurvesPlot'];
export type Points = Schemas['PointsPlot'];
export type Axis = Schemas['PlotAxis'];
export type Contour = Schemas['ContourPlot'];
export type Importance = Schemas['ImportancePlot'];
export type Distribution = Schemas['DistributionPlot'];
export type Rungs = Schemas['RungsPlot'];
export type Timeline = Schemas['TimelinePlot'];
export type Study = Awaited<ReturnType<MaggyClient['study']>>;

function plotQuery<Data>(
  id: string,
  kind: string,
  settings: readonly string[],
  queryFn: (context: { signal: AbortSignal }) => Promise<Data>,
) {
  return queryOptions({ queryKey: [...experimentKey(id), 'plot', kind, ...settings], queryFn });
}

export function historyQuery({ http }: MaggyClient, id: string) {
  const path = { id };
  return plotQuery(id, 'history', [], ({ signal }) => bodyOf(http.GET('/v1/experiments/{id}/plots/history', { params: { path }, signal })));
}

export function curvesQuery({ http }: MaggyClient, id: string) {
  const path = { id };
  return plotQuery(id, 'curves', [], ({ signal }) => bodyOf(http.GET('/v1/experiments/{id}/plots/curves', { params: { path }, signal })));
}

export function pointsQuery({ http }: MaggyClient, id: string) {
  const path = { id };
  return plotQuery(id, 'points', [], ({ signal }) => bodyOf(http.GET('/v1/experiments/{id}/plots/points', { params: { path }, signal })));
}

export function contourQuery({ http }: MaggyClient, id: string, x: string, y: string) {
  const params = { path: { id }, query: { x, y } };
  return plotQuery(id, 'contour', [x, y], ({ signal }) => bodyOf(http.GET('/v1/experiments/{id}/plots/contour', { params, signal })));
}

export function importanceQuery({ http }: MaggyClient, id: string, method: Importance['method']) {
  const params = { path: { id }, query: { method } };
  return plotQuery(id, 'importance', [method], ({ signal }) =>
    bodyOf(http.GET('/v1/experiments/{id}/plots/importance', { params, signal })),
  );
}

export function distributionQuery({ http }: MaggyClient, id: string) {
  const path = { id };
  return plotQuery(id, 'edf', [], ({ signal }) => bodyOf(http.GET('/v1/experiments/{id}/plots/edf', { params: { path }, signal })));
}

export function rungsQuery({ http }: MaggyClient, id: string) {
  const path = { id };
  return plotQuery(id, 'rungs', [], ({ signal }) => bodyOf(http.GET('/v1/experiments/{id}/plots/rungs', { params: { path }, signal })));
}

export function timelineQuery({ http }: MaggyClient, id: string) {
  const path = { id };
  return plotQuery(id, 'timeline', [], ({ signal }) =>
    bodyOf(http.GET('/v1/experiments/{id}/plots/timeline', { params: { path }, signal })),
  );
}

export function studyQuery(client: MaggyClient, id: string) {
  return plotQuery(id, 'ablation', [], () => client.study(id));
}
