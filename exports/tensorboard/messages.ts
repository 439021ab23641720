/**
 * The few protocol buffers that TensorBoard needs, by their field numbers: `event.proto` and `summary.proto` of TensorFlow, `api.proto` and
 * `plugin_data.proto` of TensorBoard's HParams plugin. Each function answers the bytes of one message.
 */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { Parameter, ParamValue, Params, SearchSpace } from '../../core/space.ts';

type Bytes = Uint8Array;

/** Writers that wait for another message. They keep their buffers: making one for each message was most of an export's work. */
const idle: BinaryWriter[] = [];

class Message {
  readonly #writer = idle.pop() ?? new BinaryWriter();

  text(field: number, value: string): this {
    this.#writer.tag(field, WireType.LengthDelimited).string(value);
    return this;
  }

  message(field: number, value: Bytes): this {
    this.#writer.tag(field, WireType.LengthDelimited).bytes(value);
    return this;
  }

  messages(field: number, values: readonly Bytes[]): this {
    for (const value of values) this.message(field, value);
    return this;
  }

  double(field: number, value: number): this {
    this.#writer.tag(field, WireType.Bit64).double(value);
    return this;
  }

  float(field: number, value: number): this {
    this.#writer.tag(field, WireType.Bit32).float(value);
    return this;
  }

  integer(field: number, value: number): this {
    this.#writer.tag(field, WireType.Varint).int64(value);
    return this;
  }

  /** Ends the message: nothing may be added afterwards. */
  bytes(): Bytes {
    const bytes = this.#writer.finish();
    idle.push(this.#writer);
    return bytes;
  }
}

/** The first event of every file. */
export function versionEvent(seconds: number): Bytes {
  return new Message().double(1, seconds).text(3, 'brain.Event:2').bytes();
}

/** Event { wall_time: 1, step: 2, summary: 5 { value: 1 … } } */
export function summaryEvent(seconds: number, step: number, values: readonly Bytes[]): Bytes {
  return new Message().double(1, seconds).integer(2, step).message(5, new Message().messages(1, values).bytes()).bytes();
}

/** Summary.Value { tag: 1, simple_value: 2 } */
export function scalar(tag: string, value: number): Bytes {
  return new Message().text(1, tag).float(2, value).bytes();
}

/** DT_FLOAT, shape (0): what plugins that store metadata only have for a value. */
const nullTensor = new Message().integer(1, 1).message(2, new Message().message(2, new Message().bytes()).bytes()).bytes();

/** Summary.Value { tag: 1, tensor: 8, metadata: 9 { plugin_data: 1 { plugin_name: 1, content: 2 } } } */
function hparamsValue(tag: string, field: number, content: Bytes): Bytes {
  const pluginData = new Message().text(1, 'hparams').message(2, new Message().message(field, content).bytes()).bytes();
  return new Message().text(1, `_hparams_/${tag}`).message(8, nullTensor).message(9, new Message().message(1, pluginData).bytes()).bytes();
}

/** Experiment { description: 1, time_created_secs: 3, hparam_infos: 4, metric_infos: 5 { name: 1 { tag: 2 } }, name: 6 } */
export function experimentValue(name: string, createdSeconds: number, space: SearchSpace, metric: string): Bytes {
  const infos = Object.entries(space).map(([parameter, declared]) => hparamInfo(parameter, declared));
  const metricInfo = new Message().message(1, new Message().text(2, metric).bytes()).bytes();
  const experiment = new Message().double(3, createdSeconds).messages(4, infos).message(5, metricInfo).text(6, name).bytes();
  return hparamsValue('experiment', 2, experiment);
}

/** SessionStartInfo { hparams: 1 { key: 1, value: 2 }, group_name: 4, start_time_secs: 5 } */
export function sessionStartValue(params: Params, group: string, seconds: number): Bytes {
  const entries = Object.entries(params).map(([name, value]) => new Message().text(1, name).message(2, protobufValue(value)).bytes());
  return hparamsValue('session_start_info', 3, new Message().messages(1, entries).text(4, group).double(5, seconds).bytes());
}

export const sessionStatus = { success: 1, failure: 2, running: 3 } as const;

/** SessionEndInfo { status: 1, end_time_secs: 2 } */
export function sessionEndValue(status: (typeof sessionStatus)[keyof typeof sessionStatus], seconds: number): Bytes {
  return hparamsValue('session_end_info', 4, new Message().integer(1, status).double(2, seconds).bytes());
}

const dataTypes = { string: 1, boolean: 2, number: 3 } as const;

/** HParamInfo { name: 1, type: 4, domain_discrete: 5 { values: 1 }, domain_interval: 6 { min_value: 1, max_value: 2 } } */
function hparamInfo(name: string, parameter: Parameter): Bytes {
  const info = new Message().text(1, name);
  if (parameter.type === 'float' || parameter.type === 'int') {
    const interval = new Message().double(1, parameter.min).double(2, parameter.max).bytes();
    return info.integer(4, dataTypes.number).message(6, interval).bytes();
  }
  const values: readonly ParamValue[] = parameter.type === 'constant' ? [parameter.value] : parameter.choices;
  // What mixes types is shown as text.
  const [type = 'string', ...others] = new Set(values.map(dataTypeOf));
  return info
    .integer(4, dataTypes[others.length === 0 ? type : 'string'])
    .message(5, new Message().messages(1, values.map(protobufValue)).bytes())
    .bytes();
}

function dataTypeOf(value: ParamValue): keyof typeof dataTypes {
  return typeof value === 'number' ? 'number' : typeof value === 'boolean' ? 'boolean' : 'string';
}

/** google.protobuf.Value { number_value: 2, string_value: 3, bool_value: 4 } */
function protobufValue(value: ParamValue): Bytes {
  if (typeof value === 'number') return new Message().double(2, value).bytes();
  return typeof value === 'string' ? new Message().text(3, value).bytes() : new Message().integer(4, value ? 1 : 0).bytes();
}
