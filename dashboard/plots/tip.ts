/** What the box beside the pointer tells. Elements and not text: the page allows no style that is written into markup. */

/** What ECharts says of the point that the pointer is on. */
export interface Pointed {
  readonly seriesName: string;
  readonly dataIndex: number;
  readonly value: readonly unknown[];
}

/** A formatter of tooltips, of single points. */
export function onPoint(tell: (point: Pointed) => HTMLElement) {
  return (params: { seriesName?: string; dataIndex: number; value?: unknown } | readonly unknown[]): HTMLElement => {
    if (!('dataIndex' in params)) return tip('');
    const { seriesName = '', dataIndex, value } = params;
    return tell({ seriesName, dataIndex, value: Array.isArray(value) ? value : [value] });
  };
}

/** @param pairs what it is, and how much */
export function tip(title: string, pairs: readonly (readonly [string, string])[] = []): HTMLElement {
  const box = element('div', 'tip');
  const head = element('strong');
  head.textContent = title;
  box.append(head);
  for (const [name, value] of pairs) {
    const line = element('div', 'pair');
    for (const text of [name, value]) {
      const part = element('span');
      part.textContent = text;
      line.append(part);
    }
    box.append(line);
  }
  return box;
}

function element(name: string, className = ''): HTMLElement {
  const made = document.createElement(name);
  made.className = className;
  return made;
}
