/**
 * How the surrogate sees points of the unit cube: as features between which distances make sense. What the kernel does with
 * them knows nothing of parameters any more.
 *
 * - A number (float, int, ordinal) is its own feature.
 * - A choice is a label; two points agree in it or not.
 * - A number with a condition lies on an arc and, while inactive, in the centre of its circle (Swersky et al. 2014, "Raiders of
 *   the lost architecture"; Hutter & Osborne 2013): so a missing value is as far from every value, and nothing is made up for
 *   it. The arc is a quarter of a circle of radius 2/π: distances along it are those of the plain number, chords at most 10 %
 *   less.
 * - An inactive choice is one more label.
 *
 * - Under a scheduler with rungs the resource of a measurement is one more number, on the scale of its logarithm. It is the last
 *   feature and no dimension: whoever uses the map fills it in.
 *
 * Each dimension has one length scale, which its features share; so has the resource.
 */
import type { CompiledSpace } from '../../core/compiled-space.ts';

export interface Feature {
  /** Number of its length scale. */
  readonly scale: number;
  /** `label`: at distance 0 or 1. */
  readonly kind: 'number' | 'label';
}

type Encoding = 'number' | 'label' | 'arc';

const RADIUS = 2 / Math.PI;
const INACTIVE_LABEL = -1;

export class FeatureMap {
  readonly features: readonly Feature[];
  /** Length scales. */
  readonly scales: number;
  readonly #encodings: readonly Encoding[];

  constructor(space: CompiledSpace, hasResource = false) {
    this.#encodings = space.dimensions.map(({ parameter, conditions }) => {
      if (parameter.type === 'categorical') return 'label';
      return conditions.length > 0 ? 'arc' : 'number';
    });
    const ofSpace = this.#encodings.flatMap((encoding, scale): Feature[] => {
      if (encoding === 'label') return [{ scale, kind: 'label' }];
      const number: Feature = { scale, kind: 'number' };
      return encoding === 'arc' ? [number, number] : [number];
    });
    this.features = hasResource ? [...ofSpace, { scale: this.#encodings.length, kind: 'number' }] : ofSpace;
    this.scales = this.#encodings.length + Number(hasResource);
  }

  /**
   * @param point shape [dimensions], NaN where inactive
   * @param into shape [features], from `start`
   */
  write(point: Float64Array, into: Float64Array, start = 0): void {
    let at = start;
    for (let dimension = 0; dimension < this.#encodings.length; dimension++) {
      const unit = point[dimension] ?? NaN;
      const isActive = !Number.isNaN(unit);
      switch (this.#encodings[dimension]) {
        case 'arc':
          into[at++] = isActive ? RADIUS * Math.sin((Math.PI / 2) * unit) : 0;
          into[at++] = isActive ? RADIUS * Math.cos((Math.PI / 2) * unit) : 0;
          break;
        case 'label':
          into[at++] = isActive ? unit : INACTIVE_LABEL;
          break;
        default:
          // Unconditional, so never inactive.
          into[at++] = unit;
      }
    }
  }

  /**
   * Gradient by coordinates from the gradient by features; 0 for labels, which have none.
   * @param byFeature shape [features]
   * @returns shape [dimensions]
   */
  pullBack(point: Float64Array, byFeature: Float64Array): Float64Array {
    let at = 0;
    return Float64Array.from(this.#encodings, (encoding, dimension) => {
      const slope = byFeature[at++] ?? 0;
      if (encoding === 'label') return 0;
      if (encoding === 'number') return slope;
      const other = byFeature[at++] ?? 0;
      const angle = (Math.PI / 2) * (point[dimension] ?? NaN);
      // RADIUS · π/2 = 1
      return Number.isNaN(angle) ? 0 : slope * Math.cos(angle) - other * Math.sin(angle);
    });
  }
}
