/** Who is there to run trials, asked again every few seconds. */
import { queryOptions } from '@tanstack/react-query';
import type { components, MaggyClient } from '../../client/index.ts';
import { bodyOf } from '../../client/connection.ts';

export type Worker = components['schemas']['Worker'];
export type Pool = components['schemas']['Pool'];
export type TrainingFunction = components['schemas']['TrainingFunction'];

const refetchInterval = 2000;

export const workersQuery = (client: MaggyClient) =>
  queryOptions({ queryKey: ['workers'], queryFn: () => client.workers(), refetchInterval });

export const poolsQuery = ({ http }: MaggyClient) =>
  queryOptions({
    queryKey: ['pools'],
    queryFn: async ({ signal }) => (await bodyOf(http.GET('/v1/pools', { signal }))).items,
    refetchInterval,
  });

export const functionsQuery = ({ http }: MaggyClient) =>
  queryOptions({
    queryKey: ['functions'],
    queryFn: async ({ signal }) => (await bodyOf(http.GET('/v1/training-functions', { signal }))).items,
    refetchInterval,
  });
