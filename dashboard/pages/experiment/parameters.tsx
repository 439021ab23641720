/** How values depend on params: all at once, two at a time, and each by itself. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useNavigate } from 'react-router';
import { useApi } from '../../data/api.tsx';
import { contourQuery, pointsQuery, type Axis } from '../../data/plot-queries.ts';
import type { Experiment } from '../../data/queries.ts';
import { Answer } from '../../parts/answer.tsx';
import { Blank } from '../../parts/blank.tsx';
import { Select, Toggle } from '../../parts/controls.tsx';
import { useChoice, useView } from '../../parts/view.ts';
import { contourNote, contourOption, lackOfContour } from '../../plots/options/contour.ts';
import { lackOfTrials, pointsNote, sliceOption } from '../../plots/options/points.ts';
import { Plot } from '../../plots/plot.tsx';
import { ImportancePlot } from './importance.tsx';
import { useExperiment } from './page.tsx';
import { ParallelPlot } from './parallel.tsx';

export function ParametersView() {
  const experiment = useExperiment();
  const { client } = useApi();
  const points = useQuery(pointsQuery(client, experiment.id));
  return (
    <>
      <ParallelPlot experiment={experiment} />
      <div className="columns">
        <ImportancePlot experiment={experiment} />
        <Answer query={points}>{({ axes }) => <ContourPlot experiment={experiment} names={axes.map(({ name }) => name)} />}</Answer>
      </div>
      <Answer query={points}>{({ axes }) => <Slices experiment={experiment} axes={axes} />}</Answer>
    </>
  );
}

function ContourPlot({
  experiment: { id, metric, direction },
  names,
}: {
  readonly experiment: Experiment;
  readonly names: readonly string[];
}) {
  const { client } = useApi();
  const navigate = useNavigate();
  const [first = '', second = ''] = names;
  const [x, setX] = useView('x', first);
  const [y, setY] = useView('y', second);
  const option = useMemo(() => contourOption(metric, direction), [metric, direction]);
  const query = useQuery({ ...contourQuery(client, id, x, y), enabled: names.length > 1 && x !== y, placeholderData: keepPreviousData });
  if (names.length < 2) return <Blank>A contour needs two parameters.</Blank>;
  return (
    <Plot
      title="Contour"
      query={query}
      option={option}
      note={contourNote}
      lack={lackOfContour}
      height={380}
      onPick={({ seriesName, value: place }) => {
        if (seriesName !== 'expected' && Array.isArray(place)) void navigate(`../trials/${Number(place[2])}`);
      }}
      controls={
        <>
          <Select name="x" choices={names.filter((name) => name !== y)} value={x} onChange={setX} />
          <Select name="y" choices={names.filter((name) => name !== x)} value={y} onChange={setY} />
        </>
      }
    />
  );
}

function Slices({ experiment, axes }: { readonly experiment: Experiment; readonly axes: readonly Axis[] }) {
  const [scale, setScale] = useChoice('scale', ['value', 'log']);
  return (
    <>
      <div className="row apart">
        <h2>Slices</h2>
        <Toggle name="log scale" value={scale === 'log'} onChange={(isLog) => setScale(isLog ? 'log' : 'value')} />
      </div>
      <div className="columns">
        {axes.map(({ name }, at) => (
          <Slice key={name} experiment={experiment} name={name} at={at} scale={scale} />
        ))}
      </div>
    </>
  );
}

interface SliceProps {
  readonly experiment: Experiment;
  readonly name: string;
  readonly at: number;
  readonly scale: 'value' | 'log';
}

function Slice({ experiment: { id, metric }, name, at, scale }: SliceProps) {
  const { client } = useApi();
  const option = useMemo(() => sliceOption(at, metric, scale), [at, metric, scale]);
  return (
    <Plot
      title={`${metric} over ${name}`}
      query={useQuery(pointsQuery(client, id))}
      option={option}
      note={pointsNote}
      lack={lackOfTrials}
      height={260}
    />
  );
}
