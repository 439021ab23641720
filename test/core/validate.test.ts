import { Ajv } from 'ajv';
import Type, { type TSchema } from 'typebox';
import { describe, expect, it } from 'vitest';
import { MaggyError } from '../../core/errors.ts';
import { ajvOptions, compileSchema, validationError } from '../../core/validate.ts';
import { refusal } from './refusal.ts';

const closed = { additionalProperties: false };
const Shape = Type.Union([
  Type.Object({ type: Type.Literal('circle'), radius: Type.Number({ exclusiveMinimum: 0 }) }, closed),
  Type.Object(
    { type: Type.Literal('square'), side: Type.Number(), tilt: Type.Optional(Type.Integer({ minimum: 0, maximum: 90 })) },
    closed,
  ),
]);
const Drawing = Type.Object(
  {
    title: Type.String({ minLength: 1, maxLength: 5 }),
    mode: Type.Optional(Type.Enum(['fast', 'careful'])),
    size: Type.Optional(Type.Union([Type.Literal('auto'), Type.Number()])),
    limits: Type.Optional(Type.Union([Type.Number(), Type.Array(Type.Number(), { minItems: 1 })])),
    shapes: Type.Optional(Type.Record(Type.String(), Shape)),
    tags: Type.Optional(Type.Array(Type.String({ pattern: '^[a-z]+$' }), { maxItems: 2, uniqueItems: true })),
  },
  closed,
);
const parseDrawing = compileSchema(Drawing);

const refused = (schema: TSchema, value: unknown, field?: string) => refusal(() => compileSchema(schema)(value, field));

describe('a compiled schema', () => {
  it('returns the very value it was given', () => {
    const value = { title: 'x', shapes: { a: { type: 'square', side: 1 } } };
    const parsed: Type.Static<typeof Drawing> = parseDrawing(value);
    expect(parsed).toBe(value);
    expect(value).toEqual({ title: 'x', shapes: { a: { type: 'square', side: 1 } } });
  });

  it('neither coerces nor fills in nor drops', () => {
    const WithDefault = Type.Object({ a: Type.Optional(Type.Number({ default: 3 })) });
    const value = { b: 1 };
    expect(compileSchema(WithDefault)(value)).toBe(value);
    expect(value).toEqual({ b: 1 });
  });

  it('says field, value and rule, and that changing the request helps', () => {
    const caught: unknown = (() => {
      try {
        return parseDrawing({ title: 5 }, 'body');
      } catch (error) {
        return error;
      }
    })();
    expect(caught).toBeInstanceOf(MaggyError);
    expect(caught).toMatchObject({
      code: 'invalid',
      field: 'body.title',
      value: 5,
      rule: 'must be a string',
      status: 400,
      retry: 'change-request',
    });
    expect(caught).toHaveProperty('message', 'body.title: must be a string, got 5');
  });

  it('states every rule in words', () => {
    expect(refused(Type.Number(), '5')).toBe(': must be a number');
    expect(refused(Type.Number(), Infinity)).toBe(': must be finite');
    expect(refused(Type.Integer(), NaN)).toBe(': must be finite');
    expect(refused(Type.Integer(), 1.5)).toBe(': must be an integer');
    expect(refused(Type.Boolean(), 'true')).toBe(': must be a boolean');
    expect(refused(Type.Array(Type.Number()), {})).toBe(': must be a list');
    expect(refused(Type.Object({}), [])).toBe(': must be an object');
    expect(refused(Type.Null(), 0)).toBe(': must be null');
    expect(refused(Type.Number({ minimum: 1 }), 0)).toBe(': must be at least 1');
    expect(refused(Type.Number({ maximum: 1 }), 2)).toBe(': must be at most 1');
    expect(refused(Type.Number({ exclusiveMinimum: 0 }), 0)).toBe(': must be greater than 0');
    expect(refused(Type.Number({ exclusiveMaximum: 1 }), 1)).toBe(': must be less than 1');
    expect(refused(Type.Number({ multipleOf: 2 }), 3)).toBe(': must be a multiple of 2');
    expect(refused(Drawing, { title: '' })).toBe('title: must have at least 1 character');
    expect(refused(Drawing, { title: 'longer' })).toBe('title: must have at most 5 characters');
    expect(refused(Drawing, { title: 'x', limits: [] })).toBe('limits: must have at least 1 item');
    expect(refused(Drawing, { title: 'x', tags: ['a', 'b', 'c'] })).toBe('tags: must have at most 2 items');
    expect(refused(Drawing, { title: 'x', tags: ['a', 'a'] })).toBe('tags: must not repeat an item (items 0 and 1 are equal)');
    expect(refused(Drawing, { title: 'x', tags: ['a', 'B'] })).toBe('tags.1: must match ^[a-z]+$');
    expect(refused(Type.String({ pattern: '^[a-z]+$', 'x-form': 'lower-case letters' }), 'B')).toBe(': must be lower-case letters');
    expect(refused(Type.Record(Type.String(), Type.Number(), { minProperties: 1 }), {})).toBe(': must have at least 1 field');
    expect(refused(Type.Literal('log'), 'lin')).toBe(': must be "log"');
    expect(refused(Type.Enum(['minimize', 'maximize']), 'maximise')).toBe(': must be "minimize" or "maximize" (did you mean "maximize"?)');
  });

  it('names an unknown field and the known one that was meant', () => {
    expect(refused(Drawing, { title: 'x', shape: {} })).toBe('shape: is not a known field (did you mean "shapes"?)');
    expect(refused(Drawing, { title: 'x', colour: 1 })).toBe('colour: is not a known field');
    expect(refused(Drawing, JSON.parse('{ "title": "x", "__proto__": 1 }'))).toBe('__proto__: is not a known field');
  });

  it('takes a misspelt required field for what it is', () => {
    expect(refused(Drawing, { titel: 'x' })).toBe('titel: is not a known field (did you mean "title"?)');
    expect(refused(Drawing, { mode: 'fast' })).toBe('title: is required');
  });

  it('escapes nothing in paths and cuts names that nobody could read', () => {
    const Names = Type.Record(Type.String(), Type.Number());
    expect(refused(Names, { 'a/b~c': 'x' }, 'names')).toBe('names.a/b~c: must be a number');
    expect(refused(Names, { ['y'.repeat(1e6)]: 'x' })).toBe(`${'y'.repeat(79)}…: must be a number`);
  });
});

