/** A plot as a file, drawn at twice the size of the screen or as vectors. */
import { init, type EChartsType, type PlotOption } from './echarts.ts';

export function savePng(chart: EChartsType, name: string, background: string): void {
  download(chart.getDataURL({ type: 'png', pixelRatio: 2, backgroundColor: background }), `${name}.png`);
}

export function saveSvg(chart: EChartsType, option: PlotOption, name: string, background: string): void {
  const drawing = init(null, null, { renderer: 'svg', ssr: true, width: chart.getWidth(), height: chart.getHeight() });
  drawing.setOption({ ...option, backgroundColor: background });
  const address = URL.createObjectURL(new Blob([drawing.renderToSVGString()], { type: 'image/svg+xml' }));
  drawing.dispose();
  download(address, `${name}.svg`);
  URL.revokeObjectURL(address);
}

function download(address: string, name: string): void {
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
}
