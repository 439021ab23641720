/** How much each parameter matters, by the method that the address names. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useApi } from '../../data/api.tsx';
import { importanceQuery } from '../../data/plot-queries.ts';
import type { Experiment } from '../../data/queries.ts';
import { Select } from '../../parts/controls.tsx';
import { useChoice } from '../../parts/view.ts';
import { importanceHeight, importanceNote, importanceOption, lackOfImportance } from '../../plots/options/importance.ts';
import { Plot } from '../../plots/plot.tsx';

const methods = ['fanova', 'ped-anova'] as const;
const words = { fanova: 'fANOVA', 'ped-anova': 'PED-ANOVA' };

export function ImportancePlot({ experiment: { id } }: { readonly experiment: Experiment }) {
  const { client } = useApi();
  const [method, setMethod] = useChoice('importance', methods);
  return (
    <Plot
      title="Parameter importance"
      query={useQuery({ ...importanceQuery(client, id, method), placeholderData: keepPreviousData })}
      option={importanceOption}
      note={importanceNote}
      lack={lackOfImportance}
      height={importanceHeight}
      controls={<Select name="by" choices={methods} value={method} onChange={setMethod} words={words} />}
    />
  );
}