describe('a union', () => {
  const shape = (value: unknown) => refused(Drawing, { title: 'x', shapes: { a: value } });

  it('is judged by the branch that its tag selects', () => {
    expect(shape({ type: 'circle', radius: 0 })).toBe('shapes.a.radius: must be greater than 0');
    expect(shape({ type: 'square', side: '1' })).toBe('shapes.a.side: must be a number');
    expect(shape({ type: 'square', side: 1, tilt: 91 })).toBe('shapes.a.tilt: must be at most 90');
    expect(shape({ type: 'circle' })).toBe('shapes.a.radius: is required');
    expect(shape({ type: 'circle', radius: 1, side: 1 })).toBe('shapes.a.side: is not a known field');
    expect(shape({ type: 'square', sied: 1 })).toBe('shapes.a.sied: is not a known field (did you mean "side"?)');
  });

  it('lists the tags where none fits, with the nearest', () => {
    expect(shape({ type: 'sqare', side: 1 })).toBe('shapes.a.type: must be "circle" or "square" (did you mean "square"?)');
    expect(shape({ side: 1 })).toBe('shapes.a.type: must be "circle" or "square"');
    expect(shape(3)).toBe('shapes.a: must be an object whose type is "circle" or "square"');
  });

  it('is judged by the only branch of the right type', () => {
    expect(refused(Drawing, { title: 'x', limits: [1, 'a'] })).toBe('limits.1: must be a number');
    expect(refused(Drawing, { title: 'x', limits: 'a' })).toBe('limits: must be a number or a list');
  });

  it('lists literals beside types', () => {
    expect(refused(Drawing, { title: 'x', size: 'atuo' })).toBe('size: must be "auto" or a number (did you mean "auto"?)');
    expect(refused(Drawing, { title: 'x', size: null })).toBe('size: must be "auto" or a number');
    expect(refused(Type.Union([Type.Literal(1), Type.Literal('b')]), 2)).toBe(': must be 1 or "b"');
  });

  it('reaches through unions within unions', () => {
    const Nested = Type.Union([Type.Array(Shape), Type.Object({ only: Type.Union([Shape, Type.Null()]) }, closed)]);
    expect(refused(Nested, [{ type: 'circle', radius: -1 }])).toBe('0.radius: must be greater than 0');
    expect(refused(Nested, { only: { type: 'circle', radius: -1 } })).toBe('only.radius: must be greater than 0');
    expect(refused(Nested, { only: 1 })).toBe('only: must be an object or null');
  });

  it('admits that it cannot tell which of two like branches was meant', () => {
    const Alike = Type.Union([Type.String({ pattern: '^a' }), Type.String({ pattern: '^b' })]);
    expect(refused(Alike, 'c')).toBe(': has none of the forms allowed here');
  });
});

describe('validationError', () => {
  it('translates what any Ajv with the shared options finds', () => {
    const validate = new Ajv(ajvOptions).compile(Drawing);
    const body = { title: 'x', mode: 'fats' };
    expect(validate(body)).toBe(false);
    const error = validationError(validate.errors ?? [], body, 'body');
    expect(error.message).toBe('body.mode: must be "fast" or "careful" (did you mean "fast"?), got "fats"');
  });
});
